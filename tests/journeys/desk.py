"""The helpdesk of a test: operators of each role, at work in a browser of their own."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.utils import timezone

from accounts import vault
from portal.helpdesk.models import Approval, CallerCheck, CallerProof
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.steps import APP
from tests.people import People, Somebody
from tests.walker import Page, Walker

HOME = "/helpdesk/"


def operator(pool: People, role: str = "agent", *more: str) -> Somebody:
    """Make an operator. more: further groups of the pool."""
    somebody = pool.make(app=True, on=(APP,))
    for group in (ROLE_GROUPS[role], *more):
        pool.join(somebody, group)
    return somebody


def enter(walker: Walker, somebody: Somebody) -> Page:
    """Sign in and begin to work."""
    walker.sign_in(somebody)
    walker.open(HOME)
    return walker.send("Enter the helpdesk")


def at_work(walker: Walker, pool: People, role: str = "agent", *more: str) -> Somebody:
    somebody = operator(pool, role, *more)
    assert enter(walker, somebody).heading == "Helpdesk"
    return somebody


def sub_of(pool: People, somebody: Somebody) -> str:
    return str(pool.look(somebody)["attributes"]["sub"])


def page_of(pool: People, somebody: Somebody, tail: str = "") -> str:
    return f"{HOME}people/{sub_of(pool, somebody)}/{tail}"


TICKET = "INC-4711"
REASON = {"kind": "Lost phone", "more": "Fell into a lake", "ticket": TICKET}


def proved(pool: People, agent: Somebody, caller: Somebody, way: str = "in_person") -> CallerProof:
    """Let the caller have proved who they are to this operator, as the pages of checks note it."""
    now = timezone.now()
    check = CallerCheck.objects.create(
        pool_id=pool.pool_id,
        sub=sub_of(pool, caller),
        operator=sub_of(pool, agent),
        ticket=TICKET,
        number_hash=uuid.uuid4().hex,
        sealed=vault.seal({"name": agent.username, "roles": "agent", "number": "ACDEFH"}),
        ends_at=now + timedelta(minutes=45),
    )
    return CallerProof.objects.create(
        check_of=check,
        way=way,
        ends_at=now + timedelta(minutes=10),
        passed_at=now,
        counts_until=now + timedelta(minutes=15),
    )


def agreed(pool: People, agent: Somebody, somebody: Somebody, act: str) -> Approval:
    """Let a second operator have agreed to one act of this one, as the pages of approvals do."""
    now = timezone.now()
    return Approval.objects.create(
        pool_id=pool.pool_id,
        sub=sub_of(pool, somebody),
        act=act,
        operator=sub_of(pool, agent),
        names=vault.seal({"operator": agent.username, "person": somebody.username}),
        reason="Lost phone",
        ticket=TICKET,
        state=Approval.State.GRANTED,
        opens_at=now,
        ends_at=now + timedelta(hours=1),
    )


def open_act(walker: Walker, pool: People, somebody: Somebody, act: str) -> Page:
    return walker.open(page_of(pool, somebody, f"do/{act}/"))


def do(walker: Walker, pool: People, somebody: Somebody, act: str, **more: str) -> Page:
    """Open the page of an act, fill it in and press its button."""
    page = open_act(walker, pool, somebody, act)
    if page.status != 200 or not page.soup.select("main form:not(.changes-until)"):
        return page
    return walker.send(page.heading, **{**REASON, **more})


class Phones:
    """A sender of text messages that keeps them, by number."""

    sent: ClassVar[list[tuple[str, str]]] = []

    def send(self, number: str, text: str) -> None:
        self.sent.append((number, text))
