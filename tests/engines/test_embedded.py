"""The portal in frames of two sites, in three engines, with cookies kept and not kept (EMB-26)."""

import json
import time
from pathlib import Path

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.two_sites import TwoSites
from tests.engines.drivers import Cookies
from tests.engines.host import Guest
from tests.people import People
from tests.sandbox_process import Sandbox

# Of Selenium's own, where it connects to WebKit's driver.
pytestmark = pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")
APP, SMS = "SOFTWARE_TOKEN_MFA", "SMS_MFA"
ON, OFF_IN_OTHERS, OFF = Cookies
EVENTS = json.loads(Path("portal/embed/protocol.json").read_text())["directions"]["port"]["frame"]
# Whether each engine keeps cookies in another site's page, by the browser's setting.
KEPT = {
    ("Chromium", ON): True,
    ("Chromium", OFF_IN_OTHERS): True,
    ("Chromium", OFF): False,
    ("Firefox", ON): True,
    ("Firefox", OFF_IN_OTHERS): False,
    ("WebKitGTK", ON): True,
    ("WebKitGTK", OFF_IN_OTHERS): False,
}


def _with(*kept: bool) -> pytest.MarkDecorator:
    """In the engines that keep, or do not."""
    engines = [pytest.param(each, id="-".join(each)) for each in KEPT if KEPT[each] in kept]
    return pytest.mark.parametrize("driver", engines, indirect=True, scope="module")


everywhere, where_kept, where_not = _with(True, False), _with(True), _with(False)


@pytest.fixture
def guest(driver: WebDriver, sites: TwoSites, sandbox: Sandbox) -> Guest:
    pool = People(sandbox, sites.portal.pool_id)
    ella = pool.make(phone=True, app=True, on=(APP, SMS), preferred=APP)
    return Guest(driver, sites, pool, ella)


def prefer_text(guest: Guest) -> None:
    guest.to_page("Choose what we ask for")
    guest.prefer(SMS)
    guest.heard(type="changed", factor="preference", act="changed")
    assert guest.pool.preferred(guest.somebody) == SMS


@everywhere
def test_on_our_own_site_everything_is_done_in_the_frame(guest: Guest):
    """(EMB-26, EMB-09, EMB-14, EMB-17) whatever is kept for others; a stolen click does nothing."""
    guest.visit("near", EVENTS)
    guest.to_page("How you sign in")
    before = guest.look()["UserLastModifiedDate"]
    # Covered by the host's page, which lets clicks through.
    guest.to_host()
    guest.driver.execute_script("bait.style.visibility = 'visible'")
    guest.to_page("How you sign in")
    guest.press("Choose what we ask for")
    guest.to_page("Confirm that it is you")
    guest.press("Continue")
    time.sleep(1)
    assert guest.look()["UserLastModifiedDate"] == before
    guest.to_host()
    guest.driver.execute_script("bait.remove()")
    guest.to_page("Confirm that it is you")
    guest.prove()
    prefer_text(guest)
    said = guest.events()
    assert {"type": "proof-needed", "where": "frame"} in said
    for canary in (guest.somebody.username, guest.somebody.email, guest.somebody.phone):
        assert canary not in json.dumps(said)


@where_kept
def test_on_another_site_the_frame_works_and_a_window_asks(guest: Guest):
    """(EMB-26, EMB-16) the password is typed in a window of ours, the change made in the frame."""
    guest.visit("far", EVENTS)
    guest.to_page("How you sign in")
    guest.press("Choose what we ask for")
    guest.to_page("Confirm that it is you")
    assert not guest.has("input[type=password]")
    ours = guest.driver.current_window_handle
    guest.to_new_window(lambda: guest.press("Confirm in a new window"))
    confirm_in_window(guest)
    guest.wait(lambda: guest.text("h1") == "Thank you, that was you", "thanks")
    guest.driver.close()
    guest.driver.switch_to.window(ours)
    guest.heard(type="window-opened", reason="password")
    prefer_text(guest)


@where_not
def test_where_nothing_is_kept_a_window_is_offered_and_works(guest: Guest):
    """(EMB-26, EMB-11, EMB-10) the probe says so once, to person and host; no loop."""
    guest.visit("far", EVENTS, "preference")
    guest.heard(type="error", code="cookies-blocked")
    guest.to_lobby()
    guest.wait(lambda: guest.text("h1:not([hidden] *)") == "Open it in its own window", "words")
    ours = guest.driver.current_window_handle
    guest.to_new_window(lambda: guest.press("Open Demo"))
    confirm_in_window(guest)
    guest.wait(lambda: guest.text("h1") == "Choose what we ask for", "the page")
    guest.prefer(SMS)
    guest.wait(lambda: guest.pool.preferred(guest.somebody) == SMS, "the change")
    guest.driver.close()
    guest.driver.switch_to.window(ours)
    time.sleep(1)
    assert [each for each in guest.events() if each["type"] != "resized"] == [
        {"type": "error", "code": "cookies-blocked"},
        {"type": "window-opened", "reason": "cookies"},
    ]


def confirm_in_window(guest: Guest) -> None:
    """Whose account it is stands there first; nothing ties the window to the page it came from."""
    guest.wait(lambda: guest.somebody.username in guest.text("main"), "whose account")
    assert guest.driver.execute_script("return window.opener") is None
    guest.press("Go on")
    guest.prove()
