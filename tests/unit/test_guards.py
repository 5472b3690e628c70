"""The guards: who is let in, who is sent where, and what is not lost on the way."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

from accounts import guards, held_forms, sessions
from accounts.guards import ReauthenticationNeeded
from tests.unit.mint import Mint
from tests.unit.persons import sign_in, somebody

STALE = timedelta(minutes=5)


def page(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """A view that shows what it was given."""
    return HttpResponse(f"{request.person.sub} {args} {kwargs}")


open_page = guards.signed_in(page)
change_page = guards.signed_in(guards.recently_authenticated(page))


def proved(request: HttpRequest, mint: Mint, ago: float) -> HttpRequest:
    claims = mint.claims()
    return sign_in(request, mint, auth_time=int(claims["iat"] - ago))


def test_nobody_is_sent_to_sign_in_and_back(ask: Any):
    """AUZ-01, SES-12: a GET keeps its whole address, a POST only where it went."""
    page = open_page(ask("get", "/changes/", {"a": "b c"}))
    assert (page.status_code, page["Location"]) == (
        302,
        "/sign-in/?next=%2Fchanges%2F%3Fa%3Db%2Bc",
    )
    posted = open_page(ask("post", "/preference/?x=y", {"code": "123456"}))
    assert posted["Location"] == "/sign-in/?next=%2Fpreference%2F"
    assert open_page(ask())["Location"] == "/sign-in/"


def test_a_form_of_nobody_is_not_kept(ask: Any):
    """SES-12, AUZ-07: what waits belongs to a person who is signed in."""
    request = ask("post", "/preference/", {"preferred": ""})
    change_page(request)
    assert held_forms.HELD not in request.session


def test_a_signed_in_person_gets_the_page_with_its_parameters(ask: Any, mint: Mint):
    """AUZ-01."""
    request = sign_in(ask(), mint, sub="nora-s-sub")
    answer = open_page(request, 1, slug="sms")
    assert answer.status_code == 200
    assert answer.content.decode() == "nora-s-sub (1,) {'slug': 'sms'}"
    assert request.person.sub == "nora-s-sub"


def test_what_is_behind_sign_in_is_never_kept_by_a_browser(ask: Any, mint: Mint):
    """WEB-07, SES-05."""
    answer = open_page(sign_in(ask(), mint))
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]


def test_half_a_session_is_none(ask: Any, mint: Mint):
    """SES-12, SES-13: tokens without a login, or a login without tokens, open nothing."""
    only_tokens = sign_in(ask(), mint)
    del only_tokens.session[SESSION_KEY]
    only_login = sign_in(ask(), mint)
    del only_login.session[sessions.CREDENTIALS]
    for request in (only_tokens, only_login):
        assert open_page(request).status_code == 302


@pytest.mark.parametrize(("ago", "let_in"), [(0, True), (290, True), (301, False), (86_400, False)])
def test_a_change_needs_a_proof_of_the_last_five_minutes(
    ago: float, let_in: bool, ask: Any, mint: Mint
):
    """REA-01, REA-05: counted from the pool's auth_time."""
    answer = change_page(proved(ask(), mint, ago))
    assert (answer.status_code == 200) == let_in


def test_the_fifth_minute_ends_with_its_last_second(settings: Any):
    """REA-01: five minutes to the second, and no more."""
    person = somebody()
    with time_machine.travel(person.changes_until - timedelta(seconds=1), tick=False):
        assert person.proved_recently
        guards.require_recent(person)
    with time_machine.travel(person.changes_until, tick=False):
        assert not person.proved_recently
        with pytest.raises(ReauthenticationNeeded):
            guards.require_recent(person)
    assert person.changes_until - person.token.authenticated_at == STALE


def test_an_old_proof_is_asked_for_again_and_the_form_waits(ask: Any, mint: Mint):
    """REA-01, REA-02: on the POST itself; the view is not even called."""
    request = proved(ask("post", "/preference/?x=y", {"preferred": "SMS_MFA"}), mint, 400)
    answer = change_page(request)
    assert answer["Location"] == "/confirm/?next=%2Fpreference%2F"
    held = held_forms.release(request)
    assert held is not None
    assert (held["path"], held["fields"]) == ("/preference/", [["preferred", "SMS_MFA"]])


def test_an_old_proof_on_a_page_leads_back_to_that_page(ask: Any, mint: Mint):
    """REA-01: with its whole address, and nothing waits."""
    request = proved(ask("get", "/enrolment/sms/", {"a": "b"}), mint, 400)
    assert change_page(request)["Location"] == "/confirm/?next=%2Fenrolment%2Fsms%2F%3Fa%3Db"
    assert held_forms.HELD not in request.session


def test_a_service_that_asks_for_a_proof_is_heard(ask: Any, mint: Mint):
    """REA-02: the five minutes may end between the guard and the service."""

    def late(request: Any) -> HttpResponse:
        raise ReauthenticationNeeded

    view = guards.signed_in(guards.recently_authenticated(late))
    request = sign_in(ask("post", "/preference/", {"preferred": ""}), mint)
    assert view(request)["Location"] == "/confirm/?next=%2Fpreference%2F"
    assert held_forms.HELD in request.session


def test_an_error_in_a_guard_lets_nobody_in(ask: Any, mint: Mint, monkeypatch: Any):
    """RES-02: fault injection."""

    def broken(_: Any) -> None:
        raise OSError("the session store is away")

    called = []
    view = guards.signed_in(lambda request: called.append(request) or HttpResponse())
    monkeypatch.setattr(sessions, "person_of", broken)
    with pytest.raises(OSError, match="away"):
        view(sign_in(ask(), mint))
    assert called == []


def test_guards_mark_what_they_guard_from_the_inside_out():
    """AUZ-01."""
    assert open_page.guards == ("signed_in",)  # type: ignore[attr-defined]
    assert change_page.guards == ("recently_authenticated", "signed_in")  # type: ignore[attr-defined]
    assert guards.public(lambda request: HttpResponse()).guards == ("public",)  # type: ignore[attr-defined]
    assert open_page.__name__ == "page"


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://localhost/enrolment/sms/", "/enrolment/sms/"),
        ("http://localhost/changes/?a=b#c", "/changes/"),
        ("", "/enrolment/sms/on/"),
        ("http://localhost", "/enrolment/sms/on/"),
        ("http://[broken", "/enrolment/sms/on/"),
    ],
)
def test_a_form_leads_back_to_the_page_it_stood_on(referer: str, back: str, ask: Any, mint: Mint):
    """REA-01, INP-06: its own address may open no page; whatever Referer says is only a path."""
    request = ask("post", "/enrolment/sms/on/", {"drawn_from": "d"}, HTTP_REFERER=referer)
    answer = change_page(proved(request, mint, 400))
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [back]
    held = held_forms.release(request)
    assert held is not None
    assert (held["path"], held["page"]) == ("/enrolment/sms/on/", back)
