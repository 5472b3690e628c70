"""Who is offered a passkey for this device, and whose "not now" a browser keeps."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.cognito.administration import PoolFacts
from accounts.doors import front
from accounts.sessions import PersonRequest
from portal.factors import offer, policy, services
from portal.factors.domain import Contact, Factor, MfaPreference, MfaState, Mode, PoolPolicy
from portal.factors.services import Factors
from tests.unit.persons import somebody
from tests.unit.strategies import policies, states

TOTP, SMS, EMAIL = Factor.TOTP, Factor.SMS, Factor.EMAIL
POOL = PoolPolicy(
    Mode.OPTIONAL, frozenset(Factor), passkeys=True, passkeys_count=True, passkeys_asked=True
)
WITH_APP = MfaState(MfaPreference(frozenset({TOTP}), TOTP), totp_enrolled=True)
WITH_NOTHING = MfaState(MfaPreference(frozenset(), None))
BY_TEXT = MfaState(
    MfaPreference(frozenset({SMS}), SMS), phone=Contact("+447400123456", verified=True)
)
UNSURE = replace(BY_TEXT, phone=Contact("+447400123456"))
APPS_ALONE = replace(POOL, offered=frozenset({TOTP}))


@pytest.mark.parametrize(
    ("state", "rules", "codes_left", "expected"),
    [
        (WITH_APP, POOL, None, True),
        (WITH_APP, POOL, 10, True),
        (BY_TEXT, POOL, None, True),
        (replace(WITH_APP, has_passkey=True), POOL, None, False),
        (WITH_APP, replace(POOL, passkeys=False), None, False),
        # Sign-in would not ask for it: a second step is on, and passkeys do not stand for one.
        (WITH_APP, replace(POOL, passkeys_count=False), None, False),
        (WITH_APP, replace(POOL, passkeys_asked=False), None, False),
        # First a second step; a pool that has none to give lets a passkey in alone.
        (WITH_NOTHING, POOL, None, False),
        (WITH_NOTHING, replace(POOL, mode=Mode.OFF, offered=frozenset()), None, True),
        # First what may lock them out: codes that reach nobody.
        (UNSURE, POOL, None, False),
        # It is advised already.
        (WITH_APP, APPS_ALONE, None, False),
        (WITH_APP, APPS_ALONE, 10, True),
    ],
)
def test_it_is_offered_to_whom_it_lets_in_and_who_has_nothing_more_urgent(
    state: MfaState, rules: PoolPolicy, codes_left: int | None, expected: bool
):
    assert offer.is_of_use(Factors(state, rules, {}), codes_left) is expected


@given(states(), policies, st.booleans(), st.booleans())
def test_it_is_never_offered_where_it_would_let_nobody_in(
    state: MfaState, rules: PoolPolicy, counts: bool, asked: bool
):
    """Design law 3: a page promises no more than the next sign-in keeps."""
    rules = replace(rules, passkeys=True, passkeys_count=counts, passkeys_asked=asked)
    if offer.is_of_use(Factors(state, rules, {}), None):
        assert asked
        assert counts or not policy.effective(state, rules)


NOW = Factors(WITH_APP, POOL, {})
ONE, OTHER = "password", "managed"


def browser(of: str = "nora", carried: str = "", **more: Any) -> PersonRequest:
    """A request of somebody who is signed in, with what their browser carries."""
    request = cast(PersonRequest, RequestFactory().get("/"))
    request.COOKIES["mfa-offer"] = carried
    request.person = replace(somebody(sub=of), **more)
    request.person.learn_freeze(None)
    return request


def put_off(of: str, carried: str = "") -> str:
    """What a browser carries after somebody's "not now"."""
    response, request = HttpResponse(), browser(of, carried)
    offer.put_off(request, response, request.person)
    cookie = response.cookies["mfa-offer"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (31536000, True, "Lax")
    return cookie.value


def is_due(request: PersonRequest) -> bool:
    return offer.is_due(request, NOW, None)


@pytest.mark.parametrize(
    ("doors", "flow", "expected"),
    [
        ([ONE], "USER_SRP_AUTH", False),
        ([ONE], "USER_PASSWORD_AUTH", False),
        ([ONE], "USER_AUTH", True),
        ([OTHER], "USER_SRP_AUTH", True),
        ([ONE, OTHER], "USER_SRP_AUTH", True),
        ([ONE, OTHER], "USER_AUTH", True),
    ],
)
def test_it_is_offered_where_a_door_takes_passkeys(
    settings: Any, doors: list[str], flow: str, expected: bool
):
    """Design law 3: with a password alone, sign-in asks for no passkey."""
    settings.DOORS, settings.COGNITO_SIGN_IN_FLOW = doors, flow
    assert front.takes_passkeys() is expected
    facts = PoolFacts("OPTIONAL", frozenset(), (), frozenset(), {}, passkeys=True)
    rules = replace(POOL, passkeys_asked=services.pool_policy(facts).passkeys_asked)
    assert offer.is_due(browser(), Factors(WITH_APP, rules, {}), None) is expected


def test_not_now_is_of_one_person_and_one_browser():
    """(DAT-01) nobody's name is kept in it."""
    carried = put_off("nora")
    assert is_due(browser("nora"))
    assert not is_due(browser("nora", carried))
    assert is_due(browser("ravi", carried))
    assert "nora" not in carried
    both = put_off("ravi", carried)
    assert not any(is_due(browser(each, both)) for each in ("nora", "ravi"))
    assert put_off("ravi", both) == both


@pytest.mark.parametrize("is_https", [True, False])
def test_its_cookie_is_like_the_others(settings: Any, is_https: bool):
    """SES-10."""
    settings.HTTPS, response, request = is_https, HttpResponse(), browser()
    offer.put_off(request, response, request.person)
    cookie = response.cookies["mfa-offer"]
    assert bool(cookie["secure"]) is is_https
    assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_the_last_few_who_said_so_are_kept():
    carried = ""
    for number in range(offer.MOST_PEOPLE + 1):
        carried = put_off(f"person-{number}", carried)
    assert is_due(browser("person-0", carried))
    assert not is_due(browser("person-1", carried))
    assert len(carried.split(".")) == offer.MOST_PEOPLE


def test_not_now_outlives_a_new_key(settings: Any):
    carried = put_off("nora")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, which came later and is long enough for anybody"
    assert not is_due(browser("nora", carried))
    settings.SECRET_KEY_FALLBACKS = []
    assert is_due(browser("nora", carried))


@pytest.mark.parametrize("nonsense", ["", ".", "nora", "é" * 64, "0" * 64, ("0" * 63 + "x.") * 9])
def test_whatever_else_the_cookie_holds_is_nobodys_answer(nonsense: str):
    """(INP-01)"""
    assert is_due(browser("nora", nonsense))
    assert not is_due(browser("nora", put_off("nora", nonsense)))


def test_not_in_a_frame():
    assert not is_due(browser(is_embedded=True))


def test_not_while_nothing_can_be_changed():
    request = browser()
    request.person.learn_freeze(timezone.now() + timedelta(hours=1))
    assert not is_due(request)
