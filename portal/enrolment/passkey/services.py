"""Use cases of passkeys. Cognito keeps and checks them; the portal keeps their names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, ceremonies, guards, notices
from accounts.audit import Act
from accounts.cognito.errors import (
    CognitoError,
    CognitoUnreachable,
    FactorNotReady,
    PasskeyRefused,
    PasskeysOff,
    PasskeyTooLate,
    PasskeyUnknown,
    PasskeyUnsupported,
    PasskeyUnverified,
    PasskeyWrongSite,
)
from accounts.cognito.self_service import Passkey
from accounts.locks import locked
from accounts.sessions import SignedInPerson
from portal.enrolment.models import NamedPasskey
from portal.enrolment.passkey import reading, words
from portal.enrolment.passkey.reading import Made
from portal.factors import planner
from portal.factors import services as factors
from portal.factors.domain import PreferenceRefused, Refusal
from portal.factors.services import PASSKEY_CONFIGURED, Factors, Saved, lock_name

# How audit records name it; no Factor, since it has no preference.
PASSKEY = PASSKEY_CONFIGURED
MOST = 20
ADDED = gettext_noop("A passkey was added.")
DELETED = gettext_noop("A passkey was deleted.")
MAY_BE_USED = gettext_noop("A passkey may be used instead of a code.")
NOT_USED_ANY_MORE = gettext_noop("A passkey cannot be used any more instead of a code.")
COMPLETE = "CompleteWebAuthnRegistration"
# With one of these the pool lets a person in without a passkey.
OTHER_WAYS_IN = frozenset({"PASSWORD", "EMAIL_OTP", "SMS_OTP"})


class OnlyWayIn(Exception):
    """Without this passkey nobody could sign in to the account."""


@dataclass(frozen=True)
class OwnPasskey:
    """One passkey as its owner sees it. handle: what names it in an address of ours."""

    handle: UUID
    id: str = field(repr=False)
    name: str
    provider: str
    where: str
    ways: str
    added_at: datetime

    @property
    def title(self) -> str:
        return self.name or self.provider or _("Passkey")

    @property
    def has_own_title(self) -> bool:
        """Whether it is somebody's name for it, which is nobody's to translate."""
        return bool(self.name or self.provider)


def handle_of(passkey_id: str) -> UUID:
    return uuid5(NAMESPACE_OID, passkey_id)


def passkeys_of(person: SignedInPerson) -> list[OwnPasskey]:
    """The person's own passkeys, oldest first, with what the portal knows of them. One call.

    Errors: SignInExpired, TryLater, CognitoUnreachable.
    """
    named = {each.handle: each for each in NamedPasskey.objects.filter(person_id=person.id)}
    found = sorted(person.self_service.passkeys(), key=lambda each: each.added_at)
    return [_shown(each, named.get(handle_of(each.id))) for each in found]


def _shown(passkey: Passkey, known: NamedPasskey | None) -> OwnPasskey:
    synchronised = known.is_synchronised if known else None
    return OwnPasskey(
        handle=handle_of(passkey.id),
        id=passkey.id,
        name=known.name if known else "",
        provider=words.provider(str(known.aaguid)) if known and known.aaguid else "",
        where=words.where(passkey.attachment, passkey.transports, is_synchronised=synchronised),
        ways=words.ways(passkey.transports),
        added_at=passkey.added_at,
    )


def find(person: SignedInPerson, handle: UUID) -> OwnPasskey | None:
    """One of the person's own; somebody else's is as unknown as none at all (PKY-04)."""
    return next((each for each in passkeys_of(person) if each.handle == handle), None)


def begin(person: SignedInPerson) -> Mapping[str, Any]:
    """Ask the pool for the options of one registration, its challenge included (PKY-01).

    Errors: PasskeysOff, PasskeyWrongSite, TooManyPasskeys, Misconfigured,
    ReauthenticationNeeded, SignInExpired, TryLater, CognitoUnreachable.
    """
    guards.require_changeable(person)
    if not factors.current_policy().passkeys:
        raise PasskeysOff("StartWebAuthnRegistration", "not offered")
    options = person.self_service.start_passkey()
    if not _is_ours(str(options["rp"]["id"])):
        raise PasskeyWrongSite("StartWebAuthnRegistration", "the domain is not the portal's")
    return options


def _is_ours(relying_party: str) -> bool:
    """Browsers let a page use passkeys of its own domain and of those above it."""
    return f".{settings.PORTAL_HOST}".endswith(f".{relying_party}")


def add(person: SignedInPerson, answer: Mapping[str, Any], *, challenge: str) -> Saved:
    """Have the pool check and keep what the browser made.

    challenge: the one this very session was given (PKY-01); the pool knows only the person's.
    Errors: PasskeyTooLate, PasskeyWrongSite, PasskeyUnsupported, PasskeyRefused, PasskeysOff,
    TooManyPasskeys, ReauthenticationNeeded, SignInExpired, TryLater, CognitoUnreachable.
    """
    guards.require_changeable(person)
    with locked(lock_name(person)), audit.change(person, "passkey_added", factor=PASSKEY) as act:
        made = _read(answer, challenge)
        before = factors.factors_of(person)
        act.detail.update(passkey=str(handle_of(made.id)), verified=made.is_verified)
        _complete(person, answer, made)
        notices.announce(person, before.addresses, ADDED, about=act.id)
    return Saved(act.id, act.created_at, changed=True)


def challenge_in(answer: Mapping[str, Any]) -> str:
    """Which question this answers, as the answer itself says; empty for nonsense."""
    try:
        return reading.read(answer).challenge
    except reading.Unreadable:
        return ""


def _read(answer: Mapping[str, Any], challenge: str) -> Made:
    try:
        made = reading.read(answer)
    except reading.Unreadable as nonsense:
        raise PasskeyRefused(COMPLETE, "unreadable") from nonsense
    if not challenge or made.challenge != challenge:
        raise PasskeyTooLate(COMPLETE, "another challenge")
    if ceremonies.is_framed_by_a_stranger(answer):
        raise PasskeyWrongSite(COMPLETE, "framed by another site")
    return made


def _complete(person: SignedInPerson, answer: Mapping[str, Any], made: Made) -> None:
    """Remember first, so that a cut leaves no passkey without its provider's name (RES-06)."""
    remembered = _remember(person, made)
    try:
        person.self_service.complete_passkey(answer)
    except CognitoUnreachable:
        if find(person, handle_of(made.id)) is None:
            raise
    except CognitoError as refused:
        remembered.delete()
        if isinstance(refused, PasskeyUnsupported) and not made.is_verified:
            raise PasskeyUnverified(COMPLETE, refused.code) from refused
        raise


