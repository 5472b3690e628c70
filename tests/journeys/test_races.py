"""Everything at once: a portal with threads, a real database, and a barrier (QA-04).

SQLite on disk with the cache in it; in a run for PostgreSQL and Redis, those (DATABASE_URL).
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from accounts.limits import PROOFS
from tests.browser.portal_process import Portal, running_portal
from tests.http_walker import HttpWalker, all_at_once
from tests.journeys.steps import ALL, APP, EMAIL, OVERVIEW, SMS, calls_counted
from tests.journeys.way_back import GO, NEXT, set_up_app
from tests.people import App, People, Somebody
from tests.sandbox_process import Sandbox
from tests.ship import stores

SAVE = "/api/v1/mfa/preference"
CLIENT = "demoportaloptional00000001"


@pytest.fixture(scope="module")
def portal(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    data: Path = tmp_path_factory.mktemp("races")
    pool = {"pool": "Optional1", "client_id": CLIENT, "PORTAL_RECOVERY": "true"}
    with _stores() as stores, running_portal(sandbox, data, **pool, **stores) as running:
        yield running


@contextmanager
def _stores() -> Iterator[dict[str, str]]:
    """A database of its own on the server that the run is for; else what the portal brings."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        yield {}
        return
    with stores.postgresql() as own:
        yield {
            "DATABASE_URL": own,
            "CACHE_URL": os.environ.get("CACHE_URL", "dbcache://portal_cache"),
        }


@pytest.fixture
def people(sandbox: Sandbox, portal: Portal) -> People:
    return People(sandbox, portal.pool_id)


def _ella(people: People, portal: Portal) -> tuple[Somebody, HttpWalker]:
    ella = people.make(phone=True, app=True, on=ALL, preferred=APP)
    walker = HttpWalker(portal.url)
    walker.sign_in(ella)
    return ella, walker


@pytest.mark.parametrize("round_", range(3))
def test_of_many_changes_at_once_one_is_made_whole(
    people: People, portal: Portal, sandbox: Sandbox, round_: int
):
    """(FAC-03) never nothing on, never preferred and off, and nobody overwrites anybody."""
    ella, walker = _ella(people, portal)
    digest = walker.json("GET", "/api/v1/mfa").json()["data"]["digest"]
    wanted = [([APP], APP), ([SMS], SMS), ([EMAIL], EMAIL), ([APP, SMS], SMS), ([EMAIL, SMS], None)]
    acts: list[Callable[[], Any]] = [
        partial(
            walker.same_browser().json,
            "PUT",
            SAVE,
            {"activated": activated, "preferred": preferred, "digest": digest},
        )
        for activated, preferred in wanted
    ]
    with calls_counted(sandbox) as calls:
        answers = all_at_once(acts)
    made = [which for which, answer in enumerate(answers) if answer.status_code == 200]
    assert len(made) == 1
    assert {answer.status_code for answer in answers} == {200, 409}
    assert calls["SetUserMFAPreference"] == 1
    activated, preferred = wanted[made[0]]
    assert (people.on(ella), people.preferred(ella)) == (set(activated), preferred)


def test_twenty_times_the_same_key_at_once_is_one_change(
    people: People, portal: Portal, sandbox: Sandbox
):
    """(RES-05, QA-04) a program that repeats what it heard no answer to."""
    ella, walker = _ella(people, portal)
    digest = walker.json("GET", "/api/v1/mfa").json()["data"]["digest"]
    body = {"activated": [APP, SMS], "preferred": SMS, "digest": digest}
    key = {"Idempotency-Key": "one-key-for-all"}
    with calls_counted(sandbox) as calls:
        answers = all_at_once(
            [partial(walker.same_browser().json, "PUT", SAVE, body, headers=key) for _ in range(20)]
        )
    assert {answer.status_code for answer in answers} <= {200, 409}
    made = [answer.json()["data"]["id"] for answer in answers if answer.status_code == 200]
    assert len(set(made)) == 1
    assert calls["SetUserMFAPreference"] == 1
    assert people.preferred(ella) == SMS


