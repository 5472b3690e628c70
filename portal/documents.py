"""Documents: a folder of static pages, served to everybody at /docs/ where PORTAL_DOCS names one.

They have the origin of the portal, so nothing in them may run, whoever wrote them.
"""

import os
from functools import lru_cache
from pathlib import Path

from csp.constants import NONE, SELF
from whitenoise.base import WhiteNoise
from whitenoise.responders import Redirect, StaticFile

PREFIX = "/docs/"
# What pages are made of; what else lies in such a folder, hidden files above all, stays there.
KINDS = (".css", ".html", ".ico", ".jpg", ".json", ".pdf", ".png", ".svg", ".txt", ".xml")
POLICY = {
    "default-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
}


def find(folder: Path, path: str) -> StaticFile | Redirect | None:
    """What the folder has at an address below /docs/; None where it has nothing.

    Only what was found by looking through the folder is served, so no address leads out of it.
    """
    found: StaticFile | Redirect | None = _pages(folder, _made(folder)).files.get(path)
    return found


def _made(folder: Path) -> int:
    """When its first page was written, which is made with all others. 0: it is not there."""
    try:
        return (folder / "index.html").stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=1)
def _pages(folder: Path, made: int) -> "Pages":
    pages = Pages(None, index_file=True, allow_all_origins=False)
    if made:
        pages.add_files(folder.resolve(), prefix=PREFIX)  # type: ignore[no-untyped-call]
    return pages


class Pages(WhiteNoise):
    """The files of one folder, as they were when it was looked through. Links are not followed."""

    def update_files_dictionary(self, root: str, prefix: str) -> None:
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                url = prefix + os.path.relpath(path, root)
                if url.endswith(KINDS) and "/." not in url and not os.path.islink(path):
                    self.add_file_to_dictionary(url, path)  # type: ignore[no-untyped-call]
