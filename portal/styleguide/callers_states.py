"""The other end of a call of the helpdesk: who is it, and do I know them?"""

from typing import Any

from django.utils.translation import gettext as _

from portal.helpdesk.caller_forms import NumberForm, VouchForm
from portal.helpdesk.caller_views import MAY_NOT, NOTHING_THERE
from portal.helpdesk.callers import Call
from portal.helpdesk.checks import Helper
from portal.styleguide.rows import LONG_AGO
from portal.styleguide.samples import looked_at
from portal.styleguide.states import made, state

ROOM = "callers"
MINE, WHO, VOUCH = "callers/my_call.html", "callers/who.html", "callers/vouch.html"
CALL = Call(Helper("N. Nobody", "first line", "ABCDEF"), "HD-2042", LONG_AGO)
WITH_PHRASE = Call(CALL.helper, CALL.ticket, CALL.since, "green lamp over the river")
SHORT, LONG = {"number": "ACDEFH"}, {"number": "ACDEFHJK"}

state(ROOM, "no-call", MINE, calls=[], came_by_device=False)
state(ROOM, "call", MINE, calls=[CALL], came_by_device=False)
state(ROOM, "call-with-phrase", MINE, calls=[WITH_PHRASE], came_by_device=False)
state(ROOM, "call-trusted-browser", MINE, calls=[CALL], came_by_device=True)


def _who(*args: Any, call: Call | None = None, **said: str) -> dict[str, Any]:
    return {"form": looked_at(NumberForm(*args), **said), "call": call, "signed_in_as": ""}


def _vouch(*args: Any, asked: bool = False, **said: str) -> dict[str, Any]:
    found = {"whom": {"name": "Sample N•••"}, "call": CALL} if asked else None
    return {"form": looked_at(VouchForm(*args), **said), "vouch": found}


made(ROOM, "who", WHO, _who)
made(ROOM, "who-true", WHO, lambda: _who(SHORT, call=CALL))
made(ROOM, "who-mistyped", WHO, lambda: _who({"number": "12"}))
made(ROOM, "who-unknown", WHO, lambda: _who(SHORT, number=_(NOTHING_THERE)))
made(ROOM, "vouch", VOUCH, _vouch)
made(ROOM, "vouch-asked", VOUCH, lambda: _vouch(LONG, asked=True))
made(ROOM, "vouch-mistyped", VOUCH, lambda: _vouch({"number": "12"}))
made(ROOM, "vouch-may-not", VOUCH, lambda: _vouch(LONG, number=_(MAY_NOT)))
