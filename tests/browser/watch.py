"""What a browser may never do on the portal's pages, whatever a test is about."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response

# Chromium reports our own 4xx and 5xx pages like this; a file that is missing is caught below.
ANSWERED = "Failed to load resource: the server responded with a status of"


@dataclass
class Watch:
    """Notes requests to other hosts, errors of the console (CSP included), and missing files."""

    host: str
    problems: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.netloc != self.host:
            self.problems.append(f"asks another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.request.resource_type != "document" and response.status >= 400:
            self.problems.append(f"{response.status}: {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(ANSWERED):
            self.problems.append(f"console: {message.text}")
