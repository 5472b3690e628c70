"""What was done to an account, told to its owner.

Source: the audit records of the last twelve months; no record names a code, number or address.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import audit, colleagues, notices, reasons
from accounts.audit import OwnChange, PastEvent
from accounts.sessions import SignedInPerson
from portal.activity import said
from portal.activity.said import EVERYTHING, SAID, UNKNOWN_ENDING, Who
from portal.factors import drift, words
from portal.factors.domain import Factor

SHOWN_FOR = timedelta(days=365)
PAGE_SIZE = 30
PROBLEMS = frozenset({"refused", "unknown"})
# What says already that something was not its owner: to deny that would lead in a circle.
NOT_ANSWERABLE = frozenset({"not_me_said", "sign_in_denied", "call_denied"})


@dataclass(frozen=True)
class Entry:
    """One line of the history. reference: what the helpdesk can find it by."""

    at: datetime
    what: str
    detail: str
    outcome: str
    where: str
    by: Who
    reference: str
    # Of an operator's act, in their words, and where their helpdesk keeps the rest.
    why: str = ""
    ticket: str = ""
    # Whether somebody may say that it was not them.
    answerable: bool = False
    # What it means and what to do about it, where that is not plain.
    advice: str = ""
    # Recorded by the pool, and not by us; `reference` is the pool's.
    is_recorded: bool = False


@dataclass(frozen=True)
class Told:
    """One thing that happened, as the page of a notice's link repeats it."""

    at: datetime
    what: str


@dataclass(frozen=True)
class Page:
    """Some lines of the history; older: where the next page begins, if there is one.

    note: a sentence about what is not among them, if anything.
    """

    entries: tuple[Entry, ...]
    older: datetime | None
    note: str = ""


def page_of(
    person: SignedInPerson,
    kind: str = EVERYTHING,
    before: datetime | None = None,
    beside: Iterable[Entry] = (),
) -> Page:
    """Read one page. kind: one of KINDS. before: the `older` of the page before it.

    beside: what others recorded, newest first, of the same kind and before the same moment.
    """
    own = _read(person, kind, before=before, at_most=PAGE_SIZE + 1)
    found = _together(_entries(own, person), beside)
    shown = found[:PAGE_SIZE]
    older = shown[-1].at if len(found) > PAGE_SIZE else None
    return Page(tuple(shown), older)


def _together(own: Iterable[Entry], beside: Iterable[Entry]) -> list[Entry]:
    return list(merge(own, beside, key=lambda entry: entry.at, reverse=True))


def as_rows(person: SignedInPerson, beside: Iterable[Entry] = ()) -> Iterator[tuple[str, ...]]:
    """The whole history as rows below `said.columns`."""
    own = _read(person, EVERYTHING)
    for entry in _together(_entries(own, person), beside):
        yield (
            entry.at.astimezone(UTC).isoformat(timespec="seconds"),
            _cell(_whole(entry)),
            said.ending(entry.outcome),
            _cell(entry.where),
            entry.by.name,
            entry.reference,
            _cell(entry.why),
            _cell(entry.ticket),
        )


def _whole(entry: Entry) -> str:
    if not entry.detail:
        return entry.what
    return _("{what}: {details}").format(what=entry.what, details=entry.detail)


def told(receipt: UUID | None) -> Told | None:
    """What a notice was about, for its page; None where the notice named no record of ours."""
    about = audit.event_named(receipt) if receipt else None
    if about is None or about.event not in SAID:
        return None
    return Told(about.created_at, _(SAID[about.event].done))


def told_of(entry: OwnChange) -> Told:
    """The same of an entry of one's own history, as it ended."""
    of_it = SAID[entry.event]
    what = of_it.refused if entry.outcome == "refused" else of_it.done
    return Told(entry.created_at, _(what))


def hours_frozen() -> int:
    return int(settings.FREEZE_LASTS.total_seconds() // 3600)


def _cell(text: str) -> str:
    """An operator's words, which no spreadsheet may take for a formula (INP-01)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _read(person: SignedInPerson, kind: str, **bounds: Any) -> list[PastEvent]:
    since = datetime.now(UTC) - SHOWN_FOR
    if kind == "problems":
        return audit.past_events(person, since=since, outcomes=PROBLEMS, **bounds)
    if kind != EVERYTHING:
        bounds["events"] = {event for event, each in SAID.items() if each.kind == kind}
    return audit.past_events(person, since=since, **bounds)


def _entries(events: list[PastEvent], person: SignedInPerson) -> list[Entry]:
    others = {each.actor for each in events} - {person.sub, *said.WHO}
    operators = colleagues.names(person.pool_id, others)
    by = {
        **{actor: who.in_words() for actor, who in said.WHO.items()},
        **{sub: said.OPERATOR.in_words(name=name) for sub, name in operators.items()},
        person.sub: said.YOU.in_words(),
    }
    return [_entry(each, by) for each in events]


def _entry(event: PastEvent, by: Mapping[str, Who]) -> Entry:
    return Entry(
        at=event.created_at,
        what=_what(event),
        detail=_detail(event),
        outcome=event.outcome,
        where=notices.roughly_where(event.client_address),
        by=_by(event, by),
        reference=str(event.id),
        why=reasons.said(event.reason),
        ticket=event.ticket,
        answerable=event.event not in NOT_ANSWERABLE,
    )


def _by(event: PastEvent, by: Mapping[str, Who]) -> Who:
    if event.event == "drift_found":
        return said.ELSEWHERE.in_words()
    return by.get(event.actor) or said.HELPDESK.in_words()


def _what(event: PastEvent) -> str:
    of_it = SAID[event.event]
    if event.outcome == "unknown":
        return _(UNKNOWN_ENDING).format(done=_(of_it.done))
    return _(of_it.refused if event.outcome == "refused" else of_it.done)


def _detail(event: PastEvent) -> str:
    """What was asked for or looked at, or by which way a code went."""
    asked = event.detail.get("asked")
    if (
        event.event in {"preference_changed", "preference_repaired", "preference_mismatch"}
        and asked
    ):
        first = Factor(asked["preferred"]) if asked["preferred"] else None
        return said.preference([Factor(name) for name in asked["activated"]], first)
    if event.event == "drift_found":
        return " ".join(drift.said(event.detail))
    if event.event == "helpdesk_looked":
        at = said.LOOKED_AT.get(event.detail.get("what", ""))
        return _(at) if at else ""
    known = event.factor in set(Factor)
    return (
        words.label(Factor(event.factor))
        if known and event.event.startswith(("code_", "bulk_"))
        else ""
    )
