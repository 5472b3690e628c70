"""Links of other applications to one task, and the way back."""

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.activity.said import SAID
from portal.golinks.errands import TASKS
from portal.settings import outside_address
from tests.clock import Clock
from tests.journeys.steps import ALL, APP, SMS, enrol_app
from tests.people import People
from tests.sandbox_process import Sandbox
from tests.walker import Walker

TARGET = "https://app.example.com/back"
BACK = "Go back to app.example.com"
REVOKED = {"code": "NotAuthorizedException", "message": "Access Token has been revoked"}


@pytest.fixture(autouse=True)
def targets(settings: Any) -> None:
    settings.RETURN_TARGETS = frozenset({TARGET})
    settings.RECOVERY = True


def _go(task: str, target: str = TARGET, state: str = "k7.Yp_2~-") -> str:
    return f"/go/{task}/?return={quote(target, safe='')}&state={quote(state, safe='')}"


def _way_back(walker: Walker) -> tuple[str, dict[str, list[str]]]:
    """Where the link on the page leads."""
    return _told(walker, walker.page.link(BACK))


def _told(walker: Walker, link: str = "/go/back/") -> tuple[str, dict[str, list[str]]]:
    parts = urlsplit(walker.client.get(link)["Location"])
    return parts._replace(query="").geturl(), parse_qs(parts.query)


def test_a_link_leads_through_sign_in_to_its_task_and_back(walker: Walker, pool: People):
    """(WEB-10, AUZ-07) with what the application said, and nothing of the person."""
    nora = pool.make()
    walker.open(_go("add-app"))
    walker.send("Sign in", login=nora.username, password=nora.password)
    assert walker.page.url == "/enrolment/totp/"
    said = {"task": ["add-app"], "state": ["k7.Yp_2~-"]}
    assert _way_back(walker) == (TARGET, {**said, "result": ["not_done"]})
    _, page = enrol_app(walker)
    assert page.heading == "Authenticator app is on"
    assert _told(walker) == (TARGET, {**said, "result": ["done"]})


def test_a_change_on_the_way_is_proved_as_always(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """(REA-01) the link skips nothing; what was done before it does not count."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella)
    walker.open("/preference/")
    walker.send("Save", preferred=SMS)
    clock.forward(minutes=6)
    walker.open(_go("change-preferred"))
    assert walker.page.url == "/confirm/?next=%2Fpreference%2F"
    walker.prove_again(ella, sandbox)
    assert _way_back(walker)[1]["result"] == ["not_done"]
    walker.send("Save", preferred=APP)
    assert _told(walker)[1]["result"] == ["done"]


@pytest.mark.parametrize(
    ("task", "leads_to"),
    [("add-text", "/enrolment/sms/"), ("recovery-codes", "/recovery/codes/")],
)
def test_every_task_has_its_page(walker: Walker, pool: People, task: str, leads_to: str):
    walker.sign_in(pool.make())
    assert walker.open(_go(task)).url == leads_to
    assert _way_back(walker)[1]["result"] == ["not_done"]
    assert walker.open(f"/go/{task}/").url == leads_to


# --- one visit, and not the next one ----------------------------------------------------------


def test_the_way_back_outlives_a_sign_in_that_the_pool_ends(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(TOK-09, AUZ-07) whoever signs in again is where they were, and goes back from there."""
    nora = pool.make()
    walker.sign_in(nora, at=_go("add-text"))
    with sandbox.trouble("UpdateUserAttributes", "error", **REVOKED):
        page = walker.send("Send me a code", country="", number=nora.phone)
    assert page.heading == "Sign in"
    assert walker.client.get("/go/back/")["Location"].startswith("/sign-in/")
    walker.sign_in(nora, at=page.url)
    walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    said = {"task": ["add-text"], "state": ["k7.Yp_2~-"], "result": ["done"]}
    assert _way_back(walker) == (TARGET, said)


def test_the_way_back_outlives_a_session_left_alone(walker: Walker, pool: People, clock: Clock):
    """(SES-03) a phone call long; what was typed is gone, where they came from is not."""
    nora = pool.make()
    walker.sign_in(nora, at=_go("add-text"))
    clock.forward(minutes=16)
    page = walker.send("Send me a code", country="", number=nora.phone)
    assert page.heading == "Sign in"
    walker.sign_in(nora, at=page.url)
    assert walker.page.url == "/enrolment/sms/"
    assert pool.look(nora)["attributes"].get("phone_number_verified") != "true"
    assert _way_back(walker)[1]["result"] == ["not_done"]


@pytest.mark.parametrize("minutes", [0, 16])
def test_a_way_back_that_waits_is_nobody_elses(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock, minutes: int
):
    """(AUZ-02) however the session ended."""
    nora = pool.make()
    walker.sign_in(nora, at=_go("add-text"))
    clock.forward(minutes=minutes)
    with sandbox.trouble("UpdateUserAttributes", "error", **REVOKED):
        page = walker.send("Send me a code", country="", number=nora.phone)
    walker.sign_in(pool.make(), at=page.url)
    assert BACK not in walker.page.text
    assert _told(walker) == ("/", {})


def test_whoever_went_back_is_not_sent_back_again(walker: Walker, pool: People):
    """The next visit has nothing of it; the browser's own way back still finds the way."""
    walker.sign_in(pool.make(), at=_go("add-app"))
    first = _way_back(walker)
    assert BACK not in walker.open("/").text
    assert _told(walker) == first
    walker.open(_go("add-text", state="another"))
    assert _way_back(walker)[1]["state"] == ["another"]


@pytest.mark.parametrize("link", ["/go/add-text/", _go("add-text", "https://evil.example/")])
def test_a_link_begins_anew(walker: Walker, pool: People, link: str):
    """(WEB-10) without a way back, or with one that is refused, the older one is over, too."""
    walker.sign_in(pool.make(), at=_go("add-app"))
    walker.open(link)
    assert BACK not in walker.open("/").text
    assert _told(walker) == ("/", {})


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        f"{TARGET}/",
        f"{TARGET}?next=https://evil.example",
        f"{TARGET}.evil.example",
        "https://APP.example.com/back",
        "//app.example.com/back",
        "javascript:alert(1)",
        "/",
        "",
    ],
)
def test_nobody_is_led_where_the_settings_do_not_say(walker: Walker, pool: People, target: str):
    """(WEB-10) letter by letter; the link is refused, and no way back is shown."""
    walker.sign_in(pool.make())
    page = walker.open(_go("add-app", target))
    assert (page.status, page.heading) == (400, "This link cannot be used")
    assert BACK not in walker.open("/").text
    assert walker.client.get("/go/back/")["Location"] == "/"


