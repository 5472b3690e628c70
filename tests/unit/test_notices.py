"""What a person is told of a change: what, when, roughly where, and what to do."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.mail import EmailMultiAlternatives
from django_tasks_db.models import DBTaskResult
from hypothesis import given
from hypothesis import strategies as st

from accounts import notices, vault
from accounts.notices import roughly_where
from tests.unit.persons import somebody

LINK = "https://mfa.example.com/not-me/0f3e.c2lnbmVk/"
NOTICE = {
    "address": "nora@example.com",
    "happened": "An authenticator app was added.",
    "by": "yourself",
    "ticket": "",
    "when": datetime(2026, 5, 1, 12, 30, tzinfo=UTC).isoformat(),
    "where": "203.0.113.0/24",
    "language": "en",
    "not_me_url": LINK,
    "portal_name": "Demo sign-in",
    "portal_url": "https://mfa.example.com",
    "support_url": "",
}
GOLDEN = """An authenticator app was added.

When: 1 May 2026, 12:30 UTC
From the network: 203.0.113.0/24
By: somebody signed in as you

If this was you, there is nothing to do.

If it was not you:
1. Say so here. You need not sign in, and the page says what it will do before it does anything:
   https://mfa.example.com/not-me/0f3e.c2lnbmVk/
2. Change your password.
3. Tell the people who run your account.

This message holds no link that signs you in, and we never ask you for a code.

Demo sign-in"""
GOLDEN_PAGE = (
    "An authenticator app was added. When 1 May 2026, 12:30 UTC From the network 203.0.113.0/24 "
    "By somebody signed in as you If this was you, there is nothing to do. If it was not you "
    "Say so here. You need not sign in, and the page says what it will do before it does "
    "anything. This was not me Change your password. Tell the people who run your account. "
    "This message holds no link that signs you in, and we never ask you for a code. Demo sign-in"
)


def _page(mail: EmailMultiAlternatives) -> BeautifulSoup:
    ((page, kind),) = mail.alternatives
    assert kind == "text/html"
    return BeautifulSoup(str(page), "html.parser")


def test_a_notice_says_what_when_where_and_what_to_do():
    """NOT-03: the golden text."""
    mail = notices._message(NOTICE)
    assert mail.to == ["nora@example.com"]
    assert mail.subject == "Demo sign-in: An authenticator app was added."
    assert mail.body.strip() == GOLDEN
    assert "From the network" not in notices._message({**NOTICE, "where": ""}).body
    helped = notices._message({**NOTICE, "support_url": "https://help.example.com"})
    assert "Tell the people who run your account: https://help.example.com" in helped.body


def test_a_notice_says_the_same_as_a_page():
    """NOT-03: for those whose mail is drawn; it loads nothing, runs nothing, hides nothing."""
    page = _page(notices._message(NOTICE))
    assert " ".join(page.body.get_text(" ").split()) == GOLDEN_PAGE
    assert page.select_one("a.button")["href"] == LINK
    assert not page.select("img, script, link, iframe, form, [src], [style], [onclick]")
    assert "url(" not in str(page)
    assert "@import" not in str(page)
    assert "prefers-color-scheme: dark" in str(page)


@pytest.mark.parametrize(
    ("by", "ticket", "told"),
    [
        ("helpdesk", "OPS-7", "By: the helpdesk, ticket OPS-7"),
        ("helpdesk", "", "By: the helpdesk\n"),
        ("portal", "", "By: this portal itself"),
        ("answer", "", "By: whoever said “this was not me”"),
    ],
)
def test_a_notice_says_by_whom(by: str, ticket: str, told: str):
    """NOT-01, NOT-03: no operator's name."""
    assert told in notices._message({**NOTICE, "by": by, "ticket": ticket}).body


def test_a_notice_without_an_answer_leads_to_the_front_page():
    """NOT-03: such as the one that tells of the answer itself."""
    mail = notices._message({**NOTICE, "not_me_url": ""})
    assert "Go to https://mfa.example.com (type the address yourself)" in mail.body
    assert not _page(mail).select("a[href*=not-me]")


def test_a_notice_is_written_in_its_own_language():
    """The times of a German notice are German, whatever the worker speaks."""
    assert "1. Mai 2026" in notices._message({**NOTICE, "language": "de"}).body


def test_a_notice_holds_no_code_secret_or_sign_in_link():
    """NOT-03, OTP-10: one address, the page that secures the account."""
    mail = notices._message(NOTICE)
    for body in (mail.body, str(_page(mail).body)):
        assert not re.search(r"\b\d{6}\b|[A-Z2-7]{16}|token|next=", body)
    assert re.findall(r"https?://\S+", mail.body) == [LINK]
    assert [str(a["href"]) for a in _page(mail).select("a")] == [LINK]


def test_a_line_break_cannot_become_a_header():
    """INP-02: a subject or address with one is refused by the mail itself."""
    # In Django's words, and in those of Python's own mail, which Django 6 uses.
    refused = "newlines|linefeed"
    for field in ("happened", "portal_name"):
        with pytest.raises(ValueError, match=refused):
            notices._message({**NOTICE, field: "x\nBcc: eve@example.com"}).message()
    with pytest.raises(ValueError, match=refused):
        notices._message({**NOTICE, "address": "nora@example.com\nBcc: eve@example.com"}).message()


def test_names_in_a_notice_are_plain_text():
    """INP-01: in the text nothing is escaped and nothing can be markup; in the page all is."""
    mail = notices._message({**NOTICE, "portal_name": "Söhne & Co <x>"})
    assert "Söhne & Co <x>" in mail.body
    assert mail.content_subtype == "plain"
    assert not _page(mail).select("x")
    assert "Söhne & Co <x>" in _page(mail).get_text()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::7", "2001:db8::/32"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_the_place_is_a_network_and_not_a_machine(address: str, network: str):
    """NOT-03, FAC-10."""
    assert roughly_where(address) == network


@given(st.ip_addresses().map(str))
def test_no_notice_tells_the_whole_address(address: str):
    """NOT-03, QA-02: all but the machines that end in nothing but zeros."""
    network, _, prefix = roughly_where(address).partition("/")
    assert prefix in {"24", "32"}
    assert network != address or address.endswith((".0", "::"))


@pytest.mark.django_db
def test_every_address_gets_one_notice_and_it_waits_sealed(monkeypatch: Any):
    """NOT-02, NOT-04, DAT-02: the old one and the new one; no address lies in the queue."""
    addresses = ["old@example.com", "new@example.com", "", "old@example.com"]
    notices.announce(somebody(), addresses, "The e-mail address for sign-in codes was changed.")
    queued = list(DBTaskResult.objects.all())
    assert all("example.com" not in str(task.args_kwargs) for task in queued)
    opened = [vault.unseal(task.args_kwargs["args"][0]) for task in queued]
    assert sorted(each["address"] for each in opened) == ["new@example.com", "old@example.com"]
    assert {each["where"] for each in opened} == {"203.0.113.0/24"}
    assert len({each["not_me_url"] for each in opened}) == 2


def test_a_notice_is_tried_again_for_a_day():
    """NOT-04: soon at first, then every two hours."""
    waits = [wait.total_seconds() for wait in notices.RETRY_AFTER]
    assert waits == sorted(waits)
    assert waits[0] <= 60
    assert sum(waits) >= 24 * 3600
