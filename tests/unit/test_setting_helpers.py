"""How single settings are read: what cannot be meant stops the start by name (DAT-03)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts import checks
from portal import settings as source
from portal.helpdesk import start_checks


@pytest.mark.parametrize(
    "url", ["mfa.example.com", "ftp://mfa.example.com", "https://mfa.example.com/path", "https://"]
)
def test_an_address_that_is_none(url: str):
    with pytest.raises(ImproperlyConfigured, match="PORTAL_URL must look like"):
        source.own_address(url)


def test_plain_http_only_on_this_machine():
    """WEB-04."""
    assert source.own_address("http://localhost:8000") == ("localhost", False)
    with pytest.raises(ImproperlyConfigured, match="PORTAL_URL must begin with https"):
        source.own_address("http://mfa.example.com")


@pytest.mark.parametrize(
    "url",
    [
        "https://*.example.com",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://user@app.example.com",
        "http://app.example.com",
        "app.example.com",
        "null",
        "*",
    ],
)
def test_an_origin_is_written_exactly(url: str):
    """WEB-09: no wildcard, no path, no null."""
    with pytest.raises(ImproperlyConfigured, match="an origin looks like"):
        source.exact_origin(url)
    assert source.exact_origin(" https://app.example.com:8443 ") == "https://app.example.com:8443"


@pytest.mark.parametrize(
    "url",
    [
        "http://tickets.example.com/mfa",
        "https://tickets.example.com/mfa?key=1",
        "https://tickets.example.com/mfa#a",
        "https://user:word@tickets.example.com/mfa",
        "https:///mfa",
        "ftp://tickets.example.com/mfa",
        "tickets.example.com",
    ],
)
def test_webhooks_go_to_https_and_show_no_password(url: str):
    """DAT-03: and what is refused repeats none."""
    with pytest.raises(ImproperlyConfigured, match="PORTAL_WEBHOOKS: ") as refused:
        source.webhook_address(url)
    assert "word" not in str(refused.value)
    for fine in ("https://tickets.example.com:8443/mfa", "http://127.0.0.1:9000/mfa"):
        assert source.webhook_address(fine) == fine


@pytest.mark.parametrize("number", ["0", "-1", "16"])
def test_a_limit_can_only_be_lowered(number: str, monkeypatch: Any):
    """SES-03."""
    monkeypatch.setenv("PORTAL_ANY_MINUTES", number)
    with pytest.raises(ImproperlyConfigured, match="PORTAL_ANY_MINUTES must be between 1 and 15"):
        source.at_most("PORTAL_ANY_MINUTES", 15)


def test_what_has_no_default_is_named(monkeypatch: Any):
    """DAT-03: all that are missing at once, whichever is asked for."""
    monkeypatch.setenv("PORTAL_URL", "  ")
    monkeypatch.delenv("EMAIL_URL", raising=False)
    for asked in ("PORTAL_URL", "COGNITO_CLIENT_ID"):
        with pytest.raises(ImproperlyConfigured, match=r"^Set PORTAL_URL, EMAIL_URL: "):
            source.required(asked)


@pytest.mark.parametrize(
    ("backend", "url", "secret", "found"),
    [
        ("", "", "", []),
        ("accounts.messages.Webhook", "https://sms.example.com/", "s", []),
        ("accounts.messages.Webhook", "http://localhost:9000/", "s", []),
        ("accounts.messages.Webhook", "http://sms.example.com/", "s", ["accounts.E004"]),
        ("accounts.messages.Webhook", "https://sms.example.com/", "", ["accounts.E004"]),
        ("accounts.messages.Nobody", "", "", ["accounts.E003"]),
    ],
)
def test_a_sender_of_text_messages_fits_or_the_start_says_so(
    settings: Any, backend: str, url: str, secret: str, found: list[str]
):
    """SUP-03."""
    settings.SMS_BACKEND = backend
    settings.SMS_WEBHOOK_URL, settings.SMS_WEBHOOK_SECRET = url, secret
    assert [each.id for each in checks.text_messages(None)] == found


@pytest.mark.parametrize(("keys", "found"), [(["no key"], ["accounts.E001"]), ([], [])])
def test_a_key_that_is_none_is_said_at_start(settings: Any, keys: list[str], found: list[str]):
    """DAT-02."""
    settings.TOKEN_KEYS = keys
    assert [each.id for each in checks.token_keys(None)] == found


@pytest.mark.parametrize(("country", "found"), [("GB", []), ("XX", ["accounts.E002"])])
def test_a_country_has_telephones(settings: Any, country: str, found: list[str]):
    settings.DEFAULT_COUNTRY = country
    assert [each.id for each in checks.default_country(None)] == found


@pytest.mark.parametrize("hours", ["a day", "-1", "nan", "1e300", ""])
def test_a_wait_is_a_number_of_hours(hours: str):
    """HLP-04: an act that was to wait never waits for nothing."""
    with pytest.raises(ImproperlyConfigured, match=r"PORTAL_HELPDESK_HOLDS: .*no number of hours"):
        source.some_hours("PORTAL_HELPDESK_HOLDS", hours)
    assert source.some_hours("PORTAL_HELPDESK_HOLDS", "0.5") == timedelta(minutes=30)


@pytest.mark.parametrize("act", ["correct_contacts", "Enable", "find", "look"])
def test_an_act_that_cannot_wait_is_named_at_start(settings: Any, act: str):
    """HLP-04: with all that can; a slip would have made it wait for nothing."""
    settings.HELPDESK_HOLDS = {"correct_contact": timedelta(hours=24), act: timedelta(hours=2)}
    (error,) = start_checks.holds(None)
    assert (error.id, error.msg) == ("helpdesk.E002", f"PORTAL_HELPDESK_HOLDS: there is no {act}.")
    assert {"correct_contact", "enable", "reveal"} <= set(re.findall(r"\w+", error.hint or ""))
    settings.HELPDESK_HOLDS = {each.value: timedelta(hours=2) for each in start_checks.WAITING}
    assert start_checks.holds(None) == []


def test_a_role_that_is_none_is_named_at_start(settings: Any):
    """AUZ-01: nobody would have it."""
    settings.ROLE_GROUPS = {"agnet": "helpdesk", "senior": "helpdesk-seniors"}
    (error,) = start_checks.roles(None)
    assert (error.id, error.msg) == ("helpdesk.E001", "PORTAL_ROLE_GROUPS: there is no agnet.")
    assert error.hint == "Those there are: administrator, agent, auditor, senior, viewer."
    settings.ROLE_GROUPS = {"agent": "helpdesk"}
    assert start_checks.roles(None) == []


def test_a_scope_of_a_group_without_a_role_is_named_at_start(settings: Any):
    """AUZ-02: the group that was meant would have reached everybody."""
    settings.ROLE_GROUPS = {"agent": "emea-desk"}
    settings.HELPDESK_SCOPES = {"emea-dsk": frozenset({"emea"})}
    (error,) = start_checks.scopes(None)
    assert error.id == "helpdesk.E003"
    assert (error.msg, error.hint) == (
        "PORTAL_HELPDESK_SCOPES: there is no emea-dsk.",
        "Those there are: emea-desk.",
    )
    settings.HELPDESK_SCOPES = {"emea-desk": frozenset({"emea"})}
    assert start_checks.scopes(None) == []


def test_a_pattern_of_tickets_that_is_none_is_said_at_start(settings: Any):
    """HLP-02: no form could take a ticket."""
    settings.TICKET_PATTERN = "[A-Z"
    assert [each.id for each in start_checks.ticket_pattern(None)] == ["helpdesk.E004"]
    settings.TICKET_PATTERN = "[A-Z]{2}"
    assert start_checks.ticket_pattern(None) == []
