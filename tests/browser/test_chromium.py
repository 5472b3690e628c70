"""Whether the browser tests can run at all."""

from tests.browser.chromium import find_chromium


def test_there_is_a_chromium(chromium: str):
    """Skips, or fails with REQUIRE_BROWSER=1, in the name of all that were left out."""
    assert chromium == find_chromium()