@pytest.mark.parametrize("state", ["x" * 201, "a b", "a\r\nSet-Cookie: x", "<b>", "é", "a&b=c"])
def test_a_state_is_made_of_plain_signs(walker: Walker, pool: People, state: str):
    """(INP-02)"""
    walker.sign_in(pool.make())
    assert walker.open(_go("add-app", state=state)).status == 400


def test_what_counts_as_done_is_what_the_rooms_write_down():
    """(AUD-02) an event of another name would never be found."""
    assert {task.event for task in TASKS.values()} <= set(SAID)


def test_an_unknown_task_is_no_page(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    assert walker.open(_go("delete-everything")).status == 404


def test_a_way_back_is_ones_own_and_ends(walker: Walker, pool: People, clock: Clock, settings: Any):
    """(AUZ-02) not the next person's in this browser; an hour; as long as the settings name it."""
    walker.sign_in(pool.make())
    walker.open(_go("add-app"))
    walker.open("/")
    walker.send("Sign out")
    walker.sign_in(pool.make())
    assert BACK not in walker.page.text
    walker.open(_go("add-app"))
    settings.RETURN_TARGETS = frozenset()
    assert BACK not in walker.open("/").text
    settings.RETURN_TARGETS = frozenset({TARGET})
    assert BACK in walker.open("/").text
    for _ in range(5):
        clock.forward(minutes=13)
        walker.open("/")
    assert BACK not in walker.page.text


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        (TARGET, True),
        ("http://localhost:3000/back", True),
        ("http://app.example.com/back", False),
        ("https://app.example.com/back?x=1", False),
        ("https://app.example.com/back#x", False),
        ("https://user@app.example.com/", False),
        ("https:\\\\app.example.com", False),
        ("app.example.com/back", False),
    ],
)
def test_a_target_that_is_none_stops_the_start(url: str, *, is_one: bool):
    """(DAT-03)"""
    if is_one:
        assert outside_address(url) == url
    else:
        with pytest.raises(ImproperlyConfigured, match="PORTAL_RETURN_TARGETS"):
            outside_address(url)
