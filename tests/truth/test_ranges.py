"""Which rows a question is about: ranges, conditions on metric_time, weeks, quarters, hours; and which periods are cut."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.truth.case import Rows, World, day
from truenorth.base.errors import QueryError

DEFINITIONS = """
datasets:
  - {name: days, source: days, primary_key: [day], time: day, fields: [{name: day}, {name: at}, {name: n}]}
  - {name: hours, source: hours, primary_key: [at], time: at, fields: [{name: at}]}
metrics:
  - {name: seen, type: simple, dataset: days, agg: count}
  - {name: first, type: simple, dataset: days, agg: min, expr: n}
  - {name: seen_ever, type: cumulative, input_metric: seen}
  - {name: hits, type: simple, dataset: hours, agg: count}
  - {name: hits_before, type: derived, expr: a, input_metrics: [{name: hits, alias: a, offset_window: 1 day}]}
  - {name: hits_mtd, type: cumulative, input_metric: hits, grain_to_date: month}
  - {name: level, type: snapshot, dataset: hours, agg: max, expr: n, non_additive_dimension: {name: at}}
"""
FIRST = date(2024, 12, 20)
TABLES = {
    "days": Rows(
        {"day": "date", "at": "timestamp", "n": "integer"},
        [
            (FIRST + timedelta(days=n), datetime(2024, 12, 20) + timedelta(days=n, hours=2), n)
            for n in range((date(2026, 1, 10) - FIRST).days)
        ],
    ),
    "hours": Rows(
        {"at": "timestamp", "n": "integer"},
        [(datetime(2025, 3, 1) + timedelta(hours=n), n) for n in range(31 * 24)],
    ),
}
YEAR = World(DEFINITIONS, now=datetime(2025, 5, 14, 9, 30), **TABLES)
SUNDAYS = World(DEFINITIONS, workspace="week_start: sunday\n", now=datetime(2025, 5, 14, 9, 30), **TABLES)


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ("all", 386),
        ("", 386),
        ("2025", 365),
        ("2025-Q1", 90),
        ("2025-q4", 92),
        ("2025-02", 28),
        ("2025-02-03", 1),
        ("2025-01-15..2025-02-15", 32),
        ("2025-01..2025-02", 59),
        ("2025-Q1..2025-Q2", 181),
        ("2024-12-25..2025", 372),
        ("2025-12-31..", 10),
        ("..2024-12-31", 12),
        ("90d", 90),
        ("2m", 30 + 31),
        ("2w", 14),
        ("1q", 91),
        ("1y", 365),
        ("today", 1),
        ("yesterday", 1),
        ("this month", 31),
        ("last month", 30),
        ("this week", 7),
        ("last week", 7),
        ("this quarter", 91),
        ("last year", 12),
        ("2030", 0),
    ],
)
def test_a_range_holds_its_days(engine: str, asked: str, days: int) -> None:
    """There is a row for each day from 20 December 2024 to 9 January 2026, seen from 14 May 2025."""
    assert YEAR.value(engine, "seen", range=asked) == days


@pytest.mark.parametrize(
    ("where", "days"),
    [
        ("metric_time = '2025-02-03'", 1),
        ("metric_time = '2025-02'", 28),
        ("metric_time >= '2025-12'", 40),
        ("metric_time > '2025-12'", 9),
        ("metric_time > '2025-12-30'", 10),
        ("metric_time < '2025'", 12),
        ("metric_time <= '2025-01'", 43),
        ("metric_time between '2025-01-01' and '2025-01-31'", 31),
        ("metric_time between '2025-01' and '2025-02'", 59),
        ("'2025-12-31' <= metric_time", 10),
        ("'2025-01-01' > metric_time", 12),
        ("metric_time >= date '2025-12-31'", 10),
        ("metric_time >= '2025-01-01' and metric_time < '2025-01-11' and n >= 20", 2),
        ("(metric_time >= '2025-01-01') and (metric_time < '2025-01-02')", 1),
        ("metric_time = '2025-Q1'", 90),
        ("metric_time > '2025-02' and metric_time < '2025-01'", 0),
        ("day = '2025-02-03'", 1),
        ("day >= '2025-12-31'", 10),
        ("day between '2025-01-01' and '2025-01-31'", 31),
        ("at >= '2025-12-31'", 10),
        ("at < '2024-12-20 02:00:01'", 1),
        ("extract(year from day) = 2024", 12),
        ("day in ('2025-01-01', '2025-01-02')", 2),
        ("not (n < 380)", 6),
        ("n % 100 = 0", 4),
        ("case when n < 10 then 'low' else 'high' end = 'low'", 10),
    ],
)
def test_a_condition_holds_its_days(engine: str, where: str, days: int) -> None:
    assert YEAR.value(engine, "seen", where=where) == days


def test_a_condition_narrows_a_range_and_never_widens_it(engine: str) -> None:
    assert YEAR.value(engine, "seen", range="2025-02", where="metric_time >= '2025-01-15'") == 28
    assert YEAR.value(engine, "seen", range="2025-02", where="metric_time >= '2025-02-15'") == 14
    assert YEAR.value(engine, "seen", range="2025-02", where="metric_time >= '2025-03-15'") == 0
    assert YEAR.value(engine, "seen", where=("metric_time >= '2025-02-15'", "metric_time < '2025-03-01'")) == 14


@pytest.mark.parametrize(
    ("world", "starts"),
    [(YEAR, ["2024-12-30", "2025-01-06", "2025-01-13"]), (SUNDAYS, ["2024-12-29", "2025-01-05", "2025-01-12"])],
)
def test_weeks_begin_on_their_day(engine: str, world: World, starts: list[str]) -> None:
    """1 January 2025 is a Wednesday; 18 days from it on end on a Saturday."""
    for fill in (False, True):
        answer = world.ask(engine, "seen", "first", grain="week", range="2025-01-01..2025-01-18", fill=fill)
        assert [row[0] for row in answer.table] == [day(start) for start in starts]
        assert all(type(row[0]) is date for row in answer.table)
        assert sum(row[1] for row in answer.table) == 18  # type: ignore[misc]
    rows = world.rows(engine, "seen", by="day__week", range="2025-01-01..2025-01-18")
    assert [row[0] for row in rows] == [day(start) for start in starts]
    assert all(type(row[0]) is date for row in rows)


def test_weeks_that_are_cut_are_incomplete(engine: str) -> None:
    asked = {"grain": "week", "range": "2025-01-01..2025-01-18"}
    assert YEAR.ask(engine, "seen", **asked).incomplete == (day("2024-12-30"), day("2025-01-13"))
    assert SUNDAYS.ask(engine, "seen", **asked).incomplete == (day("2024-12-29"),)


@pytest.mark.parametrize(
    ("grain", "labels", "counts"),
    [
        ("quarter", ["2024-10-01", "2025-01-01", "2025-04-01", "2025-07-01"], [12, 90, 91, 92]),
        ("year", ["2024-01-01", "2025-01-01"], [12, 273]),
        ("month", ["2024-12-01", "2025-01-01", "2025-02-01"], [12, 31, 28]),
    ],
)
def test_long_periods(engine: str, grain: str, labels: list[str], counts: list[int]) -> None:
    rows = YEAR.rows(engine, "seen", grain=grain, range="2024-12-20..2025-09-30")
    assert rows[: len(labels)] == list(zip(map(day, labels), counts, strict=True))
    assert sum(count for _, count in rows) == 285  # type: ignore[misc]


def test_running_periods_are_incomplete(engine: str) -> None:
    """Seen from 14 May 2025, 09:30."""
    assert YEAR.ask(engine, "seen", grain="month", range="3m").incomplete == (day("2025-05-01"),)
    assert YEAR.ask(engine, "seen", grain="day", range="3d").incomplete == (day("2025-05-14"),)
    assert YEAR.ask(engine, "seen", grain="quarter", range="2025-Q1..2025-Q2").incomplete == (day("2025-04-01"),)
    assert YEAR.ask(engine, "seen", grain="month", range="3m", now=datetime(2025, 6, 1)).incomplete == (
        day("2025-06-01"),
    )
    assert YEAR.ask(engine, "seen", grain="month", range="2025-03..2025-05", now=datetime(2025, 6, 1)).incomplete == ()
    [hour] = YEAR.ask(engine, "hits", grain="hour", range="3h", fill=True).incomplete
    assert isinstance(hour, datetime) and (hour.day, hour.hour) == (14, 9)


def test_a_month_ends_where_its_zone_says(engine: str) -> None:
    """At 03:00 UTC on 1 June it is still May in New York, and long June in Auckland."""
    early = datetime(2025, 6, 1, 3)
    asked = {"grain": "month", "range": "2025-05", "now": early}
    assert YEAR.ask(engine, "seen", timezone="America/New_York", **asked).incomplete == (day("2025-05-01"),)
    assert YEAR.ask(engine, "seen", timezone="Pacific/Auckland", **asked).incomplete == ()
    [row] = YEAR.rows(engine, "seen", grain="month", range="this month", timezone="America/New_York", now=early)
    assert row == (day("2025-05-01"), 31)


def test_hours(engine: str) -> None:
    """A row at every full hour of March 2025."""
    rows = YEAR.rows(engine, "hits", grain="hour", range="2025-03-31", fill=True)
    assert [(start.hour, count) for start, count in rows if isinstance(start, datetime)] == [(n, 1) for n in range(24)]
    noon = datetime(2025, 3, 31, 12, 30)
    assert YEAR.value(engine, "hits", range="24h", now=noon) == 24
    assert len(YEAR.rows(engine, "hits", grain="hour", range="24h", now=noon)) == 24


def test_the_hours_before(engine: str) -> None:
    """From 13:00 to 13:00 and the day before; at the beginning of the data nothing was before."""
    noon = datetime(2025, 3, 31, 12, 30)
    assert YEAR.rows(engine, "hits", range="24h", vs="prev", now=noon) == [(24, 24, 0, 0.0)]
    assert YEAR.rows(engine, "hits", range="6h", vs="prev", now=noon) == [(6, 6, 0, 0.0)]
    assert YEAR.rows(engine, "hits", range="6h", vs="prev", now=datetime(2025, 3, 1, 8, 30)) == [(6, None, None, None)]
    assert YEAR.value(engine, "hits_before", range="6h", now=noon) == 6
    assert YEAR.value(engine, "hits_before", range="6h", now=datetime(2025, 3, 2, 1, 30)) == 2
    rows = YEAR.rows(engine, "hits", grain="day", range="30h", vs="prev", now=noon)
    assert [(one, now, before) for one, now, before, *_ in rows] == [
        (day("2025-03-30"), 17, 17),
        (day("2025-03-31"), 13, 13),
    ]
    answer = YEAR.ask(engine, "hits", grain="day", range="30h", now=noon)
    assert answer.incomplete == (day("2025-03-30"), day("2025-03-31"))


def test_the_hours_before_a_short_day_add_up_to_their_total(engine: str) -> None:
    """30 March has 23 hours in Berlin: they are compared with the 23 before, and so is their sum."""
    asked = {"range": "2025-03-30", "vs": "prev", "timezone": "Europe/Berlin", "now": datetime(2025, 4, 1)}
    answer = YEAR.ask(engine, "hits", grain="hour", totals=True, **asked)
    assert answer.totals["hits"] == answer.totals["hits__previous"] == 23
    assert answer.table.column("hits__previous") == (1,) * 23


def test_to_date_up_to_the_hour(engine: str) -> None:
    assert YEAR.value(engine, "hits_mtd", range="2h", now=datetime(2025, 3, 2, 11, 30)) == 36
    assert YEAR.value(engine, "hits_mtd", range="2h", now=datetime(2025, 3, 31, 23, 30)) == 31 * 24
    assert YEAR.value(engine, "level", range="2h", now=datetime(2025, 3, 2, 11, 30)) is not None


def test_a_date_is_in_the_last_hours_of_its_day(engine: str) -> None:
    assert YEAR.value(engine, "seen", range="2h") == 1
    assert YEAR.value(engine, "seen", range="24h") == 2


ZONED = World(
    """
