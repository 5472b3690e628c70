"""Every state of the style guide, drawn alone: also those that no walk stops at."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from portal.styleguide import rooms, states
from tests.browser.conftest import OPTIONAL, Visit
from tests.browser.measure import WIDE, faults_of, jargon_of, torn_words_of
from tests.browser.portal_process import Portal, running_portal
from tests.sandbox_process import Sandbox
from tests.states import EVERY_ROOM, is_of_people


@pytest.fixture(scope="module")
def gallery(
    chromium: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """A portal with every room, and the style guide."""
    data = tmp_path_factory.mktemp("gallery")
    with running_portal(sandbox, data, **OPTIONAL, **EVERY_ROOM) as portal:
        yield portal


@pytest.mark.parametrize("room", rooms.NAMES)
def test_a_room_in_all_its_states(visit: Visit, gallery: Portal, room: str):
    """A11-01, A11-04, A11-05, A11-06: as the pages of a walk, light, dark and from right to left.

    Windows of a frame among them, which are measured nowhere else. What no catalogue gave is not
    looked for: samples are nobody's to translate.
    """
    visitor = visit(at=gallery, viewport=WIDE)
    found = []
    for state in states.by_room([room])[room]:
        visitor.open(f"/styleguide/pages/{room}/{state.name}/")
        found += [f"{state.name}: {problem}" for problem in _problems(visitor.page, state)]
    assert "\n".join(found) == ""


def _problems(page: Page, state: states.State) -> Iterator[str]:
    if is_of_people(state):
        yield from jargon_of(page)
    yield from torn_words_of(page)
    yield from faults_of(page)
