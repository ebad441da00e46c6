"""Events at a steady rate for a minute, while dashboards are looked at: how many are acknowledged, how long it takes
until a page counts them, and what one takes on disk afterwards.

Run by itself, `python -m bench.sustained URL KEY RATE SECONDS` is the client: it sends batches at that rate over a
few connections and writes down how many were acknowledged when.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

from bench.collect import BATCH, Served, served
from bench.engine import Measure
from bench.figure import Figure
from bench.peer import PeerMissing
from bench.typical import events
from truenorth.define.collected import definitions

SECONDS = 60
OFFERED = 62_000
DRAWN = 20_000
CONNECTIONS = 8
PAGES = ("/", "/m/weekly_active_users", "/m/page_views", "/data")
COUNTED = "/m/event_count.json?range=all&grain=year"
BARS = {"collect.sustained_eps": 60_000.0, "collect.fresh_s": 5.0, "collect.bytes_per_event": 110.0}


class Reader(threading.Thread):
    """Asks twice a second how many events are counted."""

    def __init__(self, url: str, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.counted: list[tuple[float, int]] = []
        self._url = url
        self._over = over

    def run(self) -> None:
        while not self._over.wait(0.5):
            asked = time.time()
            found = re.search(rb'"event_count": (\d+)', got(self._url + COUNTED))
            if found:
                self.counted.append((asked, int(found[1])))


def look(url: str, over: threading.Event) -> None:
    """Look at pages one after the other, a second apart."""
    turn = 0
    while not over.wait(1):
        got(url + PAGES[turn % len(PAGES)])
        turn += 1


def got(url: str) -> bytes:
    """A page."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bytes(answer.read())
    except OSError:
        return b""


def sustained(name: str) -> Iterator[Figure | PeerMissing]:
    """All figures of the minute, one after the other."""
    with served() as where:
        (where.folder / "metrics" / "collected.yml").write_text(definitions(), "utf-8")
        note = json.loads((where.folder / ".truenorth" / "serve.json").read_text("utf-8"))
        over = threading.Event()
        reader = Reader(str(note["url"]), over)
        looker = threading.Thread(target=look, args=(str(note["url"]), over), daemon=True)
        command = [sys.executable, "-m", "bench.sustained", where.url, where.key, str(OFFERED), str(SECONDS)]
        reader.start()
        looker.start()
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS * 6).stdout
        sent: list[tuple[float, int]] = [(at, count) for at, count in json.loads(said)]
        wait_for(reader, sent[-1][1])
        over.set()
        reader.join()
        looker.join()
    rate = sent[-1][1] / (sent[-1][0] - sent[0][0])
    yield Figure(name, rate, "1/s", bar=BARS[name], higher=True)
    yield Figure("collect.fresh_s", latest(sent, reader.counted), "s", bar=BARS["collect.fresh_s"])
    yield Figure("collect.bytes_per_event", compacted(where, sent[-1][1]), "B", bar=BARS["collect.bytes_per_event"])


def wait_for(reader: Reader, count: int) -> None:
    """Wait until all are counted."""
    until = time.monotonic() + 60
    while time.monotonic() < until and not (reader.counted and reader.counted[-1][1] >= count):
        time.sleep(0.1)


def latest(sent: list[tuple[float, int]], counted: list[tuple[float, int]]) -> float:
    """The longest that an acknowledged event was not counted yet: for each moment of sending, the first answer that
    counts as many."""
    worst = 0.0
    for at, count in sent:
        seen = next((asked for asked, found in counted if found >= count), None)
        if seen is None:
            raise RuntimeError(f"{count} events were acknowledged and never counted")
        worst = max(worst, seen - at)
    return worst


def compacted(where: Served, count: int) -> float:
    """Bytes of the warehouse for each event after `truenorth compact`."""
    command = [sys.executable, "-m", "truenorth.cli.main", "compact", "-w", str(where.folder)]
    subprocess.run(command, check=True, capture_output=True)
    return (where.folder / ".truenorth" / "warehouse.duckdb").stat().st_size / count


class Sender(threading.Thread):
    """One connection: batches at its share of the rate, each after the answer to the one before."""

    def __init__(self, url: str, key: str, place: int, parts: list[str]) -> None:
        super().__init__(daemon=True)
        self.done = 0
        self.wrong = ""
        self._url = urlsplit(url)
        self._head = (
            f"POST /v1/events HTTP/1.1\r\nhost: {self._url.netloc}\r\nauthorization: Bearer {key}\r\n"
            "content-type: application/json\r\ncontent-length: "
        )
        self._run = f"{int(time.time())}-{place}-"
        self._parts = parts
        self.rate = 0.0
        self.until = 0.0

    def run(self) -> None:
        where = (str(self._url.hostname), int(self._url.port or 80))
        began = time.monotonic()
        with socket.create_connection(where, timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (now := time.monotonic()) < self.until and not self.wrong:
                ahead = self.done / self.rate - (now - began)
                if ahead > 0:
                    time.sleep(ahead)
                numbers = range(self.done, self.done + BATCH)
                body = ",".join([f'{self._parts[number * 7 % DRAWN]}{self._run}{number}"}}' for number in numbers])
                connection.sendall(f"{self._head}{len(body) + 2}\r\n\r\n[{body}]".encode())
                answer = connection.recv(65536)
                if b" 200 " in answer[:20]:
                    self.done += BATCH
                else:
                    self.wrong = answer[:300].decode("latin-1")


def send(url: str, key: str, rate: int, seconds: int) -> list[tuple[float, int]]:
    """Send at a rate; (when, how many were acknowledged by then), ten times a second."""
    parts = [json.dumps(event)[:-1] + ', "id": "' for event in events(DRAWN)]
    senders = [Sender(url, key, place, parts) for place in range(CONNECTIONS)]
    told = [(time.time(), 0)]
    for sender in senders:
        sender.rate, sender.until = rate / CONNECTIONS, time.monotonic() + seconds
        sender.start()
    while any(sender.is_alive() for sender in senders):
        time.sleep(0.1)
        told.append((time.time(), sum(sender.done for sender in senders)))
    for sender in senders:
        if sender.wrong:
            raise RuntimeError(sender.wrong)
    return told


FIGURES: dict[str, Measure] = {"collect.sustained_eps": sustained}


def main() -> None:
    url, key, rate, seconds = sys.argv[1:]
    print(json.dumps(send(url, key, int(rate), int(seconds))))


if __name__ == "__main__":
    main()
