"""The warehouse written anew in the least room: sorted so that like lies beside like, without what is free in it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from truenorth.collect.load import settle
from truenorth.store.engine import Engine


def in_weeks(time: str) -> str:
    """Points week by week and series by series. Every other series stands backwards, so that from row to row times go
    on by one step and never jump back: that alone is a quarter less room."""
    turned = f"CASE WHEN series_id % 2 = 0 THEN epoch_us({time}) ELSE -epoch_us({time}) END"
    return f"date_trunc('week', {time}), series_id, {turned}"


# Days stay together, so that a question about some time reads no other; within a day like events lie together.
ORDERS = {
    "events": "date_trunc('day', time), source, event, time",
    "event_keys": "day, key",
    "ids": "who",
    "people": "who",
    "series": "series_id",
    "samples": in_weeks("time"),
    "minutes": in_weeks("minute"),
    "histograms": in_weeks("time"),
}


class Compacted(Struct, frozen=True):
    """Bytes of the warehouse before and after, and the rows in it."""

    before: int
    after: int
    events: int
    samples: int


def compact(engine: Engine, file: Path | None) -> Compacted:
    """Write the warehouse anew; other processes read meanwhile, and wait to write."""
    rows = {name: count(engine, name) for name in ("events", "samples")}
    before = size(file)
    engine.rewrite(ORDERS)
    settle.forget(engine)
    return Compacted(before, size(file), rows["events"], rows["samples"])


def count(engine: Engine, table: str) -> int:
    """How many rows a table has, 0 when it is not there."""
    if table not in engine.tables():
        return 0
    [(found,)] = engine.rows(f"SELECT count(*) FROM {table}")
    return int(str(found))


def size(file: Path | None) -> int:
    """The bytes of the warehouse and what waits to be written into it."""
    paths = (file, file.with_name(file.name + ".wal")) if file else ()
    return sum(path.stat().st_size for path in paths if path.exists())
