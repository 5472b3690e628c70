"""The running process: two HTTP ports and one SMTP port on a single event loop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from sandbox import scenes
from sandbox.api import Api
from sandbox.control.app import Control
from sandbox.core import Sandbox
from sandbox.domains import DOMAIN, PATH
from sandbox.protocol import DroppableProtocol
from sandbox.smtp import open_mailbox
from sandbox.switches import Switches
from sandbox.troubles import Troubles

BACKLOG = 512
SECONDS_TO_FINISH = 2


@dataclass(frozen=True)
class Settings:
    """How the sandbox was asked to run."""

    host: str
    port: int
    control_port: int
    smtp_port: int
    region: str
    scene: str
    folder: Path | None
    issuer_base: str | None
    domain_base: str | None
    switches: Switches
    quotas: object = "off"
    check_output: bool = False


class PortTaken(Exception):
    """A port is not free; option: the one that chooses another."""

    def __init__(self, port: int, option: str, reason: str) -> None:
        super().__init__(f"port {port} cannot be used ({reason}); choose another with {option}")


class _Server(uvicorn.Server):
    """Uvicorn without its signal handling: two servers share this process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises PortTaken before anything is served."""
    api, control, smtp = _bind_all(settings)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings, api, control, smtp))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The quicker event loop, where there is one (not on Windows)."""
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - it does not exist there

    new_loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return new_loop


def _bind_all(settings: Settings) -> list[socket.socket]:
    wanted = (
        (settings.port, "--port"),
        (settings.control_port, "--control-port"),
        (settings.smtp_port, "--smtp-port"),
    )
    return [_bind(settings.host, port, option) for port, option in wanted]


def _bind(host: str, port: int, option: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle off: it would cost 40 ms a request.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        bound.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise PortTaken(port, option, reason) from error
    return bound


async def _serve(
    settings: Settings, api: socket.socket, control: socket.socket, smtp: socket.socket
) -> None:
    sandbox = _sandbox(settings, _url(settings, api))
    troubles, calls = Troubles(), Counter[str]()
    servers = [
        _server(Api(sandbox, troubles, calls, checks_output=settings.check_output)),
        _server(Control(sandbox, troubles, calls, settings)),
    ]
    mailbox = await open_mailbox(sandbox, smtp)
    _stop_on_signals(servers)
    running = [
        asyncio.create_task(server.serve(sockets=[bound]))
        for server, bound in zip(servers, (api, control), strict=True)
    ]
    _announce(settings, api, control, smtp)
    await asyncio.gather(*running)
    mailbox.close()
    sandbox.database.close()


def _sandbox(settings: Settings, api_url: str) -> Sandbox:
    issuer_base = (settings.issuer_base or api_url).rstrip("/")
    domain_base = settings.domain_base or f"{api_url}{PATH}{DOMAIN}"
    sandbox = Sandbox(settings.region, settings.folder, settings.switches, issuer_base, domain_base)
    sandbox.quotas.set(settings.quotas)
    if sandbox.meta("scene") is None:
        scenes.seed(sandbox, settings.scene)
    return sandbox


def _server(app: Api | Control) -> _Server:
    config = uvicorn.Config(
        app,
        http=DroppableProtocol,
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )
    return _Server(config)


def _stop_on_signals(servers: list[_Server]) -> None:
    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)


def _announce(settings: Settings, *bound: socket.socket) -> None:
    api, control, smtp = bound
    urls = (_url(settings, api), _url(settings, control), _url(settings, smtp, scheme="smtp"))
    sys.stdout.write("\n".join(urls) + "\n")
    sys.stdout.flush()


def _url(settings: Settings, bound: socket.socket, scheme: str = "http") -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{bound.getsockname()[1]}"
