"""Two sites, a real portal, and one engine after the other in front of them."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.conftest import OPTIONAL
from tests.browser.two_sites import TwoSites, two_sites
from tests.engines.drivers import ENGINES, Cookies, Missing
from tests.sandbox_process import Sandbox


@pytest.fixture(scope="session")
def sites(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    with two_sites(sandbox, tmp_path_factory.mktemp("sites"), **OPTIONAL) as running:
        yield running


@pytest.fixture(scope="module")
def driver(request: Any) -> Iterator[WebDriver]:
    """The engine of the test, kept for the tests that follow with the same one.

    Who asks for these tests wants every engine: a missing one fails, and says what to install.
    """
    engine, cookies = request.param
    try:
        with ENGINES[engine](Cookies(cookies)) as started:
            version = started.capabilities["browserVersion"]
            sys.stderr.write(f"\n{engine} {version}, cookies {cookies}\n")
            yield started
    except Missing as missing:
        pytest.fail(str(missing), pytrace=False)
