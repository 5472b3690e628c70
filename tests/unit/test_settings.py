"""Settings: what is missing stops the start by name, and production is strict without asking."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.management import call_command

ROOT = Path(__file__).parents[2]
GOOD = {
    "PORTAL_SECRET_KEY": "f3Z0-nobody-knows-this-one-" + "0123456789abcdefghijklmnopqrstuvwxyz",
    "PORTAL_TOKEN_KEYS": "b25seS1mb3ItdGVzdHMtLTAxMjM0NTY3ODlhYmNkZWY=",
    "PORTAL_URL": "https://mfa.example.com",
    "COGNITO_USER_POOL_ID": "eu-central-1_AbCdEfGhI",
    "COGNITO_CLIENT_ID": "1example23456789",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
}
SOURCE = (ROOT / "portal/settings.py").read_text()
SERVER = (ROOT / "portal/server.py").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
READ = set(re.findall(r'(?:env\.\w+|required|at_most)\(\s*"([A-Z_]+)"', SOURCE))
DOCUMENTED_DEFAULTS = dict(re.findall(r"^#([A-Z_]+)=(\S.*)$", EXAMPLE, re.MULTILINE))
HTTP = {"PORTAL_URL": "http://localhost:8000"}
CASES: dict[str, dict[str, str]] = {
    "good": {},
    "documented defaults": DOCUMENTED_DEFAULTS,
    # An empty variable is a missing one; a .env file of this checkout cannot fill it.
    **{f"without {name}": {name: ""} for name in GOOD},
    **{f"blank {name}": {name: "  "} for name in GOOD},
    **{
        f"at {url}": {"PORTAL_URL": url}
        for url in (
            "http://mfa.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://10.0.0.7",
            "http://localhost:8000",
            "http://127.0.0.1:8000",
            "http://[::1]:8000",
            "https://mfa.example.com/",
            "https://mfa.example.com/path",
            "ftp://mfa.example.com",
            "mfa.example.com",
            "https://",
        )
    },
    "watch token": {"PORTAL_WATCH_TOKEN": "short"},
    "flow": {"COGNITO_SIGN_IN_FLOW": "CUSTOM_AUTH"},
    "doors": {"PORTAL_DOORS": "password,window"},
    "longer idle": {"PORTAL_SESSION_IDLE_MINUTES": "16"},
    "shorter idle": {"PORTAL_SESSION_IDLE_MINUTES": "5"},
    "no idle": {"PORTAL_SESSION_IDLE_MINUTES": "0"},
    "longer session": {"PORTAL_SESSION_HOURS": "13"},
    "shorter session": {"PORTAL_SESSION_HOURS": "1"},
    "endless session": {"PORTAL_SESSION_HOURS": "-1"},
    "one proxy": {"PORTAL_TRUSTED_PROXIES": "1"},
    "jobs by RQ": {"TASKS_URL": "rediss://cache.example.com:6379/1"},
    "jobs by a database": {"TASKS_URL": "postgres://database.example.com/jobs"},
}
PROBE = """
import json, os, runpy, sys
results = {}
for name, variables in json.load(sys.stdin).items():
    os.environ.clear()
    os.environ.update(variables)
    try:
        made = runpy.run_path("portal/settings.py")
    except Exception as refusal:
        results[name] = {"refused": f"{type(refusal).__name__}: {refusal}"}
    else:
        results[name] = {key: value for key, value in made.items() if key.isupper()}
