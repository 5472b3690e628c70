"""Cognito's refusals by our names. Each is safe to log: no token, code, number or address."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import ClassVar

import structlog
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    ParamValidationError,
)
from botocore.parsers import ResponseParserError
from django.dispatch import Signal

from accounts.cognito.breaker import NotSent

log = structlog.get_logger(__name__)


class CognitoError(Exception):
    """Cognito said no. Safe to log: holds no token, code, phone number or address."""

    def __init__(self, operation: str, code: str) -> None:
        super().__init__(f"{operation}: {code}")
        self.operation = operation
        self.code = code


class CognitoUnreachable(CognitoError):
    """No answer came back: the change may or may not have happened, so read before you speak."""


class CognitoFailed(CognitoUnreachable):
    """Cognito answered that it broke (5xx, internal error): as unclear as no answer at all."""


class CognitoAway(CognitoUnreachable):
    """Not asked: many calls before this one met silence, or AWS STS lends no role now.

    So nothing was sent and nothing changed.

    seconds: until it is worth trying again.
    """

    def __init__(self, operation: str, seconds: float) -> None:
        super().__init__(operation, "NotSent")
        self.seconds = seconds


class CutShort(CognitoUnreachable):
    """Of several calls some did what was asked, which stands; then one failed.

    done, left: how many. After silence one of those left may be done, too.
    """

    WORD_FOR_DONE: ClassVar[str]

    def __init__(self, done: int, left: int, trouble: CognitoError) -> None:
        super().__init__(trouble.operation, trouble.code)
        self.done = done
        self.left = left

    @property
    def counts(self) -> dict[str, int]:
        """As the audit and the API call them."""
        return {self.WORD_FOR_DONE: self.done, "left": self.left}


class DevicesLeft(CutShort):
    WORD_FOR_DONE = "forgotten"


class SessionsLeft(CutShort):
    WORD_FOR_DONE = "ended"


def one_by_one(named: Collection[str], act: Callable[[str], None], cut: type[CutShort]) -> None:
    """A call for each.

    Errors: those of `act` where it has done none yet; after that `cut`.
    """
    for done, each in enumerate(named):
        try:
            act(each)
        except CognitoError as trouble:
            if not done:
                raise
            raise cut(done, len(named) - done, trouble) from trouble


class TryLater(CognitoError):
    """Too many calls at once for the pool: nothing was looked at, nothing changed."""


class TooManyAttempts(TryLater):
    """The person's own hourly allowance is used up, or their account waits after wrong answers."""


class Misconfigured(CognitoError):
    """The pool, its client or our credentials do not fit together: only the operator can help."""


class SignInExpired(CognitoError):
    """The access token is expired, revoked, or never was good: sign in again."""


class SignsInElsewhere(CognitoError):
    """A federated person: the pool keeps no factors for them (contract 2.3).

    provider: as the pool names it, such as Google or SignInWithApple.
    """

    def __init__(self, operation: str, provider: str) -> None:
        super().__init__(operation, "EXTERNAL_PROVIDER")
        self.provider = provider


class NotTheSameSignIn(CognitoError):
    """An ID token that belongs to another sign-in than ours: another nonce, person or token."""


class PersonUnknown(CognitoError):
    """Nobody of the pool is called that, as IAM sees it: deleted, or never was."""


class GroupUnknown(CognitoError):
    """The pool has no group of that name."""


class EventsNotRecorded(CognitoError):
    """The pool keeps no record of sign-ins: its plan or threat protection is off."""


class SessionsNotListed(CognitoError):
    """The pool does not track sessions, or its plan has no such thing."""


class DevicesNotTracked(CognitoError):
    """The pool remembers no devices."""


class SessionGone(CognitoError):
    """No active session of this person has that id: it ended, or never was theirs."""


class PasskeysOff(CognitoError):
    """The pool lets nobody register passkeys."""


class PasskeyTooLate(CognitoError):
    """The question that this passkey answers is too old, used up, or was another sign-in's."""


class PasskeyWrongSite(CognitoError):
    """The pool's passkeys belong to another domain than the page that made this one."""


class PasskeyUnsupported(CognitoError):
    """A kind of passkey that the pool does not take."""


class PasskeyUnverified(PasskeyUnsupported):
    """A passkey that did not check who holds it, where the pool insists on that."""


class PasskeyRefused(CognitoError):
    """What the browser sent is no passkey that the pool believes in."""


class PasskeyUnknown(CognitoError):
    """No passkey of this person has that id: it was deleted, or never was theirs."""


class TooManyPasskeys(CognitoError):
    """A person may have twenty."""


class PasswordRejected(CognitoError):
    """Name and password do not match, or nobody is called that: Cognito does not say which."""


class PersonDisabled(SignInExpired):
    """The pool's administrators disabled this account: nobody stays signed in with it either."""


class PersonUnconfirmed(SignInExpired):
    """The account was never confirmed after it was made."""


class PasswordResetRequired(SignInExpired):
    """An administrator asked for a new password."""


