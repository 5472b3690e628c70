"""A small application that has the portal inside one of its pages. Standard library only.

It signs people in at the pool with an app client of its own, keeps their access token on its
server, and fetches a ticket with it whenever the element asks for one. `make demo-embed` starts it.
"""

import html
import json
import os
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

HERE = Path(__file__).parent
PORT = int(os.environ.get("HOST_PORT", "8010"))
ORIGIN = os.environ.get("HOST_ORIGIN", f"http://localhost:{PORT}")
COGNITO = os.environ["COGNITO_ENDPOINT"]
COGNITO_CLIENT_ID = os.environ["COGNITO_CLIENT_ID"]
PORTAL = os.environ["PORTAL_URL"]
PORTAL_KEY = os.environ["PORTAL_EMBED_KEY"]  # of: manage.py embed client add
SNIPPET = os.environ["PORTAL_SNIPPET"]  # of: manage.py embed snippet --html
POLICY = (
    f"default-src 'none'; script-src 'self' {PORTAL}; style-src 'self'; connect-src 'self'; "
    f"frame-src {PORTAL}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FILES = {"/host.js": "text/javascript", "/host.css": "text/css"}
COOKIE = "example-host"


@dataclass
class Visit:
    """What this application knows of a browser: a token, or a question of the pool's."""

    token: str = ""
    question: dict[str, Any] | None = None


# By the value of the cookie, which only the browser has.
VISITS: dict[str, Visit] = {}


class Refused(Exception):
    """A server said no; the sentence may be shown."""


def post(url: str, body: Any, headers: dict[str, str]) -> Any:
    """JSON out, JSON in. Raises Refused."""
    request = Request(url, json.dumps(body).encode(), headers)  # noqa: S310  (our settings)
    try:
        with urlopen(request, timeout=10) as reply:  # noqa: S310
            return json.load(reply)
    except HTTPError as refusal:
        with refusal:
            said = json.load(refusal)
        raise Refused(said.get("message") or said["error"]["message"]) from refusal


# --- signing in, at the pool ------------------------------------------------------------------


def cognito(operation: str, **parameters: Any) -> Visit:
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
    }
    reply = post(COGNITO, {"ClientId": COGNITO_CLIENT_ID, **parameters}, headers)
    if "AuthenticationResult" in reply:
        return Visit(token=reply["AuthenticationResult"]["AccessToken"])
    return Visit(question=reply)


