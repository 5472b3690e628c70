"""What a person may type: made into domain objects, or refused with a sentence."""

import unicodedata
from functools import partial
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.doors.forms import (
    ChoiceForm,
    ConfirmPasswordForm,
    NewPasswordForm,
)
from accounts.doors.words import CHOICE
from portal.api.schemas import PreferenceIn
from portal.enrolment.email.forms import MailboxForm
from portal.enrolment.forms import NameForm
from portal.enrolment.sms.forms import PhoneForm, countries
from portal.factors.domain import Factor, MfaPreference
from portal.factors.forms import DrawnFromForm, PreferenceForm, TurnOffForm
from portal.factors.services import Unsaid
from tests.unit.strategies import preferences

TOTP, SMS, EMAIL = Factor.TOTP, Factor.SMS, Factor.EMAIL


def preference_form(
    *, choosable: tuple[Factor, ...] = tuple(Factor), may_switch_off: bool = True, **posted: Any
) -> PreferenceForm:
    data = QueryDict(mutable=True)
    for name, value in {"drawn_from": "d", **posted}.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return PreferenceForm(data, choosable=choosable, may_switch_off=may_switch_off)


@given(preferences())
def test_a_form_says_what_was_chosen(wanted: MfaPreference):
    """QA-02: every preference there is can be chosen, "ask me each time" included."""
    form = preference_form(activated=sorted(wanted.activated), preferred=wanted.preferred or "")
    assert form.is_valid(), form.errors
    assert form.preference(MfaPreference()) == wanted


def test_no_first_one_means_ask_me_each_time():
    """Design section 4."""
    form = preference_form(activated=[TOTP, SMS])
    assert form.is_valid()
    assert form.preference(MfaPreference()).preferred is None


def test_the_first_one_must_be_on():
    """FAC-03; contract 2.2 row 9."""
    form = preference_form(activated=[SMS], preferred=TOTP)
    assert form.errors == {
        "preferred": ["Authenticator app is off. Turn it on, or choose another."]
    }


@pytest.mark.parametrize(
    ("posted", "field"),
    [
        ({"activated": ["WEB_AUTHN"]}, "activated"),
        ({"activated": [TOTP, "<script>"]}, "activated"),
        ({"activated": [TOTP], "preferred": "WEB_AUTHN"}, "preferred"),
        ({"activated": [TOTP], "drawn_from": ""}, "drawn_from"),
        ({"activated": [TOTP], "drawn_from": "d" * 129}, "drawn_from"),
        ({"activated": [TOTP], "drawn_from": "\x00"}, "drawn_from"),
    ],
)
def test_what_the_page_never_offered_is_refused(posted: dict[str, Any], field: str):
    """INP-04, INP-06, FAC-05: posted anyway."""
    assert field in preference_form(**posted).errors


def test_two_first_ones_are_no_choice():
    """INP-04, FAC-03; contract 2.2 row 8: radio buttons send one value."""
    form = preference_form(activated=[TOTP, SMS], preferred=[TOTP, SMS])
    assert "preferred" in form.errors
    assert "preferred" in turn_off_form("drawn_from=d&preferred=&preferred=SMS_MFA", SMS).errors


def test_a_method_that_cannot_be_chosen_here_is_refused():
    """FAC-05."""
    form = preference_form(choosable=(TOTP,), activated=[SMS])
    assert "activated" in form.errors


def test_where_everybody_is_asked_nothing_can_be_switched_off_by_a_form():
    """FAC-01: what is posted for `activated` is not even read."""
    now = MfaPreference(frozenset({TOTP, SMS}), TOTP)
    form = preference_form(may_switch_off=False, activated=[], preferred=SMS)
    assert form.is_valid()
    assert form.preference(now) == MfaPreference(now.activated, SMS)


def turn_off_form(posted: str, *remaining: Factor) -> TurnOffForm:
    form = TurnOffForm(QueryDict(posted), remaining=remaining)
    form.full_clean()
    return form


def test_turning_off_tells_not_asked_from_asked_each_time():
    """Contract 2.2 row 11: nobody is promoted silently."""
    assert isinstance(turn_off_form("drawn_from=d", TOTP, SMS).after(), Unsaid)
    assert turn_off_form("drawn_from=d&preferred=", TOTP, SMS).after() is None
    assert turn_off_form("drawn_from=d&preferred=SMS_MFA", TOTP, SMS).after() is SMS
    assert "preferred" not in turn_off_form("drawn_from=d").fields
    assert "preferred" in turn_off_form("drawn_from=d&preferred=EMAIL_OTP", TOTP, SMS).errors


