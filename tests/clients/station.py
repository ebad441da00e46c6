"""A workspace that collects, seen from both ends: the address that clients send to, and the rows that they became."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from truenorth.access.key import create_key
from truenorth.access.state import state_of
from truenorth.collect.load.open import open_loader
from truenorth.store.duckdb import DuckDB

NAMES = ("source", "dialect", "event_id", "event", "time", "client_time", "sent_at", "received_at", "anonymous_id")
NAMES += ("user_id", "session_id", "library", "groups", "properties")
SHOWN = ", ".join(NAMES[:-2]) + ", groups::JSON::VARCHAR, properties::JSON::VARCHAR"
PATIENCE = 60.0


def keys_of(folder: Path, count: int) -> Iterator[tuple[str, str]]:
    """Sources of a workspace, each with its key."""
    state = state_of(folder)
    try:
        made = [(f"source-{n}", create_key(state, f"source-{n}", datetime(2026, 1, 1))[1]) for n in range(count)]
    finally:
        state.close()
    return iter(made)


class Post:
    """A workspace that collects, with its warehouse; tests share it and have a source each."""

    def __init__(self, folder: Path, keys: Iterator[tuple[str, str]], url: str) -> None:
        self.url = url
        self.engine = DuckDB("warehouse.duckdb", folder=folder)
        self._loader = open_loader(self.engine, folder, lambda: datetime.now(UTC).replace(tzinfo=None))
        self._keys = keys

    def load(self) -> None:
        """Bring everything in that was acknowledged."""
        while self._loader.load() is not None:
            pass

    def station(self) -> Station:
        """A source that nobody has used."""
        return Station(self, *next(self._keys))


class Station:
    """Where clients of one source send to; `events` loads what has come and finds it again."""

    def __init__(self, post: Post, source: str, key: str) -> None:
        self.url = post.url
        self.source = source
        self.key = key
        # Everybody knows somebody else, so that what is said of people stays apart.
        self.user = f"ann-{source}"
        self.device = f"device-{source}"
        self._post = post

    def events(self, at_least: int = 1) -> list[dict[str, Any]]:
        """The source's events by their time, once there are as many as expected."""
        last = time.monotonic() + PATIENCE
        found: list[dict[str, Any]] = []
        while len(found) < at_least and time.monotonic() < last:
            self._post.load()
            if "events" in self._post.engine.tables():
                rows = self.rows(f"SELECT {SHOWN} FROM events WHERE source = '{self.source}' ORDER BY time, seq")
                found = [dict(zip(NAMES, row, strict=True)) for row in rows]
            time.sleep(0.02)
        for row in found:
            row["properties"] = json.loads(row["properties"])
            row["groups"] = json.loads(row["groups"]) if row["groups"] else None
        assert len(found) >= at_least, f"{len(found)} of {at_least} events came in: {found}"
        return found

    def samples(self, at_least: int = 1) -> list[tuple[str, dict[str, Any], int, float | None]]:
        """The source's samples once there are as many as expected: name, labels, time in microseconds, value."""
        last = time.monotonic() + PATIENCE
        sql = (
            "SELECT name, labels::JSON::VARCHAR, epoch_us(time), value FROM samples JOIN series USING (series_id) "
            f"WHERE source = '{self.source}' ORDER BY name, time"
        )
        found: list[tuple[Any, ...]] = []
        while len(found) < at_least and time.monotonic() < last:
            self._post.load()
            found = self.rows(sql) if "samples" in self._post.engine.tables() else []
            time.sleep(0.02)
        assert len(found) >= at_least, f"{len(found)} of {at_least} samples came in"
        return [(name, json.loads(labels), at, value) for name, labels, at, value in found]

    def links(self) -> list[str]:
        """The kinds of what was said about who is whom."""
        return sorted(str(kind) for (kind,) in self.rows(f"SELECT kind FROM identity WHERE source = '{self.source}'"))

    def quarantine(self, at_least: int) -> list[tuple[object, ...]]:
        """The codes and bytes of what was set aside, in their order."""
        last = time.monotonic() + PATIENCE
        found: list[tuple[object, ...]] = []
        while len(found) < at_least and time.monotonic() < last:
            self._post.load()
            found = self.rows(f"SELECT code, raw FROM quarantine WHERE source = '{self.source}'")
        return sorted(found)

    @property
    def engine(self) -> DuckDB:
        """The warehouse itself."""
        return self._post.engine

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """What the warehouse says."""
        return self._post.engine.rows(sql)
