"""What walks through the helpdesk share: how a page is read, and when it is fit to be seen."""

from urllib.parse import urlsplit

from django.urls import resolve
from playwright.sync_api import Frame, Page

from tests.browser.measure import problems_of
from tests.browser.readings import Reader
from tests.browser.visitor import Visitor


class DeskReader(Reader):
    """Writes the name of the door beside each state: so it can be told which door nobody read."""

    def read(self, page: Page | Frame, state: str) -> None:
        door = resolve(urlsplit(page.url).path).view_name
        super().read(page, f"{state} ({door})")


def fine(visitor: Visitor, reader: Reader, state: str) -> None:
    """A11-01, A11-06: axe finds nothing, light and dark; 320 px are enough. A11-03: it is read."""
    reader.read(visitor.page, state)
    found = list(problems_of(visitor.page))
    # Said here: pytest explains the assertions of tests alone.
    assert not found, (state, found)


def fit_for_engineers(visitor: Visitor, reader: Reader, state: str) -> None:
    """They read what the audit and the pool call things: Cognito's words, too."""
    reader.read(visitor.page, state)
    found = [each for each in problems_of(visitor.page) if not each.startswith("says")]
    assert not found, (state, found)
