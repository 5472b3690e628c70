"""The words of this room as values: no request, clock or network."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum


class Factor(StrEnum):
    """A kind of proof, by Cognito's name; strongest first, which is also the order on pages."""

    TOTP = "SOFTWARE_TOKEN_MFA"
    SMS = "SMS_MFA"
    EMAIL = "EMAIL_OTP"


class Mode(StrEnum):
    """What a pool asks of everybody (MfaConfiguration)."""

    OFF = "OFF"
    OPTIONAL = "OPTIONAL"
    REQUIRED = "ON"


@dataclass(frozen=True)
class MfaPreference:
    """What a person wants, or what Cognito stores. No preferred one means "ask me each time"."""

    activated: frozenset[Factor] = frozenset()
    preferred: Factor | None = None


@dataclass(frozen=True)
class Contact:
    """A phone number or an e-mail address of the account; empty where there is none."""

    value: str = field(repr=False, default="")
    verified: bool = False

    def __bool__(self) -> bool:
        return bool(self.value)

    def nameless(self) -> "Contact":
        """That there is one, and no more."""
        return Contact("there" if self.value else "", self.verified)


@dataclass(frozen=True)
class MfaState:
    """What the pool says of one person, from one GetUser (and GetUserAuthFactors)."""

    stored: MfaPreference = MfaPreference()
    totp_enrolled: bool = False
    phone: Contact = Contact()
    email: Contact = Contact()
    # Asked of the pool only where a page shows it; see `factors_of`.
    has_passkey: bool = False
    # A passkey stands for the code, too. No read tells of it (contract 2.5): as set here last.
    passkey_counts: bool = False

    def contact(self, factor: Factor) -> Contact:
        """The contact a factor sends its codes to; an empty one for the authenticator app."""
        return {Factor.SMS: self.phone, Factor.EMAIL: self.email}.get(factor, Contact())

    def nameless(self) -> "MfaState":
        """The same of anybody: nothing in it is somebody's own."""
        return MfaState(
            self.stored,
            self.totp_enrolled,
            self.phone.nameless(),
            self.email.nameless(),
            self.has_passkey,
            self.passkey_counts,
        )

    def digest(self) -> str:
        """Name this state: readable factors, and a hash of the contacts behind them.

        A form carries the digest of the state it was drawn from; see `read_digest`.
        """
        contacts = "|".join(
            f"{contact.value}:{contact.verified}" for contact in (self.phone, self.email)
        )
        listed = ",".join(factor for factor in Factor if factor in self.stored.activated)
        tail = hashlib.sha256(f"{contacts}|{self.totp_enrolled}".encode()).hexdigest()[:12]
        return f"{listed};{self.stored.preferred or ''};{tail}"


def read_digest(digest: str) -> MfaPreference | None:
    """Return the preference inside a digest, or None for a text that is none."""
    parts = digest.split(";")
    if len(parts) != 3:
        return None
    try:
        activated = frozenset(Factor(name) for name in parts[0].split(",") if name)
        return MfaPreference(activated, Factor(parts[1]) if parts[1] else None)
    except ValueError:
        return None


@dataclass(frozen=True)
class PoolPolicy:
    """What a pool and its operator allow.

    recovery: the factors whose channel can reset a forgotten password, most important first;
    empty where only an administrator can. replaces_at_once: contacts that the pool overwrites
    before the new one is confirmed (contract 4.3).
    """

    mode: Mode
    offered: frozenset[Factor]
    recovery: tuple[Factor, ...] = ()
    replaces_at_once: frozenset[Factor] = frozenset()
    # Off for new enrolments by the operator's own switch, whatever the pool offers.
    withheld: frozenset[Factor] = frozenset()
    # Whether passkeys may be registered, whether one may stand for the second step, too, and
    # whether a way in of this portal asks for them: the pool's other apps may where none does.
    passkeys: bool = False
    passkeys_count: bool = False
    passkeys_asked: bool = False


class Next(StrEnum):
    """What follows the password at the next sign-in."""

    NOTHING = "nothing"
    ONE = "one"
    CHOICE = "choice"
    SET_UP = "set_up"
    STUCK = "stuck"


@dataclass(frozen=True)
class NextChallenge:
    """The next question, and the factors it is about, strongest first."""

    kind: Next
    factors: tuple[Factor, ...] = ()


class PasskeyUse(StrEnum):
    """Whether sign-in offers a passkey, given what else is on (contract 5.4, D25 to D29).

    NOT_HERE, NOWHERE: no way in of this portal does; another app may, or none can.
    """

    OFFERED = "offered"
    INSTEAD_OF_CODE = "instead_of_code"
    SWITCH_IS_OFF = "switch_is_off"
    NOT_ALLOWED = "not_allowed"
    NOT_HERE = "not_here"
    NOWHERE = "nowhere"


class Refusal(StrEnum):
    """Why a preference cannot be saved."""

    NOT_ENROLLED = "not_enrolled"
    NOT_OFFERED = "not_offered"
    NOT_USABLE = "not_usable"
    PREFERRED_IS_OFF = "preferred_is_off"
    REQUIRED = "required"
    LAST_FACTOR = "last_factor"
    WHICH_NEXT = "which_next"
    PASSKEY_NOT_ALLOWED = "passkey_not_allowed"
    PASSKEY_NEEDS_ANOTHER = "passkey_needs_another"


class PreferenceRefused(Exception):
    """A preference that must not be sent to the pool."""

    def __init__(self, refusal: Refusal, factor: Factor | None = None) -> None:
        super().__init__(f"{refusal} {factor or ''}".strip())
        self.refusal = refusal
        self.factor = factor
