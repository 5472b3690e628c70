"""Use cases of this room: read what is, save what is wanted."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import audit, guards, notices
from accounts.audit import Act
from accounts.cognito import administration
from accounts.cognito.administration import PoolFacts
from accounts.cognito.errors import CognitoUnreachable, SignsInElsewhere
from accounts.cognito.self_service import Account
from accounts.doors import front
from accounts.locks import locked
from accounts.prepared import PreparedUpsert, Ready, together, together_with
from accounts.sessions import SignedInPerson
from accounts.subjects import Subject
from portal.factors import drift, planner, policy, situations, words
from portal.factors.domain import (
    Contact,
    Factor,
    MfaPreference,
    MfaState,
    Mode,
    NextChallenge,
    PoolPolicy,
    PreferenceRefused,
    Refusal,
    read_digest,
)
from portal.factors.drift import Drift
from portal.factors.models import EnrolledAuthenticator, Kept, PasskeySwitch, Standing, kept_of
from portal.factors.planner import Blocks
from portal.factors.situations import Situation

CHANNEL = {"phone_number": Factor.SMS, "email": Factor.EMAIL}
# What GetUserAuthFactors calls an app and a passkey.
TOTP_CONFIGURED, PASSKEY_CONFIGURED = "SOFTWARE_TOKEN", "WEB_AUTHN"
# A process knows one pool; its settings and switches change a few times a year.
POLICIES = 16
CHANGED = gettext_noop("Your sign-in methods were changed.")


class Unsaid:
    """The person was not asked which method comes first, or did not say."""


class StateMoved(Exception):
    """The pool is no longer as the form believed; `changes` says what happened in between."""

    def __init__(self, changes: list[str]) -> None:
        super().__init__("state moved")
        self.changes = changes


@dataclass(frozen=True)
class Record:
    """What the portal itself remembers of one authenticator."""

    name: str
    added_at: datetime | None
    tried_at: datetime | None = None


@dataclass(frozen=True)
class Factors:
    """Everything a page of this room shows, from one reading of the pool."""

    state: MfaState
    policy: PoolPolicy
    records: Mapping[Factor, Record]
    # What GetUserAuthFactors said; None where it was not asked.
    configured: frozenset[str] | None = None
    drift: Drift | None = None
    # A freeze, and what was last asked for; None where the portal has read nothing before.
    standing: Standing | None = None

    @cached_property
    def situation(self) -> Situation:
        return situations.of(self.state, self.policy)

    @property
    def preference(self) -> MfaPreference:
        return self.situation.preference

    @property
    def effective(self) -> frozenset[Factor]:
        return self.situation.effective

    @property
    def next_challenge(self) -> NextChallenge:
        return self.situation.next_challenge

    @cached_property
    def next_sign_in(self) -> words.NextSignIn:
        return words.next_sign_in(self.next_challenge)

    @property
    def choosable(self) -> tuple[Factor, ...]:
        return self.situation.choosable

    @property
    def may_switch_off(self) -> bool:
        return policy.may_be_switched_off(self.policy)

    @classmethod
    def of_anybody(cls, situation: Situation) -> "Factors":
        """For what is said alike to all who stand there."""
        return cls(situation.state, situation.policy, {})

    def is_held_by_passkey(self, factor: Factor) -> bool:
        """Whether this is the one other method that a passkey instead of a code needs."""
        return self.state.passkey_counts and self.preference.activated == {factor}

    @property
    def addresses(self) -> set[str]:
        """Where notices go."""
        return {self.state.email.value} if self.state.email else set()


@dataclass(frozen=True)
class Saved:
    """A receipt: the audit record of the change. `changed` is false where nothing had to be."""

    id: UUID
    created_at: datetime
    changed: bool


def current_policy() -> PoolPolicy:
    """What the pool and the operator allow, at most five minutes old."""
    return pool_policy(administration.pool_facts())


def factors_of(
    person: SignedInPerson,
    *,
    app_proved: bool = False,
    with_passkeys: bool = False,
    app_may_hide: bool = False,
) -> Factors:
    """Read the person's factors from the pool: one GetUser, and one more only where it tells more.

    app_proved: an authenticator app gave a right code a moment ago, so nobody needs to be asked.
    app_may_hide: an app that is off may be there, and is wanted back: worth the one read more.
    with_passkeys: whether `has_passkey` is wanted; one more read where the pool offers passkeys.
    Errors: SignInExpired, SignsInElsewhere, TryLater, CognitoUnreachable, Misconfigured.
    """
    account = person.self_service.get_user()
    remembered = drift.last_known(person, person.id, account)
    if remembered.standing:
        person.learn_freeze(remembered.standing.frozen_until)
    factors = factors_from(
        account,
        person.id,
        person.self_service.configured_factors,
        kept=remembered.kept,
        app_proved=app_proved,
        with_passkeys=with_passkeys,
        app_may_hide=app_may_hide,
    )
    found = drift.compared(person, person.id, account, factors.configured, remembered)
    return replace(factors, drift=found, standing=remembered.standing)


def factors_amid_change(person: SignedInPerson, *, app_proved: bool = False) -> Factors:
    """Read them within a change of ours, which itself may explain what is different by now.

    Nothing is held against the reading before: the next one, of a page, tells what is whose.
    Errors: those of `factors_of`.
    """
    return factors_from(
        person.self_service.get_user(),
        person.id,
        person.self_service.configured_factors,
        # Of what is kept only an app matters here.
        kept=() if app_proved else None,
        app_proved=app_proved,
    )


def factors_from(
    account: Account,
    person_id: UUID | None,
    configured_factors: Callable[[], frozenset[str]],
    *,
    kept: Iterable[Kept] | None = None,
    app_proved: bool = False,
    with_passkeys: bool = False,
    app_may_hide: bool = False,
) -> Factors:
    """Work everything out from one reply; `configured_factors` is called where it tells more.

    person_id: whose records the portal keeps; None for somebody who never was here.
    kept: those records, where they have been read already.
    Errors: SignsInElsewhere, and those of `configured_factors` and of reading the pool's settings.
    """
    pool = current_policy()
    if account.federated_by:
        raise SignsInElsewhere("GetUser", account.federated_by)
    records = records_of(person_id) if kept is None else _records(kept)
    known = app_proved or Factor.TOTP in account.listed
    hidden = not known and (app_may_hide or _may_hide_an_app(pool, records))
    asks = hidden or (with_passkeys and pool.passkeys)
    configured = configured_factors() if asks else frozenset()
    state = replace(
        state_from(account, totp_enrolled=known or (hidden and TOTP_CONFIGURED in configured)),
        has_passkey=PASSKEY_CONFIGURED in configured,
        passkey_counts=pool.passkeys_count and passkey_counts(person_id),
    )
    return Factors(state, pool, records, configured if asks else None)


def _may_hide_an_app(pool: PoolPolicy, records: Mapping[Factor, Record]) -> bool:
    """GetUser is silent about a proved app that is off; ask only where it could matter (2.5)."""
    return pool.mode is Mode.REQUIRED or Factor.TOTP in records


def has_app(person: SignedInPerson) -> bool:
    """Whether the pool holds a proved authenticator app, on or off."""
    return TOTP_CONFIGURED in person.self_service.configured_factors()


def passkey_counts(person_id: UUID | None) -> bool:
    """Whether a passkey was last set, here, to stand for the code, too: no read tells (2.5)."""
    if person_id is None:
        return False
    return PasskeySwitch.objects.filter(person_id=person_id, is_on=True).exists()


def note_passkey_switch(person: SignedInPerson, *, is_on: bool) -> None:
    PasskeySwitch.objects.update_or_create(
        person_id=person.id, defaults={"is_on": is_on, "set_at": timezone.now()}
    )


def records_of(person_id: UUID | None) -> dict[Factor, Record]:
    if person_id is None:
        return {}
    return _records(kept_of(person_id))


def _records(kept: Iterable[Kept]) -> dict[Factor, Record]:
    return {Factor(factor): Record(name, added, tried) for factor, name, added, tried in kept}


def state_from(account: Account, *, totp_enrolled: bool) -> MfaState:
    """Translate one GetUser reply; a factor this portal does not know is left alone."""
    known = frozenset(factor for factor in Factor if factor in account.listed)
    preferred = Factor(account.preferred) if account.preferred in set(Factor) else None
    return MfaState(
        stored=MfaPreference(known, preferred),
        totp_enrolled=totp_enrolled,
        phone=Contact(account.phone, account.phone_verified),
        email=Contact(account.email, account.email_verified),
    )


def pool_policy(facts: PoolFacts) -> PoolPolicy:
    """Translate the pool's settings and the operator's switches."""
    switches = {Factor.SMS: settings.OFFER_SMS, Factor.EMAIL: settings.OFFER_EMAIL}
    return _policy(
        facts.mfa,
        facts.offered,
        facts.recovery,
        facts.verified_before_update,
        withheld=tuple(factor for factor, on in switches.items() if not on),
        passkeys=(facts.passkeys, facts.passkeys_count, front.takes_passkeys()),
    )


@lru_cache(POLICIES)
def _policy(
    mfa: str,
    offered: frozenset[str],
    recovery: tuple[str, ...],
    verified_before_update: frozenset[str],
    *,
    withheld: tuple[Factor, ...],
    passkeys: tuple[bool, bool, bool],
) -> PoolPolicy:
    """The same settings are the same policy. passkeys: as `PoolPolicy` has them, in its order."""
    return PoolPolicy(
        Mode(mfa),
        frozenset(factor for factor in Factor if factor in offered),
        tuple(CHANNEL[name] for name in recovery),
        frozenset(
            factor
            for attribute, factor in CHANNEL.items()
            if attribute not in verified_before_update
        ),
        frozenset(withheld),
        *passkeys,
    )


def lock_name(person: SignedInPerson | Subject) -> str:
    """One change at a time for one person, on all machines (FAC-03)."""
    return f"person:{person.pool_id}:{person.sub}"


def save_preference(
    person: SignedInPerson,
    choose: Callable[[Factors], MfaPreference],
    *,
    drawn_from: str,
    event: str = "preference_changed",
    factor: str = "",
    app_may_hide: bool = False,
) -> Saved:
    """Make the pool say what the person wants, in at most one SetUserMFAPreference.

    choose: from the fresh state to the wanted preference. drawn_from: the digest of the state
    the form was drawn from; where the pool has moved since, nothing is sent, and it is no
    trouble where it moved to just what this form asks for: the same press twice (RES-05).
    Errors: StateMoved, PreferenceRefused, ReauthenticationNeeded, SignInExpired, TryLater,
    CognitoUnreachable.
    """
    guards.require_changeable(person)
    with locked(lock_name(person)):
        now = factors_of(person, app_may_hide=app_may_hide)
        if _is_made_already(now, choose, drawn_from):
            return _unchanged(person, asked_detail(now.preference))
        _refuse_if_moved(now, drawn_from, app_may_hide=app_may_hide)
        wanted = choose(now)
        blocks = planner.plan(now.state, wanted, now.policy)
        if not blocks:
            return _unchanged(person, asked_detail(wanted))
        return _send(person, blocks, wanted, now, event=event, factor=factor)


def turn_off(
    person: SignedInPerson, factor: Factor, after: Factor | Unsaid | None, *, drawn_from: str
) -> Saved:
    """Turn one method off. after: which is asked first from then on; Unsaid where not asked.

    Errors: those of `save_preference`; WHICH_NEXT where it was asked first and others remain.
    """

    def choose(now: Factors) -> MfaPreference:
        rest = now.preference.activated - {factor}
        if now.preference.preferred not in {factor, None}:
            return MfaPreference(rest, now.preference.preferred)
        if isinstance(after, Unsaid):
            if must_choose_next(now, factor):
                raise PreferenceRefused(Refusal.WHICH_NEXT, factor)
            return MfaPreference(rest, None)
        return MfaPreference(rest, after)

    return save_preference(person, choose, drawn_from=drawn_from)


def must_choose_next(now: Factors, factor: Factor) -> bool:
    """Whether turning this off leaves several methods and none that is asked first."""
    return factor == now.preference.preferred and len(now.effective - {factor}) > 1


def _is_made_already(
    now: Factors, choose: Callable[[Factors], MfaPreference], drawn_from: str
) -> bool:
    """Whether this very form, applied to the state it was drawn from, made the state that is."""
    drawn = _as_drawn(now, drawn_from)
    if drawn is None or drawn.state.stored == now.state.stored:
        return False
    try:
        return choose(drawn) == now.preference
    except PreferenceRefused:
        return False


def _as_drawn(now: Factors, drawn_from: str) -> Factors | None:
    """The state that a form was drawn from; None where a number or an address changed since."""
    before = read_digest(drawn_from)
    if before is None:
        return None
    # An app that was turned off may not be seen any more (contract 2.5).
    for app in (True, False):
        state = replace(now.state, stored=before, totp_enrolled=app)
        if state.digest() == drawn_from:
            return replace(now, state=state)
    return None


def _refuse_if_moved(now: Factors, drawn_from: str, *, app_may_hide: bool) -> None:
    # A page that did not look for an app that is off was drawn as if there were none.
    unseen = replace(now.state, totp_enrolled=False) if app_may_hide else now.state
    if drawn_from not in {now.state.digest(), unseen.digest()}:
        raise StateMoved(words.differences(read_digest(drawn_from), now.state.stored))


def _unchanged(person: SignedInPerson, asked: Mapping[str, Any]) -> Saved:
    with audit.change(person, "preference_kept", detail=asked) as act:
        return Saved(act.id, act.created_at, changed=False)


def _send(
    person: SignedInPerson,
    blocks: Blocks,
    wanted: MfaPreference,
    now: Factors,
    *,
    event: str,
    factor: str,
) -> Saved:
    detail = {"before": asked_detail(now.preference)["asked"], **asked_detail(wanted)}
    with audit.change(person, event, factor=factor, detail=detail) as act:
        act.detail["blocks"] = {key: dict(block) for key, block in blocks.items()}
        apply(person, blocks, wanted)
        notices.announce(person, now.addresses, CHANGED, about=act)
    return Saved(act.id, act.created_at, changed=True)


def apply(person: SignedInPerson, blocks: Blocks, wanted: MfaPreference) -> None:
    """Send the blocks; after silence the pool says whether the change was made (RES-04).

    Called inside an audited change. Errors: FactorNotReady, TryLater, SignInExpired, and
    CognitoUnreachable where the pool was read and is not as wanted, or cannot be read.
    """
    try:
        person.self_service.set_preference(blocks)
    except CognitoUnreachable:
        if factors_of(person).preference != wanted:
            raise


def asked_detail(wanted: MfaPreference) -> dict[str, Any]:
    """How an audit record remembers what was asked."""
    return {
        "asked": {
            "activated": [factor.value for factor in Factor if factor in wanted.activated],
            "preferred": wanted.preferred.value if wanted.preferred else None,
        }
    }


def asked_from(detail: Mapping[str, Any]) -> MfaPreference | None:
    asked = detail.get("asked")
    if asked is None:
        return None
    preferred = asked["preferred"]
    return MfaPreference(
        frozenset(Factor(name) for name in asked["activated"]),
        Factor(preferred) if preferred else None,
    )


@dataclass(frozen=True)
class Receipt:
    """A change as its success page tells it: what was asked, and what the pool says now."""

    id: UUID
    made_at: datetime
    event: str
    factor: Factor | None
    factors: Factors
    as_asked: bool


def receipt_of(person: SignedInPerson, receipt: UUID) -> Receipt | None:
    """Read the pool afresh and hold it against what was asked; record a difference."""
    made = audit.own_change(person, receipt)
    if made is None:
        return None
    factors = factors_of(person)
    asked = asked_from(made.detail)
    as_asked = asked is None or asked == factors.preference
    if not as_asked:
        audit.preference_mismatch(person, receipt, asked_detail(factors.preference))
    factor = _factor_named(made.factor)
    return Receipt(made.id, made.created_at, made.event, factor, factors, as_asked)


def _factor_named(name: str) -> Factor | None:
    """None where the change was about no factor, or about a passkey, which is none here."""
    return Factor(name) if name in set(Factor) else None


def remember(person: SignedInPerson, factor: Factor, *also: Ready) -> None:
    """Note when an authenticator was enrolled here; a new one forgets the old one's name.

    also: what is to be noted at the same time.
    """
    together(_remembering(person, factor), *also)


def remember_beside(
    person: SignedInPerson, factor: Factor, act: Act, since: datetime, *also: Ready
) -> bool:
    """The same; whether another act of ours may have changed the account since then.

    act: the one that this is part of. One that was at work then counts, too.
    """
    others = drift.others(person, act, since)
    _, found = together_with(others, _remembering(person, factor), *also)
    return found is not None


def _remembering(person: SignedInPerson, factor: Factor) -> Ready:
    now = timezone.now()
    row = EnrolledAuthenticator(person_id=person.id, factor=factor.value, added_at=now)
    return _remember.ready(row, person.id, factor.value, now)


_remember = PreparedUpsert(
    lambda person_id, factor, now: (
        EnrolledAuthenticator.objects.filter(person_id=person_id, factor=factor),
        {"added_at": now, "name": "", "tried_at": None},
    ),
    UUID,
    str,
    datetime,
    on=("person_id", "factor"),
)


def note_trial(person: SignedInPerson, factor: Factor) -> None:
    """Note that a code of it worked just now; nothing about it changed."""
    EnrolledAuthenticator.objects.update_or_create(
        person_id=person.id, factor=factor.value, defaults={"tried_at": timezone.now()}
    )


def rename(person: SignedInPerson, factor: Factor, name: str) -> None:
    EnrolledAuthenticator.objects.filter(person_id=person.id, factor=factor.value).update(name=name)


def foresee_without(factors: Factors, factor: Factor) -> words.NextSignIn:
    """Say what the next sign-in would be if this one were turned off."""
    now = factors.state.stored
    kept = now.preferred if now.preferred != factor else None
    without = replace(factors.state, stored=MfaPreference(now.activated - {factor}, kept))
    return words.next_sign_in(policy.next_challenge(without, factors.policy))


def factor_of_receipt(person: SignedInPerson, receipt: UUID) -> Factor | None:
    made = audit.own_change(person, receipt)
    return _factor_named(made.factor) if made else None
