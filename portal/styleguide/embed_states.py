"""Applications that embed the portal, and those pages of a frame that can be seen without one."""

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.embed.check import PERMISSIONS, judge
from portal.embed.client_forms import PAGE, ChangeForm, ClientForm
from portal.embed.models import EmbedKey
from portal.styleguide.rows import LONG_AGO
from portal.styleguide.samples import ADDRESS_SHOWN, looked_at
from portal.styleguide.states import made, state

ROOM = "embed"
CHECK, LIST = "embed/check.html", "embed/clients/list.html"
ADD, CHANGE = "embed/clients/add.html", "embed/clients/change.html"
ORIGIN = "https://app.example.com"
KEYS = [
    EmbedKey(pk=2, created_at=LONG_AGO, last_used_at=None),
    EmbedKey(pk=1, created_at=LONG_AGO, last_used_at=LONG_AGO),
]
CLIENT = SimpleNamespace(
    name="sample-app",
    origins=[ORIGIN],
    app_clients=["sampleappclient"],
    pages=["overview", "passkeys"],
    keys=SimpleNamespace(all=KEYS),
)

# --- of a frame -------------------------------------------------------------------------------

state(ROOM, "lobby", "embed/lobby.html", origins=[ORIGIN], lobby="sample-page", client=CLIENT)
state(ROOM, "over", "embed/over.html")
state(ROOM, "window", "embed/window.html", who=ADDRESS_SHOWN, host=ORIGIN)
state(ROOM, "window-done", "embed/window_done.html")
state(ROOM, "window-gone", "embed/window_gone.html")
state(ROOM, "elsewhere", "embed/elsewhere.html", address="#")
state(ROOM, "prove", "embed/prove.html", by_password=True, next="/")
state(ROOM, "prove-where-one-signs-in", "embed/prove.html", by_password=False, next="/")


def _check(origin: str, *, known: bool = True) -> dict[str, Any]:
    return {
        "client": CLIENT if known else None,
        "origins": CLIENT.origins,
        "verdict": judge(origin, CLIENT.origins, CLIENT.name) if origin else None,
        "permissions": PERMISSIONS,
        "origin": origin,
        "portal": settings.PORTAL_URL,
        "now": timezone.now(),
    }


made(ROOM, "check", CHECK, lambda: _check(""))
made(ROOM, "check-unknown", CHECK, lambda: _check("", known=False))
made(ROOM, "check-registered", CHECK, lambda: _check(ORIGIN))
made(ROOM, "check-other-origin", CHECK, lambda: _check("https://example.org"))

# --- the applications -------------------------------------------------------------------------


def _list(*, is_on: bool) -> dict[str, Any]:
    pages = [_(PAGE[page]) for page in CLIENT.pages]
    return {"shown": [{"client": CLIENT, "pages": pages}], "is_on": is_on}


def _add(*args: Any) -> dict[str, Any]:
    return {"form": looked_at(ClientForm(*args))}


def _change(typed: dict[str, Any] | None = None) -> dict[str, Any]:
    now = {"origins": ORIGIN, "pages": CLIENT.pages, "was": "sample"}
    return {"client": CLIENT, "form": looked_at(ChangeForm(typed, initial=now))}


def _confirm() -> dict[str, Any]:
    typed = {"origins": ["https://new.example.com"], "pages": ["overview"], "was": "sample"}
    differs = {"gone": [ORIGIN], "new": typed["origins"], "hidden": [_(PAGE["passkeys"])]}
    return {"client": CLIENT, "typed": typed, "differs": differs}


made(ROOM, "clients", LIST, lambda: _list(is_on=True))
made(ROOM, "clients-off", LIST, lambda: _list(is_on=False))
state(ROOM, "clients-none", LIST, shown=[], is_on=True)
made(ROOM, "client-add", ADD, _add)
made(ROOM, "client-add-wrong", ADD, lambda: _add({"name": "Not So", "origins": "http://x"}))
made(ROOM, "client-change", CHANGE, _change)
made(ROOM, "client-change-wrong", CHANGE, lambda: _change({"origins": "*", "was": "sample"}))
made(ROOM, "client-change-confirm", "embed/clients/change_confirm.html", _confirm)
state(ROOM, "client-key", "embed/clients/key.html", name=CLIENT.name, key="sample-key-of-nobody")
state(ROOM, "client-make-key", "embed/clients/make_key.html", client=CLIENT, keys=KEYS)
state(ROOM, "client-end-older", "embed/clients/end_older.html", client=CLIENT, keys=KEYS)
state(ROOM, "client-remove", "embed/clients/remove.html", client=CLIENT)
state(ROOM, "clients-not-allowed", "embed/clients/not_allowed.html")
