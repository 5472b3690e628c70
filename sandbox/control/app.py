"""The control port's routes. Nothing here is part of Cognito."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from sandbox import scenes
from sandbox.asgi import (
    LARGEST_BODY,
    BodyTooLarge,
    Headers,
    Receive,
    Scope,
    Send,
    answer,
    header,
    read_body,
    read_json,
)
from sandbox.control.apps import shown_apps
from sandbox.control.page import inbox_page
from sandbox.core import Sandbox
from sandbox.protocol import Refusal
from sandbox.scene_files import exported, imported
from sandbox.tokens import API_SCOPE, Bearer
from sandbox.troubles import Troubles

JSON: Headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
HTML: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
        b" frame-ancestors 'none'",
    ),
]
LARGEST_SCENE = 1024**3
FURTHEST = 100 * 365.25 * 86400  # seconds the clock may be from real time
SEE_INBOX: Headers = [(b"location", b"/")]
Given = dict[str, Any]
Response = tuple[int, Headers, bytes]
Route = Callable[["Control", Given], Response]


class Start(Protocol):
    """How the process was started, as far as `reset` goes back to it."""

    @property
    def scene(self) -> str:
        """A scene's name, or the path of a file."""

    @property
    def quotas(self) -> object:
        """What Quotas.set takes."""


class Control:
    """An ASGI application; `given` is the query of a GET or DELETE, the JSON body of a POST."""

    def __init__(
        self, sandbox: Sandbox, troubles: Troubles, calls: Counter[str], start: Start
    ) -> None:
        self.sandbox = sandbox
        self.troubles = troubles
        self.calls = calls
        self.start = start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            largest = LARGEST_SCENE if scope["path"] == "/scene/import" else LARGEST_BODY
            body = await read_body(receive, largest)
        except BodyTooLarge:
            await answer(send, *_problem(413, "The body is too large."))
            return
        await answer(send, *self._respond(scope, body))

    def _respond(self, scope: Scope, body: bytes) -> Response:
        if _from_elsewhere(scope):
            return _problem(403, "The control port answers no other site's pages.")
        routes = ROUTES.get(scope["path"])
        if routes is None:
            return _problem(404, f"Nothing here; known: {', '.join(ROUTES)}")
        route = routes.get(scope["method"])
        if route is None:
            return _problem(405, f"Use {' or '.join(routes)}.")
        try:
            given = _given(scope, body)
            with self.sandbox.database.transaction():
                return route(self, given)
        except (
            Refusal,
            ValueError,
            TypeError,
            KeyError,
            OverflowError,
            RecursionError,
        ) as error:
            return _problem(400, f"{type(error).__name__}: {error}")

    def page(self, given: Given) -> Response:
        """The inbox as a page."""
        messages = self.sandbox.inbox.messages(given.get("destination"))
        people = scenes.current(self.sandbox)["people"]
        page = inbox_page(messages, self.authenticators(), people, self.sandbox.clock)
        return 200, HTML, page.encode()

    def messages(self, given: Given) -> Response:
        """Messages, newest first."""
        return _json(self.sandbox.inbox.messages(given.get("destination")))

    def clear_messages(self, _given: Given) -> Response:
        """Empty the inbox."""
        self.sandbox.inbox.clear()
        return _json({})

    def clear_by_button(self, _given: Given) -> Response:
        """The same from the page."""
        self.sandbox.inbox.clear()
        return 303, SEE_INBOX, b""

    def show_authenticators(self, _given: Given) -> Response:
        """Codes of the scene's authenticator apps."""
        return _json(self.authenticators())

    def authenticators(self) -> list[dict[str, Any]]:
        """What the apps of the scene's people show now, the bound ones first."""
        return shown_apps(self.sandbox, scenes.current(self.sandbox)["people"])

    def show_clock(self, _given: Given) -> Response:
        """The sandbox's time."""
        clock = self.sandbox.clock
        return _json({"now": clock.stamp(), "offset": clock.offset, "runs": clock.runs})

    def set_clock(self, given: Given) -> Response:
        """Move the time: `advance` by seconds, or set the `offset` from real time.

        `runs` false lets it stand still, so that a slow machine changes nothing; true ends that.
        """
        clock = self.sandbox.clock
        offset = clock.offset
        if "offset" in given:
            offset = float(given["offset"])
        offset += float(given.get("advance", 0))
        if not abs(offset) <= FURTHEST:  # neither is NaN
            raise ValueError("the clock moves a century at most")
        if "runs" in given:
            (clock.run if given["runs"] else clock.stop)()
        self.sandbox.move_clock(offset)
        return self.show_clock(given)

    def show_trouble(self, _given: Given) -> Response:
        """Trouble that still waits."""
        return _json(self.troubles.listed())

    def add_trouble(self, given: Given) -> Response:
        """Plan trouble."""
        return _json(asdict(self.troubles.add(given)))

    def clear_trouble(self, _given: Given) -> Response:
        """No more trouble."""
        self.troubles.clear()
        return _json({})

    def show_calls(self, _given: Given) -> Response:
        """How often each operation was called."""
        return _json(dict(self.calls))

    def clear_calls(self, _given: Given) -> Response:
        """Count from zero again."""
        self.calls.clear()
        return _json({})

    def scene(self, _given: Given) -> Response:
        """Pools, clients and people of the scene."""
        return _json(scenes.current(self.sandbox))

    def reset(self, given: Given) -> Response:
        """Begin anew with a scene; by default the one this process was started with."""
        scene = given.get("scene", self.start.scene)
        if scene not in (*scenes.SCENES, self.start.scene):
            raise ValueError(f"scene must be one of {', '.join(scenes.SCENES)}")
        scenes.begin_anew(self.sandbox, scene)
        self._forget_orders()
        return self.scene(given)

    def export_scene(self, _given: Given) -> Response:
        """Everything this sandbox holds, as one file."""
        return _json(exported(self.sandbox))

    def import_scene(self, given: Given) -> Response:
        """Begin anew with what such a file holds."""
        imported(self.sandbox, given)
        self._forget_orders()
        return self.scene(given)

    def _forget_orders(self) -> None:
        self.troubles.clear()
        self.calls.clear()
        self.sandbox.identities.set({})
        self.sandbox.quotas.set(self.start.quotas)

    def show_quotas(self, _given: Given) -> Response:
        """Request rates by category."""
        return _json(self.sandbox.quotas.described())

    def set_quotas(self, given: Given) -> Response:
        """Switch them on, with `rates`, or off."""
        self.sandbox.quotas.set(given["rates"])
        return self.show_quotas(given)

    def show_identities(self, _given: Given) -> Response:
        """What access keys may do, and what they were used for."""
        return _json(self.sandbox.identities.described())

    def set_identities(self, given: Given) -> Response:
        """Give `rights` to some access keys."""
        self.sandbox.identities.set(given["rights"])
        return self.show_identities(given)

    def clear_identities(self, given: Given) -> Response:
        """Everybody may do everything again."""
        self.sandbox.identities.set({})
        return self.show_identities(given)

    def tokens(self, given: Given) -> Response:
        """Sign somebody in without asking, with scopes of one's choice (as OAuth would)."""
        sandbox = self.sandbox
        client = sandbox.pools.client(given["client"])
        pool = sandbox.pools.get(client.pool_id)
        person = sandbox.people.find(pool, given["username"])
        if person is None:
            raise ValueError("no such person")
        auth_time = int(given.get("auth_time", sandbox.clock.now()))
        details = {"auth_time": auth_time, "scope": given.get("scope", API_SCOPE)}
        sign_in, refresh_token = sandbox.open_sign_in(pool, client, person, **details)
        bearer = Bearer(pool, client, person, sign_in)
        return _json(sandbox.tokens.result(bearer, refresh_token))


