"""Operations that answer a challenge and open a session."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, cast

from django.conf import settings

from accounts.cognito import client, pretence, srp, tokens
from accounts.cognito.errors import (
    EMAIL,
    SMS,
    ChallengeExpired,
    CodeAlreadyUsed,
    CodeExpired,
    CodeRejected,
    CognitoError,
    CognitoFailed,
    DeviceForgotten,
    FactorNotOffered,
    InvalidRequest,
    Misconfigured,
    PasswordRejected,
    PersonDisabled,
    SignInExpired,
    TooManyAttempts,
    cognito_errors,
    sending,
)
from accounts.cognito.tokens import NewDevice, Tokens

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp.literals import AuthFlowTypeType, ChallengeNameTypeType


@dataclass(frozen=True)
class Challenge:
    """Cognito's question during a sign-in, and what is needed to answer it."""

    name: str
    session: str = field(repr=False)
    username: str = field(repr=False)
    parameters: dict[str, str] = field(repr=False)
    # The name as it was typed: what a browser keeps a password under.
    typed: str = field(repr=False, default="")
    # Of a sign-in by choice: every first proof that Cognito offers, and whether this is one.
    available: tuple[str, ...] = ()
    is_first: bool = False
    # Asked of nobody, in place of somebody who must look like that (OTP-17).
    is_pretended: bool = False

    @property
    def proves_nothing_yet(self) -> bool:
        """Whether whoever is asked has given nothing but a name."""
        return self.is_first or self.name in {"SELECT_CHALLENGE", "PASSWORD"}

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**{**stored, "available": tuple(stored.get("available", ()))})


@dataclass(frozen=True)
class Device:
    """A browser as the pool knows it. names: what its owner signs in as, in small letters."""

    key: str = field(repr=False)
    group_key: str = field(repr=False)
    secret: str = field(repr=False)
    names: tuple[str, ...] = field(repr=False)

    def belongs_to(self, *names: str) -> bool:
        return any(name.lower() in self.names for name in names)


@dataclass(frozen=True)
class PendingTotp:
    """An authenticator app being set up during sign-in: the secret, and where to continue."""

    secret: str = field(repr=False)
    session: str = field(repr=False)


Outcome = Tokens | Challenge

# First proofs that are codes, and the attribute each is sent to.
CODES = {"EMAIL_OTP": "email", "SMS_OTP": "phone_number"}
PASSKEY = "WEB_AUTHN"
MEDIUM_OF = {"SMS_MFA": SMS, "SMS_OTP": SMS, "EMAIL_OTP": EMAIL}
# What may be asked for in place of a password; the codes among them may come after one, too.
FIRST_PROOFS = frozenset({*CODES, PASSKEY})
# A Session that no pool ever gave, where the pool does not pretend: every answer is refused.
PRETENDED = "pretended-session-of-nobody"
# How Cognito says that a device is gone (contract 6.2); without one it speaks of the client.
DEVICE_GONE = "ResourceNotFoundException"


def _secret_hash(username: str) -> dict[str, str]:
    secret = settings.COGNITO_CLIENT_SECRET
    if not secret:
        return {}
    return {"SECRET_HASH": srp.secret_hash(username, settings.COGNITO_CLIENT_ID, secret)}


def _outcome(
    reply: Mapping[str, Any], username: str, typed: str, *, by_choice: bool = False
) -> Outcome:
    """Read a reply of InitiateAuth or RespondToAuthChallenge: tokens, or the next question.

    by_choice: the reply of a sign-in by choice to a name or to a chosen way, where the code of
    an EMAIL_OTP is a first proof and not a second one (contract 5.2).
    """
    result = reply.get("AuthenticationResult")
    if result:
        return Tokens(
            tokens.verified(result["AccessToken"]), result.get("RefreshToken"), _new_device(result)
        )
    parameters = dict(reply.get("ChallengeParameters") or {})
    return Challenge(
        name=reply["ChallengeName"],
        session=reply.get("Session", ""),
        # The internal name is what every later answer is signed with (contract 5.3).
        username=parameters.get("USER_ID_FOR_SRP") or username,
        parameters=parameters,
        typed=typed,
        available=tuple(reply.get("AvailableChallenges", ())),
        is_first=by_choice and reply["ChallengeName"] in FIRST_PROOFS,
    )


def _new_device(result: Mapping[str, Any]) -> NewDevice | None:
    metadata = result.get("NewDeviceMetadata")
    return NewDevice(metadata["DeviceKey"], metadata["DeviceGroupKey"]) if metadata else None


