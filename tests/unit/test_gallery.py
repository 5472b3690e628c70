"""docs/gallery.md shows every page in every state; `make screenshots` makes it and its pictures."""

from portal.styleguide import states
from tests.browser import gallery

HINT = "states came or went: make screenshots"


def test_the_gallery_lists_the_states_that_there_are():
    assert gallery.DOCUMENT.read_text() == gallery.written(), HINT


def test_every_sheet_is_there_and_no_other():
    wanted = {name for each in gallery.chapters() for name, _ in gallery.sheets_of(each)}
    assert {path.stem for path in gallery.SHEETS.glob("*.webp")} == wanted, HINT


def test_every_state_is_on_a_sheet_of_its_room():
    shown = [
        state
        for chapter in gallery.chapters()
        for _, on in gallery.sheets_of(chapter)
        for state in on
    ]
    assert set(shown) == set(states.STATES)
    assert set(gallery.MAIN) <= {f"{each.room}/{each.name}" for each in states.STATES}


def test_the_sheets_are_small():
    sizes = [path.stat().st_size for path in gallery.SHEETS.iterdir()]
    assert max(sizes) < gallery.LARGEST
    assert sum(sizes) < gallery.LARGEST_ALL
