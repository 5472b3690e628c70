"""A proxy of TCP between the portal and a server of it, which can be cut and mended."""

import asyncio
import contextlib
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from threading import Thread

from tests.browser.portal_process import free_port


class Wire:
    """Passes bytes on to `server`. `cut`: what is open breaks off, and what is new is refused."""

    def __init__(self, server: int) -> None:
        self.server = server
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._door: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def mend(self) -> None:
        self._do(self._listen())

    def cut(self) -> None:
        self._do(self._break())

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            for each in asyncio.all_tasks(self._loop):
                each.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

    def end(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _do(self, work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]

    # By hand: what asyncio's own server accepts while it is closed is lost, and stays open.
    async def _listen(self) -> None:
        self._door = socket.create_server(("127.0.0.1", self.port))
        self._door.setblocking(False)
        self._begin(self._accept(self._door))

    async def _accept(self, door: socket.socket) -> None:
        while door is self._door:
            taken, _ = await self._loop.sock_accept(door)
            self._begin(self._meet(taken))

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Kept: the loop itself forgets a task that nobody else holds."""
        begun = self._loop.create_task(work)
        self._tasks.add(begun)
        begun.add_done_callback(self._tasks.discard)
        return begun

    async def _break(self) -> None:
        if self._door is not None:
            self._loop.remove_reader(self._door)
            self._door.close()
            self._door = None
        for each in [*self._open]:
            each.transport.abort()

    async def _meet(self, taken: socket.socket) -> None:
        near, to_near = await asyncio.open_connection(sock=taken)
        self._open.add(to_near)
        if self._door is None:
            to_near.transport.abort()
        far, to_far = await asyncio.open_connection("127.0.0.1", self.server)
        self._open.add(to_far)
        try:
            await asyncio.gather(_pass_on(near, to_far), _pass_on(far, to_near))
        finally:
            self._open -= {to_near, to_far}


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.CancelledError):
        while some := await source.read(65536):
            sink.write(some)
            await sink.drain()
    sink.close()


@contextmanager
def wire(server: int) -> Iterator[Wire]:
    made = Wire(server)
    thread = Thread(target=made.run, daemon=True)
    thread.start()
    made.mend()
    try:
        yield made
    finally:
        made.end()
        thread.join(timeout=10)
