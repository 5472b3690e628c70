"""(A11-03) Somebody has read what a screen reader says at every door of the helpdesk."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.urls import URLResolver

from portal.urls import urlpatterns

READINGS = Path(settings.BASE_DIR, "tests", "browser", "readings")
# `tests.browser.desk` writes the name of the door beside the state.
READ_AT = re.compile(r"^## .* \((\w+:\w+)\)$", re.MULTILINE)
# Doors that draw no page, and what they do.
WITHOUT_PAGE = {
    "callers:deny": "leads back to the person's call",
    "helpdesk:ask_proof": "leads back to the check",
    "helpdesk:audit_table": "a file",
    "helpdesk:close_check": "leads back to the check",
    "helpdesk:numbers_table": "a file",
    "helpdesk:withdraw": "leads back to the approvals",
    "helpdesk_bulk:report": "a file",
    "helpdesk_bulk:steer": "leads back to the change",
}


def _doors() -> Iterator[str]:
    """Below /helpdesk/, whatever room they belong to, and those for whoever is called."""
    for room in urlpatterns:
        below = str(room.pattern).startswith("helpdesk/")
        if isinstance(room, URLResolver) and (below or room.app_name == "callers"):
            yield from (f"{room.app_name}:{door.name}" for door in room.url_patterns)


def test_every_page_of_the_helpdesk_is_read():
    """A11-03: a new door has a walk that reads its page, or says here why there is none."""
    texts = "\n".join(path.read_text() for path in READINGS.glob("*.txt"))
    read = set(READ_AT.findall(texts))
    doors = set(_doors())
    assert sorted(doors - read - set(WITHOUT_PAGE)) == []
    assert sorted(set(WITHOUT_PAGE) - (doors - read)) == []
