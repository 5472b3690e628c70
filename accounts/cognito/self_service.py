"""Operations authorised by the person's own access token."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from accounts.cognito import client
from accounts.cognito.errors import (
    EMAIL,
    SMS,
    CodeAlreadyUsed,
    CodeExpired,
    CodeRejected,
    CognitoError,
    DestinationRefused,
    DeviceForgotten,
    DevicesNotTracked,
    FactorNotReady,
    InvalidRequest,
    NothingToProve,
    PasskeyRefused,
    PasskeyUnknown,
    SessionGone,
    SessionsNotListed,
    TooManyPasskeys,
    cognito_errors,
    sending,
)
from accounts.cognito.tokens import AccessToken

# A pool keeps at most a hundred sessions of a person.
MOST_PAGES = 10
MEDIUM_OF = {"phone_number": SMS, "email": EMAIL}
DEVICE_REFUSALS: dict[str, type[CognitoError]] = {
    "ResourceNotFoundException": DeviceForgotten,
    "InvalidParameterException": DeviceForgotten,
    "InvalidUserPoolConfigurationException": DevicesNotTracked,
}


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
    # The provider of a person who exists only by federation, as the pool names it; else "".
    federated_by: str = ""
    # When it was asked: what happened later it does not tell.
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)

    @classmethod
    def from_reply(cls, reply: Mapping[str, Any], read_at: datetime | None = None) -> "Account":
        attributes = {a["Name"]: a.get("Value", "") for a in reply["UserAttributes"]}
        return cls(
            username=reply["Username"],
            listed=frozenset(reply.get("UserMFASettingList", ())),
            preferred=reply.get("PreferredMfaSetting"),
            phone=attributes.get("phone_number", ""),
            phone_verified=attributes.get("phone_number_verified") == "true",
            email=attributes.get("email", ""),
            email_verified=attributes.get("email_verified") == "true",
            federated_by=_provider(reply["Username"], attributes.get("identities", "")),
            read_at=read_at or datetime.now(UTC),
        )


def _provider(username: str, identities: str) -> str:
    """Who signs this person in, where it is not the pool itself.

    A person of another provider is called `{provider}_{their id there}`; somebody of the pool who
    is linked with one has a name of their own and factors of their own (contract 8.1).
    """
    try:
        names = [str(each["providerName"]) for each in json.loads(identities or "[]")]
    except (ValueError, TypeError, KeyError):
        return ""
    return next(
        (name for name in names if username.lower().startswith(f"{name.lower()}_")),
        "",
    )


@dataclass(frozen=True)
class Delivery:
    """Where a code went, masked by Cognito itself: `+*******1234`, `n***@e***`."""

    attribute: str
    medium: str
    destination: str

    @classmethod
    def from_details(cls, details: Mapping[str, Any]) -> "Delivery":
        """Read a CodeDeliveryDetails."""
        return cls(
            attribute=details.get("AttributeName", ""),
            medium=details.get("DeliveryMedium", ""),
            destination=details.get("Destination", ""),
        )


@dataclass(frozen=True)
class PoolSession:
    """One session of a person as the pool tells it; empty where it knows nothing (contract 8.7).

    kind: TOKEN (a sign-in of one app) or SSO (the cookie of the pool's own pages).
    """

    id: str
    kind: str
    client_id: str
    opened_at: datetime
    last_active_at: datetime
    device: str = ""
    place: str = ""
    address: str = field(repr=False, default="")
    is_this_one: bool = False

    @classmethod
    def from_reply(cls, given: Mapping[str, Any]) -> "PoolSession":
        device = given.get("DeviceType", "")
        location = given.get("LastLocation", {})
        return cls(
            id=given["SessionId"],
            kind=given.get("SessionType", "TOKEN"),
            client_id=given.get("ClientId", ""),
            opened_at=given["CreateDate"],
            last_active_at=given.get("LastActiveDate", given["CreateDate"]),
            device="" if device == "unknown" else device,
            place=", ".join(
                part for part in (location.get("City"), location.get("Country")) if part
            ),
            address=given.get("LastIPAddress", ""),
            is_this_one=given.get("IsCurrentSession", False),
        )


@dataclass(frozen=True)
class Device:
    """One device as the pool tells it: its name, and whether it stands for a second step there."""

    key: str = field(repr=False)
    name: str
    is_remembered: bool
    added_at: datetime
    last_used_at: datetime
    address: str = field(repr=False, default="")

    @classmethod
    def from_reply(cls, given: Mapping[str, Any]) -> "Device":
        attributes = {a["Name"]: a.get("Value", "") for a in given.get("DeviceAttributes", ())}
        added = given["DeviceCreateDate"]
        return cls(
            key=given["DeviceKey"],
            name=attributes.get("device_name", ""),
            is_remembered=attributes.get("dev:device_remembered_status") == "remembered",
            added_at=added,
            last_used_at=given.get("DeviceLastAuthenticatedDate", added),
            address=attributes.get("last_ip_used", ""),
        )


@dataclass(frozen=True)
class Passkey:
    """One passkey as the pool tells it.

    attachment: `platform`, `cross-platform`, or empty where the browser did not say. transports:
    the ways it may be reached, such as internal, hybrid, usb, nfc, ble.
    """

    id: str = field(repr=False)
    added_at: datetime
    attachment: str = ""
    transports: tuple[str, ...] = ()

    @classmethod
    def from_reply(cls, given: Mapping[str, Any]) -> "Passkey":
        return cls(
            id=given["CredentialId"],
            added_at=given["CreatedAt"],
            attachment=given.get("AuthenticatorAttachment", ""),
            transports=tuple(given.get("AuthenticatorTransports", ())),
        )


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
        began = datetime.now(UTC)
        with cognito_errors("GetUser"):
            reply = client.reads().get_user(AccessToken=self._token.value)
            return Account.from_reply(reply, began)

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
        with (
            sending(self._token.sub, MEDIUM_OF[name]),
            cognito_errors("UpdateUserAttributes", InvalidParameterException=DestinationRefused),
        ):
            reply = client.self_service().update_user_attributes(
                AccessToken=self._token.value, UserAttributes=[{"Name": name, "Value": value}]
            )
        for details in reply.get("CodeDeliveryDetailsList", ()):
            if details.get("AttributeName") == name:
                return Delivery.from_details(details)
        return None

    def send_attribute_code(self, name: str) -> Delivery:
        """Send a code to the stored value. Errors: TooManyAttempts, DeliveryFailed."""
        with (
            sending(self._token.sub, MEDIUM_OF[name]),
            cognito_errors("GetUserAttributeVerificationCode"),
        ):
            reply = client.self_service().get_user_attribute_verification_code(
                AccessToken=self._token.value, AttributeName=name
            )
            return Delivery.from_details(reply["CodeDeliveryDetails"])

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

    def sessions(self) -> list[PoolSession]:
        """Read every active session; a new one appears after seconds (contract 8.7).

        Errors: SessionsNotListed, SignInExpired, TryLater, CognitoUnreachable.
        """
        found: list[PoolSession] = []
        page: dict[str, str] = {}
        with cognito_errors(
            "ListUserSessions",
            InvalidParameterException=SessionsNotListed,
            OperationNotEnabledException=SessionsNotListed,
            FeatureUnavailableInTierException=SessionsNotListed,
        ):
            for _ in range(MOST_PAGES):
                # The published types do not know this operation yet.
                reply = cast(Any, client.reads()).list_user_sessions(
                    AccessToken=self._token.value, **page
                )
                found += map(PoolSession.from_reply, reply.get("Sessions", ()))
                if "NextToken" not in reply:
                    break
                page = {"NextToken": reply["NextToken"]}
        return found

    def end_session(self, session_id: str) -> None:
        """End another session of one's own, and what hangs on it.

        Errors: SessionGone (nothing of that id is active), SessionsNotListed (also for this very
        session, which signs out instead), SignInExpired, TryLater, CognitoUnreachable.
        """
        with cognito_errors(
            "RevokeUserSession",
            ResourceNotFoundException=SessionGone,
            InvalidParameterException=SessionsNotListed,
        ):
            cast(Any, client.self_service()).revoke_user_session(
                AccessToken=self._token.value,
                SessionId=session_id,
                RevokeAssociatedSessions="LINKED",
            )

    def devices(self) -> list[Device]:
        """Read every device the pool knows of this person.

        Errors: DevicesNotTracked, SignInExpired, TryLater, CognitoUnreachable.
        Source: contract 6.3.
        """
        found: list[Device] = []
        page: dict[str, str] = {}
        with cognito_errors("ListDevices", InvalidUserPoolConfigurationException=DevicesNotTracked):
            for _ in range(MOST_PAGES):
                reply = client.reads().list_devices(
                    AccessToken=self._token.value,
                    Limit=60,
                    **page,
                )
                found += map(Device.from_reply, reply.get("Devices", ()))
                if "PaginationToken" not in reply:
                    break
                page = {"PaginationToken": reply["PaginationToken"]}
        return found

    def confirm_device(self, key: str, verifier: Mapping[str, str], *, name: str) -> bool:
        """Make the device of this sign-in known to the pool, by the verifier of its secret.

        Until then the pool renews no token of it (contract 6.2). Returns whether the pool waits
        for the person's word before it remembers the device (contract 6.1).
        Errors: InvalidRequest, SignInExpired, TryLater, CognitoUnreachable.
        """
        with cognito_errors("ConfirmDevice"):
            reply = client.self_service().confirm_device(
                AccessToken=self._token.value,
                DeviceKey=key,
                DeviceName=name,
                DeviceSecretVerifierConfig=verifier,  # type: ignore[arg-type]
            )
            return bool(reply.get("UserConfirmationNecessary", False))

    def forget_device(self, key: str) -> None:
        """Forget a device: it is asked everything again, and its sign-ins end (contract 6.2).

        Errors: DeviceForgotten, DevicesNotTracked, SignInExpired, TryLater, CognitoUnreachable.
        """
        with cognito_errors("ForgetDevice", **DEVICE_REFUSALS):
            client.self_service().forget_device(AccessToken=self._token.value, DeviceKey=key)

    def remember_device(self, key: str, *, remembered: bool) -> None:
        """Let a confirmed device stand for the second step from now on, or no longer.

        Errors: DeviceForgotten, DevicesNotTracked, SignInExpired, TryLater, CognitoUnreachable.
        """
        with cognito_errors("UpdateDeviceStatus", **DEVICE_REFUSALS):
            client.self_service().update_device_status(
                AccessToken=self._token.value,
                DeviceKey=key,
                DeviceRememberedStatus="remembered" if remembered else "not_remembered",
            )

    def start_passkey(self) -> Mapping[str, Any]:
        """Return what `navigator.credentials.create()` needs, its challenge included.

        An earlier challenge of the person dies by it.
        Errors: PasskeysOff, TooManyPasskeys, Misconfigured (the pool has no domain for passkeys),
        SignInExpired, TryLater, CognitoUnreachable. Source: contract 7.
        """
        with cognito_errors("StartWebAuthnRegistration", LimitExceededException=TooManyPasskeys):
            reply = client.self_service().start_web_authn_registration(
                AccessToken=self._token.value
            )
            return cast(Mapping[str, Any], reply["CredentialCreationOptions"])

    def complete_passkey(self, credential: Mapping[str, Any]) -> None:
        """Have the pool check and keep what the browser made (a RegistrationResponseJSON).

        Errors: PasskeyTooLate, PasskeyWrongSite, PasskeyUnsupported, PasskeyRefused, PasskeysOff,
        TooManyPasskeys, SignInExpired, TryLater, CognitoUnreachable. Source: contract 7.
        """
        with cognito_errors(
            "CompleteWebAuthnRegistration",
            LimitExceededException=TooManyPasskeys,
            InvalidParameterException=PasskeyRefused,
        ):
            client.self_service().complete_web_authn_registration(
                AccessToken=self._token.value, Credential=dict(credential)
            )

    def passkeys(self) -> list[Passkey]:
        """Read every passkey of this person, also where the pool no longer takes new ones.

        Errors: SignInExpired, TryLater, CognitoUnreachable. Source: contract 7.
        """
        found: list[Passkey] = []
        page: dict[str, str] = {}
        with cognito_errors("ListWebAuthnCredentials"):
            for _ in range(MOST_PAGES):
                reply = client.reads().list_web_authn_credentials(
                    AccessToken=self._token.value,
                    MaxResults=20,
                    **page,
                )
                found += map(Passkey.from_reply, reply.get("Credentials", ()))
                if "NextToken" not in reply:
                    break
                page = {"NextToken": reply["NextToken"]}
        return found

    def delete_passkey(self, passkey_id: str) -> None:
        """Delete one of one's own passkeys, be it the last.

        Errors: PasskeyUnknown, SignInExpired, TryLater, CognitoUnreachable. Source: contract 7.
        """
        with cognito_errors("DeleteWebAuthnCredential", ResourceNotFoundException=PasskeyUnknown):
            client.self_service().delete_web_authn_credential(
                AccessToken=self._token.value, CredentialId=passkey_id
            )

    def sign_out_everywhere(self) -> None:
        """Revoke every token of the person; hosted cookies live on up to an hour (8.5)."""
        with cognito_errors("GlobalSignOut"):
            client.self_service().global_sign_out(AccessToken=self._token.value)
