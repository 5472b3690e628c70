"""Each scanner: how it is asked, and how its answer becomes findings."""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.scan.findings import Finding

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".scan" / "bin"
CODE = ("portal", "accounts", "sandbox", "deploy")
SERVICES = ("pypi", "osv")
# Those that need nothing of the internet, neither a place that calls back nor lists to fetch.
ATTACKS = "cookieflags,crlf,csp,csrf,exec,file,http_headers,methods,permanentxss,redirect,sql,xss"
INJECTED = "sqlmap identified the following injection point"
NOT_INJECTED = "all tested parameters do not appear to be injectable"
# Of what is told of one operation: a request to type, and what was wrong with its answer.
MOST_WORDS = 1500


class ToolFailed(Exception):
    """It did not say what it found."""


@dataclass(frozen=True)
class Form:
    """A search as somebody signed in sends it. fields: name and value; method: GET or POST."""

    url: str
    fields: Mapping[str, str]
    cookie: str
    token: str = ""

    @property
    def is_post(self) -> bool:
        return bool(self.token)

    @property
    def sent(self) -> str:
        return "&".join(f"{name}={value}" for name, value in self.fields.items())


def _run(*command: str | Path, seconds: int, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=seconds, cwd=cwd
        )
    except subprocess.TimeoutExpired as late:
        raise ToolFailed(f"{Path(command[0]).name} took longer than {seconds} s") from late
    return done.stdout + done.stderr


def bandit() -> Iterator[Finding]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "bandit.json")
        said = _run(
            *(BIN / "bandit", "-r", *CODE, "-q", "-f", "json", "-o", report),
            seconds=300,
            cwd=ROOT,
        )
        if not report.exists():
            raise ToolFailed(f"bandit: {said[-500:]}")
        read = json.loads(report.read_text())
    yield from (Finding("bandit", "error", each["filename"]) for each in read["errors"])
    for each in read["results"]:
        words = f"line {each['line_number']}: {each['issue_text']}"
        yield Finding("bandit", each["test_id"], each["filename"], words)


def pip_audit(requirements: Path) -> tuple[str, list[Finding]]:
    """How many packages were looked up, and what is known of them.

    Nothing is found where nothing could be asked: the words say which it was.
    """
    for service in SERVICES:
        answer = _advisories(requirements, service)
        known = [each for each in answer if "skip_reason" not in each]
        if known:
            words = f"{len(known)} of {len(answer)} packages looked up at {service}"
            return words, list(_vulnerable(known))
    return f"NOT DONE: no advisories could be read from {' or '.join(SERVICES)}", []


def _advisories(requirements: Path, service: str) -> list[dict[str, Any]]:
    how = ("--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json")
    try:
        said = _run(BIN / "pip-audit", *how, "-s", service, "-r", requirements, seconds=120)
    except ToolFailed:
        return []
    found = re.search(r'^\{"dependencies".*$', said, re.MULTILINE)
    return list(json.loads(found[0])["dependencies"]) if found else []


def _vulnerable(known: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    for each in known:
        for advisory in each["vulns"]:
            where = f"{each['name']}=={each['version']}"
            yield Finding("pip-audit", advisory["id"], where, advisory["description"][:120])


def wapiti(url: str, cookie: str, seconds: int) -> Iterator[Finding]:
    """Crawl as somebody signed in, then attack every address and form that was found."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "wapiti.json")
        said = _run(
            *(BIN / "wapiti", "-u", url, "-m", ATTACKS, "-d", "6", "--tasks", "4"),
            *("-H", f"Origin: {url.rstrip('/')}", "--max-scan-time", str(seconds)),
            *("--max-attack-time", str(seconds // 4), "-v", "0", "--no-bugreport"),
            *("--dns-endpoint", "localhost"),
            *(("-H", f"Cookie: {cookie}") if cookie else ()),
            # Leaving would end what is looked at.
            *("-x", f"{url}sign-out/*", "-x", f"{url}helpdesk/leave/*"),
            *("--store-session", folder, "--store-config", folder, "--flush-session"),
            *("-f", "json", "-o", report),
            seconds=60 + seconds * 12,
        )
        if not report.exists():
            raise ToolFailed(f"wapiti: {said[-500:]}")
        read = json.loads(report.read_text())
    if read["infos"].get("crawled_pages_nbr", 1) < 1:
        raise ToolFailed("wapiti: found no page to look at")
    for kind in ("vulnerabilities", "anomalies"):
        for rule, each in ((rule, each) for rule, found in read[kind].items() for each in found):
            where = f"{each['method']} {each['path']}"
            yield Finding("wapiti", rule, where, f"{each['parameter'] or ''} {each['info']}")


def sqlmap(form: Form) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory() as folder:
        sent = f"csrfmiddlewaretoken={form.token}&{form.sent}" if form.is_post else ""
        address = form.url if form.is_post else f"{form.url}?{form.sent}"
        said = _run(
            *(BIN / "sqlmap", "-u", address, "-p", ",".join(form.fields), "--batch"),
            *(("--data", sent) if form.is_post else ()),
            *("--cookie", form.cookie, "--headers", f"Origin: {_origin(form.url)}"),
            *("--level", "1", "--risk", "1", "--technique", "BEU", "--threads", "4"),
            *("--output-dir", folder, "--flush-session", "--disable-coloring"),
            # Refusals of a form are answers here, not a reason to stop.
            *("--ignore-code", "422"),
            seconds=1800,
        )
    where = f"{'POST' if form.is_post else 'GET'} {form.url}"
    if INJECTED in said:
        yield Finding("sqlmap", "injection", where, said.partition(INJECTED)[2][:400])
    elif NOT_INJECTED not in said:
        raise ToolFailed(f"sqlmap at {where}: {said[-500:]}")


def unexpected_answers(said: str) -> list[Finding]:
    """Of what schemathesis printed each operation under a heading, with what stands below it."""
    _, *told = re.split(r"^_+ ([A-Z]+ /\S*) _+$", said, flags=re.MULTILINE)
    return [
        Finding("schemathesis", "unexpected answer", where, words.strip()[:MOST_WORDS])
        for where, words in zip(told[::2], told[1::2], strict=True)
    ]


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])
