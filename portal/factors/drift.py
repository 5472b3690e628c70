"""Changes that were found, and that this portal did not make.

What was last read of a person's methods is kept, numbers and addresses as keyed fingerprints
alone, and held against the next reading: no call more. What an act of ours may have changed since
(one's own, the helpdesk's, one that was cut) is no drift; what is left is recorded and told once.

Of two readings at once the older one counts for nothing, and of two that find the same, one
records it: the row is moved on by its version.

An act of ours whose end nobody saw is given one by the first reading after its lease, and told;
one's own that ended as not certain, too (`accounts.ends`).
"""

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, gettext_noop

from accounts import audit, keyed, notices, set_ups, unseen
from accounts.audit import Act, Outcome, Since
from accounts.cognito.self_service import Account
from accounts.masking import mask_email, mask_phone
from accounts.models import AuditRecord
from accounts.prepared import Ready
from accounts.sessions import SignedInPerson
from accounts.subjects import Known
from portal.factors import words
from portal.factors.domain import Factor, MfaPreference
from portal.factors.models import LastKnown, Remembered

METHODS, APP, PASSKEY, PHONE, EMAIL = "methods", "app", "passkey", "phone", "email"
# Kept beside a reading while an act of ours is at work, so that the next one asks for its end.
AT_WORK = "at_work"
# What a form calls an answer to it.
DRIFT = "drift"
# What an event of ours may change, whatever became of it.
TOUCHES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "preference_changed",
            "preference_kept",
            "preference_repaired",
            "helpdesk_turn_off",
            "helpdesk_prefer",
            "bulk_preferred",
            "bulk_turned_off",
        ),
        frozenset({METHODS}),
    ),
    **dict.fromkeys(
        (
            "totp_enrolled",
            "recovery_begun",
            "recovery_finished",
            "recovery_closed",
            "helpdesk_remove_app",
            "bulk_app_removed",
        ),
        frozenset({METHODS, APP}),
    ),
    **dict.fromkeys(
        ("sms_enrolled", "sms_change_asked", "phone_number_changed"), frozenset({METHODS, PHONE})
    ),
    **dict.fromkeys(
        ("email_enrolled", "email_change_asked", "email_address_changed"),
        frozenset({METHODS, EMAIL}),
    ),
    **dict.fromkeys(
        (
            "passkey_added",
            "passkey_deleted",
            "passkey_instead_of_code",
            "passkey_not_instead_of_code",
        ),
        frozenset({METHODS, PASSKEY}),
    ),
    "helpdesk_correct_contact": frozenset({METHODS, PHONE, EMAIL}),
}
# What leaves a word about what shall be on and come first; and what takes the word before it back,
# and leaves none: a way back in removes what was on, and closes the account by what is left.
ASKED_BY = (
    "recovery_begun",
    "recovery_closed",
    "preference_changed",
    "preference_kept",
    "preference_repaired",
    "totp_enrolled",
    "sms_enrolled",
    "email_enrolled",
)
# A reading that says the same is written down this seldom: a page view should not cost a write.
KEPT_FRESH = timedelta(hours=1)
SHOWN_FOR = timedelta(days=14)
SALT = "portal.factors.drift"
FOUND = gettext_noop("We found that your sign-in methods were changed outside these pages.")
Reading = dict[str, Any]


@dataclass(frozen=True)
class Drift:
    """What was found last, as the overview tells it. receipt: its audit record."""

    receipt: UUID
    sentences: tuple[str, ...]
    only_preference: bool


def last_known(whose: Known, person_id: UUID, account: Account) -> Remembered:
    """What the reading before this one said, and what else is kept of somebody. One query."""
    return LastKnown.read(whose, person_id, account.read_at, TOUCHES, ASKED_BY)


