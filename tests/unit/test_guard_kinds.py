"""Each guard by itself: which kinds of session it lets in, where it sends others, what it notes.

The guards are put on views within the tests, and not when this file is read: `make mutation`
changes them only then.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib import messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest, HttpResponse

from accounts import guards, held_forms, noted, sessions
from accounts.cognito import tokens
from accounts.guards import OPEN_TO, ChangesFrozen, ReauthenticationNeeded
from accounts.sessions import Kind, SignedInPerson
from tests.unit.mint import Mint
from tests.unit.persons import sign_in, somebody

AGENTS = "desk"
LATE = timedelta(seconds=301)
# The guards that stand alone; `public` asks nobody, `recently_authenticated` needs one above it.
ALONE = ("signed_in", "enrolling", "recovering", "in_session", "operator_only", "embedded")
EVERY = ("public", *ALONE, "recently_authenticated")
KINDS = tuple(kind for kind in Kind if kind is not Kind.PENDING)
FROZEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
JSON = {"headers": {"accept": "application/json"}}


@pytest.fixture(autouse=True)
def helpdesk(settings: Any) -> None:
    settings.HELPDESK = True
    settings.ROLE_GROUPS = {"agent": AGENTS}


def page(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(f"{request.person.kind} {args} {kwargs}")


def guarded(*names: str) -> Any:
    """A view of its own below these guards, the innermost first."""

    def view(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return page(request, *args, **kwargs)

    for name in names:
        view = getattr(guards, name)(view)
    return view


def as_kind(kind: Kind, request: HttpRequest, mint: Mint) -> HttpRequest:
    """Leave the request's session as somebody of this kind has it."""
    if kind is Kind.NOBODY:
        return request
    is_late = kind in {Kind.SIGNED_IN, Kind.OPERATOR}
    proved = int(mint.claims()["iat"]) - (int(LATE.total_seconds()) if is_late else 0)
    sign_in(request, mint, auth_time=proved, **{"cognito:groups": [AGENTS]})
    token = tokens.verified(mint.access_token(auth_time=proved))
    if kind is Kind.RECOVERING:
        sessions.keep(request, tokens.Tokens(token, "refresh"), recovering=True)
    if kind in {Kind.OPERATOR, Kind.OPERATOR_REAUTHENTICATED}:
        sessions.become_operator(request)
    if kind in {Kind.EMBEDDED, Kind.EMBEDDED_REAUTHENTICATED}:
        embed = {"client": "acme", "clients": [mint.client_id], "until": proved + 3600}
        sessions.open_embedded(request, token, embed)
    if kind is Kind.EMBEDDED_REAUTHENTICATED:
        sessions.take_proof(request, request.session[sessions.CREDENTIALS])
    return request


def answered(request: HttpRequest, *names: str) -> tuple[HttpResponse, list[noted.Refusal]]:
    with noted.during_request() as refused:
        return guarded(*names)(request), refused


# --- who is let in ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("guard", ALONE)
def test_a_guard_lets_in_its_own_kinds_and_no_other(guard: str, kind: Kind, ask: Any, mint: Mint):
    """SES-13, AUZ-01: as the table says; a stranger in between gets a redirect, and no page."""
    answer = guarded(guard)(as_kind(kind, ask(), mint))
    assert answer.status_code == (200 if kind in OPEN_TO[guard] else 302)
    if answer.status_code == 200:
        assert answer.content.decode().startswith(f"{kind} ")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("guard", ["signed_in", "enrolling", "in_session"])
def test_in_a_frame_the_same_guards_let_in_the_frames_own_kinds(
    guard: str, kind: Kind, ask: Any, mint: Mint
):
    """SES-13: whatever page it is, another kind of session opens nothing inside a frame."""
    answer = guarded(guard, "embedded")(as_kind(kind, ask(), mint))
    assert (answer.status_code == 200) == (kind in OPEN_TO["embedded"])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in OPEN_TO["in_session"]])