def test_a_change_without_the_state_it_was_drawn_from_is_refused():
    """FAC-03."""
    assert "drawn_from" in DrawnFromForm({}).errors


def test_the_json_room_takes_the_same_preferences_and_nothing_else():
    """INP-04, FAC-05, OTP-07: other names, lists or members are refused."""
    wanted = PreferenceIn(activated=["SMS_MFA", "EMAIL_OTP"], preferred="SMS_MFA", digest="d")
    assert wanted.preference() == MfaPreference(frozenset({SMS, EMAIL}), SMS)
    none = PreferenceIn(activated=[], digest="d")
    assert none.preference() == MfaPreference()


@pytest.mark.parametrize(
    "changed",
    [
        {"activated": ["WEB_AUTHN"]},
        {"activated": "SMS_MFA"},
        {"activated": None},
        {"activated": ["SMS_MFA"] * 4},
        {"preferred": "sms"},
        {"preferred": ["SMS_MFA"]},
        {"digest": "d" * 129},
        {"sub": "somebody-else"},
    ],
)
def test_the_json_room_refuses_everything_else(changed: dict[str, Any]):
    """INP-04, INP-06, AUZ-02."""
    with pytest.raises(ValueError, match="validation error"):
        PreferenceIn(**{"activated": [], "digest": "d", **changed})


def phone(number: str, country: str = "") -> PhoneForm:
    form = PhoneForm({"number": number, "country": country})
    form.full_clean()
    return form


@pytest.mark.parametrize(
    ("number", "country", "value"),
    [
        ("07400 123456", "GB", "+447400123456"),
        ("+44 7400 123456", "", "+447400123456"),
        (" +44 (0)7400-123456 ", "", "+447400123456"),
        ("+44 7400 123456", "US", "+447400123456"),
        ("(201) 555-0123", "US", "+12015550123"),
        ("201.555.0123", "US", "+12015550123"),
        ("0151 23456789", "DE", "+4915123456789"),
        ("015123456789", "DE", "+4915123456789"),
        ("81234 56789", "IN", "+918123456789"),
        ("+39 312 345 6789", "", "+393123456789"),
        ("٠٧٤٠٠ ١٢٣٤٥٦", "GB", "+447400123456"),
        ("０７４００１２３４５６", "GB", "+447400123456"),
    ],
)
def test_a_number_is_taken_as_people_write_it(number: str, country: str, value: str):
    """A11-02; contract 4.3: the pool takes + and digits."""
    form = phone(number, country)
    assert form.is_valid(), form.errors
    assert form.value == value


@pytest.mark.parametrize(
    ("number", "country", "field", "said"),
    [
        ("", "GB", "number", "Enter your phone number."),
        ("hello", "GB", "number", "That is not a phone number. Enter its digits, such as 07400 12"),
        ("hello", "FR", "number", "That is not a phone number. Enter its digits, such as 06 12 3"),
        ("123", "GB", "number", "No phone can have that number."),
        ("07400 12345", "GB", "number", "No phone can have that number."),
        ("+999 123456789", "", "number", "That is not a phone number."),
        ("+44", "", "number", "That is not a phone number. Enter its digits, such as +44 7700"),
        ("1" * 41, "GB", "number", "That is too long for a phone number."),
        ("07400 123456", "", "country", "Choose the country, or begin the number with +"),
        ("07400 123456", "XX", "country", "Choose a country from the list."),
        ("07400 123456\x00", "GB", "number", "Null characters are not allowed."),
    ],
)
def test_what_is_no_number_is_refused_with_a_reason(
    number: str, country: str, field: str, said: str
):
    """A11-07, INP-04."""
    form = phone(number, country)
    assert list(form.errors) == [field]
    assert form.errors[field][0].startswith(said)


@given(st.text(max_size=45), st.sampled_from(["", "GB", "US", "DE", "IN", "BR", "AX", "001"]))
@example("+44 7400 123456;ext=5", "")
@example("tel:+44-7400-123456;phone-context=evil.example", "")
def test_a_number_that_passes_is_plus_and_digits(number: str, country: str):
    """INP-02, QA-02: whatever is typed, the pool is sent E.164 or nothing."""
    form = phone(number, country)
    if form.is_valid():
        assert form.value.startswith("+")
        assert form.value[1:].isascii()
        assert form.value[1:].isdigit()
        assert 5 <= len(form.value) <= 16


