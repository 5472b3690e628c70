"""A phone number or an e-mail address, proved by a code that goes there and comes back.

It becomes a sign-in method by that, or is only changed as the contact of the account.

Whether the pool keeps the old value until the new one is confirmed is its own setting
(contract 4.3); both ways are handled, and said on the page before the button.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts import audit, guards, limits, notices
from accounts.audit import Act
from accounts.cognito.errors import CognitoUnreachable
from accounts.cognito.self_service import Delivery
from accounts.locks import locked
from accounts.prepared import together
from accounts.sessions import SignedInPerson
from portal.enrolment.services import activate
from portal.factors import services, settling
from portal.factors.domain import Factor, MfaPreference, PreferenceRefused, Refusal
from portal.factors.policy import is_offered, would_be_usable
from portal.factors.services import Factors, Saved, lock_name
from portal.factors.words import SLUG


@dataclass(frozen=True)
class Channel:
    """What differs between a phone and a mailbox."""

    factor: Factor
    attribute: str
    slug: str
    event: str
    # A form whose `value` is what the pool takes.
    form: Callable[..., Any]
    mask: Callable[[str], str]
    # What limits call it; no page does.
    thing: str
    # Of a notice, marked for translation: what became of it, where it was replaced and not yet
    # confirmed, and where there was none before.
    changed_notice: str
    replaced_notice: str
    added_notice: str
    # Whether the proof turns the method on; else the number or address alone is changed.
    activates: bool = True

    @property
    def is_phone(self) -> bool:
        return self.factor is Factor.SMS

    @property
    def pending_as(self) -> str:
        """Where what was begun waits: each task goes on by itself."""
        return self.factor if self.activates else self.slug


@dataclass(frozen=True)
class Sent:
    """A code is on its way. previous: the value that the pool has already replaced, if any."""

    destination: str
    previous: str


def _require(person: SignedInPerson, channel: Channel) -> None:
    """A method may also be set up on the way back in; contact details wait until it is over."""
    if channel.activates:
        guards.require_enrolling(person)
    else:
        guards.require_changeable(person)


def send_code(person: SignedInPerson, channel: Channel, value: str) -> Sent:
    """Bring a value to the pool and have a code sent there.

    A value the pool already stores only gets a code; another one is asked for, and where the
    pool sends no code by itself, one is requested.
    Errors: ReauthenticationNeeded, DestinationRefused, DestinationTaken, DeliveryFailed,
    TooManyAttempts, LimitReached, PreferenceRefused, SignInExpired, TryLater, CognitoUnreachable.
    """
    _require(person, channel)
    limits.spend_send(person.sub, value, person.origin.client_address)
    with locked(lock_name(person)):
        before = services.factors_of(person)
        refuse_unusable(before, channel)
        stored = before.state.contact(channel.factor).value
        delivery = None
        if stored != value:
            delivery = _ask_for(person, channel, value, before)
        if delivery is None:
            delivery = person.self_service.send_attribute_code(channel.attribute)
    audit.code_sent(person, channel.factor)
    replaced = stored != value and channel.factor in before.policy.replaces_at_once
    return Sent(channel.mask(delivery.destination or value), stored if replaced else "")


def _ask_for(
    person: SignedInPerson, channel: Channel, value: str, before: Factors
) -> Delivery | None:
    """Ask the pool for another value, and say so at once where the old one is gone by that."""
    event = f"{SLUG[channel.factor]}_change_asked"
    with audit.change(
        person, event, factor=channel.factor, detail={"to": channel.mask(value)}
    ) as act:
        _keep_addresses(channel, before, act.id)
        delivery = _update(person, channel, value)
        at_once = channel.factor in before.policy.replaces_at_once
        if at_once and before.state.contact(channel.factor):
            addresses = before.addresses | _addresses(channel, value)
            notices.announce(person, addresses, channel.replaced_notice, about=act)
    return delivery


def _keep_addresses(channel: Channel, before: Factors, about: UUID) -> None:
    """Should this process die, whoever tells of it finds the address of before (NOT-02)."""
    if channel.factor is Factor.EMAIL and before.addresses:
        settling.keep_addresses(about, before.addresses)


def _update(person: SignedInPerson, channel: Channel, value: str) -> Delivery | None:
    """Ask for the value; after silence, see whether it is there (RES-04), and call for its code."""
    try:
        return person.self_service.update_attribute(channel.attribute, value)
    except CognitoUnreachable:
        if services.factors_of(person).state.contact(channel.factor).value != value:
            raise
        return None


def _addresses(channel: Channel, value: str) -> set[str]:
    return {value} if channel.factor is Factor.EMAIL else set()


def confirm(person: SignedInPerson, channel: Channel, code: str) -> Saved:
    """Prove the number or address with its code, and turn the method on where that is the task.

    Errors: CodeRejected, CodeExpired, DestinationTaken, TooManyAttempts, LimitReached,
    PreferenceRefused, ReauthenticationNeeded, SignInExpired, TryLater, CognitoUnreachable.
    """
    _require(person, channel)
    limits.spend_with_proof(
        limits.PROVE_PERSON, person.sub, person.username, f"new {channel.thing}"
    )
    with locked(lock_name(person)):
        before = services.factors_of(person)
        refuse_unusable(before, channel)
        with audit.change(person, channel.event, factor=channel.factor) as act:
            _keep_addresses(channel, before, act.id)
            _verify(person, channel, code, before)
            now = _settle(person, channel, act)
            was, is_now = (each.state.contact(channel.factor) for each in (before, now))
            # The helpdesk sends no code to what was confirmed only just now.
            act.detail["new"] = was != is_now
            _announce(person, channel, before, now, act)
    return Saved(act.id, act.created_at, changed=True)


def _settle(person: SignedInPerson, channel: Channel, act: Act) -> Factors:
    """What follows the proof; the state of the account once the contact is proved."""
    proved = limits.forgiving(person.username, f"new {channel.thing}", also=channel.factor)
    if channel.activates:
        return activate(person, channel.factor, act, proved)
    together(proved)
    now = services.factors_of(person)
    if channel.factor in now.preference.activated:
        services.remember(person, channel.factor)  # another phone or mailbox than before
    return now


def _verify(person: SignedInPerson, channel: Channel, code: str, before: Factors) -> None:
    """Have the pool check the code; after silence, see whether it is confirmed now (RES-04)."""
    try:
        person.self_service.verify_attribute(channel.attribute, code)
    except CognitoUnreachable:
        now = services.factors_of(person).state.contact(channel.factor)
        if not now.verified or now == before.state.contact(channel.factor):
            raise


def refuse_unusable(factors: Factors, channel: Channel) -> None:
    """Refuse early what is withheld, or what sign-in could never ask for.

    Errors: PreferenceRefused.
    """
    if not channel.activates:
        return
    if not is_offered(channel.factor, factors.policy):
        raise PreferenceRefused(Refusal.NOT_OFFERED, channel.factor)
    if not would_be_usable(channel.factor, factors.state, factors.policy):
        raise PreferenceRefused(Refusal.NOT_USABLE, channel.factor)


def _announce(
    person: SignedInPerson, channel: Channel, before: Factors, now: Factors, act: Act
) -> None:
    """Tell the old address and the new one (NOT-02)."""
    old = before.state.contact(channel.factor)
    changed = bool(old) and old.value != now.state.contact(channel.factor).value
    was_on = channel.factor in before.preference.activated
    was_there = bool(old) if not channel.activates else was_on
    happened = channel.changed_notice if changed or was_there else channel.added_notice
    notices.announce(person, before.addresses | now.addresses, happened, about=act)


def turn_on(person: SignedInPerson, channel: Channel, *, drawn_from: str) -> Saved:
    """Turn on a number or address that is confirmed already: nothing to prove again.

    Errors: those of `save_preference`.
    """

    def choose(now: Factors) -> MfaPreference:
        return MfaPreference(now.preference.activated | {channel.factor}, now.preference.preferred)

    saved = services.save_preference(
        person, choose, drawn_from=drawn_from, event=channel.event, factor=channel.factor
    )
    services.remember(person, channel.factor)
    return saved
