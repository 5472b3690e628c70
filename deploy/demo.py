"""The demo: a local Cognito, the portal in front of two of its pools, and a worker for notices.

With --embed also a small application on an origin of its own, with the portal inside its page.
Everything it keeps lies in `.demo/`; a second start goes on where the first one ended.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import boto3
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".demo"
DOCUMENTS = ROOT / "site"
REGION = "eu-central-1"
START_SECONDS = 90
# Of a client's description, what an update does not take.
NOT_SETTINGS = {"ClientSecret", "CreationDate", "LastModifiedDate"}


# Operators sign in like everybody, then open /helpdesk/. Groups as in the sandbox's scene.
ROLE_GROUPS = (
    "viewer=helpdesk-viewers,agent=helpdesk,senior=helpdesk-seniors,auditor=auditors,"
    "administrator=helpdesk-administrators"
)
# Whose accounts need more care.
PRIVILEGED_GROUP = "directors"


@dataclass(frozen=True)
class Port:
    """A port the demo listens on: the variable that sets it, its default, what it is for."""

    variable: str
    default: int
    purpose: str

    @property
    def number(self) -> int:
        text = os.environ.get(self.variable, str(self.default))
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise SystemExit(f"{self.variable}={text} is no port: use a number from 1 to 65535.")
        return int(text)

    def refuse_if_taken(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.number))
            except OSError as problem:
                raise SystemExit(
                    f"Port {self.number} for {self.purpose} is taken. "
                    f"Choose another one: make demo {self.variable}={self.number + 100}"
                ) from problem


PORTAL = Port("PORTAL_PORT", 8000, "the portal")
REQUIRED = Port("REQUIRED_PORT", 8001, "the portal of the pool that asks everybody")
COGNITO = Port("COGNITO_PORT", 9229, "the local Cognito")
INBOX = Port("INBOX_PORT", 9230, "its inbox page")
MAIL = Port("MAIL_PORT", 9231, "mail to that inbox")
PORTS = (PORTAL, REQUIRED, COGNITO, INBOX, MAIL)
HOST = Port("HOST_PORT", 8010, "the application that embeds the portal")
HOST_NAME = "demo-host"


@dataclass(frozen=True)
class Portal:
    """One portal of the demo. Two host names, so that their cookies do not meet."""

    port: Port
    host: str
    pool: str
    client: str
    domain: str

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port.number}"

    def environment(self) -> dict[str, str]:
        pool_id = f"{REGION}_{self.pool}"
        api = f"http://127.0.0.1:{COGNITO.number}"
        return {
            "PORTAL_URL": self.url,
            "PORTAL_NAME": "Demo sign-in settings",
            "PORTAL_STATIC_ROOT": str(DATA / "static"),
            "PORTAL_DOCS": str(DOCUMENTS),
            "PORTAL_FROM_EMAIL": "portal@example.com",
            "PORTAL_LOG_LEVEL": "WARNING",
            "DATABASE_URL": f"sqlite:///{DATA}/portal.sqlite3",
            "EMAIL_URL": f"smtp://127.0.0.1:{MAIL.number}",
            "COGNITO_USER_POOL_ID": pool_id,
            "COGNITO_CLIENT_ID": self.client,
            "COGNITO_ISSUER": f"{api}/{pool_id}",
            "PORTAL_DOORS": "password,managed",
            # A name first, then what the pool offers: so a passkey that was added here can be used.
            "COGNITO_SIGN_IN_FLOW": "USER_AUTH",
            "COGNITO_DOMAIN": f"{api}/domains/{self.domain}",
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": api,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "PORTAL_RECOVERY": "true",
            "PORTAL_HELPDESK": "true",
            "PORTAL_EMBED": "true",
            "PORTAL_STYLEGUIDE": "true",
            "PORTAL_ROLE_GROUPS": ROLE_GROUPS,
            "PORTAL_PRIVILEGED_GROUPS": PRIVILEGED_GROUP,
            "PORTAL_VOUCHER_GROUPS": "directors",
            **kept_secrets(),
        }


PORTALS = (
    Portal(PORTAL, "localhost", "Optional1", "demoportaloptional00000001", "demo-optional"),
    Portal(REQUIRED, "127.0.0.1", "Required1", "demoportalrequired00000001", "demo-required"),
)


def kept_secrets() -> dict[str, str]:
    """Secrets of this demo alone, made once and kept: a restart signs nobody out."""
    path = DATA / "secrets.json"
    if not path.exists():
        made = {
            "PORTAL_SECRET_KEY": secrets.token_urlsafe(50),
            "PORTAL_TOKEN_KEYS": Fernet.generate_key().decode(),
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


class Family:
    """The processes of the demo: started in order, ended together."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._members: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        log = self._stack.enter_context((DATA / f"{name}.log").open("ab"))
        member = subprocess.Popen(  # noqa: S603  (our own arguments)
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
            # Ctrl-C reaches only us: we end the others in order.
            start_new_session=True,
        )
        self._members[name] = member
        self._stack.callback(_end, member)

    def fallen(self) -> str | None:
        """The name of a member that ended by itself."""
        ended = (name for name, member in self._members.items() if member.poll() is not None)
        return next(ended, None)


