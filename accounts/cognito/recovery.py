"""Operations that take a name and nothing else: a forgotten password, an unconfirmed account."""

from typing import Any

from django.conf import settings

from accounts.cognito import client, srp
from accounts.cognito.errors import (
    AlreadyConfirmed,
    CodeExpired,
    InvalidRequest,
    ResetNotPossible,
    cognito_errors,
    sending,
)
from accounts.cognito.self_service import Delivery


def _named(username: str) -> dict[str, Any]:
    named = {"ClientId": settings.COGNITO_CLIENT_ID, "Username": username}
    secret = settings.COGNITO_CLIENT_SECRET
    if secret:
        named["SecretHash"] = srp.secret_hash(username, settings.COGNITO_CLIENT_ID, secret)
    return named


def send_reset_code(username: str) -> Delivery:
    """Send a code with which a new password can be chosen, good for an hour.

    For a name that nobody has, a pool that hides who exists pretends to have sent one.
    Errors: ResetNotPossible, PersonDisabled, PersonUnconfirmed, DeliveryFailed, TooManyAttempts.
    Source: Amazon Cognito API reference, ForgotPassword; contract 4.2, 4.5, 5.6.
    """
    with (
        sending(username),
        cognito_errors(
            "ForgotPassword",
            NotAuthorizedException=ResetNotPossible,
            UserNotFoundException=ResetNotPossible,
            InvalidParameterException=ResetNotPossible,
        ),
    ):
        reply = client.self_service().forgot_password(**_named(username))
        return Delivery.from_details(reply["CodeDeliveryDetails"])


def reset_password(username: str, code: str, password: str) -> None:
    """Set a new password by the code; sign-ins that are open stay open (contract 8.5).

    Errors: CodeRejected, CodeExpired, PasswordUnacceptable, ResetNotPossible, PersonDisabled,
    PersonUnconfirmed, TooManyAttempts, CognitoUnreachable.
    Source: Amazon Cognito API reference, ConfirmForgotPassword.
    """
    with cognito_errors(
        "ConfirmForgotPassword",
        NotAuthorizedException=ResetNotPossible,
        UserNotFoundException=ResetNotPossible,
        InvalidParameterException=InvalidRequest,
        ExpiredCodeException=CodeExpired,
    ):
        client.self_service().confirm_forgot_password(
            **_named(username), ConfirmationCode=code, Password=password
        )


def send_confirmation_code(username: str) -> Delivery:
    """Send the code of a new account again; only the newest one is good (24 hours).

    Errors: AlreadyConfirmed, ResetNotPossible (the pool sends no such codes), DeliveryFailed,
    TooManyAttempts. Source: Amazon Cognito API reference, ResendConfirmationCode; contract 4.1.
    """
    with (
        sending(username),
        cognito_errors(
            "ResendConfirmationCode",
            NotAuthorizedException=ResetNotPossible,
            UserNotFoundException=ResetNotPossible,
            InvalidParameterException=AlreadyConfirmed,
        ),
    ):
        reply = client.self_service().resend_confirmation_code(**_named(username))
        return Delivery.from_details(reply["CodeDeliveryDetails"])


def confirm_account(username: str, code: str) -> None:
    """Confirm a new account by its code, and with it the address or number that it was sent to.

    Errors: CodeRejected, CodeExpired, AlreadyConfirmed, DestinationTaken, PersonDisabled,
    TooManyAttempts. Source: Amazon Cognito API reference, ConfirmSignUp.
    """
    with cognito_errors(
        "ConfirmSignUp",
        NotAuthorizedException=ResetNotPossible,
        UserNotFoundException=ResetNotPossible,
        InvalidParameterException=InvalidRequest,
        ExpiredCodeException=CodeExpired,
    ):
        client.self_service().confirm_sign_up(**_named(username), ConfirmationCode=code)
