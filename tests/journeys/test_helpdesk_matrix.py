"""Every act x role x tier of the printed table, asked of the portal over HTTP.

What is expected is read from docs/helpdesk.md, so that page, code and portal cannot part.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.utils import timezone

from accounts import cases
from accounts.models import Case, Tally
from accounts.roles import Role
from accounts.subjects import Subject
from portal.helpdesk import menu, words
from portal.helpdesk.matrix import GENERAL, RULES, Act, Rule, Strength, Tier, Why
from portal.helpdesk.models import Approval, CallerCheck, CallerProof
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.desk import REASON, TICKET, at_work, sub_of
from tests.journeys.steps import APP, SMS
from tests.people import People
from tests.walker import Walker

pytestmark = pytest.mark.usefixtures("helpdesk")
ACT_CALLED = {name: act for act, name in words.ACT.items()}
STRENGTH_CALLED = {f"after {words.STRENGTH[each]}": each for each in Strength}
APPROVAL = "with a second operator"
WAY = {Strength.CHANNEL: "email", Strength.STRONG: "in_person"}
# How an act is asked for, and what comes where it is allowed: a status, or where one is led.
Asked = tuple[str, str, dict[str, str], int | str]
GENERAL_PAGES: dict[Act, Asked] = {
    # Nothing was typed yet, so the page leads to the box.
    Act.FIND: ("get", "/helpdesk/find/", {}, "/helpdesk/"),
    Act.READ_AUDIT: ("get", "/helpdesk/audit/", {}, 200),
    Act.READ_NUMBERS: ("get", "/helpdesk/numbers/", {}, 200),
    Act.READ_DOCTOR: ("get", "/helpdesk/doctor/", {}, 200),
    Act.PLAN_BULK: ("get", "/helpdesk/bulk/new/", {}, 200),
    # Let in, and there is no such change.
    Act.APPROVE_BULK: (
        "post",
        f"/helpdesk/bulk/{uuid.UUID(int=7)}/decide/",
        {"decision": "approve"},
        404,
    ),
}


# --- what the document says -------------------------------------------------------------------


def _printed() -> dict[Act, list[str]]:
    page = Path(settings.BASE_DIR, "docs/helpdesk.md").read_text()
    rows = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row] for row in rows]
    return {ACT_CALLED[row[0]]: row[1:] for row in cells if row[0] in ACT_CALLED}


def _rule(cell: str) -> Rule:
    roles, *conditions = cell.split("; ")
    checks = [STRENGTH_CALLED[each] for each in conditions if each in STRENGTH_CALLED]
    assert len(conditions) == len(checks) + (APPROVAL in conditions)
    return Rule(
        frozenset(Role(each) for each in roles.split(", ")),
        checks[0] if checks else Strength.NONE,
        approval=APPROVAL in conditions,
    )


PRINTED = _printed()


@dataclass(frozen=True)
class Given:
    """What an operator has in hand when they ask."""

    check: Strength = Strength.STRONG
    approved: bool = True


def _against(rule: Rule, role: Role, given: Given) -> list[str]:
    found = {
        Why.ROLE: role not in rule.roles,
        Why.CHECK: given.check < rule.check,
        Why.APPROVAL: rule.approval and not given.approved,
    }
    return [words.WHY[why] for why, stands in found.items() if stands]


def _givens(rule: Rule, role: Role) -> Iterator[Given]:
    """All that is needed; and for whom the act is, each condition that just fails."""
    best = Given()
    yield best
    if role in rule.roles and rule.check is not Strength.NONE:
        yield replace(best, check=Strength(rule.check - 1))
    if role in rule.roles and rule.approval:
        yield replace(best, approved=False)


def test_the_document_holds_every_act():
    """(HLP-06, AUZ-01) so that no cell is left out below."""
    assert set(PRINTED) == set(Act) == set(GENERAL) | set(RULES)


# --- what the portal does ---------------------------------------------------------------------


@dataclass
class Desk:
    """One operator at work, and whom they ask about."""

    walker: Walker
    pool: People
    operator: str
    subs: dict[Tier, str]

    def ask(self, act: Act, tier: Tier, given: Given) -> list[str]:
        """Do the act as its page would; what stands against it, or nothing."""
        self._hold(act, tier, given)
        return self.asked(*WAYS[act](self, act, tier))

    def asked(self, method: str, path: str, sent: dict[str, str], allowed: int | str) -> list[str]:
        token = {"csrfmiddlewaretoken": self.walker.csrf_token()} if method == "post" else {}
        answer = getattr(self.walker.client, method)(path, sent | token)
        if answer.status_code == 403:
            return _reasons(answer.content.decode())
        assert answer.headers.get("Location", answer.status_code) == allowed, path
        return []

    def explained(self, tier: Tier, given: Given) -> dict[str, list[str]]:
        """Every act, and what the page "Why can't I?" says stands against it."""
        self._hold(None, tier, given)
        page = self.walker.open(f"/helpdesk/people/{self.subs[tier]}/why/")
        rows = page.soup.select("tbody tr")
        cells = {row.th.get_text(strip=True): row.select("td span") for row in rows if row.th}
        return {
            label: [each.get_text(strip=True) for each in said] for label, said in cells.items()
        }

    def _hold(self, act: Act | None, tier: Tier, given: Given) -> None:
        """Let there be this check and this approval, and nothing else; nobody is counted."""
        for each in (CallerCheck, Approval, Tally):
            each.objects.all().delete()  # type: ignore[attr-defined]
        mine = {"pool_id": self.pool.pool_id, "sub": self.subs[tier], "operator": self.operator}
        soon = timezone.now() + timedelta(minutes=10)
        if given.check is not Strength.NONE:
            check = CallerCheck.objects.create(
                **mine, ticket=TICKET, number_hash=uuid.uuid4().hex, sealed="", ends_at=soon
            )
            CallerProof.objects.create(
                check_of=check, way=WAY[given.check], ends_at=soon, counts_until=soon
            )
        if given.approved:
            granted = {"state": "granted", "opens_at": timezone.now(), "ends_at": soon}
            for each in [act] if act else menu.LISTED:
                Approval.objects.create(**mine, act=each.value, **granted)


Way = Callable[[Desk, Act, Tier], Asked]


def _reasons(html: str) -> list[str]:
    """What a page of refusal says, which every one of them must."""
    soup = BeautifulSoup(html, "html.parser")
    said = [each.get_text(" ", strip=True) for each in soup.select("main .lead, main .prose li")]
    return [each for each in said if each != "Nothing was changed."]


def _act(desk: Desk, act: Act, tier: Tier) -> Asked:
    """By a page that has grown old: the rules are asked, and then nothing is done."""
    path = f"/helpdesk/people/{desk.subs[tier]}/do/{act}/"
    chosen = {"method": SMS, "channel": "email", "value": "new@example.com", "code": "ABCDEF"}
    return "post", path, {**REASON, **chosen, "drawn_from": "old"}, path


def _look(desk: Desk, act: Act, tier: Tier) -> Asked:
    return "get", f"/helpdesk/people/{desk.subs[tier]}/", {}, 200


def _check(desk: Desk, act: Act, tier: Tier) -> Asked:
    path = f"/helpdesk/check/{desk.subs[tier]}/"
    return "post", path, {"ticket": TICKET}, path


def _close(desk: Desk, act: Act, tier: Tier) -> Asked:
    subject = Subject(desk.pool.pool_id, desk.subs[tier])
    case = cases.open_case(subject, Case.Kind.HELP, opened_by="portal")
    path = f"/helpdesk/cases/{case.number}/close/"
    return "post", path, {"closing": "It was they."}, "/helpdesk/cases/"


def _approve(desk: Desk, act: Act, tier: Tier) -> Asked:
    asked = Approval.objects.create(
        pool_id=desk.pool.pool_id,
        sub=desk.subs[tier],
        act=Act.REMOVE_APP.value,
        operator=str(uuid.uuid4()),
        ends_at=timezone.now() + timedelta(hours=1),
    )
    path, queue = f"/helpdesk/approvals/{asked.id}/", "/helpdesk/approvals/"
    return "post", path, {"decision": "grant", "words": ""}, queue


def _break_glass(desk: Desk, act: Act, tier: Tier) -> Asked:
    person = f"/helpdesk/people/{desk.subs[tier]}/"
    path = f"/helpdesk/break-glass/{desk.subs[tier]}/{Act.CORRECT_CONTACT}/"
    return "post", path, {"reason": "Fire", "ticket": TICKET}, person


WAYS: dict[Act, Way] = {
    **dict.fromkeys((*menu.LISTED, Act.REVEAL), _act),
    Act.LOOK: _look,
    Act.CHECK_CALLER: _check,
    Act.CLOSE_CASE: _close,
    Act.APPROVE: _approve,
    Act.BREAK_GLASS: _break_glass,
}


@pytest.fixture
def desk(walker: Walker, pool: People, role: Role) -> Desk:
    """An operator of the role, somebody ordinary, and a director."""
    operator = at_work(walker, pool, role.value)
    people = {tier: pool.make(phone=True, app=True, on=(APP, SMS), preferred=APP) for tier in Tier}
    pool.join(people[Tier.PRIVILEGED], "directors")
    subs = {tier: sub_of(pool, somebody) for tier, somebody in people.items()}
    return Desk(walker, pool, sub_of(pool, operator), subs)


def _rules() -> Iterator[tuple[Act, Tier, Rule]]:
    for act in RULES:
        for tier, cell in zip(Tier, PRINTED[act], strict=True):
            yield act, tier, _rule(cell)


@pytest.mark.parametrize("role", Role)
def test_every_cell_is_as_the_document_says(desk: Desk, role: Role):
    """(HLP-01, HLP-02, HLP-04, HLP-06, AUZ-01) act x role x tier, and each lacking condition."""
    assert set(ROLE_GROUPS) == set(Role)
    expected, found = {}, {}
    for act in GENERAL:
        rule = _rule(PRINTED[act][0])
        expected[act] = [] if role in rule.roles else [words.never(act)]
        found[act] = desk.asked(*GENERAL_PAGES[act])
    for act, tier, rule in _rules():
        for given in _givens(rule, role):
            cell = f"{act} {tier} {given}"
            expected[cell] = _against(rule, role, given)
            found[cell] = desk.ask(act, tier, given)
            if role not in rule.roles and found[cell] == [words.never(_door(act))]:
                # The whole page is closed to this role.
                expected[cell] = found[cell]
    assert found == expected


def _door(act: Act) -> Act:
    """The act that opens the page of an act."""
    return Act.LOOK if act in {*menu.LISTED, Act.REVEAL} else act


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT, Role.SENIOR, Role.ADMINISTRATOR])
def test_why_cannot_i_says_the_same(desk: Desk, role: Role):
    """(HLP-06) for every act, with nothing in hand and with everything."""
    for tier in Tier:
        for given in (Given(Strength.NONE, approved=False), Given(Strength.CHANNEL), Given()):
            said = desk.explained(tier, given)
            assert set(said) == {words.ACT[act] for act in RULES}
            for act in RULES:
                rule = _rule(PRINTED[act][list(Tier).index(tier)])
                assert said[words.ACT[act]] == _against(rule, role, given), (act, tier, given)
