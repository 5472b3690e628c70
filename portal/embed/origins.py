"""Origins of the pages that may embed us: written exactly, and whether they are of our own site."""

import re
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from publicsuffixlist import PublicSuffixList

# A name of at least two labels whose last one is no number: no address of IPv4 in any spelling.
HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
PORT = r"(?::[1-9][0-9]{0,4})?"
SECURE = re.compile(rf"https://{HOST}{PORT}", re.ASCII)
# For a portal that runs on this machine, as it does in development.
LOCAL = re.compile(rf"http://(?:localhost|127\.0\.0\.1){PORT}", re.ASCII)
LONGEST = 253 + len("https://:65535")


class NotAnOrigin(ValueError):
    """What was given is no exact origin."""


def exact(text: str) -> str:
    """Return an origin as browsers write it, or refuse it: no wildcard, path or IP (EMB-01).

    http counts only for this machine, and only where the portal itself runs there over http.
    Errors: NotAnOrigin.
    """
    is_secure = SECURE.fullmatch(text) is not None
    is_local = not settings.HTTPS and LOCAL.fullmatch(text) is not None
    if not (is_secure or is_local) or len(text) > LONGEST or text.endswith((":443", "p:80")):
        raise NotAnOrigin(
            _("{text}: an origin looks like https://app.example.com.").format(text=text)
        )
    port = urlsplit(text).netloc.partition(":")[2]
    if port and int(port) > 65535:
        raise NotAnOrigin(_("{text}: there is no such port.").format(text=text))
    return text


def is_same_site(origin: str, portal: str) -> bool:
    """Whether a browser sends a Lax cookie of the portal in a frame on such a page.

    Same scheme and same registrable domain, by the Public Suffix List. Source: HTML, "same site";
    RFC 6265bis 5.2.
    """
    theirs, ours = urlsplit(origin), urlsplit(portal)
    return theirs.scheme == ours.scheme and _site(theirs.hostname) == _site(ours.hostname)


def _site(host: str | None) -> str:
    name = (host or "").rstrip(".")
    if not name or name.replace(".", "").isdigit():
        return name
    return _suffixes().privatesuffix(name) or name


@cache
def _suffixes() -> PublicSuffixList:
    """Read where somebody asks: ten thousand lines, which most portals never need."""
    return PublicSuffixList()
