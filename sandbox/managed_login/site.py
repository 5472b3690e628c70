"""Which request belongs to a domain, and what answers it."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.asgi import Headers, Scope, header
from sandbox.core import Sandbox
from sandbox.domains import PATH, Domain
from sandbox.managed_login import account, authorize, endpoints, login, pages, passkeys
from sandbox.managed_login.turn import Elsewhere, Turn
from sandbox.managed_login.web import Malformed, Response, html, request_of

Handler = Callable[[Turn], Response]
FOR_APPLICATIONS = ("/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo")
PREFLIGHT = [
    endpoints.CORS,
    ("access-control-allow-methods", "GET, POST, OPTIONS"),
    ("access-control-allow-headers", "authorization, content-type"),
]
ROUTES: dict[str, dict[str, Handler]] = {
    "/oauth2/authorize": {"GET": authorize.authorize},
    "/oauth2/token": {"POST": endpoints.token},
    "/oauth2/userInfo": {"GET": endpoints.user_info, "POST": endpoints.user_info},
    "/oauth2/revoke": {"POST": endpoints.revoke},
    "/login": {"GET": login.show, "POST": login.sign_in},
    "/challenge": {"GET": login.show_challenge, "POST": login.answer},
    "/selectAccount": {"GET": authorize.select_account, "POST": authorize.select_account},
    "/signup": {"GET": account.show_sign_up, "POST": account.sign_up},
    "/confirmUser": {"GET": account.show_confirm, "POST": account.confirm},
    "/forgotPassword": {"GET": account.show_forgot, "POST": account.forgot},
    "/confirmForgotPassword": {"GET": account.show_reset, "POST": account.reset},
    "/passkeys/add": {"GET": passkeys.show, "POST": passkeys.add},
    "/logout": {"GET": authorize.log_out},
    "/error": {"GET": authorize.show_error},
}


class Site:
    """The domains of a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def place(self, scope: Scope) -> tuple[Domain, str] | None:
        """The domain a request is for, and the part of its path that only names the domain."""
        path: str = scope["path"]
        if path.startswith(PATH):
            name = path.removeprefix(PATH).partition("/")[0]
            found = self._sandbox.domains.get(name)
            return (found, PATH + name) if found else None
        found = self._sandbox.domains.at_host(header(scope, b"host") or "")
        return (found, "") if found else None

    def respond(
        self, scope: Scope, place: tuple[Domain, str], body: bytes
    ) -> tuple[int, Headers, bytes]:
        """Answer a request to a domain."""
        try:
            turn = Turn(self._sandbox, request_of(scope, *place, body))
        except Malformed:
            return html(pages.plain_error("The request cannot be read."), 400).wire()
        with self._sandbox.database.transaction():
            response = turn.sealed(_answered(turn))
        if turn.request.path in FOR_APPLICATIONS:
            response.headers.append(endpoints.CORS)
        return response.wire()


def _answered(turn: Turn) -> Response:
    request = turn.request
    methods = ROUTES.get(request.path)
    if methods is None:
        return html(pages.plain_error("There is no such page."), 404)
    if request.method == "OPTIONS" and request.path in FOR_APPLICATIONS:
        return Response(200, b"", PREFLIGHT[1:])
    handler = methods.get(request.method)
    if handler is None:
        return html(pages.plain_error("This page cannot be used that way."), 405)
    from_browser = request.path not in FOR_APPLICATIONS
    if request.method == "POST" and from_browser and not turn.form_is_ours():
        return html(pages.plain_error("This form did not come from this page."), 403)
    try:
        return handler(turn)
    except Elsewhere as end:
        return end.response