def test_a_change_is_open_after_a_proof(kind: Kind, ask: Any, mint: Mint):
    """REA-01: and where it is missing the person is sent to give it."""
    answer = guarded("recently_authenticated", "in_session")(as_kind(kind, ask(), mint))
    if kind in OPEN_TO["recently_authenticated"]:
        assert answer.status_code == 200
    else:
        assert answer["Location"] == "/confirm/"


@pytest.mark.parametrize("guard", EVERY)
def test_each_guard_writes_its_name_on_the_view(guard: str):
    """AUZ-01: which the test of the URL map reads; what was written below it stays."""
    assert guarded(guard).guards == (guard,)
    assert guarded("public", guard).guards == ("public", guard)
    assert guarded(guard).__name__ == "view"


@pytest.mark.parametrize("guard", ALONE)
def test_what_a_guard_lets_through_is_not_kept_by_a_browser(guard: str, ask: Any, mint: Mint):
    """WEB-07, SES-05: nor is what it turns away; a view is given its parameters."""
    kind = min(OPEN_TO[guard])
    answer = guarded(guard)(as_kind(kind, ask(), mint), 1, slug="sms")
    assert answer.content.decode() == f"{kind} (1,) {{'slug': 'sms'}}"
    for each in (answer, guarded(guard)(ask())):
        assert "no-store" in each["Cache-Control"]


def test_a_public_page_asks_nobody(ask: Any):
    """AUZ-01: said aloud, and nothing else is done."""
    asked: list[HttpRequest] = []
    view = guards.public(lambda request: asked.append(request) or HttpResponse())
    request = ask()
    assert view(request).status_code == 200
    assert asked == [request]


# --- where others are sent --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guard", "kind", "where"),
    [
        ("signed_in", Kind.RECOVERING, "/recovery/next/"),
        ("signed_in", Kind.OPERATOR, "/helpdesk/leave/?next=%2Fpreference%2F"),
        ("enrolling", Kind.OPERATOR, "/helpdesk/leave/?next=%2Fpreference%2F"),
        ("enrolling", Kind.EMBEDDED, "/sign-in/?next=%2Fpreference%2F"),
        ("recovering", Kind.SIGNED_IN, "/"),
        ("recovering", Kind.NOBODY, "/sign-in/?next=%2Fpreference%2F"),
        ("in_session", Kind.RECOVERING, "/sign-in/?next=%2Fpreference%2F"),
        ("operator_only", Kind.SIGNED_IN, "/helpdesk/enter/?next=%2Fpreference%2F"),
        ("operator_only", Kind.NOBODY, "/sign-in/?next=%2Fpreference%2F"),
        ("embedded", Kind.SIGNED_IN, "/sign-in/?next=%2Fpreference%2F"),
    ],
)
def test_whoever_is_turned_away_is_led_on(guard: str, kind: Kind, where: str, ask: Any, mint: Mint):
    """SES-13, AUZ-01, REC-01: to the one page that is open to them, and back from there."""
    answer = guarded(guard)(as_kind(kind, ask("get", "/preference/"), mint))
    assert (answer.status_code, answer["Location"]) == (302, where)


@pytest.mark.parametrize(("method", "told"), [("post", 1), ("get", 0)])
def test_whose_form_waits_is_told_that_the_sign_in_ended(method: str, told: int, ask: Any):
    """SES-12: once, where the form was sent; who only opens a page is told nothing."""
    request = ask(method, "/preference/")
    request._messages = FallbackStorage(request)
    guards.to_sign_in(request)
    assert [*messages.get_messages(request)] == []
    request.session[held_forms.KEPT] = "sealed"
    guards.to_sign_in(request)
    said = [(each.level_tag, str(each)) for each in messages.get_messages(request)]
    assert said == [("warning", guards.SIGN_IN_ENDED)] * told


# --- what is noted ----------------------------------------------------------------------------


