"""The same walker against a portal in a process of its own: real HTTP, real threads, real files."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any
from urllib.parse import urljoin

import requests

from tests.walker import Walker


@dataclass
class Answer:
    """A response, with what the walker reads of Django's own."""

    status_code: int
    content: bytes
    headers: Any
    redirect_chain: list[tuple[str, int]]
    streaming: bool = False

    def json(self) -> Any:
        return requests.models.complexjson.loads(self.content)


class HttpClient:
    """Speaks to a portal as Django's test client does, over the wire."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.session = requests.Session()
        # A connection kept open may be closed by the server just as the next form goes out.
        self.session.headers["Connection"] = "close"
        self.session.headers["Origin"] = base

    def get(self, url: str, *, follow: bool = False) -> Answer:
        return self._send("GET", url, follow=follow)

    def post(self, url: str, data: Any, *, follow: bool = False, headers: Any = None) -> Answer:
        return self._send("POST", url, follow=follow, data=data, headers=headers)

    def generic(
        self, method: str, url: str, data: str, *, content_type: str, headers: Any
    ) -> Answer:
        headers = {**headers, "content-type": content_type}
        return self._send(method, url, follow=False, data=data, headers=headers)

    def _send(self, method: str, url: str, *, follow: bool, **more: Any) -> Answer:
        address = urljoin(self._base, url)
        reply = self.session.request(method, address, allow_redirects=follow, timeout=60, **more)
        passed = [each.url for each in (*reply.history, reply)][1:]
        chain = [(each.removeprefix(self._base), 302) for each in passed]
        return Answer(reply.status_code, reply.content, reply.headers, chain)


class HttpWalker(Walker):
    """A browser that reaches a portal by its address."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.client: Any = HttpClient(base)

    def same_browser(self) -> "HttpWalker":
        """Another tab: the same cookies, a page of its own."""
        tab = HttpWalker(self.client._base)
        tab.client.session.cookies.update(self.client.session.cookies)
        tab.page = self.page
        return tab


def all_at_once(acts: Iterable[Callable[[], Any]]) -> list[Any]:
    """Do everything at the same moment, each in a thread of its own; what each gave back."""
    acts = list(acts)
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        barrier.wait(timeout=30)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))
