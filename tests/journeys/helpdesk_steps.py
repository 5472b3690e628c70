"""What journeys through the helpdesk do again and again."""

import re
from typing import Any

from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.steps import APP
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

TICKET = "HD-1234"
VOUCHERS = "managers"


def sub_of(pool: People, somebody: Somebody) -> str:
    return str(pool.look(somebody)["attributes"]["sub"])


def operator(pool: People, role: str = "agent") -> Somebody:
    made = pool.make(app=True, on=(APP,))
    pool.join(made, ROLE_GROUPS[role])
    return made


def at_work(pool: People, role: str = "agent") -> Walker:
    """An operator of this role who has entered the helpdesk."""
    return enter(operator(pool, role))


def enter(somebody: Somebody) -> Walker:
    walker = Walker()
    walker.sign_in(somebody)
    walker.open("/helpdesk/enter/")
    walker.send("Enter the helpdesk")
    return walker


def begin(walker: Walker, sub: str, ticket: str = TICKET) -> Page:
    walker.open(f"/helpdesk/check/{sub}/")
    return walker.send("Begin the check", ticket=ticket)


def shown(page: Page, what: str) -> str:
    """A short code or a phrase that a page shows: number, vouch or phrase."""
    (found,) = page.soup.select(f"[data-{what}]")
    return found.get_text(strip=True)


def code_in(sandbox: Sandbox, address: str) -> str:
    """The code of the newest message of the helpdesk to this mailbox."""
    for message in sandbox.inbox(address):
        found = re.search(r"Your code for the helpdesk: (\d{6})", message["text"])
        if found:
            return found[1]
    raise AssertionError("no code was sent")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def prove(walker: Walker, sub: str) -> Page:
    """The strongest proof that needs nobody else: they stand before the operator."""
    begin(walker, sub)
    return walker.send("It is this person", document="passport", seen="on")


def strength(pool: People, operator_sub: str, sub: str) -> Any:
    from accounts.subjects import Subject  # noqa: PLC0415
    from portal.helpdesk.checks import strength_now  # noqa: PLC0415

    return strength_now(operator_sub, Subject(pool.pool_id, sub))
