"""Our own files: those that every page loads in one, and the one that other origins may load.

And documents, where there are some.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from django.http import HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware

from portal import documents

STYLES = ("css/tokens.css", "css/base.css", "css/components.css")
SCRIPTS = (
    "js/error-summary.js",
    "js/once.js",
    "js/code-field.js",
    "js/copy.js",
    "js/countdown.js",
    "js/local-time.js",
    "js/session.js",
)
# What every page loads comes in one file of each kind: a phone asks twice instead of ten times.
BUNDLES = {
    "css/page.css": STYLES,
    "js/page.js": (*SCRIPTS, "js/passkey-offer.js"),
    "css/desk.css": (*STYLES, "css/helpdesk.css"),
    "js/desk.js": (*SCRIPTS, "js/find-key.js"),
    "css/frame.css": (*STYLES, "css/embed.css"),
    # First, since it holds back what is sent while the page is covered.
    "js/frame.js": ("js/embed-page.js", *SCRIPTS),
}

# With the hash that collectstatic gives it, or without.
EMBED_SCRIPT = re.compile(r"/static/embed/mfa-portal-[0-9]+\.[0-9]+\.[0-9]+(\.[0-9a-f]{12})?\.js")


class FilesMiddleware(WhiteNoiseMiddleware):
    """Serve static files; CORS and CORP are open for the element alone (WEB-07, WEB-09).

    A page that embeds us compares its bytes with a hash (SRI), which needs CORS.
    """

    def __call__(self, request: HttpRequest) -> Any:  # type: ignore[override]
        if settings.DOCS and request.path_info.startswith(documents.PREFIX.rstrip("/")):
            found = documents.find(settings.DOCS, request.path_info)
            if found is not None:
                response = self.serve(found, request)  # type: ignore[no-untyped-call]
                response._csp_config = documents.POLICY
                return response
        return super().__call__(request)  # type: ignore[no-untyped-call]

    def add_cache_headers(self, headers: Headers, path: str, url: str) -> None:
        super().add_cache_headers(headers, path, url)  # type: ignore[no-untyped-call]
        if EMBED_SCRIPT.fullmatch(url):
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"


class BundlesFinder(BaseFinder):
    """Finds the bundles, made of the files of today whenever somebody asks for them."""

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path not in BUNDLES:
            return [] if find_all else None
        made = str(_make(path))
        return [made] if find_all else made

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        for path in BUNDLES:
            _make(path)
            yield path, FileSystemStorage(_folder().name)


@cache
def _folder() -> "TemporaryDirectory[str]":
    """Goes with the process."""
    return TemporaryDirectory(prefix="mfa-portal-")


def _make(path: str) -> Path:
    made = Path(_folder().name, path)
    made.parent.mkdir(exist_ok=True)
    made.write_text(bundled(path))
    return made


def bundled(path: str) -> str:
    """The parts of a bundle, one behind the other. Each script keeps its names to itself.

    A block does that in a module: none of these imports or exports anything.
    """
    parts = [Path(settings.FILES_DIR, "static", part).read_text() for part in BUNDLES[path]]
    return "".join(f"{{\n{part}}}\n" if path.endswith(".js") else part for part in parts)
