"""The sentences of the portal and what they are in other languages: found, updated, compiled.

    python locale/catalogues.py update     after words were written or changed
    python locale/catalogues.py compile    what the portal reads; make does it where it is needed

A folder for each of two audiences, with a catalogue (.po) for each language.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEOPLE = (
    *("ar", "cs", "da", "de", "es", "fi", "fr", "he", "hi", "it", "ja", "ko", "nl", "pl"),
    *("pt_BR", "ru", "sv", "tr", "uk", "zh_Hans"),
)
HELPDESK = ("de", "es", "fr", "pt_BR")
AUDIENCES = {"people": PEOPLE, "helpdesk": HELPDESK}
PROJECT = "Cognito MFA Portal"
HEADER = "# What is said to them, in this language. See docs/languages.md."
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_noop": None,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def found(audience: str) -> Catalog:
    """What is said to these people; what the helpdesk shares with everybody is everybody's."""
    catalog = _extracted(audience)
    if audience != "people":
        for message in _extracted("people"):
            if message.id:
                catalog.delete(message.id, message.context)
    return catalog


def _extracted(audience: str) -> Catalog:
    sys.path.insert(0, str(HERE))
    catalog = Catalog(project=PROJECT)
    with (HERE / f"{audience}.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    for name, _line, words, comments, context in extract_from_dir(
        ROOT,
        methods,
        options,
        KEYWORDS,
        ("Translators:",),
        directory_filter=lambda folder: Path(folder).name in FOLDERS or _is_within(folder),
    ):
        # No line numbers: a catalogue changes with its words alone.
        catalog.add(words, None, [(name, 0)], auto_comments=comments, context=context)
    return catalog


FOLDERS = frozenset({"accounts", "portal", "templates"})


def _is_within(folder: str) -> bool:
    return Path(folder).absolute().relative_to(ROOT).parts[0] in FOLDERS


def path_of(audience: str, language: str) -> Path:
    return HERE / audience / language / "LC_MESSAGES" / "django.po"


def read(audience: str, language: str) -> Catalog:
    path = path_of(audience, language)
    if not path.exists():
        return Catalog(language, header_comment=HEADER, project=PROJECT, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> Iterator[str]:
    """Bring in what is new and drop what is said no more; nothing is guessed."""
    for audience, languages in AUDIENCES.items():
        template = found(audience)
        for language in languages:
            catalog = read(audience, language)
            catalog.update(template, no_fuzzy_matching=True)
            catalog.obsolete.clear()
            path = path_of(audience, language)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_po(file, catalog, width=100, include_lineno=False, sort_output=True)
            yield f"{audience} {language}: {len(catalog)} sentences, {len(missing(catalog))} to do"


def missing(catalog: Catalog) -> list[Message]:
    return [each for each in catalog if each.id and not _is_done(each)]


def _is_done(message: Message) -> bool:
    words = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(words) and not message.fuzzy


def compile_all() -> list[Path]:
    """Write each catalogue as the portal reads it, where that is older than its words."""
    return [_compiled(source) for source in sorted(HERE.glob("*/*/LC_MESSAGES/django.po"))]


def _compiled(source: Path) -> Path:
    made = source.with_suffix(".mo")
    if made.exists() and made.stat().st_mtime >= source.stat().st_mtime:
        return made
    with source.open("rb") as file:
        catalog = read_po(file, locale=source.parts[-3])
    # Written aside and moved: whoever reads meanwhile reads a whole file.
    fresh = made.with_suffix(f".{os.getpid()}")
    with fresh.open("wb") as file:
        write_mo(file, catalog)
    return fresh.replace(made)


if __name__ == "__main__":
    if sys.argv[1:] == ["update"]:
        print(*update(), sep="\n")
    compile_all()
