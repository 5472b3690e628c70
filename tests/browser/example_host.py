"""The example application with a portal inside its page, started as `make demo-embed` does."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.conftest import OPTIONAL
from tests.browser.portal_process import (
    ROOT,
    Portal,
    _environment,
    _process,
    _wait_for,
    free_port,
    running_portal,
)
from tests.people import Somebody
from tests.sandbox_process import Sandbox

CLIENT = OPTIONAL["client_id"]


@dataclass(frozen=True)
class Host:
    """Where the example is, which portal it embeds, and what each of them wrote down."""

    url: str
    portal: Portal
    data: Path
    variables: dict[str, str]
    key: str

    def embed(self, *arguments: str) -> str:
        return _embed(self.variables, *arguments)


def _embed(variables: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", "embed", *arguments]
    ended = subprocess.run(
        command, cwd=ROOT, env=variables, check=True, stdout=subprocess.PIPE, text=True
    )
    return ended.stdout


@contextmanager
def running_host(sandbox: Sandbox, data: Path) -> Iterator[Host]:
    """Start both; end them after the block. The portal writes down what it is asked."""
    port = free_port()
    url = f"http://localhost:{port}"
    log = {"GUNICORN_CMD_ARGS": f"--access-logfile {data / 'asked.log'}"}
    with running_portal(sandbox, data, **OPTIONAL, PORTAL_EMBED="true", **log) as portal:
        variables = _environment(sandbox, data, portal, CLIENT) | {"PORTAL_EMBED": "true"}
        added = _embed(
            variables, *("client", "add", "acme", "--origin", url, "--app-client", CLIENT)
        )
        example = os.environ | {
            "HOST_PORT": str(port),
            "COGNITO_ENDPOINT": sandbox.api,
            "COGNITO_CLIENT_ID": CLIENT,
            "PORTAL_URL": portal.url,
            "PORTAL_EMBED_KEY": added.split()[-1],
            "PORTAL_SNIPPET": _embed(variables, "snippet", "acme", "--html"),
        }
        with _process(["examples/embed/host.py"], example, data / "host.log") as server:
            _wait_for(url, server, data / "host.log")
            yield Host(url, portal, data, variables, added.split()[-1])


def sign_in(page: Page, host: Host, somebody: Somebody) -> None:
    """At the example's own form, with the code it asks for."""
    page.goto(host.url)
    page.get_by_label("Username").fill(somebody.username)
    page.get_by_label("Password").fill(somebody.password)
    page.get_by_role("button", name="Sign in").click()
    assert somebody.app is not None
    page.get_by_label("Code of your authenticator app").fill(somebody.app.code())
    page.get_by_role("button", name="Continue").click()
