"""The helpdesk: finding somebody, their page, every act, and what became of it."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts import devices
from accounts.cognito.self_service import Device, PoolSession
from accounts.models import Case, Recovery, RecoveryPass
from portal.factors.domain import Factor
from portal.helpdesk import compounds, menu, orders, plans, words
from portal.helpdesk.acts import Receipt, Revealed
from portal.helpdesk.compounds import Progress, Step
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.finding import Found, Kind
from portal.helpdesk.forms import ClosingForm, FindForm
from portal.helpdesk.history import Line
from portal.helpdesk.matrix import Act, Operator, Target, Tier, Why, refusals, rule_for
from portal.helpdesk.menu import GROUPS, Group, Item, RuleRow
from portal.helpdesk.models import Compound
from portal.styleguide import helpdesk_samples
from portal.styleguide.helpdesk_samples import (
    AGENT,
    FEDERATED,
    OPERATOR,
    TARGET,
    TICKET,
    dossier,
    someone,
)
from portal.styleguide.rows import LONG_AGO, NOBODYS
from portal.styleguide.samples import ADDRESS_SHOWN, NUMBER_SHOWN, RECEIPT, in_hours, looked_at
from portal.styleguide.states import state

ROOM = "helpdesk"
PRIVILEGED = Target(NOBODYS, Tier.PRIVILEGED, frozenset({"board"}), rank=2)


def page(name: str, template: str, make: Any) -> None:
    helpdesk_samples.page(ROOM, name, template, make)


# --- coming and going -------------------------------------------------------------------------

ENTER = "helpdesk/enter.html"
state(ROOM, "enter", ENTER, problem="", next="/helpdesk/")
state(ROOM, "enter-without-role", ENTER, problem="role", next="/helpdesk/")
state(ROOM, "enter-without-second-step", ENTER, problem="second_step", next="/helpdesk/")
page("leave", "leave", lambda: {"next": ""})
page("home", "home", lambda: {"form": FindForm()})
page("home-of-who-finds-nobody", "home", lambda: {"form": None})


def _not_allowed(sub: UUID | None) -> dict[str, Any]:
    return {"why": [_(words.WHY[Why.ROLE]), _(words.WHY[Why.RANK])], "sub": sub}


page("not-allowed", "not_allowed", lambda: _not_allowed(None))
page("not-allowed-to-somebody", "not_allowed", lambda: _not_allowed(RECEIPT))
page("out-of-reach", "out_of_reach", lambda: {"reasons": [_(words.WHY[Why.SELF])]})
page("not-possible", "not_possible", lambda: {"sub": RECEIPT, "reasons": [_(plans.WITHOUT_ONE)]})

# --- finding somebody -------------------------------------------------------------------------


def _found(*people: Found) -> dict[str, Any]:
    return {"form": FindForm(), "found": list(people), "by": Kind.NAME}


def _nobody_found() -> Found:
    return Found(NOBODYS, "nobody", "Nobody S•••", ADDRESS_SHOWN, NUMBER_SHOWN, "In use")


page("found", "find", lambda: _found(_nobody_found()))
page("found-nobody", "find", _found)
page("find-nothing-typed", "find", lambda: {"form": looked_at(FindForm({}))})

# --- somebody's page --------------------------------------------------------------------------

LINES = [
    Line(LONG_AGO, "An authenticator app was added.", "done", "themselves", "203.0.113.0/24"),
    Line(LONG_AGO, "A recovery pass was issued.", "unknown", "you", "", "Lost phone", TICKET),
    Line(LONG_AGO, "A code was wrong.", "refused", "themselves", "198.51.100.0/24"),
]


def _item(act: Act, operator: Operator, target: Target) -> Item:
    whys = refusals(act, operator, target)
    lasting = menu.lasting_of(whys)
    said = tuple(_(words.WHY[why]) for why in lasting or whys if why is not Why.CHECK)
    waits = not lasting and Why.CHECK in whys
    return Item(act, _(words.TITLE[act.value]), "#", said, is_open=not lasting, needs_check=waits)


def _menu(target: Target) -> list[Group]:
    return [
        Group(_(title), tuple(_item(act, OPERATOR, target) for act in acts))
        for title, acts in GROUPS
    ]


def _person(seen: Dossier) -> dict[str, Any]:
    groups = _menu(seen.target)
    return {
        "dossier": seen,
        "methods": menu.methods(seen),
        "channels": menu.channels(seen),
        "menu": groups,
        "check_is_missing": menu.check_is_missing(groups),
        "history": LINES,
    }


def _case(kind: str = "lost") -> Case:
    return Case(number="C-2042", sub=NOBODYS, kind=kind, ticket=TICKET, opened_at=LONG_AGO)


def _busy() -> Dossier:
    """Of whom there is something to tell in every line."""
    return dossier(
        target=PRIVILEGED,
        frozen_until=in_hours(24),
        open_cases=[_case()],
        passes=[RecoveryPass(ends_at=in_hours(24))],
        way_back=Recovery(begun_at=LONG_AGO),
        codes_left=None,
    )


page("person", "person", lambda: _person(dossier()))
page("person-with-all", "person", lambda: _person(_busy()))
page("person-disabled", "person", lambda: _person(dossier(who=someone(is_enabled=False))))
page("person-elsewhere", "person", lambda: _person(dossier(who=someone(federated_by=FEDERATED))))
page("history", "history", lambda: {"sub": RECEIPT, "lines": LINES})
page("history-empty", "history", lambda: {"sub": RECEIPT, "lines": []})


def _devices() -> dict[str, Any]:
    named = Device("sample", "Firefox on Linux", True, LONG_AGO, LONG_AGO)
    unnamed = Device("sample", "", False, LONG_AGO, LONG_AGO)
    return {"sub": RECEIPT, "devices": [named, unnamed]}


def _sessions() -> dict[str, Any]:
    known = PoolSession("sample", "TOKEN", "", LONG_AGO, LONG_AGO, "Firefox", "203.0.113.0/24")
    return {
        "sub": RECEIPT,
        "sessions": [known, PoolSession("sample", "SSO", "", LONG_AGO, LONG_AGO)],
    }


page("devices", "devices", _devices)
page("devices-none", "devices", lambda: {"sub": RECEIPT, "devices": []})
page("devices-not-listed", "devices", lambda: {"sub": RECEIPT, "devices": None})
page("sessions", "sessions", _sessions)
page("sessions-none", "sessions", lambda: {"sub": RECEIPT, "sessions": []})
page("sessions-not-listed", "sessions", lambda: {"sub": RECEIPT, "sessions": None})


def _rule(act: Act, target: Target) -> RuleRow:
    rule = rule_for(act, target.tier)
    return RuleRow(
        label=_(words.ACT[act]),
        who="senior" if rule else "",
        check=_(words.STRENGTH[rule.check]) if rule else "",
        approval=bool(rule and rule.approval),
        reasons=tuple(_(words.WHY[why]) for why in refusals(act, AGENT, target)),
    )


def _why_not(target: Target) -> dict[str, Any]:
    rows = [_rule(act, target) for act in menu.EXPLAINED]
    return {"sub": RECEIPT, "rows": rows, "target": target}


page("why-not", "why_not", lambda: _why_not(TARGET))
page("why-not-privileged", "why_not", lambda: _why_not(PRIVILEGED))

# --- the acts ---------------------------------------------------------------------------------


def _for(act: Act) -> Dossier:
    """An account to which this act can be done."""
    if act is Act.ENABLE:
        return dossier(who=someone(is_enabled=False))
    return dossier(frozen_until=in_hours(24) if act is Act.LIFT_FREEZE else None)


def _act(
    act: Act,
    typed: dict[str, str] | None = None,
    *,
    whys: tuple[Why, ...] = (),
    begun: Compound | None = None,
) -> dict[str, Any]:
    seen = _for(act)
    form = orders.form_of(act, seen, typed, begun=begun, ticket=TICKET)
    return {**orders.shown(act, seen, whys), "begun": begun, "form": looked_at(form)}


def _begun(act: Act, **taken: str) -> Compound:
    return Compound(
        act=act.value,
        sub=NOBODYS,
        reason="Lost phone",
        ticket=TICKET,
        begun_at=LONG_AGO,
        steps=taken,
    )


def _register_act(act: Act) -> None:
    page(f"act-{act.value.replace('_', '-')}", "act", lambda: _act(act))


for each in (*menu.LISTED, Act.REVEAL):
    _register_act(each)
page("act-mistyped", "act", lambda: _act(Act.TURN_OFF, {"ticket": "?", "drawn_from": "-"}))
page("act-locked", "act", lambda: _act(Act.REMOVE_APP, whys=(Why.CHECK, Why.APPROVAL)))
page("act-waits", "act", lambda: _act(Act.REMOVE_APP, whys=(Why.HOLD,)))
page("act-begun", "act", lambda: _act(Act.LOST_PHONE, begun=_begun(Act.LOST_PHONE)))
page("act-unread", "act_unread", lambda: _unread(Act.TURN_OFF))


def _unread(act: Act) -> dict[str, Any]:
    """While the account cannot be read, with what was typed."""
    typed = {"kind": "Lost phone", "ticket": TICKET, "method": Factor.SMS.value}
    shown = {"act": act.value, "title": _(words.TITLE[act.value]), "sub": NOBODYS}
    away = {"is_away": True, "wait_seconds": 10}
    return {**shown, "form": orders.form_again(act, typed), "not_asked": away}


def _receipt(outcome: str, *, as_asked: bool = True) -> dict[str, Any]:
    found = Receipt(RECEIPT, LONG_AGO, Act.TURN_OFF.value, outcome, dossier(), as_asked)
    return {
        "sub": RECEIPT,
        "receipt": found,
        "title": _(words.TITLE[found.act]),
        "now": plans.outlook(found.seen),
        "ended": _(words.DONE[outcome]),
    }


def _cut() -> dict[str, Any]:
    """Forgetting devices, of which some are left."""
    told = {"forgotten": devices.forgotten_in_words(2), "left": devices.left_in_words(1)}
    act = Act.FORGET_DEVICES.value
    found = Receipt(RECEIPT, LONG_AGO, act, "unknown", dossier(), as_asked=False)
    return {**_receipt("unknown"), "receipt": found, "title": _(words.TITLE[act]), **told}


def _steps(act: Act, *states: str, finished: bool = False) -> dict[str, Any]:
    """How far it came; states: of its first steps, the others are open."""
    found = compounds.STEPS[act]
    told = [*states, *["open"] * (len(found) - len(states))]
    compound = _begun(act)
    compound.finished_at = LONG_AGO if finished else None
    return {
        "sub": RECEIPT,
        "compound": compound,
        "title": _(words.TITLE[act.value]),
        "steps": [_progress(*each) for each in zip(found, told, strict=True)],
        "goes_on": "open" in told[:-1],
        "now": plans.outlook(dossier()),
    }


def _progress(step: Step, told: str) -> Progress:
    return Progress(step, _(compounds.SAID[step]), told)


page("receipt", "receipt", lambda: _receipt("done"))
page("receipt-not-certain", "receipt", lambda: _receipt("unknown"))
page("receipt-refused", "receipt", lambda: _receipt("refused"))
page("receipt-other-than-asked", "receipt", lambda: _receipt("done", as_asked=False))
page("receipt-cut", "receipt", _cut)
page("steps", "compound", lambda: _steps(Act.TAKEOVER, *["done"] * 6, finished=True))
page("steps-cut", "compound", lambda: _steps(Act.TAKEOVER, "done", "skipped"))
page("steps-wait-for-a-pass", "compound", lambda: _steps(Act.LOST_PHONE, *["done"] * 3))
NUMBER_IN_FULL = Revealed("Nora W•••", "phone_number", "+1 555 0100 456")
page("revealed", "revealed", lambda: {"sub": RECEIPT, "revealed": NUMBER_IN_FULL})


def _cases() -> dict[str, Any]:
    return {"cases": [_case(kind) for kind in Case.Kind.values]}


page("cases", "cases", _cases)
page("cases-none", "cases", lambda: {"cases": []})
page("case-close", "close_case", lambda: {"case": _case(), "form": ClosingForm()})
page(
    "case-close-mistyped",
    "close_case",
    lambda: {"case": _case(), "form": looked_at(ClosingForm({"closing": "n@example.com"}))},
)