def _end(member: subprocess.Popen[bytes]) -> None:
    member.terminate()
    try:
        member.wait(timeout=5)
    except subprocess.TimeoutExpired:
        member.kill()
        member.wait()


def allow_managed_login(portal: Portal) -> None:
    """Tell the pool where this portal is: its pages send people back to known addresses only."""
    cognito = boto3.client(
        "cognito-idp",
        region_name=REGION,
        endpoint_url=f"http://127.0.0.1:{COGNITO.number}",
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",  # noqa: S106  (any will do there)
    )
    which = {"UserPoolId": f"{REGION}_{portal.pool}", "ClientId": portal.client}
    client = cognito.describe_user_pool_client(**which)["UserPoolClient"]
    # An update replaces everything: what was there is said again.
    kept: dict[str, Any] = {
        name: value for name, value in client.items() if name not in NOT_SETTINGS
    }
    managed_login: dict[str, Any] = {
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "aws.cognito.signin.user.admin"],
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": [f"{portal.url}/sign-in/managed/callback/"],
        "LogoutURLs": [f"{portal.url}/signed-out/"],
    }
    cognito.update_user_pool_client(**kept | managed_login)


def start_everything(family: Family) -> None:
    family.start("sandbox", _sandbox_arguments(), {})
    wait_for(f"http://127.0.0.1:{INBOX.number}/scene.json", family)
    for portal in PORTALS:
        allow_managed_login(portal)
    environment = PORTALS[0].environment()
    subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
    )
    family.start("worker", ["manage.py", "worker", "--interval", "0.5"], environment)
    for portal in PORTALS:
        family.start(f"portal-{portal.pool.lower()}", _server(portal), portal.environment())
    for portal in PORTALS:
        wait_for(f"{portal.url}/sign-in/", family)


def start_host(family: Family) -> None:
    """An application of the same site and another origin: its own server, key and sign-in."""
    portal = PORTALS[0]
    origin = f"http://localhost:{HOST.number}"
    if HOST_NAME in _embed(portal, "client", "list").split():
        _embed(portal, "client", "remove", HOST_NAME)
    registered = _embed(
        *(portal, "client", "add", HOST_NAME),
        *("--origin", origin, "--app-client", portal.client),
    )
    environment = {
        "HOST_PORT": str(HOST.number),
        "HOST_ORIGIN": origin,
        "COGNITO_ENDPOINT": f"http://127.0.0.1:{COGNITO.number}",
        "COGNITO_CLIENT_ID": portal.client,
        "PORTAL_URL": portal.url,
        "PORTAL_EMBED_KEY": registered.split()[-1],
        "PORTAL_SNIPPET": _embed(portal, "snippet", HOST_NAME, "--html"),
    }
    family.start("host", ["examples/embed/host.py"], environment)
    wait_for(origin, family)


