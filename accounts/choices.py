"""What a radio button or a checkbox says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """The words of a choice; hint: a second, quieter line (django/forms/widgets/input_option)."""

    words: str
    hint: str = ""

    def __str__(self) -> str:
        return self.words