def start(username: str, password: str, devices: Collection[Device] = ()) -> Outcome:
    """Begin a sign-in with name and password, by the flow the settings name.

    devices: what this browser is to the people who trust it; the one of this person is named to
    the pool, and answers for itself where the pool asks it instead of a second step.
    Errors: PasswordRejected, PersonDisabled, TooManyAttempts, PasswordResetRequired,
    PersonUnconfirmed, TemporaryPasswordExpired, Misconfigured, TryLater, CognitoUnreachable;
    DeviceForgotten, after which a start without devices goes on.
    Source: Amazon Cognito API reference, InitiateAuth; contract 5.1, 5.9, 6.2.
    """
    if settings.COGNITO_SIGN_IN_FLOW != "USER_PASSWORD_AUTH":
        return _start_with_srp(username, password, devices)
    device = _device_of(devices, username)
    with _naming(device):
        parameters = {"PASSWORD": password, **_device_key(device)}
        return _past_device(_initiate("USER_PASSWORD_AUTH", username, parameters), device)


def _device_of(devices: Collection[Device], *names: str) -> Device | None:
    return next((each for each in devices if each.belongs_to(*names)), None)


def _device_key(device: Device | None) -> dict[str, str]:
    return {"DEVICE_KEY": device.key} if device else {}


@contextmanager
def _naming(device: Device | None) -> Iterator[None]:
    """Where a device was named, what is missing can only be that device."""
    try:
        yield
    except (Misconfigured, DeviceForgotten) as refusal:
        is_device = isinstance(refusal, DeviceForgotten) or refusal.code == DEVICE_GONE
        if device is None or not is_device:
            raise
        gone = DeviceForgotten(refusal.operation, refusal.code)
        gone.device_key = device.key
        raise gone from refusal


def _past_device(outcome: Outcome, device: Device | None) -> Outcome:
    """Answer DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER for the browser. Source: contract 5.3."""
    if isinstance(outcome, Tokens) or outcome.name != "DEVICE_SRP_AUTH" or device is None:
        return outcome
    exchange = srp.DeviceExchange(
        outcome.username, key=device.key, group_key=device.group_key, secret=device.secret
    )
    try:
        asked = _respond(outcome, exchange.opening)
        if isinstance(asked, Tokens):
            raise CognitoFailed("RespondToAuthChallenge", "UnknownAnswer")
        proved = _respond(asked, exchange.proof(asked.parameters), refused=PasswordRejected)
    except (PasswordRejected, ChallengeExpired) as refusal:
        # Not the person's password, which was right: the secret of the device is not.
        raise DeviceForgotten(refusal.operation, refusal.code) from refusal
    return replace(proved, by_device=True) if isinstance(proved, Tokens) else proved


def start_by_choice(username: str, preferred: str = "") -> Outcome:
    """Begin a sign-in with a name alone (USER_AUTH): what the pool offers this person first.

    preferred: a way whose code Cognito sends at once where it offers it, and else ignores.
    Errors: those of `start`. Source: contract 5.1, 5.3; rows D28 to D31.
    """
    parameters = {"PREFERRED_CHALLENGE": preferred} if preferred in CODES else {}
    return _initiate("USER_AUTH", username, parameters)


def pretend_choice(username: str, available: tuple[str, ...]) -> Challenge:
    """What somebody sees who must not be told apart from nobody (OTP-17)."""
    return Challenge(
        "SELECT_CHALLENGE", PRETENDED, username, {}, username, available, is_pretended=True
    )


def send_code(challenge: Challenge, way: str) -> Outcome:
    """Go on with EMAIL_OTP or SMS_OTP in place of a password; its code is sent at once.

    With nothing proved yet this begins anew, so a choice may be thought about for any time.
    Errors: those of `start_by_choice`. Source: contract 5.1, row D31.
    """
    if challenge.is_pretended:
        return pretend_code(challenge, way)
    outcome = start_by_choice(challenge.typed, way)
    if isinstance(outcome, Challenge):
        return replace(outcome, available=challenge.available)
    return outcome


def pretend_code(challenge: Challenge, way: str) -> Challenge:
    """The question for a code that nobody gets. The pool asks it, of a name that nobody has: so
    it refuses codes, slows down and grows too old as any other does (contract 5.6, OTP-17).
    """
    masked = pretence.delivery(challenge.typed, CODES[way]).destination
    alike: dict[str, Any] = {
        "name": way,
        "typed": challenge.typed,
        "parameters": {"CODE_DELIVERY_DESTINATION": masked},
        "available": challenge.available,
        "is_first": True,
        "is_pretended": True,
    }
    try:
        asked = start_by_choice(pretence.name_of_nobody(challenge.typed), way)
    except PasswordRejected:  # a pool that tells who exists does not pretend
        asked = challenge
    if isinstance(asked, Challenge) and asked.name == way:
        return replace(asked, **alike)
    return replace(challenge, session=PRETENDED, **alike)


