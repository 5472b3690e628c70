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

from accounts import audit, notices
from accounts.audit import PastEvent
from accounts.sessions import SignedInPerson
from portal.factors import drift, words
from portal.factors.domain import Factor

SHOWN_FOR = timedelta(days=365)
PAGE_SIZE = 30
EVERYTHING = "everything"
KINDS = {
    EVERYTHING: "Everything",
    "sign_ins": "Signing in and out",
    "changes": "Changes to how you sign in",
    "helpdesk": "What the helpdesk did",
    "problems": "What did not work",
}
PROBLEMS = frozenset({"refused", "unknown"})
COLUMNS = (
    *("time (UTC)", "what", "how it ended", "roughly where", "by", "reference"),
    *("why", "ticket"),
)
HOW_IT_ENDED = {"done": "done", "refused": "not done", "unknown": "not certain"}


@dataclass(frozen=True)
class Said:
    """The words for one kind of event: as it was done, and as it was refused."""

    kind: str
    done: str
    refused: str


SAID: Mapping[str, Said] = {
    "signed_in": Said("sign_ins", "Signed in", "A sign-in was refused"),
    "helpdesk_entered": Said(
        "sign_ins", "Began to work at the helpdesk", "Entering the helpdesk was refused"
    ),
    "audit_read": Said("sign_ins", "Read the audit", "Reading the audit was refused"),
    "helpdesk_left": Said("sign_ins", "Left the helpdesk", "Leaving the helpdesk did not work"),
    "bulk_planned": Said(
        "changes", "Planned a change for many people", "Planning a change for many was refused"
    ),
    "bulk_approved": Said(
        "changes", "Approved a change for many people", "Approving a change for many was refused"
    ),
    "bulk_refused": Said(
        "changes", "Refused a change for many people", "Refusing a change for many did not work"
    ),
    "bulk_paused": Said(
        "changes", "Paused a change for many people", "Pausing a change for many did not work"
    ),
    "bulk_resumed": Said(
        "changes", "Went on with a change for many people", "Going on with it did not work"
    ),
    "bulk_cancelled": Said(
        "changes", "Cancelled a change for many people", "Cancelling it did not work"
    ),
    "bulk_preferred": Said(
        "changes",
        "The helpdesk chose what we ask for first",
        "The helpdesk could not choose what we ask for first",
    ),
    "bulk_turned_off": Said(
        "changes",
        "The helpdesk turned off a sign-in method",
        "The helpdesk could not turn off a sign-in method",
    ),
    "bulk_app_removed": Said(
        "changes",
        "The helpdesk removed your authenticator app",
        "The helpdesk could not remove your authenticator app",
    ),
    "bulk_sessions_ended": Said(
        "sign_ins",
        "The helpdesk signed you out everywhere",
        "The helpdesk could not sign you out everywhere",
    ),
    "bulk_devices_forgotten": Said(
        "changes",
        "The helpdesk removed all your trusted devices",
        "The helpdesk could not remove all your trusted devices",
    ),
    "helpdesk_searched": Said(
        "sign_ins", "Looked for somebody at the helpdesk", "A search at the helpdesk was refused"
    ),
    "helpdesk_looked": Said(
        "helpdesk", "Looked at the account", "Looking at the account was refused"
    ),
    "helpdesk_refused": Said(
        "helpdesk", "Asked for a change", "A change that is not allowed was asked for"
    ),
    "helpdesk_issue_pass": Said(
        "helpdesk", "A recovery pass was issued", "Issuing a recovery pass was refused"
    ),
    "helpdesk_remove_app": Said(
        "helpdesk",
        "The authenticator app was removed",
        "Removing the authenticator app was refused",
    ),
    "helpdesk_turn_off": Said(
        "helpdesk", "A sign-in method was turned off", "Turning a sign-in method off was refused"
    ),
    "helpdesk_prefer": Said(
        "helpdesk", "What is asked first was changed", "A change of what is asked first was refused"
    ),
    "helpdesk_forget_devices": Said(
        "helpdesk", "All trusted devices were removed", "Removing all trusted devices was refused"
    ),
    "helpdesk_end_sessions": Said(
        "helpdesk", "All sessions were ended", "Ending all sessions was refused"
    ),
    "helpdesk_reset_password": Said(
        "helpdesk", "A new password was asked for", "Asking for a new password was refused"
    ),
    "helpdesk_disable": Said(
        "helpdesk", "The account was disabled", "Disabling the account was refused"
    ),
    "helpdesk_enable": Said(
        "helpdesk", "The account was enabled", "Enabling the account was refused"
    ),
    "helpdesk_correct_contact": Said(
        "helpdesk",
        "A phone number or e-mail address was replaced",
        "Replacing a number or address was refused",
    ),
    "helpdesk_lift_freeze": Said(
        "helpdesk", "Changes were let again", "Letting changes again was refused"
    ),
    "helpdesk_reveal": Said(
        "helpdesk",
        "A whole number or address was looked at",
        "Looking at a whole number was refused",
    ),
    "helpdesk_close_case": Said("helpdesk", "A case was closed", "Closing a case was refused"),
    "helpdesk_freeze": Said("helpdesk", "Changes were stopped", "Stopping changes was refused"),
    "helpdesk_revoke_passes": Said(
        "helpdesk", "Recovery passes were revoked", "Revoking recovery passes was refused"
    ),
    "helpdesk_open_case": Said("helpdesk", "A case was opened", "Opening a case was refused"),
    "caller_check_begun": Said(
        "helpdesk",
        "The helpdesk began to check a caller who said to be you",
        "Checking a caller was refused",
    ),
    "caller_check_closed": Said(
        "helpdesk", "The check of a caller ended", "Ending the check of a caller did not work"
    ),
    "caller_asked": Said(
        "helpdesk",
        "The helpdesk asked the caller for a proof",
        "Asking a caller for a proof did not work",
    ),
    "caller_proved": Said(
        "helpdesk",
        "The caller proved to be you",
        "A caller who said to be you could not prove it",
    ),
    "caller_vouched": Said(
        "helpdesk", "Somebody confirmed that the caller is you", "A confirmation was refused"
    ),
    "call_denied": Said(
        "helpdesk",
        "You told the helpdesk that the caller is not you",
        "Telling the helpdesk that the caller is not you did not work",
    ),
    "alarm_raised": Said(
        "helpdesk",
        "Something unusual was reported to the helpdesk",
        "Something unusual could not be reported",
    ),
    "approval_asked": Said(
        "helpdesk",
        "An operator asked a second one to agree to a change",
        "Asking a second operator was refused",
    ),
    "approval_given": Said(
        "helpdesk",
        "A second operator agreed to a change",
        "A second operator did not agree to a change",
    ),
    "approval_withdrawn": Said(
        "helpdesk",
        "An operator no longer asks for a change",
        "Withdrawing a change did not work",
    ),
    "glass_broken": Said(
        "helpdesk",
        "An operator acts without a second one, in an emergency",
        "Acting without a second operator was refused",
    ),
    "embed_ticket_issued": Said(
        "sign_ins",
        "Another application asked to show these pages",
        "Another application could not show these pages",
    ),
    "embed_opened": Said(
        "sign_ins",
        "These pages were opened within another application",
        "Opening these pages within another application was refused",
    ),
    "embed_closed": Said(
        "sign_ins",
        "Another application closed these pages",
        "Closing these pages did not work",
    ),
    "embed_client_added": Said(
        "changes",
        "Let an application show these pages",
        "Letting an application show these pages was refused",
    ),
    "embed_client_removed": Said(
        "changes",
        "Stopped an application from showing these pages",
        "Stopping an application from showing these pages did not work",
    ),
    "embed_key_made": Said(
        "changes",
        "Made a new key for an application that shows these pages",
        "Making a new key for an application did not work",
    ),
    "embed_keys_ended": Said(
        "changes",
        "Ended the older key of an application that shows these pages",
        "Ending the older key of an application did not work",
    ),
    "signed_out": Said("sign_ins", "Signed out", "Signing out did not work"),
    "signed_out_everywhere": Said(
        "sign_ins", "Signed out everywhere", "Signing out everywhere was refused"
    ),
    "reauthenticated": Said(
        "sign_ins",
        "Confirmed that it was you",
        "It was not confirmed that it was you",
    ),
    "limit_reached": Said(
        "sign_ins", "There were too many tries", "There were too many tries, so one was not taken"
    ),
    "guard_refused": Said(
        "sign_ins", "Something was stopped", "Something was stopped that was not allowed just then"
    ),
    "foreign_request": Said(
        "sign_ins", "Another site was stopped", "A request from another site was stopped"
    ),
    "csrf_refused": Said(
        "sign_ins", "A form was stopped", "A form was stopped that was too old or from elsewhere"
    ),
    "code_sent": Said("sign_ins", "A code was sent", "A code could not be sent"),
    "code_refused": Said("sign_ins", "A code was checked", "A wrong code was entered"),
    "preference_changed": Said(
        "changes", "Changed what we ask for", "A change of what we ask for was refused"
    ),
    "preference_kept": Said(
        "changes", "Saved what we ask for, without a change", "Saving what we ask for was refused"
    ),
    "preference_mismatch": Said(
        "changes",
        "The account did not say what you had asked for",
        "The account did not say what you had asked for",
    ),
    "drift_found": Said(
        "changes", "Changed outside these pages", "A change outside these pages was refused"
    ),
    "preference_repaired": Said(
        "changes", "Put back what we ask for", "Putting back what we ask for was refused"
    ),
    "method_tested": Said("sign_ins", "A method was tried", "Trying a method did not work"),
    "totp_enrolled": Said(
        "changes", "An authenticator app was added", "Adding an authenticator app was refused"
    ),
    "sms_enrolled": Said(
        "changes", "A phone for text messages was added", "Adding a phone was refused"
    ),
    "email_enrolled": Said(
        "changes", "An e-mail address for codes was added", "Adding an e-mail address was refused"
    ),
    "sms_change_asked": Said(
        "changes", "Another phone number was entered", "Another phone number was refused"
    ),
    "email_change_asked": Said(
        "changes", "Another e-mail address was entered", "Another e-mail address was refused"
    ),
    "phone_number_changed": Said(
        "changes", "The phone number was changed", "A change of the phone number was refused"
    ),
    "email_address_changed": Said(
        "changes", "The e-mail address was changed", "A change of the e-mail address was refused"
    ),
    "passkey_added": Said("changes", "A passkey was added", "Adding a passkey was refused"),
    "passkey_named": Said("changes", "A passkey was given a name", "Naming a passkey was refused"),
    "passkey_deleted": Said("changes", "A passkey was deleted", "Deleting a passkey was refused"),
    "passkey_instead_of_code": Said(
        "changes",
        "A passkey may be used instead of a code",
        "Using a passkey instead of a code was refused",
    ),
    "passkey_not_instead_of_code": Said(
        "changes",
        "A passkey is not used instead of a code any more",
        "No longer using a passkey instead of a code was refused",
    ),
    "recovery_codes_made": Said(
        "changes", "New recovery codes were made", "Making recovery codes was refused"
    ),
    "recovery_begun": Said(
        "changes",
        "The way back in was begun, and the old sign-in methods were removed",
        "Beginning the way back in was refused",
    ),
    "recovery_asked": Said(
        "changes",
        "Asked to set up a new sign-in method without the old ones, after a wait",
        "Asking for a new sign-in method was refused",
    ),
    "recovery_finished": Said(
        "changes", "The way back in was finished", "Finishing the way back in was refused"
    ),
    "recovery_closed": Said(
        "changes",
        "A way back in was not finished, and the account was closed to the password alone",
        "Closing the account to the password alone was refused",
    ),
    "recovery_codes_kept": Said(
        "changes",
        "Said that the recovery codes are kept",
        "Saying that the recovery codes are kept did not work",
    ),
    "not_me_said": Said(
        "changes", "Said “this was not me”", "Saying “this was not me” was refused"
    ),
    "sign_in_denied": Said(
        "sign_ins",
        "Told the sign-in service that a sign-in was not yours",
        "The sign-in service could not be told that a sign-in was not yours",
    ),
    "session_ended": Said("sign_ins", "Ended a session", "Ending a session was refused"),
    "browser_trusted": Said("changes", "A browser was trusted", "Trusting a browser was refused"),
    "password_was_reset": Said(
        "changes", "A new password was chosen", "Choosing a new password was refused"
    ),
    "device_forgotten": Said(
        "changes", "A device was forgotten", "Forgetting a device was refused"
    ),
    "all_devices_forgotten": Said(
        "changes", "All devices were forgotten", "Forgetting all devices was refused"
    ),
    "device_remembered": Said("changes", "A device was trusted", "Trusting a device was refused"),
    "device_not_remembered": Said(
        "changes", "A device is not trusted any more", "Ending the trust in a device was refused"
    ),
    "other_sessions_ended": Said(
        "sign_ins", "Ended all other sessions", "Ending all other sessions was refused"
    ),
}
# What was done to secure the account already.
NOT_ANSWERABLE = frozenset(
    {"not_me_said", "sign_in_denied", "signed_out", "signed_out_everywhere", "call_denied"}
)
UNKNOWN_ENDING = "{done} – we are not certain that it happened"