# A set is told in the order of its names: it has none of its own.
told = lambda each: sorted(each) if isinstance(each, frozenset) else str(each)
json.dump(results, sys.stdout, default=told)
"""


@cache
def every_start() -> dict[str, dict[str, Any]]:
    """Start the settings once for each case, all in one process of their own."""
    cases = {name: {**_machine(), **GOOD, **variables} for name, variables in CASES.items()}
    probe = subprocess.run(
        [sys.executable, "-c", PROBE],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    results: dict[str, dict[str, Any]] = json.loads(probe.stdout)
    return results


def _machine() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def start(case: str) -> dict[str, Any]:
    return every_start()[case]


def manage(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        env={**_machine(), **GOOD, **variables},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("how", ["without", "blank"])
def test_what_has_no_safe_default_stops_the_start_by_name(name: str, how: str):
    """DAT-03."""
    refused = start(f"{how} {name}")["refused"]
    assert refused.startswith("ImproperlyConfigured: ")
    assert name in refused


def test_nothing_starts_without_its_secret_and_nothing_is_printed_but_its_name():
    """DAT-03, RES-01: seen from outside."""
    refused = manage("check", PORTAL_TOKEN_KEYS="")
    assert refused.returncode != 0
    assert "Set PORTAL_TOKEN_KEYS" in refused.stderr
    assert GOOD["PORTAL_SECRET_KEY"] not in refused.stdout + refused.stderr


def test_a_key_that_is_none_stops_the_start():
    """DAT-02, DAT-03."""
    refused = manage("check", PORTAL_TOKEN_KEYS="not-a-key", PORTAL_DEFAULT_COUNTRY="XX")
    assert refused.returncode != 0
    assert "PORTAL_TOKEN_KEYS: key 1" in refused.stderr
    assert "PORTAL_DEFAULT_COUNTRY" in refused.stderr
    assert "not-a-key" not in refused.stdout + refused.stderr


@pytest.mark.parametrize(
    "url",
    [
        "http://mfa.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.7",
        "https://mfa.example.com/path",
        "ftp://mfa.example.com",
        "mfa.example.com",
        "https://",
    ],
)
def test_an_address_that_is_not_safe_is_refused(url: str):
    """WEB-04, WEB-14: plain http only on this machine, and no path."""
    assert "PORTAL_URL" in start(f"at {url}")["refused"]


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"]
)
def test_plain_http_is_for_this_machine_only(url: str):
    """SES-10, WEB-04: there, no cookie asks for what http cannot give."""
    made = start(f"at {url}")
    assert made["HTTPS"] is False
    assert made["SESSION_COOKIE_NAME"] == "mfa-session"
    assert made["SECURE_HSTS_SECONDS"] == 0


def test_https_makes_host_cookies():
    """SES-10: Secure, HttpOnly, Path=/, SameSite, no domain."""
    made = start("good")
    for kind in ("SESSION", "CSRF"):
        assert made[f"{kind}_COOKIE_NAME"].startswith("__Host-")
        assert made[f"{kind}_COOKIE_SECURE"] is True
        assert made[f"{kind}_COOKIE_HTTPONLY"] is True
        assert made[f"{kind}_COOKIE_SAMESITE"] in {"Lax", "Strict"}
        assert made.get(f"{kind}_COOKIE_DOMAIN") is None
        assert made.get(f"{kind}_COOKIE_PATH", "/") == "/"


def test_every_cookie_is_documented_and_none_is_invented():
    """(DAT-01) docs/security.md says what each is for, and how long it stays."""
    section = (ROOT / "docs/security.md").read_text().partition("## Cookies")[2]
    rows = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`(mfa-[a-z-]+)`", row.split("|")[1])}
    names = {name for name in dir(portal) if name.endswith("_COOKIE_NAME")}
    assert told == {getattr(portal, name).removeprefix("__Host-") for name in names}


def test_https_makes_strict_headers():
    """WEB-01, WEB-02, WEB-04, WEB-05, AUZ-09."""
    made = start("good")
    assert made["SECURE_SSL_REDIRECT"] is True
    assert timedelta(seconds=made["SECURE_HSTS_SECONDS"]) >= timedelta(days=365)
    assert made["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True
    assert made["SECURE_CONTENT_TYPE_NOSNIFF"] is True
    assert made["SECURE_REFERRER_POLICY"] == "same-origin"
    assert made["SECURE_CROSS_ORIGIN_OPENER_POLICY"] == "same-origin"
    assert made["X_FRAME_OPTIONS"] == "DENY"
    assert made["DEBUG"] is False
    directives = made["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    closed = ("default-src", "object-src", "base-uri", "frame-ancestors")
    assert all(directives[name] == ["'none'"] for name in closed)
    assert directives["form-action"] == ["'self'"]
    assert not re.search(r"unsafe|\*|https?:|data:", json.dumps(directives))


def test_only_the_own_host_is_answered():
    """WEB-14: nothing is taken from X-Forwarded-Host."""
    made = start("good")
    assert made["ALLOWED_HOSTS"] == ["mfa.example.com"]
    assert made["CSRF_TRUSTED_ORIGINS"] == ["https://mfa.example.com"]
    assert not made.get("USE_X_FORWARDED_HOST", False)


def test_a_forwarded_scheme_is_believed_only_behind_a_named_proxy():
    """LIM-02."""
    assert "SECURE_PROXY_SSL_HEADER" not in start("good")
    assert start("one proxy")["SECURE_PROXY_SSL_HEADER"][0] == "HTTP_X_FORWARDED_PROTO"
    assert start("one proxy")["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1


@pytest.mark.parametrize("case", ["longer idle", "no idle", "longer session", "endless session"])
def test_limits_of_a_session_can_only_be_shortened(case: str):
    """SES-03."""
    assert "PORTAL_SESSION" in start(case)["refused"]


def test_limits_of_a_session_may_be_shortened():
    """SES-03: 15 minutes and 12 hours, or less."""
    assert start("good")["SESSION_IDLE_LIMIT"] == str(timedelta(minutes=15))
    assert start("shorter idle")["SESSION_IDLE_LIMIT"] == str(timedelta(minutes=5))
    assert start("good")["SESSION_ABSOLUTE_LIMIT"] == str(timedelta(hours=12))
    assert start("shorter session")["SESSION_COOKIE_AGE"] == 3600


def test_a_proof_lasts_five_minutes_and_no_variable_changes_that():
    """REA-01."""
    assert timedelta(minutes=5) == portal.REAUTHENTICATION_MAX_AGE
    assert not re.search(r"REAUTHENTICATION_MAX_AGE = .*env", SOURCE)


def test_a_sign_in_flow_that_is_unknown_is_refused():
    assert "COGNITO_SIGN_IN_FLOW" in start("flow")["refused"]
    assert "PORTAL_DOORS" in start("doors")["refused"]
    assert "PORTAL_WATCH_TOKEN" in start("watch token")["refused"]


def test_caches_of_two_pools_never_mix():
    """AUZ-03."""
    assert start("good")["CACHES"]["default"]["KEY_PREFIX"] == "portal:eu-central-1_AbCdEfGhI"


def test_every_variable_is_documented_and_none_is_invented():
    """DAT-03: .env.example names the same ones as settings.py, and what `run` reads."""
    named = set(re.findall(r"^#?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE))
    read_by_boto3 = {name for name in named if name.startswith("AWS_")}
    read_by_the_server = set(re.findall(r'environ\.get\("([A-Z_]+)"', SERVER))
    assert named - read_by_boto3 == READ | read_by_the_server


def test_the_documented_defaults_are_the_real_ones():
    """DAT-03: what one reads there is what one gets."""
    assert start("documented defaults") == start("good")


def test_what_is_required_stands_uncommented_in_the_example():
    """DAT-03."""
    uncommented = set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert uncommented == set(GOOD)


def test_production_settings_pass_djangos_own_checks():
    """SUP-03: check --deploy, ours included, has nothing to say."""
    checked = manage("check", "--deploy", "--fail-level", "WARNING")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "no issues (0 silenced)" in checked.stdout


def test_a_styleguide_in_production_is_warned_of():
    """SUP-03: where people sign in; not in a demo on this machine, and no command stops."""
    deploy = ("check", "--deploy", "--fail-level", "WARNING")
    open_to_all = manage(*deploy, PORTAL_STYLEGUIDE="true")
    assert open_to_all.returncode == 1
    assert "(accounts.W001) PORTAL_STYLEGUIDE is on" in open_to_all.stderr
    assert "HINT: Leave it out" in open_to_all.stderr
    demo = manage(*deploy, PORTAL_STYLEGUIDE="true", PORTAL_URL="http://localhost:8000")
    assert "accounts.W001" not in demo.stderr
    assert "W001" not in manage("check", PORTAL_STYLEGUIDE="true").stderr


def test_what_the_helpdesk_does_not_know_stops_every_command():
    """HLP-04, AUZ-01, AUZ-02: acts, roles, groups and patterns, all in one answer."""
    checked = manage(
        "check",
        PORTAL_ROLE_GROUPS="agnet=helpdesk",
        PORTAL_HELPDESK_HOLDS="enabel=2",
        PORTAL_HELPDESK_SCOPES="emea-desk=emea",
        PORTAL_TICKET_PATTERN="[",
    )
    assert checked.returncode == 1
    assert set(re.findall(r"\(helpdesk\.(E\d+)\)", checked.stderr)) == {
        "E001",
        "E002",
        "E003",
        "E004",
    }


@pytest.mark.django_db
def test_the_models_and_their_migrations_agree():
    """SUP-03."""
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_no_log_level_prints_requests_of_botocore():
    """OTP-10, TOK-04: at DEBUG it would print tokens and codes."""
    for logger in ("botocore", "urllib3"):
        assert portal.LOGGING["loggers"][logger]["level"] == "WARNING"


def test_jobs_lie_in_the_database_and_rq_is_chosen_by_its_redis():
    """RES-08: one setting, which names what it needs where that is missing."""
    assert start("good")["TASKS"]["default"]["BACKEND"] == "accounts.job_backend.JobBackend"
    assert "redis://host:6379/1" in start("jobs by a database")["refused"]
    made = start("jobs by RQ")
    if find_spec("rq") is None:
        assert "pip install cognito-mfa-portal[rq]" in made["refused"]
    else:
        assert made["TASKS"]["default"]["BACKEND"] == "accounts.rq_backend.RQBackend"