def ask_passkey(challenge: Challenge) -> Outcome:
    """Answer SELECT_CHALLENGE with WEB_AUTHN. Errors: ChallengeExpired. Source: contract 5.3."""
    outcome = _respond(challenge, {"ANSWER": PASSKEY}, by_choice=True)
    if isinstance(outcome, Challenge):
        return replace(outcome, available=challenge.available)
    return outcome


def _initiate(flow: "AuthFlowTypeType", username: str, parameters: dict[str, str]) -> Outcome:
    with (
        sending(username, MEDIUM_OF.get(parameters.get("PREFERRED_CHALLENGE", ""), "")),
        cognito_errors(
            "InitiateAuth",
            UserNotFoundException=PasswordRejected,
            NotAuthorizedException=PasswordRejected,
            InvalidParameterException=Misconfigured,
        ),
    ):
        reply = client.self_service().initiate_auth(
            AuthFlow=flow,
            ClientId=settings.COGNITO_CLIENT_ID,
            AuthParameters={"USERNAME": username, **parameters, **_secret_hash(username)},
        )
        return _outcome(reply, username, username, by_choice=flow == "USER_AUTH")


def _start_with_srp(username: str, password: str, devices: Collection[Device]) -> Outcome:
    """Prove the password without sending it (SRP-6a, RFC 5054 as Cognito speaks it)."""
    exchange = srp.Exchange(username, password)
    try:
        first = _open_srp(exchange, username)
    except (PersonDisabled, TooManyAttempts):
        _take_as_long(exchange, username)
        raise
    if isinstance(first, Tokens):
        return first
    if first.proves_nothing_yet:  # there is no password to this name
        raise PasswordRejected("InitiateAuth", first.name)
    if first.name != "PASSWORD_VERIFIER":
        return first
    device = _device_of(devices, first.username, username)
    proof = exchange.proof(first.parameters, first.username) | _device_key(device)
    with _naming(device):
        return _past_device(_respond(first, proof, refused=PasswordRejected), device)


def _open_srp(exchange: srp.Exchange, username: str) -> Outcome:
    parameters = {"SRP_A": exchange.public_value}
    if settings.COGNITO_SIGN_IN_FLOW == "USER_AUTH":
        wanted = {**parameters, "PREFERRED_CHALLENGE": "PASSWORD_SRP"}
        return _initiate("USER_AUTH", username, wanted)
    return _initiate("USER_SRP_AUTH", username, parameters)


def _take_as_long(exchange: srp.Exchange, username: str) -> None:
    """Cognito refuses the disabled and the locked before it looks at a password, and everybody
    else after: so that nobody tells them apart by time, go on to prove it for nobody (OTP-17).
    """
    nobody = pretence.name_of_nobody(username)
    with suppress(CognitoError):
        asked = _open_srp(exchange, nobody)
        if isinstance(asked, Challenge) and asked.name == "PASSWORD_VERIFIER":
            exchange.proof(asked.parameters, asked.username)


def _respond(
    challenge: Challenge,
    responses: Mapping[str, str],
    *,
    refused: type[PasswordRejected] | type[SignInExpired] = SignInExpired,
    used: type[CodeAlreadyUsed] | type[CodeExpired] = CodeExpired,
    by_choice: bool = False,
) -> Outcome:
    request: dict[str, Any] = {
        "ClientId": settings.COGNITO_CLIENT_ID,
        "ChallengeName": cast("ChallengeNameTypeType", challenge.name),
        "ChallengeResponses": {
            "USERNAME": challenge.username,
            **_secret_hash(challenge.username),
            **responses,
        },
    }
    if challenge.session:
        request["Session"] = challenge.session
    chosen = EMAIL if "EMAIL" in responses else MEDIUM_OF.get(responses.get("ANSWER", ""), "")
    with (
        sending(challenge.username, chosen),
        cognito_errors(
            "RespondToAuthChallenge",
            NotAuthorizedException=refused,
            UserNotFoundException=refused,
            ExpiredCodeException=used,
            InvalidParameterException=InvalidRequest,
        ),
    ):
        reply = client.self_service().respond_to_auth_challenge(**request)
        outcome = _outcome(reply, challenge.username, challenge.typed, by_choice=by_choice)
    first = "" if challenge.is_first else challenge.name
    return replace(outcome, proof=first) if isinstance(outcome, Tokens) else outcome


def answer_code(challenge: Challenge, code: str) -> Outcome:
    """Answer SOFTWARE_TOKEN_MFA, SMS_MFA, EMAIL_OTP or SMS_OTP with the code the person read.

    Errors: CodeRejected (same question again), CodeAlreadyUsed, ChallengeExpired,
    TooManyAttempts, CognitoUnreachable. Source: contract 5.3, 5.5.
    """
    # A TOTP code is "expired" only because it was used once before (contract 3.3).
    used = CodeAlreadyUsed if challenge.name == "SOFTWARE_TOKEN_MFA" else CodeExpired
    try:
        return _respond(challenge, {f"{challenge.name}_CODE": code}, used=used)
    except ChallengeExpired as refusal:
        if challenge.session == PRETENDED:
            raise CodeRejected(refusal.operation, refusal.code) from refusal
        raise