def look(
    whose: Known, person_id: UUID, account: Account, configured: frozenset[str] | None
) -> Drift | None:
    """Hold one reading against the last one, whoever read; record what nobody here changed.

    configured: of GetUserAuthFactors, by the names of the pool; None where it was not asked.
    Returns what was found lately and not answered yet. One query where nothing changed.
    """
    remembered = last_known(whose, person_id, account)
    return compared(whose, person_id, account, configured, remembered)


def compared(
    whose: Known,
    person_id: UUID,
    account: Account,
    configured: frozenset[str] | None,
    remembered: Remembered,
) -> Drift | None:
    """The same, where `last_known` was asked already. No query where nothing changed."""
    now, row = reading(account, configured), remembered.row
    if row is None:
        LastKnown.begin(person_id, now, remembered.newest, account.read_at)
        return None
    if account.read_at > row.read_at:
        _compare(whose, account, row, now)
    return _to_show(row, account.read_at)


def _compare(whose: Known, account: Account, row: LastKnown, now: Reading) -> None:
    changed = _differences(row.known, now)
    acted = row.newest > row.through or AT_WORK in row.known
    to_explain = changed | ({APP} if now[APP] is None else set())
    ours = _ours(whose, account, row, to_explain) if changed or acted else Ours()
    merged = _merged(row.known, now, _touched(ours.ended | ours.late.keys()))
    if ours.at_work:
        merged[AT_WORK] = True
    is_old = account.read_at - row.read_at > KEPT_FRESH
    if not acted and merged == row.known and not is_old:
        return
    foreign = changed - _touched(ours.ended | _settled(ours, account, now, row))
    # What is found and what is known of it from now on stand together.
    with transaction.atomic() if foreign else nullcontext():
        if row.move_on(merged, account.read_at) and foreign:
            _found(whose, account, row, _told_of(row.known, now, merged, foreign))


def _told_of(
    before: Reading, now: Reading, merged: Reading, foreign: Collection[str]
) -> dict[str, Any]:
    """The detail of the audit record."""
    return {
        "changed": sorted(foreign),
        "replaced": [name for name in (PHONE, EMAIL) if _replaced(before[name], now[name])],
        "before": told(before),
        "after": told(merged),
    }


def _found(whose: Known, account: Account, row: LastKnown, detail: dict[str, Any]) -> None:
    receipt = audit.drift_found(whose, detail)
    row.note(receipt, detail)

    def happened() -> tuple[str, ...]:
        return gettext(FOUND), *said(detail)

    notices.announce(whose, {account.email}, happened, about=receipt, by=notices.By.ELSEWHERE)


# --- our own acts -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ours:
    """Our own acts that may explain a difference, by their events.

    ended: also those that may be at work still, and sign-ins that were cut. late: the records of
    those whose lease is over and whose end nobody saw. at_work: whether the lease of one is not.
    """

    ended: frozenset[str] = frozenset()
    late: Mapping[str, list[UUID]] = field(default_factory=dict)
    at_work: bool = False


def others(whose: Known, act: Act, since: datetime) -> Ready:
    """The newest act of ours but this one that may have changed an account since, as a statement.

    One that was begun before counts for as long as it may have been at work then.
    """
    return audit.newest_beside(whose, TOUCHES, act, since - unseen.LEASE)


def _ours(whose: Known, account: Account, row: LastKnown, to_explain: Collection[str]) -> Ours:
    """Those since the last reading, and those that may have changed something since.

    to_explain: where acts explain all of it, nobody looks for a sign-in that was cut.
    """
    lease_ends = account.read_at - unseen.LEASE
    acts = audit.events_since(
        whose, TOUCHES, through=row.through, unfinished=row.read_at - unseen.LEASE
    )
    late: dict[str, list[UUID]] = {}
    counting = []
    for act in acts:
        if act.is_open and act.created_at <= lease_ends:
            late.setdefault(act.event, []).append(act.id)
        elif _counts(act, row):
            counting.append(act)
    ended = {act.event for act in counting}
    if not _touched(ended) >= set(to_explain):
        ended |= {audit.SET_UP_AT_SIGN_IN[factor] for factor in set_ups.begun(account.username)}
    return Ours(frozenset(ended), late, at_work=any(act.is_open for act in counting))


