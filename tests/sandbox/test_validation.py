"""Whatever is sent, the answer is Cognito's: never a 500, never an unknown form."""

from __future__ import annotations

import json
from typing import Any

from botocore.session import Session as BotocoreSession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.kit import Realm, Server

MODEL = BotocoreSession().get_service_model("cognito-idp")
SIGNED = "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c"
# Cognito's own refusals are 400, 403 (no signature), 413; 501 names what is not here yet.
EXPECTED = {200, 400, 403, 413, 501}
DESTRUCTIVE = {"DeleteUserPool", "DeleteUserPoolClient", "SetUserPoolMfaConfig", "UpdateUserPool"}
NAMES = sorted(set(MODEL.operation_names) - DESTRUCTIVE)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def text_of(shape: Any) -> st.SearchStrategy[Any]:
    """Strings near what the shape wants: its enums, odd characters, edges of its length."""
    length = shape.metadata.get("min", 0)
    usual = st.text("aZ0+-_=.@ \n\x00é😀", min_size=length, max_size=length + 8)
    return (st.sampled_from(shape.enum) | usual) if shape.enum else usual


def like(shape: Any, realm: Realm, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that look like a shape and sometimes do not."""
    known = {
        "UserPoolIdType": realm.pool_id,
        "ClientIdType": realm.client_id,
        "UsernameType": "nora",
    }
    if shape.name in known:
        return st.just(known[shape.name]) | ANYTHING
    if shape.type_name == "string":
        return text_of(shape) | ANYTHING
    if shape.type_name == "structure" and depth < 3:
        members = {name: like(each, realm, depth + 1) for name, each in shape.members.items()}
        required = {name: members[name] for name in shape.required_members}
        optional = {name: each for name, each in members.items() if name not in required}
        return st.fixed_dictionaries(required, optional=optional)
    if shape.type_name == "list" and depth < 3:
        return st.lists(like(shape.member, realm, depth + 1), max_size=3) | ANYTHING
    if shape.type_name == "map":
        keys = st.sampled_from(["USERNAME", "PASSWORD", "SRP_A", "ANSWER", "REFRESH_TOKEN"])
        return st.dictionaries(keys | st.text(max_size=5), st.text(max_size=9), max_size=4)
    return ANYTHING


@settings(
    max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(data=st.data())
def test_inputs_near_the_model_never_break_it(
    data: st.DataObject, server: Server, off: Realm
) -> None:
    name = data.draw(st.sampled_from(NAMES))
    shape = MODEL.operation_model(name).input_shape
    body = data.draw(like(shape, off) if shape else ANYTHING)
    answer = server.raw(name, json.dumps(body).encode(), Authorization=SIGNED)
    assert answer.status in EXPECTED, (name, body, answer.body)
    if answer.status != 200:
        assert set(answer.json) == {"__type", "message"}


@settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(name=st.sampled_from(NAMES), body=st.binary(max_size=60) | ANYTHING.map(json.dumps))
def test_bodies_of_any_kind_never_break_it(server: Server, name: str, body: bytes | str) -> None:
    sent = body if isinstance(body, bytes) else body.encode()
    answer = server.raw(name, sent, Authorization=SIGNED)
    assert answer.status in EXPECTED, (name, body, answer.body)


def test_deep_nesting_is_refused(server: Server) -> None:
    answer = server.raw("GetUser", b"[" * 100_000)
    assert answer.json["__type"] == "SerializationException"


def test_nested_path_is_named(server: Server, off: Realm) -> None:
    body = {
        "UserPoolId": off.pool_id,
        "Username": "x",
        "UserAttributes": [{"Name": "ok"}, {"Name": "n" * 33}],
    }
    message = server.raw("AdminUpdateUserAttributes", body, Authorization=SIGNED).json["message"]
    assert "at 'userAttributes.2.member.name' failed to satisfy constraint" in message
    assert message.endswith("Member must have length less than or equal to 32")