@pytest.mark.parametrize("guard", ALONE)
@pytest.mark.parametrize(("method", "is_noted"), [("post", True), ("get", False), ("head", False)])
def test_a_refused_change_is_noted_and_a_look_is_not(
    guard: str, method: str, is_noted: bool, ask: Any
):
    """AUD-02: by the name of the guard."""
    _, refused = answered(ask(method, "/preference/"), guard)
    assert refused == ([noted.Refusal("guard_refused", guard)] if is_noted else [])


def test_who_was_refused_is_noted_with_the_refusal(ask: Any, mint: Mint):
    """AUD-02: a program is refused even where it only reads."""
    for request in (ask("post", "/preference/"), ask("get", "/preference/", **JSON)):
        as_kind(Kind.SIGNED_IN, request, mint)
        _, [refusal] = answered(request, "recently_authenticated", "signed_in")
        assert (refusal.event, refusal.what) == ("guard_refused", "recently_authenticated")
        assert refusal.by is not None
        assert refusal.by.sub == request.person.sub


# --- what services ask ------------------------------------------------------------------------


def of_kind(kind: Kind, frozen_until: datetime | None = None) -> SignedInPerson:
    is_late = kind in {Kind.SIGNED_IN, Kind.OPERATOR, Kind.EMBEDDED}
    person = somebody(proved_ago=LATE if is_late else None)
    flags = {
        "is_recovering": kind is Kind.RECOVERING,
        "is_operator": kind in OPEN_TO["operator_only"],
        "is_embedded": kind in OPEN_TO["embedded"],
    }
    for name, value in flags.items():
        object.__setattr__(person, name, value)
    person.learn_freeze(frozen_until)
    assert person.kind is kind
    return person


OWN_PROOF = frozenset({Kind.REAUTHENTICATED, Kind.EMBEDDED_REAUTHENTICATED})


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not Kind.NOBODY])
@pytest.mark.parametrize(
    ("rule", "satisfied"),
    [
        (guards.require_recent, OWN_PROOF),
        (guards.require_changeable, OWN_PROOF),
        (guards.require_enrolling, OWN_PROOF | {Kind.RECOVERING}),
        (guards.require_recent_operator, {Kind.OPERATOR_REAUTHENTICATED}),
    ],
)
def test_a_service_asks_for_the_same_proof(
    rule: Callable[[SignedInPerson], None], satisfied: frozenset[Kind], kind: Kind
):
    """REA-02, HLP-01, REC-01: no second road around the guard of a page."""
    if kind in satisfied:
        rule(of_kind(kind))
    else:
        with pytest.raises(ReauthenticationNeeded):
            rule(of_kind(kind))


@pytest.mark.parametrize(
    ("rule", "kind", "is_noted"),
    [
        (guards.require_changeable, Kind.REAUTHENTICATED, True),
        (guards.require_enrolling, Kind.REAUTHENTICATED, True),
        (guards.require_enrolling, Kind.RECOVERING, False),
    ],
)
def test_while_an_account_is_frozen_nobody_changes_how_it_signs_in(
    rule: Callable[[SignedInPerson], None], kind: Kind, is_noted: bool
):
    """AUD-02, REC-01: not even after a fresh proof, and it says until when."""
    person = of_kind(kind, FROZEN)
    with noted.during_request() as refused, pytest.raises(ChangesFrozen) as frozen:
        rule(person)
    assert frozen.value.until == FROZEN
    assert refused == ([noted.Refusal("guard_refused", "frozen", person)] if is_noted else [])


def test_a_freeze_is_no_reason_against_what_makes_an_account_safer():
    """REA-02: and whoever lacks the proof is asked for that first."""
    guards.require_recent(of_kind(Kind.REAUTHENTICATED, FROZEN))
    with pytest.raises(ReauthenticationNeeded):
        guards.require_changeable(of_kind(Kind.SIGNED_IN, FROZEN))
