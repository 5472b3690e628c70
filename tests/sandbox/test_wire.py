"""Checklist C001 to C014: the protocol itself."""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress

import boto3
import pytest
from botocore.session import Session as BotocoreSession

from tests.sandbox.kit import UUID, Realm, Server, fetch, start, stop

SERVICE_MODEL = BotocoreSession().get_service_model("cognito-idp")
UNSIGNED_OPERATIONS = sorted(
    name
    for name in SERVICE_MODEL.operation_names
    if SERVICE_MODEL.operation_model(name).auth_type == "none"
)


def test_c001_success_headers(server: Server, off: Realm) -> None:
    answer = server.raw("GetUser", {"AccessToken": off.person().token})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert UUID.fullmatch(answer.headers["x-amzn-requestid"])


def test_c002_refusal_has_type_and_message_only(server: Server) -> None:
    answer = server.raw("GetUser", {"AccessToken": "a.b.c"})
    assert answer.json == {
        "__type": "NotAuthorizedException",
        "message": "Invalid Access Token",
    }
    assert answer.headers["x-amzn-errortype"] == "NotAuthorizedException:"
    assert answer.headers["x-amzn-errormessage"] == "Invalid Access Token"


@pytest.mark.parametrize(
    "code", ["ForbiddenException", "UnauthorizedException", "TooManyRequestsException"]
)
def test_c003_modelled_client_exceptions_are_400(server: Server, code: str) -> None:
    server.ask("POST", "/trouble", {"operation": "GetUser", "kind": "error", "code": code})
    assert server.raw("GetUser").status == 400


def test_c003_unauthorized_of_revoke_token_is_400(server: Server) -> None:
    answer = server.raw("RevokeToken", {"Token": "x.y", "ClientId": "nobody"})
    assert (answer.status, answer.json["__type"]) == (400, "UnauthorizedException")


def test_c004_internal_failure_is_500(server: Server) -> None:
    server.ask(
        "POST",
        "/trouble",
        {"operation": "GetUser", "kind": "error", "code": "InternalErrorException"},
    )
    answer = server.raw("GetUser")
    assert (answer.status, answer.json["__type"]) == (500, "InternalErrorException")


@pytest.mark.parametrize("name", ["NoSuchOperation", "", "getUser"])
def test_c005_unknown_operation(server: Server, name: str) -> None:
    answer = server.raw(name)
    assert (answer.status, answer.json["__type"]) == (404, "UnknownOperationException")


def test_operation_of_cognito_that_is_not_here_is_refused_by_name(server: Server) -> None:
    signed = "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c"
    answer = server.raw("CreateUserImportJob", Authorization=signed)
    assert answer.status == 501
    assert answer.json["__type"] == "NotImplementedInSandboxException"
    assert "CreateUserImportJob" in answer.json["message"]


@pytest.mark.parametrize("name", UNSIGNED_OPERATIONS)
def test_c006_unsigned_operations_need_no_authorization(server: Server, name: str) -> None:
    assert server.raw(name).status in (400, 501)


def test_c006_there_are_34_of_them() -> None:
    assert len(UNSIGNED_OPERATIONS) == 34


@pytest.mark.parametrize(
    "name", ["AdminGetUser", "ListUsers", "DescribeUserPool", "CreateUserPool"]
)
def test_c007_others_need_one(server: Server, off: Realm, name: str) -> None:
    body = {"UserPoolId": off.pool_id, "Username": off.person().username, "PoolName": "x"}
    answer = server.raw(name, body)
    assert (answer.status, answer.json["__type"]) == (403, "MissingAuthenticationTokenException")
    wrong = server.raw(name, body, Authorization="Bearer something")
    assert (wrong.status, wrong.json["__type"]) == (403, "IncompleteSignatureException")


def test_c006_signed_request_for_an_unsigned_operation_is_accepted(off: Realm) -> None:
    someone = off.person()
    answer = off.server.admin.get_user(AccessToken=someone.token)
    assert answer["Username"] == someone.username


def test_c008_empty_output_is_an_empty_object(server: Server, off: Realm) -> None:
    someone = off.person()
    for name in ("SetUserMFAPreference", "GlobalSignOut"):
        assert server.raw(name, {"AccessToken": someone.token}).body == b"{}"
    refresh = someone.tokens()["RefreshToken"]
    body = {"Token": refresh, "ClientId": off.client_id}
    assert server.raw("RevokeToken", body).body == b"{}"


def test_c009_operations_without_output_have_no_body(server: Server, off: Realm) -> None:
    someone = off.person()
    signed = "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c"
    answer = server.raw("AdminDeleteUser", someone.admin_name, Authorization=signed)
    assert (answer.status, answer.body) == (200, b"")


def test_c010_dates_are_numbers(server: Server, off: Realm) -> None:
    signed = "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c"
    answer = server.raw("AdminGetUser", off.person().admin_name, Authorization=signed).json
    assert abs(answer["UserCreateDate"] - time.time()) < 60
    assert isinstance(answer["UserLastModifiedDate"], float | int)


