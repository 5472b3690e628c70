"""The portal dies between any two calls of the way back in, and of a replacement.

CUTS=all cuts before and after each write and before every other call, and goes on from each cut
in both ways; else before each write, where the one before is made, noted and not followed.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.cache import caches
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts import recovery_codes, recovery_rights
from accounts.models import AuditRecord, NotMeLink, Recovery, SetUpBegun, Tally
from portal.factors import services as factors
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.cutting import Cut, watched
from tests.journeys.steps import APP, EMAIL, OVERVIEW, SMS
from tests.journeys.way_back import (
    BACK,
    GO,
    NEXT,
    at_the_question,
    ella_with_codes,
    set_up_app,
    subject_of,
    use_code,
)
from tests.people import App, People, Somebody, fresh_number
from tests.walker import Page, Walker

EVERY = os.environ.get("CUTS") == "all"


@pytest.fixture(autouse=True)
def _offered(settings: Any) -> None:
    settings.RECOVERY = True


@contextmanager
def telling(cut: Cut, end: str = "") -> Iterator[None]:
    """A failure says where the portal had died."""
    try:
        yield
    except Exception as failure:
        failure.add_note(f"cut at {cut} {end}")
        raise


def opens_by_password(pool: People, who: Somebody) -> bool:
    """Whether any app of the pool would let somebody in who knows the password alone."""
    reply = pool.admin.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=pool.client_id(),
        AuthParameters={"USERNAME": who.username, "PASSWORD": who.password},
    )
    return "AuthenticationResult" in reply


class WayBack:
    """Ella's way back in, from her password to her new app."""

    def __init__(self, pool: People, walker: Walker) -> None:
        self.pool, self.walker = pool, walker
        self.ella, self.codes = ella_with_codes(pool)
        self.subject = subject_of(pool, self.ella)
        self.new: App | None = None
        know_the_pool()

    def go(self) -> None:
        use_code(self.walker, self.ella, self.codes[0])
        self.walker.open("/enrolment/totp/")
        self.new = App(self.walker.send("Show").secret)
        self.walker.send("Turn on", code=self.new.code())

    @property
    def codes_left(self) -> int | None:
        return recovery_codes.codes_left(self.subject)

    @property
    def open_ones(self) -> Any:
        return Recovery.objects.filter(sub=self.subject.sub, done_at=None)

    def is_whole_or_watched(self) -> None:
        """Nothing has changed, or what is open to the password is closed with the sitting."""
        if self.codes_left == 10:
            assert self.pool.on(self.ella) == {APP}
            assert not self.open_ones.exists()
        if opens_by_password(self.pool, self.ella):
            recovery = self.open_ones.get(closed_at=None)
            assert recovery.ends_at - timezone.now() <= portal.RECOVERY_SITTING
            watching = DBTaskResult.objects.filter(
                status="READY", task_path__endswith="close_gap", run_after__lte=recovery.ends_at
            )
            assert [str(recovery.id)] in [each.args_kwargs["args"] for each in watching]

    def take_the_app_that_works(self, clock: Clock) -> None:
        clock.forward(seconds=91)  # so that an app has shown other codes
        if self.new is not None and works(self.pool, self.ella, self.new):
            self.ella.app = self.new

    def comes_again(self, clock: Clock) -> None:
        """In the same browser: it goes on, or is as before; one code is used in all."""
        self.take_the_app_that_works(clock)
        page = at_the_question(self.walker, self.ella)
        if self.ella.app is self.new:
            page = self.walker.answer_challenges(self.ella)
            assert BACK in page.text
        else:
            if page.heading != NEXT:
                self._go_on()
            self.ella.app = set_up_app(self.walker)
        assert self.codes_left == 9
        self.is_in_order({APP})

    def _go_on(self) -> None:
        typed = {}
        if GO not in self.walker.open("/recovery/").text:
            self.walker.open("/recovery/code/")
            typed = {"code": self.codes[0]}
        page = self.walker.send(GO, password=self.ella.password, **typed)
        assert page.heading == NEXT, page.text

    def stays_away(self, clock: Clock) -> None:
        """The sitting ends without her: the password opens nothing, and she gets in later."""
        clock.forward(minutes=16)
        call_command("worker", batch=True, interval=0, verbosity=0)
        assert not opens_by_password(self.pool, self.ella)
        assert not self.open_ones.filter(closed_at=None).exists()
        self.take_the_app_that_works(clock)
        on = self.pool.on(self.ella)
        if on == {EMAIL}:
            self.ella.app = None
        if self.open_ones.exists():
            assert BACK in Walker().sign_in(self.ella, sandbox=self.pool.sandbox).text
            clock.forward(seconds=91)
        self.is_in_order(on)

    def is_in_order(self, on: set[str]) -> None:
        clear_counts()
        page = Walker().sign_in(self.ella, sandbox=self.pool.sandbox)
        assert page.heading == OVERVIEW, page.text
        assert self.pool.on(self.ella) == on
        assert not self.open_ones.exists()


