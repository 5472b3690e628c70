"""Every refusal of Cognito leaves the gateway with one of our names, and tells nothing else."""

import ast
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions, xform_name
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from django.conf import settings
from django.dispatch import Signal
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.cognito import (
    administration,
    client,
    configuration,
    errors,
    people,
    recovery,
    sign_in,
)
from accounts.cognito.errors import CognitoError, CognitoUnreachable, cognito_errors
from accounts.cognito.self_service import SelfService
from accounts.cognito.sign_in import Challenge
from accounts.cognito.tokens import AccessToken

NOW = datetime.now(UTC)
ME = SelfService(AccessToken("a.b.c", "sub", "nora", NOW, NOW, NOW))
QUESTION = Challenge("SMS_MFA", "session-of-twenty-signs", "nora", {})
VERIFIER = {"PasswordVerifier": "dmVyaWZpZXI=", "Salt": "c2FsdA=="}
GATEWAY: dict[str, Callable[[], object]] = {
    "AdminDeleteSoftwareToken": lambda: people.delete_app("nora"),
    "AdminDisableUser": lambda: people.disable("nora"),
    "AdminEnableUser": lambda: people.enable("nora"),
    "AdminForgetDevice": lambda: people.forget_device("nora", "eu-central-1_0a"),
    "AdminGetUser": lambda: people.get("nora"),
    "AdminGetUserAuthFactors": lambda: people.configured_factors("nora"),
    "AdminListDevices": lambda: people.devices("nora"),
    "AdminListGroupsForUser": lambda: people.groups("nora"),
    "AdminListUserAuthEvents": lambda: people.auth_events("nora"),
    "AdminListUserSessions": lambda: people.sessions("nora"),
    "AdminResetUserPassword": lambda: people.order_new_password("nora"),
    "AdminRevokeUserSession": lambda: people.end_session("nora", "tkn" + 25 * "a"),
    "AdminSetUserMFAPreference": lambda: people.set_preference("nora", {}),
    "AdminUpdateAuthEventFeedback": lambda: people.tell_of_event("nora", "e-1", was_me=False),
    "AdminUpdateUserAttributes": lambda: people.update_contact(
        "nora", "email", "nora@example.com", verified=True
    ),
    "AdminUserGlobalSignOut": lambda: people.sign_out_everywhere("nora"),
    "ListUsers": lambda: people.find(attribute="email", value="nora@example.com"),
    "ListUsersInGroup": lambda: people.in_group("directors"),
    "AssociateSoftwareToken": ME.associate_totp,
    "CompleteWebAuthnRegistration": lambda: ME.complete_passkey({}),
    "ConfirmDevice": lambda: ME.confirm_device("eu-central-1_0a", VERIFIER, name="Browser"),
    "ConfirmForgotPassword": lambda: recovery.reset_password("nora", "123456", "password"),
    "ConfirmSignUp": lambda: recovery.confirm_account("nora", "123456"),
    "DeleteWebAuthnCredential": lambda: ME.delete_passkey("passkey"),
    "DescribeUserPool": administration._read_pool_facts,
    "DescribeUserPoolClient": lambda: configuration._client("1example23456789"),
    "ForgetDevice": lambda: ME.forget_device("eu-central-1_0a"),
    "ForgotPassword": lambda: recovery.send_reset_code("nora"),
    "GetTokensFromRefreshToken": lambda: sign_in.refresh("refresh"),
    "GetUser": ME.get_user,
    "GetUserAttributeVerificationCode": lambda: ME.send_attribute_code("email"),
    "GetUserAuthFactors": ME.configured_factors,
    "GetUserPoolMfaConfig": administration._read_pool_facts,
    "ListUserPoolClients": configuration._ids,
    "GlobalSignOut": ME.sign_out_everywhere,
    "InitiateAuth": lambda: sign_in.start("nora", "password"),
    "ListDevices": ME.devices,
    "ListUserSessions": ME.sessions,
    "ListWebAuthnCredentials": ME.passkeys,
    "ResendConfirmationCode": lambda: recovery.send_confirmation_code("nora"),
    "RespondToAuthChallenge": lambda: sign_in.answer_code(QUESTION, "123456"),
    "RevokeToken": lambda: sign_in.revoke("refresh"),
    "RevokeUserSession": lambda: ME.end_session("tkn" + 25 * "a"),
    "SetUserMFAPreference": lambda: ME.set_preference({}),
    "StartWebAuthnRegistration": ME.start_passkey,
    "UpdateDeviceStatus": lambda: ME.remember_device("eu-central-1_0a", remembered=True),
    "UpdateUserAttributes": lambda: ME.update_attribute("email", "nora@example.com"),
    "VerifySoftwareToken": lambda: ME.verify_totp("123456", device_name="phone"),
    "VerifyUserAttribute": lambda: ME.verify_attribute("email", "123456"),
}
IN_SIGN_IN = {
    "AssociateSoftwareToken": lambda: sign_in.associate_totp(QUESTION),
    "VerifySoftwareToken": lambda: sign_in.verify_totp(
        QUESTION.session, "123456", device_name="phone"
    ),
}
CALLS = [*GATEWAY.items(), *IN_SIGN_IN.items()]
SERVICE = client.self_service().meta.service_model


