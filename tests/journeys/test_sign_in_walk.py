"""Any way through a sign-in, in any order: no step is skipped, repeated or shed."""

from typing import Any

import pytest
from django.core.cache import caches
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.clock import Clock
from tests.journeys.steps import APP, EMAIL, OVERVIEW, SMS
from tests.people import PASSWORD, People
from tests.walker import Walker

pytestmark = pytest.mark.usefixtures("by_srp")

# Whom one may be, and every step that the pool then asks for after the password.
KINDS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing set up": ({}, []),
    "an app": ({"app": True, "on": (APP,)}, ["code"]),
    "two, none first": ({"phone": True, "on": (SMS, EMAIL)}, ["choose", "code"]),
    "a first password": ({"temporary": True}, ["new-password"]),
    "a first password and a phone": (
        {"temporary": True, "phone": True, "on": (SMS,)},
        ["new-password", "code"],
    ),
}
STEPS = (
    "choose", "code", "new-password", "set-up", "set-up/app", "set-up/email", "password", "ways",
)  # fmt: skip
GUARDED = ("/", "/preference/")
# One more wrong answer, and the pool would lock the account for a while.
MOST_WRONG = 3
NEW_PASSWORD = "Another-Ferry-52"


class SignIn(RuleBasedStateMachine):
    """What is owed by the model, against what the pages of a real portal and pool let pass."""

    def __init__(self, people: People, clock: Clock) -> None:
        super().__init__()
        self.people, self.clock = people, clock
        self.walker = Walker()
        # What is still to be proved; None while no right password was given.
        self.owed: list[str] | None = None
        self.wrong = 0
        # Every machine begins with its own limits and sessions.
        caches["default"].clear()

    @initialize(kind=st.sampled_from(sorted(KINDS)))
    def somebody(self, kind: str) -> None:
        how, self.steps = KINDS[kind][0], list(KINDS[kind][1])
        self.person = self.people.make(**how)

    @property
    def is_in(self) -> bool:
        return self.owed == []

    @property
    def next(self) -> str:
        return self.owed[0] if self.owed else ""

    @precondition(lambda self: self.owed is None)
    @rule()
    def the_right_password(self) -> None:
        self.walker.open("/sign-in/")
        self.walker.send("Sign in", login=self.person.username, password=self.person.password)
        self.owed = list(self.steps)

    @precondition(lambda self: self.owed is None and self.wrong < MOST_WRONG)
    @rule()
    def a_wrong_password(self) -> None:
        self.wrong += 1
        self.walker.open("/sign-in/")
        page = self.walker.send("Sign in", login=self.person.username, password="Not-The-One-1")
        assert page.status == 422

    @precondition(lambda self: self.next == "choose")
    @rule(factor=st.sampled_from([SMS, EMAIL]))
    def a_choice(self, factor: str) -> None:
        self.walker.open("/sign-in/choose/")
        self.walker.send("Continue", factor=factor)
        self._done()

    @precondition(lambda self: self.next == "code")
    @rule()
    def the_right_code(self) -> None:
        page = self.walker.open("/sign-in/code/")
        self.walker.send("Continue", code=self._code(page.text))
        self._done()

    @precondition(lambda self: self.next == "code" and self.wrong < MOST_WRONG)
    @rule()
    def a_wrong_code(self) -> None:
        self.wrong += 1
        self.walker.open("/sign-in/code/")
        assert self.walker.send("Continue", code="000000").status == 422

    @precondition(lambda self: self.next == "new-password")
    @rule()
    def a_new_password(self) -> None:
        self.walker.open("/sign-in/new-password/")
        self.walker.send("Save", new_password=NEW_PASSWORD)
        self.person.password = NEW_PASSWORD
        self.steps.remove("new-password")
        self._done()

    @rule(step=st.sampled_from(STEPS))
    def a_step_out_of_turn(self, step: str) -> None:
        """Posted by hand, with whatever any of the pages would take."""
        if step == self.next:
            return
        self.walker.open("/sign-in/")
        everything = {"code": "123456", "factor": SMS, "way": "PASSWORD", "email": "x@example.com"}
        passwords = {"password": PASSWORD, "new_password": "Not-To-Be-Set-9"}
        page = self.walker.post(f"/sign-in/{step}/", {**everything, **passwords})
        belongs = f"/sign-in/{self.next}/" if self.owed else "/" if self.is_in else "/sign-in/"
        assert (page.status, page.url) == (200, belongs)

    @precondition(lambda self: self.owed is not None and self.owed)
    @rule()
    def begin_again(self) -> None:
        """Everything is owed anew: a restart sheds nothing."""
        self.walker.open("/sign-in/")
        self.walker.post("/sign-in/again/", {})
        self.owed = None

    @precondition(lambda self: self.is_in)
    @rule()
    def sign_out(self) -> None:
        self.walker.open("/")
        self.walker.send("Sign out")
        self.owed = None

    @invariant()
    def only_who_owes_nothing_is_in(self) -> None:
        for path in GUARDED:
            page = self.walker.open(path)
            assert (page.url == path) == self.is_in, (path, self.owed)
        if self.owed:
            assert page.url == f"/sign-in/{self.next}/"

    def _done(self) -> None:
        assert self.owed
        self.owed.pop(0)

    def _code(self, words: str) -> str:
        if "authenticator app" in words:
            assert self.person.app is not None
            # Each code is good once: the next one is half a minute away.
            self.clock.forward(seconds=31)
            return self.person.app.code()
        by_text = "text message" in words
        return self.people.sandbox.newest_code(self.person.phone if by_text else self.person.email)

    def teardown(self) -> None:
        if self.is_in:
            assert self.walker.open("/").heading == OVERVIEW


def test_a_sign_in_cannot_be_talked_out_of_any_step(pool: People, clock: Clock):
    """(AUZ-07, SES-12, QA-02) wrong, right, out of turn, again: in is who owes nothing."""
    run_state_machine_as_test(
        lambda: SignIn(pool, clock),
        settings=settings(
            max_examples=20,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
