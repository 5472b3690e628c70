"""Tokens, codes, secrets, numbers and addresses: looked for at every step, wherever they could lie.

A step is an answer of the portal. After each, every table, every cached value, every session,
every line of log and the answer itself are searched for all that must not be there.
"""

import base64
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as portal
from django.core.cache import cache
from django.db import connection

from accounts import vault
from tests.clock import Clock
from tests.journeys.steps import ALL, APP, CONFIRM, OVERVIEW, SMS, session_of
from tests.people import App, People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("by_srp")


def _rows() -> Iterator[str]:
    """Every row of every model there is, whoever made it."""
    for model in apps.get_models():
        for row in model._default_manager.values():
            yield str(row)


def _cached() -> Iterator[str]:
    """Every value of the cache: sessions, held forms, locks."""
    if hasattr(cache, "_table"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT value FROM portal_cache")
            for (value,) in cursor.fetchall():
                yield base64.b64decode(value).decode("latin-1")
        return
    client = cache._cache.get_client()  # type: ignore[attr-defined]
    for key in client.scan_iter():
        yield client.get(key).decode("latin-1")


def _holds(text: str, canary: str) -> bool:
    """Whether it stands there by itself: a fraction of a second may have a code's six digits."""
    around = r"[0-9.]" if canary.isdigit() else r"(?!)"
    return re.search(rf"(?<!{around}){re.escape(canary)}(?![0-9])", text) is not None


class Lookout(Walker):
    """A person's browser that looks around after every answer.

    hidden: must be nowhere. shown: a secret that one page shows, and no log, store or address.
    """

    def __init__(self, logs: pytest.LogCaptureFixture) -> None:
        super().__init__()
        self.logs = logs
        self.hidden: set[str] = set()
        self.shown: set[str] = set()
        self.looked = 0

    def know(self, somebody: Somebody) -> None:
        self.hidden |= {somebody.password, somebody.phone, somebody.phone[3:], somebody.email}

    def code(self, code: str) -> str:
        self.hidden.add(code)
        return code

    def _arrive(self, response: Any, url: str) -> Page:
        page = super()._arrive(response, url)
        self.look(page.html, f"{page.url} {page.title} {dict(page.headers)}")
        return page

    def json(self, method: str, url: str, body: Any = None, *, token: bool = True) -> Any:
        response = super().json(method, url, body, token=token)
        self.look(response.content.decode(), str(dict(response.headers)))
        return response

    def look(self, body: str, around: str) -> None:
        self.looked += 1
        self._learn_tokens()
        kept = "\n".join((*_rows(), *_cached(), self.logs.text, around))
        for canary in self.hidden | self.shown:
            assert not _holds(kept, canary), f"{canary} is kept, logged or in an address"
        for canary in self.hidden:
            assert not _holds(body, canary), f"{canary} is on the page"
        cookies = " ".join(cookie.value for cookie in self.client.cookies.values())
        assert not any(canary in cookies for canary in self.hidden | self.shown)

    def _learn_tokens(self) -> None:
        if portal.SESSION_COOKIE_NAME not in self.client.cookies:
            return
        sealed = session_of(self).get("credentials")
        if sealed:
            self.hidden |= {text for text in vault.unseal(sealed).values() if text}


@pytest.fixture
def lookout(db: None, caplog: pytest.LogCaptureFixture) -> Lookout:
    caplog.set_level(logging.DEBUG)
    return Lookout(caplog)


def _sign_in(lookout: Lookout, somebody: Somebody) -> Page:
    lookout.open("/sign-in/")
    lookout.send("Sign in", login=somebody.username, password=lookout.code("Not-The-Password-1"))
    page = lookout.send("Sign in", login=somebody.username, password=somebody.password)
    if page.url == "/sign-in/choose/":
        page = lookout.send("Continue", factor=APP)
    if page.url == "/sign-in/code/":
        assert somebody.app
        lookout.send("Continue", code=lookout.code(somebody.app.wrong_code()))
        page = lookout.send("Continue", code=lookout.code(somebody.app.code()))
    return page


def test_setting_everything_up_leaves_nothing_lying(
    lookout: Lookout, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(TOK-04, SES-11, OTP-10, AUD-03, FAC-10) an app, a phone and a mailbox, wrong codes too."""
    nora = pool.make()
    lookout.know(nora)
    _sign_in(lookout, nora)
    lookout.open("/enrolment/totp/")
    # The one page that shows the secret: known to the lookout from the next step on.
    app = App(lookout.send("Show").secret)
    lookout.shown |= {app.secret}
    lookout.send("Turn on", code=lookout.code(app.wrong_code()))
    lookout.send("Turn on", code="12 34")
    assert lookout.send("Turn on", code=lookout.code(app.code())).status == 200
    lookout.hidden |= {app.secret}
    _text_and_mail(lookout, sandbox, nora)
    assert lookout.open("/").heading == OVERVIEW
    deliver_notices()
    lookout.open("/")
    assert lookout.looked > 15


def _text_and_mail(lookout: Lookout, sandbox: Sandbox, nora: Somebody) -> None:
    lookout.open("/enrolment/sms/")
    lookout.send("Send me a code", country="", number=nora.phone)
    lookout.send("Turn on", code=lookout.code("000000"))
    lookout.send("Send another code")
    right = lookout.code(sandbox.newest_code(nora.phone))
    assert lookout.send("Turn on", code=right).status == 200
    address = f"new-{nora.email}"
    lookout.open("/enrolment/email/")
    lookout.hidden |= {address}
    lookout.send("Send me a code", email=address)
    right = lookout.code(sandbox.newest_code(address))
    assert lookout.send("Turn on", code=right).status == 200


def test_using_it_leaves_nothing_lying(
    lookout: Lookout, pool: People, sandbox: Sandbox, clock: Clock
):
    """(TOK-04, SES-11, OTP-10, AUD-03, FAC-10) held forms, JSON, renewal, staying, leaving."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    lookout.know(ella)
    assert ella.app
    lookout.hidden |= {ella.app.secret}
    _sign_in(lookout, ella)
    state = lookout.json("GET", "/api/v1/mfa").json()["data"]
    change = {"activated": list(ALL), "preferred": SMS, "digest": state["digest"]}
    assert lookout.json("PUT", "/api/v1/mfa/preference", change).status_code == 200
    lookout.open("/preference/")
    clock.forward(minutes=6)
    assert lookout.send("Save", preferred=APP).heading == CONFIRM
    lookout.send("Continue", password=lookout.code("Not-The-Password-2"))
    lookout.send("Continue", password=ella.password)
    by_text = lookout.code(sandbox.newest_code(ella.phone))
    assert lookout.send("Continue", code=by_text).heading == "Saved"
    for _ in range(4):
        clock.forward(minutes=14)
        lookout.send("Stay signed in longer")
    clock.forward(minutes=5)
    assert lookout.open("/").heading == OVERVIEW
    lookout.open("/sign-out/everywhere/")
    assert lookout.looked > 15


def test_trouble_leaves_nothing_lying(lookout: Lookout, pool: People, sandbox: Sandbox):
    """(OTP-10, AUD-03, RES-01) what is written when something breaks."""
    nora = pool.make()
    lookout.know(nora)
    _sign_in(lookout, nora)
    lookout.open("/enrolment/totp/")
    app = App(lookout.send("Show").secret)
    lookout.shown |= {app.secret}
    form = lookout.page
    for kind, how in (
        ("reset", {}),
        ("throttle", {}),
        ("error", {"code": "InternalErrorException", "message": f"about {app.secret}"}),
        ("status", {"body": {}}),
    ):
        lookout.page = form
        with sandbox.trouble("VerifySoftwareToken", kind, **how):
            lookout.send("Turn on", code=lookout.code(app.code()))
    assert lookout.open("/").heading == OVERVIEW


def test_the_lookout_sees(lookout: Lookout, pool: People):
    """(TOK-04, OTP-10) each place, with something in it: an empty search means something."""
    nora = pool.make()
    lookout.know(nora)
    _sign_in(lookout, nora)
    places: list[Any] = [
        lambda: cache.set("found", {"code": "135790"}),
        lambda: logging.getLogger("accounts").warning("code 135790"),
        lambda: lookout.open("/?code=135790"),
    ]
    for place in places:
        lookout.hidden.discard("135790")
        lookout.logs.clear()
        cache.delete("found")
        place()
        lookout.hidden.add("135790")
        with pytest.raises(AssertionError, match="135790"):
            lookout.look("", lookout.page.url)
    lookout.logs.clear()
    with pytest.raises(AssertionError, match="on the page"):
        lookout.look("Your code: 135790", "")
