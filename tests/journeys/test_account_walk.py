"""Any changes to one's own account, in any order: afterwards one can still sign in."""

import os
from typing import Any

import pytest
from django.core.cache import caches
from django.core.management import call_command
from hypothesis import HealthCheck, Phase
from hypothesis import settings as walking
from hypothesis import strategies as st
from hypothesis.stateful import (
    RULE_MARKER,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts import passes, recovery_codes
from accounts.models import Recovery, Tally
from accounts.subjects import Subject
from tests.clock import Clock
from tests.journeys.steps import ALL, APP, EMAIL, OVERVIEW, SMS, enrol_app, see_app_key, sentence
from tests.journeys.way_back import BACK, GO, NEXT, at_the_question, set_up_app, subject_of
from tests.people import People, fresh_number
from tests.walker import Page, Walker

SLUG = {APP: "totp", SMS: "sms", EMAIL: "email"}
EXAMPLES = int(os.environ.get("ACCOUNT_WALK_EXAMPLES", "2"))
STEPS = int(os.environ.get("ACCOUNT_WALK_STEPS", "8"))
A_METHOD = st.sampled_from(ALL)
WAITS = "You can go on later"
# VerifyUserAttribute of one person in an hour, for all that it proves (contract 4.2).
MOST_PROVED = 15


def _inside(account: "Account") -> bool:
    return account.is_in


def _may_prove(account: "Account") -> bool:
    return account.is_in and account.proved < MOST_PROVED


def _outside(account: "Account") -> bool:
    return not account.is_in


class Account(RuleBasedStateMachine):
    """What was asked for, against what the pool holds and asks.

    on, first: methods that are on, and the one that is asked first. is_lost: the app is, with its
    phone. is_in: whether the person is signed in; out of the account, and unable to get in by a
    method, they have ways back.
    """

    def __init__(self, people: People, clock: Clock, *, begins_lost: bool) -> None:
        super().__init__()
        self.people, self.clock, self.begins_lost = people, clock, begins_lost
        caches["default"].clear()

    @initialize()
    def somebody(self) -> None:
        self.walker = Walker()
        begun = {"app": True, "on": (APP,)} if self.begins_lost else {}
        self.person = self.people.make(phone=True, **begun)
        self.on: set[str] = set(begun.get("on", ()))
        self.first: str | None = None
        self.is_lost, self.is_in = self.begins_lost, False
        self.moves = self.proved = 0
        self.subject: Subject = subject_of(self.people, self.person)
        self.codes = recovery_codes.make(self.subject)
        self.as_at_first = self._attributes()
        if not self.begins_lost:
            self.sign_in()

    def _attributes(self) -> dict[str, str]:
        """Everything the pool keeps about the person, but for what may be changed here."""
        look = self.people.look(self.person)
        kept = {"state": f"{look['Enabled']} {look['UserStatus']}", **look["attributes"]}
        return {name: kept[name] for name in kept if name not in {"phone_number", "email"}}

    @property
    def can_sign_in(self) -> bool:
        """Where one comes first, the pool asks for that one alone (contract 5.4)."""
        usable = self.on - ({APP} if self.is_lost else set())
        return not self.on or (bool(usable) and (self.first is None or self.first in usable))

    # --- within the account -------------------------------------------------------------------

    @precondition(_inside)
    @rule()
    def enrol_or_replace_the_app(self) -> None:
        self.person.app, page = enrol_app(self.walker)
        assert page.heading == "Authenticator app is on"
        self.on.add(APP)
        self.is_lost = False

    @precondition(_inside)
    @rule(factor=st.sampled_from([SMS, EMAIL]))
    def turn_on(self, factor: str) -> None:
        if factor in self.on:
            return
        self.walker.open(f"/enrolment/{SLUG[factor]}/")
        self.walker.send("Turn on")
        self.on.add(factor)

    @precondition(lambda self: self.is_in and len(self.on) > 1)
    @rule(data=st.data())
    def prefer(self, data: Any) -> None:
        self.choose_first(data.draw(st.sampled_from([*sorted(self.on), None])))

    def choose_first(self, first: str | None) -> None:
        self.first = first
        self.walker.open("/preference/")
        assert self.walker.send("Save", preferred=self.first or "").heading == "Saved"

    @precondition(lambda self: self.is_in and self.on)
    @rule(data=st.data())
    def turn_off(self, data: Any) -> None:
        self.switch_off(data.draw(st.sampled_from(sorted(self.on))))

    def switch_off(self, factor: str) -> None:
        page = self.walker.open(f"/turn-off/{SLUG[factor]}/")
        asks_next = bool(page.soup.select("input[name=preferred]"))
        typed = {"preferred": ""} if asks_next else {}
        assert self.walker.send("Turn off", **typed).heading == "Saved"
        self.on.discard(factor)
        if self.first == factor:
            self.first = None

    @precondition(_inside)
    @rule(factor=A_METHOD)
    def abandon(self, factor: str) -> None:
        """Begin a set-up or a replacement, and go away."""
        if factor == APP:
            assert see_app_key(self.walker).status == 200
            return
        page = self.walker.open(f"/enrolment/{SLUG[factor]}/")
        if factor == SMS:
            self.walker.send("Send me a code", country="", number=fresh_number())
        else:
            self.walker.send("Send me a code", email=f"new-{self.person.email}")
        assert page.status == 200

    @precondition(_may_prove)
    @rule()
    def change_number(self) -> None:
        self.proved += 1
        new = fresh_number()
        self.walker.open("/enrolment/contact/phone/")
        self.walker.send("Send me a code", country="", number=new)
        page = self.walker.send("Confirm", code=self.people.sandbox.newest_code(new))
        assert page.heading == "Saved"
        self.person.phone = new

    @precondition(_may_prove)
    @rule()
    def change_address(self) -> None:
        self.moves += 1
        self.proved += 1
        new = f"home-{self.moves}-{self.person.username}@example.com"
        self.walker.open("/enrolment/contact/address/")
        self.walker.send("Send me a code", email=new)
        page = self.walker.send("Confirm", code=self.people.sandbox.newest_code(new))
        assert page.heading == "Saved"
        self.person.email = new

    @precondition(lambda self: APP in self.on and not self.is_lost)
    @rule()
    def lose(self) -> None:
        """The phone with the app, and the browser that was signed in; the number is kept."""
        self.is_lost, self.is_in = True, False

    # --- out of it ----------------------------------------------------------------------------

    @precondition(lambda self: self.can_sign_in)
    @rule()
    def sign_in(self) -> None:
        """With whatever is on now, and is not lost."""
        self._pause()
        page = at_the_question(self.walker, self.person)
        if page.url == "/sign-in/choose/":
            usable = sorted(self.on - ({APP} if self.is_lost else set()))
            page = self.walker.send("Continue", factor=usable[0])
        page = self.walker.answer_challenges(self.person, self.people.sandbox)
        assert page.heading == OVERVIEW, page.text
        self.is_in = True

    def _pause(self) -> None:
        # The counts of all the codes before are not what is walked here.
        Tally.objects.all().delete()
        self.clock.forward(seconds=61)

    def _at_the_ways_back(self) -> Page:
        """The password was right, and none of the methods can be used."""
        self._pause()
        page = at_the_question(self.walker, self.person)
        assert page.url.startswith("/sign-in/"), page.text
        return self.walker.open("/recovery/")

    @precondition(lambda self: not self.is_in and self.is_lost)
    @rule()
    def recover_by_a_code(self) -> None:
        self._use_a_code()
        self._set_up_and_sign_in()

    def _use_a_code(self) -> None:
        if not self.codes:
            self.codes = recovery_codes.make(self.subject)
        self._at_the_ways_back()
        self.walker.open("/recovery/code/")
        page = self.walker.send(GO, code=self.codes.pop(), password=self.person.password)
        self._is_freed(page)

    def _is_freed(self, page: Page) -> None:
        assert page.heading == NEXT, page.text
        self.on, self.first, self.is_lost = set(), None, False

    def _set_up_and_sign_in(self) -> None:
        self.person.app = set_up_app(self.walker)
        assert BACK in self.walker.page.text
        self.on = {APP}
        self.sign_in()

    @precondition(lambda self: not self.is_in and self.is_lost)
    @rule()
    def recover_by_a_pass(self) -> None:
        self._at_the_ways_back()
        page = self.walker.send("Show the code for the helpdesk")
        shown = page.soup.select(".key-text")[0].get_text()
        passes.pair(self.subject, shown, issued_by="olga")
        self.walker.open("/recovery/")
        self._is_freed(self.walker.send(GO, password=self.person.password))
        self._set_up_and_sign_in()

    @precondition(lambda self: not self.is_in and self.is_lost)
    @rule()
    def ask_to_wait(self) -> None:
        """Named, and it ends: the page says when."""
        page = self._at_the_ways_back()
        if GO in page.text:
            return
        page = self.walker.open("/recovery/ask/")
        if page.heading != WAITS:
            page = self.walker.send("Wait 24 hours")
        assert page.heading == WAITS

    @precondition(lambda self: not self.is_in and self.is_lost)
    @rule()
    def recover_by_waiting(self) -> None:
        self.ask_to_wait()
        self.clock.forward(hours=24, minutes=1)
        page = self._at_the_ways_back()
        assert GO in page.text, page.text
        self._is_freed(self.walker.send(GO, password=self.person.password))
        self._set_up_and_sign_in()

    @precondition(lambda self: not self.is_in and self.is_lost)
    @rule()
    def leave_the_way_back(self) -> None:
        """The sitting is left: closed to the password alone, open to the mailbox."""
        self._use_a_code()
        self.clock.forward(minutes=16)
        call_command("worker", batch=True, interval=0, verbosity=0)
        assert Recovery.objects.get(sub=self.subject.sub, done_at=None).closed_at is not None
        self.on, self.first = {EMAIL}, EMAIL
        self._pause()
        at_the_question(self.walker, self.person)
        page = self.walker.answer_challenges(self.person, self.people.sandbox)
        assert BACK in page.text, page.text

    @precondition(_outside)
    @rule()
    def find_the_phone(self) -> None:
        self.is_lost = False

    # --- always -------------------------------------------------------------------------------

    @invariant()
    def the_account_is_as_it_was_asked(self) -> None:
        """(FAC-01) what is on, what comes first, the contacts: that, and nothing else."""
        look = self.people.look(self.person)
        assert set(look.get("UserMFASettingList", ())) == self.on
        assert look.get("PreferredMfaSetting") == self.first
        assert self.first is None or self.first in self.on
        assert look["attributes"]["phone_number"] == self.person.phone
        assert look["attributes"]["email"] == self.person.email
        assert self._attributes() == self.as_at_first
        assert not Recovery.objects.filter(closed_at=None, done_at=None).exists()
        if self.is_in:
            page = self.walker.open("/")
            assert "This is not as you chose it here" not in page.text
            assert ("Your password alone" in sentence(page)) == (not self.on)
        Tally.objects.all().delete()

    def teardown(self) -> None:
        """Whatever went before: they get in, by a method or after a wait that ends."""
        if hasattr(self, "as_at_first"):
            if self.can_sign_in:
                self.sign_in()
            else:
                self.recover_by_waiting()
            self.the_account_is_as_it_was_asked()


# Every verb at least once, and what a loss meets: all that is walked in any order below.
EVERY_VERB: tuple[tuple[str, *tuple[Any, ...]], ...] = (
    ("enrol_or_replace_the_app",),
    ("turn_on", SMS),
    ("turn_on", EMAIL),
    ("choose_first", SMS),
    *[("abandon", factor) for factor in ALL],
    ("change_number",),
    ("change_address",),
    ("choose_first", APP),
    ("enrol_or_replace_the_app",),
    *[("abandon", factor) for factor in ALL],
    ("switch_off", SMS),
    ("lose",),
    ("recover_by_a_code",),
    ("turn_on", EMAIL),
    ("switch_off", APP),
    ("enrol_or_replace_the_app",),
    ("switch_off", EMAIL),
    ("lose",),
    ("recover_by_a_pass",),
    ("lose",),
    ("ask_to_wait",),
    ("recover_by_waiting",),
    ("lose",),
    ("leave_the_way_back",),
    ("sign_in",),
    ("enrol_or_replace_the_app",),
    ("lose",),
    ("find_the_phone",),
    ("sign_in",),
    ("switch_off", EMAIL),
)
# Rules that choose by chance, and what they do with what they chose.
CHOSEN = {"prefer": "choose_first", "turn_off": "switch_off"}


@pytest.mark.usefixtures("transactional_db")
def test_after_each_change_one_can_still_sign_in(pool: People, clock: Clock, settings: Any):
    """(FAC-01, FAC-05, REC-01, QA-02) in one order that has them all, whatever chance walks."""
    settings.RECOVERY = True
    rules = {name for name, each in vars(Account).items() if hasattr(each, RULE_MARKER)}
    assert {CHOSEN.get(name, name) for name in rules} == {verb for verb, *__ in EVERY_VERB}
    account = Account(pool, clock, begins_lost=False)
    account.somebody()
    for verb, *told in EVERY_VERB:
        try:
            getattr(account, verb)(*told)
            account.the_account_is_as_it_was_asked()
        except Exception as failure:
            failure.add_note(f"at {verb} {told}")
            raise
    account.teardown()


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("begins_lost", [False, True], ids=["new", "phone-lost"])
def test_after_any_changes_one_can_still_sign_in(
    pool: People, clock: Clock, settings: Any, begins_lost: bool
):
    """(FAC-01, FAC-05, REC-01, QA-02) ACCOUNT_WALK_EXAMPLES and ACCOUNT_WALK_STEPS walk farther."""
    settings.RECOVERY = True
    run_state_machine_as_test(
        lambda: Account(pool, clock, begins_lost=begins_lost),
        settings=walking(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            # What failed is short enough to read, and shortening it takes minutes.
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
