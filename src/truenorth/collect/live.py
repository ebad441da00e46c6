"""What came in last, as it came in: the newest events, and how fast each source sends."""

from __future__ import annotations

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
    """How one source sends in one dialect: events, or points of series; `hours` are the last 24, the oldest first."""

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
    """What each source sends, the last seen first; `now` is naive UTC."""
    parts = []
    if is_held(engine, "events"):
        parts.append("SELECT source, dialect, 'events' AS unit, received_at AS moment, 1 AS n FROM events")
    if is_held(engine, "minutes") and is_held(engine, "series"):
        parts.append(
            "SELECT source, 'series' AS dialect, 'points' AS unit, minute AS moment, n "
            "FROM minutes JOIN series USING (series_id)"
        )
    if not parts:
        return ()
    rows = " UNION ALL ".join(parts)
    sums = engine.rows(f"SELECT source, dialect, unit, sum(n), min(moment), max(moment) FROM ({rows}) GROUP BY ALL")
    since = literal((now - timedelta(hours=HOURS)).isoformat(sep=" "))
    upto = literal(now.isoformat(sep=" "))
    ago = f"least(greatest(date_diff('second', moment, TIMESTAMP {upto}), 0) // 3600, {HOURS - 1})"
    recent = engine.rows(
        f"SELECT source, dialect, {ago} AS ago, sum(n) FROM ({rows}) WHERE moment > TIMESTAMP {since} GROUP BY ALL"
    )
    found = [_stream(row, recent) for row in sums]
    return tuple(sorted(found, key=lambda one: (-one.last_seen.timestamp(), one.source, one.dialect)))


def _stream(row: tuple[object, ...], recent: list[tuple[object, ...]]) -> Stream:
    source, dialect, unit, total, first, last = row
    assert isinstance(first, datetime) and isinstance(last, datetime)
    hours = [0] * HOURS
    for its_source, its_dialect, ago, number in recent:
        if (its_source, its_dialect) == (source, dialect):
            hours[HOURS - 1 - int(str(ago))] = int(str(number))
    return Stream(str(source), str(dialect), str(unit), int(str(total)), first, last, tuple(hours))