def test_c011_members_without_value_are_left_out(server: Server, off: Realm) -> None:
    answer = server.raw("GetUser", {"AccessToken": off.person().token}).json
    assert set(answer) == {"Username", "UserAttributes"}


def test_c012_preflight_allows_what_amplify_sends(server: Server) -> None:
    answer = fetch("OPTIONS", server.api + "/", None, {"Origin": "http://localhost:3000"})
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    allowed = answer.headers["access-control-allow-headers"]
    for name in ("cache-control", "content-type", "x-amz-target", "x-amz-user-agent"):
        assert name in allowed
    assert "access-control-allow-credentials" not in answer.headers


def test_c012_errors_carry_cors_headers_too(server: Server) -> None:
    answer = server.raw("GetUser", {}, Origin="http://localhost:3000")
    assert answer.status == 400
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-amzn-ErrorType" in answer.headers["access-control-expose-headers"]


def test_c013_enum_violation(server: Server, off: Realm) -> None:
    answer = server.raw("InitiateAuth", {"AuthFlow": "NONSENSE", "ClientId": off.client_id})
    message = answer.json["message"]
    assert answer.json["__type"] == "InvalidParameterException"
    assert message.startswith("1 validation error detected: Value 'NONSENSE' at 'authFlow' failed")
    assert "Member must satisfy enum value set: [" in message


def test_several_violations_are_counted_and_listed(server: Server) -> None:
    answer = server.raw("VerifySoftwareToken", {"AccessToken": "!", "UserCode": "12"})
    message = answer.json["message"]
    assert message.startswith("2 validation errors detected: ")
    assert "'userCode' failed to satisfy constraint: Member must have length greater" in message


def test_required_member(server: Server) -> None:
    message = server.raw("InitiateAuth", {"ClientId": "abc"}).json["message"]
    assert message == (
        "1 validation error detected: Value null at 'authFlow' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_sensitive_values_are_never_repeated(server: Server) -> None:
    answer = server.raw("GetUser", {"AccessToken": "very secret token"})
    assert answer.json["message"].startswith("1 validation error detected: Value at 'accessToken'")
    assert b"secret" not in answer.body


def test_unknown_members_and_nulls_are_ignored(server: Server, off: Realm) -> None:
    body = {"AccessToken": off.person().token, "Surprise": {"a": [1]}, "Another": None}
    assert server.raw("GetUser", body).status == 200


UNREADABLE = {
    "cut short": b'{"AccessToken": "a',
    "a list": b"[]",
    "a text": b'"x"',
    "no text at all": b"\xff\xfe",
    "latin-1": b'{"AccessToken": "\xe9"}',
    "number for a text": b'{"AccessToken": 5}',
    "list for a text": b'{"AccessToken": ["a"]}',
    "half a surrogate": b'{"AccessToken": "\\ud800"}',
    "other half": b'{"AccessToken": "a\\udfffb"}',
    "NaN": b'{"AccessToken": NaN}',
    "infinity beside it": b'{"AccessToken": "a.b.c", "Other": -Infinity}',
    "more after it": b'{"AccessToken": "a.b.c"} x',
    "lists without end": b'{"AccessToken": ' + b"[" * 100_000,
    "objects without end": b'{"A":' * 100_000 + b"1" + b"}" * 100_000,
    "single quotes": b"{'AccessToken': 'a'}",
    "a form": b"Action=GetUser&AccessToken=a.b.c",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_bodies_are_refused(server: Server, body: bytes) -> None:
    answer = server.raw("GetUser", body)
    assert (answer.status, answer.json["__type"]) == (400, "SerializationException")


def test_no_body_is_an_empty_input(server: Server) -> None:
    answer = server.raw("GetUser", b"")
    assert (answer.status, answer.json["__type"]) == (400, "InvalidParameterException")
    assert "'accessToken'" in answer.json["message"]


def test_the_last_of_two_members_of_one_name_counts(server: Server, off: Realm) -> None:
    token = off.person().token
    body = b'{"AccessToken": "a.b.c", "AccessToken": "%b"}' % token.encode()
    assert server.raw("GetUser", body).status == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/x-amz-json-1.0",
        "text/plain; charset=utf-16",
        "",
        "nonsense",
    ],
)
def test_the_body_is_read_whatever_it_is_called(
    server: Server, off: Realm, content_type: str
) -> None:
    """Clients of old send other types; the answer has Cognito's."""
    given = {"AccessToken": off.person().token}
    answer = server.raw("GetUser", given, **{"Content-Type": content_type})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-amz-json-1.1")


