"""Serving in this process until it is interrupted: the port, the note, the server."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, Protocol

from starlette.types import ASGIApp

from truenorth.base.errors import AccessError
from truenorth.serve.note import remove_note, write_note

PORT = 8321
# What is loaded is many small things at once, none of them in circles: looking for those at every turn would cost more
# than the reading.
CIRCLES = 50_000
TRIES = 30


def free_port(address: str, port: int = PORT, tries: int = TRIES) -> int:
    """The port asked for, or the next one that nobody listens on; AccessError E_NO_FREE_PORT when there is none."""
    if not 0 <= port <= 65535:
        raise AccessError("E_NO_FREE_PORT", f"{port} is not a port", hint="choose one from 1024 to 65535")
    last = min(port + tries, 65536)
    for candidate in range(port, last):
        with socket.socket(family(address), socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, candidate))
                return int(probe.getsockname()[1])
            except OSError as error:
                if error.errno == errno.EADDRNOTAVAIL:
                    hint = "use one of its own, 0.0.0.0 for all of them, or 127.0.0.1 for this machine alone"
                    raise AccessError(
                        "E_NO_SUCH_ADDRESS", f"{address} is no address of this machine", hint=hint
                    ) from error
    raise AccessError(
        "E_NO_FREE_PORT", f"no free port from {port} to {last - 1} on {address}", hint="choose another with --port"
    )


def family(address: str) -> socket.AddressFamily:
    """IPv4 or IPv6, by the looks of an address."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def near(address: str) -> str:
    """An address by which this machine itself gets there, where all its addresses are listened on.

    >>> near("0.0.0.0"), near("::"), near("192.168.1.7")
    ('127.0.0.1', '::1', '192.168.1.7')
    """
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)


def url_of(address: str, port: int) -> str:
    """What to open in a browser.

    >>> url_of("::1", 8321)
    'http://[::1]:8321'
    """
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


class Beside(Protocol):
    """A process that runs as long as this one serves."""

    def start(self) -> None: ...

    async def stop(self) -> None: ...


def serve(
    app: ASGIApp,
    folder: Path,
    address: str,
    port: int,
    ready: Callable[[str], None],
    beside: Beside | None = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM; `ready` is told the address once it answers, then what runs beside is started."""
    gc.freeze()
    gc.set_threshold(CIRCLES)
    asyncio.run(_serving(app, folder, (address, port), ready, beside))


def leave(code: int = 0) -> NoReturn:
    """End this process at once, everything being closed and written.

    The server's own threads may still be ending; taking the interpreter down around them makes them cry out.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


async def _serving(
    app: ASGIApp, folder: Path, place: tuple[str, int], ready: Callable[[str], None], beside: Beside | None
) -> None:
    from granian.constants import HTTPModes, Interfaces
    from granian.server.embed import Server

    address, port = place
    server = Server(
        app,
        address=address,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    )
    stop: Callable[[], None] = server.stop
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stopping.set)
    running = asyncio.create_task(server.serve())
    note = None
    try:
        await answering(near(address), port, running)
        with suppress(OSError):
            # A folder that may not be written to can be looked at all the same.
            note = write_note(folder, url_of(near(address), port))
        ready(url_of(address, port))
        if beside is not None:
            beside.start()
        await asyncio.wait({running, asyncio.create_task(stopping.wait())}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop()
        if beside is not None:
            await beside.stop()
        if note is not None:
            remove_note(note)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(running, timeout=5)


async def answering(address: str, port: int, running: asyncio.Task[None]) -> None:
    """Wait until the port is open."""
    while not running.done():
        try:
            _, writer = await asyncio.open_connection(address, port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        return
    await running
    raise AccessError("E_NO_FREE_PORT", f"could not listen on {address}:{port}", hint="choose another port with --port")
