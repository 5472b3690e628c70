"""Use cases of trusted devices: see them, stop trusting them, forget them."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, guards, notices
from accounts import devices as browsers
from accounts.cognito.errors import DeviceForgotten, DevicesLeft, DevicesNotTracked, one_by_one
from accounts.cognito.self_service import Device
from accounts.devices import OWN_NAME
from accounts.sessions import SignedInPerson
from portal.activity import pictures
from portal.factors import services as factors

UNKNOWN_DEVICE = gettext_noop("Unnamed device")
TRUSTED = gettext_noop("A device was trusted: it is not asked for a second step any more.")


@dataclass(frozen=True)
class KnownDevice:
    """One device as its owner sees it."""

    key: str
    name: str
    place: str
    added_at: datetime
    last_used_at: datetime
    is_trusted: bool
    # A browser of ours whose secret nobody kept: it is trusted at a sign-in or not at all.
    can_be_trusted: bool
    is_this_one: bool

    @property
    def icon(self) -> str:
        return pictures.of_device(self.name)


def known_devices(person: SignedInPerson) -> list[KnownDevice] | None:
    """Every device of the person, this one first; None where the pool tracks none. One call.

    Errors: SignInExpired, TryLater, CognitoUnreachable.
    """
    try:
        found = person.self_service.devices()
    except DevicesNotTracked:
        return None
    shown = [_shown(each, person) for each in found]
    ordered = sorted(shown, key=lambda each: each.last_used_at, reverse=True)
    return sorted(ordered, key=lambda each: not each.is_this_one)


def _shown(device: Device, person: SignedInPerson) -> KnownDevice:
    return KnownDevice(
        key=device.key,
        name=browsers.in_words(device.name) or _(UNKNOWN_DEVICE),
        place=notices.roughly_where(device.address),
        added_at=device.added_at,
        last_used_at=device.last_used_at,
        is_trusted=device.is_remembered,
        can_be_trusted=not device.name.startswith(OWN_NAME),
        is_this_one=device.key == person.token.device_key,
    )


def forget(person: SignedInPerson, key: str) -> None:
    """Forget one device; one that is gone already is what was wanted.

    Errors: ReauthenticationNeeded, SignInExpired, TryLater, CognitoUnreachable.
    """
    guards.require_recent(person)
    addresses = _addresses(person)
    happened = gettext_noop("A trusted device was removed.")
    with audit.change(person, "device_forgotten") as act:
        _forget(person, key)
        browsers.trust_no_more(person, key)
        notices.announce(person, addresses, happened, about=act.id)


def forget_all(person: SignedInPerson) -> int:
    """Forget every device; how many there were. Cut in the middle, the same button goes on.

    This very device comes last: forgetting it ends the sign-in that forgets the others.
    Errors: DevicesLeft where it was cut; before that ReauthenticationNeeded, SignInExpired,
    TryLater, CognitoUnreachable.
    """
    guards.require_recent(person)
    addresses = _addresses(person)
    with audit.change(person, "all_devices_forgotten") as act:
        found = known_devices(person) or []
        act.detail["devices"] = len(found)
        keys = [each.key for each in reversed(found)]
        try:
            one_by_one(keys, lambda key: _forget(person, key), DevicesLeft)
        except DevicesLeft as cut:
            notices.announce(person, addresses, partial(browsers.how_far, cut), about=act)
            raise
        browsers.trust_no_more(person)
        if found:
            happened = gettext_noop("All trusted devices were removed.")
            notices.announce(person, addresses, happened, about=act.id)
    return len(found)


def _forget(person: SignedInPerson, key: str) -> None:
    try:
        person.self_service.forget_device(key)
    except (DeviceForgotten, DevicesNotTracked):
        return


def remember(person: SignedInPerson, device: str, *, remembered: bool) -> bool:
    """Trust a device, or stop to; False where there is no such device (any more).

    Errors: ReauthenticationNeeded, SignInExpired, TryLater, CognitoUnreachable.
    """
    guards.require_recent(person)
    event = "device_remembered" if remembered else "device_not_remembered"
    try:
        with audit.change(person, event) as act:
            person.self_service.remember_device(device, remembered=remembered)
            if remembered:
                notices.announce(person, _addresses(person), TRUSTED, about=act.id)
            else:
                browsers.trust_no_more(person, device)
    except (DeviceForgotten, DevicesNotTracked):
        return False
    return True


def _addresses(person: SignedInPerson) -> set[str]:
    """Where notices go; read before a device goes, whose sign-in may end with it."""
    return factors.factors_of(person).addresses