ROUTES: dict[str, dict[str, Route]] = {
    "/": {"GET": Control.page},
    "/inbox.json": {"GET": Control.messages, "DELETE": Control.clear_messages},
    "/inbox/clear": {"POST": Control.clear_by_button},
    "/authenticators.json": {"GET": Control.show_authenticators},
    "/clock": {"GET": Control.show_clock, "POST": Control.set_clock},
    "/trouble": {
        "GET": Control.show_trouble,
        "POST": Control.add_trouble,
        "DELETE": Control.clear_trouble,
    },
    "/quotas": {"GET": Control.show_quotas, "POST": Control.set_quotas},
    "/calls.json": {"GET": Control.show_calls, "DELETE": Control.clear_calls},
    "/identities": {
        "GET": Control.show_identities,
        "POST": Control.set_identities,
        "DELETE": Control.clear_identities,
    },
    "/scene.json": {"GET": Control.scene},
    "/scene/export": {"GET": Control.export_scene},
    "/scene/import": {"POST": Control.import_scene},
    "/reset": {"POST": Control.reset},
    "/tokens": {"POST": Control.tokens},
}


def _given(scope: Scope, body: bytes) -> Given:
    if scope["method"] != "POST":
        query = parse_qs(scope["query_string"].decode("latin-1"))
        return {name: values[-1] for name, values in query.items()}
    if scope["path"] == "/inbox/clear":
        return {}
    given = read_json(body)
    if not isinstance(given, dict):
        raise TypeError("a JSON object is needed")
    return given


def _from_elsewhere(scope: Scope) -> bool:
    """Whether a page of another site sends this: browsers name it in Origin."""
    origin = header(scope, b"origin")
    return origin is not None and urlsplit(origin).netloc != header(scope, b"host")


def _json(content: object) -> Response:
    return 200, JSON, json.dumps(content, indent=2).encode() + b"\n"


def _problem(status: int, words: str) -> Response:
    return status, JSON, json.dumps({"error": words}).encode() + b"\n"
