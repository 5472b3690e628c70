"""Recovery codes, and the way back in of somebody who can use no method any more."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.recovery_codes import HOW_MANY, CodesState
from portal.factors import words
from portal.factors.domain import Factor
from portal.recovery.codes_views import FEW
from portal.recovery.forms import NOT_RIGHT, PasswordAgainForm, RecoveryCodeForm
from portal.recovery.views import NO_PASSWORD
from portal.styleguide.rows import LONG_AGO
from portal.styleguide.samples import in_hours, looked_at
from portal.styleguide.states import made, state

ROOM = "recovery"
CODES, START, ASK = "recovery/codes.html", "recovery/start.html", "recovery/ask.html"
CODE, NEXT = "recovery/code.html", "recovery/next.html"
# Of nobody: they open nothing.
SAMPLE_CODES = [f"AAAA-BBBB-CCCC-{number:04}" for number in range(HOW_MANY)]
COMING = {"signed_in_as": ""}

# --- the codes --------------------------------------------------------------------------------


def _codes(left: int, *, kept: bool = True) -> dict[str, Any]:
    found = CodesState(LONG_AGO, LONG_AGO if kept else None, left)
    few = left <= FEW
    return {"state": found, "used": HOW_MANY - left, "few": few, "how_many": HOW_MANY}


state(ROOM, "codes-none", CODES, state=None, used=0, few=False, how_many=HOW_MANY)
made(ROOM, "codes", CODES, lambda: _codes(HOW_MANY))
made(ROOM, "codes-not-kept", CODES, lambda: _codes(HOW_MANY, kept=False))
made(ROOM, "codes-few", CODES, lambda: _codes(2))
made(ROOM, "codes-used-up", CODES, lambda: _codes(0))
state(
    ROOM,
    "codes-made",
    "recovery/codes_made.html",
    codes=SAMPLE_CODES,
    plain="\n".join(SAMPLE_CODES),
    replaced=True,
)

# --- coming back ------------------------------------------------------------------------------


def _start(*args: Any, **more: Any) -> dict[str, Any]:
    said = {"password": _(NO_PASSWORD)} if args else {}
    form = looked_at(PasswordAgainForm(*args), **said)
    return {**COMING, "form": form, "continues": False, "pass": None, "may_ask": True, **more}


def _code(*args: Any, **said: str) -> dict[str, Any]:
    return {**COMING, "form": looked_at(RecoveryCodeForm(*args), **said)}


def _wrong_code() -> dict[str, Any]:
    return _code({"code": SAMPLE_CODES[0], "password": "x"}, code=str(NOT_RIGHT))


def _waiting() -> dict[str, Any]:
    waiting = {"opens_at": in_hours(24), "ends_at": in_hours(48)}
    return {**COMING, "waiting": waiting, "hours": 24}


def _next(*, is_on: bool) -> dict[str, Any]:
    methods = [
        (words.ICON[factor], words.label(factor), reverse(f"enrolment:{words.SLUG[factor]}"))
        for factor in Factor
    ]
    return {"is_on": is_on, "methods": methods, "until": in_hours(1)}


made(ROOM, "start", START, _start)
made(ROOM, "start-begun", START, lambda: _start(continues=True))
made(ROOM, "start-after-a-wait", START, lambda: _start(**{"pass": {"issued_by": "portal"}}))
made(ROOM, "start-by-helpdesk", START, lambda: _start(**{"pass": {"issued_by": "helpdesk"}}))
made(ROOM, "start-wrong-password", START, lambda: _start({"password": "x"}, continues=True))
made(ROOM, "code", CODE, _code)
made(ROOM, "code-missing", CODE, lambda: _code({}))
made(ROOM, "code-wrong", CODE, _wrong_code)
state(ROOM, "pair", "recovery/pair.html", **COMING, code="AAAA-BBBB")
state(ROOM, "ask", ASK, **COMING, waiting=None, hours=24)
made(ROOM, "ask-waiting", ASK, _waiting)
made(ROOM, "next", NEXT, lambda: _next(is_on=False))
made(ROOM, "next-on", NEXT, lambda: _next(is_on=True))
