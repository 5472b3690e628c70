"""Checklist C001 to C014: the protocol itself."""

from __future__ import annotations

import json
import time
from typing import Any

import boto3
import pytest
from botocore.session import Session as BotocoreSession

from tests.sandbox.kit import UUID, Realm, Server, fetch

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


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"x"', b"\xff\xfe", b'{"AccessToken": 5}', b'{"AccessToken": "\\ud800"}']
)
def test_unreadable_bodies_are_refused(server: Server, body: bytes) -> None:
    answer = server.raw("GetUser", body)
    assert (answer.status, answer.json["__type"]) == (400, "SerializationException")


def test_body_of_two_megabytes_is_too_large(server: Server) -> None:
    answer = server.raw("GetUser", b'{"x": "' + b"a" * 2_000_000 + b'"}')
    assert answer.status == 413


def test_answers_fit_the_service_model(server: Server, optional: Realm) -> None:
    """Every member of these answers is known to the model, with the right JSON type."""
    someone = optional.person(email=True, phone=True)
    someone.bind_app()
    someone.prefer(TOTP=(True, True), SMS=(True, False))
    signed = "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c"
    pool = {"UserPoolId": optional.pool_id}
    client = {"ClientId": optional.client_id, **pool}
    password = {"USERNAME": someone.username, "PASSWORD": someone.password}
    asked: list[tuple[str, dict[str, Any]]] = [
        ("GetUser", {"AccessToken": someone.token}),
        ("GetUserAuthFactors", {"AccessToken": someone.token}),
        ("AdminGetUser", someone.admin_name),
        ("ListUsers", pool),
        ("DescribeUserPool", pool),
        ("GetUserPoolMfaConfig", pool),
        ("ListUserPools", {"MaxResults": 3}),
        ("ListUserPoolClients", pool),
        ("DescribeUserPoolClient", client),
        ("InitiateAuth", {**client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": password}),
    ]
    for name, body in asked:
        answer = server.raw(name, body, Authorization=signed)
        assert answer.status == 200, (name, answer.body)
        shape = SERVICE_MODEL.operation_model(name).output_shape
        assert_fits(shape, answer.json, name)


def assert_fits(shape: Any, value: Any, path: str) -> None:
    """Check a JSON value against a shape of the service model."""
    kinds = {"string": str, "boolean": bool, "integer": int, "list": list, "map": dict}
    kind = kinds.get(shape.type_name)
    assert kind is None or type(value) is kind, path
    if shape.type_name == "timestamp":
        assert isinstance(value, float | int), path
    if shape.type_name == "structure":
        assert set(value) <= set(shape.members), path
        assert set(shape.required_members) <= set(value), path
        for name, member in value.items():
            assert_fits(shape.members[name], member, f"{path}.{name}")
    if shape.type_name == "list":
        for each in value:
            assert_fits(shape.member, each, f"{path}[]")
    if getattr(shape, "enum", None):
        assert value in shape.enum, path


def test_model_check_can_fail() -> None:
    shape = SERVICE_MODEL.operation_model("GetUser").output_shape
    with pytest.raises(AssertionError):
        assert_fits(shape, {"Username": "x", "UserAttributes": [], "Extra": 1}, "GetUser")


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