def test_a_refusal_that_is_sent_again_at_once_is_a_refusal(people: People, portal: Portal):
    """(RES-05) a refusal gives its key back, just while others ask for that key."""
    ella, walker = _ella(people, portal)
    body = {"activated": [APP], "preferred": APP}
    headers = {"Idempotency-Key": "refused-and-free-again", "If-Match": '"old"'}
    acts = [
        partial(walker.same_browser().json, "PUT", SAVE, body, headers=headers) for _ in range(20)
    ]
    answers = [each for _ in range(3) for each in all_at_once(acts)]
    assert {answer.status_code for answer in answers} <= {409, 412}
    assert people.on(ella) == set(ALL)


def test_of_twenty_writers_with_one_etag_one_is_first(
    people: People, portal: Portal, sandbox: Sandbox
):
    """(FAC-03, QA-04) If-Match under a race: what was decided on another state is refused."""
    ella, walker = _ella(people, portal)
    etag = walker.json("GET", "/api/v1/mfa").headers["ETag"]
    pairs = ([APP, SMS], [APP, EMAIL], [SMS, EMAIL])
    wanted = [(pair, first) for pair in pairs for first in (*pair, None)]
    bodies = [{"activated": on, "preferred": first} for on, first in (wanted * 3)[:20]]
    acts = [
        partial(walker.same_browser().json, "PUT", SAVE, body, headers={"If-Match": etag})
        for body in bodies
    ]
    with calls_counted(sandbox) as calls:
        answers = all_at_once(acts)
    assert {answer.status_code for answer in answers} <= {200, 409, 412}
    taken = [
        body
        for body, answer in zip(bodies, answers, strict=True)
        if answer.status_code == 200 and answer.json()["data"]["changed"]
    ]
    # Whoever asked for just that is told that it is so (RES-05).
    assert len(taken) == 1
    assert calls["SetUserMFAPreference"] == 1
    now = (people.on(ella), people.preferred(ella))
    assert now == (set(taken[0]["activated"] or ()), taken[0]["preferred"])


def _found_elsewhere(walker: HttpWalker) -> int:
    lines = walker.open("/activity/").soup.select(".timeline-what")
    return sum("Changed outside these pages" in line.get_text() for line in lines)


def test_a_change_elsewhere_is_found_once_by_many_pages(people: People, portal: Portal):
    """(AUD-01) eight pages at once read the same account; and a save here is no such change."""
    ella, walker = _ella(people, portal)
    walker.open("/")
    people.prefer(ella, (SMS,), SMS)
    all_at_once([partial(walker.same_browser().open, "/") for _ in range(8)])
    assert _found_elsewhere(walker) == 1
    digest = walker.json("GET", "/api/v1/mfa").json()["data"]["digest"]
    body = {"activated": [APP, SMS], "preferred": APP, "digest": digest}
    save = partial(walker.same_browser().json, "PUT", SAVE, body)
    looks = [partial(walker.same_browser().open, "/") for _ in range(7)]
    answer, *_ = all_at_once([save, *looks])
    assert answer.status_code == 200
    walker.open("/")
    assert _found_elsewhere(walker) == 1


def test_two_tabs_cannot_turn_off_the_last_two_unseen(people: People, portal: Portal):
    """(FAC-01, FAC-03) each tab turns off what the other still believes to be on."""
    ella = people.make(phone=True, app=True, on=(APP, SMS))
    walker = HttpWalker(portal.url)
    walker.sign_in(ella)
    tabs = []
    for slug in ("totp", "sms"):
        tab = walker.same_browser()
        tab.open(f"/turn-off/{slug}/")
        tabs.append(tab)
    pages = all_at_once([partial(tab.send, "Turn off") for tab in tabs])
    assert sorted(page.status for page in pages) == [200, 409]
    assert len(people.on(ella)) == 1


