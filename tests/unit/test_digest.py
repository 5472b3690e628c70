"""The name of a state that a form carries: what it must tell, and what it must not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.factors.domain import Contact, Factor, MfaPreference, MfaState, read_digest
from portal.factors.forms import LONGEST_DIGEST
from tests.unit.strategies import states


@given(states())
def test_a_digest_gives_back_the_preference_it_was_made_from(state: MfaState):
    """FAC-03, QA-02: the page can say what changed since it was drawn."""
    assert read_digest(state.digest()) == state.stored


@given(states())
def test_a_digest_fits_its_field_and_tells_no_contact(state: MfaState):
    """FAC-10: the hidden field of a page holds no number and no address."""
    digest = state.digest()
    assert len(digest) <= LONGEST_DIGEST
    for contact in (state.phone, state.email):
        assert not contact or contact.value not in digest


@given(states(), states())
def test_two_states_share_a_digest_only_if_they_are_the_same(one: MfaState, other: MfaState):
    """FAC-03: no change in between goes unseen."""
    assert (one.digest() == other.digest()) == (one == other)


CONFIRMED = MfaState(phone=Contact("+447400123456", True), email=Contact("nora@example.com", True))


@pytest.mark.parametrize(
    "later",
    [
        replace(CONFIRMED, phone=Contact("+447400123457", True)),
        replace(CONFIRMED, phone=Contact("+447400123456", False)),
        replace(CONFIRMED, email=Contact("nora@example.org", True)),
        replace(CONFIRMED, email=Contact()),
        replace(CONFIRMED, totp_enrolled=True),
        replace(CONFIRMED, stored=MfaPreference(frozenset({Factor.SMS}))),
        replace(CONFIRMED, stored=MfaPreference(frozenset({Factor.SMS}), Factor.SMS)),
    ],
)
def test_every_change_of_a_state_changes_its_digest(later: MfaState):
    """FAC-03, RES-05."""
    assert later.digest() != CONFIRMED.digest()


def test_a_digest_is_the_same_in_every_process():
    """FAC-03: the page may be drawn by one machine and saved by another."""
    both = MfaPreference(frozenset({Factor.SMS, Factor.TOTP}), Factor.SMS)
    state = MfaState(both, totp_enrolled=True)
    assert state.digest() == "SOFTWARE_TOKEN_MFA,SMS_MFA;SMS_MFA;153863b482c5"


pieces = st.sampled_from([";", ",", "SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA", "x", "\x00", "é"])


@given(st.text() | st.lists(pieces).map("".join))
def test_garbage_is_read_as_nothing_and_never_raises(garbage: str):
    """INP-06, QA-02: what a browser sends may be anything."""
    read = read_digest(garbage)
    assert read is None or isinstance(read, MfaPreference)


@pytest.mark.parametrize("garbage", ["", ";", ";;;", "SMS_MFA", "WEB_AUTHN;;x", ";WEB_AUTHN;x"])
def test_what_is_no_digest_is_read_as_nothing(garbage: str):
    """INP-06."""
    assert read_digest(garbage) is None
