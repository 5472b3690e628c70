"""Any changes to one's own account, in any order: afterwards one can still sign in."""

import os
from typing import Any

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

from accounts.models import Tally
from tests.clock import Clock
from tests.journeys.steps import ALL, APP, EMAIL, OVERVIEW, SMS, enrol_app, sentence
from tests.people import People, fresh_number
from tests.walker import Walker

SLUG = {APP: "totp", SMS: "sms", EMAIL: "email"}
EXAMPLES = int(os.environ.get("ACCOUNT_WALK_EXAMPLES", "3"))
STEPS = int(os.environ.get("ACCOUNT_WALK_STEPS", "8"))
A_METHOD = st.sampled_from(ALL)


class Account(RuleBasedStateMachine):
    """What was asked for, against what the pool holds and asks."""

    def __init__(self, people: People, clock: Clock) -> None:
        super().__init__()
        self.people, self.clock = people, clock
        caches["default"].clear()

    @initialize()
    def somebody(self) -> None:
        self.walker = Walker()
        self.person = self.people.make(phone=True)
        self.on: set[str] = set()
        self.first: str | None = None
        self._sign_in()

    def _sign_in(self) -> None:
        # The counts of all the codes before are not what is walked here.
        Tally.objects.all().delete()
        self.clock.forward(seconds=61)
        self.walker.client.cookies.clear()
        page = self.walker.sign_in(self.person, sandbox=self.people.sandbox)
        assert page.heading == OVERVIEW, page.text

    @rule()
    def enrol_or_replace_the_app(self) -> None:
        self.person.app, page = enrol_app(self.walker)
        assert page.heading == "Authenticator app is on"
        self.on.add(APP)

    @rule(factor=st.sampled_from([SMS, EMAIL]))
    def turn_on(self, factor: str) -> None:
        if factor in self.on:
            return
        self.walker.open(f"/enrolment/{SLUG[factor]}/")
        self.walker.send("Turn on")
        self.on.add(factor)

    @precondition(lambda self: len(self.on) > 1)
    @rule(data=st.data())
    def prefer(self, data: Any) -> None:
        self.first = data.draw(st.sampled_from([*sorted(self.on), None]))
        self.walker.open("/preference/")
        assert self.walker.send("Save", preferred=self.first or "").heading == "Saved"

    @precondition(lambda self: self.on)
    @rule(data=st.data())
    def turn_off(self, data: Any) -> None:
        factor = data.draw(st.sampled_from(sorted(self.on)))
        page = self.walker.open(f"/turn-off/{SLUG[factor]}/")
        asks_next = bool(page.soup.select("input[name=preferred]"))
        typed = {"preferred": ""} if asks_next else {}
        assert self.walker.send("Turn off", **typed).heading == "Saved"
        self.on.discard(factor)
        if self.first == factor:
            self.first = None

    @rule(factor=A_METHOD)
    def abandon(self, factor: str) -> None:
        """Begin a set-up or a replacement, and go away."""
        page = self.walker.open(f"/enrolment/{SLUG[factor]}/")
        if factor == APP:
            self.walker.send("Show")
        elif factor == SMS:
            self.walker.send("Send me a code", country="", number=fresh_number())
        else:
            self.walker.send("Send me a code", email=f"new-{self.person.email}")
        assert page.status == 200

    @rule()
    def change_number(self) -> None:
        new = fresh_number()
        self.walker.open("/enrolment/contact/phone/")
        self.walker.send("Send me a code", country="", number=new)
        page = self.walker.send("Confirm", code=self.people.sandbox.newest_code(new))
        assert page.heading == "Saved"
        self.person.phone = new

    @rule()
    def sign_in_anew(self) -> None:
        """With whatever is on now."""
        self._sign_in()

    @invariant()
    def the_account_is_as_it_was_asked(self) -> None:
        """(FAC-01) what is on, what comes first, the contacts: that, and nothing else."""
        look = self.people.look(self.person)
        assert set(look.get("UserMFASettingList", ())) == self.on
        assert look.get("PreferredMfaSetting") == self.first
        assert self.first is None or self.first in self.on
        assert look["attributes"]["phone_number"] == self.person.phone
        assert look["attributes"]["phone_number_verified"] == "true"
        assert look["attributes"]["email"] == self.person.email
        page = self.walker.open("/")
        assert "This is not as you chose it here" not in page.text
        assert ("Your password alone" in sentence(page)) == (not self.on)
        Tally.objects.all().delete()

    def teardown(self) -> None:
        if hasattr(self, "person"):
            self._sign_in()


def test_after_any_changes_one_can_still_sign_in(pool: People, clock: Clock):
    """(FAC-01, FAC-05, QA-02) ACCOUNT_WALK_EXAMPLES and ACCOUNT_WALK_STEPS walk farther."""
    run_state_machine_as_test(
        lambda: Account(pool, clock),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
