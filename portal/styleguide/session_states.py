"""The language, and leaving; the time that is left stands below every page."""

from datetime import timedelta
from typing import Any

from django.utils.translation import get_language

from accounts import languages
from portal.styleguide.samples import in_hours
from portal.styleguide.states import made, state

ROOM = "session"
LANGUAGE, EVERYWHERE = "session/language.html", "session/sign_out_everywhere.html"


def _language() -> dict[str, Any]:
    return {"languages": languages.names(), "now": get_language(), "next": "/"}


def _session(*, is_final: bool) -> dict[str, Any]:
    left = timedelta(hours=1)
    until = in_hours(1)
    at_most = until if is_final else until + left
    session = {"until": until, "at_most": at_most, "is_final": is_final, "seconds_left": 3600}
    return {"session": session, "changes_until": until}


made(ROOM, "language", LANGUAGE, _language)
state(ROOM, "sign-out-everywhere", EVERYWHERE)
made(ROOM, "time-left", EVERYWHERE, lambda: _session(is_final=False))
made(ROOM, "time-left-at-most", EVERYWHERE, lambda: _session(is_final=True))