class TemporaryPasswordExpired(CognitoError):
    """The first password was not used in time; an administrator must send another."""


class PasswordUnacceptable(CognitoError):
    """The new password breaks the pool's rules or was used before."""


class ResetNotPossible(CognitoError):
    """No code can be sent for this name: nobody is called that, or nothing of theirs is proved."""


class AlreadyConfirmed(CognitoError):
    """The account needs no confirming any more."""


class ChallengeExpired(CognitoError):
    """The question during sign-in is too old or already answered: begin again."""


class CodeRejected(CognitoError):
    """The code is not right; the same question may be answered again."""


class CodeAlreadyUsed(CognitoError):
    """This code was accepted once; the next one on the screen will do."""


class CodeExpired(CognitoError):
    """The code is too old, or a newer one was sent."""


class FactorNotReady(CognitoError):
    """The pool cannot turn this factor on: nothing is enrolled for it."""


class FactorNotOffered(CognitoError):
    """The pool does not offer this factor."""


class NothingToProve(CognitoError):
    """No app waits for its first code: an earlier one was right, or nothing was begun."""


class DestinationRefused(CognitoError):
    """The pool does not take this phone number or e-mail address."""


class DestinationTaken(CognitoError):
    """Another account already uses this phone number or e-mail address."""


class DeliveryFailed(CognitoError):
    """Cognito could not send the message."""


SMS, EMAIL = "SMS", "EMAIL"
# Whoever wants to know that a message could not be sent: medium, and who it was for.
undelivered = Signal()


class DeviceForgotten(CognitoError):
    """The pool does not know this browser any more, or does not believe it: sign in without it."""

    # Which one it was; never part of what is logged.
    device_key = ""


class InvalidRequest(CognitoError):
    """Cognito did not understand: a defect of ours or a pool we do not know."""


MEANING: dict[str, type[CognitoError]] = {
    "NotAuthorizedException": SignInExpired,
    "UserNotFoundException": SignInExpired,
    "TooManyRequestsException": TryLater,
    "ThrottlingException": TryLater,
    "ServiceUnavailable": TryLater,
    "RequestTimeout": TryLater,
    "LimitExceededException": TooManyAttempts,
    "TooManyFailedAttemptsException": TooManyAttempts,
    "InternalErrorException": CognitoFailed,
    "InternalFailure": CognitoFailed,
    "InternalServerError": CognitoFailed,
    "InvalidParameterException": InvalidRequest,
    "ValidationException": InvalidRequest,
    "RequestEntityTooLarge": InvalidRequest,
    "UnsupportedTokenTypeException": InvalidRequest,
    "ResourceNotFoundException": Misconfigured,
    "OperationNotEnabledException": Misconfigured,
    "UnsupportedOperationException": Misconfigured,
    "UserPoolTaggingException": Misconfigured,
    "UnknownOperationException": Misconfigured,
    "AccessDenied": Misconfigured,
    "AccessDeniedException": Misconfigured,
    "ExpiredToken": Misconfigured,
    "ExpiredTokenException": Misconfigured,
    "IncompleteSignature": Misconfigured,
    "InvalidSignatureException": Misconfigured,
    "OptInRequired": Misconfigured,
    "UnrecognizedClient": Misconfigured,
    "UnrecognizedClientException": Misconfigured,
    "InvalidUserPoolConfigurationException": Misconfigured,
    "FeatureUnavailableInTierException": Misconfigured,
    "UserPoolAddOnNotEnabledException": EventsNotRecorded,
    "InvalidLambdaResponseException": CognitoFailed,
    "UnexpectedLambdaException": CognitoFailed,
    "UserLambdaValidationException": CognitoFailed,
    "ConcurrentModificationException": TryLater,
    "ForbiddenException": TryLater,
    "PasswordResetRequiredException": PasswordResetRequired,
    "UserNotConfirmedException": PersonUnconfirmed,
    "InvalidPasswordException": PasswordUnacceptable,
    "PasswordHistoryPolicyViolationException": PasswordUnacceptable,
    "CodeMismatchException": CodeRejected,
    "EnableSoftwareTokenMFAException": CodeRejected,
    "ExpiredCodeException": CodeExpired,
    "SoftwareTokenMFANotFoundException": FactorNotOffered,
    "MFAMethodNotFoundException": FactorNotOffered,
    "AliasExistsException": DestinationTaken,
    "DeviceKeyExistsException": InvalidRequest,
    "UsernameExistsException": InvalidRequest,
    "CodeDeliveryFailureException": DeliveryFailed,
    "InvalidSmsRoleAccessPolicyException": DeliveryFailed,
    "InvalidSmsRoleTrustRelationshipException": DeliveryFailed,
    "InvalidEmailRoleAccessPolicyException": DeliveryFailed,
    "WebAuthnNotEnabledException": PasskeysOff,
    "WebAuthnConfigurationMissingException": Misconfigured,
    "WebAuthnChallengeNotFoundException": PasskeyTooLate,
    "WebAuthnClientMismatchException": PasskeyTooLate,
    "WebAuthnRelyingPartyMismatchException": PasskeyWrongSite,
    "WebAuthnOriginNotAllowedException": PasskeyWrongSite,
    "WebAuthnCredentialNotSupportedException": PasskeyUnsupported,
}

