"""What the pool itself recorded of an account: sign-ins, in any app (Plus pools; contract 9).

No token may read it, only IAM: where the pool records nothing, or the right is not there, a
sentence says so. Read newest first, page by page, as far as is shown, and kept nowhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, takewhile

import structlog

from accounts import notices
from accounts.cognito import administration, people
from accounts.cognito.errors import CognitoError, EventsNotRecorded, Misconfigured
from accounts.cognito.people import MOST_EVENTS, AuthEvent
from accounts.sessions import SignedInPerson
from portal.activity.timeline import EVERYTHING, PAGE_SIZE, SHOWN_FOR, Entry, Told

log = structlog.get_logger(__name__)
PROBLEMS = "problems"
WHAT = {
    "SignIn": ("sign_ins", "A sign-in, as the sign-in service recorded it"),
    "SignUp": ("sign_ins", "The account was made"),
    "ForgotPassword": ("changes", "A new password was asked for"),
    "PasswordChange": ("changes", "The password was changed"),
    "ResendCode": ("sign_ins", "A code was sent again"),
}
OUTCOME = {"Pass": "done", "Fail": "refused", "InProgress": "unknown"}
HELD = {"Password": "password", "Mfa": "second step"}
BY = "the sign-in service"
NOT_RECORDED = "Sign-ins in other apps are not recorded here."
NOT_READABLE = "Sign-ins in other apps are recorded, but these pages may not read them."
NOT_NOW = "Sign-ins in other apps could not be read just now. Look again later."
NOT_ALL = f"Of sign-ins in other apps, the newest {MOST_EVENTS} are shown."


@dataclass(frozen=True)
class Recorded:
    """Some lines of the history, and a sentence about what is not among them, if anything."""

    entries: tuple[Entry, ...] = ()
    note: str = ""


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
            return Recorded(note=NOT_RECORDED)
        looked_at, found = _looked_through(person, kind, before, at_most)
    except EventsNotRecorded:
        return Recorded(note=NOT_RECORDED)
    except Misconfigured as refusal:
        log.warning("sign_ins_not_readable", reason=str(refusal))
        return Recorded(note=NOT_READABLE)
    except CognitoError as trouble:
        log.warning("sign_ins_not_read", reason=str(trouble))
        return Recorded(note=NOT_NOW)
    return Recorded(tuple(found), NOT_ALL if looked_at == MOST_EVENTS else "")


def _looked_through(
    person: SignedInPerson, kind: str, before: datetime | None, at_most: int | None
) -> tuple[int, list[Entry]]:
    looked_at, found = 0, []
    for event in _of_twelve_months(person):
        looked_at += 1
        if (before is None or event.created_at < before) and _is_of(kind, event):
            found.append(_entry(event))
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


def _entry(event: AuthEvent) -> Entry:
    return Entry(
        at=event.created_at,
        what=_what(event),
        detail=_detail(event),
        outcome=OUTCOME.get(event.response, "unknown"),
        where=event.place or notices.roughly_where(event.address),
        by=BY,
        reference=event.id,
        # A refused one with the right password is worth an answer, too.
        answerable=event.feedback != "Invalid"
        and (event.response != "Fail" or "Password:Success" in event.challenges),
        is_recorded=True,
    )


def _what(event: AuthEvent) -> str:
    return WHAT.get(event.kind, ("", "Something that the sign-in service recorded"))[1]


def _detail(event: AuthEvent) -> str:
    """`Chrome; password right, second step wrong; unusual`."""
    answers = [
        f"{HELD[name]} {'right' if response == 'Success' else 'wrong'}"
        for name, _, response in (each.partition(":") for each in event.challenges)
        if name in HELD
    ]
    unusual = "unusual" if event.risk in {"Medium", "High"} else ""
    return "; ".join(
        part
        for part in ("" if event.device == "unknown" else event.device, ", ".join(answers), unusual)
        if part
    )


def told(person: SignedInPerson, event_id: str) -> Told | None:
    """One event of the person's own, for the page that asks about it (AUZ-02).

    None where there is no such one, or the pool records none, which costs no call.
    Errors: Misconfigured, TryLater, CognitoUnreachable.
    """
    if not administration.pool_facts().records_sign_ins:
        return None
    found = next((each for each in _of_twelve_months(person) if each.id == event_id), None)
    return Told(found.created_at, _what(found)) if found else None
