"""English whose every sentence of ours is marked, unseen: what has no mark was never translated.

The marks are signs of no width, which browsers and Playwright's names of things leave out.
"""

from pathlib import Path
from runpy import run_path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

CATALOGUES = run_path(str(Path(__file__).parents[1] / "locale" / "catalogues.py"))
BEGIN, END = "\u200b", "\u00ad"


def write_marked_words(folder: Path) -> Path:
    """Write a folder for PORTAL_WORDS."""
    marked = Catalog("en")
    for audience in CATALOGUES["AUDIENCES"]:
        for message in CATALOGUES["found"](audience):
            if message.id:
                marked.add(message.id, _marked(message.id), context=message.context)
    path = folder / "en" / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, marked)
    return folder


def _marked(said: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if isinstance(said, tuple):
        return tuple(f"{BEGIN}{each}{END}" for each in said)
    return f"{BEGIN}{said}{END}"


def unmarked(text: str) -> str:
    """As a person reads it."""
    return text.replace(BEGIN, "").replace(END, "")
