"""`python -m bench.sender FILE URL`: sends bodies that were made beforehand, over a few connections, and says how long
it took. Which bodies go over which connection is fixed, so that what belongs to one series comes in order.

The file has a line of JSON (headers, connections, status), and then each body with its length in four bytes before it.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit

AHEAD = 50


def bodies(raw: bytes) -> list[bytes]:
    """The bodies of a file."""
    found, place = [], 0
    while place < len(raw):
        size = int.from_bytes(raw[place : place + 4], "big")
        found.append(raw[place + 4 : place + 4 + size])
        place += 4 + size
    return found


def write(path: Path, told: dict[str, object], some: list[bytes]) -> None:
    """A file to send."""
    parts = [json.dumps(told).encode() + b"\n"]
    for body in some:
        parts += (len(body).to_bytes(4, "big"), body)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(parts))


def send(place: tuple[str, int], requests: list[bytes], wanted: bytes, wrong: list[bytes], step: Barrier) -> None:
    """Send requests over one connection, each after the answer to the one before; any other answer ends it. No
    connection is more than some requests ahead of another: a receiver may take nothing that is much older."""
    with socket.create_connection(place, timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number, request in enumerate(requests):
            if number % AHEAD == 0 and not step.broken:
                with suppress(threading.BrokenBarrierError):
                    step.wait()
            connection.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer:
                more = connection.recv(65536)
                if not more:
                    break
                answer += more
            if wanted not in answer[:20]:
                wrong.append(answer[:500])
                step.abort()
                return
    # Who is done keeps nobody waiting.
    step.abort()


def main() -> None:
    file, url = Path(sys.argv[1]), urlsplit(sys.argv[2])
    head, _, rest = file.read_bytes().partition(b"\n")
    told = json.loads(head)
    lines = "".join(f"{name}: {text}\r\n" for name, text in told["headers"].items())
    begin = f"POST {url.path} HTTP/1.1\r\nhost: {url.netloc}\r\n{lines}content-length: "
    requests = [f"{begin}{len(body)}\r\n\r\n".encode() + body for body in bodies(rest)]
    wrong: list[bytes] = []
    several = told["connections"]
    step = Barrier(several)
    threads = [
        threading.Thread(
            target=send,
            args=((url.hostname, url.port), requests[place::several], str(told["status"]).encode(), wrong, step),
        )
        for place in range(several)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"seconds": time.perf_counter() - started, "wrong": [one.decode("latin-1") for one in wrong]}))


if __name__ == "__main__":
    main()
