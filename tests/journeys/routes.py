"""Every address of the portal, read from its URL map."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

NOBODYS_RECEIPT = "00000000-0000-4000-8000-000000000000"
FILLED = {
    "<factor:slug>": "sms",
    "<slug:name>": "password",
    "<slug:client>": "nobody",
    "<uuid:receipt>": NOBODYS_RECEIPT,
    "<uuid:record>": NOBODYS_RECEIPT,
    "<uuid:passkey>": NOBODYS_RECEIPT,
    "<uuid:bulk>": NOBODYS_RECEIPT,
    "<uuidstr:passkey>": NOBODYS_RECEIPT,
    "<uuidstr:device>": NOBODYS_RECEIPT,
    "<uuidstr:session>": NOBODYS_RECEIPT,
    "<uuidstr:sub>": NOBODYS_RECEIPT,
    "<uuidstr:receipt>": NOBODYS_RECEIPT,
    "<uuidstr:compound>": NOBODYS_RECEIPT,
    "<uuidstr:approval>": NOBODYS_RECEIPT,
    "<uuidstr:record>": NOBODYS_RECEIPT,
    "<uuid:sub>": NOBODYS_RECEIPT,
    "<uuid:compound>": NOBODYS_RECEIPT,
    "<slug:number>": "AAAAAA",
    "<slug:version>": "0123456789ab",
    "<str:token>": "forged",
    "<str:event>": "forged",
    "<slug:way>": "email",
    "<slug:task>": "add-app",
    "<slug:room>": "nowhere",
    "<slug:state>": "none",
    "<uuid:approval>": NOBODYS_RECEIPT,
    "<slug:act>": "issue_pass",
    "<slug:situation>": "lost-phone",
}


@dataclass(frozen=True)
class Route:
    """One address, its parameters filled in, and the view behind it."""

    path: str
    view: Any

    @property
    def guards(self) -> tuple[str, ...]:
        return getattr(self.view, "guards", ())

    @property
    def is_json(self) -> bool:
        return self.path.startswith("/api/")


def routes() -> list[Route]:
    return list(_below(get_resolver().url_patterns, "/"))


def pages() -> list[Route]:
    return [route for route in routes() if not route.is_json]


def _below(patterns: list[Any], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + _filled(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _below(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield Route(path, pattern.callback)


def _filled(pattern: str) -> str:
    for parameter, value in FILLED.items():
        pattern = pattern.replace(parameter, value)
    return pattern
