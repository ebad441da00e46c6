"""Clients come again when they are told to, or hear nothing, and each event counts once all the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.clients.station import Station
from truenorth.collect.receive.request import Request
from truenorth.collect.receive.route import route

Send = Callable[[str, Station], None]


@contextmanager
def shaky(url: str, *plan: str) -> Iterator[tuple[str, list[str]]]:
    """The collector behind a bad line: what becomes of one request after the other, then all is well.

    `429` and `503` are answered as its dialect says no; `lost` arrives, and its answer does not.
    """
    left = list(plan)
    done: list[str] = []

    class Line(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            what = left.pop(0) if left else "well"
            done.append(what)
            if what.isdigit():
                found = route(Request("POST", self.path, "", {}, body, 0))
                assert found is not None
                said = found[0].denied(found[1], int(what), "come again")
                self.answer(said.status, [*said.headers, ("retry-after", "1")], said.body)
                return
            kept = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            reply = httpx.post(url + self.path, content=body, headers=kept)
            if what == "lost":
                self.close_connection = True
                return
            self.answer(reply.status_code, [("content-type", "application/json")], reply.content)

        def answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Line)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", done
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def posthog(url: str, station: Station) -> None:
    from posthog import Posthog

    client = Posthog(station.key, host=url, flush_interval=0.1)
    for number in range(20):
        client.capture(f"seen {number}", distinct_id=station.user)
    client.shutdown()


def segment(url: str, station: Station) -> None:
    from segment.analytics import Client

    client = Client(station.key, host=url, upload_interval=0.1)
    for number in range(20):
        client.track(station.user, f"seen {number}")
    client.flush()
    client.join()


@pytest.mark.parametrize("send", [posthog, segment])
@pytest.mark.parametrize("plan", [("503",), ("429",), ("lost",)], ids=lambda plan: "-".join(plan))
def test_each_event_counts_once(station: Station, send: Send, plan: tuple[str, ...]) -> None:
    with shaky(station.url, *plan) as (url, done):
        send(url, station)
    assert done[: len(plan) + 1] == [*plan, "well"]
    rows = station.events(20)
    assert sorted(row["event"] for row in rows) == sorted(f"seen {number}" for number in range(20))
