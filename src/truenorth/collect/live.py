"""What came in last, as it came in: the newest events, and how fast each source sends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from truenorth.store.engine import Engine
from truenorth.store.tables import is_held
from truenorth.store.values import literal, quoted

NEWEST = 100
SEARCHED = 100_000  # events whose content a text is looked for in
HOURS = 24


class Event(Struct, frozen=True):
    """One event with all that is known of it; `properties` and `groups` are JSON."""

    source: str
    dialect: str
    event_id: str
    event: str
    time: datetime
    client_time: datetime | None
    sent_at: datetime | None
    received_at: datetime
    user_id: str
    anonymous_id: str
    session_id: str
    groups: str
    properties: str
    library: str
    load_id: int


class Wanted(Struct, frozen=True):
    """Which events to show; empty words want all. `person` is an id as it was sent, `text` a part of the content."""

    source: str = ""
    event: str = ""
    person: str = ""
    text: str = ""


class Stream(Struct, frozen=True):
    """How one source sends in one dialect: events, or points of series. `hours` are the last 24 times sixty minutes, up
    to the minute that runs, the oldest first; `first_seen` and `last_seen` are times of receiving."""

    source: str
    dialect: str
    unit: str
    total: int
    first_seen: datetime
    last_seen: datetime
    hours: tuple[int, ...] = ()

    @property
    def last_hour(self) -> int:
        """How many came in the last hour."""
        return self.hours[-1] if self.hours else 0

    @property
    def amount(self) -> str:
        """How many came in all, with what they are."""
        return f"{self.total:,} {self.unit if self.total != 1 else self.unit.removesuffix('s')}"


_COLUMNS = (
    "source, dialect, event_id, event, time, client_time, sent_at, received_at, user_id, anonymous_id, session_id, "
    "groups::JSON::VARCHAR, properties::JSON::VARCHAR, library, load_id"
)


def newest(engine: Engine, wanted: Wanted, limit: int = NEWEST) -> tuple[Event, ...]:
    """The newest events, the last received first; a text is looked for among the newest hundred thousand only."""
    if not is_held(engine, "events"):
        return ()
    named = {"source": wanted.source, "event": wanted.event}
    conditions = [f"{quoted(name)} = {literal(word)}" for name, word in named.items() if word]
    if wanted.person:
        conditions.append(f"{literal(wanted.person)} IN (user_id, anonymous_id)")
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    order = "ORDER BY received_at DESC, seq DESC"
    rows = f"SELECT * FROM events {where} {order} LIMIT {SEARCHED if wanted.text else limit}"
    if wanted.text:
        found = f"contains(lower(properties::JSON::VARCHAR || event), {literal(wanted.text.lower())})"
        rows = f"SELECT * FROM ({rows}) WHERE {found} {order} LIMIT {limit}"
    return tuple(_event(row) for row in engine.rows(f"SELECT {_COLUMNS} FROM ({rows})"))


def of_person(engine: Engine, numbers: Sequence[int], most: int = NEWEST, past: int = 0) -> tuple[Event, ...]:
    """The events of some ids by their numbers, the latest first, from `past` on."""
    if not is_held(engine, "events") or not numbers:
        return ()
    whose = ", ".join(str(int(one)) for one in numbers)
    rows = f"SELECT * FROM events WHERE who IN ({whose}) ORDER BY time DESC, received_at DESC, seq DESC"
    return tuple(_event(row) for row in engine.rows(f"SELECT {_COLUMNS} FROM ({rows} LIMIT {most} OFFSET {past})"))


def _event(row: tuple[object, ...]) -> Event:
    source, dialect, event_id, event, time, client, sent, received, *texts, load_id = row
    assert isinstance(time, datetime) and isinstance(received, datetime)
    user, anonymous, session, groups, properties, library = ("" if text is None else str(text) for text in texts)
    return Event(
        source=str(source or ""),
        dialect=str(dialect or ""),
        event_id=str(event_id or ""),
        event=str(event or ""),
        time=time,
        client_time=client if isinstance(client, datetime) else None,
        sent_at=sent if isinstance(sent, datetime) else None,
        received_at=received,
        user_id=user,
        anonymous_id=anonymous,
        session_id=session,
        groups=groups,
        properties=properties,
        library=library,
        load_id=int(str(load_id or 0)),
    )


def streams(engine: Engine, now: datetime) -> tuple[Stream, ...]:
    """What each source sends, the last seen first, as the ledger has it; `now` is naive UTC."""
    if not all(is_held(engine, name) for name in ("arrivals", "arrival_minutes")):
        return ()
    lines = (
        "SELECT load_id, source, coalesce(dialect, '') AS dialect, rows_loaded, first_at, last_at, "
        "if(table_name = 'events', 'events', 'points') AS unit FROM loads JOIN arrivals USING (load_id)"
    )
    sums = engine.rows(
        "SELECT source, dialect, unit, sum(rows_loaded), min(first_at), max(last_at) "
        f"FROM ({lines}) WHERE rows_loaded > 0 GROUP BY ALL"
    )
    minute = now.replace(second=0, microsecond=0)
    since, upto = (literal(one.isoformat(sep=" ")) for one in (minute - timedelta(hours=HOURS), minute))
    ago = f"greatest(date_diff('minute', minute, TIMESTAMP {upto}), 0) // 60"
    recent = engine.rows(
        f"SELECT source, dialect, unit, {ago} AS ago, sum(rows) FROM ({lines}) JOIN arrival_minutes USING (load_id) "
        f"WHERE minute > TIMESTAMP {since} GROUP BY ALL"
    )
    found = [_stream(row, recent) for row in sums]
    return tuple(sorted(found, key=lambda one: (-one.last_seen.timestamp(), one.source, one.dialect, one.unit)))


def _stream(row: tuple[object, ...], recent: list[tuple[object, ...]]) -> Stream:
    source, dialect, unit, total, first, last = row
    assert isinstance(first, datetime) and isinstance(last, datetime)
    hours = [0] * HOURS
    for *its, ago, number in recent:
        if its == [source, dialect, unit]:
            hours[HOURS - 1 - int(str(ago))] = int(str(number))
    return Stream(str(source), str(dialect), str(unit), int(str(total)), first, last, tuple(hours))
