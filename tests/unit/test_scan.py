"""What a scan ends with: open findings, accepted ones, reasons for nothing; our headers."""

from pathlib import Path

import pytest
from django.test import Client

from tests.scan.findings import Finding, Reason, accepted, sort
from tests.scan.headers import REQUIRED, missing
from tests.scan.tools import ROOT, unexpected_answers

IN_SANDBOX = Reason("bandit", "B6*", "sandbox/*", "a local test server")
FOUND = Finding("bandit", "B608", "sandbox/people.py", "line 120")


def test_what_has_no_reason_stays_open():
    """(QA-05) another tool, rule or place is another finding."""
    others = [
        Finding("wapiti", "B608", "sandbox/people.py"),
        Finding("bandit", "B105", "sandbox/people.py"),
        Finding("bandit", "B608", "portal/people.py"),
    ]
    told = sort([FOUND, *others], [IN_SANDBOX])
    assert (told.open, told.accepted, told.unused) == (tuple(others), 1, ())


def test_a_reason_for_nothing_is_told():
    """(QA-05)"""
    assert sort([], [IN_SANDBOX]).unused == (IN_SANDBOX,)


PRINTED = """
=================================== FAILURES ===================================
____________________________ GET /api/v1/helpdesk/audit ____________________________
1. Test Case ID: 3Xv9aB
- Server error
__________________________ PUT /api/v1/mfa/preference __________________________
Runtime Error
    ZeroDivisionError: division by zero
=================================== SUMMARY ====================================
"""


def test_what_an_api_answered_wrongly_is_told_with_its_operation():
    """(QA-05) what was wrong there, not what was printed last of all."""
    audit, preference = unexpected_answers(PRINTED)
    assert (audit.where, preference.where) == (
        "GET /api/v1/helpdesk/audit",
        "PUT /api/v1/mfa/preference",
    )
    assert audit.words.endswith("- Server error")
    assert preference.words.startswith("Runtime Error")
    assert unexpected_answers("it could not begin") == []


def test_every_accepted_finding_says_why():
    """(QA-05) and is of a file that there is, where it is of a file."""
    reasons = accepted()
    assert reasons
    for each in reasons:
        assert len(each.reason) > 20, each
        if each.tool == "bandit":
            assert list(ROOT.glob(each.where.replace("*", "**/*", 1))), each


def test_the_table_of_headers_holds_for_a_page(client: Client):
    """(QA-05, WEB-01, WEB-02, WEB-05, WEB-07)"""
    assert list(missing(client.get("/not-signed-in/").headers)) == []


@pytest.mark.parametrize("name", sorted({name for name, *_ in REQUIRED}))
def test_the_table_misses_each_header(client: Client, name: str):
    """(QA-05) a header that is gone, or there where it must not be, is told by its name."""
    headers = dict(client.get("/not-signed-in/").headers)
    headers = headers | {name: "*"} if name not in headers else headers | {name: ""}
    assert any(row.startswith(f"{name}: ") for row in missing(headers))


@pytest.mark.parametrize(
    "policy",
    [
        "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'",
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'",
        "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; style-src 'unsafe-inline'",
    ],
    ids=["framed by anybody", "anything of ours", "inline"],
)
def test_a_weaker_policy_is_told(client: Client, policy: str):
    """(QA-05, WEB-01, WEB-02)"""
    headers = dict(client.get("/not-signed-in/").headers) | {"Content-Security-Policy": policy}
    assert len(list(missing(headers))) == 1


def test_scanners_are_locked():
    """(QA-05, SUP-01) each of them, with its hashes."""
    locked = Path(ROOT, "requirements/scan.txt").read_text()
    for tool in ("bandit", "pip-audit", "sqlmap", "wapiti3"):
        assert f"\n{tool}==" in locked, tool
