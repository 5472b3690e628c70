"""Words of a few sentences in another language, written for one test."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.template import engines

from accounts.templatetags import constants

Said = str | tuple[str, ...]


def write_words(folder: Path, language: str, words: Mapping[Said, Said]) -> None:
    """language: as gettext names it, `pt_BR`."""
    catalog = Catalog(language)
    for english, other in words.items():
        catalog.add(english, other)
    path = folder / language / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalog)


def read_words(folder: Path, settings: Any) -> None:
    """Let the portal speak these words, and no others. Django forgets its catalogues by itself."""
    settings.LOCALE_PATHS = [folder]
    forget_pages()


def forget_pages() -> None:
    """Compile each template anew: the words of its language are in it."""
    for loader in engines["django"].engine.template_loaders:  # type: ignore[attr-defined]
        loader.reset()
    constants._drawn.cache_clear()