def answer_passkey(challenge: Challenge, credential: Mapping[str, Any]) -> Outcome:
    """Answer WEB_AUTHN with what the browser signed; the pool judges it.

    credential: AuthenticationResponseJSON (Web Authentication level 3, 5.1.8.1).
    Errors: CodeRejected (another try with the same question), PasswordRejected (it belongs to
    nobody of that name), ChallengeExpired, InvalidRequest. Source: contract 5.3, 7.
    """
    return _respond(challenge, {"CREDENTIAL": json.dumps(credential)}, refused=PasswordRejected)


def answer_choice(challenge: Challenge, factor: str) -> Outcome:
    """Answer SELECT_MFA_TYPE; choosing a message sends its code at once. Source: contract 5.3."""
    return _respond(challenge, {"ANSWER": factor})


def answer_new_password(challenge: Challenge, password: str) -> Outcome:
    """Answer NEW_PASSWORD_REQUIRED. Errors: PasswordUnacceptable, ChallengeExpired."""
    outcome = _respond(challenge, {"NEW_PASSWORD": password})
    if isinstance(outcome, Challenge) and outcome.name == "DEVICE_SRP_AUTH":
        # The browser is asked, and its secret is no longer at hand: as from any other browser.
        return start(challenge.typed, password)
    return outcome


def answer_set_up_email(challenge: Challenge, email: str) -> Outcome:
    """Answer MFA_SETUP with an e-mail address; its EMAIL_OTP follows. Source: contract 5.3."""
    return _respond(challenge, {"EMAIL": email})


def answer_set_up_totp(challenge: Challenge, verified_session: str) -> Outcome:
    """Answer MFA_SETUP with the session that VerifySoftwareToken returned."""
    return _respond(Challenge(**{**challenge.as_json(), "session": verified_session}), {})


def associate_totp(challenge: Challenge) -> PendingTotp:
    """Ask for a TOTP secret during MFA_SETUP; the session moves on. Source: contract 3.1."""
    with cognito_errors(
        "AssociateSoftwareToken", SoftwareTokenMFANotFoundException=FactorNotOffered
    ):
        reply = client.self_service().associate_software_token(Session=challenge.session)
        return PendingTotp(reply["SecretCode"], reply["Session"])


def verify_totp(session: str, code: str, *, device_name: str) -> str:
    """Prove that the app holds the secret; return the session that answers MFA_SETUP.

    Errors: CodeRejected (same session again), ChallengeExpired. Source: contract 3.2.
    """
    with cognito_errors("VerifySoftwareToken", ExpiredCodeException=CodeAlreadyUsed):
        reply = client.self_service().verify_software_token(
            Session=session, UserCode=code, FriendlyDeviceName=device_name
        )
        status, next_session = reply["Status"], reply.get("Session", "")
    if status != "SUCCESS":
        raise CodeRejected("VerifySoftwareToken", "Status ERROR")
    return next_session


def refresh(refresh_token: str, device_key: str = "") -> Tokens:
    """Exchange a refresh token for fresh tokens, with or without rotation (contract 8.6).

    device_key: the device of the sign-in, which a pool that tracks devices insists on (6.2).
    Errors: SignInExpired when it was revoked, used up or is too old.
    """
    request: dict[str, Any] = {
        "RefreshToken": refresh_token,
        "ClientId": settings.COGNITO_CLIENT_ID,
    }
    if device_key:
        request["DeviceKey"] = device_key
    if settings.COGNITO_CLIENT_SECRET:
        request["ClientSecret"] = settings.COGNITO_CLIENT_SECRET
    with cognito_errors("GetTokensFromRefreshToken", RefreshTokenReuseException=SignInExpired):
        reply = client.self_service().get_tokens_from_refresh_token(**request)
        result = reply["AuthenticationResult"]
        return Tokens(tokens.verified(result["AccessToken"]), result.get("RefreshToken"))


def revoke(refresh_token: str) -> None:
    """End one sign-in: its refresh token and all that came of it (contract 8.5)."""
    request: dict[str, Any] = {"Token": refresh_token, "ClientId": settings.COGNITO_CLIENT_ID}
    if settings.COGNITO_CLIENT_SECRET:
        request["ClientSecret"] = settings.COGNITO_CLIENT_SECRET
    with cognito_errors("RevokeToken", UnauthorizedException=Misconfigured):
        client.self_service().revoke_token(**request)