def works(pool: People, who: Somebody, app: App) -> bool:
    """Whether this is the app that the pool asks for."""
    if pool.on(who) != {APP}:
        return False
    try:
        pool.access_token(replace(who, app=app))
    except pool.admin.exceptions.CodeMismatchException:
        return False
    return True


def know_the_pool() -> None:
    """What the portal keeps for minutes is read before, so that every run makes the same calls."""
    factors.current_policy()
    recovery_rights.require()


def clear_counts() -> None:
    """What was tried before is not what is tested here."""
    Tally.objects.all().delete()


@pytest.mark.usefixtures("transactional_db")
def test_a_way_back_that_is_cut_anywhere(
    pool: People, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """(RES-06, REC-01, REC-03) nothing is changed, or the next visit goes on; else it is closed."""
    whole = WayBack(pool, Walker())
    with watched(monkeypatch) as calls:
        whole.go()
    cuts = calls.cuts(every=EVERY)
    assert {each.operation for each in cuts} >= WRITES_OF_THE_WAY_BACK
    endings = (WayBack.comes_again, WayBack.stays_away)
    for number, cut in enumerate(cuts):
        for end in endings if EVERY else endings[number % 2 :][:1]:  # else by turns
            with telling(cut, end.__name__):
                clear_counts()
                way = WayBack(pool, Walker())
                with watched(monkeypatch, cut):
                    way.go()
                way.is_whole_or_watched()
                end(way, clock)


WRITES_OF_THE_WAY_BACK = {
    "AdminUserGlobalSignOut",
    "AdminSetUserMFAPreference",
    "AdminDeleteSoftwareToken",
    "AssociateSoftwareToken",
    "VerifySoftwareToken",
    "SetUserMFAPreference",
}


GO_ON, APP_IS_ON = "Continue where I was", "Authenticator app is on"


@pytest.mark.usefixtures("transactional_db")
def test_a_new_app_that_is_cut_anywhere(
    pool: People, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """(RES-06, FAC-05) one app works at every moment, and the next visit ends what was begun."""

    def replace_app(walker: Walker, shown: list[App], *, goes_on: bool = False) -> Page:
        page = walker.open("/enrolment/totp/")
        assert (GO_ON in page.text) is goes_on
        if goes_on:
            walker.send(GO_ON)
        else:
            shown.append(App(walker.send("Show").secret))
        return walker.send("Turn on", code=shown[-1].code())

    _, *begun = _signed_in(pool)
    with watched(monkeypatch) as calls:
        assert replace_app(*begun).heading == APP_IS_ON
    # It reads for the page that says so: by then nothing is left half done.
    last = len(calls.made) - 1
    assert calls.made[last] == "GetUser"
    for cut in calls.cuts(every=EVERY):
        clear_counts()
        tom, walker, shown = _signed_in(pool)
        with telling(cut):
            with watched(monkeypatch, cut):
                replace_app(walker, shown)
            assert pool.on(tom) == {APP}
            assert not opens_by_password(pool, tom)
            # Time passes, so that an app has shown other codes.
            clock.forward(seconds=91)
            old, new = tom.app, shown[-1] if shown else None
            assert old is not None
            assert works(pool, tom, old) is not (new is not None and works(pool, tom, new))
            if cut.call == last:
                assert new is not None
                assert works(pool, tom, new)
                clock.forward(seconds=91)
            half_done = new is not None and cut.call < last
            assert replace_app(walker, shown, goes_on=half_done).heading == APP_IS_ON
            tom.app = shown[-1]
            clock.forward(seconds=91)
            assert Walker().sign_in(tom).heading == OVERVIEW
            assert not works(pool, tom, old)


def _signed_in(pool: People) -> tuple[Somebody, Walker, list[App]]:
    know_the_pool()
    tom, walker = pool.make(app=True, on=(APP,)), Walker()
    assert walker.sign_in(tom).heading == OVERVIEW
    return tom, walker, []


@pytest.mark.usefixtures("transactional_db")
def test_a_new_number_that_is_cut_anywhere(
    pool: People, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """(RES-06, FAC-05) the old number or the new one is asked, never one that is not proved."""

    def replace_number(walker: Walker, new: str) -> Page:
        walker.open("/enrolment/sms/")
        page = walker.send("Send me a code", country="", number=new)
        if page.url != "/enrolment/sms/code/":
            return page
        return walker.send("Turn on", code=pool.sandbox.newest_code(new))

    def begin() -> tuple[Somebody, Walker]:
        clear_counts()
        know_the_pool()
        tom, walker = pool.make(phone=True, on=(SMS,), preferred=SMS), Walker()
        walker.sign_in(tom, sandbox=pool.sandbox)
        return tom, walker

    _, walker = begin()
    with watched(monkeypatch) as calls:
        replace_number(walker, fresh_number())
    for cut in calls.cuts(every=EVERY):
        (tom, walker), new = begin(), fresh_number()
        with telling(cut):
            with watched(monkeypatch, cut):
                replace_number(walker, new)
            look = pool.look(tom)
            assert (pool.on(tom), pool.preferred(tom)) == ({SMS}, SMS)
            assert look["attributes"]["phone_number"] in {tom.phone, new}
            assert look["attributes"]["phone_number_verified"] == "true"
            assert not opens_by_password(pool, tom)
            clear_counts()
            clock.forward(seconds=61)
            replace_number(walker, new)
            tom.phone = new
            assert Walker().sign_in(tom, sandbox=pool.sandbox).heading == OVERVIEW
            assert pool.look(tom)["attributes"]["phone_number"] == new


class SetUpAtSignIn:
    """Somebody who was here without a second step, and is asked for one at the next sign-in."""

    event, offered, has_mailbox = "totp_enrolled", ("totp",), True

    def __init__(self, pool: People) -> None:
        clear_counts()
        ask_everybody(pool, "OPTIONAL")
        self.pool, self.tom = pool, pool.make(email=self.has_mailbox)
        self.subject = subject_of(pool, self.tom)
        self.elsewhere = Walker()
        assert self.elsewhere.sign_in(self.tom).heading == OVERVIEW
        ask_everybody(pool, "ON")
        # Known from here on: there is no app either.
        self.elsewhere.open("/")

    def go(self, walker: Walker) -> Page:
        """To the overview, by what is asked: what was set up, or else to set it up."""
        page = walker.sign_in(self.tom, sandbox=self.pool.sandbox)
        return self.set_up(walker) if "/set-up/" in page.url else page

    def set_up(self, walker: Walker) -> Page:
        walker.open("/sign-in/set-up/app/")
        self.tom.app = App(walker.send("Show").secret)
        return walker.send("Continue", code=self.tom.app.code())

    def is_told_once(self) -> None:
        """Recorded and announced, and nobody says that it was done elsewhere."""
        mine = AuditRecord.objects.filter(sub=self.subject.sub)
        (row,) = mine.filter(event=self.event)
        assert row.outcome == "done"
        assert NotMeLink.objects.filter(about=row.id).count() == 1
        assert not mine.filter(event="drift_found").exists()
        assert not SetUpBegun.objects.exists()


class MailboxAtSignIn(SetUpAtSignIn):
    """The same with an e-mail address, where they have none."""

    event, offered, has_mailbox = "email_enrolled", ("totp", "email"), False

    def set_up(self, walker: Walker) -> Page:
        walker.open("/sign-in/set-up/email/")
        walker.send("Send", email=self.tom.email)
        return walker.send("Continue", code=self.pool.sandbox.newest_code(self.tom.email))


def ask_everybody(pool: People, mfa: str) -> None:
    """Change whether the pool asks for a second step; the portal knows it at once."""
    config = pool.admin.get_user_pool_mfa_config(UserPoolId=pool.pool_id)
    kept = {name: config[name] for name in config if name.endswith("MfaConfiguration")}
    kept = {name: value for name, value in kept.items() if isinstance(value, dict)}
    pool.admin.set_user_pool_mfa_config(
        UserPoolId=pool.pool_id, **{**kept, "MfaConfiguration": mfa}
    )
    caches["process"].clear()
    know_the_pool()


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("kind", [SetUpAtSignIn, MailboxAtSignIn])
def test_a_sign_in_that_sets_up_a_method_and_is_cut_anywhere(
    make_pool: MakePool,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[SetUpAtSignIn],
):
    """(RES-06, AUD-02, NOT-01) the next one goes on, and nobody calls it a change from elsewhere.

    Nor does a browser that was signed in before, and reads in between.
    """
    pool = make_pool(offered=kind.offered)
    whole = kind(pool)
    with watched(monkeypatch) as calls:
        assert whole.go(Walker()).heading == OVERVIEW
    whole.is_told_once()
    for cut in calls.cuts(every=EVERY):
        begun = kind(pool)
        with telling(cut):
            with watched(monkeypatch, cut):
                begun.go(Walker())
            clear_counts()
            clock.forward(seconds=91)
            assert begun.elsewhere.open("/").heading == OVERVIEW
            assert begun.go(Walker()).heading == OVERVIEW
            begun.is_told_once()