def test_the_same_press_twice_at_once_has_one_effect(
    people: People, portal: Portal, sandbox: Sandbox
):
    """(RES-05) a double click."""
    ella, walker = _ella(people, portal)
    walker.open("/preference/")
    tabs = [walker.same_browser(), walker.same_browser()]
    with calls_counted(sandbox) as calls:
        pages = all_at_once([partial(tab.send, "Save", preferred=SMS) for tab in tabs])
    assert [page.heading for page in pages] == ["Saved", "Saved"]
    assert calls["SetUserMFAPreference"] == 1
    assert people.preferred(ella) == SMS


def test_one_code_lets_one_in(people: People, portal: Portal):
    """(OTP-01) the same code from six sign-ins of the same person."""
    tom = people.make(app=True, on=(APP,))
    walkers = [HttpWalker(portal.url) for _ in range(6)]
    for walker in walkers:
        walker.open("/sign-in/")
        walker.send("Sign in", login=tom.username, password=tom.password)
    assert tom.app
    code = tom.app.code()
    pages = all_at_once([partial(walker.send, "Continue", code=code) for walker in walkers])
    assert [page.heading for page in pages].count(OVERVIEW) == 1


def test_a_proof_sent_twice_at_once_sets_up_one_app(people: People, portal: Portal):
    """(RES-05) both answers are true, and the app is on."""
    nora = people.make()
    walker = HttpWalker(portal.url)
    walker.sign_in(nora)
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    code = app.code()
    tabs = [walker.same_browser(), walker.same_browser()]
    pages = all_at_once([partial(tab.send, "Turn on", code=code) for tab in tabs])
    assert all(page.status in {200, 422} for page in pages)
    assert any(page.heading == "Authenticator app is on" for page in pages)
    assert people.on(nora) == {APP}


def test_many_tabs_renew_once(people: People, portal: Portal, sandbox: Sandbox):
    """(TOK-07) a refresh token that rotates would be called stolen if it were spent twice."""
    nora = people.make()
    walker = HttpWalker(portal.url)
    with sandbox.later(-3600 + 40):  # what is issued now lives for forty seconds more
        walker.sign_in(nora)
    slow = sandbox.trouble("GetTokensFromRefreshToken", "delay", seconds=0.5)
    with slow, calls_counted(sandbox) as calls:
        tabs = [walker.same_browser() for _ in range(6)]
        pages = all_at_once([partial(tab.open, "/") for tab in tabs])
    assert [page.heading for page in pages] == [OVERVIEW] * 6
    assert calls["GetTokensFromRefreshToken"] == 1


def test_many_tabs_open_at_once(people: People, portal: Portal, sandbox: Sandbox):
    """One GetUser each, and nobody waits for a lock to read."""
    _, walker = _ella(people, portal)
    with calls_counted(sandbox) as calls:
        tabs = [walker.same_browser() for _ in range(8)]
        pages = all_at_once([partial(tab.open, "/") for tab in tabs])
    assert [page.heading for page in pages] == [OVERVIEW] * 8
    assert calls["GetUser"] == 8


def test_of_fifty_guesses_at_once_the_limit_reaches_the_pool(
    people: People, portal: Portal, sandbox: Sandbox
):
    """(OTP-03) counted before the check, in one statement: nobody slips through (QA-04)."""
    nora = people.make()
    walker = HttpWalker(portal.url)
    walker.sign_in(nora)
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    wrong = app.wrong_code()
    tabs = [walker.same_browser() for _ in range(50)]
    with calls_counted(sandbox) as calls:
        pages = all_at_once([partial(tab.send, "Turn on", code=wrong) for tab in tabs])
    assert calls["VerifySoftwareToken"] == PROOFS.free
    # Each got an answer: refused by the pool, made to wait, or behind the others at the lock.
    assert {page.status for page in pages} <= {409, 422}


def _codes(people: People, portal: Portal) -> tuple[Somebody, list[str]]:
    """Somebody with an app and the recovery codes that a page has shown them."""
    ella = people.make(app=True, on=(APP,))
    walker = HttpWalker(portal.url)
    walker.sign_in(ella)
    walker.open("/recovery/codes/")
    page = walker.send("Make recovery codes")
    return ella, [code.get_text() for code in page.soup.select(".codes-list code")]


