"""Every scanner against the code and a portal of this machine, and our own table of headers.

The exit status is 1 where anything was found that tests/scan/accepted.toml gives no reason for,
where a scanner failed, and where a reason is for nothing any more.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import requests

# Sets the variables that any client of the sandbox needs.
import tests.settings  # noqa: F401
from tests.browser.portal_process import ROOT, Portal, running_portal
from tests.http_walker import HttpWalker
from tests.journeys.steps import ALL, APP
from tests.people import People
from tests.sandbox_process import running_sandbox
from tests.scan import headers, tools
from tests.scan.findings import Finding, accepted, sort

CLIENT = "demoportaloptional00000001"
GROUPS = {
    "senior": "helpdesk-seniors",
    "auditor": "auditors",
    "administrator": "helpdesk-administrators",
}


@dataclass
class Report:
    """What was found and what was not looked at."""

    found: list[Finding] = field(default_factory=list)
    failed: int = 0

    def add(self, name: str, look: Callable[[], Iterable[Finding]], words: str = "") -> None:
        begun = time.monotonic()
        try:
            found = list(look())
        except tools.ToolFailed as failure:
            self.failed += 1
            _say(f"{name}: FAILED: {failure}")
            return
        self.found += found
        took = f"{time.monotonic() - begun:.0f} s"
        _say(f"{name}: {len(found)} found{words and ', ' + words} ({took})")


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class Visitor:
    """Somebody at the portal: what their browser sends, and a token for its forms."""

    name: str
    cookie: str = ""
    token: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=[*PARTS])
    parser.add_argument("--examples", type=int, default=30, help="of schemathesis, each operation")
    parser.add_argument("--wapiti-seconds", type=int, default=120, help="for its crawl")
    asked = parser.parse_args()
    report = Report()
    if "bandit" in asked.only:
        report.add("bandit", tools.bandit)
    if "pip-audit" in asked.only:
        words, found = tools.pip_audit(ROOT / "requirements/production.txt")
        report.add("pip-audit", lambda: found, words)
    if {"headers", "wapiti", "sqlmap"} & {*asked.only}:
        _at_a_portal(report, asked)
    if "schemathesis" in asked.only:
        report.add("schemathesis", lambda: _schemathesis(asked.examples))
    return _conclude(report, whole=set(asked.only) == set(PARTS))


def _conclude(report: Report, *, whole: bool) -> int:
    told = sort(report.found, accepted())
    for each in told.open:
        _say(f"OPEN {each}")
    # Of a part of the scanners nobody can tell whether a reason is needed.
    unused = told.unused if whole else ()
    for reason in unused:
        _say(f"NOT NEEDED ANY MORE: {reason.tool} {reason.rule} {reason.where}")
    _say(
        f"{len(told.open)} open, {told.accepted} accepted (tests/scan/accepted.toml),"
        f" {report.failed} scanners failed, {len(unused)} reasons for nothing"
    )
    return int(bool(told.open or report.failed or unused))


PARTS = ("bandit", "pip-audit", "headers", "wapiti", "sqlmap", "schemathesis")


def _at_a_portal(report: Report, asked: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as data, running_sandbox() as sandbox:
        variables = {
            "PORTAL_HELPDESK": "true",
            "PORTAL_ROLE_GROUPS": ",".join(f"{role}={name}" for role, name in GROUPS.items()),
            "PORTAL_RECOVERY": "true",
            "PORTAL_EMBED": "true",
            "PORTAL_LOG_LEVEL": "ERROR",
        }
        with running_portal(
            sandbox, Path(data), pool="Optional1", client_id=CLIENT, **variables
        ) as portal:
            _forget_counts(Path(data, "portal.sqlite3"))
            visitors = _visitors(People(sandbox, portal.pool_id), portal)
            if "headers" in asked.only:
                report.add("headers", lambda: _headers(portal, visitors))
            if "wapiti" in asked.only:
                _wapiti(report, portal, visitors, asked.wapiti_seconds)
            if "sqlmap" in asked.only:
                _sqlmap(report, portal, visitors)


def _forget_counts(database: Path) -> None:
    """Scanners would soon see nothing but "please wait": each try is counted as the first one.

    By the database itself, so that no answer changes from one moment to the next: to a scanner
    that looks as if its injection had changed it.
    """
    first = "UPDATE accounts_tally SET count = 1, opens_at = '2000-01-01 00:00:00'"
    with closing(sqlite3.connect(database, timeout=20)) as connection, connection:
        for event in ("INSERT", "UPDATE"):
            connection.execute(
                f"CREATE TRIGGER first_on_{event.lower()} AFTER {event} ON accounts_tally"
                f" BEGIN {first} WHERE key = NEW.key; END"
            )


def _visitors(people: People, portal: Portal) -> list[Visitor]:
    """Nobody, a person with every method, and an operator at work who may do everything."""
    person = HttpWalker(portal.url)
    person.sign_in(people.make(phone=True, app=True, on=ALL, preferred=APP))
    made = people.make(app=True, on=(APP,))
    for group in GROUPS.values():
        people.join(made, group)
    operator = HttpWalker(portal.url)
    operator.sign_in(made)
    operator.open("/helpdesk/enter/")
    operator.send("Enter the helpdesk")
    operator.open("/helpdesk/find/")
    return [Visitor("nobody"), _visitor("person", person), _visitor("operator", operator)]


def _visitor(name: str, walker: HttpWalker) -> Visitor:
    cookies = walker.client.session.cookies
    cookie = "; ".join(f"{each.name}={each.value}" for each in cookies)
    return Visitor(name, cookie, walker.csrf_token())


def _headers(portal: Portal, visitors: list[Visitor]) -> Iterator[Finding]:
    """Each page of the URL map, each visitor, each header of the table."""
    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.journeys.routes import pages  # noqa: PLC0415

    addresses = [route.path for route in pages() if "/sign-out/" not in route.path]
    for path in (*addresses, "/there/is/nothing/here/"):
        for visitor in visitors:
            answer = requests.get(
                portal.url + path,
                headers={"Cookie": visitor.cookie} if visitor.cookie else {},
                allow_redirects=False,
                timeout=30,
            )
            for row in headers.missing(answer.headers):
                yield Finding("headers", row, path, f"as {visitor.name}")
            if answer.status_code == requests.codes.server_error:
                yield Finding("headers", "status 500", path, f"as {visitor.name}")


def _wapiti(report: Report, portal: Portal, visitors: list[Visitor], seconds: int) -> None:
    for visitor in visitors:
        begin = "/helpdesk/" if visitor.name == "operator" else "/"
        report.add(
            f"wapiti as {visitor.name}",
            lambda url=portal.url + begin, cookie=visitor.cookie: tools.wapiti(  # type: ignore[misc]
                url, cookie, seconds
            ),
        )


def _sqlmap(report: Report, portal: Portal, visitors: list[Visitor]) -> None:
    """The forms that search: for people, in the audit, in one's own history."""
    _, person, operator = visitors
    asked_for = {"sub": "1", "actor": "1", "ticket": "HD-1", "request_id": "1"}
    forms = {
        "find somebody": tools.Form(
            f"{portal.url}/helpdesk/find/", {"typed": "nora"}, operator.cookie, operator.token
        ),
        "audit": tools.Form(
            f"{portal.url}/helpdesk/audit/",
            asked_for,
            operator.cookie,
        ),
        "history": tools.Form(
            f"{portal.url}/activity/", {"kind": "all", "before": "2026-01-01"}, person.cookie
        ),
    }
    for name, form in forms.items():
        report.add(f"sqlmap on {name}", lambda form=form: tools.sqlmap(form))  # type: ignore[misc]


def _schemathesis(examples: int) -> Iterator[Finding]:
    command = [sys.executable, "-m", "tests.fuzz_api", "--examples", str(examples)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        yield from tools.unexpected_answers(done.stdout) or [
            Finding("schemathesis", "failed", f"exit status {done.returncode}", done.stdout[-400:])
        ]


if __name__ == "__main__":
    sys.exit(main())
