"""Changes for many people: planned, tried, agreed to, under way and over."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from portal.helpdesk.bulk import progress, services, words
from portal.helpdesk.bulk.forms import AddForm, DecisionForm, PlanForm
from portal.helpdesk.bulk.models import BulkChange
from portal.helpdesk.bulk.progress import Numbers
from portal.helpdesk.bulk.screens import Sample, Shown
from portal.styleguide import helpdesk_samples
from portal.styleguide.helpdesk_samples import TICKET
from portal.styleguide.rows import LONG_AGO
from portal.styleguide.samples import APP, RECEIPT, in_hours, looked_at

ROOM = "many-people"
State = BulkChange.State
NUMBERS = Numbers(
    given=0, planned=60, intended=2, done=30, skipped=6, refused=1, unknown=1, writes=62
)
BAR = {
    State.LOOKING: (40, 100),
    State.RUNNING: (32, 94),
    State.PAUSED: (32, 94),
    State.FINISHED: (94, 94),
}


def page(name: str, template: str, make: Any) -> None:
    helpdesk_samples.page(ROOM, name, f"bulk/{template}", make)


def _change(state: str, **more: Any) -> BulkChange:
    return BulkChange(
        id=RECEIPT,
        kind="prefer",
        factor=APP,
        reason="Text messages are given up.",
        ticket=TICKET,
        state=state,
        planned_by="operator",
        planned_at=LONG_AGO,
        expires_at=in_hours(24),
        **more,
    )


def _shown(change: BulkChange, *, is_mine: bool = True, is_expired: bool = False) -> Shown:
    said = words.EXPIRED if is_expired else words.STATE[change.state]
    return Shown(change, words.title(change), _(said), is_mine, is_expired)


def _page(change: BulkChange, *args: Any, **shown: bool) -> dict[str, Any]:
    reasons = words.said(words.REASON)
    return {
        "shown": _shown(change, **shown),
        "change": change,
        "numbers": NUMBERS,
        "bar": BAR.get(State(change.state)),
        "reasons": [(next(iter(reasons.values())), 6)],
        "sample": [Sample(1, "", ""), Sample(2, "SMS", "TOTP")],
        "takes": words.takes(62, 1.0),
        "left": words.left(62),
        "note": words.said(words.NOTE).get(change.note, ""),
        "whom": words.whom(change),
        "at_work": change.state in progress.AT_WORK,
        "cancellable": change.state in services.CANCELLABLE,
        "form": looked_at(DecisionForm(*args)),
    }


def _register_state(each: str) -> None:
    page(each, "change", lambda: _page(_change(each)))


for each in State.values:
    _register_state(each)
NOTED = next(iter(words.NOTE))
page("draft-of-a-group", "change", lambda: _page(_change("draft", group="staff")))
page("waiting-for-you", "change", lambda: _page(_change("waiting"), is_mine=False))
page(
    "waiting-without-words",
    "change",
    lambda: _page(_change("waiting"), {"decision": "refuse"}, is_mine=False),
)
page("waiting-too-long", "change", lambda: _page(_change("waiting"), is_expired=True))
page("paused-by-itself", "change", lambda: _page(_change("paused", note=NOTED)))
page(
    "refused-with-words",
    "change",
    lambda: _page(_change("refused", decision_words="Too many.", decided_at=LONG_AGO)),
)


def _list() -> dict[str, Any]:
    mine = [_shown(_change(each)) for each in State.values]
    return {"changes": [*mine, _shown(_change("waiting"), is_mine=False)]}


def _with_file() -> AddForm:
    """What a spreadsheet writes that was not told about UTF-8."""
    file = SimpleUploadedFile("list.csv", "username\nzoë\n".encode("latin-1"))
    return looked_at(AddForm({}, MultiValueDict({"file": [file]})))


page("changes", "list", _list)
page("changes-none", "list", lambda: {"changes": []})
page("plan", "plan", lambda: {"form": PlanForm()})
page("plan-mistyped", "plan", lambda: {"form": looked_at(PlanForm({"ticket": "?"}))})
page("add", "add", lambda: {"form": AddForm(), "change": _change("draft")})
page("add-nobody", "add", lambda: {"form": looked_at(AddForm({})), "change": _change("draft")})
page("add-file-refused", "add", lambda: {"form": _with_file(), "change": _change("draft")})