def test_every_country_is_named_and_the_own_one_comes_first(settings: Any):
    settings.DEFAULT_COUNTRY = "DE"
    assert PhoneForm().fields["country"].initial == "DE"
    assert all(" (+" in name for _, name in countries())
    assert len({code for code, _ in countries()}) == len(countries()) > 200


@pytest.mark.parametrize(
    ("language", "neighbours"),
    [
        ("de", ["Oman (+968)", "Österreich (+43)", "Pakistan (+92)"]),
        ("sv", ["Åland (+358)", "Österrike (+43)", "Östtimor (+670)"]),
        ("ja", ["オマーン (+968)", "オランダ (+31)", "オランダ領カリブ (+599)"]),
        # The prefix keeps its sign in front, among words that are read from right to left.
        ("he", ["אוסטריה (\u2066+43\u2069)", "אוסטרליה (\u2066+61\u2069)"]),
    ],
)
def test_countries_have_their_names_and_order_in_the_language(language: str, neighbours: list[str]):
    with translation.override(language):
        names = [name for _, name in countries()]
    at = names.index(neighbours[0])
    assert names[at : at + len(neighbours)] == neighbours


@pytest.mark.parametrize("address", ["nora@example.com", "n.o+r-a@mail.example.co.uk"])
def test_an_address_is_taken_as_it_is(address: str):
    form = MailboxForm({"email": address})
    assert form.is_valid()
    assert form.value == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nora",
        "nora@",
        "@example.com",
        "nora@example.com\nBcc: eve@example.com",
        "nora@example.com\r\nSubject: hello",
        "nora@example.com\u2028Bcc: eve@example.com",
        "nora@example.com, eve@example.com",
        "Nora <nora@example.com>",
        f"{'n' * 300}@example.com",
        "nora@example.com\x00",
    ],
)
def test_what_is_no_single_address_is_refused(address: str):
    """INP-02: no second recipient, no second header."""
    assert "email" in MailboxForm({"email": address}).errors


@pytest.mark.parametrize("name", ["My phone", "Büro-Tablet №2", "電話", "Nora’s 📱", "x" * 64])
def test_a_name_may_be_any_ordinary_text(name: str):
    """FAC-09."""
    assert NameForm({"name": name}).is_valid()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "x" * 65,
        "two\nlines",
        "tab\tbed",
        "nul\x00",
        "bell\x07",
        "\x1b[31mred",
        "del\x7fete",
        "next\x85line",
        "\u202eenohp yM",
        "left\u200eright",
        "right\u200fleft",
        "isolate\u2066d\u2069",
        "zero\u200bwidth",
        "bom\ufeff inside",
        "line\u2028separator",
        "paragraph\u2029separator",
        "soft\u00adhyphen",
        "tag\U000e0041",
    ],
)
def test_a_name_holds_no_control_and_no_direction_marks(name: str):
    """FAC-09, INP-02."""
    assert "name" in NameForm({"name": name}).errors


@given(st.text(max_size=70))
def test_a_name_that_passes_reads_as_it_is_written(name: str):
    """FAC-09, QA-02."""
    form = NameForm({"name": name})
    if form.is_valid():
        kept = form.cleaned_data["name"]
        assert 0 < len(kept) <= 64
        assert not {unicodedata.category(sign) for sign in kept} & {"Cc", "Cf", "Zl", "Zp"}


def test_a_way_to_confirm_is_one_of_those_offered_now():
    """AUZ-07: what Cognito did not offer cannot be chosen."""
    choices = [(factor, CHOICE[factor]) for factor in ("SMS_MFA", "EMAIL_OTP")]
    assert ChoiceForm({"factor": "SMS_MFA"}, choices=choices).is_valid()
    assert "factor" in ChoiceForm({"factor": "SOFTWARE_TOKEN_MFA"}, choices=choices).errors
    assert "factor" in ChoiceForm({}, choices=choices).errors


@pytest.mark.parametrize(
    ("form", "field", "autocomplete"),
    [
        (ConfirmPasswordForm, "password", "current-password"),
        (partial(NewPasswordForm, policy={}), "new_password", "new-password"),
    ],
)
def test_a_password_is_taken_letter_by_letter_and_never_drawn(
    form: Any, field: str, autocomplete: str
):
    """A11-02, SES-11: spaces count, managers may fill it in, the page never repeats it."""
    filled = form({field: "  canary  "})
    assert filled.is_valid()
    assert filled.cleaned_data[field] == "  canary  "
    drawn = str(form({field: "canary" * 50})[field])
    assert "canary" not in drawn
    assert f'autocomplete="{autocomplete}"' in drawn
    assert field in form({field: "x" * 257}).errors