def modelled(operation: str) -> list[str]:
    return [shape.name for shape in SERVICE.operation_model(operation).error_shapes]


# Contract 1.3: what the common layer answers, whatever the operation.
COMMON = {
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "ExpiredToken": 403,
    "ExpiredTokenException": 403,
    "IncompleteSignature": 403,
    "OptInRequired": 403,
    "UnrecognizedClient": 403,
    "UnrecognizedClientException": 403,
    "UnknownOperationException": 404,
    "ThrottlingException": 400,
    "ValidationException": 400,
    "RequestTimeout": 408,
    "RequestEntityTooLarge": 413,
    "InternalFailure": 500,
    "InternalErrorException": 500,
    "ServiceUnavailable": 503,
}


def refusal_of(
    operation: str, call: Callable[[], object], code: str, status: int = 400, text: str = "No."
) -> CognitoError:
    """What our gateway raises when Cognito refuses this operation."""
    with ExitStack() as stack:
        for purpose in client.PURPOSES:
            stubber = stack.enter_context(Stubber(purpose()))
            if operation == "GetUserPoolMfaConfig":
                # Its caller reads the pool first.
                pool = {"UserPool": {}}
                stubber.add_response("describe_user_pool", pool)
            stubber.add_client_error(xform_name(operation), code, text, http_status_code=status)
        with pytest.raises(CognitoError) as refused:
            call()
    return refused.value


@pytest.fixture(autouse=True, scope="module")
def _nobody_listens() -> Iterator[None]:
    """The gateway alone: who counts what could not be sent needs a database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(errors, "undelivered", Signal())
        yield


@pytest.mark.parametrize(("operation", "call"), CALLS)
def test_every_modelled_refusal_has_a_name(operation: str, call: Callable[[], object]):
    """OTP-18, RES-01: everything the botocore model lists for what the gateway calls."""
    for code in modelled(operation):
        refused = refusal_of(operation, call, code)
        assert type(refused) is not CognitoError, code
        assert (refused.operation, refused.code) == (operation, code)


@pytest.mark.parametrize(("code", "status"), COMMON.items())
def test_every_common_refusal_has_a_name(code: str, status: int):
    """OTP-18; contract 1.3."""
    refused = refusal_of("GetUser", GATEWAY["GetUser"], code, status)
    assert type(refused) is not CognitoError


def test_a_refusal_nobody_knows_is_still_a_refusal():
    """OTP-18, RES-02: unknown is no, and a 5xx of any name is a failure of Cognito's."""
    unknown = refusal_of("GetUser", GATEWAY["GetUser"], "SomethingNewException")
    assert type(unknown) is CognitoError
    broken = refusal_of("GetUser", GATEWAY["GetUser"], "SomethingNewException", 500)
    assert type(broken) is errors.CognitoFailed


def test_the_gateway_calls_no_operation_beyond_these():
    """OTP-18: the list of operations is the one that was looked at here."""
    known = {xform_name(name): name for name in SERVICE.operation_names}
    called = {
        known[node.func.attr]
        for path in Path(settings.BASE_DIR, "accounts/cognito").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (isinstance(node.func.value, ast.Call) or ast.unparse(node.func.value) == "cognito")
        and node.func.attr in known
    }
    assert called == set(GATEWAY)


