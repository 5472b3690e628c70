"""Where somebody is signed in, what they trust, what happened, and "this was not me"."""

from typing import Any

from django.utils.translation import gettext as _

from portal.activity import timeline
from portal.activity.devices import UNKNOWN_DEVICE, KnownDevice
from portal.activity.forms import HistoryForm
from portal.activity.said import EVERYTHING, SAID
from portal.activity.services import OpenSession
from portal.activity.sign_ins import NOT_NOW
from portal.activity.timeline import Page, Told
from portal.styleguide.rows import LONG_AGO, entries
from portal.styleguide.samples import frozen, in_hours
from portal.styleguide.states import made, made_by, state

ROOM = "activity"
SESSIONS, DEVICES = "activity/sessions.html", "activity/devices.html"
HISTORY, NOT_ME = "activity/history.html", "activity/not_me.html"
DONE = "activity/not_me_done.html"
APP, PLACE = "Demo sign-in settings", "203.0.113.0/24"


def _session(name: str, *, is_this_one: bool) -> OpenSession:
    return OpenSession("sample", name, APP, PLACE, LONG_AGO, LONG_AGO, is_this_one)


def _sessions(*, others: bool) -> dict[str, Any]:
    found = [_session("Firefox on Linux", is_this_one=True)]
    more = [_session("Safari on iPhone", is_this_one=False)]
    return {"sessions": found + more if others else found, "others": others}


made(ROOM, "sessions", SESSIONS, lambda: _sessions(others=True))
made(ROOM, "sessions-this-one", SESSIONS, lambda: _sessions(others=False))
state(ROOM, "sessions-not-listed", SESSIONS, sessions=None, others=False)


def _device(name: str, *, trusted: bool, here: bool) -> KnownDevice:
    return KnownDevice(
        key="sample",
        name=name,
        place=PLACE if here else "",
        added_at=LONG_AGO,
        last_used_at=LONG_AGO,
        is_trusted=trusted,
        can_be_trusted=not here,
        is_this_one=here,
    )


def _devices() -> dict[str, Any]:
    this_one = _device("Firefox on Linux", trusted=True, here=True)
    return {"devices": [this_one, _device(_(UNKNOWN_DEVICE), trusted=False, here=False)]}


made(ROOM, "devices", DEVICES, _devices)
state(ROOM, "devices-none", DEVICES, devices=[])
state(ROOM, "devices-not-remembered", DEVICES, devices=None)


def _history(asked: dict[str, str] | None = None, **page: Any) -> dict[str, Any]:
    form = HistoryForm(asked, initial={"kind": EVERYTHING})
    return {"form": form, "page": Page(**{"entries": (), "older": None, **page})}


def _whole_history() -> dict[str, Any]:
    return _history(entries=tuple(entries()), older=LONG_AGO)


made(ROOM, "history", HISTORY, _whole_history)
made(ROOM, "history-empty", HISTORY, _history)
made(ROOM, "history-wrong-kind", HISTORY, lambda: _history({"kind": "x"}))
made(
    ROOM,
    "history-not-all",
    HISTORY,
    lambda: _history(note=_(NOT_NOW)),
)
made_by(ROOM, "history-frozen", HISTORY)(
    lambda request: {**_whole_history(), "request": frozen(request)}
)


def _not_me(*, inside: bool, named: bool = True) -> dict[str, Any]:
    about = Told(LONG_AGO, _(SAID["totp_enrolled"].done)) if named else None
    return {"about": about, "lasts": timeline.hours_frozen(), "inside": inside}


def _done(new_password: str, *, signed_out: bool = True) -> dict[str, Any]:
    return {
        "number": "C-2042",
        "until": in_hours(24),
        "signed_out": signed_out,
        "new_password": new_password,
        **OUTSIDE,
    }


OUTSIDE = {"signed_in_as": ""}
made(ROOM, "not-me", NOT_ME, lambda: _not_me(inside=True))
made(ROOM, "not-me-by-link", NOT_ME, lambda: {**_not_me(inside=False), **OUTSIDE})
made(ROOM, "not-me-of-nothing", NOT_ME, lambda: {**_not_me(inside=False, named=False), **OUTSIDE})
made(ROOM, "not-me-done", DONE, lambda: _done("here"))
made(ROOM, "not-me-done-here-alone", DONE, lambda: _done("here", signed_out=False))
made(ROOM, "not-me-done-password-there", DONE, lambda: _done("there"))
made(ROOM, "not-me-done-password-asking", DONE, lambda: _done("asking"))
state(ROOM, "not-me-gone", "activity/not_me_gone.html", **OUTSIDE)
