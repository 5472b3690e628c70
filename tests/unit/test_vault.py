"""Sealing: authenticated, and with keys that can be changed while the portal runs."""

from base64 import urlsafe_b64decode
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import assume, given
from hypothesis import strategies as st

from accounts.vault import SealBroken, seal, unseal

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(json_values)
def test_what_is_sealed_comes_back_as_it_was(value: Any):
    """DAT-02, QA-02."""
    assert unseal(seal(value)) == value


def test_a_seal_shows_nothing_of_what_it_holds():
    """DAT-02, SES-11, TOK-04: the same value never looks the same twice, either."""
    one, other = seal({"access": "canary"}), seal({"access": "canary"})
    assert "canary" not in one
    assert one != other


def test_a_new_first_key_seals_and_the_old_one_still_opens(settings: Any):
    """DAT-02: rotate with two keys."""
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.TOKEN_KEYS = [old]
    before = seal("tokens")
    settings.TOKEN_KEYS = [new, old]
    assert unseal(before) == "tokens"
    after = seal("tokens")
    settings.TOKEN_KEYS = [new]
    assert unseal(after) == "tokens"
    with pytest.raises(SealBroken):
        unseal(before)


def test_the_seal_of_a_stranger_is_refused(settings: Any):
    """DAT-02, AUZ-03."""
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    foreign = seal("tokens")
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(SealBroken):
        unseal(foreign)


SEALED = seal({"access": "a", "refresh": "b"})


@given(st.integers(0, len(SEALED) - 1), st.sampled_from("AZaz09-_"))
def test_one_changed_sign_breaks_the_seal(place: int, sign: str):
    """DAT-02: authenticated encryption."""
    tampered = SEALED[:place] + sign + SEALED[place + 1 :]
    # Signs that differ only in unused bits before the padding stand for the same bytes.
    assume(urlsafe_b64decode(tampered) != urlsafe_b64decode(SEALED))
    with pytest.raises(SealBroken):
        unseal(tampered)


@given(st.text())
def test_garbage_is_a_broken_seal(garbage: str):
    """DAT-02, INP-06."""
    with pytest.raises(SealBroken):
        unseal(garbage)
