"""Every kind of change that a person is told of, and all that its message says."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.utils.formats import date_format
from django_tasks_db.models import DBTaskResult

from accounts import notices, vault
from accounts.models import AuditRecord, NotMeLink
from tests.journeys import desk
from tests.journeys.conftest import MakePool
from tests.journeys.cutting import Killed
from tests.journeys.helpdesk_steps import prove
from tests.journeys.steps import ALL, APP, SMS, enrol_app
from tests.journeys.test_recovery import ella_with_codes, use_code
from tests.people import App, People, Somebody, fresh_number
from tests.sandbox_process import Sandbox
from tests.walker import Walker

YOU, DESK, ELSEWHERE = "somebody signed in as you", "the helpdesk", "by another way"
HERE = "127.0.0.0/24"


@dataclass
class Scene:
    """What a change needs to be made."""

    walker: Walker
    pool: People
    sandbox: Sandbox

    def signed_in(self, **how: Any) -> Somebody:
        somebody = self.pool.make(**how)
        self.walker.sign_in(somebody, sandbox=self.sandbox)
        self.walker.open("/")
        return somebody


def an_app(scene: Scene) -> set[str]:
    nora = scene.signed_in()
    enrol_app(scene.walker)
    return {nora.email}


def another_app(scene: Scene) -> set[str]:
    tom = scene.signed_in(app=True, on=(APP,))
    enrol_app(scene.walker)
    return {tom.email}


def turned_off(scene: Scene) -> set[str]:
    tom = scene.signed_in(app=True, on=(APP,))
    scene.walker.open("/turn-off/totp/")
    scene.walker.send("Turn off")
    return {tom.email}


def preferred(scene: Scene) -> set[str]:
    ella = scene.signed_in(phone=True, app=True, on=ALL, preferred=SMS)
    scene.walker.open("/preference/")
    scene.walker.send("Save", preferred=APP)
    return {ella.email}


def other_number(scene: Scene) -> set[str]:
    nora, new = scene.signed_in(phone=True), fresh_number()
    scene.walker.open("/enrolment/contact/phone/")
    scene.walker.send("Send me a code", number=new, country="")
    scene.walker.send("Confirm", code=scene.sandbox.newest_code(new))
    return {nora.email}


def other_address(scene: Scene) -> set[str]:
    nora = scene.signed_in()
    new = f"new-{nora.email}"
    scene.walker.open("/enrolment/contact/address/")
    scene.walker.send("Send me a code", email=new)
    scene.walker.send("Confirm", code=scene.sandbox.newest_code(new))
    return {nora.email, new}


def new_codes(scene: Scene) -> set[str]:
    nora = scene.signed_in()
    scene.walker.open("/recovery/codes/")
    scene.walker.send("Make recovery codes")
    return {nora.email}


def a_code_used(scene: Scene) -> set[str]:
    ella, codes = ella_with_codes(scene.pool)
    use_code(scene.walker, ella, codes[0])
    return {ella.email}


def signed_out(scene: Scene) -> set[str]:
    nora = scene.signed_in()
    scene.walker.open("/sign-out/everywhere/")
    scene.walker.send("Sign out everywhere")
    return {nora.email}


def helped(scene: Scene) -> set[str]:
    ella = scene.pool.make(phone=True, app=True, on=ALL, preferred=APP)
    agent = desk.at_work(scene.walker, scene.pool)
    desk.proved(scene.pool, agent, ella)
    desk.do(scene.walker, scene.pool, ella, "remove_app")
    return {ella.email}


def checked(scene: Scene) -> set[str]:
    ella = scene.pool.make()
    desk.at_work(scene.walker, scene.pool)
    prove(scene.walker, desk.sub_of(scene.pool, ella))
    return {ella.email}


def elsewhere(scene: Scene) -> set[str]:
    ella = scene.signed_in(phone=True, app=True, on=ALL, preferred=APP)
    scene.pool.prefer(ella, (SMS,), SMS)
    scene.walker.open("/")
    return {ella.email}


TOLD: dict[str, tuple[Callable[[Scene], set[str]], str, str]] = {
    "bind": (an_app, "An authenticator app was added.", YOU),
    "replacement": (another_app, "An authenticator app was replaced.", YOU),
    "removal": (turned_off, "Your sign-in methods were changed.", YOU),
    "preference": (preferred, "Your sign-in methods were changed.", YOU),
    "number": (other_number, "The phone number of your account was changed.", YOU),
    "address": (other_address, "The e-mail address of your account was changed.", YOU),
    "codes": (new_codes, "New recovery codes were made.", YOU),
    "recovery": (a_code_used, "Your old sign-in methods are being removed", YOU),
    "sign-outs": (signed_out, "Your account was signed out everywhere.", YOU),
    "helpdesk": (helped, "The helpdesk removed your authenticator app.", DESK),
    "check": (checked, "", DESK),
    "elsewhere": (elsewhere, "changed outside these pages", ELSEWHERE),
}


def _mails() -> list[tuple[dict[str, Any], EmailMultiAlternatives]]:
    """The messages that wait for the worker, as it will send them, the newest change's only."""
    queued = DBTaskResult.objects.filter(task_path__endswith="send_notice").order_by("enqueued_at")
    opened = [vault.unseal(task.args_kwargs["args"][0]) for task in queued]
    return [(each, notices._message(each)) for each in opened]