def _before(question: str, ella: Somebody, browsers: list[HttpWalker]) -> None:
    """Each browser gave the right password, and stands where the second proof is asked for."""
    for browser in browsers:
        browser.open("/sign-in/")
        browser.send("Sign in", login=ella.username, password=ella.password)
        browser.open(question)


def test_of_twenty_uses_of_one_recovery_code_at_once_one_wins(
    people: People, portal: Portal, sandbox: Sandbox
):
    """(REC-03, QA-04) in twenty browsers that know the password, too."""
    ella, codes = _codes(people, portal)
    browsers = [HttpWalker(portal.url) for _ in range(20)]
    _before("/recovery/code/", ella, browsers)
    with calls_counted(sandbox) as calls:
        typed = {"code": codes[0], "password": ella.password}
        pages = all_at_once([partial(each.send, GO, **typed) for each in browsers])
    assert [page.heading for page in pages].count(NEXT) == 1
    assert {page.status for page in pages} <= {200, 409, 422}
    # Each has looked whether the portal may, on nobody; one has done it.
    assert calls["AdminDeleteSoftwareToken"] == calls["AdminResetUserPassword"] + 1
    assert people.on(ella) == set()


USES = """
from threading import Barrier
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from accounts import passes
from accounts.subjects import Subject
somebody, browser, start = Subject("pool", "sub"), "b" * 64, Barrier(20)
passes.pair(somebody, passes.begin_pairing(somebody, browser), issued_by="olga")
found = passes.open_in(somebody, browser)
def use(_):
    connection.ensure_connection()
    start.wait(timeout=30)
    try:
        return passes.use(found)
    finally:
        connection.close()
with ThreadPoolExecutor(20) as threads:
    print("won:", sum(threads.map(use, range(20))))
"""


def test_of_twenty_uses_of_one_pass_at_once_one_wins(portal: Portal):
    """(REC-03, QA-04) each by a connection of its own to the portal's database.

    By its pages one browser alone may use a pass, and goes on in all its tabs once it has.
    """
    assert "won: 1" in portal.manage("shell", "-c", USES).splitlines()


def test_a_portal_that_is_killed_leaves_a_way_back_that_goes_on(
    people: People, portal: Portal, sandbox: Sandbox
):
    """(RES-06, REC-01) a real death, while the pool removes the old app."""
    ella, codes = _codes(people, portal)
    browser = HttpWalker(portal.url)
    _before("/recovery/code/", ella, [browser])
    sandbox.forget_calls()
    with sandbox.trouble("AdminDeleteSoftwareToken", "silence", seconds=1):
        sending = Thread(target=_send_into_the_void, args=(browser, codes[0], ella.password))
        sending.start()
        # The first one is tried on nobody.
        _wait_until(lambda: sandbox.count_calls().get("AdminDeleteSoftwareToken") == 2)
        portal.kill_workers()
        sending.join()
    _wait_until(lambda: _answers(portal))
    assert people.on(ella) == set()
    sub = people.look(ella)["attributes"]["sub"]
    lock = f"lock:person:{people.pool_id}:{sub}"
    freed = f"from django.core.cache import cache; print(cache.delete({lock!r}))"
    # The dead keep the lock for half a minute; here it is over.
    assert "True" in portal.manage("shell", "-c", freed)
    browser.client.session.cookies.set("mfa-session", None)
    browser.open("/sign-in/")
    page = browser.send("Sign in", login=ella.username, password=ella.password)
    assert page.heading == NEXT
    ella.app = set_up_app(browser)
    browser.open("/sign-in/")
    assert browser.sign_in(ella).heading == OVERVIEW


def _send_into_the_void(browser: HttpWalker, code: str, password: str) -> None:
    with suppress(requests.ConnectionError):
        browser.send(GO, code=code, password=password)


def _answers(portal: Portal) -> bool:
    try:
        return requests.get(f"{portal.url}/sign-in/", timeout=5).ok
    except requests.RequestException:
        return False


def _wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)
