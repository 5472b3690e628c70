"""The system's Chromium, and how it is started."""

import shutil
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
NONE_FOUND = "Browser tests did not run: no Chromium found. apt-get install chromium"


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch_options(path: str) -> dict[str, Any]:
    """Start without a sandbox, which needs rights that containers lack, and without calls home."""
    return {
        "executable_path": path,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }
