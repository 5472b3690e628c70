"""Numbers as people write them."""

import phonenumbers
import pytest

from accounts import phones


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+447700900123", "+44 7700 900123"),
        ("+4915112345678", "+49 1511 2345678"),
        ("+33612345678", "+33 6 12 34 56 78"),
        ("nothing", "nothing"),
        ("", ""),
    ],
)
def test_a_number_is_written_as_abroad(number: str, shown: str):
    assert phones.written(number) == shown


@pytest.mark.parametrize("country", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_an_example_is_right_in_its_country(country: str):
    parsed = phonenumbers.parse(phones.example_of(country), country)
    assert phonenumbers.is_valid_number(parsed) or phones.example_of(country).startswith("+44 7700")


def test_without_a_country_an_example_has_its_code():
    assert phones.example_of("") == "+44 7700 900123"