# One code, many reasons: only the sentence tells them apart (contract 5.5, 5.6, 8.4).
NOT_AUTHORIZED: tuple[tuple[str, type[CognitoError]], ...] = (
    ("Incorrect username or password", PasswordRejected),
    ("Password attempts exceeded", TooManyAttempts),
    ("Temporary password has expired", TemporaryPasswordExpired),
    ("User is disabled", PersonDisabled),
    ("Invalid session for the user", ChallengeExpired),
    ("Access Token does not have required scopes", Misconfigured),
    ("configured with secret but SECRET_HASH", Misconfigured),
    ("is configured for secret but secret was not received", Misconfigured),
    ("Unable to verify secret hash", Misconfigured),
    ("SecretHash does not match for the client", Misconfigured),
    ("User cannot be confirmed", AlreadyConfirmed),
    ("Invalid device key given", DeviceForgotten),
    ("A client attempted to write unauthorized attribute", Misconfigured),
)


THROTTLES = frozenset({"TooManyRequestsException", "ThrottlingException", "LimitExceededException"})


# As botocore says that no answer came (its own ConnectionError, not the built-in), or of AWS STS
# none that can be read: a proxy's page.
SILENCE = (ConnectionError, HTTPClientError, ResponseParserError)


def is_silence(trouble: Exception) -> bool:
    return isinstance(trouble, SILENCE)


def may_have_happened(trouble: BaseException) -> bool:
    """Whether something may have changed unseen: not where the call was never sent.

    A read that was not sent, after a change that met silence, leaves that change unknown.
    """
    seen: BaseException | None = trouble if isinstance(trouble, CognitoUnreachable) else None
    while seen is not None:
        if isinstance(seen, CognitoUnreachable) and not isinstance(seen, CognitoAway):
            return True
        seen = seen.__context__
    return False


def meaning_of(refusal: ClientError, override: dict[str, type[CognitoError]]) -> type[CognitoError]:
    """Choose our name for a refusal: the sentence first, then the operation's, then the table."""
    code = refusal.response["Error"]["Code"]
    sentence = refusal.response["Error"].get("Message", "")
    if code == "NotAuthorizedException":
        for beginning, meaning in NOT_AUTHORIZED:
            if beginning in sentence:
                return meaning
    if code in override or code in MEANING:
        return (MEANING | override)[code]
    status = refusal.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return CognitoFailed if status >= 500 else CognitoError


# Refusals that say themselves which messages are meant.
MEDIUM = {
    "InvalidSmsRoleAccessPolicyException": SMS,
    "InvalidSmsRoleTrustRelationshipException": SMS,
    "InvalidEmailRoleAccessPolicyException": EMAIL,
}


@contextmanager
def sending(who: str, medium: str = "") -> Iterator[None]:
    """Around a call that sends a code: where that fails, say so to whoever listens.

    who: a name or a `sub`. medium: SMS or EMAIL; empty where the pool chooses, which then counts
    only where its refusal tells.
    """
    try:
        yield
    except DeliveryFailed as failure:
        found = MEDIUM.get(failure.code, medium)
        if found:
            undelivered.send(DeliveryFailed, medium=found, who=who)
        raise


@contextmanager
def cognito_errors(operation: str, **meaning: type[CognitoError]) -> Iterator[None]:
    """Name the refusals of one operation by MEANING, unless `meaning` knows better.

    NotAuthorizedException is why: an expired sign-in here, a wrong password at a door. An answer
    is read inside, too: one of a shape that nobody knows is a refusal (OTP-18).
    """
    began = perf_counter()
    outcome = "ok"
    try:
        yield
    except ClientError as refusal:
        outcome = refusal.response["Error"]["Code"]
        raise meaning_of(refusal, meaning)(operation, outcome) from refusal
    except NotSent as nothing:
        outcome = "NotSent"
        raise CognitoAway(operation, nothing.seconds) from nothing
    except SILENCE as silence:
        outcome = type(silence).__name__
        raise CognitoUnreachable(operation, outcome) from silence
    except ParamValidationError as defect:
        outcome = type(defect).__name__
        raise InvalidRequest(operation, outcome) from defect
    except BotoCoreError as trouble:  # no credentials, no region, no such profile: nothing was sent
        outcome = type(trouble).__name__
        raise Misconfigured(operation, outcome) from trouble
    except OSError as trouble:  # a file of credentials that is not there: nothing was sent
        outcome = type(trouble).__name__
        raise Misconfigured(operation, outcome) from trouble
    except (KeyError, TypeError) as surprise:
        outcome = "UnknownAnswer"
        raise CognitoFailed(operation, outcome) from surprise
    finally:
        milliseconds = round((perf_counter() - began) * 1000, 1)
        log.info("cognito", operation=operation, outcome=outcome, milliseconds=milliseconds)
