"""A portal over https, and pages of two other hosts that show it in a frame.

`mfa.example.com` is the portal; `app.example.com` is of its site, `app.example.net` of another.
Chromium looks all of them up on this machine, and takes their certificate, which nobody signed:
names as these are treated like real ones, and `__Host-` cookies need https.
"""

import http.client
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.browser.portal_process import (
    GUNICORN,
    ROOT,
    START_SECONDS,
    Portal,
    _environment,
    _process,
    free_port,
)
from tests.sandbox_process import Sandbox

PORTAL_HOST, NEAR, FAR, EVIL = (
    "mfa.example.com",
    "app.example.com",
    "app.example.net",
    "evil.example.org",
)
RESOLVED = ", ".join(f"MAP {name} 127.0.0.1" for name in (PORTAL_HOST, NEAR, FAR, EVIL))
# No certificate here is worth looking at: the other end is this process.
# Between two sites the focus is on its way for a moment, and nowhere meanwhile.
FOCUSED = """async () => {
  const later = () => new Promise((done) => setTimeout(done, 20));
  const until = performance.now() + 10_000;
  while (document.activeElement === document.body && performance.now() < until) await later();
  return document.activeElement.id || document.activeElement.localName;
}"""
UNCHECKED = ssl.create_default_context()
UNCHECKED.check_hostname = False
UNCHECKED.verify_mode = ssl.CERT_NONE


@dataclass
class TwoSites:
    """Where everything is. keys: of the embed clients `near` and `far`."""

    portal: Portal
    port: int
    hosts_port: int
    pages: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    snippets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict, repr=False)

    def host(self, name: str) -> str:
        return f"https://{name}:{self.hosts_port}"

    def origin_of(self, client: str) -> str:
        return self.host(NEAR if client == "near" else FAR)

    def snippet(self, client: str) -> str:
        """The two lines that an application pastes into its page."""
        if client not in self.snippets:
            arguments = ["embed", "snippet", client, "--html"]
            self.snippets[client] = _managed(arguments, self.variables)
        return self.snippets[client]

    def ticket(self, client: str, access_token: str, page: str = "overview") -> str:
        """Ask for a ticket, as the application's server does."""
        asked = http.client.HTTPSConnection("127.0.0.1", self.port, context=UNCHECKED, timeout=60)
        body = {"access_token": access_token, "origin": self.origin_of(client), "page": page}
        headers = {
            "Host": f"{PORTAL_HOST}:{self.port}",
            "Authorization": f"Bearer {self.keys[client]}",
            "Content-Type": "application/json",
        }
        asked.request("POST", "/embed/tickets", json.dumps(body), headers)
        answer = asked.getresponse()
        said = json.loads(answer.read())
        asked.close()
        assert answer.status == 201, said
        return str(said["data"]["ticket"])


@contextmanager
def two_sites(sandbox: Sandbox, data: Path, *, pool: str, client_id: str) -> Iterator[TwoSites]:
    certificate, key = _certificate(data)
    port, hosts_port = free_port(), free_port()
    portal = Portal(f"https://{PORTAL_HOST}:{port}", f"eu-central-1_{pool}")
    sites = TwoSites(portal, port, hosts_port)
    variables = {**_environment(sandbox, data, portal, client_id), "PORTAL_EMBED": "true"}
    sites.variables = variables
    subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, env=variables, check=True)
    for name in ("near", "far"):
        sites.keys[name] = _registered(name, sites.origin_of(name), client_id, variables)
    bind = ["--bind", f"127.0.0.1:{port}", "--certfile", str(certificate), "--keyfile", str(key)]
    with (
        _process([*GUNICORN, *bind], variables, data / "portal.log") as server,
        _hosts(sites, certificate, key),
    ):
        _wait_for(port, server)
        yield sites


def _registered(name: str, origin: str, client_id: str, variables: dict[str, str]) -> str:
    add = ["embed", "client", "add", name, "--origin", origin, "--app-client", client_id]
    return _managed(add, variables).split()[-1]


def _managed(arguments: list[str], variables: dict[str, str]) -> str:
    said = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=variables,
        check=True,
        capture_output=True,
        text=True,
    )
    return said.stdout


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("The portal does not answer.")


def _certificate(data: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "two sites")])
    now = datetime.now(UTC)
    names = [x509.DNSName(each) for each in (PORTAL_HOST, NEAR, FAR, EVIL)]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = data / "certificate.pem", data / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@contextmanager
def _hosts(sites: TwoSites, certificate: Path, key: Path) -> Iterator[None]:
    """Pages of the other hosts, by their path, whichever name they are asked by."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = sites.pages.get(self.path)
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((page or "").encode())

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", sites.hosts_port), Handler)
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(certificate, key)
    server.socket = secure.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