def _counts(act: Since, row: LastKnown) -> bool:
    """An end that was found out changes nothing when it is written: the act was before."""
    if act.began_at is None:
        return True
    return act.outcome == Outcome.DONE and _came_before(row, act.began_at)


def _came_before(row: LastKnown, began_at: datetime) -> bool:
    """Whether what was read last may not show yet what was begun then."""
    return row.read_at < began_at or AT_WORK in row.known


def _touched(events: Collection[str]) -> frozenset[str]:
    return frozenset().union(*(TOUCHES[event] for event in events))


def _settled(ours: Ours, account: Account, now: Reading, row: LastKnown) -> set[str]:
    """End the late ones; which of them are seen by this reading to have been made."""
    if not ours.late:
        return set()
    unfinished = audit.still_unfinished([each for late in ours.late.values() for each in late])
    return settle(unfinished, account, now, row)


def settle(
    unfinished: Collection[AuditRecord], account: Account, now: Reading, last: LastKnown | None
) -> set[str]:
    """End acts that nobody saw end, as far as this reading tells it, and tell the person.

    last: the reading before, which tells what was there before those that were begun after it.
    Returns the events of those that were made.
    """
    made: set[str] = set()
    for act in unfinished:
        before = last.known if last and _came_before(last, act.created_at) else None
        outcome = _outcome(act, account, before, now)
        if unseen.is_settled_here(act.event):
            unseen.settle(act, outcome, account)
        if outcome is Outcome.DONE:
            made.add(act.event)
    return made


def _outcome(act: AuditRecord, account: Account, before: Reading | None, now: Reading) -> Outcome:
    """Done where the account shows it, refused where it still is as before, else unknown."""
    asked, was = act.detail.get("asked"), act.detail.get("before") or _preferred(before)
    if asked is not None:
        if asked == _preferred(now):
            return Outcome.DONE
        return Outcome.REFUSED if was == _preferred(now) else Outcome.UNKNOWN
    if before is not None:
        is_seen = bool(_differences(before, now) & TOUCHES.get(act.event, frozenset()))
    else:
        is_seen = act.detail.get("to") in {mask_phone(account.phone), mask_email(account.email)}
    return Outcome.DONE if is_seen else Outcome.UNKNOWN


def _preferred(known: Reading | None) -> Reading | None:
    """As an audit record tells what was asked."""
    return known and {name: known[name] for name in ("activated", "preferred")}


# --- readings -----------------------------------------------------------------------------------


def reading(account: Account, configured: frozenset[str] | None) -> Reading:
    """What one reading tells. app, passkey: None where it does not tell."""
    listed = [factor.value for factor in Factor if factor in account.listed]
    preferred = account.preferred if account.preferred in set(Factor) else None
    app: bool | None = True if Factor.TOTP in account.listed else None
    passkey = None
    if configured is not None:
        app = bool(app) or "SOFTWARE_TOKEN" in configured
        passkey = "WEB_AUTHN" in configured
    return {
        "activated": listed,
        "preferred": preferred,
        APP: app,
        PASSKEY: passkey,
        PHONE: _contact(account.phone, confirmed=account.phone_verified),
        EMAIL: _contact(account.email, confirmed=account.email_verified),
    }


def _contact(value: str, *, confirmed: bool) -> Reading:
    mark = _mark(value, settings.SECRET_KEY) if value else ""
    # Named beside it for each key that is known, so that another key is not another number.
    older = {
        _name_of(key): _mark(value, key) for key in settings.SECRET_KEY_FALLBACKS if value and key
    }
    return {"mark": mark, "key": _name_of(settings.SECRET_KEY), "is": confirmed, "older": older}