@pytest.fixture
def scene(walker: Walker, pool: People, sandbox: Sandbox, settings: Any, helpdesk: None) -> Scene:
    settings.RECOVERY = True
    return Scene(walker, pool, sandbox)


@pytest.mark.parametrize(("change", "happened", "by"), TOLD.values(), ids=TOLD)
def test_the_person_is_told(
    scene: Scene,
    second_walker: Walker,
    change: Callable[[Scene], set[str]],
    happened: str,
    by: str,
):
    """(NOT-01, NOT-02, NOT-03) what, when, roughly where, by whom, and "this was not me"."""
    addresses = change(scene)
    mails = _mails()
    assert {mail.to[0] for _, mail in mails} == addresses
    assert len(mails) == len(addresses), "each once"
    for notice, mail in mails:
        ((page, kind),) = mail.alternatives
        assert kind == "text/html"
        drawn = " ".join(BeautifulSoup(str(page), "html.parser").body.get_text(" ").split())
        text = " ".join(str(mail.body).split())
        when = datetime.fromisoformat(notice["when"])
        assert abs(when - datetime.now(UTC)).total_seconds() < 300
        day = date_format(when, "j F Y")
        for said in (text, drawn):
            assert happened in said
            assert by in said
            assert day in said
            assert (HERE in said) == (by == YOU), "an operator's place is nobody's business"
        assert BeautifulSoup(str(page), "html.parser").select_one("a.button[href*='/not-me/']")
        link = re.search(r"http://localhost(/not-me/\S+/)", str(mail.body))
        assert link is not None
        assert second_walker.open(link[1]).soup.select_one(".lead"), "and it says about what"
    abouts = set(NotMeLink.objects.values_list("about", flat=True))
    assert AuditRecord.objects.filter(pk__in=abouts).count() == len(abouts) == 1


CUT = {
    "bind": "totp_enrolled",
    "replacement": "totp_enrolled",
    "removal": "preference_changed",
    "preference": "preference_changed",
    "number": "phone_number_changed",
    "address": "email_address_changed",
    "codes": "recovery_codes_made",
    "sign-outs": "signed_out_everywhere",
    "helpdesk": "helpdesk_remove_app",
}


@contextmanager
def dying_before(table: str, *said: str) -> Iterator[None]:
    """The portal dies as it is to write a row that says so into this table."""

    def write(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        is_row = f'INSERT INTO "{table}"' in sql
        if is_row and {*said} <= {each for each in params if isinstance(each, str)}:
            raise Killed
        return run(sql, params, many, context)

    with connection.execute_wrapper(write), pytest.raises(Killed):
        yield


def dying_before_it_is_done(event: str) -> AbstractContextManager[None]:
    return dying_before("accounts_auditrecord", event, "done")


# Whose notice waits for the worker before its row says done, and not only with it.
TOLD_BEFORE = {"codes", "sign-outs", "helpdesk"}


@pytest.mark.parametrize(("kind", "event"), CUT.items(), ids=CUT)
def test_no_change_is_done_that_nobody_is_told_of(scene: Scene, kind: str, event: str):
    """(NOT-01, RES-06) what is told stands before a row says done, or with it."""
    change, happened, _ = TOLD[kind]
    with dying_before_it_is_done(event):
        change(scene)
    said = [" ".join(str(mail.body).split()) for _, mail in _mails()]
    assert any(happened in each for each in said) is (kind in TOLD_BEFORE)


@pytest.mark.parametrize(("kind", "event"), CUT.items(), ids=CUT)
def test_a_change_whose_notice_cannot_be_queued_is_not_done(scene: Scene, kind: str, event: str):
    """(NOT-01, RES-06) its end is found out later, and told then."""
    change, _, _ = TOLD[kind]
    with dying_before("django_tasks_database_dbtaskresult"):
        change(scene)
    assert not AuditRecord.objects.filter(event=event, outcome="done").exists()
    assert not _mails()


def test_what_a_sign_in_itself_set_up_is_told_and_recorded(
    walker: Walker, make_pool: MakePool, sandbox: Sandbox
):
    """(NOT-01, AUD-02) the pool asks for a method, and that is a bind like any other."""
    pool = make_pool(mfa="ON", offered=("totp",))
    nora = pool.make()
    walker.open("/sign-in/")
    walker.send("Sign in", login=nora.username, password=nora.password)
    page = walker.send("Show")
    walker.send("Continue", code=App(page.secret).code())
    ((_, mail),) = _mails()
    assert mail.to == [nora.email]
    assert str(mail.body).startswith("An authenticator app was added.")
    row = AuditRecord.objects.get(event="totp_enrolled")
    assert (row.outcome, row.factor) == ("done", APP)
    assert NotMeLink.objects.get().about == row.id


def test_an_address_that_a_sign_in_set_up_is_told(
    walker: Walker, make_pool: MakePool, sandbox: Sandbox
):
    """(NOT-01, AUD-02)"""
    pool = make_pool(mfa="ON", offered=("totp", "email"))
    nora = pool.make(email=False)
    walker.open(walker.sign_in(nora).link("Set up e-mail"))
    walker.send("Send me a code", email=nora.email)
    walker.send("Continue", code=sandbox.newest_code(nora.email))
    ((_, mail),) = _mails()
    assert mail.to == [nora.email]
    assert str(mail.body).startswith("An e-mail address for sign-in codes was added.")
    assert NotMeLink.objects.get().about == AuditRecord.objects.get(event="email_enrolled").id
