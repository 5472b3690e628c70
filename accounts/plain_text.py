"""What a person types and the portal shows or sends on: one plain line (FAC-09, INP-02)."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

# Control characters, direction and format marks, line and paragraph separators.
TRICKS = frozenset({"Cc", "Cf", "Zl", "Zp"})
# Of a field. Django's own sentence is not in every language.
TOO_LONG = ngettext_lazy(
    "Use at most %(limit_value)d character.",
    "Use at most %(limit_value)d characters.",
    "limit_value",
)


def plain_line(text: str) -> None:
    """Refuse what ends a line or makes a page say what it does not."""
    if any(unicodedata.category(character) in TRICKS for character in text):
        raise ValidationError(_("Use ordinary letters, digits and signs only."))
