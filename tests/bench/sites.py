"""The portal as it is shipped, the floor, and the peers, each a server of two workers."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pyotp
from cryptography.fernet import Fernet

from tests.bench import signing
from tests.bench.browsers import Browser
from tests.bench.cognito_stub import SECRET
from tests.bench.ports import free_port
from tests.ship import stores
from tests.ship.kit import ROOT, running

BENCH_PYTHON = str(ROOT / ".bench/bin/python")
# With what production installs; tools of development, which some libraries pick up, are not there.
PORTAL_PYTHON = str(ROOT / ".bench/portal/bin/python")
POOL, CLIENT = "eu-central-1_Bench1", "benchclient"
WORKERS, THREADS = 2, 32
SECONDS_TO_START = 240
PEERS = ("allauth", "two-factor")
KEY = re.compile(r"(?<![A-Za-z0-9+/=])[A-Z2-7]{32}(?![A-Za-z0-9+/=])")


@dataclass
class Stub:
    """The Cognito of fixed latency."""

    url: str
    key_file: Path

    def set_latency(self, milliseconds: int) -> None:
        self._ask(f"/latency/{milliseconds}", "POST")

    def calls(self) -> dict[str, int]:
        """How many there were of each operation since this was asked last."""
        told: dict[str, int] = json.loads(self._ask("/calls"))
        return told

    def _ask(self, path: str, method: str = "GET") -> bytes:
        with urlopen(Request(self.url + path, method=method), timeout=5) as reply:  # noqa: S310
            body: bytes = reply.read()
        return body


@dataclass
class Site:
    """A running server. process: the parent of its workers."""

    name: str
    url: str
    process: int
    overview: str
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    def someone(self, number: int) -> Browser:
        """Somebody of a peer, signed in; the portal's people come from `Visitors`."""
        browser = Browser(self.url)
        if self.name == "allauth":
            browser.open("/login/")
            browser.send("/login/", "", login=f"somebody{number}", password="bench")
            # Its forms want a second proof, as ours want a recent one.
            browser.open("/reauthenticate/?next=/2fa/")
            browser.send("/reauthenticate/?next=/2fa/", "", password="bench")
        else:
            browser.open("/account/login/")
            typed = {"auth-username": f"somebody{number}", "auth-password": "bench"}
            browser.send("/account/login/", "", **typed)
        return browser


class Visitors:
    """Signed-in people of the portal, made by a process that runs with its settings."""

    def __init__(self, site: Site, maker: "subprocess.Popen[str]") -> None:
        self._site, self._maker = site, maker

    def make(self, kind: str, count: int, lasting: int = 0) -> list[str]:
        """Cookie headers of so many people, who have proved themselves just now.

        lasting: seconds for which that proof counts as given this moment.
        """
        assert self._maker.stdin is not None
        assert self._maker.stdout is not None
        self._maker.stdin.write(f"{kind} {count} {lasting}\n")
        self._maker.stdin.flush()
        return [f"mfa-session={key}" for key in json.loads(self._maker.stdout.readline())]

    def browsers(self, kind: str, count: int) -> list[Browser]:
        return [
            Browser(self._site.url, {"mfa-session": cookie.partition("=")[2]})
            for cookie in self.make(kind, count)
        ]


@dataclass
class Scene:
    """The portal and the floor side by side, on one PostgreSQL and one Redis."""

    folder: Path
    stub: Stub
    portal: Site
    floor: Site
    visitors: Visitors
    database: str
    redis: str


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """Everything but the peers, in front of one Cognito."""
    with ExitStack() as stack:
        stub = stack.enter_context(cognito(folder))
        redis = stack.enter_context(stores.redis(folder))
        database = stack.enter_context(stores.postgresql())
        portal = stack.enter_context(portal_site(folder, stub, database, redis))
        visitors = stack.enter_context(signed_in(portal, stub))
        floor = stack.enter_context(floor_site(folder, stub))
        yield Scene(folder, stub, portal, floor, visitors, database, redis)


@contextmanager
def beside(found: Scene, people: int) -> Iterator[dict[str, Site]]:
    """The peers, each with a database of its own on the same servers."""
    with ExitStack() as stack:
        peers = {}
        for name in PEERS:
            url = stack.enter_context(stores.postgresql())
            peer = _peer(name, found.folder, url, found.redis, people)
            peers[name] = stack.enter_context(peer)
        yield peers


@contextmanager
def cognito(folder: Path) -> Iterator[Stub]:
    signing.write_keys(folder)
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.cognito_stub", str(port)]
    command.append(str(folder / "jwks.json"))
    stub = Stub(f"http://127.0.0.1:{port}", folder / "key.pem")
    with running(command, dict(os.environ), folder / "stub.log") as process:
        wait(stub.url + "/keys", process, folder / "stub.log")
        yield stub


@contextmanager
def portal_site(folder: Path, stub: Stub, database: str, redis: str, **more: str) -> Iterator[Site]:
    """The portal by its own command."""
    variables = prepared(folder, stub, database, redis, **more)
    with started_portal(variables, folder / "portal.log") as (process, _):
        yield Site("portal", variables["PORTAL_URL"], process, "/", variables)


