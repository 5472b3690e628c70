"""The two pages that need a script: a passkey is used, and a passkey is made.

Browsers give passkeys to scripts only. Each page has the same short one, which asks the browser
and puts its answer into the form; CSP admits it by its hash. Source: contract 7.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from html import escape
from typing import Any

from sandbox.managed_login.pages import form, link, page
from sandbox.managed_login.turn import Turn
from sandbox.managed_login.web import Response, html

SCRIPT = """
const ceremony = document.querySelector('[data-ceremony]');
const form = ceremony.closest('form');
const trouble = document.getElementById('trouble');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  trouble.hidden = true;
  const options = JSON.parse(ceremony.dataset.options);
  try {
    const made = ceremony.dataset.ceremony === 'use'
      ? await navigator.credentials.get(
          {publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)})
      : await navigator.credentials.create(
          {publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options)});
    form.elements.credential.value = JSON.stringify(made.toJSON());
    form.submit();
  } catch (problem) {
    trouble.textContent = `Your browser did not do it: ${problem.message}`;
    trouble.hidden = false;
  }
});
"""
SOURCE = "'sha256-" + b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode() + "'"
NO_SCRIPT = '<noscript><p class="problem">Passkeys need JavaScript.</p></noscript>\n'
TROUBLE = '<p class="problem" id="trouble" role="alert" hidden></p>\n'


def use(turn: Turn, options: str, problem: str) -> Response:
    """Sign in with a passkey. options: what the browser is asked, as JSON."""
    body = _ceremony(turn, "/challenge", "use", options, "Use your passkey")
    body += link(turn, "/login", "Back to sign-in")
    return _page("Sign in with your passkey", body, problem)


def make(turn: Turn, options: dict[str, Any], problem: str) -> Response:
    """Make a passkey for the account that is signed in."""
    body = "<p>A passkey lets you sign in with your fingerprint, face or screen lock.</p>\n"
    body += _ceremony(turn, "/passkeys/add", "make", json.dumps(options), "Create a passkey")
    later = escape(turn.request.query["redirect_uri"])
    return _page("Create a passkey", f'{body}<p><a href="{later}">Not now</a></p>\n', problem)


def _ceremony(turn: Turn, path: str, kind: str, options: str, button: str) -> str:
    inner = (
        f'<input type="hidden" name="credential" data-ceremony="{kind}"'
        f' data-options="{escape(options)}">\n'
    )
    return TROUBLE + NO_SCRIPT + form(turn, path, inner, button)


def _page(heading: str, body: str, problem: str) -> Response:
    return html(page(heading, f"{body}<script>{SCRIPT}</script>\n", problem), script=SOURCE)
