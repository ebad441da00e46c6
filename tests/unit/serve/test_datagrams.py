"""Lines that come as datagrams or over a connection are kept together; what is too much is left out."""

from __future__ import annotations

import asyncio
import socket

from truenorth.serve import datagrams
from truenorth.serve.datagrams import Datagrams


def test_datagrams_and_connections_are_kept_together() -> None:
    kept: list[bytes] = []

    async def keep(body: bytes) -> None:
        kept.append(body)

    async def run() -> None:
        listening = Datagrams(keep)
        await listening.open("127.0.0.1", 0)
        assert listening.place is not None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
            sending.sendto(b"a:1|c\nb:1|c\n", listening.place)
        _, writer = await asyncio.open_connection(*listening.place)
        writer.write(b"c:1|c\nd:1|c\n")
        writer.close()
        for _ in range(500):
            if len(listening._held) == 3:
                break
            await asyncio.sleep(0.01)
        await listening.close()

    asyncio.run(run())
    assert sorted(kept[0].split(b"\n")) == [b"a:1|c", b"b:1|c", b"c:1|c", b"d:1|c"]


def test_what_comes_faster_than_it_is_kept_is_left_out_and_counted() -> None:
    async def keep(body: bytes) -> None:
        assert len(body) <= datagrams.MOST + 1

    async def run() -> int:
        listening = Datagrams(keep)
        for _ in range(3):
            listening.datagram_received(b"x" * (datagrams.MOST // 2), None)
        lost = listening.lost
        await listening.flush()
        assert listening.lost == 0
        return lost

    assert asyncio.run(run()) == 1