def _mark(value: str, key: str) -> str:
    """A fingerprint that only this portal can make: a number alone is quickly guessed (FAC-10)."""
    whose = f"{settings.COGNITO_USER_POOL_ID}\n{value}"
    return keyed.under(key, SALT, whose)


@cache
def _name_of(key: str) -> str:
    return keyed.under(key, f"{SALT}.key", "")[:8]


def _differences(before: Reading, after: Reading) -> frozenset[str]:
    changed = set()
    if any(before[name] != after[name] for name in ("activated", "preferred")):
        changed.add(METHODS)
    for name in (APP, PASSKEY):
        if None not in (before[name], after[name]) and before[name] != after[name]:
            changed.add(name)
    changed |= {name for name in (PHONE, EMAIL) if _is_another(before[name], after[name])}
    return frozenset(changed)


def _is_another(before: Reading, after: Reading) -> bool:
    """Another value, or one that is no longer confirmed.

    That one is confirmed by now is no change of anything: every sign-in by its codes does it
    (contract 4.3).
    """
    if bool(before["mark"]) != bool(after["mark"]) or _replaced(before, after):
        return True
    return bool(after["mark"]) and before["is"] and not after["is"]


def _replaced(before: Reading, after: Reading) -> bool:
    """Whether there is another value; one marked by a key that is gone cannot be compared."""
    if not before["mark"] or not after["mark"]:
        return False
    marks = {**after["older"], after["key"]: after["mark"]}
    mark = marks.get(before["key"])
    return mark is not None and not constant_time_compare(before["mark"], mark)


def _merged(before: Reading, now: Reading, touched: Collection[str]) -> Reading:
    """What is known from now on; what was not asked stays as it was, unless we touched it."""
    merged = dict(now)
    for name in (APP, PASSKEY):
        if now[name] is None:
            merged[name] = None if name in touched else before[name]
    for name in (PHONE, EMAIL):
        merged[name] = {**now[name], "older": {}}
    return merged


def told(known: Reading) -> Reading:
    """How the audit tells a reading: no number, address or fingerprint (AUD-03)."""
    return {
        **{name: known[name] for name in ("activated", "preferred", APP, PASSKEY)},
        **{name: _standing(known[name]) for name in (PHONE, EMAIL)},
    }


def _standing(contact: Reading) -> str:
    if not contact["mark"]:
        return "none"
    return "confirmed" if contact["is"] else "unconfirmed"


def said(detail: Mapping[str, Any]) -> tuple[str, ...]:
    """What changed, in sentences, from the detail of an audit record."""
    before, after = detail.get("before"), detail.get("after")
    if not before or not after:
        return ()
    changed, replaced = detail.get("changed", ()), detail.get("replaced", ())
    sentences: list[str] = []
    if METHODS in changed:
        sentences += words.differences(_preference(before), _preference(after))
    sentences += [
        words.there_or_gone(name, is_there=bool(after[name]))
        for name in (APP, PASSKEY)
        if name in changed
    ]
    sentences += [
        words.contact_elsewhere(name, before[name], after[name], replaced=name in replaced)
        for name in (PHONE, EMAIL)
        if name in changed
    ]
    return tuple(sentences)


def _preference(shown: Mapping[str, Any]) -> MfaPreference:
    preferred = shown["preferred"]
    return MfaPreference(
        frozenset(Factor(name) for name in shown["activated"]),
        Factor(preferred) if preferred else None,
    )


def _to_show(row: LastKnown, now: datetime) -> Drift | None:
    if not row.found:
        return None
    found_at = parse_datetime(row.found["at"])
    if found_at is None or now - found_at > SHOWN_FOR:
        return None
    detail = row.found["detail"]
    return Drift(UUID(row.found["receipt"]), said(detail), detail["changed"] == [METHODS])


def answer(person: SignedInPerson, receipt: UUID | None) -> None:
    """The owner says that it was them: the overview need not say it again, the history does."""
    LastKnown.objects.filter(person_id=person.id, found__receipt=str(receipt)).update(found={})