@dataclass(frozen=True)
class Entry:
    """One line of the history. reference: what the helpdesk can find it by."""

    at: datetime
    what: str
    detail: str
    outcome: str
    where: str
    by: str
    reference: str
    # Of an operator's act, in their words, and where their helpdesk keeps the rest.
    why: str = ""
    ticket: str = ""
    # Whether somebody may say that it was not them.
    answerable: bool = False
    # Recorded by the pool, and not by us; `reference` is the pool's.
    is_recorded: bool = False


@dataclass(frozen=True)
class Told:
    """One thing that happened, as the page of a notice's link repeats it."""

    at: datetime
    what: str


@dataclass(frozen=True)
class Page:
    """Some lines of the history; older: where the next page begins, if there is one."""

    entries: tuple[Entry, ...]
    older: datetime | None


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
    found = _together([_entry(each, person) for each in own], beside)
    shown = found[:PAGE_SIZE]
    older = shown[-1].at if len(found) > PAGE_SIZE else None
    return Page(tuple(shown), older)


def _together(own: Iterable[Entry], beside: Iterable[Entry]) -> list[Entry]:
    return list(merge(own, beside, key=lambda entry: entry.at, reverse=True))


def as_rows(person: SignedInPerson, beside: Iterable[Entry] = ()) -> Iterator[tuple[str, ...]]:
    """The whole history as rows of COLUMNS."""
    own = [_entry(each, person) for each in _read(person, EVERYTHING)]
    for entry in _together(own, beside):
        yield (
            entry.at.astimezone(UTC).isoformat(timespec="seconds"),
            _cell(f"{entry.what}: {entry.detail}" if entry.detail else entry.what),
            HOW_IT_ENDED[entry.outcome],
            _cell(entry.where),
            entry.by,
            entry.reference,
            _cell(entry.why),
            _cell(entry.ticket),
        )


