"""`/passkeys/add`: somebody who is signed in makes a passkey. Sources: contract 7 and 13.1."""

from __future__ import annotations

import json

from sandbox.managed_login import pages, passkey_pages
from sandbox.managed_login.authorize import error_page
from sandbox.managed_login.oauth import AuthorizationServer
from sandbox.managed_login.turn import Elsewhere, Turn
from sandbox.managed_login.web import Response, html, redirect
from sandbox.passkey_registration import begin_registration, finish_registration
from sandbox.people import Person
from sandbox.protocol import Refusal, refusal


def show(turn: Turn) -> Response:
    """The page with what the browser needs."""
    return _asked(turn, _who(turn))


def add(turn: Turn) -> Response:
    """Keep the passkey that the browser made, and go back to the application."""
    person = _who(turn)
    try:
        with turn.sandbox.database.transaction():
            answer = _read(turn.request.form.get("credential", ""))
            finish_registration(turn.sandbox, turn.pool, turn.client.id, person, answer)
    except Refusal as no:
        return _asked(turn, person, no.words)
    return redirect(turn.request.query["redirect_uri"], 303)


def _asked(turn: Turn, person: Person, problem: str = "") -> Response:
    try:
        with turn.sandbox.database.transaction():
            options = begin_registration(turn.sandbox, turn.pool, turn.client.id, person)
    except Refusal as no:
        return html(pages.plain_error(problem or no.words), 400)
    return passkey_pages.make(turn, options, problem)


def _who(turn: Turn) -> Person:
    """Who is signed in with this browser; raises Elsewhere for a request that leads nowhere."""
    query = turn.request.query
    server = AuthorizationServer(turn.sandbox, turn.pool, turn.request)
    client = server.query_client(query.get("client_id", ""))
    if client is None:
        raise Elsewhere(error_page(turn, "invalid_request"))
    if not client.check_redirect_uri(query.get("redirect_uri", "")):
        raise Elsewhere(error_page(turn, "redirect_mismatch"))
    session = turn.session()
    if session is None or not turn.request.domain.managed:
        raise Elsewhere(error_page(turn, "login_required"))
    return session[0]


def _read(text: str) -> object:
    try:
        answer: object = json.loads(text)
    except (ValueError, RecursionError):
        raise refusal("passkey_unreadable") from None
    return answer
