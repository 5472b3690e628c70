"""Requests and answers of a domain, as its pages and endpoints see them. Source: contract 13.3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode
from uuid import uuid4

from sandbox.asgi import Headers, Scope, header
from sandbox.domains import Domain
from sandbox.tokens import Visit

MOST_FIELDS = 100
FORM = "application/x-www-form-urlencoded"
IN_ADDRESSES = "%/:=&?~#+!$,;'@()*[]"
Fields = dict[str, str]

# Forms end in a redirect to the application, so there is no form-action: browsers hold it against
# the whole chain. Framing is refused: contract 13.4.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src {scripts}; connect-src 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
SECURITY = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "strict-transport-security": "max-age=31536000 ; includeSubDomains",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
    "pragma": "no-cache",
    "expires": "0",
}


class Malformed(Exception):
    """A query or form that cannot be read."""


@dataclass
class Request:
    """One request to a domain; path and query are the domain's own, `base` is what came before."""

    domain: Domain
    base: str
    path: str
    method: str
    headers: dict[str, str]
    query_string: str
    body: bytes
    visit: Visit
    lists: dict[str, list[str]] = field(init=False)
    query: Fields = field(init=False)
    form: Fields = field(init=False)
    form_lists: dict[str, list[str]] = field(init=False)
    cookies: Fields = field(init=False)

    def __post_init__(self) -> None:
        self.lists = _lists(self.query_string)
        self.query = _last(self.lists)
        sent_form = self.headers.get("Content-Type", "").partition(";")[0].strip().lower() == FORM
        self.form_lists = _lists(self.body.decode("utf-8", "replace")) if sent_form else {}
        self.form = _last(self.form_lists)
        self.cookies = _cookies(self.headers.get("Cookie", ""))

    def address(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """A page of this domain, by default with the query that leads through them all."""
        text = self.query_string if query is None else urlencode(query)
        return f"{self.base}{path}" + (f"?{text}" if text else "")


@dataclass
class Response:
    """What is sent back."""

    status: int = 200
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)

    def set_cookie(self, name: str, value: str, path: str, seconds: int | None = None) -> None:
        """Set a cookie of this domain only; not Secure, as this port speaks plain HTTP.

        seconds: how long; None for a cookie of the browser's session, 0 to delete it.
        """
        age = "" if seconds is None else f"; Max-Age={seconds}"
        cookie = f"{name}={value}; Path={path}{age}; HttpOnly; SameSite=Lax"
        self.headers.append(("set-cookie", cookie))

    def wire(self) -> tuple[int, Headers, bytes]:
        """Status, headers and body as ASGI wants them."""
        own = {name for name, _ in self.headers}
        common = {**SECURITY, "x-amz-cognito-request-id": str(uuid4())}
        headers = [*self.headers, *((n, v) for n, v in common.items() if n not in own)]
        return (
            self.status,
            [(n.encode(), v.encode("latin-1", "replace")) for n, v in headers],
            (self.body),
        )


def html(page: str, status: int = 200, script: str = "") -> Response:
    """A page. script: the source that its one script may come from, as CSP names it."""
    policy = POLICY.format(scripts=script or "'none'")
    headers = [("content-type", "text/html;charset=UTF-8"), ("content-security-policy", policy)]
    return Response(status, page.encode(), headers)


def as_json(content: Any, status: int = 200) -> Response:
    """A JSON document."""
    body = json.dumps(content).encode()
    return Response(status, body, [("content-type", "application/json;charset=UTF-8")])


def redirect(location: str, status: int = 302) -> Response:
    """Send the browser elsewhere."""
    return Response(status, b"", [("location", quote(location, safe=IN_ADDRESSES))])


def request_of(scope: Scope, domain: Domain, base: str, body: bytes) -> Request:
    """A request as it came in; raises Malformed."""
    headers = {
        str(name, "latin-1").title(): str(value, "latin-1") for name, value in scope["headers"]
    }
    address = (scope.get("client") or ("",))[0]
    return Request(
        domain=domain,
        base=base,
        path=scope["path"].removeprefix(base) or "/",
        method=scope["method"],
        headers=headers,
        query_string=scope["query_string"].decode("latin-1"),
        body=body,
        visit=Visit(address, header(scope, b"user-agent") or ""),
    )


def _lists(text: str) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Malformed from None
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    return lists


def _last(lists: dict[str, list[str]]) -> Fields:
    return {name: values[-1] for name, values in lists.items()}


def _cookies(text: str) -> Fields:
    pairs = (part.strip().partition("=") for part in text.split(";"))
    return {name: value for name, separator, value in pairs if separator}
