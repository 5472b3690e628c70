"""What a form says of a slip is said in words of the house, never in Django's own."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django import forms
from django.core.validators import ProhibitNullCharactersValidator

ROOT = Path(__file__).parents[2]
# A list of checkboxes is a list, whatever is sent; no page draws an error of it.
NEVER_MET = frozenset({"invalid_list"})


def _drawn() -> Iterator[tuple[type[forms.Form], str, forms.Field]]:
    """Every field that a page draws with its errors: one without a label is a button's value."""
    for room in ("accounts", "portal"):
        for path in sorted((ROOT / room).rglob("*forms.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for form in vars(import_module(name)).values():
                if not isinstance(form, type) or not issubclass(form, forms.Form):
                    continue
                if form.__module__ == name and "styleguide" not in name:
                    yield from _fields(form)


def _fields(form: type[forms.Form]) -> Iterator[tuple[type[forms.Form], str, forms.Field]]:
    for name, field in form.base_fields.items():
        # allauth's own two are replaced when the form is made.
        inherited = form.__name__ == "PasswordForm"
        if field.label and not field.widget.is_hidden and not inherited:
            yield form, name, field


def _djangos(field: forms.Field) -> Iterator[str]:
    """What would be said in Django's words, by its name."""
    ours = [each for each in type(field).__mro__ if each.__module__.startswith("django")]
    theirs: dict[str, object] = {}
    for each in reversed(ours):
        theirs |= vars(each).get("default_error_messages", {})
    for code, said in field.error_messages.items():
        if said is theirs.get(code) and (code != "required" or field.required):
            yield code
    for validator in field.validators:
        code = getattr(validator, "code", None)
        if isinstance(validator, ProhibitNullCharactersValidator) or code is None:
            continue
        said = getattr(validator, "message", None)
        if code not in field.error_messages and said is getattr(type(validator), "message", None):
            yield code


FIELDS = [
    pytest.param(field, id=f"{form.__module__}.{form.__name__}.{name}")
    for form, name, field in _drawn()
]


@pytest.mark.parametrize("field", FIELDS)
def test_a_slip_is_explained_in_our_words(field: forms.Field):
    """(A11-02) "Ensure this value has at most 64 characters" helps nobody."""
    assert set(_djangos(field)) - NEVER_MET == set()


def test_djangos_words_are_found():
    """An empty set means something."""
    bare = forms.CharField(max_length=3)
    assert set(_djangos(bare)) == {"required", "max_length"}
    assert set(_djangos(forms.DateField(required=False))) == {"invalid"}
    assert len(FIELDS) > 50
