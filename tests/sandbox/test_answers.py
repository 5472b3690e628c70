"""Answers are held against the service model, and what fails inside is told as Cognito tells it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sandbox import api, model
from sandbox.answers import BrokenAnswer, refuse_broken
from sandbox.api import Api, Request, Response
from sandbox.core import Call, Sandbox
from sandbox.switches import SAYINGS, Switches
from sandbox.troubles import Troubles

BROKEN = {
    "unknown member": (b'{"Username": "x", "UserAttributes": [], "Extra": 1}', "'Extra'"),
    "null": (b'{"Username": "x", "UserAttributes": [], "PreferredMfaSetting": null}', "null"),
    "null inside": (b'{"Username": "x", "UserAttributes": [null]}', "holds a null"),
    "nothing required": (b'{"UserAttributes": []}', "'username' failed"),
    "wrong type": (b'{"Username": 5, "UserAttributes": []}', "converted to a String"),
    "pattern": (b'{"Username": "", "UserAttributes": []}', "'username' failed"),
    "deep": (
        b'{"Username": "x", "UserAttributes": [{"Name": "a", "More": 1}]}',
        "'UserAttributes[].More'",
    ),
    "no JSON": (b'{"Username": NaN, "UserAttributes": []}', "NaN"),
    "no body": (b"", "body"),
}


@pytest.mark.parametrize(("body", "words"), BROKEN.values(), ids=BROKEN)
def test_answer_outside_the_model_is_named(body: bytes, words: str) -> None:
    with pytest.raises(BrokenAnswer, match="GetUser answered outside the service model") as caught:
        refuse_broken("GetUser", body)
    assert words in str(caught.value)


def test_answers_of_the_model_pass() -> None:
    refuse_broken("GetUser", b'{"Username": "x", "UserAttributes": []}')
    refuse_broken("SetUserMFAPreference", b"{}")
    refuse_broken("DeleteUser", b"")
    with pytest.raises(BrokenAnswer, match="no body"):
        refuse_broken("DeleteUser", b"{}")


def test_the_longest_standard_attribute_is_excused() -> None:
    """Cognito's own answer breaks its model by one letter; no other name may."""

    def answer(name: str) -> bytes:
        return b'{"UserPool": {"SchemaAttributes": [{"Name": "%b"}]}}' % name.encode()

    refuse_broken("DescribeUserPool", answer("phone_number_verified"))
    with pytest.raises(BrokenAnswer):
        refuse_broken("DescribeUserPool", answer("a name"))


def respond(monkeypatch: pytest.MonkeyPatch, operation: Any, **options: bool) -> Response:
    """The answer of an API whose GetUser does something else; it takes part in no other test."""
    monkeypatch.setitem(api.OPERATIONS, "GetUser", operation)
    sandbox = Sandbox("eu-central-1", None, Switches(), "http://localhost", "")
    application = Api(sandbox, Troubles(), Counter(), **options)
    headers = [(b"x-amz-target", b"AWSCognitoIdentityProviderService.GetUser")]
    scope = {"method": "POST", "path": "/", "headers": headers}
    answer = application.respond(Request(scope, b'{"AccessToken": "a.b.c"}'))
    assert sandbox.meta("half") is None, "what the operation wrote is taken back"
    sandbox.database.close()
    return answer


def test_c004_failing_operation_is_a_500_that_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(call: Call) -> dict[str, Any]:
        call.sandbox.set_meta("half", "done")
        raise RuntimeError(call.input["AccessToken"])

    status, _, body = respond(monkeypatch, fails)
    assert status == 500
    assert body == b'{"__type": "InternalErrorException", "message": "Internal error."}'
    assert "RuntimeError" in caplog.text
    assert "a.b.c" not in caplog.text


def test_broken_answer_is_a_500_that_names_the_member(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def answers(call: Call) -> dict[str, Any]:
        call.sandbox.set_meta("half", "done")
        return {"Username": "a secret value", "Surprise": 1}

    status, _, body = respond(monkeypatch, answers, checks_output=True)
    assert status == 500
    for words in (body.decode(), caplog.text):
        assert "'Surprise' is null or unknown" in words
        assert "'userAttributes' failed to satisfy constraint: Member must not be null" in words
        assert "a secret value" not in words


def test_c003_every_refusal_has_the_status_of_its_kind() -> None:
    """400 for what the service model calls a client's fault, 500 for the service's own."""
    shapes = model.service_model()["shapes"]
    modelled = {name: each for name, each in SAYINGS.items() if each.code in shapes}
    assert len(modelled) > 80
    for name, saying in modelled.items():
        own_fault = shapes[saying.code].get("fault", False)
        assert saying.status == (500 if own_fault else 400), name


def test_c003_refusals_that_no_operation_models_belong_to_the_common_layer() -> None:
    shapes = model.service_model()["shapes"]
    common = {each.code: each.status for each in SAYINGS.values() if each.code not in shapes}
    assert (
        common.items()
        >= {
            "UnknownOperationException": 404,
            "NotImplementedInSandboxException": 501,
            "MissingAuthenticationTokenException": 403,
            "IncompleteSignatureException": 403,
            "SerializationException": 400,
            "RequestEntityTooLargeException": 413,
        }.items()
    )