datasets:
  - {name: people, source: people, primary_key: [id], time: signed_up_at, fields: [{name: signed_up_at}]}
  - {name: orders, source: orders, time: ordered_at, fields: [{name: ordered_at}]}
relationships:
  - {name: buyer, from: orders, to: people, from_columns: [person], to_columns: [id]}
metrics:
  - {name: sign_ups, type: simple, dataset: people, agg: count}
  - {name: orders_placed, type: simple, dataset: orders, agg: count}
""",
    people="""
        id integer | signed_up_at timestamp
        1          | 2025-01-31T23:30:00
        2          | 2025-02-01T04:30:00
        3          | 2025-02-01T05:30:00
        4          |
    """,
    orders="""
        person integer | ordered_at timestamptz
        1              | 2025-03-01T00:30:00+00:00
        1              | 2025-03-01T06:30:00+00:00
        2              | 2025-03-01T06:30:00+00:00
        4              | 2025-03-01T06:30:00+00:00
    """,
)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_a_time_as_a_dimension_is_in_the_same_zone_as_the_shared_time(engine: str, zone: str) -> None:
    """Months of sign-up by name and by metric_time are the same months."""
    for grain in ("day", "week", "month", "year"):
        named = ZONED.rows(engine, "sign_ups", by=f"signed_up_at__{grain}", timezone=zone)
        shared = ZONED.rows(engine, "sign_ups", grain=grain, timezone=zone)
        assert named == shared
    by_month = dict(ZONED.rows(engine, "orders_placed", by="signed_up_at__month", timezone=zone))
    early = {"UTC": 2, "America/New_York": 3, "Asia/Tokyo": 0}[zone]
    assert by_month == {
        key: count for key, count in ((day("2025-01"), early), (day("2025-02"), 3 - early), (None, 1)) if count
    }
    ordered = dict(ZONED.rows(engine, "orders_placed", by="ordered_at__month", timezone=zone))
    assert ordered == dict(ZONED.rows(engine, "orders_placed", grain="month", timezone=zone))


def test_never_written_as_the_end_of_the_calendar_is_a_date_like_others() -> None:
    """Only DuckDB holds such dates. What lays out periods up to them says that they are too many."""
    world = World(
        """
