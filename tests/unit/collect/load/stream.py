"""A small dialect and a spool to load from: one JSON object an event, times in microseconds."""

from __future__ import annotations

import itertools
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from truenorth.collect.identity.links import Links
from truenorth.collect.load.events import EventRows
from truenorth.collect.load.gather import Limits
from truenorth.collect.load.loader import Intake, Loaded, Loader
from truenorth.collect.load.who import Who
from truenorth.collect.receive.batch import Batch, Link
from truenorth.collect.receive.request import Received, Refused, Reply, Request
from truenorth.collect.spool.frame import Frame
from truenorth.collect.spool.segment import packed
from truenorth.collect.spool.writer import Spool
from truenorth.store.duckdb import DuckDB
from truenorth.store.engine import Engine

SECOND = 1_000_000
DAY = 86_400 * SECOND
# 1 July 2026, noon.
NOON = 1_782_907_200 * SECOND
NOW = datetime(2026, 7, 1, 12, 0, 5)


class Plain:
    """Reads {"id", "event", "at", "sent", "who", "device", "links"} and takes everything else as properties."""

    name = "plain"

    def receive(self, request: Request) -> Received:
        """The door lets everything in but the word "closed"."""
        if request.body == b"closed":
            return Received(Reply(400), refused=(Refused("E_CLOSED", "the door is closed", request.body),))
        return Received(Reply(200), body=request.body, count=1)

    def rows(self, frame: Frame) -> Batch:
        """One row an object; `fail` breaks the whole request, `no` is refused alone."""
        batch = Batch()
        for seq, item in enumerate(json.loads(frame.body)):
            if "fail" in item:
                raise RuntimeError("this one breaks")
            if "no" in item:
                batch.refused.append(Refused("E_NO", "it says no", json.dumps(item).encode(), f"[{seq}]"))
                continue
            batch.links.extend(Link(*link) for link in item.pop("links", []))
            if "event" in item:
                add(batch, seq, item)
        return batch


def add(batch: Batch, seq: int, item: dict[str, Any]) -> None:
    """An event as a row."""
    rows = batch.events
    rows.unique.append(item.pop("id", ""))
    rows.event_id.append(rows.unique[-1])
    rows.event.append(item.pop("event"))
    rows.client_time.append(item.pop("at", None))
    rows.sent_at.append(item.pop("sent", None))
    rows.skewed.append(True)
    rows.seq.append(seq)
    rows.anonymous_id.append(item.pop("device", None))
    rows.user_id.append(item.pop("who", None))
    rows.session_id.append(item.pop("session", None))
    rows.groups.append(None)
    rows.properties.append(item.pop("raw").encode() if "raw" in item else json.dumps(item).encode())
    rows.library.append("test")


class Desk:
    """A warehouse, a spool and a loader between them."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.folder = folder
        self.limits = limits or Limits(seconds=0.05)
        self.engine = DuckDB("warehouse.duckdb", folder=folder)
        ticks = itertools.count(NOON // 1000)
        self.spool = Spool(folder / "spool", lambda: next(ticks))
        self.loader = self.fresh(self.engine)

    def fresh(self, engine: Engine) -> Loader:
        """Another loader, as after a crash."""
        who = Who()
        intake = Intake((EventRows(who),), Links(who))
        return Loader(engine, self.folder / "spool", {"plain": Plain()}, intake, lambda: NOW, self.limits)

    def send(
        self, *items: dict[str, Any], source: str = "web", at: int = NOON, refused: tuple[Refused, ...] = ()
    ) -> None:
        """A request that was acknowledged."""
        body = json.dumps(list(items)).encode()
        frame = Frame(source, "plain", "json", "/e", "", at, len(items), body, refused)
        self.spool.write([packed(frame)])

    def load(self, *items: dict[str, Any], source: str = "web", at: int = NOON) -> Loaded | None:
        """Send and load."""
        if items:
            self.send(*items, source=source, at=at)
        return self.loader.load()

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """What the warehouse says."""
        return self.engine.rows(sql)

    def close(self) -> None:
        self.spool.close()
        self.engine.close()