SENTENCES = [
    # contract 5.6
    ("Incorrect username or password.", errors.PasswordRejected),
    ("Password attempts exceeded", errors.TooManyAttempts),
    ("User is disabled.", errors.PersonDisabled),
    ("Invalid device key given.", errors.DeviceForgotten),
    (
        "Temporary password has expired and must be reset by an administrator.",
        errors.TemporaryPasswordExpired,
    ),
    (
        "Client 1abc is configured with secret but SECRET_HASH was not received",
        errors.Misconfigured,
    ),
    ("Client 1abc is configured for secret but secret was not received", errors.Misconfigured),
    ("Unable to verify secret hash for client 1abc", errors.Misconfigured),
    ("SecretHash does not match for the client: 1abc", errors.Misconfigured),
    # contract 5.5
    ("Invalid session for the user, session is expired.", errors.ChallengeExpired),
    ("Invalid session for the user, session can only be used once.", errors.ChallengeExpired),
    ("Invalid session for the user.", errors.ChallengeExpired),
    # contract 8.4
    ("Access Token has expired", errors.SignInExpired),
    ("Access Token has been revoked", errors.SignInExpired),
    ("Invalid Access Token", errors.SignInExpired),
    ("Could not verify signature for Access Token", errors.SignInExpired),
    ("Access Token does not have required scopes", errors.Misconfigured),
    ("Refresh Token has expired", errors.SignInExpired),
    ("Refresh Token has been revoked", errors.SignInExpired),
    ("Invalid Refresh Token.", errors.SignInExpired),
    # contract 4.3
    ("A client attempted to write unauthorized attribute", errors.Misconfigured),
]


@pytest.mark.parametrize(("sentence", "meaning"), SENTENCES)
def test_not_authorized_means_what_its_sentence_says(sentence: str, meaning: type[CognitoError]):
    """AUZ-08, OTP-18; contract 4.3, 5.5, 5.6, 8.4."""
    refused = refusal_of("GetUser", GATEWAY["GetUser"], "NotAuthorizedException", text=sentence)
    assert type(refused) is meaning


def meaning_at(operation: str, code: str, call: Callable[[], object] | None = None) -> type:
    return type(refusal_of(operation, call or GATEWAY[operation], code))


def test_the_same_refusal_means_different_things_at_different_places():
    """OTP-17; contract 3.2, 3.3, 4.3, 4.4, 5.6: an unknown person looks like a wrong password."""
    assert meaning_at("GetUser", "NotAuthorizedException") is errors.SignInExpired
    assert meaning_at("InitiateAuth", "NotAuthorizedException") is errors.PasswordRejected
    assert meaning_at("InitiateAuth", "UserNotFoundException") is errors.PasswordRejected
    assert meaning_at("DescribeUserPool", "NotAuthorizedException") is errors.Misconfigured
    assert meaning_at("SetUserMFAPreference", "InvalidParameterException") is errors.FactorNotReady
    assert (
        meaning_at("UpdateUserAttributes", "InvalidParameterException") is errors.DestinationRefused
    )
    assert meaning_at("VerifyUserAttribute", "ExpiredCodeException") is errors.CodeExpired
    assert meaning_at("StartWebAuthnRegistration", "LimitExceededException") is (
        errors.TooManyPasskeys
    )
    assert meaning_at("GetUser", "LimitExceededException") is errors.TooManyAttempts
    assert meaning_at("DeleteWebAuthnCredential", "ResourceNotFoundException") is (
        errors.PasskeyUnknown
    )
    assert meaning_at("CompleteWebAuthnRegistration", "InvalidParameterException") is (
        errors.PasskeyRefused
    )
    assert meaning_at("VerifySoftwareToken", "EnableSoftwareTokenMFAException") is (
        errors.CodeRejected
    )
    assert meaning_at("RespondToAuthChallenge", "ExpiredCodeException") is errors.CodeExpired


def test_a_used_code_of_an_app_is_told_from_one_that_is_too_old():
    """OTP-01; contract 3.3: an app's code expires only by being used."""
    of_app = Challenge("SOFTWARE_TOKEN_MFA", QUESTION.session, "nora", {})
    used = refusal_of(
        "RespondToAuthChallenge",
        lambda: sign_in.answer_code(of_app, "123456"),
        "ExpiredCodeException",
    )
    assert type(used) is errors.CodeAlreadyUsed


