"""An identity for each kind of right: what was signed by whom, as the pool itself saw it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from accounts import recovery_codes
from accounts.cognito import client
from accounts.cognito.rights import SETTING, Right
from accounts.models import AuditRecord, Recovery
from tests.journeys.conftest import PORTAL_KEY
from tests.journeys.desk import TICKET, agreed, at_work, do, open_act, page_of, proved, sub_of
from tests.journeys.steps import ALL, APP, EMAIL, SMS, notices
from tests.journeys.way_back import (
    BACK,
    LINK,
    NEXT,
    at_the_question,
    ella_with_codes,
    set_up_app,
    subject_of,
    use_code,
)
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Walker

pytestmark = pytest.mark.usefixtures("helpdesk", "identities")

FILES = Path(portal.BASE_DIR, "deploy/iam")
KEY = {right: f"AKIA{right.name}" for right in Right}
NOT_SET_UP = "This portal is not set up correctly"


def _file(name: str) -> set[str]:
    (statement,) = json.loads((FILES / f"{name}.json").read_text())["Statement"]
    return {action.removeprefix("cognito-idp:") for action in statement["Action"]}


RIGHTS = {
    PORTAL_KEY: _file("portal") | _file("doctor"),
    **{KEY[right]: _file(f"helpdesk-{right}") for right in Right},
}


@pytest.fixture
def identities(sandbox: Sandbox, profiles: Callable[..., None]) -> Iterator[None]:
    """Three profiles in a config of AWS, as an operator writes it, each with its file's rights."""
    profiles(lambda right: f"aws_access_key_id = {KEY[right]}\naws_secret_access_key = any")
    with sandbox.rights(RIGHTS):
        yield


def _changes(asked: dict[str, dict[str, int]]) -> dict[str, set[str]]:
    """What each identity was used for, without reading; none of it beyond its rights."""
    for key, operations in asked.items():
        assert set(operations) <= RIGHTS[key], key
    reading = RIGHTS[PORTAL_KEY] | RIGHTS[KEY[Right.READ]]
    return {key: set(operations) - reading for key, operations in asked.items()}


def _ella(pool: People) -> Somebody:
    return pool.make(phone=True, app=True, on=ALL, preferred=APP)


# --- each under its own -----------------------------------------------------------------------


