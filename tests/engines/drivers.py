"""Three engines as people have them, driven by Selenium, and told which cookies to keep."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from selenium.webdriver import ChromeOptions, FirefoxOptions, WebKitGTKOptions
from selenium.webdriver.chrome.service import Service as ChromeService
from selenium.webdriver.chrome.webdriver import WebDriver as Chrome
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.webkitgtk.service import Service as WebKitService
from selenium.webdriver.webkitgtk.webdriver import WebDriver as WebKit

from tests.browser.chromium import find_chromium, launch_options
from tests.browser.two_sites import FAR, NEAR, PORTAL_HOST, RESOLVED
from tests.engines.marionette import Marionette, port_of

# High enough for all of a page, so that nothing is scrolled to, and moved, before a click.
WIDTH, HEIGHT = 1280, 2600
START_SECONDS = 60
MINIBROWSERS = ("/usr/lib/*/webkit2gtk-4.1/MiniBrowser", "/usr/lib/*/webkitgtk-6.0/MiniBrowser")
NEEDED = (
    "apt-get install chromium chromium-driver firefox-esr webkit2gtk-driver libnss-wrapper xvfb"
)


class Cookies(StrEnum):
    """What a browser keeps for a page that stands in another site's page.

    OFF_IN_OTHERS: its setting "block third-party cookies". OFF: nothing at all, partitioned ones
    included.
    """

    ON = "on"
    OFF_IN_OTHERS = "off-in-others"
    OFF = "off"


class Missing(Exception):
    """An engine or its driver is not installed."""


def _found(*names: str) -> str:
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise Missing(f"{' or '.join(names)} is not installed. {NEEDED}")
    return path


@contextmanager
def chromium(cookies: Cookies) -> Iterator[WebDriver]:
    """With a rule for one site in another's pages where nothing at all is to be kept."""
    options = ChromeOptions()
    options.binary_location = find_chromium() or _found("chromium")
    options.accept_insecure_certs = True
    names = f"--host-resolver-rules={RESOLVED}"
    size = f"--window-size={WIDTH},{HEIGHT}"
    for each in (*launch_options("")["args"], "--headless=new", names, size):
        options.add_argument(each)
    kept: dict[Cookies, dict[str, Any]] = {
        Cookies.ON: {"profile.cookie_controls_mode": 0},
        Cookies.OFF_IN_OTHERS: {
            "profile.cookie_controls_mode": 1,
            "profile.block_third_party_cookies": True,
        },
        Cookies.OFF: {
            "profile.content_settings.exceptions.cookies": {
                f"[*.]{PORTAL_HOST},[*.]{FAR}": {"setting": 2}
            }
        },
    }
    options.add_experimental_option("prefs", kept[cookies])
    driver = Chrome(options=options, service=ChromeService(_found("chromedriver")))
    with _until_the_end(driver):
        yield driver


# Firefox's own numbers: partitioned, which is what it comes with; none of others; none.
# Source: nsICookieService.idl.
KEPT_BY_FIREFOX = {Cookies.ON: 5, Cookies.OFF_IN_OTHERS: 1, Cookies.OFF: 2}


@contextmanager
def firefox(cookies: Cookies) -> Iterator[WebDriver]:
    preferences = {
        "network.dns.localDomains": ",".join((PORTAL_HOST, NEAR, FAR)),
        "marionette.port": 0,
        "app.update.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "network.cookie.cookieBehavior": KEPT_BY_FIREFOX[cookies],
    }
    size = {"MOZ_HEADLESS_WIDTH": str(WIDTH), "MOZ_HEADLESS_HEIGHT": str(HEIGHT)}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        lines = [f"user_pref({_js(name)}, {_js(value)});" for name, value in preferences.items()]
        (Path(folder) / "user.js").write_text("\n".join(lines))
        start = [_found("firefox-esr", "firefox"), "--headless", "--no-remote", "--marionette"]
        with _process([*start, "--profile", folder], **size, HOME=folder):
            options = FirefoxOptions()
            options.accept_insecure_certs = True
            with closing(Marionette(port_of(Path(folder), START_SECONDS))) as connection:
                driver = WebDriver(connection, options=options)
                driver.set_window_rect(0, 0, WIDTH, HEIGHT)
                with _until_the_end(driver):
                    yield driver


def _js(value: str | int | bool) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


@contextmanager
def webkitgtk(cookies: Cookies) -> Iterator[WebDriver]:
    """What Debian's Web (Epiphany) is made of."""
    browser = next((path for each in MINIBROWSERS for path in Path("/").glob(each[1:])), None)
    if browser is None:
        raise Missing(f"MiniBrowser is not installed. {NEEDED}")
    policy = {Cookies.ON: "always", Cookies.OFF_IN_OTHERS: "no-third-party", Cookies.OFF: "never"}
    options = WebKitGTKOptions()
    options.binary_location = str(browser)
    options.accept_insecure_certs = True
    for each in ("--automation", f"--cookies-policy={policy[cookies]}"):
        options.add_argument(each)
    with _screen() as display, _names() as names:
        environment = os.environ | names | {"DISPLAY": display, "GDK_BACKEND": "x11"}
        service = WebKitService(_found("WebKitWebDriver"), env=environment)
        driver = WebKit(options=options, service=service)
        driver.set_window_rect(0, 0, WIDTH, HEIGHT)
        with _until_the_end(driver):
            yield driver


@contextmanager
def _until_the_end(driver: WebDriver) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(Exception):
            driver.quit()


@contextmanager
def _process(arguments: list[str], **more: str) -> Iterator[subprocess.Popen[bytes]]:
    silent = subprocess.DEVNULL
    with subprocess.Popen(
        arguments, env=os.environ | more, stdout=silent, stderr=silent
    ) as started:
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.wait(timeout=10)
            except subprocess.TimeoutExpired:
                started.kill()


@contextmanager
def _screen() -> Iterator[str]:
    """A screen that nobody sees, large enough; its name."""
    size = ["-screen", "0", f"{WIDTH + 40}x{HEIGHT + 200}x24"]
    ours, its = os.pipe()
    with subprocess.Popen(
        [_found("Xvfb"), "-displayfd", str(its), *size],
        pass_fds=[its],
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(its)
        try:
            with os.fdopen(ours) as number:
                yield f":{number.readline().strip()}"
        finally:
            server.terminate()


@contextmanager
def _names() -> Iterator[dict[str, str]]:
    """Variables by which a process looks our names up on this machine (nss_wrapper of cwrap)."""
    library = next(Path("/usr/lib").glob("*/libnss_wrapper.so"), None)
    if library is None:
        raise Missing(f"libnss-wrapper is not installed. {NEEDED}")
    with tempfile.NamedTemporaryFile("w", suffix=".hosts") as hosts:
        hosts.write("127.0.0.1 localhost\n")
        hosts.writelines(f"127.0.0.1 {name}\n" for name in (PORTAL_HOST, NEAR, FAR))
        hosts.flush()
        yield {"LD_PRELOAD": str(library), "NSS_WRAPPER_HOSTS": hosts.name}


ENGINES: dict[str, Callable[[Cookies], Any]] = {
    "Chromium": chromium,
    "Firefox": firefox,
    "WebKitGTK": webkitgtk,
}
