"""A real portal, a real Chromium, and people in front of it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.chromium import NONE_FOUND, find_chromium, launch_options
from tests.browser.measure import WIDE
from tests.browser.portal_process import Portal, running_portal, running_worker
from tests.browser.visitor import Visitor
from tests.browser.watch import Watch
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.helpdesk_steps import VOUCHERS
from tests.journeys.steps import APP
from tests.marked_words import write_marked_words
from tests.people import People
from tests.sandbox_process import Sandbox

OPTIONAL = {"pool": "Optional1", "client_id": "demoportaloptional00000001"}
# Recovery codes and the way back in are offered.
RECOVERY = {"PORTAL_RECOVERY": "true"}
REQUIRED = {"pool": "Required1", "client_id": "demoportalrequired00000001"}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "is_mobile": True,
    "has_touch": True,
}
Visit = Callable[..., Visitor]


SitDown = Callable[..., Visitor]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of this folder; without a Chromium leave the one that says so, once."""
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.browser)
    says_so = [item for item in ours if item.path.name == "test_chromium.py"]
    if says_so and find_chromium() is None:
        config.hook.pytest_deselected(items=[item for item in ours if item not in says_so])
        items[:] = [item for item in items if item not in ours or item in says_so]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is; without one the tests are skipped, or fail if REQUIRE_BROWSER is 1."""
    path = find_chromium()
    if path is None and os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(NONE_FOUND, pytrace=False)
    return path or pytest.skip(NONE_FOUND)


@pytest.fixture(scope="package", autouse=True)
def marked_words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every portal of these tests marks what it has from a catalogue (`measure.UNTRANSLATED`)."""
    with pytest.MonkeyPatch.context() as patch:
        words = write_marked_words(tmp_path_factory.mktemp("words"))
        patch.setenv("PORTAL_WORDS", str(words))
        yield


# Of this folder, not of the whole session as pytest-playwright has them: Playwright's event loop
# stays in the process until its end, and Django's ORM refuses to work beside one.
@pytest.fixture(scope="package")
def playwright(chromium: str) -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(
    playwright: Playwright, browser_type_launch_args: dict[str, Any], chromium: str
) -> Iterator[Browser]:
    started = playwright.chromium.launch(**browser_type_launch_args, **launch_options(chromium))
    yield started
    started.close()


@pytest.fixture(scope="session")
def _pw_artifacts_folder(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """pytest-playwright's own folder complains at the end of a process of pytest-xdist."""
    return SimpleNamespace(name=str(tmp_path_factory.mktemp("playwright")))


@pytest.fixture(scope="package")
def browser_context_args() -> dict[str, Any]:
    return {"locale": "en-GB", "reduced_motion": "reduce"}


@pytest.fixture(scope="package")
def portal(
    chromium: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """The portal of the pool where a second step is optional, with the worker for its notices."""
    data = tmp_path_factory.mktemp("portal")
    with (
        running_portal(sandbox, data, **OPTIONAL, **RECOVERY) as running,
        running_worker(sandbox, data, running, OPTIONAL["client_id"], **RECOVERY),
    ):
        yield running


@pytest.fixture(scope="package")
def required_portal(
    chromium: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """The portal of the pool that asks everybody for a second step."""
    with running_portal(sandbox, tmp_path_factory.mktemp("required"), **REQUIRED) as running:
        yield running


@pytest.fixture(scope="package")
def choosing_portal(
    chromium: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """The portal of a pool where a name comes first and browsers may be trusted."""
    pool, client = _choosing_pool(sandbox)
    data = tmp_path_factory.mktemp("choosing")
    flow = {"COGNITO_SIGN_IN_FLOW": "USER_AUTH"}
    with running_portal(sandbox, data, pool=pool, client_id=client, **flow) as running:
        yield running


def _choosing_pool(sandbox: Sandbox) -> tuple[str, str]:
    """A pool as an operator would make it; the tail of its id, and its client's."""
    admin = sandbox.admin()
    sms = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "browser"}
    ways = ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]
    pool: str = admin.create_user_pool(
        PoolName="Choosing",
        AutoVerifiedAttributes=["email", "phone_number"],
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ways}},
        SmsConfiguration=sms,
        EmailConfiguration={
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:eu-central-1:123456789012:identity/a@example.com",
        },
        DeviceConfiguration={
            "ChallengeRequiredOnNewDevice": True,
            "DeviceOnlyRememberedOnUserPrompt": True,
        },
    )["UserPool"]["Id"]
    admin.set_user_pool_mfa_config(
        UserPoolId=pool,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    flows = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client: str = admin.create_user_pool_client(
        UserPoolId=pool,
        ClientName="Portal",
        ExplicitAuthFlows=flows,
        PreventUserExistenceErrors="ENABLED",
    )["UserPoolClient"]["ClientId"]
    return pool.partition("_")[2], client


@pytest.fixture
def visit(new_context: Any, sandbox: Sandbox, portal: Portal) -> Iterator[Visit]:
    """Make a person and put them before a fresh browser; nothing may go wrong behind their back.

    WEB-12, WEB-01: no request to another host, no violation of the CSP, no script error.
    """
    watches: list[Watch] = []

    def sit_down(
        person: dict[str, Any] | None = None,
        *,
        at: Portal = portal,
        kind: type[Visitor] = Visitor,
        **browser_options: Any,
    ) -> Visitor:
        context = new_context(**browser_options)
        watches.append(Watch(urlsplit(at.url).netloc))
        watches[-1].follow(context)
        people = People(sandbox, at.pool_id)
        return kind(context.new_page(), at, people, people.make(**person or {}))

    yield sit_down
    assert [problem for watch in watches for problem in watch.problems] == []


@pytest.fixture(scope="package")
def helpdesk_portal(
    chromium: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """A portal with a helpdesk, a way back in, and the worker that sends codes and notices."""
    more = {
        "PORTAL_HELPDESK": "true",
        "PORTAL_RECOVERY": "true",
        "PORTAL_ROLE_GROUPS": ",".join(f"{role}={group}" for role, group in ROLE_GROUPS.items()),
        "PORTAL_PRIVILEGED_GROUPS": "directors",
        "PORTAL_VOUCHER_GROUPS": VOUCHERS,
    }
    data = tmp_path_factory.mktemp("helpdesk")
    with (
        running_portal(sandbox, data, **OPTIONAL, **more) as running,
        running_worker(sandbox, data, running, OPTIONAL["client_id"], **more),
    ):
        yield running


@pytest.fixture
def sit_down(visit: Visit, helpdesk_portal: Portal) -> SitDown:
    """Somebody with an app, in these groups, before a browser: signed in, or at work."""

    def come(*groups: str, at_work: bool = False, kind: type[Visitor] = Visitor) -> Visitor:
        with_app = {"app": True, "on": (APP,)}
        visitor = visit(with_app, at=helpdesk_portal, kind=kind, viewport=WIDE)
        for group in groups:
            visitor.people.join(visitor.somebody, group)
        visitor.sign_in()
        if at_work:
            visitor.open("/helpdesk/enter/")
            visitor.press("Enter the helpdesk")
        return visitor

    return come
