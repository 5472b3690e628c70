"""Addresses, numbers and names as pages show them: enough to recognise, not enough to use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.masking import DOTS, mask_email, mask_phone, show_username

numbers = st.from_regex(r"\+[0-9]{1,15}", fullmatch=True)
halves = st.text(min_size=1, max_size=20)
addresses = st.emails() | st.builds("{}@{}".format, halves, halves)


@given(addresses)
def test_an_address_is_never_shown_whole(address: str):
    """FAC-10, AUD-03: at most the first sign of each half is left of it."""
    local, _, domain = address.partition("@")
    assert mask_email(address) == f"{local[:1]}{DOTS}@{domain[:1]}{DOTS}"
    assert address not in mask_email(address)


@given(numbers)
def test_a_number_is_never_shown_whole(number: str):
    """FAC-10, AUD-03: at most half of its digits are left, and they are its last four."""
    shown = mask_phone(number).removeprefix(DOTS).strip()
    assert number not in mask_phone(number)
    assert number[1:] != shown
    assert shown in {"", number[-4:]}
    assert len(shown) <= len(number) / 2


@given(st.text(min_size=1))
def test_the_length_of_what_is_masked_stays_unknown(text: str):
    """FAC-10."""
    assert len(mask_email(text)) <= 9
    assert len(mask_phone(text)) <= 8


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (mask_email, "nora@example.com", "n•••@e•••"),
        (mask_email, "a@b", "a•••@b•••"),
        (mask_email, "no address", "•••"),
        (mask_email, "", ""),
        (mask_phone, "+447700900123", "•••\N{NO-BREAK SPACE}0123"),
        (mask_phone, "+12345", "•••"),
        (mask_phone, "", ""),
        (show_username, "nora.smith", "nora.smith"),
        (show_username, "nora@example.com", "n•••@e•••"),
        (show_username, "+447700900123", "•••\N{NO-BREAK SPACE}0123"),
        (show_username, "+nora", "+nora"),
        (show_username, "5f3c9c1e-0000-4000-8000-000000000001", ""),
    ],
)
def test_each_kind_of_value_has_its_mask(mask: object, value: str, shown: str):
    """FAC-10."""
    assert callable(mask)
    assert mask(value) == shown
