"""What the pool itself recorded of an account: sign-ins, in any app (Plus pools; contract 9).

No token may read it, only IAM: where the pool records nothing, or the right is not there, a
sentence says so. Read newest first, page by page, as far as is shown, and kept nowhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice, takewhile

import structlog
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts import notices
from accounts.cognito import administration, people
from accounts.cognito.errors import CognitoError, EventsNotRecorded, Misconfigured
from accounts.cognito.people import MOST_EVENTS, AuthEvent
from accounts.languages import joined
from accounts.sessions import SignedInPerson
from portal.activity import timeline
from portal.activity.said import EVERYTHING, SIGN_IN_SERVICE
from portal.activity.timeline import PAGE_SIZE, SHOWN_FOR, Entry, Page, Told

log = structlog.get_logger(__name__)
PROBLEMS = "problems"
WHAT = {
    "SignIn": ("sign_ins", gettext_noop("A sign-in, as the sign-in service recorded it")),
    "SignUp": ("sign_ins", gettext_noop("The account was made")),
    "ForgotPassword": ("changes", gettext_noop("A new password was asked for")),
    "PasswordChange": ("changes", gettext_noop("The password was changed")),
    "ResendCode": ("sign_ins", gettext_noop("A code was sent again")),
}
SOMETHING = gettext_noop("Something that the sign-in service recorded")
OUTCOME = {"Pass": "done", "Fail": "refused", "InProgress": "unknown"}
SUCCESS = "Success"
# What was answered, as it was wrong and as it was right.
ANSWERED = {
    "Password": (gettext_noop("password wrong"), gettext_noop("password right")),
    "Mfa": (gettext_noop("second step wrong"), gettext_noop("second step right")),
}
# What a sign-in that came to nothing means, by whether the password was right.
KEPT_OUT = gettext_noop(
    "Nobody got in. If it was not you, you need not do anything: they do not know your password."
)
PASSWORD_KNOWN = gettext_noop(
    "The password was right. If it was not you, say so here, then choose a new password."
)
NOT_RECORDED = gettext_noop("Sign-ins in other apps are not recorded here.")
NOT_READABLE = gettext_noop(
    "Sign-ins in other apps are recorded, but these pages may not read them."
)
NOT_NOW = gettext_noop("Sign-ins in other apps could not be read just now. Look again later.")


@dataclass(frozen=True)
class Recorded:
    """Some lines of the history, and a sentence about what is not among them, if anything."""

    entries: tuple[Entry, ...] = ()
    note: str = ""


def page_of(person: SignedInPerson, kind: str = EVERYTHING, before: datetime | None = None) -> Page:
    """One page of the whole history: what we know, and what the pool recorded beside it."""
    elsewhere = recorded(person, kind, before)
    own = timeline.page_of(person, kind, before, beside=elsewhere.entries)
    return replace(own, note=elsewhere.note)


def recorded(
    person: SignedInPerson,
    kind: str = EVERYTHING,
    before: datetime | None = None,
    at_most: int | None = PAGE_SIZE + 1,
) -> Recorded:
    """The newest lines of a kind before a moment; at_most None for all of twelve months.

    No call where the pool records nothing; else one for each sixty events that are looked
    through, ten at most.
    """
    try:
        if not administration.pool_facts().records_sign_ins:
            return Recorded(note=_(NOT_RECORDED))
        looked_at, found = _looked_through(person, kind, before, at_most)
    except EventsNotRecorded:
        return Recorded(note=_(NOT_RECORDED))
    except Misconfigured as refusal:
        log.warning("sign_ins_not_readable", reason=str(refusal))
        return Recorded(note=_(NOT_READABLE))
    except CognitoError as trouble:
        log.warning("sign_ins_not_read", reason=str(trouble))
        return Recorded(note=_(NOT_NOW))
    return Recorded(tuple(found), _not_all() if looked_at == MOST_EVENTS else "")


def _not_all() -> str:
    return ngettext(
        "Of sign-ins in other apps, the newest one is shown.",
        "Of sign-ins in other apps, the newest {n} are shown.",
        MOST_EVENTS,
    ).format(n=MOST_EVENTS)


def _looked_through(
    person: SignedInPerson, kind: str, before: datetime | None, at_most: int | None
) -> tuple[int, list[Entry]]:
    looked_at, found = 0, []
    for event in _of_twelve_months(person):
        looked_at += 1
        if (before is None or event.created_at < before) and _is_of(kind, event):
            found.append(entry(event))
        if at_most is not None and len(found) == at_most:
            break
    return looked_at, found


def _of_twelve_months(person: SignedInPerson) -> Iterator[AuthEvent]:
    since = datetime.now(UTC) - SHOWN_FOR
    every = people.each_auth_event(person.username)
    return islice(takewhile(lambda event: event.created_at >= since, every), MOST_EVENTS)


def _is_of(kind: str, event: AuthEvent) -> bool:
    if kind == PROBLEMS:
        return event.response != "Pass"
    return kind in {EVERYTHING, WHAT.get(event.kind, ("sign_ins", ""))[0]}


def entry(event: AuthEvent) -> Entry:
    """A line of the history of what the pool recorded."""
    return Entry(
        at=event.created_at,
        what=_what(event),
        detail=_detail(event),
        outcome=OUTCOME.get(event.response, "unknown"),
        where=event.place or notices.roughly_where(event.address),
        by=SIGN_IN_SERVICE.in_words(),
        reference=event.id,
        # A wrong password, too: whether that is worth the stop, its owner knows.
        answerable=event.feedback != "Invalid",
        advice=_advice(event),
        is_recorded=True,
    )


def _what(event: AuthEvent) -> str:
    return _(WHAT.get(event.kind, ("", SOMETHING))[1])


def _detail(event: AuthEvent) -> str:
    """`Chrome; password right, second step wrong; unusual`."""
    responses = (each.partition(":") for each in event.challenges)
    words = [
        ANSWERED[name][response == SUCCESS] for name, __, response in responses if name in ANSWERED
    ]
    answers = [_(each) for each in words]
    unusual = _("unusual") if event.risk in {"Medium", "High"} else ""
    device = "" if event.device == "unknown" else event.device
    said = joined(answers, "unit") if answers else ""
    return "; ".join(part for part in (device, said, unusual) if part)


def _advice(event: AuthEvent) -> str:
    """Nothing where somebody got in, where its owner said already that it was not them, and where
    the pool does not tell how far it came.

    A sign-in that waits for its second step may be its owner's own, and may go on: that nobody
    got in is said of one that failed alone.
    """
    if event.kind != "SignIn" or event.response == "Pass" or event.feedback == "Invalid":
        return ""
    if "Password:Success" in event.challenges:
        return _(PASSWORD_KNOWN)
    failed = event.response == "Fail" and "Password:Failure" in event.challenges
    return _(KEPT_OUT) if failed else ""


def told(person: SignedInPerson, event_id: str) -> Told | None:
    """One event of the person's own, for the page that asks about it (AUZ-02).

    None where there is no such one, or the pool records none, which costs no call.
    Errors: Misconfigured, TryLater, CognitoUnreachable.
    """
    if not administration.pool_facts().records_sign_ins:
        return None
    found = next((each for each in _of_twelve_months(person) if each.id == event_id), None)
    return Told(found.created_at, _what(found)) if found else None