datasets:
  - {name: plans, source: plans, time: ends_on, fields: [{name: ends_at}]}
metrics:
  - {name: plans_ended, type: simple, dataset: plans, agg: count}
  - {name: ended_ever, type: cumulative, input_metric: plans_ended}
""",
        plans="""
            ends_on date | ends_at timestamp
            2025-03-31   | 2025-03-31T22:30:00
            9999-12-31   | 9999-12-31T23:59:59
            0001-01-01   | 0001-01-01T00:00:00
        """,
    )
    years = [(date(1, 1, 1), 1), (day("2025-01-01"), 1), (date(9999, 1, 1), 1)]
    assert world.rows("duckdb", "plans_ended", grain="year") == years
    assert world.rows("duckdb", "plans_ended", by="ends_at__year") == years
    assert world.rows("duckdb", "plans_ended", grain="day", range="2025") == [(day("2025-03-31"), 1)]
    assert world.value("duckdb", "plans_ended") == 3
    assert world.value("duckdb", "ended_ever", range="2025") == 2
    assert world.rows("duckdb", "plans_ended", by="ends_at__day", timezone="Europe/Berlin", range="2025") == [
        (day("2025-04-01"), 1)
    ]
    with pytest.raises(QueryError) as raised:
        world.ask("duckdb", "plans_ended", grain="day", fill=True)
    assert raised.value.code == "E_TOO_MANY_PERIODS"


@pytest.mark.parametrize(
    ("asked", "seen", "hits"),
    [
        ("2025-03-05T14:00..2025-03-05T18:00", None, 4),
        ("2025-03-05T14..2025-03-05T17", None, 4),
        ("2025-03-05T14", None, 1),
        ("2025-03-05T14:00", None, 1),
        ("2025-03-05T14:30", None, 0),
        ("2025-03-05T14:30..2025-03-05T16:30", None, 2),
        ("2025-03-05T22:00..2025-03-06", None, 26),
        ("last complete week", 7, 0),
        ("last 3 complete months", 28 + 31 + 30, 31 * 24),
        ("3 complete weeks", 21, 0),
        ("last 7 days", 7, 0),
        ("previous quarter", 90, 31 * 24),
        ("mtd", 14, 0),
        ("quarter to date", 30 + 14, 0),
        ("ytd", 31 + 28 + 31 + 30 + 14, 31 * 24),
    ],
)
def test_a_range_in_words_holds_its_rows(engine: str, asked: str, seen: int | None, hits: int) -> None:
    """A row a day and, in March, a row every full hour, seen from Wednesday 14 May 2025."""
    if seen is not None:
        assert YEAR.value(engine, "seen", range=asked) == seen
    assert YEAR.value(engine, "hits", range=asked) == hits


def test_a_time_of_day_is_local_to_the_question(engine: str) -> None:
    """Hits at 14:00 to 17:00 UTC are those at 10:00 to 13:00 in New York, where clocks changed on 9 March."""
    asked = {"range": "2025-03-12T10:00..2025-03-12T14:00", "timezone": "America/New_York", "grain": "hour"}
    rows = YEAR.rows(engine, "hits", **asked)
    assert [hits for _, hits in rows] == [1, 1, 1, 1]
    assert next(at.isoformat() for at, _ in rows if isinstance(at, datetime)) == "2025-03-12T10:00:00-04:00"
    spring = YEAR.value(engine, "hits", range="2025-03-09T00:00..2025-03-09T12:00", timezone="America/New_York")
    assert spring == 11


def test_a_date_has_no_hours_and_its_answer_says_so(engine: str) -> None:
    answer = YEAR.ask(engine, "seen", "hits", range="2025-03-05T14:00..2025-03-05T18:00")
    assert (answer.table.rows, answer.notes) == (((1, 4),), ("day of days is a date: its days are counted whole",))
    assert YEAR.ask(engine, "seen", range="2025-03-05T00:00..2025-03-06T00:00").notes == ()
