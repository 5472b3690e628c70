"""Where an application sends a browser, and where the browser is sent back. Source: contract 13.2.

What is wrong with a request goes to the application's own address; a wrong client or address gets
a page of ours instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import (
    InvalidClientError,
    InvalidRequestError,
    UnsupportedResponseTypeError,
)
from authlib.oidc.core.errors import LoginRequiredError

from sandbox.managed_login import pages
from sandbox.managed_login.oauth import AuthorizationServer, Granted, OAuthRequest
from sandbox.managed_login.turn import LANGUAGE, Elsewhere, Turn
from sandbox.managed_login.web import Response, html, redirect
from sandbox.oauth_rules import LOCAL_PROVIDER
from sandbox.people import Person

NEEDED = ("client_id", "redirect_uri")
PROMPTS = frozenset({"none", "login", "select_account", "consent"})
ASK_AGAIN = frozenset({"login", "select_account"})


@dataclass
class Wanted:
    """A request for an authorization, found good: to be granted or refused."""

    turn: Turn
    server: AuthorizationServer
    asked: OAuthRequest
    grant: Any

    @property
    def prompts(self) -> frozenset[str]:
        """What the application asks of the pages; the classic ones do not know the parameter."""
        given = self.turn.request.query.get("prompt", "")
        return frozenset(given.split() if self.turn.request.domain.managed else ())

    def granted(self, person: Person, auth_time: int) -> Response:
        """Send the browser back with a code or tokens."""
        nonce = self.turn.request.query.get("nonce", "")
        self.asked.user = Granted(person, auth_time, nonce)
        response: Response = self.server.create_authorization_response(
            self.asked, self.asked.user, self.grant
        )
        return response

    def refused(self, error: type[OAuth2Error]) -> Elsewhere:
        """Send the browser back with an error; to be raised."""
        in_fragment = bool(self.grant.ERROR_RESPONSE_FRAGMENT)
        state = self.asked.payload.state
        problem = error(
            redirect_uri=self.grant.redirect_uri, redirect_fragment=in_fragment, state=state
        )
        return Elsewhere(self.server.handle_error_response(self.asked, problem))


def wanted(turn: Turn) -> Wanted:
    """The request that every page carries in its query, judged; raises Elsewhere."""
    server = AuthorizationServer(turn.sandbox, turn.pool, turn.request)
    asked = server.asked()
    try:
        grant = server.get_consent_grant(asked)
    except OAuth2Error as error:
        raise _wrong(turn, server, asked, error) from None
    except ValueError:  # Authlib words its refusals, and cannot repeat letters beyond ASCII
        raise _wrong(turn, server, asked, _unspoken(turn, server)) from None
    found = Wanted(turn, server, asked, grant)
    provider = turn.request.query.get("identity_provider", LOCAL_PROVIDER)
    if provider != LOCAL_PROVIDER or "idp_identifier" in turn.request.query:
        raise found.refused(InvalidRequestError)
    if not found.prompts <= PROMPTS or ("none" in found.prompts and len(found.prompts) > 1):
        raise found.refused(InvalidRequestError)
    return found


def authorize(turn: Turn) -> Response:
    """`/oauth2/authorize`: straight back for a browser that is signed in, else to sign in."""
    request = wanted(turn)
    session = _fresh_session(turn)
    if session and not request.prompts & ASK_AGAIN:
        return request.granted(*session)
    if "none" in request.prompts:
        raise request.refused(LoginRequiredError)
    if language := turn.request.query.get("lang"):
        turn.set_cookie(LANGUAGE, "".join(each for each in language[:35] if each.isalnum()))
    if session and "select_account" in request.prompts and "login" not in request.prompts:
        return redirect(turn.request.address("/selectAccount"))
    return redirect(turn.request.address("/login"))


def select_account(turn: Turn) -> Response:
    """`prompt=select_account`: go on as who is signed in, or as somebody else."""
    request, session = wanted(turn), _fresh_session(turn)
    if session is None:
        return redirect(turn.request.address("/login"))
    if turn.request.method == "POST":
        return request.granted(*session)
    return html(pages.select_account(turn, session[0]))


def log_out(turn: Turn) -> Response:
    """`/logout`: sign the browser out, then to the application or to a new sign-in."""
    query = turn.request.query
    server = AuthorizationServer(turn.sandbox, turn.pool, turn.request)
    if server.query_client(query.get("client_id", "")) is None:
        return error_page(turn, "invalid_request")
    if "logout_uri" in query:
        if query["logout_uri"] not in turn.client.settings.get("LogoutURLs", ()):
            return error_page(turn, "redirect_mismatch")
        turn.close_session()
        return redirect(query["logout_uri"])
    if "redirect_uri" not in query or "response_type" not in query:
        return error_page(turn, "Required parameters missing")
    if query["redirect_uri"] not in turn.client.settings.get("CallbackURLs", ()):
        return error_page(turn, "redirect_mismatch")
    turn.close_session()
    return redirect(turn.request.address("/login"))


def error_page(turn: Turn, error: str) -> Response:
    """To the page that says what is wrong with a request nobody can be sent back from."""
    told = {"error": error}
    if client := turn.request.query.get("client_id"):
        told["client_id"] = client
    return redirect(turn.request.address("/error", told))


def show_error(turn: Turn) -> Response:
    """`/error`."""
    return html(pages.error(turn, turn.request.query.get("error", "")), 400)


def _fresh_session(turn: Turn) -> tuple[Person, int] | None:
    session, limit = turn.session(), turn.request.query.get("max_age", "")
    honoured = turn.sandbox.switches.login_honours_max_age and turn.pool.tier != "LITE"
    if session and honoured and limit.isascii() and limit.isdecimal():
        return session if int(turn.now) - session[1] <= int(limit) else None
    return session


def _unspoken(turn: Turn, server: AuthorizationServer) -> OAuth2Error:
    """What was wrong: the address, or with that one right, the response type."""
    query = turn.request.query
    client, address = server.query_client(query.get("client_id", "")), query.get("redirect_uri")
    if client is None or not address or not client.check_redirect_uri(address):
        return InvalidRequestError()
    return UnsupportedResponseTypeError("", redirect_uri=address, state=query.get("state"))


def _wrong(
    turn: Turn, server: AuthorizationServer, asked: OAuthRequest, error: OAuth2Error
) -> Elsewhere:
    query = turn.request.query
    if error.redirect_uri:
        if isinstance(error, UnsupportedResponseTypeError) and not query.get("response_type"):
            error = InvalidRequestError(redirect_uri=error.redirect_uri, state=error.state)
        return Elsewhere(server.handle_error_response(asked, error))
    if any(not query.get(name) for name in NEEDED):
        return Elsewhere(error_page(turn, "Required parameters missing"))
    if isinstance(error, InvalidClientError):
        return Elsewhere(error_page(turn, "invalid_request"))
    client = server.query_client(query["client_id"])
    known = client is not None and client.check_redirect_uri(query["redirect_uri"])
    return Elsewhere(error_page(turn, error.error if known else "redirect_mismatch"))
