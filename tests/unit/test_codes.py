"""The one field for a six-digit code, wherever a person types one."""

import time
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.http import QueryDict
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.codes import LONGEST_TYPED, CodeField, CodeForm

ASCII_DIGITS = frozenset("0123456789")
# Digits of every script, signs that look like digits, spaces, and anything at all.
nearly_codes = st.text(
    st.sampled_from("0123456789 \t\N{NO-BREAK SPACE}\N{THIN SPACE}") | st.characters(), max_size=12
) | st.text(st.characters(categories=["Nd", "Nl", "No", "Zs"]), min_size=4, max_size=10)


def cleaned(typed: Any) -> str | None:
    try:
        return CodeField().clean(typed)
    except ValidationError:
        return None


def is_a_code(typed: str) -> bool:
    """OTP-07 in other words."""
    kept = [sign for sign in typed if not sign.isspace()]
    return len(kept) == 6 and set(kept) <= ASCII_DIGITS and len(typed.strip()) <= LONGEST_TYPED


@given(nearly_codes)
@example("１２３４５６")  # full width
@example("١٢٣٤٥٦")  # Arabic-Indic
@example("१२३४५६")  # Devanagari
@example("𝟏𝟐𝟑𝟒𝟓𝟔")  # mathematical bold
@example("①②③④⑤⑥")
@example("12345²")
@example("123456\x00")
@example("123456\n")
@example("123456\u200b")
@example("+12345")
@example("-12345")
@example("12345.")
@example("0x1234")
@example("1e5000")
@example("12_345")
@example(" " * 40 + "123456")
@example("1" + " " * 30 + "23456")
def test_a_code_is_exactly_six_ascii_digits(typed: str):
    """OTP-07, QA-02: spaces between them are forgiven, nothing else is."""
    expected = "".join(typed.split()) if is_a_code(typed) else None
    assert cleaned(typed) == expected


@given(
    st.from_regex(r"\A[0-9]{6}\Z"), st.lists(st.sampled_from(" \t\N{NO-BREAK SPACE}"), max_size=9)
)
def test_spaces_anywhere_are_forgiven(code: str, spaces: list[str]):
    """OTP-07, A11-02: pasted as the app shows it, `123 456`."""
    spaced = list(code)
    for place, space in enumerate(spaces):
        spaced.insert(place * 2, space)
    assert cleaned("".join(spaced)) == code


@pytest.mark.parametrize(
    "typed",
    [None, "", " ", [], ["1", "2", "3", "4", "5", "6"], ["123456"], {"code": "123456"}, 1.5, True],
)
def test_what_is_no_text_is_no_code(typed: Any):
    """OTP-07: arrays, null and empty."""
    assert cleaned(typed) is None


@pytest.mark.parametrize("query", ["code[]=123456", "code[0]=123456", "Code=123456", ""])
def test_a_field_by_another_name_is_no_code(query: str):
    """OTP-07: arrays as some frameworks write them."""
    assert not CodeForm(QueryDict(query)).is_valid()


def test_of_two_codes_only_one_is_read():
    """OTP-07: a list of guesses is not tried one after the other."""
    form = CodeForm(QueryDict("code=111111&code=222222"))
    assert form.is_valid()
    assert form.cleaned_data["code"] == "222222"


@pytest.mark.parametrize("typed", ["1" * 100_000, " " * 100_000, "1 " * 50_000, "a" * 60_000])
def test_very_long_input_is_refused_at_once(typed: str):
    """OTP-07, INP-04: under 50 ms."""
    # Of this process, not of the wall: the machine may be busy with something else.
    began = time.process_time()
    assert cleaned(typed) is None
    assert time.process_time() - began < 0.05


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter the six-digit code."),
        ("12345", "The code has six digits; you entered 5."),
        ("1234567", "The code has six digits; you entered 7."),
        ("12345a", "A code has only digits, no letters or signs."),
        ("12345²", "Use the ordinary digits 0 to 9."),
        ("١٢٣٤٥٦", "Use the ordinary digits 0 to 9."),
        ("1" * 33, "That is too long. The code has six digits."),
    ],
)
def test_a_refusal_says_what_is_wrong(typed: str, said: str):
    """A11-07: text, beside the field."""
    assert CodeForm({"code": typed}).errors == {"code": [said]}


@given(nearly_codes.filter(lambda typed: len(typed.strip()) > 1))
def test_what_was_typed_is_not_drawn_again(typed: str):
    """OTP-10, SES-11: neither in the field nor in the sentence about it."""
    form = CodeForm({"code": typed})
    form.full_clean()
    field = BeautifulSoup(str(form["code"]), "html.parser").input
    assert field is not None
    assert not field.has_attr("value")
    assert form.errors.get("code", [""])[0] != typed


def test_the_field_is_labelled_numeric_and_filled_in_by_the_phone():
    """A11-02, A11-03: one labelled field, `one-time-code`, numeric keyboard."""
    drawn = BeautifulSoup(CodeForm()["code"].as_field_group(), "html.parser")
    fields = drawn.find_all("input")
    assert len(fields) == 1
    field = fields[0]
    assert (field["inputmode"], field["autocomplete"]) == ("numeric", "one-time-code")
    assert (field["type"], field["spellcheck"], field["autocapitalize"]) == (
        "text",
        "false",
        "none",
    )
    assert field.has_attr("required")
    label = drawn.find("label", attrs={"for": field["id"]})
    assert label is not None
    assert " ".join(label.get_text().split()) == "Six-digit code"


def test_an_error_is_tied_to_its_field():
    """A11-07."""
    drawn = BeautifulSoup(CodeForm({"code": "1"})["code"].as_field_group(), "html.parser")
    field = drawn.input
    assert field is not None
    assert field["aria-invalid"] == "true"
    described = str(field["aria-describedby"]).split()
    assert any("six digits" in drawn.find(id=each).get_text() for each in described)
