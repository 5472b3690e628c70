"""The smallest browser that can fill a form: one kept connection, cookies, redirects."""

import html
import re
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode, urljoin, urlsplit

FIELD = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""(\w+)=["']([^"']*)["']""")


class Browser:
    """requests: how many it has sent."""

    def __init__(self, base: str, cookies: dict[str, str] | None = None) -> None:
        self.base = base
        self.cookies = dict(cookies or {})
        self.url, self.page, self.requests = base, "", 0
        self._connection = HTTPConnection(urlsplit(base).netloc, timeout=60)

    def close(self) -> None:
        self._connection.close()

    def open(self, path: str) -> str:
        return self._ask("GET", path)

    def send(self, path: str, holding: str, **typed: str) -> str:
        """Send a form: its hidden fields as they stand on the page, the others as typed.

        holding: a word of the page that follows; another page is an error.
        """
        fields = {**hidden(self.page), **typed}
        page = self._ask("POST", path, urlencode(fields))
        if holding not in page:
            raise RuntimeError(f"{self.url} is not the page expected: {page[:3000]}")
        return page

    def open_aside(self, path: str) -> None:
        """Load what the page shows, such as a picture; the page stays."""
        url, page = self.url, self.page
        self._ask("GET", path)
        self.url, self.page = url, page

    def _ask(self, method: str, path: str, body: str | None = None) -> str:
        for _ in range(5):
            self.url = urljoin(self.url, path)
            reply = self._once(method, self.url, body)
            if reply.status not in {301, 302, 303}:
                break
            method, path, body = "GET", str(reply.headers["Location"]), None
        if reply.status != 200:
            raise RuntimeError(f"{method} {self.url}: {reply.status} {self.page[:3000]}")
        return self.page

    def _once(self, method: str, url: str, body: str | None) -> HTTPResponse:
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        self._connection.request(method, path, body, self._headers(body))
        reply = self._connection.getresponse()
        self.page = reply.read().decode("utf-8", "replace")
        self.requests += 1
        for cookie in reply.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return reply

    def _headers(self, body: str | None) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "Sec-Fetch-Site": "same-origin"}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.base}
        return headers


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page, by name."""
    fields = (dict(ATTRIBUTE.findall(tag)) for tag in FIELD.findall(page))
    return {
        field["name"]: html.unescape(field.get("value", ""))
        for field in fields
        if field.get("type") == "hidden" and "name" in field
    }
