"""HTTP as it comes off the wire: whole or in pieces, in a row, with offers and demands, and what cannot be read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest

from truenorth.collect.receive.request import Reply, Request
from truenorth.serve.connection import DRAIN_SECONDS, HEAD, HEAD_SECONDS, IDLE_SECONDS, READY, Receive
from truenorth.serve.listener import Listener

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def echo(request: Request, receive: Receive | None) -> Reply:
    """Says what it got; /early is answered unread."""
    body = request.body
    if request.path == "/early":
        return Reply(413, b"early", ())
    while receive is not None:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        body += message["body"]
        receive = receive if message["more_body"] else None
    if request.path == "/none":
        return Reply(204, b"", ())
    said = f"{request.method} {request.path} {request.query} {request.headers.get('x-a', '')} {len(body)}"
    return Reply(200, said.encode(), (("x-kind", "echo"),))


def talked(use: Callable[[Listener, Streams], Coroutine[Any, Any, bytes]], most: int = 10) -> bytes:
    """What a client hears that talks to a listener."""

    async def run() -> bytes:
        listener = Listener(echo, most)
        await listener.open("127.0.0.1", 0)
        assert listener.place is not None
        streams = await asyncio.open_connection(*listener.place)
        try:
            return await asyncio.wait_for(use(listener, streams), 20)
        finally:
            streams[1].close()
            listener.close()

    return asyncio.run(run())


def heard(*parts: bytes, most: int = 10) -> bytes:
    """All that is said to a client that sends these parts and then no more."""

    async def use(listener: Listener, streams: Streams) -> bytes:
        reader, writer = streams
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.01)
        # Where the other end has hung up already there is nothing to end.
        with suppress(OSError):
            writer.write_eof()
        return await reader.read()

    return talked(use, most)


def bodies(said: bytes) -> list[bytes]:
    """The last line of each answer."""
    return [answer.partition(b"\r\n\r\n")[2] for answer in said.split(b"HTTP/1.1 ")[1:]]


POST = b"POST /a%20b?c=d HTTP/1.1\r\nhost: x\r\nX-A: \xe9\r\n"
SAID = "POST /a b c=d é "


def test_a_request_in_one_piece_and_in_many() -> None:
    whole = POST + b"content-length: 5\r\n\r\nhello"
    said = heard(whole)
    assert said.startswith(b"HTTP/1.1 200 OK\r\nx-kind: echo\r\n") and b"\r\ndate: " in said
    assert b"connection: close" not in said
    assert bodies(said) == [f"{SAID}5".encode()]
    assert bodies(heard(*(whole[at : at + 7] for at in range(0, len(whole), 7)))) == bodies(said)
    assert bodies(
        heard(POST + b"transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n", b"2\r\nlo\r\n0\r\nx-a: t\r\n\r\n")
    ) == bodies(said)


def test_requests_in_a_row_are_answered_in_their_order() -> None:
    row = b"".join(b"GET /%d HTTP/1.1\r\nhost: x\r\n\r\n" % number for number in range(300))
    assert bodies(heard(row)) == [b"GET /%d   0" % number for number in range(300)]


def test_a_large_body_is_read_as_fast_as_it_is_wanted() -> None:
    size = READY * 9
    assert bodies(heard(POST + b"content-length: %d\r\n\r\n" % size, bytes(size))) == [f"{SAID}{size}".encode()]


def test_the_last_answer_says_so() -> None:
    assert b"connection: close" in heard(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert b"connection: close" in heard(b"GET / HTTP/1.0\r\n\r\n")


def test_answers_without_a_body() -> None:
    assert bodies(heard(b"HEAD / HTTP/1.1\r\nhost: x\r\n\r\n")) == [b""]
    said = heard(b"GET /none HTTP/1.1\r\nhost: x\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 204 No Content\r\n") and b"content-length" not in said


def test_a_client_that_waits_to_be_asked_for_the_body_is_asked() -> None:
    said = heard(POST + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n", b"hi")
    assert said.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_another_protocol_is_not_spoken_and_the_request_is_answered_all_the_same() -> None:
    offer = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    assert bodies(heard(POST + offer + b"content-length: 5\r\n\r\nhello")) == [f"{SAID}5".encode()]
    assert bodies(heard(POST + offer + b"content-length: 5\r\n\r\n", b"hello")) == [f"{SAID}5".encode()]
    assert bodies(heard(b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n" * 2)) == [b"CONNECT x:1   0"]


@pytest.mark.parametrize(
    "wrong",
    [
        b"\x16\x03\x01\x02\x00",
        b"POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n",
    ],
)
def test_what_cannot_be_read_is_a_bad_request_and_the_last_one(wrong: bytes) -> None:
    said = heard(wrong)
    assert said.startswith(b"HTTP/1.1 400 ") and b"connection: close" in said and said.count(b"HTTP/1.1 ") == 1
    before = heard(b"GET /good HTTP/1.1\r\nhost: x\r\n\r\n" + wrong)
    assert bodies(before)[0] == b"GET /good   0"


def test_a_body_that_breaks_off_is_a_bad_request() -> None:
    assert heard(POST + b"content-length: 5\r\n\r\nhe").startswith(b"HTTP/1.1 400 ")


def test_a_head_that_is_too_large_is_not_read() -> None:
    assert heard(b"GET / HTTP/1.1\r\nx: ", *[b"y" * 60_000] * (HEAD // 60_000 + 1)).startswith(b"HTTP/1.1 431 ")
    chunk = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: "
    assert heard(chunk, *[b"y" * 60_000] * (HEAD // 60_000 + 1)).startswith(b"HTTP/1.1 400 ")


def test_who_is_told_no_early_may_send_to_the_end() -> None:
    size = READY * 3
    said = heard(b"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % size, *[bytes(READY)] * 3)
    assert said.startswith(b"HTTP/1.1 413 ") and said.count(b"HTTP/1.1 ") == 1 and b"connection: close" in said


@pytest.mark.parametrize(
    ("begin", "patience"),
    [
        (b"", IDLE_SECONDS),
        (b"GET / HTTP/1.1\r\nx: ", HEAD_SECONDS),
        (b"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n", DRAIN_SECONDS),
    ],
)
def test_silence_is_borne_for_a_while(begin: bytes, patience: float) -> None:
    async def use(listener: Listener, streams: Streams) -> bytes:
        reader, writer = streams
        writer.write(begin)
        if b"early" in begin:
            await reader.readuntil(b"early")
        while not listener.connections:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        [connection] = listener.connections
        now = asyncio.get_running_loop().time()
        connection.look(now + patience - 1)
        await asyncio.sleep(0.01)
        assert connection in listener.connections
        connection.look(now + patience + 1)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readexactly(1)
        return b""

    talked(use)


def test_more_connections_than_may_be_are_told_to_come_again() -> None:
    assert heard(most=0).startswith(b"HTTP/1.1 503 ")


def test_at_the_end_what_has_come_is_answered() -> None:
    async def use(listener: Listener, streams: Streams) -> bytes:
        reader, writer = streams
        writer.write(POST + b"content-length: 5\r\n\r\nhe")
        await asyncio.sleep(0.05)
        listener.close()
        writer.write(b"llo")
        return await reader.read()

    said = talked(use)
    assert bodies(said) == [f"{SAID}5".encode()] and b"connection: close" in said