def sign_in(form: dict[str, str]) -> Visit:
    answers = {"USERNAME": form["username"], "PASSWORD": form["password"]}
    return cognito("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=answers)


def answer(visit: Visit, form: dict[str, str]) -> Visit:
    """Answer the pool's question with a code, or with the way somebody chose."""
    question = visit.question or {}
    name = question["ChallengeName"]
    key = "ANSWER" if name == "SELECT_MFA_TYPE" else f"{name}_CODE"
    username = question["ChallengeParameters"]["USER_ID_FOR_SRP"]
    return cognito(
        "RespondToAuthChallenge",
        ChallengeName=name,
        Session=question["Session"],
        ChallengeResponses={"USERNAME": username, key: form["answer"].strip()},
    )


# --- the ticket: the one thing that embedding adds to a server --------------------------------


def ticket_for(visit: Visit) -> str:
    """Ask the portal, server to server, for a ticket of the person who is signed in here."""
    body = {"access_token": visit.token, "origin": ORIGIN, "page": "overview"}
    headers = {"Authorization": f"Bearer {PORTAL_KEY}", "Content-Type": "application/json"}
    made: str = post(f"{PORTAL}/embed/tickets", body, headers)["data"]["ticket"]
    return made


# --- pages ------------------------------------------------------------------------------------

LAYOUT = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{problem}Acme</title><link rel="stylesheet" href="/host.css">
<header><strong>Acme</strong>{exit}</header>
<main>{main}</main>
"""
EXIT = '<form method="post" action="/sign-out"><button>Sign out</button></form>'
SIGN_IN = """<h1>Sign in to Acme</h1>{problem}
<form method="post" action="/sign-in">
<label>Username <input name="username" autocomplete="username" required></label>
<label>Password
<input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button></form>"""
QUESTION = """<h1>One more step</h1>{problem}
<form method="post" action="/answer">
<label>{label} <input name="answer" autocomplete="one-time-code" required></label>
<button>Continue</button></form>"""
LABELS = {
    "SOFTWARE_TOKEN_MFA": "Code of your authenticator app",
    "SMS_MFA": "Code of our text message",
    "EMAIL_OTP": "Code of our e-mail",
}
ACCOUNT = """<h1>Your account</h1>
<p>Everything in the box below is the portal. This page only learns what is listed under it.</p>
{snippet}
<h2>What this page was told</h2>
<ol id="told" aria-live="polite"></ol>
<script src="/host.js"></script>"""


def page(visit: Visit, problem: str = "") -> str:
    """The one page there is, as far as this browser has come."""
    said = f'<p role="alert">{html.escape(problem)}</p>' if problem else ""
    error = "Error: " if problem else ""
    if visit.token:
        return LAYOUT.format(problem=error, exit=EXIT, main=ACCOUNT.format(snippet=SNIPPET))
    if visit.question:
        main = QUESTION.format(label=html.escape(label_of(visit.question)), problem=said)
        return LAYOUT.format(problem=error, exit=EXIT, main=main)
    return LAYOUT.format(problem=error, exit="", main=SIGN_IN.format(problem=said))


def label_of(question: dict[str, Any]) -> str:
    name, told = question["ChallengeName"], question["ChallengeParameters"]
    if name == "SELECT_MFA_TYPE":
        return f"Which one? Type {' or '.join(json.loads(told['MFAS_CAN_CHOOSE']))}"
    return LABELS.get(name, f"Answer to {name}")


class Host(BaseHTTPRequestHandler):
    """The application's server."""

    def do_GET(self) -> None:
        if self.path in FILES:
            self.reply(HTTPStatus.OK, (HERE / self.path[1:]).read_bytes(), FILES[self.path])
        elif self.path == "/":
            self.reply(HTTPStatus.OK, page(self.visit()).encode())
        else:
            self.reply(HTTPStatus.NOT_FOUND, b"Not here.", "text/plain")

    def do_POST(self) -> None:
        # Only pages of our own may make this server do something.
        if self.headers.get("Origin") != ORIGIN:
            self.reply(HTTPStatus.FORBIDDEN, b"Not from here.", "text/plain")
        elif self.path == "/ticket":
            self.hand_out()
        elif self.path == "/sign-out":
            VISITS.pop(self.cookie(), None)
            self.go_on(Visit())
        else:
            self.step()

    def hand_out(self) -> None:
        """What the element's fetchTicket asks for."""
        visit = self.visit()
        try:
            ticket = ticket_for(visit) if visit.token else None
        except Refused as refused:
            self.reply(HTTPStatus.BAD_GATEWAY, str(refused).encode(), "text/plain")
            return
        self.reply(HTTPStatus.OK, json.dumps({"ticket": ticket}).encode(), "application/json")

    def step(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), 10_000)
        form = {
            name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()
        }
        asked = self.visit() if self.path == "/answer" else Visit()
        try:
            visit = answer(asked, form) if asked.question else sign_in(form)
        except Refused as refused:
            self.reply(HTTPStatus.OK, page(asked, str(refused)).encode())
        except KeyError:
            self.reply(HTTPStatus.OK, page(asked, "Fill everything in.").encode())
        else:
            self.go_on(visit)

    def go_on(self, visit: Visit) -> None:
        """Remember the visit under a fresh cookie, and show the page."""
        VISITS.pop(self.cookie(), None)
        name = secrets.token_urlsafe(32)
        VISITS[name] = visit
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", "/")
        self.send_header("Set-Cookie", f"{COOKIE}={name}; Path=/; HttpOnly; SameSite=Lax")
        self.end_headers()

    def cookie(self) -> str:
        kept = SimpleCookie(self.headers.get("Cookie", ""))
        return kept[COOKIE].value if COOKIE in kept else ""

    def visit(self) -> Visit:
        return VISITS.get(self.cookie(), Visit())

    def reply(self, status: int, body: bytes, kind: str = "text/html; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Print nothing: a demo speaks on its page."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), Host).serve_forever()
