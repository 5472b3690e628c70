"""The picture beside a device is that of what it is."""

import pytest

from portal.activity import pictures


@pytest.mark.parametrize(
    ("name", "icon"),
    [
        ("Firefox on Linux", "device"),
        ("Chrome on Windows", "device"),
        ("Safari on iPhone", "app"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/126.0 Mobile Safari/537.36", "app"),
        ("Safari on macOS", "device"),
        ("Browser, 3 May 2026", "globe"),
        ("", "globe"),
    ],
)
def test_a_phone_is_drawn_as_a_phone_and_a_computer_as_one(name: str, icon: str) -> None:
    assert pictures.of_device(name) == icon