def _remember(person: SignedInPerson, made: Made) -> NamedPasskey:
    row, _ = NamedPasskey.objects.update_or_create(
        person_id=person.id,
        handle=handle_of(made.id),
        defaults={"aaguid": made.aaguid, "is_synchronised": made.is_synchronised, "name": ""},
    )
    return row


def rename(person: SignedInPerson, passkey: OwnPasskey, name: str) -> None:
    """Give one of the person's own another name. Errors: ReauthenticationNeeded."""
    guards.require_changeable(person)
    detail = {"passkey": str(passkey.handle)}
    with audit.change(person, "passkey_named", factor=PASSKEY, detail=detail):
        NamedPasskey.objects.update_or_create(
            person_id=person.id, handle=passkey.handle, defaults={"name": name}
        )


def is_only_way_in(person: SignedInPerson, passkeys: list[OwnPasskey]) -> bool:
    """Whether this account has nothing but one passkey to sign in by: no password, no code."""
    return len(passkeys) == 1 and not OTHER_WAYS_IN & person.self_service.configured_factors()


def delete(person: SignedInPerson, passkey: OwnPasskey) -> None:
    """Delete one of the person's own; one that is gone already is what was wanted.

    With the last one ends its use instead of a code, first, so that a cut leaves less, not more.
    Errors: OnlyWayIn, ReauthenticationNeeded, SignInExpired, TryLater, CognitoUnreachable.
    """
    guards.require_changeable(person)
    detail = {"passkey": str(passkey.handle)}
    with locked(lock_name(person)):
        there = passkeys_of(person)
        if is_only_way_in(person, there):
            raise OnlyWayIn
        now = factors.factors_of(person)
        with audit.change(person, "passkey_deleted", factor=PASSKEY, detail=detail) as act:
            if len(there) == 1 and now.state.passkey_counts:
                _set_counting(person, now, counts=False, act=act)
            _delete(person, passkey)
            notices.announce(person, now.addresses, DELETED, about=act.id)


def _delete(person: SignedInPerson, passkey: OwnPasskey) -> None:
    try:
        person.self_service.delete_passkey(passkey.id)
    except PasskeyUnknown:
        pass
    except CognitoUnreachable:
        if find(person, passkey.handle) is not None:
            raise
    NamedPasskey.objects.filter(person_id=person.id, handle=passkey.handle).delete()


def use_instead_of_code(person: SignedInPerson, *, counts: bool) -> None:
    """Let a passkey stand for the code, too, or no longer.

    Errors: PreferenceRefused, ReauthenticationNeeded, SignInExpired, TryLater,
    CognitoUnreachable.
    """
    guards.require_changeable(person)
    event = "passkey_instead_of_code" if counts else "passkey_not_instead_of_code"
    happened = MAY_BE_USED if counts else NOT_USED_ANY_MORE
    with locked(lock_name(person)):
        now = factors.factors_of(person)
        with audit.change(person, event, factor=PASSKEY) as act:
            _set_counting(person, now, counts=counts, act=act)
            notices.announce(person, now.addresses, happened, about=act.id)


def _set_counting(person: SignedInPerson, now: Factors, *, counts: bool, act: Act) -> None:
    """Note it before it is on and after it is off: a cut errs where nobody is locked out."""
    blocks = planner.plan_passkeys(now.state, counts=counts, policy=now.policy)
    act.detail["blocks"] = {key: dict(block) for key, block in blocks.items()}
    if counts:
        factors.note_passkey_switch(person, is_on=True)
    try:
        person.self_service.set_preference(blocks)
    except FactorNotReady as refused:
        factors.note_passkey_switch(person, is_on=now.state.passkey_counts)
        raise PreferenceRefused(Refusal.PASSKEY_NEEDS_ANOTHER) from refused
    if not counts:
        factors.note_passkey_switch(person, is_on=False)