def told(receipt: UUID | None) -> Told | None:
    """What a notice was about, for its page; None where the notice named no record of ours."""
    about = audit.event_named(receipt) if receipt else None
    if about is None or about.event not in SAID:
        return None
    return Told(about.created_at, SAID[about.event].done)


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
        bounds["events"] = {event for event, said in SAID.items() if said.kind == kind}
    return audit.past_events(person, since=since, **bounds)


def _entry(event: PastEvent, person: SignedInPerson) -> Entry:
    return Entry(
        at=event.created_at,
        what=_what(event),
        detail=_detail(event),
        outcome=event.outcome,
        where=notices.roughly_where(event.client_address),
        by=_by(event, person),
        reference=str(event.id),
        why=event.reason,
        ticket=event.ticket,
        answerable=event.outcome != "refused" and event.event not in NOT_ANSWERABLE,
    )


def _by(event: PastEvent, person: SignedInPerson) -> str:
    if event.event == "drift_found":
        return "somebody, by another way"
    return {person.sub: "you", "portal": "the portal"}.get(event.actor, "the helpdesk")


def _what(event: PastEvent) -> str:
    said = SAID[event.event]
    if event.outcome == "unknown":
        return UNKNOWN_ENDING.format(done=said.done)
    return said.refused if event.outcome == "refused" else said.done


def _detail(event: PastEvent) -> str:
    """What was asked for, or by which way a code went."""
    asked = event.detail.get("asked")
    if (
        event.event in {"preference_changed", "preference_repaired", "preference_mismatch"}
        and asked
    ):
        return _preference(asked)
    if event.event == "drift_found":
        return " ".join(drift.said(event.detail))
    known = event.factor in set(Factor)
    return (
        words.LABEL[Factor(event.factor)]
        if known and event.event.startswith(("code_", "bulk_"))
        else ""
    )


def _preference(asked: Mapping[str, Any]) -> str:
    activated = [words.LABEL[Factor(name)].lower() for name in asked["activated"]]
    if not activated:
        return "no second step"
    first = asked["preferred"]
    asks = f"first {words.LABEL[Factor(first)].lower()}" if first else "ask me each time"
    return f"{', '.join(activated)}; {asks}"
