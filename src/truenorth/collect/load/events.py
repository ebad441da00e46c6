"""Events into their table: who, when, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from truenorth.collect import schema
from truenorth.collect.load import duplicate
from truenorth.collect.load.exact import exact
from truenorth.collect.load.kept import Kept, Tallies, Tally
from truenorth.collect.load.moment import MISSING, Times, times
from truenorth.collect.load.who import Who, move_back
from truenorth.collect.receive.batch import Batch, Events
from truenorth.store.engine import Engine

COLUMNS = (
    "source",
    "dialect",
    "event_id",
    "who",
    "event",
    "time",
    "client_time",
    "sent_at",
    "received_at",
    "seq",
    "anonymous_id",
    "user_id",
    "session_id",
    "groups",
    "properties",
    "library",
    "load_id",
)
# Rows that one thread of the engine takes at a time.
SHARE = 16_384
# Years 1 to 9999, which every engine and every reader of dates can show.
EARLIEST, LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999
# What is no JSON that the engine reads is kept as a text.
MENDED = "CASE WHEN json_valid({0}) THEN {0} ELSE json_object('$unreadable', {0}) END"


class EventRows:
    """The part that takes events in."""

    tables: tuple[str, ...] = ("events", "event_keys", "ids", "event_fields")

    def __init__(self, who: Who) -> None:
        self._who = who

    def has(self, batch: Batch) -> bool:
        """Whether a request brings events."""
        return bool(batch.events.event)

    def forget(self) -> None:
        """A transaction was taken back."""
        self._who.forget()

    def put(self, engine: Engine, kept: Sequence[Kept], careful: bool) -> Tallies:
        """Write the events that were not there."""
        rows = joined([one.batch.events for one in kept])
        counts = [len(one.batch.events.event) for one in kept]
        if careful:
            mend(rows)
        client, sent = numbers(rows.client_time), numbers(rows.sent_at)
        received = np.repeat(np.array([one.frame.received_at for one in kept], np.int64), counts)
        time, corrected, dated = times(client, sent, received, np.array(rows.skewed, np.bool_))
        load_ids = np.repeat(np.array([one.load_id for one in kept], np.int64), counts)
        origin = [f"{one.frame.source}\0{one.frame.dialect}" for one in kept]
        known = duplicate.repeated(engine, rows.unique, spread(origin, counts), client)
        fresh = np.ones(len(time), np.bool_)
        fresh[known] = False
        columns: dict[str, Any] = {
            "source": spread([one.frame.source for one in kept], counts),
            "dialect": spread([one.frame.dialect for one in kept], counts),
            "who": self._who.numbers(engine, named(rows), time),
            "time": time,
            "client_time": client,
            "sent_at": sent,
            "received_at": received,
            "load_id": load_ids,
        }
        write(engine, rows, columns, fresh, careful)
        return tallied(load_ids, received, (fresh, corrected, dated))


def joined(batches: Sequence[Events]) -> Events:
    """The events of several requests one after the other."""
    if len(batches) == 1:
        return batches[0]
    rows = Events()
    for name in Events.__struct_fields__:
        column: list[Any] = getattr(rows, name)
        for batch in batches:
            column.extend(getattr(batch, name))
    return rows


def named(rows: Events) -> list[str | None]:
    """The id that says whose an event is: the user's where it is known, else that of the device."""
    return [user or device or None for user, device in zip(rows.user_id, rows.anonymous_id, strict=True)]


def numbers(column: Sequence[int | None]) -> Times:
    """Microseconds as an array; what was not said is MISSING. OverflowError for what no array holds."""
    import pyarrow as pa

    array = pa.array(column, pa.int64())
    filled: Times = (array.fill_null(MISSING) if array.null_count else array).to_numpy(zero_copy_only=False)
    return filled


def spread(texts: Sequence[str], counts: Sequence[int]) -> Any:
    """A text a request as an Arrow column of a text an event."""
    import pyarrow as pa

    names = list(dict.fromkeys(texts))
    places = {name: place for place, name in enumerate(names)}
    picked = np.repeat(np.array([places[text] for text in texts], np.int32), counts)
    return pa.array(names, pa.string()).take(pa.array(picked))


def mend(rows: Events) -> None:
    """Values that the engine would not take, made such that it does: no event is lost over one of them."""
    for name in ("client_time", "sent_at"):
        column: list[int | None] = getattr(rows, name)
        column[:] = [at if at is None or EARLIEST <= at <= LATEST else None for at in column]
    for name in ("unique", "event_id", "event", "anonymous_id", "user_id", "session_id", "library"):
        texts: list[str | None] = getattr(rows, name)
        texts[:] = [text and text.encode("utf-8", "backslashreplace").decode() for text in texts]
    for name in ("groups", "properties"):
        raw: list[bytes | None] = getattr(rows, name)
        raw[:] = [one and one.decode("utf-8", "backslashreplace").encode() for one in raw]


def write(engine: Engine, rows: Events, told: dict[str, Any], fresh: Any, careful: bool) -> None:
    """Insert the fresh events."""
    import pyarrow as pa

    def texts(values: Iterable[Any]) -> Any:
        return pa.array(values, pa.string())

    def moments(values: Times) -> Any:
        shown = (values >= EARLIEST) & (values <= LATEST)
        return pa.array(np.where(shown, values, 0), pa.timestamp("us"), mask=~shown)

    columns = {
        **told,
        "event_id": texts(rows.event_id),
        "who": pa.array(told["who"], pa.uint32()),
        "event": texts(rows.event),
        **{name: moments(told[name]) for name in ("time", "client_time", "sent_at", "received_at")},
        "seq": pa.array(rows.seq, pa.uint32()),
        "anonymous_id": texts(rows.anonymous_id),
        "user_id": texts(rows.user_id),
        "session_id": texts(rows.session_id),
        "groups": exact(pa.array(rows.groups, pa.binary()).cast(pa.string())),
        "properties": exact(pa.array(rows.properties, pa.binary()).cast(pa.string())),
        "library": texts(rows.library),
    }
    table = pa.table({name: columns[name] for name in COLUMNS})
    if not fresh.all():
        table = table.filter(pa.array(fresh))
    if not table.num_rows:
        return
    table = pa.Table.from_batches(table.to_batches(max_chunksize=SHARE))
    json = MENDED if careful else "{0}"
    values = [f"{json.format(name)}::JSON::VARIANT" if name in ("groups", "properties") else name for name in COLUMNS]
    with engine.lent("new_events", table):
        engine.write(f"INSERT INTO events ({', '.join(COLUMNS)}) SELECT {', '.join(values)} FROM new_events")
        move_back(engine, "new_events")
        schema.note(engine, f"(SELECT source, event, time, {json.format('properties')} AS properties FROM new_events)")


def tallied(load_ids: Times, received: Times, marks: tuple[Any, Any, Any]) -> Tallies:
    """What became of the events, by line of the ledger; `marks` are those that are fresh, corrected, dated."""
    fresh, corrected, dated = marks
    found: Tallies = {}
    for load_id in np.unique(load_ids).tolist():
        own = load_ids == load_id
        read, loaded, shifted, undated = (
            int(np.count_nonzero(own & mark)) for mark in (True, fresh, fresh & corrected, fresh & dated)
        )
        found[load_id] = Tally(read, loaded, shifted, undated)
        found[load_id].add_minutes(received[own & fresh])
    return found