class Documents:
    """The pages of docs/, built while people look at the portal: none of it waits for them."""

    def __init__(self, stack: ExitStack) -> None:
        log = stack.enter_context((DATA / "docs.log").open("wb"))
        self._build: subprocess.Popen[bytes] | None = subprocess.Popen(
            ["nice", "make", "--silent", "docs"],  # noqa: S607  (as this was started)
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        stack.callback(_end, self._build)

    def word(self) -> str:
        """What there is to say, once: that they are there, or why not."""
        if self._build is None or self._build.poll() is None:
            return ""
        status, self._build = self._build.returncode, None
        if status:
            return f"  The documents could not be built. Why: {DATA / 'docs.log'}\n"
        return f"  Documents          {PORTALS[0].url}/docs/\n"


def _embed(portal: Portal, *arguments: str) -> str:
    """What `manage.py embed` says."""
    ended = subprocess.run(  # noqa: S603  (our own arguments)
        [sys.executable, "manage.py", "embed", *arguments],
        cwd=ROOT,
        env={**os.environ, **portal.environment()},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return ended.stdout


def _sandbox_arguments() -> list[str]:
    return [
        *("-m", "sandbox", "--scene", "helpdesk", "--region", REGION),
        *("--port", str(COGNITO.number), "--control-port", str(INBOX.number)),
        *("--smtp-port", str(MAIL.number), "--data", str(DATA / "sandbox")),
    ]


def _server(portal: Portal) -> list[str]:
    bind = f"127.0.0.1:{portal.port.number}"
    arguments = ["--bind", bind, "--threads", "8", "--preload", "--no-control-socket"]
    return ["-m", "gunicorn", "portal.wsgi", *arguments]


def wait_for(url: str, family: Family) -> None:
    """Wait until an address answers; a process that fell says so instead."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        _refuse_fallen(family)
        try:
            with urlopen(url, timeout=2):  # noqa: S310  (our own addresses)
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"{url} did not answer within {START_SECONDS} seconds. Logs are in {DATA}.")


def _refuse_fallen(family: Family) -> None:
    name = family.fallen()
    if name is not None:
        raise SystemExit(f"The {name} ended by itself. Why: {DATA / name}.log")


def welcome(*, with_host: bool) -> str:
    """What to open, and whom to be."""
    scene = _scene()
    lines = ["", "The demo is ready. Ctrl-C ends it; what you did is kept for the next time.", ""]
    lines += [f"  Portal             {PORTALS[0].url}/"]
    lines += [f"  Portal, required   {PORTALS[1].url}/   (this pool asks everybody)"]
    lines += [f"  Helpdesk           {PORTALS[0].url}/helpdesk/   (for its operators below)"]
    if with_host:
        lines += [
            f"  An application     http://localhost:{HOST.number}/   (the portal inside of it)"
        ]
    lines += [
        f"  Phone and mailbox  http://localhost:{INBOX.number}/   (codes arrive here, of apps, too)"
    ]
    lines += [
        f"  Local Cognito      http://127.0.0.1:{COGNITO.number}   (for boto3 or the AWS CLI)"
    ]
    for portal in PORTALS:
        lines += ["", f"People of {portal.url}/"]
        lines += [_line(each) for each in scene["people"] if each["pool"].endswith(portal.pool)]
    return "\n".join([*lines, "", "Start again from the beginning with: make demo-reset", ""])


def _scene() -> Any:
    with urlopen(f"http://127.0.0.1:{INBOX.number}/scene.json", timeout=5) as reply:
        return json.load(reply)


def _line(person: Mapping[str, str]) -> str:
    return f"  {person['username']:<7}{person['password']:<20}{person['description']}"


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reset", action="store_true", help="forget what was done before")
    parser.add_argument("--embed", action="store_true", help="with an application that embeds it")
    wanted = parser.parse_args()
    if wanted.reset and DATA.exists():
        shutil.rmtree(DATA)
    DATA.mkdir(exist_ok=True)
    for port in (*PORTS, HOST) if wanted.embed else PORTS:
        port.refuse_if_taken()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _stop)
    with ExitStack() as stack:
        family = Family(stack)
        try:
            start_everything(family)
            if wanted.embed:
                start_host(family)
            sys.stdout.write(welcome(with_host=wanted.embed))
            sys.stdout.flush()
            documents = Documents(stack)
            while True:
                _refuse_fallen(family)
                sys.stdout.write(documents.word())
                sys.stdout.flush()
                time.sleep(0.5)
        except KeyboardInterrupt:
            sys.stdout.write("\nThe demo has ended.\n")


if __name__ == "__main__":
    main()
