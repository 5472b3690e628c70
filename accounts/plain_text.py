"""What a person types and the portal shows or sends on: one plain line (FAC-09, INP-02)."""

import unicodedata

from django.core.exceptions import ValidationError

# Control characters, direction and format marks, line and paragraph separators.
TRICKS = frozenset({"Cc", "Cf", "Zl", "Zp"})


def plain_line(text: str) -> None:
    """Refuse what ends a line or makes a page say what it does not."""
    if any(unicodedata.category(character) in TRICKS for character in text):
        raise ValidationError("Use ordinary letters, digits and signs only.")
