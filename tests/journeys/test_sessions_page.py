"""Where one is signed in: read from the pool, ended one by one or all at once."""

import re
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from django.utils.formats import date_format

from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.program import program_of
from tests.journeys.steps import CONFIRM, calls_counted
from tests.journeys.test_devices_cut import cut_after
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

TITLE = "Where you are signed in"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def tracking(make_pool: MakePool) -> People:
    """A pool that lists sessions."""
    people = make_pool()
    people.admin.set_user_pool_session_configuration(
        UserPoolId=people.pool_id,
        UserSessionTracking="ENABLED",
        TokenSession={"MaxPerUser": 20},
    )
    return people


def sign_in_elsewhere(people: People, somebody: Somebody, client_id: str = "") -> Any:
    """The same person in another program; its client and tokens."""
    config = Config(signature_version=UNSIGNED, user_agent=FIREFOX)
    client = boto3.client(
        "cognito-idp", "eu-central-1", endpoint_url=people.sandbox.api, config=config
    )
    reply = client.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=client_id or people.client_id(),
        AuthParameters={"USERNAME": somebody.username, "PASSWORD": somebody.password},
    )
    return client, reply["AuthenticationResult"]["AccessToken"]


def listed(page: Page) -> list[tuple[str, bool]]:
    """Device, and whether it is said to be this one."""
    rows = page.soup.select("li.factor")
    return [(row.h2.get_text(strip=True), "This one" in row.get_text()) for row in rows if row.h2]


def works(client: Any, token: str) -> bool:
    try:
        client.get_user(AccessToken=token)
    except client.exceptions.NotAuthorizedException:
        return False
    return True


def test_every_session_is_listed_this_one_first(walker: Walker, tracking: People, sandbox: Sandbox):
    """One call; device, app, place and times of each."""
    nora = tracking.make()
    walker.sign_in(nora)
    sign_in_elsewhere(tracking, nora)
    with calls_counted(sandbox) as calls:
        page = walker.open("/activity/sessions/")
    assert calls == {"ListUserSessions": 1}
    assert page.heading == TITLE
    assert [mine for _, mine in listed(page)] == [True, False]
    # What the pool saw of a sign-in on these pages is the portal's server: nothing to recognise.
    assert listed(page) == [("This browser", True), ("A browser", False)]
    assert "These pages" in page.text
    assert "127.0.0" not in page.html