def prepared(folder: Path, stub: Stub, database: str, redis: str, **more: str) -> Mapping[str, str]:
    """Tables and files for a portal with the settings of production but for https: these."""
    port = free_port()
    variables = {
        "PATH": os.environ["PATH"],
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(50),
        "PORTAL_TOKEN_KEYS": Fernet.generate_key().decode(),
        "PORTAL_URL": f"http://localhost:{port}",
        "PORTAL_BIND": f"127.0.0.1:{port}",
        "PORTAL_STATIC_ROOT": str(folder / "static"),
        "WEB_CONCURRENCY": str(WORKERS),
        "DATABASE_URL": database,
        "CACHE_URL": redis,
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "COGNITO_USER_POOL_ID": POOL,
        "COGNITO_CLIENT_ID": CLIENT,
        "COGNITO_ISSUER": f"{stub.url}/{POOL}",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": stub.url,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        **more,
    }
    prepare = [PORTAL_PYTHON, "-m", "portal.cli", "prepare"]
    subprocess.run(prepare, cwd=ROOT, env=variables, check=True)
    return variables


@contextmanager
def started_portal(variables: Mapping[str, str], log: Path) -> Iterator[tuple[int, float]]:
    """By its own command; its process, and how many seconds passed until its first page."""
    port = variables["PORTAL_BIND"].rpartition(":")[2]
    with running([PORTAL_PYTHON, "-m", "portal.cli", "run"], variables, log) as process:
        yield process.pid, wait(f"http://localhost:{port}/sign-in/", process, log)


@contextmanager
def signed_in(portal: Site, stub: Stub) -> Iterator[Visitors]:
    command = [sys.executable, "-m", "tests.bench.visitors", str(stub.key_file)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=portal.variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as maker:
        yield Visitors(portal, maker)
        assert maker.stdin is not None
        maker.stdin.close()


def _token(stub: Stub) -> str:
    key = stub.key_file.read_text()
    return signing.access_token(key, issuer=f"{stub.url}/{POOL}", client=CLIENT, kind="settled")


@contextmanager
def floor_site(folder: Path, stub: Stub) -> Iterator[Site]:
    variables = {
        "PATH": os.environ["PATH"],
        "BENCH_TOKEN": _token(stub),
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": stub.url,
    }
    with _served(PORTAL_PYTHON, "tests.bench.floor", variables, folder / "floor.log") as served:
        process, port = served
        wait(f"http://127.0.0.1:{port}/", process, folder / "floor.log")
        yield Site("floor", f"http://127.0.0.1:{port}", process.pid, "/")


@contextmanager
def _peer(name: str, folder: Path, database: str, redis: str, people: int) -> Iterator[Site]:
    module = f"tests.bench.peers.{name.replace('-', '_')}_site"
    overview = "/2fa/" if name == "allauth" else "/account/two_factor/"
    variables = {
        "PATH": os.environ["PATH"],
        "BENCH_DATABASE": urlsplit(database).path.removeprefix("/"),
        "BENCH_REDIS": redis,
    }
    command = [BENCH_PYTHON, "-m", module, str(people)]
    subprocess.run(command, cwd=ROOT, env=variables, check=True)
    log = folder / f"{name}.log"
    with _served(BENCH_PYTHON, module, variables, log) as (process, port):
        front = "/login/" if name == "allauth" else "/account/login/"
        wait(f"http://127.0.0.1:{port}{front}", process, log)
        yield Site(name, f"http://127.0.0.1:{port}", process.pid, overview)


@contextmanager
def _served(
    python: str, module: str, variables: Mapping[str, str], log: Path
) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """The same server, with as many workers and threads as the portal has."""
    port = free_port()
    command = [python, "-m", "gunicorn", f"{module}:application", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)]
    command += ["--keep-alive", "75", "--preload", "--no-control-socket"]
    with running(command, variables, log) as process:
        yield process, port


def wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> float:
    """Seconds until it first answered with a page."""
    began = time.perf_counter()
    while process.poll() is None and time.perf_counter() - began < SECONDS_TO_START:
        try:
            with urlopen(url, timeout=60):  # noqa: S310  (our own address)
                return time.perf_counter() - began
        except OSError:
            time.sleep(0.005)
    raise RuntimeError(f"{url} does not answer:\n{log.read_text()[-4000:]}")


# --- what a person does -------------------------------------------------------------------------


def enrol(site: Site, browser: Browser) -> None:
    """A whole enrolment of an app: the overview, the form, and a code from it."""
    browser.open(site.overview)
    open_form(site, browser)
    if site.name == "portal":
        code = pyotp.TOTP(SECRET).now()
        browser.send("/enrolment/totp/", "Authenticator app is on", code=code)
    elif site.name == "allauth":
        code = pyotp.TOTP(_secret(browser.page)).now()
        browser.send("/2fa/totp/activate/", "ecovery", code=code)
    else:
        token = pyotp.TOTP(_secret(browser.page)).now()
        typed = {"generator-token": token}
        browser.send("/account/two_factor/setup/", "successfully", **typed)


def open_form(site: Site, browser: Browser) -> None:
    """The page with a picture to scan and a field for its code, however many requests it takes."""
    if site.name == "portal":
        browser.open("/enrolment/totp/")
        browser.send("/enrolment/totp/", "<svg")
    elif site.name == "allauth":
        browser.open("/2fa/totp/activate/")
    else:
        browser.open("/account/two_factor/setup/")
        browser.send("/account/two_factor/setup/", "token")
        browser.open_aside("/account/two_factor/qrcode/")


def _secret(page: str) -> str:
    found = KEY.search(page)
    if found is None:
        raise RuntimeError(f"No secret on the page: {page[:3000]}")
    return found.group()
