"""What auditors, managers and administrators read: the audit, numbers, and what ails the pool."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.doctor import Finding, Grade
from accounts.models import AuditRecord
from accounts.trail import Finding as Break
from portal.helpdesk.audit_forms import AuditForm, PeriodForm
from portal.helpdesk.doctor_views import SHOWN
from portal.helpdesk.numbers import Table, Waiting
from portal.helpdesk.trails import Page, Whole
from portal.styleguide import helpdesk_samples
from portal.styleguide.helpdesk_samples import TICKET
from portal.styleguide.rows import LONG_AGO, NOBODYS
from portal.styleguide.samples import PHONE, RECEIPT, REFERENCE, looked_at

ROOM = "oversight"


def page(name: str, template: str, make: Any) -> None:
    helpdesk_samples.page(ROOM, name, template, make)


# --- the audit --------------------------------------------------------------------------------


def _record(number: int, outcome: str, **more: Any) -> AuditRecord:
    return AuditRecord(
        id=RECEIPT,
        created_at=LONG_AGO,
        event="helpdesk_turn_off",
        outcome=outcome,
        sub=NOBODYS,
        number=number,
        hash="sample",
        **{"actor": "operator", **more},
    )


def _whole_record(number: int) -> AuditRecord:
    return _record(
        number,
        "done",
        factor=PHONE,
        ticket=TICKET,
        reason="Lost phone",
        caller_check="phrase",
        approval="operator",
        client_address="203.0.113.0/24",
        request_id=REFERENCE,
        session_hash="sample",
        previous="sample",
        detail={"asked": {"activated": [PHONE.value], "preferred": None}},
    )


def _audit(typed: dict[str, str], *records: AuditRecord, older: int | None = None) -> Any:
    return {"form": looked_at(AuditForm(typed)), "page": Page(records, older), "asked": ""}


def _mistyped() -> dict[str, Any]:
    return {"form": looked_at(AuditForm({"since": "12026-05-03"})), "page": None, "asked": ""}


def _found() -> Any:
    own = _record(1, "intended", actor=NOBODYS)
    return _audit({}, _whole_record(2), own, older=1)


def _act(*findings: Break) -> dict[str, Any]:
    return {"act": Whole((_record(1, "intended"), _whole_record(2)), findings)}


page("audit", "audit", _found)
page("audit-nothing", "audit", lambda: _audit({"ticket": TICKET}))
page("audit-mistyped", "audit", _mistyped)
page("audit-act", "audit_row", _act)
page("audit-act-broken", "audit_row", lambda: _act(Break("pool", 2, "its hash is not its own")))

# --- the numbers ------------------------------------------------------------------------------


def _tables() -> list[Table]:
    by_day = (("2026-03-13", 4), ("2026-03-14", 7))
    by_act = (("Turn off text message", 3), ("Issue a recovery pass", 8))
    return [
        Table("days", "Acts of each day", "how many were done", "day", "acts", by_day),
        Table("acts", "Acts", "what was done", "act", "acts", by_act, in_words=True),
        Table("cases", "Cases", "what they were about", "case", "cases", ()),
    ]


def _numbers(days: str, waiting: Waiting) -> dict[str, Any]:
    form = looked_at(PeriodForm({"days": days}))
    return {"form": form, "days": 30, "tables": _tables(), "waiting": waiting}


page("numbers", "numbers", lambda: _numbers("30", Waiting(2, LONG_AGO, 3)))
page("numbers-nothing-waits", "numbers", lambda: _numbers("30", Waiting(0, None, 0)))
page("numbers-mistyped", "numbers", lambda: _numbers("x", Waiting(0, None, 0)))

# --- the pool ---------------------------------------------------------------------------------

FOUND = (
    Finding(Grade.ERROR, "sample-error", "Nobody can sign in.", "Turn on a sign-in flow."),
    Finding(Grade.WARNING, "sample-warning", "Sessions last a year.", "Make them shorter."),
    Finding(Grade.ADVICE, "sample-advice", "Sign-ins are not recorded.", "Turn on logging."),
)


def _doctor(*found: Finding) -> dict[str, Any]:
    grades = [
        {
            "title": _(title),
            "kind": kind,
            "findings": [each for each in found if each.grade is grade],
        }
        for grade, (title, kind) in SHOWN.items()
    ]
    return {"grades": grades, "count": len(found)}


page("pool", "doctor", lambda: _doctor(*FOUND))
page("pool-well", "doctor", _doctor)