def test_switch_asks_for_the_right_content_type() -> None:
    server = start("--scene", "empty", "--switch", "content_type_is_required=true")
    try:
        for given, status in (
            ("application/json", 404),
            ("", 404),
            ("application/x-amz-json-1.1", 400),
            ("Application/X-Amz-Json-1.1; charset=utf-8", 400),
        ):
            assert server.raw("GetUser", {}, **{"Content-Type": given}).status == status
    finally:
        stop(server)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": 1}, "Start of structure or map found where not expected."),
        (["a"], "Start of list found where not expected."),
        (5, "NUMBER_VALUE can not be converted to a String."),
        (True, "BOOLEAN_VALUE can not be converted to a String."),
    ],
)
def test_value_of_another_type(server: Server, value: object, words: str) -> None:
    """The first of them as seen in aws-amplify/amplify-js#5165."""
    answer = server.raw("GetUser", {"AccessToken": value})
    assert answer.json == {"__type": "SerializationException", "message": words}


@pytest.mark.parametrize("megabytes", [2, 10])
def test_body_of_megabytes_is_too_large(server: Server, megabytes: int) -> None:
    heard = talk(server, _post(b'{"x": "' + b"a" * megabytes * 1_000_000 + b'"}'))
    assert heard.startswith(b"HTTP/1.1 413 ")
    head, _, body = heard.partition(b"\r\n\r\n")
    assert b"x-amzn-errortype: RequestEntityTooLargeException:" in head
    assert json.loads(body)["__type"] == "RequestEntityTooLargeException"


def _post(body: bytes, length: int | None = None) -> bytes:
    """A request for GetUser as it goes over the wire."""
    return (
        b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSCognitoIdentityProviderService.GetUser\r\n"
        b"Content-Length: %d\r\n\r\n" % (len(body) if length is None else length)
    ) + body


def talk(server: Server, stream: bytes, answers: int = 1) -> bytes:
    """Send bytes; what comes back until so many answers are whole or the sandbox hangs up."""
    host, port = server.api.removeprefix("http://").split(":")
    heard = b""
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        with suppress(ConnectionError):
            connection.sendall(stream)
        with suppress(ConnectionError):
            while heard.count(b'"message"') < answers and (more := connection.recv(65536)):
                heard += more
    return heard


def test_pipelined_requests_are_answered_in_turn(server: Server) -> None:
    stream = b"".join(_post(b'{"AccessToken": "%d !"}' % number) for number in range(5))
    heard = talk(server, stream + _post(b"{"), answers=6)
    assert heard.count(b"HTTP/1.1 400 ") == 6
    assert heard.count(b"InvalidParameterException:") == 5
    assert heard.rstrip().endswith(b'not a JSON object."}')


def test_half_a_request_holds_nobody_up(server: Server, off: Realm) -> None:
    host, port = server.api.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(_post(b'{"Acc', length=50))
        assert server.raw("GetUser", {"AccessToken": off.person().token}).status == 200
        connection.sendall(b'essToken": "!"}'.ljust(45))
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_no_http_at_all_is_a_400(server: Server) -> None:
    host, port = server.api.removeprefix("http://").split(":")
    for nonsense in (b"\x16\x03\x01\x02\x00\x01\x00", b"EHLO there\r\n\r\n", b"\x00" * 100):
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(nonsense)
            assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "TRACE"])
def test_other_methods_know_no_operation(server: Server, method: str) -> None:
    target = {"X-Amz-Target": "AWSCognitoIdentityProviderService.GetUser"}
    assert fetch(method, server.api + "/", None, target).status == 404


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "Bearer x",
        "Basic eDp5",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b",
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host",
        "AWS4-ECDSA-P256-SHA256 Credential=a/b, SignedHeaders=host, Signature=c",
        "aws4-hmac-sha256 credential=a/b, signedheaders=host, signature=c",
    ],
)
def test_c007_signature_of_another_form(server: Server, off: Realm, signature: str) -> None:
    answer = server.raw("AdminGetUser", off.person().admin_name, Authorization=signature)
    assert (answer.status, answer.json["__type"]) == (403, "IncompleteSignatureException")


def test_get_of_anything_else_is_404(server: Server) -> None:
    assert fetch("GET", server.api + "/", None, {}).status == 404
    assert json.loads(fetch("GET", server.api + "/x_y/.well-known/jwks.json", None, {}).body)


@pytest.mark.parametrize("target", ["GetUser", "OtherService.GetUser", ""])
def test_target_needs_the_name_of_the_service(server: Server, target: str) -> None:
    answer = fetch("POST", server.api + "/", b"{}", {"X-Amz-Target": target})
    assert (answer.status, answer.json["__type"]) == (404, "UnknownOperationException")


def test_c014_boto3_with_nothing_but_the_environment(
    server: Server, off: Realm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", server.api)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    client = boto3.Session(region_name="eu-central-1").client("cognito-idp")
    assert client.describe_user_pool(UserPoolId=off.pool_id)["UserPool"]["Id"] == off.pool_id
    assert client.get_user(AccessToken=off.person().token)["Username"]
