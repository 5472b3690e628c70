"""What a radio button or a checkbox says."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True)
class Choice:
    """The words of a choice; hint: a second, quieter line (django/forms/widgets/input_option).

    is_own: the hint is a name or a number of somebody's own, and nobody's to translate.
    """

    words: "_StrOrPromise"
    hint: "_StrOrPromise" = ""
    is_own: bool = False

    def __str__(self) -> str:
        return str(self.words)