def test_an_agent_reads_by_one_identity_and_removes_by_another(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(AUZ-04, HLP-02) the whole act over the pages: find, read, check the caller, remove."""
    ella = _ella(pool)
    at_work(walker, pool)
    walker.open("/helpdesk/")
    walker.open(page_of(pool, ella))
    walker.open(f"/helpdesk/check/{sub_of(pool, ella)}/")
    walker.send("Begin the check", ticket=TICKET)
    walker.send("It is this person", document="passport", seen="on")
    read = sandbox.signed()
    assert read[KEY[Right.READ]]["AdminGetUser"] > 0
    assert not any(_changes(read).values())
    assert do(walker, pool, ella, "remove_app").heading == "Done"
    assert pool.on(ella) == {SMS, EMAIL}
    assert _changes(sandbox.signed()) == {
        PORTAL_KEY: set(),
        KEY[Right.READ]: set(),
        KEY[Right.RECOVER]: {"AdminDeleteSoftwareToken", "AdminUserGlobalSignOut"},
        KEY[Right.SENIOR]: set(),
    }


def test_a_senior_disables_by_an_identity_that_does_nothing_else(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(AUZ-04)"""
    ella = _ella(pool)
    at_work(walker, pool, "senior")
    assert do(walker, pool, ella, "disable").heading == "Done"
    assert pool.look(ella)["Enabled"] is False
    asked = sandbox.signed()
    assert asked[KEY[Right.SENIOR]] == {"AdminDisableUser": 1}
    assert _changes(asked)[KEY[Right.RECOVER]] == set()


def test_an_act_of_two_rights_has_each_of_its_calls_under_its_own(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(AUZ-04) an address is corrected by one, and sessions are ended by the other."""
    nora = pool.make(phone=True)
    senior = at_work(walker, pool, "senior")
    proved(pool, senior, nora)
    agreed(pool, senior, nora, "correct_contact")
    new = f"new-{nora.email}"
    page = do(walker, pool, nora, "correct_contact", channel="email", value=new)
    assert page.heading == "Done"
    changes = _changes(sandbox.signed())
    assert changes[KEY[Right.SENIOR]] == {"AdminUpdateUserAttributes"}
    assert changes[KEY[Right.RECOVER]] == {"AdminUserGlobalSignOut"}


def test_the_way_back_in_removes_under_the_identity_that_recovers(
    walker: Walker, pool: People, sandbox: Sandbox, settings: Any
):
    """(AUZ-04, REC-01) nobody of the helpdesk is there, and the rights are split all the same."""
    settings.RECOVERY = True
    ella, codes = ella_with_codes(pool)
    assert use_code(walker, ella, codes[0]).heading == NEXT
    ella.app = set_up_app(walker)
    assert BACK in walker.page.text
    changes = _changes(sandbox.signed())
    assert changes[PORTAL_KEY] == changes[KEY[Right.READ]] == changes[KEY[Right.SENIOR]] == set()
    assert {"AdminDeleteSoftwareToken", "AdminUserGlobalSignOut"} <= changes[KEY[Right.RECOVER]]


# --- where one lacks its right ----------------------------------------------------------------


@pytest.fixture
def reads_only(identities: None, settings: Any) -> None:
    """Only the identity that reads is set; the portal's own has its own file alone."""
    settings.COGNITO_RECOVER_PROFILE = settings.COGNITO_SENIOR_PROFILE = ""


ACTS: dict[str, dict[str, str]] = {
    "remove_app": {},
    "turn_off": {"method": SMS},
    "prefer": {"method": SMS},
    "end_sessions": {},
    "disable": {},
}


@pytest.mark.usefixtures("reads_only")
@pytest.mark.parametrize("act", ACTS)
def test_who_may_only_read_is_refused_every_change_and_nothing_is_half_done(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any, act: str
):
    """(AUZ-04, RES-01) by the page that says so; the account is as it was, and nobody is told."""
    ella = _ella(pool)
    proved(pool, at_work(walker, pool, "senior"), ella)
    before = pool.look(ella)
    page = do(walker, pool, ella, act, **ACTS[act])
    assert (page.status, page.heading) == (502, NOT_SET_UP)
    assert pool.look(ella) == before
    (refused,) = set(sandbox.signed()[PORTAL_KEY]) - RIGHTS[PORTAL_KEY]
    assert refused.startswith("Admin")
    rows = AuditRecord.objects.filter(event=f"helpdesk_{act}").order_by("created_at")
    assert [row.outcome for row in rows] == ["intended", "refused"]
    deliver_notices()
    assert notices(sandbox, ella) == []


@pytest.mark.usefixtures("reads_only")
def test_who_may_only_read_orders_nobody_a_new_password(walker: Walker, required_pool: People):
    """(AUZ-04, RES-01) in a pool that could send the code."""
    rita = required_pool.make(app=True)
    proved(required_pool, at_work(walker, required_pool), rita, "email")
    page = do(walker, required_pool, rita, "reset_password")
    assert (page.status, page.heading) == (502, NOT_SET_UP)
    assert required_pool.look(rita)["UserStatus"] == "CONFIRMED"


@pytest.mark.usefixtures("reads_only")
def test_who_may_only_read_uses_nobodys_code_up(walker: Walker, pool: People, settings: Any):
    """(AUZ-04, REC-01, RES-01)"""
    settings.RECOVERY = True
    ella, codes = ella_with_codes(pool)
    at_the_question(walker, ella)
    page = walker.open(walker.page.link(LINK))
    page = walker.open("/recovery/code/")
    assert (page.status, page.heading) == (502, NOT_SET_UP)
    assert APP in pool.on(ella)
    assert len(codes) == recovery_codes.codes_left(subject_of(pool, ella))
    assert not Recovery.objects.exists()


def test_a_page_that_reads_shows_that_its_identity_may_not(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(RES-01, AUZ-04) AccessDenied of one identity alone, by its own page."""
    ella = _ella(pool)
    at_work(walker, pool)
    with sandbox.rights({**RIGHTS, KEY[Right.READ]: RIGHTS[KEY[Right.READ]] - {"AdminGetUser"}}):
        page = open_act(walker, pool, ella, "end_sessions")
    assert (page.status, page.heading) == (502, NOT_SET_UP)


def test_a_change_whose_end_lacks_its_right_is_not_called_refused(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(AUZ-04, RES-04) the address stands changed; only the sessions were not ended."""
    nora = pool.make(phone=True)
    senior = at_work(walker, pool, "senior")
    proved(pool, senior, nora)
    agreed(pool, senior, nora, "correct_contact")
    new = f"new-{nora.email}"
    with sandbox.rights({**RIGHTS, KEY[Right.RECOVER]: set()}):
        page = do(walker, pool, nora, "correct_contact", channel="email", value=new)
        assert sandbox.signed()[KEY[Right.SENIOR]] == {"AdminUpdateUserAttributes": 1}
    assert page.heading == "Not certain"
    rows = AuditRecord.objects.filter(event="helpdesk_correct_contact").order_by("created_at")
    assert [row.outcome for row in rows] == ["intended", "unknown"]


# --- what the doctor says ---------------------------------------------------------------------


@pytest.fixture
def doctor(pool: People, capsys: Any) -> Callable[[], dict[str, dict[str, str]]]:
    def examine() -> dict[str, dict[str, str]]:
        capsys.readouterr()
        with pytest.raises(SystemExit):
            call_command("doctor", json=True, strict=True)
        found = json.loads(capsys.readouterr().out)["findings"]
        return {each["name"]: each for each in found if each["name"].startswith("identity")}

    return examine


def test_the_doctor_has_nothing_to_say_of_identities_that_fit(
    doctor: Any, pool: People, sandbox: Sandbox
):
    """(AUZ-04) it tries each right on nobody, and nobody is touched by that."""
    ella = _ella(pool)
    before = pool.look(ella)
    assert doctor() == {}
    assert pool.look(ella) == before
    asked = sandbox.signed()
    for right in Right:
        assert set(asked[KEY[right]]) >= RIGHTS[KEY[right]]


@pytest.mark.parametrize("right", Right)
def test_the_doctor_names_the_identity_and_the_right_it_lacks(
    doctor: Any, sandbox: Sandbox, right: Right
):
    """(AUZ-04, RES-01) by the setting that names its profile."""
    lost = sorted(RIGHTS[KEY[right]])[0]
    with sandbox.rights({**RIGHTS, KEY[right]: RIGHTS[KEY[right]] - {lost}}):
        found = doctor()
    assert set(found) == {"identity-rights"}
    says = f"{SETTING[right]}: IAM refuses the profile {right} {lost}."
    assert found["identity-rights"]["says"] == says


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (PORTAL_KEY, "The portal's own identity may do AdminDisableUser, too"),
        (KEY[Right.READ], "COGNITO_READ_PROFILE: the profile read may do AdminDisableUser, too"),
    ],
)
def test_the_doctor_names_an_identity_that_may_do_too_much(
    doctor: Any, sandbox: Sandbox, key: str, says: str
):
    """(AUZ-04) a split on paper alone: the right is there twice."""
    with sandbox.rights({**RIGHTS, key: RIGHTS[key] | {"AdminDisableUser"}}):
        found = doctor()
    assert set(found) == {"identity-beyond"}
    assert found["identity-beyond"]["says"].startswith(says)


def test_a_profile_that_is_not_there_is_named_by_doctor_and_at_start(doctor: Any, settings: Any):
    """(AUZ-04, RES-01)"""
    settings.COGNITO_SENIOR_PROFILE = "nobody-wrote-it"
    found = doctor()
    assert set(found) == {"identity-absent"}
    assert found["identity-absent"]["says"].startswith("COGNITO_SENIOR_PROFILE is nobody-wrote-it")
    with pytest.raises(ImproperlyConfigured, match=r"COGNITO_SENIOR_PROFILE.*nobody-wrote-it"):
        client.build_all()
