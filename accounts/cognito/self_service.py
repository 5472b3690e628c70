"""Operations authorised by the person's own access token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.cognito import client
from accounts.cognito.errors import (
    CodeAlreadyUsed,
    CodeExpired,
    CodeRejected,
    DestinationRefused,
    FactorNotReady,
    InvalidRequest,
    NothingToProve,
    cognito_errors,
)
from accounts.cognito.tokens import AccessToken


@dataclass(frozen=True)
class Account:
    """One GetUser reply. Factor names are Cognito's: SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP."""

    username: str
    listed: frozenset[str]
    preferred: str | None
    phone: str = field(repr=False, default="")
    phone_verified: bool = False
    email: str = field(repr=False, default="")
    email_verified: bool = False
    federated_by: str = ""

    @classmethod
    def from_reply(cls, reply: Mapping[str, Any]) -> "Account":
        attributes = {a["Name"]: a.get("Value", "") for a in reply["UserAttributes"]}
        return cls(
            username=reply["Username"],
            listed=frozenset(reply.get("UserMFASettingList", ())),
            preferred=reply.get("PreferredMfaSetting"),
            phone=attributes.get("phone_number", ""),
            phone_verified=attributes.get("phone_number_verified") == "true",
            email=attributes.get("email", ""),
            email_verified=attributes.get("email_verified") == "true",
        )


@dataclass(frozen=True)
class Delivery:
    """Where a code went, masked by Cognito itself: `+*******1234`, `n***@e***`."""

    attribute: str
    medium: str
    destination: str


class SelfService:
    """What a person may ask of the pool about themselves."""

    def __init__(self, token: AccessToken, *, just_read: Account | None = None) -> None:
        self._token = token
        self._just_read = just_read

    def get_user(self) -> Account:
        """Read attributes and factor flags. Errors: SignInExpired, TryLater, CognitoUnreachable.

        What was read at the beginning of this very request is good for the first who asks.
        """
        just_read, self._just_read = self._just_read, None
        if just_read is not None:
            return just_read
        with cognito_errors("GetUser"):
            return Account.from_reply(client.reads().get_user(AccessToken=self._token.value))

    def configured_factors(self) -> frozenset[str]:
        """Read what is enrolled, switched on or not: SOFTWARE_TOKEN, EMAIL_OTP, SMS_OTP, ….

        The only read that tells of a verified authenticator app that is off (contract 2.5).
        """
        with cognito_errors("GetUserAuthFactors"):
            reply = client.reads().get_user_auth_factors(AccessToken=self._token.value)
        return frozenset(reply.get("ConfiguredUserAuthFactors", ()))

    def set_preference(self, blocks: Mapping[str, Mapping[str, bool]]) -> None:
        """Send one SetUserMFAPreference with exactly these blocks.

        Errors: FactorNotReady (nothing enrolled, or two preferred), SignInExpired, TryLater,
        CognitoUnreachable. Source: contract 2.2, 2.3.
        """
        with cognito_errors("SetUserMFAPreference", InvalidParameterException=FactorNotReady):
            client.self_service().set_user_mfa_preference(
                AccessToken=self._token.value,
                **blocks,  # type: ignore[arg-type]
            )

    def associate_totp(self) -> str:
        """Return a fresh TOTP secret (base32); an earlier unproved one dies, a proved one lives."""
        with cognito_errors("AssociateSoftwareToken"):
            reply = client.self_service().associate_software_token(AccessToken=self._token.value)
            return reply["SecretCode"]

    def verify_totp(self, code: str, *, device_name: str) -> None:
        """Prove that the person's app holds the secret; activates nothing by itself.

        code: the six digits on screen, one per 30-second step (RFC 6238).
        Errors: CodeRejected, CodeAlreadyUsed, NothingToProve, SignInExpired, TryLater,
        CognitoUnreachable.
        Source: Amazon Cognito API reference, VerifySoftwareToken; contract 3.2.
        """
        with cognito_errors(
            "VerifySoftwareToken",
            ExpiredCodeException=CodeAlreadyUsed,
            SoftwareTokenMFANotFoundException=NothingToProve,
        ):
            reply = client.self_service().verify_software_token(
                AccessToken=self._token.value, UserCode=code, FriendlyDeviceName=device_name
            )
            status = reply["Status"]
        # A refusal has two shapes: an exception, or a 200 whose Status is ERROR.
        if status != "SUCCESS":
            raise CodeRejected("VerifySoftwareToken", "Status ERROR")

    def update_attribute(self, name: str, value: str) -> Delivery | None:
        """Ask for a new phone number or e-mail; return where its code went, if one was sent.

        Whether the old value stays until the code comes back is the pool's setting (contract 4.3).
        Errors: DestinationRefused, DestinationTaken, DeliveryFailed, TooManyAttempts.
        """
        with cognito_errors("UpdateUserAttributes", InvalidParameterException=DestinationRefused):
            reply = client.self_service().update_user_attributes(
                AccessToken=self._token.value, UserAttributes=[{"Name": name, "Value": value}]
            )
        for details in reply.get("CodeDeliveryDetailsList", ()):
            if details.get("AttributeName") == name:
                return _delivery(details)
        return None

    def send_attribute_code(self, name: str) -> Delivery:
        """Send a code to the stored value. Errors: TooManyAttempts, DeliveryFailed."""
        with cognito_errors("GetUserAttributeVerificationCode"):
            reply = client.self_service().get_user_attribute_verification_code(
                AccessToken=self._token.value, AttributeName=name
            )
            return _delivery(reply["CodeDeliveryDetails"])

    def verify_attribute(self, name: str, code: str) -> None:
        """Prove a phone number or e-mail with the code sent to it.

        Errors: CodeRejected, CodeExpired (too old, or a newer one was sent), DestinationTaken,
        TooManyAttempts. Source: contract 4.4.
        """
        with cognito_errors(
            "VerifyUserAttribute",
            ExpiredCodeException=CodeExpired,
            InvalidParameterException=InvalidRequest,
        ):
            client.self_service().verify_user_attribute(
                AccessToken=self._token.value, AttributeName=name, Code=code
            )

    def sign_out_everywhere(self) -> None:
        """Revoke every token of the person; hosted cookies live on up to an hour (8.5)."""
        with cognito_errors("GlobalSignOut"):
            client.self_service().global_sign_out(AccessToken=self._token.value)


def _delivery(details: Mapping[str, Any]) -> Delivery:
    return Delivery(
        attribute=details.get("AttributeName", ""),
        medium=details.get("DeliveryMedium", ""),
        destination=details.get("Destination", ""),
    )
