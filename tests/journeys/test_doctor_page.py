"""What administrators of the helpdesk read of the pool."""

import json
from contextlib import suppress
from typing import Any

import pytest
from django.core.management import call_command

from tests.journeys.desk import HOME, at_work, enter, operator
from tests.journeys.steps import calls_counted
from tests.people import People
from tests.sandbox_process import Sandbox
from tests.walker import Walker

pytestmark = pytest.mark.usefixtures("helpdesk")
PAGE = "/helpdesk/doctor/"


def _printed(capsys: Any) -> list[dict[str, str]]:
    capsys.readouterr()
    with suppress(SystemExit):
        call_command("doctor", json=True)
    found: list[dict[str, str]] = json.loads(capsys.readouterr().out)["findings"]
    return found


def test_an_administrator_reads_what_the_command_prints(
    walker: Walker, make_pool: Any, sandbox: Sandbox, capsys: Any
):
    """(TOK-08) every finding with what helps, the worst first; the pool is asked, not changed."""
    pool = make_pool(recovery=("verified_email", "verified_phone_number"))
    at_work(walker, pool, "administrator")
    walker.open(HOME)
    with calls_counted(sandbox) as calls:
        page = walker.open(walker.page.link("The user pool"))
    assert {name for name in calls if not name.startswith(("Describe", "Get", "List"))} == set()
    printed = _printed(capsys)
    assert {each["name"] for each in printed} >= {"recovery", "replaced-at-once"}
    shown = page.soup.select("[data-finding]")
    assert [each["data-finding"] for each in shown] == [each["name"] for each in printed]
    for finding in printed:
        assert finding["says"] in page.text
        assert finding["do"] in page.text
    assert page.text.index("Works, and is weak") < page.text.index("Good to know")


@pytest.mark.parametrize("role", ["viewer", "agent", "senior", "auditor"])
def test_nobody_else_reads_it(walker: Walker, pool: People, role: str):
    """(HLP-06)"""
    enter(walker, operator(pool, role))
    page = walker.open(PAGE)
    assert page.status == 403
    assert "The user pool" not in walker.open(HOME).text


def test_what_may_not_be_read_is_said_and_the_rest_shown(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(RES-01) without deploy/iam/doctor.json the page says which right is missing."""
    at_work(walker, pool, "administrator")
    with sandbox.trouble("DescribeUserPoolClient", "error", code="AccessDeniedException"):
        page = walker.open(PAGE)
    assert page.status == 200
    assert "DescribeUserPoolClient was refused (AccessDeniedException)" in page.text
    assert "deploy/iam/" in page.text
