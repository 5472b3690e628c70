"""Making recovery codes, and saying that they are kept."""

from django.utils.translation import gettext_noop

from accounts import audit, guards, notices, recovery_codes
from accounts.locks import locked
from accounts.sessions import SignedInPerson
from accounts.subjects import Subject
from portal.factors import services
from portal.factors.services import lock_name

MADE = gettext_noop("New recovery codes were made. Earlier ones are dead.")


def make(person: SignedInPerson) -> list[str]:
    """Make ten new codes; every earlier one dies (REC-05). They can be read this once.

    Errors: ReauthenticationNeeded, ChangesFrozen, SignsInElsewhere, TryLater, CognitoUnreachable.
    """
    guards.require_changeable(person)
    addresses = services.factors_of(person).addresses
    with locked(lock_name(person)), audit.change(person, "recovery_codes_made") as act:
        codes = recovery_codes.make(person)
    notices.announce(person, addresses, MADE, about=act.id)
    return codes


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
        f"Recovery codes for {portal_name}",
        where,
        "",
        "Each code works once, together with your password.",
        "Keep this file where nobody else finds it, and not only on your phone.",
        "",
    ]
    return "\r\n".join([*head, *own, ""])
