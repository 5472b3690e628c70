"""Input is refused in Cognito's words, wherever in it the mistake is. Fuzzed in test_fuzz.py."""

from __future__ import annotations

from tests.sandbox.fuzz import SIGNED
from tests.sandbox.kit import Realm, Server


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