def test_another_app_is_called_by_its_name(walker: Walker, tracking: People, settings: Any):
    other = tracking.admin.create_user_pool_client(
        UserPoolId=tracking.pool_id,
        ClientName="Shop",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    nora = tracking.make()
    walker.sign_in(nora)
    sign_in_elsewhere(tracking, nora, client_id=other)
    page = walker.open("/activity/sessions/")
    assert "Another app" in page.text
    assert listed(page)[1] == ("Linux, Firefox", False)
    today = date_format(datetime.now(UTC), "j F Y")
    line = " ".join(page.soup.select("li.factor")[1].get_text(" ").split())
    assert f"Another app 127.0.0.0/24 Last active {today}" in line
    assert f"Since {today}" in line
    assert "127.0.0.1" not in page.html
    settings.APP_NAMES = {other: "Shop"}
    page = walker.open("/activity/sessions/")
    assert "Shop" in page.text
    assert "Another app" not in page.text


def test_one_session_is_ended_and_the_others_stay(walker: Walker, tracking: People):
    """SES-06: the other browser is out at once, this one is not."""
    nora = tracking.make()
    walker.sign_in(nora)
    client, token = sign_in_elsewhere(tracking, nora)
    walker.open("/activity/sessions/")
    page = walker.send("End the session of")
    assert "That session has ended" in page.text
    assert [mine for _, mine in listed(page)] == [True]
    assert "You are signed in nowhere else" in page.text
    assert not works(client, token)
    assert [row.outcome for row in AuditRecord.objects.filter(event="session_ended")] == [
        "intended",
        "done",
    ]


def test_all_others_are_ended_at_once(walker: Walker, tracking: People):
    nora = tracking.make()
    walker.sign_in(nora)
    others = [sign_in_elsewhere(tracking, nora) for _ in range(3)]
    walker.open("/activity/sessions/")
    page = walker.send("End all other sessions")
    assert "3 other sessions have ended" in page.text
    assert not any(works(*each) for each in others)
    assert walker.open("/").heading == "How you sign in"


@pytest.mark.parametrize("kind", ["throttle", "reset"])
def test_cut_between_two_it_says_how_many_have_ended_and_goes_on(
    walker: Walker, tracking: People, sandbox: Sandbox, kind: str
):
    """(RES-01, RES-04, RES-06, AUD-02) never that nothing was changed."""
    nora = tracking.make()
    walker.sign_in(nora)
    others = [sign_in_elsewhere(tracking, nora) for _ in range(3)]
    walker.open("/activity/sessions/")
    with cut_after(sandbox, "RevokeUserSession", 2, kind):
        page = walker.send("End all other sessions")
    assert (page.heading, page.status) == (TITLE, 200)
    assert "Nothing was changed" not in page.text
    assert "2 other sessions have ended." in page.text
    assert [mine for _, mine in listed(page)] == [True, False]
    page = walker.send("End all other sessions")
    assert "The other session has ended." in page.text
    assert not any(works(*each) for each in others)
    rows = AuditRecord.objects.filter(event="other_sessions_ended").order_by("number")
    assert [(row.outcome, row.detail.get("ended"), row.detail.get("left")) for row in rows] == [
        ("intended", None, None),
        ("unknown", 2, 1),
        ("intended", None, None),
        ("done", None, None),
    ]


def test_a_program_is_told_how_many_have_ended(tracking: People, sandbox: Sandbox, settings: Any):
    """(RES-01) and the same request ends the rest."""
    settings.API_CLIENTS = frozenset({tracking.client_id()})
    nora = tracking.make()
    program = program_of(tracking, nora)
    others = [sign_in_elsewhere(tracking, nora) for _ in range(2)]
    with cut_after(sandbox, "RevokeUserSession", 1, "throttle"):
        answer = program.ask("POST", "/api/v1/sessions/end-others")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (504, "COGNITO_UNREACHABLE")
    assert (error["details"]["ended"], error["details"]["left"]) == (1, 1)
    program.ask("POST", "/api/v1/sessions/end-others")
    assert not any(works(*each) for each in others)


def test_ending_needs_a_fresh_proof_and_then_happens(
    walker: Walker, tracking: People, clock: Clock
):
    """REA-01: held, and carried out after the proof."""
    nora = tracking.make()
    walker.sign_in(nora)
    client, token = sign_in_elsewhere(tracking, nora)
    clock.forward(minutes=6)
    walker.open("/activity/sessions/")
    page = walker.send("End all other sessions")
    assert page.heading == CONFIRM
    assert works(client, token)
    page = walker.send("Continue", password=nora.password)
    # The proof is a sign-in of its own, and replaced the one it renewed.
    assert "The other session has ended" in page.text
    assert not works(client, token)


def test_a_session_that_has_ended_by_itself_is_no_error(walker: Walker, tracking: People):
    """RES-05."""
    nora = tracking.make()
    walker.sign_in(nora)
    client, token = sign_in_elsewhere(tracking, nora)
    walker.open("/activity/sessions/")
    shown = walker.page.soup.find("input", attrs={"name": "session"})
    assert shown is not None
    # The other side ends it in the meantime.
    tracking.admin.admin_revoke_user_session(
        UserPoolId=tracking.pool_id, Username=nora.username, SessionId=shown["value"]
    )
    assert "That session has ended" in walker.send("End the session of").text
    assert not works(client, token)


def test_somebody_elses_session_looks_like_one_that_is_gone(
    walker: Walker, second_walker: Walker, tracking: People
):
    """AUZ-02: and is not touched."""
    nora, tom = tracking.make(), tracking.make()
    client, token = sign_in_elsewhere(tracking, tom)
    second_walker.sign_in(nora)
    walker.sign_in(nora)
    found = tracking.admin.admin_list_user_sessions(
        UserPoolId=tracking.pool_id, Username=tom.username
    )["Sessions"][0]["SessionId"]
    walker.open("/activity/sessions/")
    page = walker.post("/activity/sessions/end/", {"session": found})
    assert "That session has ended" in page.text
    assert works(client, token)


def test_this_session_is_not_ended_here(walker: Walker, tracking: People):
    nora = tracking.make()
    walker.sign_in(nora)
    own = tracking.admin.admin_list_user_sessions(
        UserPoolId=tracking.pool_id, Username=nora.username
    )["Sessions"][0]["SessionId"]
    walker.open("/activity/sessions/")
    page = walker.post("/activity/sessions/end/", {"session": own})
    assert "To end it, sign out" in page.text
    assert walker.open("/").heading == "How you sign in"


@pytest.mark.parametrize("given", ["", "tkn", "x" * 28, "tkn" + "A" * 25, "tkn" + "a" * 25 + "\n"])
def test_nonsense_is_no_session(walker: Walker, tracking: People, given: str):
    walker.sign_in(tracking.make())
    walker.open("/activity/sessions/")
    page = walker.post("/activity/sessions/end/", {"session": given})
    assert "could not be found" in page.text


def test_a_pool_that_lists_none_says_so(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    page = walker.open("/activity/sessions/")
    assert "We cannot list them here" in page.text
    assert not re.search("End all", page.text)
    page = walker.post("/activity/sessions/end-others/", {})
    assert page.heading == TITLE
