"""A field that nobody has filled says the same to everybody: it is drawn once for each language."""

from typing import Any

from django.forms import BoundField
from django.utils.safestring import SafeString
from django.utils.translation import get_language

_drawn: dict[tuple[Any, ...], SafeString] = {}


class DrawnOnce(BoundField):
    """For a form whose fields are the same in each of its instances: its `bound_field_class`."""

    def as_field_group(self) -> SafeString:
        if self.form.is_bound or self.form.initial or self.errors:
            return super().as_field_group()
        named = type(self.form), self.html_name, self.form.auto_id, get_language()
        if named not in _drawn:
            _drawn[named] = super().as_field_group()
        return _drawn[named]
