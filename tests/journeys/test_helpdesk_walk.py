"""Cases, checks and approvals in any order: no step is skipped, repeated, or restarted to shed a
count.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

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

from accounts import cases, freezes, vault
from accounts.cognito.tokens import AccessToken
from accounts.limits import LimitReached
from accounts.models import Case, Freeze, Tally
from accounts.sessions import SignedInPerson
from accounts.subjects import Subject
from portal.helpdesk import acts, approvals, callers, checks
from portal.helpdesk.approvals import Decided
from portal.helpdesk.checks import MOST_TRIES, CheckOver, NotRight, Way
from portal.helpdesk.matrix import Act, Strength
from portal.helpdesk.models import Approval, CallerCheck
from portal.helpdesk.targets import NotAllowed, Whom, whom
from tests.clock import Clock
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.helpdesk_steps import operator, sub_of
from tests.people import People, Somebody
from tests.unit.persons import somebody

ACT = Act.REMOVE_APP
REFUSED = (NotAllowed, NotRight, CheckOver, Decided, LimitReached, acts.Refused)


class Desk(RuleBasedStateMachine):
    """What the operator has earned by the model, against what the services say they may do."""

    def __init__(self, people: People, clock: Clock) -> None:
        super().__init__()
        self.people, self.clock = people, clock
        self.asking, self.agreeing = operator(people, "senior"), operator(people, "senior")
        self.helping = operator(people, "agent")
        self.owner = people.make()
        people.join(self.owner, "directors")
        self.cases: dict[str, str] = {}
        self.call = False
        self.phrase: tuple[str, int, datetime] | None = None
        self.proved: datetime | None = None
        self.asked: datetime | None = None
        self.granted: datetime | None = None
        for each in (CallerCheck, Approval, Tally, Freeze, Case):
            each.objects.all().delete()  # type: ignore[attr-defined]

    @initialize()
    def who(self) -> None:
        self.sub = sub_of(self.people, self.owner)
        self.subject = Subject(self.people.pool_id, self.sub)

    def person(
        self, who: Somebody, *, at_work: bool = True, role: str = "senior"
    ) -> SignedInPerson:
        """This person with a proof just given, as the session would know them."""
        now = datetime.now(UTC)
        groups = (ROLE_GROUPS[role],) if at_work else ()
        sub = sub_of(self.people, who)
        token = AccessToken("a", sub, who.username, now, now, now + timedelta(hours=1), groups)
        made = somebody(sub=sub, pool_id=self.people.pool_id)
        return replace(made, token=token, is_operator=at_work)

    @property
    def me(self) -> SignedInPerson:
        return self.person(self.asking)

    @property
    def whom(self) -> Whom:
        return whom(self.sub)

    def refused(self, act: Callable[[], object]) -> None:
        try:
            act()
        except REFUSED:
            return
        raise AssertionError("it was let through")

    @property
    def is_proved(self) -> bool:
        return self.proved is not None and datetime.now(UTC) < self.proved

    @property
    def open_phrase(self) -> bool:
        return bool(
            self.call and self.phrase and self.phrase[1] and datetime.now(UTC) < self.phrase[2]
        )

    # --- the call ---

    @rule()
    def begin(self) -> None:
        try:
            checks.begin(self.me, self.whom, "HD-1")
        except LimitReached:
            return
        # A new call sheds everything that was asked and proved in the one before.
        self.call, self.phrase, self.proved = True, None, None

    @rule()
    def show_a_phrase(self) -> None:
        if not self.call:
            self.refused(lambda: checks.ask(self.me, self.whom, Way.PHRASE))
            return
        proof = checks.ask(self.me, self.whom, Way.PHRASE)
        self.phrase = (vault.unseal(proof.sealed), MOST_TRIES, proof.ends_at)

    @rule()
    def answer_wrong(self) -> None:
        could = self.open_phrase
        wrong = "oak oak oak oak"
        counted = True
        try:
            checks.answer(self.me, self.whom, Way.PHRASE, wrong)
            raise AssertionError("a wrong phrase was right")
        except LimitReached:
            counted = False
        except (NotRight, CheckOver):
            pass
        if could and counted and self.phrase:
            self.phrase = (self.phrase[0], self.phrase[1] - 1, self.phrase[2])

    @precondition(lambda self: self.phrase)
    @rule()
    def answer_right(self) -> None:
        assert self.phrase
        said = self.phrase[0]
        if not self.open_phrase:
            self.refused(lambda: checks.answer(self.me, self.whom, Way.PHRASE, said))
            return
        try:
            checks.answer(self.me, self.whom, Way.PHRASE, said)
        except LimitReached:
            return
        self.phrase = None
        self.proved = datetime.now(UTC) + timedelta(minutes=15)

    @rule()
    def the_person_denies(self) -> None:
        if callers.deny(self.person(self.owner, at_work=False)):
            self.asked = self.granted = None
            assert cases.open_cases(self.subject).filter(kind=Case.Kind.ALARM).exists()
        self.call, self.phrase, self.proved = False, None, None

    # --- the approval ---

    @rule()
    def ask(self) -> None:
        def asking() -> None:
            approvals.ask(self.me, self.whom, ACT, reason="r", ticket="HD-1", preview=[])

        if not self.is_proved:
            self.refused(asking)
            return
        asking()
        self.asked = datetime.now(UTC) + timedelta(hours=4)

    @rule(who=st.sampled_from(["myself", "the other"]), agrees=st.booleans())
    def decide(self, who: str, agrees: bool) -> None:
        newest = Approval.objects.order_by("-asked_at").first()
        if newest is None:
            return
        decider = self.me if who == "myself" else self.person(self.agreeing)
        is_open = self.asked is not None and datetime.now(UTC) < self.asked

        def deciding() -> None:
            approvals.decide(decider, newest, agrees=agrees, said="w")

        if who == "myself" or not is_open:
            self.refused(deciding)
            return
        deciding()
        self.asked = None
        if agrees:
            self.granted = datetime.now(UTC) + timedelta(hours=4)

    @rule()
    def spend(self) -> None:
        could = self.granted is not None and datetime.now(UTC) < self.granted
        while approvals.spend(ACT, sub_of(self.people, self.asking), self.subject):
            assert could
            could = Approval.objects.filter(state="granted", ends_at__gt=datetime.now(UTC)).exists()
        self.granted = None

    # --- cases ---

    @rule(kind=st.sampled_from([Case.Kind.LOST, Case.Kind.HELP]))
    def open_a_case(self, kind: Case.Kind) -> None:
        opened = cases.open_case(self.subject, kind, opened_by="portal")
        # One trouble, one case: the open one comes back, and a closed one never.
        assert opened.number == self.cases.setdefault(kind.value, opened.number)

    @rule()
    def the_person_says_not_me(self) -> None:
        freezes.begin(self.subject, timedelta(hours=1), "not_me")
        opened = cases.open_case(self.subject, Case.Kind.NOT_ME, opened_by="somebody")
        assert opened.number == self.cases.setdefault("not_me", opened.number)
        # What was agreed to before rests on the word of a caller who may not have been they.
        self.asked = self.granted = None

    @rule(data=st.data())
    def close_a_case(self, data: st.DataObject) -> None:
        modelled = Case.objects.filter(sub=self.sub).exclude(kind=Case.Kind.ALARM)
        every = list(modelled.order_by("opened_at"))
        if not every:
            return
        case = data.draw(st.sampled_from(every))
        is_open = case.number in self.cases.values()
        try:
            assert acts.close_case(self.me, case, "w") is is_open
        except LimitReached:
            return
        self.cases = {kind: number for kind, number in self.cases.items() if number != case.number}

    @rule()
    def an_agent_closes_a_case_of_a_director(self) -> None:
        agent = self.person(self.helping, role="agent")
        for case in cases.open_cases(self.subject):
            self.refused(lambda case=case: acts.close_case(agent, case, "w"))  # type: ignore[misc]

    @rule(minutes=st.sampled_from([4, 10, 15, 45, 240]))
    def time_passes(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)
        if minutes >= 45:
            self.call = False

    # --- what must hold ---

    @invariant()
    def only_what_was_proved_counts(self) -> None:
        if not hasattr(self, "sub"):
            return
        # An alarm is also rung by counts that are not modelled here.
        found = cases.open_cases(self.subject).exclude(kind=Case.Kind.ALARM)
        assert {case.kind: case.number for case in found} == self.cases
        operators = [sub_of(self.people, each) for each in (self.asking, self.agreeing)]
        me, other = (checks.strength_now(each, self.subject) for each in operators)
        assert me is (Strength.STRONG if self.is_proved else Strength.NONE)
        assert other is Strength.NONE
        granted = self.granted is not None and datetime.now(UTC) < self.granted
        assert approvals.is_granted(ACT, operators[0], self.subject) == granted
        assert not approvals.is_granted(ACT, operators[1], self.subject)


def test_no_way_through_skips_or_repeats_a_step(pool: People, clock: Clock, helpdesk: None):
    """(AUZ-07, HLP-02, HLP-04) whatever is pressed in whatever order, and however late."""
    run_state_machine_as_test(
        lambda: Desk(pool, clock),
        settings=settings(
            max_examples=6,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
