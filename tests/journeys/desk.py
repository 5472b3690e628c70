"""The helpdesk of a test: operators of each role, at work in a browser of their own."""

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
