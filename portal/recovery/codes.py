"""Making recovery codes, and saying that they are kept."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, guards, notices, recovery_codes
from accounts.locks import locked
from accounts.masking import show_username
from accounts.sessions import SignedInPerson
from accounts.subjects import Subject
from portal.factors import services
from portal.factors.services import lock_name

# By one system or another; and what turns the direction of a name round, to show another ending.
FORBIDDEN_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+')
# Systems allow 255 bytes, and a letter of most scripts takes up to three.
MOST_IN_A_NAME = 80
MADE = gettext_noop("New recovery codes were made. Earlier ones are dead.")


@dataclass(frozen=True)
class Made:
    """Ten new codes, and the receipt of the change that made them.

    replaced: whether there were any before, which have died by it.
    """

    id: UUID
    created_at: datetime
    codes: list[str] = field(repr=False)
    replaced: bool


def make(person: SignedInPerson) -> Made:
    """Make ten new codes; every earlier one dies (REC-05). They can be read this once.

    Errors: ReauthenticationNeeded, ChangesFrozen, SignsInElsewhere, TryLater, CognitoUnreachable.
    """
    guards.require_changeable(person)
    addresses = services.factors_of(person).addresses
    with locked(lock_name(person)), audit.change(person, "recovery_codes_made") as act:
        replaced = recovery_codes.state_of(person) is not None
        codes = recovery_codes.make(person)
        notices.announce(person, addresses, MADE, about=act.id)
    return Made(act.id, act.created_at, codes, replaced)


def keep(person: SignedInPerson) -> None:
    """They say that they have kept them; recorded once."""
    if recovery_codes.note_kept(person):
        audit.recovery_codes_kept(person)


def as_file(person: SignedInPerson, shown: list[str], portal_name: str, where: str) -> str:
    """The text of a file with the codes that a page still shows; empty where none is theirs.

    They come back from the page itself, since nothing here could tell them any more.
    """
    subject = Subject(person.pool_id, person.sub)
    own = [code for code in shown if recovery_codes.find(subject, code) is not None]
    if not own:
        return ""
    head = [
        _title(portal_name),
        where,
        "",
        _("Each code works once, together with your password."),
        _("Keep this file where nobody else finds it, and not only on your phone."),
        "",
    ]
    return "\r\n".join([*head, *own, ""])


def file_name(username: str, portal_name: str) -> str:
    """What a search on one's own computer finds a year later: of which portal, whose account.

    The account is named as on every page: an address or a number masked.
    """
    name = " - ".join(filter(None, (_title(portal_name), show_username(username))))
    name = " ".join(FORBIDDEN_IN_NAMES.sub(" ", name).split())
    return f"{name[:MOST_IN_A_NAME].strip()}.txt"


def _title(portal_name: str) -> str:
    return _("Recovery codes for {portal}").format(portal=portal_name)
