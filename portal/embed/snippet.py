"""What an engineer pastes to embed us: the script's tag with its hash, the element, the rest."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

from portal.embed.models import EmbedClient
from portal.embed.pages import FIRST

FILE = re.compile(r"mfa-portal-([0-9]+)\.([0-9]+)\.([0-9]+)\.js")
SERVER = """
  import os

  import httpx

  reply = httpx.post(
      "{portal}/embed/tickets",
      headers={{"Authorization": f"Bearer {{os.environ['PORTAL_EMBED_KEY']}}"}},
      json={{"access_token": access_token, "origin": "{origin}", "page": "{page}"}},
  )
  ticket = reply.raise_for_status().json()["data"]["ticket"]"""
BROWSER = """
  document.querySelector("mfa-portal").fetchTicket = async () => {{
    const reply = await fetch("/your/address/of/a/ticket", {{ method: "POST" }});
    if (!reply.ok) throw new Error(reply.status);
    return (await reply.json()).ticket;
  }};"""


def newest_script() -> Path:
    """The element's file, of the newest version that there is."""
    folder: Path = settings.BASE_DIR / "static/embed"
    versions = {
        tuple(map(int, found.groups())): path
        for path in folder.iterdir()
        if (found := FILE.fullmatch(path.name))
    }
    return versions[max(versions)]


def html(client: EmbedClient) -> str:
    """The two lines of a page. Errors: ValueError, where static files were not collected yet."""
    path = newest_script()
    digest = base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()
    url = settings.PORTAL_URL + staticfiles_storage.url(f"embed/{path.name}")
    return (
        f'<script src="{url}" integrity="sha384-{digest}" crossorigin="anonymous" defer></script>\n'
        f'<mfa-portal src="{settings.PORTAL_URL}" client="{client.name}"></mfa-portal>'
    )


def text(client: EmbedClient) -> str:
    """Everything, in the order in which it is done."""
    return "\n\n".join(_chapters(client))


def _chapters(client: EmbedClient) -> Iterator[str]:
    portal, origin = settings.PORTAL_URL, client.origins[0]
    yield f"1. In your page:\n\n{_indented(html(client))}"
    yield f"2. In a script of your page:\n{BROWSER.format()}"
    first = next(page for page in FIRST if page in client.pages)
    server = SERVER.format(portal=portal, origin=origin, page=first)
    yield (
        "3. On your server, for whoever is signed in, with the access token it holds of them"
        f" (aws.cognito.signin.user.admin):\n{server}"
    )
    policy = f"script-src {portal}; frame-src {portal}"
    yield f"4. In the Content-Security-Policy of your page:\n\n  {policy}"
    yield (
        "5. If something is missing, give the element the attribute “check”, or open\n\n"
        f"  {portal}/embed/check?client={client.name}&origin={origin}"
    )


def _indented(lines: str) -> str:
    return "\n".join(f"  {line}" for line in lines.splitlines())
