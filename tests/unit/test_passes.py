"""Recovery passes: one browser, one use, one time in which they open."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import RequestFactory

from accounts import passes, random_codes
from accounts.limits import LimitReached
from accounts.models import PairingRequest, RecoveryPass
from accounts.passes import PairingUnknown
from accounts.subjects import Subject

pytestmark = pytest.mark.django_db
NORA, ADA = Subject("eu-central-1_One", "nora"), Subject("eu-central-1_One", "ada")
BROWSER, STRANGER = "b" * 64, "c" * 64


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def paired() -> RecoveryPass:
    return passes.pair(NORA, passes.begin_pairing(NORA, BROWSER), issued_by="olga")


def test_a_pass_opens_in_the_browser_that_showed_the_code(clock: Any):
    """HLP-03: what the operator typed opens nothing anywhere else."""
    code = passes.begin_pairing(NORA, BROWSER)
    issued = passes.pair(NORA, code.lower().replace("-", " "), issued_by="olga")
    assert issued.issued_by == "olga"
    assert passes.open_in(NORA, BROWSER) == issued
    assert passes.open_in(NORA, STRANGER) is None
    assert passes.open_in(ADA, BROWSER) is None
    assert passes.open_in(NORA, "") is None


def test_the_store_holds_no_pairing_code(clock: Any):
    """REC-02, HLP-03: salted and hashed."""
    code = passes.begin_pairing(NORA, BROWSER)
    row = PairingRequest.objects.get()
    assert code not in row.code_hash
    assert random_codes.as_kept(code) not in row.code_hash


def test_a_pass_is_used_once(clock: Any):
    """REC-03."""
    issued = paired()
    assert passes.use(issued)
    assert not passes.use(issued)
    assert passes.open_in(NORA, BROWSER) is None


def test_a_code_pairs_once_and_for_a_quarter_of_an_hour(clock: Any):
    """REC-03, REC-07: and one that the browser has replaced counts no more."""
    first = passes.begin_pairing(NORA, BROWSER)
    second = passes.begin_pairing(NORA, BROWSER)
    with pytest.raises(PairingUnknown):
        passes.pair(NORA, first, issued_by="olga")
    clock.shift(timedelta(minutes=16))
    with pytest.raises(PairingUnknown):
        passes.pair(NORA, second, issued_by="olga")
    third = passes.begin_pairing(NORA, BROWSER)
    passes.pair(NORA, third, issued_by="olga")
    with pytest.raises(PairingUnknown):
        passes.pair(NORA, third, issued_by="olga")


def test_a_code_of_somebody_else_pairs_nothing(clock: Any):
    """AUZ-02: the operator looks at Ada, and types what Nora's browser shows."""
    code = passes.begin_pairing(NORA, BROWSER)
    with pytest.raises(PairingUnknown):
        passes.pair(ADA, code, issued_by="olga")
    assert not RecoveryPass.objects.exists()


def test_pairing_codes_are_not_guessed(clock: Any):
    """REC-04, LIM-01: counted for the person, whoever types."""
    passes.begin_pairing(NORA, BROWSER)
    for _ in range(20):
        with pytest.raises(PairingUnknown):
            passes.pair(NORA, "ACDE-FHJK", issued_by="olga")
    with pytest.raises(LimitReached):
        passes.pair(NORA, "ACDE-FHJK", issued_by="olga")


def test_a_pass_ends_after_a_day_at_most(clock: Any):
    """REC-07."""
    issued = paired()
    assert issued.ends_at - issued.opens_at == timedelta(hours=24)
    clock.shift(timedelta(hours=24, seconds=1))
    assert passes.open_in(NORA, BROWSER) is None
    assert not passes.use(issued)


def test_a_revoked_pass_opens_nothing(clock: Any):
    issued = paired()
    assert passes.revoke(issued.id)
    assert not passes.revoke(issued.id)
    assert passes.open_in(NORA, BROWSER) is None
    assert not passes.use(issued)


def test_a_new_pass_ends_the_one_before(clock: Any):
    first, second = paired(), paired()
    assert passes.live(NORA).get() == second
    assert not passes.use(first)


def test_one_that_was_asked_for_opens_after_the_wait(clock: Any):
    """REC-01: in that browser, and not a second earlier; asking again does not begin anew."""
    asked = passes.ask(NORA, BROWSER)
    assert passes.waiting_pass(NORA, BROWSER) == asked
    clock.shift(timedelta(hours=23, minutes=59))
    assert passes.ask(NORA, BROWSER) == asked
    assert passes.open_in(NORA, BROWSER) is None
    assert not passes.use(asked)
    clock.shift(timedelta(minutes=1))
    assert passes.open_in(NORA, BROWSER) == asked
    assert passes.open_in(NORA, STRANGER) is None
    assert passes.use(asked)


def test_a_browser_is_known_by_its_cookie(rf: RequestFactory, settings: Any):
    """SES-10: the cookie says nothing and no script reads it."""
    cookie, known_by = passes.new_browser()
    response = HttpResponse()
    passes.keep_browser(response, cookie)
    morsel = response.cookies[settings.RECOVERY_COOKIE_NAME]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Lax"
    request = rf.get("/")
    assert passes.browser_of(request) == ""
    request.COOKIES[settings.RECOVERY_COOKIE_NAME] = cookie
    assert passes.browser_of(request) == known_by
    assert cookie not in known_by