@pytest.mark.parametrize(
    "call", [GATEWAY["VerifySoftwareToken"], IN_SIGN_IN["VerifySoftwareToken"]]
)
def test_a_code_is_refused_also_by_a_200_with_a_bad_status(call: Callable[[], object]):
    """OTP-18: the second shape of a refusal (contract 3.2)."""
    with Stubber(client.self_service()) as stubber:
        stubber.add_response("verify_software_token", {"Status": "ERROR"})
        with pytest.raises(errors.CodeRejected):
            call()


URL = {"endpoint_url": "https://cognito-idp.eu-central-1.amazonaws.com/"}
SILENCES = [
    exceptions.ConnectTimeoutError(**URL),
    exceptions.ReadTimeoutError(**URL),
    exceptions.EndpointConnectionError(**URL),
    exceptions.ConnectionClosedError(**URL),
    exceptions.SSLError(error="certificate", **URL),
    exceptions.ProxyConnectionError(proxy_url="http://proxy", error="no"),
    exceptions.HTTPClientError(error="anything"),
]


@pytest.mark.parametrize("silence", SILENCES, ids=lambda each: type(each).__name__)
def test_silence_is_not_an_answer(silence: Exception):
    """RES-04: whoever meets it reads before it speaks."""
    with pytest.raises(CognitoUnreachable) as unreachable, cognito_errors("SetUserMFAPreference"):
        raise silence
    assert str(unreachable.value) == f"SetUserMFAPreference: {type(silence).__name__}"


@pytest.mark.parametrize(
    ("trouble", "meaning"),
    [
        (exceptions.NoCredentialsError(), errors.Misconfigured),
        (exceptions.PartialCredentialsError(provider="env", cred_var="key"), errors.Misconfigured),
        (exceptions.ProfileNotFound(profile="nobody"), errors.Misconfigured),
        (exceptions.NoRegionError(), errors.Misconfigured),
        (exceptions.ParamValidationError(report="UserCode"), errors.InvalidRequest),
    ],
)
def test_what_never_left_this_machine_has_a_name_too(
    trouble: Exception, meaning: type[CognitoError]
):
    """RES-01: credentials that are missing are for the operator, not an unknown outcome."""
    with pytest.raises(meaning) as refused, cognito_errors("DescribeUserPool"):
        raise trouble
    assert not isinstance(refused.value, CognitoUnreachable)


def test_other_exceptions_pass_unchanged():
    """RES-02: a defect of ours is not blamed on Cognito."""
    with pytest.raises(ZeroDivisionError), cognito_errors("GetUser"):
        raise ZeroDivisionError("ours")


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("associate_software_token", GATEWAY["AssociateSoftwareToken"]),
        ("associate_software_token", IN_SIGN_IN["AssociateSoftwareToken"]),
        ("verify_software_token", GATEWAY["VerifySoftwareToken"]),
        ("get_user_attribute_verification_code", GATEWAY["GetUserAttributeVerificationCode"]),
        ("initiate_auth", GATEWAY["InitiateAuth"]),
        ("respond_to_auth_challenge", GATEWAY["RespondToAuthChallenge"]),
        ("get_tokens_from_refresh_token", GATEWAY["GetTokensFromRefreshToken"]),
    ],
)
def test_an_answer_of_a_shape_nobody_knows_is_a_refusal(method: str, call: Callable[[], object]):
    """OTP-18, RES-02: a 200 that holds nothing of what was asked for."""
    with Stubber(client.self_service()) as stubber:
        stubber.add_response(method, {})
        with pytest.raises(CognitoError):
            call()


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(errors.MEANING)), st.text(min_size=8))
def test_an_error_and_its_log_line_hold_nothing_of_cognitos_message(
    caplog: Any, code: str, message: str
):
    """AUD-03, OTP-10, TOK-04: messages of Cognito may quote what was sent."""
    said = f"canary {message} +447400123456 123456"
    reply: Any = {"Error": {"Code": code, "Message": said}}
    with caplog.at_level(logging.INFO):
        with pytest.raises(CognitoError) as refused, cognito_errors("VerifySoftwareToken"):
            raise ClientError(reply, "VerifySoftwareToken")
        assert str(refused.value) == f"VerifySoftwareToken: {code}"
        assert all("canary" not in str(record.msg) for record in caplog.records)
        assert any("VerifySoftwareToken" in str(record.msg) for record in caplog.records)
        caplog.clear()
