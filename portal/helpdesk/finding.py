"""Find people: from whatever was typed to at most a few calls (HLP-09, HLP-10).

Source: contract 11.1. ListUsers makes nobody billable and lags behind; AdminGetUser is always
right, and is asked where an exact look-up found nobody.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

import phonenumbers
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from phonenumbers import NumberParseException, PhoneNumberFormat

from accounts import audit, limits, vault
from accounts.cognito import people
from accounts.cognito.errors import PersonUnknown
from accounts.cognito.people import Someone
from accounts.masking import mask_email, mask_name, mask_phone, show_username
from accounts.sessions import SignedInPerson
from portal.helpdesk import words
from portal.helpdesk.matrix import Act, Operator, refusals
from portal.helpdesk.operators import target_of

MOST_FOUND = 20
HELD, HELD_FOR_SECONDS = "helpdesk_search", 10 * 60


class Kind(StrEnum):
    """What the typed text looks like."""

    SUB = "sub"
    EMAIL = "e-mail"
    PHONE = "phone number"
    NAME = "name"

    @property
    def caption(self) -> str:
        """What the found rows are."""
        return _(CAPTION[self])

    @property
    def hint(self) -> str:
        """What was done, and how to find fewer."""
        return _(HINT[self])


CAPTION = {
    Kind.SUB: gettext_noop("People found by sub"),
    Kind.EMAIL: gettext_noop("People found by e-mail"),
    Kind.PHONE: gettext_noop("People found by phone number"),
    Kind.NAME: gettext_noop("People found by name"),
}
HINT = {
    Kind.SUB: gettext_noop(
        "Looked for by sub. At most twenty are shown: the more you type, the fewer fit."
    ),
    Kind.EMAIL: gettext_noop(
        "Looked for by e-mail. At most twenty are shown: the more you type, the fewer fit."
    ),
    Kind.PHONE: gettext_noop(
        "Looked for by phone number. At most twenty are shown: the more you type, the fewer fit."
    ),
    Kind.NAME: gettext_noop(
        "Looked for by name. At most twenty are shown: the more you type, the fewer fit."
    ),
}


@dataclass(frozen=True)
class Search:
    """What is looked for. typed: as it was typed; prefix: whether it is only how it begins."""

    typed: str = field(repr=False)
    prefix: bool = False

    @property
    def kind(self) -> Kind:
        if _is_sub(self.typed):
            return Kind.SUB
        if "@" in self.typed:
            return Kind.EMAIL
        return Kind.PHONE if phone_of(self.typed, prefix=self.prefix) else Kind.NAME


def look_ups(search: Search) -> tuple[tuple[str, str], ...]:
    """Attributes and the values they are searched by, the most likely first.

    A name may also be what somebody signs in by; a number may be a username.
    """
    typed = search.typed
    if search.kind is Kind.SUB:
        return (("sub", typed.lower()),)
    if search.kind is Kind.EMAIL:
        return (("email", typed), ("username", typed))
    if search.kind is Kind.PHONE:
        number = phone_of(typed, prefix=search.prefix)
        return (("phone_number", number), ("username", typed))
    return (("username", typed), ("preferred_username", typed), ("name", typed))


def _is_sub(typed: str) -> bool:
    try:
        UUID(typed)
    except ValueError:
        return False
    return len(typed) == 36


def phone_of(typed: str, *, prefix: bool = False) -> str:
    """`+` and digits, from any spelling of a number; empty for what is none.

    prefix: also for the first digits of one, with the country's own code before a national zero.
    """
    digits = "".join(each for each in typed if each.isdecimal())
    if not digits or set(typed) - set("+0123456789 ()-./\N{NO-BREAK SPACE}"):
        return ""
    # The way to write a country's code in most of the world.
    typed = f"+{digits[2:]}" if digits.startswith("00") else typed
    try:
        number = phonenumbers.parse(typed, settings.DEFAULT_COUNTRY)
    except NumberParseException:
        number = None
    if number is not None and phonenumbers.is_possible_number(number):
        return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    return _first_digits(typed, digits) if prefix else ""


def _first_digits(typed: str, digits: str) -> str:
    if typed.lstrip().startswith("+"):
        return f"+{digits.removeprefix('00')}"
    code = phonenumbers.country_code_for_region(settings.DEFAULT_COUNTRY)
    return f"+{code}{digits.lstrip('0')}"


@dataclass(frozen=True)
class Found:
    """One row of the results: masked, and no more than tells two people apart (HLP-10)."""

    sub: str
    username: str
    name: str
    email: str
    phone: str
    status: str

    @classmethod
    def of(cls, someone: Someone) -> "Found":
        account = someone.account
        return cls(
            sub=someone.sub,
            username=show_username(account.username),
            name=mask_name(someone.name),
            email=mask_email(account.email),
            phone=mask_phone(account.phone),
            status=words.status(someone.status, is_enabled=someone.is_enabled),
        )


def search(person: SignedInPerson, operator: Operator, wanted: Search) -> list[Found]:
    """Look for people whom this operator reaches; counted and recorded, without what was typed.

    One ListUsers where the first attribute answers. Errors: LimitReached, LimiterAway,
    Misconfigured, TryLater, CognitoUnreachable.
    """
    limits.spend(limits.FIND_OPERATOR, operator.sub)
    audit.helpdesk_searched(person, wanted.kind.value, prefix=wanted.prefix)
    found = {someone.sub: someone for someone in _found(wanted, operator)}
    return [Found.of(each) for each in _within_reach(found.values(), operator)]


def _found(wanted: Search, operator: Operator) -> list[Someone]:
    for attribute, value in look_ups(wanted):
        exact = people.find(attribute=attribute, value=value, limit=MOST_FOUND)
        if exact and not wanted.prefix:
            return exact
        if wanted.prefix:
            begun = people.find(attribute=attribute, value=value, prefix=True, limit=MOST_FOUND)
            if exact or begun:
                return [*exact, *begun][:MOST_FOUND]
    return [] if wanted.prefix else _just_made(wanted, operator)


def _just_made(wanted: Search, operator: Operator) -> list[Someone]:
    """Somebody whom the list does not show yet: it lags behind by a few seconds.

    Their groups come first: AdminGetUser would make somebody billable who is out of reach.
    """
    name = look_ups(wanted)[0][1]
    try:
        if operator.scope is not None and not operator.scope & people.groups(name):
            return []
        return [people.get(name)]
    except PersonUnknown:
        return []


def _within_reach(found: Iterable[Someone], operator: Operator) -> Iterator[Someone]:
    """Only whom the operator reaches; others look like missing ones (AUZ-02)."""
    for someone in found:
        if operator.scope is None or _reaches(operator, someone):
            yield someone


def _reaches(operator: Operator, someone: Someone) -> bool:
    groups = people.groups(someone.account.username)
    return not refusals(Act.LOOK, operator, target_of(someone.sub, groups))


def hold(request: HttpRequest, wanted: Search) -> None:
    """Keep a search sealed in the session: what was typed appears in no address and no log."""
    kept = {"typed": wanted.typed, "prefix": wanted.prefix, "at": int(time.time())}
    request.session[HELD] = vault.seal(kept)


def held(request: HttpRequest) -> Search | None:
    """The search of the last minutes; None where there is none."""
    try:
        kept = vault.unseal(request.session[HELD])
    except (KeyError, vault.SealBroken):
        return None
    if time.time() - kept["at"] > HELD_FOR_SECONDS:
        return None
    return Search(kept["typed"], kept["prefix"])
