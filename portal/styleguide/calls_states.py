"""A call: is it they, what is to be done, and the word of a second operator."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from accounts.codes import CodeForm
from portal.helpdesk import guide_views, guide_words, plans, words
from portal.helpdesk.check_forms import (
    BeginForm,
    DecisionForm,
    InPersonForm,
    PhraseForm,
    ReasonForm,
)
from portal.helpdesk.checks import Helper, Way
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.guide import Situation, script
from portal.helpdesk.matrix import Act, Strength, Target, Tier
from portal.helpdesk.models import Approval, CallerCheck, CallerProof
from portal.helpdesk.plans import Plan
from portal.styleguide import helpdesk_samples
from portal.styleguide.helpdesk_samples import (
    OPERATOR,
    TICKET,
    dossier,
    whom,
)
from portal.styleguide.rows import LONG_AGO, NOBODYS
from portal.styleguide.samples import ADDRESS_SHOWN, NUMBER_SHOWN, in_hours, looked_at

ROOM = "calls"


def page(name: str, template: str, make: Any) -> None:
    helpdesk_samples.page(ROOM, name, template, make)


# --- the check of a caller --------------------------------------------------------------------

HELPER = Helper("N. Nobody", "senior", "ABC DEF")
ASKED: dict[Way, type[forms.Form]] = {
    Way.EMAIL: CodeForm,
    Way.SMS: CodeForm,
    Way.PHRASE: PhraseForm,
}
WHERE = {Way.EMAIL: ADDRESS_SHOWN, Way.SMS: NUMBER_SHOWN, Way.PHRASE: ""}


def _way(way: Way, *, asked: bool) -> dict[str, Any]:
    proof = CallerProof(way=way.value, ends_at=in_hours(1)) if asked else None
    form = ASKED[way](auto_id=f"{way.value}_%s")
    return {"way": way, "to": WHERE[way], "asked": proof, "form": form}


def _check(*, asked: bool = False, **more: Any) -> dict[str, Any]:
    """Under way; asked: a proof of each kind."""
    number = "ACDE FHJK" if asked else ""
    return {
        "whom": whom(),
        "form": None,
        "begin": BeginForm(),
        "check": CallerCheck(ticket=TICKET, opened_at=LONG_AGO, ends_at=in_hours(1)),
        "helper": HELPER,
        "ways": [_way(way, asked=asked) for way in ASKED],
        "settling": [],
        "vouch": {"number": number, "asked": CallerProof(ends_at=in_hours(1))},
        "in_person": InPersonForm(auto_id="in_person_%s"),
        "strength": _(words.STRENGTH[Strength.NONE]),
        "until": None,
        **more,
    }


def _not_begun(*args: Any) -> dict[str, Any]:
    form = looked_at(BeginForm(*args))
    begun: dict[str, Any] = {"check": None, "helper": None, "ways": [], "vouch": None}
    return _check(**begun, begin=form, form=form if args else None)


def _settling() -> list[dict[str, Any]]:
    return [{"way": way, "until": in_hours(24)} for way in (Way.EMAIL, Way.SMS)]


def _wrong_answer() -> dict[str, Any]:
    values = _check(asked=True)
    form = CodeForm({"code": "123456"}, auto_id="sms_%s")
    wrong = looked_at(form, code=_(words.NOT_RIGHT))
    values["ways"][1]["form"] = wrong
    return {**values, "form": wrong}


def _proved() -> dict[str, Any]:
    said = _(words.STRENGTH[Strength.STRONG])
    return _check(strength=said, until=in_hours(1))


page("check", "check", _not_begun)
page("check-mistyped", "check", lambda: _not_begun({"ticket": "?"}))
page("check-begun", "check", _check)
page("check-asked", "check", lambda: _check(asked=True))
page("check-settling", "check", lambda: _check(settling=_settling()))
page("check-wrong-answer", "check", _wrong_answer)
page("check-proved", "check", _proved)

# --- a second operator ------------------------------------------------------------------------


def _asking(form: ReasonForm, **more: Any) -> dict[str, Any]:
    act = Act.REMOVE_APP
    plan: Plan = plans.plan(act, dossier(), plans.Choice())
    return {
        "act": act,
        "doing": _(words.ACT[act]),
        "whom": whom(),
        "form": form,
        "preview": plan.does,
        "needed": True,
        "hold_hours": 0,
        "check_missing": False,
        "check_words": _(words.STRENGTH[Strength.STRONG]),
        "may_break_glass": True,
        **more,
    }


def _row(state: str, **more: Any) -> dict[str, Any]:
    approval = Approval(
        act=Act.REMOVE_APP.value,
        sub=NOBODYS,
        state=state,
        reason="Lost phone",
        ticket=TICKET,
        asked_at=LONG_AGO,
        ends_at=in_hours(4),
        **more,
    )
    return {
        "approval": approval,
        "names": {"operator": "N. Nobody", "person": "Sample N•••"},
        "doing": _(words.ACT[Act.REMOVE_APP]),
        "state": _(words.APPROVAL_STATE[state]),
        "badge": words.APPROVAL_BADGE.get(state, "off"),
        "is_open": state == Approval.State.OPEN,
        "is_granted": state == Approval.State.GRANTED,
        "opens": in_hours(2) if state == Approval.State.GRANTED and more else None,
        "ways": [_(words.WAY[Way.PHRASE])],
        "tier": _(words.TIER[Tier.PRIVILEGED]),
        "preview": plans.plan(Act.REMOVE_APP, dossier(), plans.Choice()).does,
    }


def _queue() -> dict[str, Any]:
    mine = [_row(each) for each in words.APPROVAL_STATE]
    alone = _row("granted", broke_glass=True, words="Nobody was there.")
    return {"decides": True, "waiting": [_row("open")], "mine": [*mine, alone]}


def _decide(*args: Any, state: str = "open") -> dict[str, Any]:
    return {"row": _row(state), "form": looked_at(DecisionForm(*args))}


ASK, GLASS = "ask_approval", "break_glass"
page("approval-ask", ASK, lambda: _asking(ReasonForm()))
page("approval-mistyped", ASK, lambda: _asking(looked_at(ReasonForm({"ticket": "?"}))))
page("approval-waits", ASK, lambda: _asking(ReasonForm(), hold_hours=24))
page("approval-not-needed", ASK, lambda: _asking(ReasonForm(), needed=False))
page("approval-after-a-check", ASK, lambda: _asking(ReasonForm(), check_missing=True))
page("break-glass", GLASS, lambda: _asking(ReasonForm()))
page("break-glass-mistyped", GLASS, lambda: _asking(looked_at(ReasonForm({"ticket": "?"}))))
page("break-glass-after-a-check", GLASS, lambda: _asking(ReasonForm(), check_missing=True))
page("approvals", "approvals", _queue)
page("approvals-none", "approvals", lambda: {"decides": True, "waiting": [], "mine": []})
page("decide", "decide", _decide)
page("decide-without-words", "decide", lambda: _decide({"decision": "refuse"}))
page("decided", "decide", lambda: _decide(state="granted"))

# --- the guided desk --------------------------------------------------------------------------


def _guide() -> dict[str, Any]:
    return {"choices": [(each, guide_words.said(each).title) for each in Situation]}


def _script(situation: Situation, seen: Dossier | None, *, strength: str = "") -> dict[str, Any]:
    targets = [seen.target] if seen else [Target("", tier) for tier in Tier]
    said = guide_words.said(situation)
    return {
        "say": said.say,
        "said": said,
        "situation": situation.value,
        "scripts": [guide_views.drawn(script(situation, OPERATOR, each)) for each in targets],
        "dossier": seen,
        "sub": seen.subject.sub if seen else "",
        "strength": strength,
    }


def _register_script(situation: Situation) -> None:
    page(f"script-{situation.value}", "script", lambda: _script(situation, None))


page("guide", "guide", _guide)
for situation in Situation:
    _register_script(situation)
page("script-for-somebody", "script", lambda: _script(Situation.LOST_PHONE, dossier()))
page(
    "script-proved",
    "script",
    lambda: _script(Situation.LOST_PHONE, dossier(), strength=_(words.STRENGTH[Strength.STRONG])),
)
