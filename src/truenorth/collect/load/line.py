"""The lines of the ledger for what is captured: one for each table, source, dialect and UTC day, brought up to date in
place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from msgspec import Struct

from truenorth.collect import ledger
from truenorth.collect.load.kept import MINUTE, Kept, Tally
from truenorth.store.engine import Engine
from truenorth.store.values import literal

KIND = "capture"
ARRIVALS = "arrivals"
MINUTES = "arrival_minutes"
REMEMBERED = timedelta(days=2)  # minute by minute
DAY = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)


class Line(Struct, frozen=True):
    """What a line is about; `day` is the UTC day of receiving, as 2026-07-01."""

    table: str
    source: str
    day: str
    dialect: str = ""


def instant(microseconds: int) -> datetime:
    """Microseconds since 1970 as naive UTC.

    >>> instant(1_500_000).isoformat()
    '1970-01-01T00:00:01.500000'
    """
    return EPOCH + timedelta(microseconds=microseconds)


def lines(engine: Engine, wanted: Iterable[Line], now: datetime) -> dict[Line, int]:
    """The number of each line, which is made where it is missing."""
    asked = list(dict.fromkeys(wanted))
    days = ", ".join(literal(day) for day in sorted({one.day for one in asked}))
    there: dict[Line, int] = {}
    if ledger.TABLE in engine.tables() and days:
        ledger.next_id(engine)
        sql = (
            f"SELECT table_name, source, file, coalesce(dialect, ''), load_id FROM {ledger.TABLE} "
            f"JOIN {ARRIVALS} USING (load_id) WHERE kind = '{KIND}' AND file IN ({days})"
        )
        for *what, load_id in engine.rows(sql):
            there[Line(*map(str, what))] = int(str(load_id))
    for one in asked:
        if one not in there:
            load = ledger.Load(one.table, source=one.source, kind=KIND, file=one.day, loaded_at=now, started_at=now)
            there[one] = ledger.write_down(engine, load)
            engine.write(
                f"INSERT INTO {ARRIVALS} (load_id, requests, repeated, corrected, dated, dialect) "
                f"VALUES ({there[one]}, 0, 0, 0, 0, {literal(one.dialect)})"
            )
            past = literal((now - REMEMBERED).isoformat(sep=" "))
            engine.write(f"DELETE FROM {MINUTES} WHERE minute < TIMESTAMP {past}")
    return there


def add_up(engine: Engine, load_id: int, tally: Tally, kept: Iterable[Kept], now: datetime) -> None:
    """Add to a line what a load brought."""
    own = [one for one in kept if one.load_id == load_id]
    engine.write(
        f"UPDATE {ledger.TABLE} SET rows_read = rows_read + {tally.read}, rows_loaded = rows_loaded + {tally.loaded}, "
        f"rows_rejected = rows_rejected + {tally.refused}, loaded_at = {literal(now.isoformat(sep=' '))} "
        f"WHERE load_id = {load_id}"
    )
    times = [one.frame.received_at for one in own]
    first, last = (literal(instant(at).isoformat(sep=" ")) for at in (min(times), max(times)))
    engine.write(
        f"UPDATE {ARRIVALS} SET requests = requests + {len(own)}, repeated = repeated + {tally.read - tally.loaded}, "
        f"corrected = corrected + {tally.corrected}, dated = dated + {tally.dated}, "
        f"first_at = least(first_at, TIMESTAMP {first}), last_at = greatest(last_at, TIMESTAMP {last}) "
        f"WHERE load_id = {load_id}"
    )
    if tally.minutes:
        engine.write(
            _MINUTES.format(table=MINUTES, load_id=load_id, rows=", ".join(map(_minute, tally.minutes.items())))
        )


_MINUTES = """
MERGE INTO {table} AS known USING (VALUES {rows}) AS fresh (minute, rows)
ON known.load_id = {load_id} AND known.minute = fresh.minute
WHEN MATCHED THEN UPDATE SET rows = known.rows + fresh.rows
WHEN NOT MATCHED THEN INSERT VALUES ({load_id}, fresh.minute, fresh.rows)
"""


def _minute(one: tuple[int, int]) -> str:
    minute, rows = one
    return f"(TIMESTAMP {literal(instant(minute * MINUTE).isoformat(sep=' '))}, {rows})"


def of(kept: Kept, table: str) -> Line:
    """The line that a request's rows of a table are told in."""
    frame = kept.frame
    return Line(table, frame.source, _day(frame.received_at // DAY), frame.dialect)


@lru_cache(64)
def _day(number: int) -> str:
    return instant(number * DAY).date().isoformat()
