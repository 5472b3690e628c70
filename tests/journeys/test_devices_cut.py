"""Forgetting all trusted devices is a call each: cut between two, it says how far it came."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest

from accounts.models import AuditRecord
from portal.helpdesk.models import Compound
from tests.journeys.conftest import MakePool
from tests.journeys.desk import REASON, at_work, do, operator, page_of, proved, sub_of
from tests.journeys.program import program_of
from tests.journeys.steps import APP, notices
from tests.journeys.test_devices_page import known, laptop_of
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("helpdesk")
TROUBLES = ("throttle", "reset")
NAMES = ("One", "Two", "Three")
ALL_GONE = "removed all your trusted devices"
ORDER = {"reason": "Lost phone", "more": "Fell into a lake", "ticket": "INC-4711"}


@pytest.fixture
def tracking(make_pool: MakePool, settings: Any) -> People:
    people = make_pool(DeviceConfiguration={"DeviceOnlyRememberedOnUserPrompt": True})
    settings.API_CLIENTS = frozenset({people.client_id()})
    settings.HELPDESK_API_CLIENTS = settings.API_CLIENTS
    return people


@contextmanager
def cut_after(sandbox: Sandbox, operation: str, made: int, kind: str) -> Iterator[None]:
    """Let the pool do this so many times, and then meet it with trouble until the block ends."""
    passes = sandbox.trouble(operation, "delay", seconds=0, times=made) if made else nullcontext()
    with passes, sandbox.trouble(operation, kind):
        yield


def _ella(pool: People) -> Somebody:
    ella = pool.make()
    for name in NAMES:
        laptop_of(pool, ella, name)
    return ella


def _ends(event: str) -> list[tuple[str, Any, Any]]:
    rows = AuditRecord.objects.filter(event=event).order_by("number")
    return [(row.outcome, row.detail.get("forgotten"), row.detail.get("left")) for row in rows]


def _report(page: Page) -> list[str]:
    return [row.get_text(" ", strip=True) for row in page.soup.select("main .rows li")]


@pytest.mark.parametrize("kind", TROUBLES)
def test_an_operator_is_told_how_many_are_forgotten_and_goes_on(
    walker: Walker, tracking: People, sandbox: Sandbox, deliver_notices: Any, kind: str
):
    """(RES-01, RES-04, RES-06, AUD-02, HLP-08) never that nothing was changed."""
    ella = _ella(tracking)
    at_work(walker, tracking)
    with cut_after(sandbox, "AdminForgetDevice", 2, kind):
        page = do(walker, tracking, ella, "forget_devices")
    assert len(known(tracking, ella)) == 1
    assert "Nothing was changed" not in page.text
    assert "It was begun and not finished" in page.text
    assert _report(page) == ["2 devices are forgotten. Done", "One device is left. Open"]
    assert _ends("helpdesk_forget_devices") == [("intended", None, None), ("unknown", 2, 1)]
    deliver_notices()
    (told,) = notices(sandbox, ella)
    assert "2 devices are forgotten." in told
    assert "One device is left." in told
    assert ALL_GONE not in told
    page = walker.open(page.link("Go on with it"))
    assert walker.send(page.heading, **REASON).heading == "Done"
    assert known(tracking, ella) == {}
    assert _ends("helpdesk_forget_devices")[2:] == [("intended", None, None), ("done", None, None)]
    deliver_notices()
    assert ALL_GONE in notices(sandbox, ella)[0]


def test_what_was_left_is_read_from_the_pool(walker: Walker, tracking: People, sandbox: Sandbox):
    """(RES-04) the last one was forgotten though no answer came: nothing is left to go on with."""
    ella = _ella(tracking)
    at_work(walker, tracking)
    passes = sandbox.trouble("AdminForgetDevice", "delay", seconds=0, times=2)
    lost = sandbox.trouble("AdminForgetDevice", "silence", seconds=0.05, times=1)
    with passes, lost, sandbox.trouble("AdminForgetDevice", "reset"):
        page = do(walker, tracking, ella, "forget_devices")
    assert known(tracking, ella) == {}
    assert "It may have been done, or not." in page.text
    assert _report(page) == ["2 devices are forgotten. Done"]
    assert _ends("helpdesk_forget_devices")[1:] == [("unknown", 2, 1)]


def test_the_first_one_that_fails_changes_nothing(
    walker: Walker, tracking: People, sandbox: Sandbox
):
    """(RES-01) then it is true, and the form comes back with what was typed."""
    ella = _ella(tracking)
    at_work(walker, tracking)
    with sandbox.trouble("AdminForgetDevice", "throttle"):
        page = do(walker, tracking, ella, "forget_devices")
    assert (page.status, page.heading) == (503, "Forget all trusted devices")
    assert "Nothing was changed" in page.text
    assert len(known(tracking, ella)) == 3
    assert _ends("helpdesk_forget_devices") == [("intended", None, None), ("refused", None, None)]


def test_within_an_act_of_several_steps_the_step_is_open(
    walker: Walker, tracking: People, sandbox: Sandbox
):
    """(AUZ-07, RES-06, AUD-02) its row says how many; another press does the rest of it."""
    ella = _ella(tracking)
    proved(tracking, at_work(walker, tracking, "senior"), ella)
    with cut_after(sandbox, "AdminForgetDevice", 1, "throttle"):
        page = do(walker, tracking, ella, "leaver")
    assert "It was begun and not finished" in page.text
    assert Compound.objects.get().steps == {"disable": "done", "end_sessions": "done"}
    assert _ends("helpdesk_forget_devices") == [("intended", None, None), ("unknown", 1, 2)]
    page = walker.open(page_of(tracking, ella, "do/leaver/"))
    assert walker.send(page.heading, **REASON).heading.startswith("Done: ")
    assert known(tracking, ella) == {}


@pytest.mark.parametrize("reads", [True, False])
def test_a_program_of_the_helpdesk_is_told_as_many(tracking: People, sandbox: Sandbox, reads: bool):
    """(RES-01, RES-04) also where the account cannot be read after it."""
    ella = _ella(tracking)
    program = program_of(tracking, operator(tracking))
    path = f"/api/v1/helpdesk/people/{sub_of(tracking, ella)}/acts/forget_devices"
    devices = "AdminListDevices"
    with (
        cut_after(sandbox, "AdminForgetDevice", 2, "throttle"),
        sandbox.trouble(devices, "delay", seconds=0, **({} if reads else {"times": 1})),
        sandbox.trouble(devices, "throttle"),
    ):
        told = program.ask("POST", path, ORDER, **{"if-match": "*"}).json()["data"]
    assert (told["outcome"], told["forgotten"], told["left"]) == ("unknown", 2, 1)
    assert told.get("as_asked") is (False if reads else None)
    done = program.ask("POST", path, ORDER, **{"if-match": "*"}).json()["data"]
    assert (done["outcome"], "forgotten" in done) == ("done", False)
    assert known(tracking, ella) == {}


# --- one's own --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TROUBLES)
def test_a_person_is_told_how_many_are_forgotten_and_goes_on(
    walker: Walker, tracking: People, sandbox: Sandbox, deliver_notices: Any, kind: str
):
    """(RES-01, RES-04, RES-06, AUD-02, NOT-01) the page lists the rest, with the same button."""
    ella = _ella(tracking)
    walker.sign_in(ella)
    walker.open("/activity/devices/")
    with cut_after(sandbox, "ForgetDevice", 2, kind):
        page = walker.send("Forget all devices")
    assert page.heading == "Trusted devices"
    assert "Nothing was changed" not in page.text
    assert "2 devices are forgotten. 2 devices are left." in page.text
    assert len(known(tracking, ella)) == 1
    assert _ends("all_devices_forgotten") == [("intended", None, None), ("unknown", 2, 2)]
    deliver_notices()
    (told,) = notices(sandbox, ella)
    assert "2 devices are forgotten." in told
    assert "2 devices are left." in told
    walker.send("Forget all devices")
    assert known(tracking, ella) == {}
    assert _ends("all_devices_forgotten")[2:] == [("intended", None, None), ("done", None, None)]


def test_a_program_of_a_person_is_told_as_many(tracking: People, sandbox: Sandbox):
    """(RES-01) and a second request forgets the rest."""
    ella = _ella(tracking)
    tracking.give_app(ella)
    program = program_of(tracking, ella)
    with cut_after(sandbox, "ForgetDevice", 1, "throttle"):
        answer = program.ask("POST", "/api/v1/devices/forget-all")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (504, "COGNITO_UNREACHABLE")
    made = error["details"]
    assert (made["operation"], made["forgotten"]) == ("ForgetDevice", 1)
    assert made["left"] >= 2
    program.ask("POST", "/api/v1/devices/forget-all")
    assert known(tracking, ella) == {}
    assert APP not in tracking.on(ella)
