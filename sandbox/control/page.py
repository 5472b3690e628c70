"""The inbox as a page: a phone, a mailbox and the authenticator apps on one desk."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Any

from sandbox.clock import Clock
from sandbox.control.style import STYLE

REFRESH_SECONDS = 3
SHOWN = 60
MEDIUM_WORDS = {"SMS": "Text message", "EMAIL": "E-mail"}

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{refresh}">
<title>Sandbox inbox</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>Inbox</h1>
<p>Everything the sandbox would have sent to a phone or a mailbox.
Sandbox time: <time>{now}</time></p>
</header>
<main>
<section aria-labelledby="messages">
<div class="bar"><h2 id="messages">Messages</h2>{clear}</div>
{messages}
</section>
<aside aria-labelledby="apps">
<h2 id="apps">Authenticator apps</h2>
<p>Codes of the people of the scene, so that nobody needs a phone to try it.</p>
{apps}
<h2>People of the scene</h2>
{people}
</aside>
</main>
</body>
</html>
"""

CLEAR = '<form method="post" action="/inbox/clear"><button>Empty the inbox</button></form>'
NO_MESSAGES = '<p class="empty">Nothing has been sent yet. Sign in, and the code arrives here.</p>'
NO_PEOPLE = '<p class="empty">This scene is empty.</p>'
NO_APPS = '<p class="empty">Nobody in this scene has an authenticator app.</p>'


Listed = list[dict[str, Any]]


def inbox_page(messages: Listed, authenticators: Listed, people: Listed, clock: Clock) -> str:
    """The whole page."""
    shown = [_message(each) for each in messages[:SHOWN]]
    apps = [_app(each) for each in authenticators]
    return PAGE.format(
        refresh=REFRESH_SECONDS,
        style=STYLE,
        now=_moment(clock.now()),
        clear=CLEAR if shown else "",
        messages=f'<ol class="messages">{"".join(shown)}</ol>' if shown else NO_MESSAGES,
        apps=f'<ul class="apps">{"".join(apps)}</ul>' if apps else NO_APPS,
        people=f"<ul>{''.join(map(_person, people))}</ul>" if people else NO_PEOPLE,
    )


def _message(message: dict[str, Any]) -> str:
    code = f'<p class="code">{escape(message["code"])}</p>' if message["code"] else ""
    subject = f"<h3>{escape(message['subject'])}</h3>" if message.get("subject") else ""
    return (
        f'<li class="{message["medium"].lower()}">'
        f'<p class="meta"><span class="medium">{MEDIUM_WORDS[message["medium"]]}</span>'
        f" to <strong>{escape(message['destination'])}</strong>"
        f" <time>{_moment(message['sent_at'])}</time></p>"
        f'{code}{subject}<p class="text">{escape(message["text"])}</p></li>'
    )


def _app(app: dict[str, Any]) -> str:
    left = app["seconds_left"]
    pool = escape(app["pool"].split("_", 1)[1])
    return (
        f'<li><p class="meta"><strong>{escape(app["username"])}</strong> <span>{pool}</span></p>'
        f'<p class="code"><span>{app["code"][:3]}</span>{app["code"][3:]}</p>'
        f'<progress max="30" value="{left}" aria-label="Seconds left"></progress>'
        f'<p class="meta"><span>{app["state"]}</span> <time>{left} s left</time></p></li>'
    )


def _person(person: dict[str, Any]) -> str:
    pool = escape(person["pool"].split("_", 1)[1])
    return (
        f'<li><p class="meta"><strong>{escape(person["username"])}</strong> <span>{pool}</span>'
        f' <span class="password">{escape(person["password"])}</span></p>'
        f"<p>{escape(person['description'])}</p></li>"
    )


def _moment(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %Y, %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return "far away"
