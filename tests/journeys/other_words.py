"""Words in another language, for a test, whatever the portal's own catalogues say."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.utils.translation import trans_real

from tests.catalogue import Said, forget_pages, write_words


@contextmanager
def said_in(
    language: str, words: Mapping[Said, Said], folder: Path, settings: Any
) -> Iterator[None]:
    """folder: where a catalogue of them may lie meanwhile."""
    write_words(folder, language, words)
    before = settings.LOCALE_PATHS
    settings.LOCALE_PATHS = [folder, *before]
    _forget()
    try:
        yield
    finally:
        settings.LOCALE_PATHS = before
        _forget()


def _forget() -> None:
    """Words are kept, and templates compiled with them."""
    trans_real._translations.clear()  # type: ignore[attr-defined]
    forget_pages()
