"""A field that is drawn once says what it would say if it were drawn anew."""

from typing import Any

import pytest
from django.forms import BoundField
from django.utils.translation import override

from accounts.codes import CodeForm, LongCodeForm
from portal.enrolment.forms import NameForm

FORMS = [
    CodeForm,
    LongCodeForm,
    NameForm,
    lambda: CodeForm(auto_id="sms_%s"),
    lambda: CodeForm(prefix="second"),
    lambda: CodeForm({"code": ""}),
    lambda: CodeForm({"code": "12"}),
    lambda: NameForm({"name": "My phone"}),
    lambda: NameForm(initial={"name": "Another one"}),
]


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_a_field_says_what_it_would_say_anew(language: str):
    """Twice, and among others: filled or not, of whatever form and in whatever language."""
    with override(language):
        drawn = [[field.as_field_group() for form in FORMS for field in form()] for _ in range(2)]
        anew = [BoundField.as_field_group(field) for form in FORMS for field in form()]
    assert drawn == [anew, anew]
    assert len(set(anew)) == len(anew)


def test_a_field_that_nobody_has_filled_is_drawn_once(monkeypatch: Any):
    first = NameForm()["name"].as_field_group()
    monkeypatch.setattr(BoundField, "as_field_group", lambda field: "drawn anew")
    assert NameForm()["name"].as_field_group() == first
    assert NameForm({"name": "x"})["name"].as_field_group() == "drawn anew"
