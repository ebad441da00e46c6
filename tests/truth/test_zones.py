"""Days, hours and months in a zone: 23, 24 or 25 hours long, never lost, never counted twice.

Every event below counts 1 and its local time is worked out by hand from the zone's rules, named in each test.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.truth.case import Rows, World, day

DEFINITIONS = """
datasets:
  - {name: events, source: events, primary_key: [id], time: at, fields: [{name: at}]}
metrics:
  - {name: events_seen, type: simple, dataset: events, agg: count}
  - {name: events_so_far, type: cumulative, input_metric: events_seen, grain_to_date: month}
  - {name: events_before, type: derived, expr: before, input_metrics: [{name: events_seen, alias: before, offset_window: 1 day}]}
"""


def half_hours(start: str, days: int, word: str = "timestamp") -> World:
    """An event at every :15 and :45 of UTC, from a day on."""
    first = datetime.fromisoformat(start)
    times = [first + timedelta(minutes=15 + 30 * step) for step in range(48 * days)]
    moments = [time.replace(tzinfo=UTC) for time in times] if word == "timestamptz" else times
    rows = Rows({"id": "integer", "at": word}, list(enumerate(moments)))
    return World(DEFINITIONS, events=rows)


def at(*texts: str) -> World:
    """An event at each of the UTC times."""
    rows = Rows({"id": "integer", "at": "timestamp"}, [(n, datetime.fromisoformat(one)) for n, one in enumerate(texts)])
    return World(DEFINITIONS, events=rows)


SPRING = half_hours("2025-03-28", 5)
SPRING_AMERICA = half_hours("2025-03-07", 5)
AUTUMN = half_hours("2025-10-24", 5)
AUTUMN_AMERICA = half_hours("2025-10-31", 5)
SPRING_INSTANTS = half_hours("2025-03-28", 5, "timestamptz")


@pytest.mark.parametrize(
    ("world", "zone", "change", "hours"),
    [
        (SPRING, "Europe/Berlin", "2025-03-30", 23),
        (SPRING_INSTANTS, "Europe/Berlin", "2025-03-30", 23),
        (AUTUMN, "Europe/Berlin", "2025-10-26", 25),
        (SPRING_AMERICA, "America/New_York", "2025-03-09", 23),
        (AUTUMN_AMERICA, "America/New_York", "2025-11-02", 25),
        (SPRING, "UTC", "2025-03-30", 24),
        (AUTUMN, "Asia/Kolkata", "2025-10-26", 24),
    ],
)
class TestTheDayOfTheChange:
    """Clocks in Berlin go 02→03 on 30 March and 03→02 on 26 October 2025, in New York 02→03 on 9 March and 02→01 on
    2 November; an hour has two events, so the day has twice its hours."""

    def test_a_day_has_its_real_length(self, engine: str, world: World, zone: str, change: str, hours: int) -> None:
        middle = date.fromisoformat(change)
        span = f"{middle - timedelta(days=1)}..{middle + timedelta(days=1)}"
        rows = world.rows(engine, "events_seen", grain="day", range=span, timezone=zone)
        assert [count for _, count in rows] == [48, 2 * hours, 48]
        assert rows[1][0] == middle

    def test_its_hours_are_all_there_once(self, engine: str, world: World, zone: str, change: str, hours: int) -> None:
        for fill in (False, True):
            rows = world.rows(engine, "events_seen", grain="hour", range=change, timezone=zone, fill=fill)
            assert [count for _, count in rows] == [2] * hours
            starts = [start.astimezone(UTC) for start, _ in rows if isinstance(start, datetime)]
            assert starts == [starts[0] + timedelta(hours=n) for n in range(hours)]
            first = rows[0][0]
            assert isinstance(first, datetime)
            assert (first.hour, first.minute, first.date()) == (0, 0, date.fromisoformat(change))

    def test_an_open_range_counts_the_same_day(
        self, engine: str, world: World, zone: str, change: str, hours: int
    ) -> None:
        rows = dict(world.rows(engine, "events_seen", grain="day", timezone=zone))
        assert rows[date.fromisoformat(change)] == 2 * hours
        assert sum(rows.values()) == 240  # type: ignore[arg-type]

    def test_what_looks_through_time_counts_the_same_day(
        self, engine: str, world: World, zone: str, change: str, hours: int
    ) -> None:
        middle = date.fromisoformat(change)
        rows = world.rows(engine, "events_before", grain="day", range=str(middle + timedelta(days=1)), timezone=zone)
        assert rows == [(middle + timedelta(days=1), 2 * hours)]
        one = {"range": change, "timezone": zone}
        before = world.value(engine, "events_so_far", range=str(middle - timedelta(days=1)), timezone=zone)
        after = world.value(engine, "events_so_far", **one)
        assert isinstance(before, int) and isinstance(after, int)
        assert after - before == 2 * hours if middle.day != 1 else after == 2 * hours


def test_half_past_midnight_stays_on_its_day_around_both_changes(engine: str) -> None:
    """00:30 in Berlin is 23:30 UTC of the day before in winter and 22:30 in summer."""
    night = at("2025-03-29T23:30", "2025-03-30T22:30", "2025-10-25T22:30", "2025-10-26T23:30")
    days = [day("2025-03-30"), day("2025-03-31"), day("2025-10-26"), day("2025-10-27")]
    assert night.rows(engine, "events_seen", grain="day", timezone="Europe/Berlin") == [(one, 1) for one in days]
    for one in days:
        assert night.value(engine, "events_seen", range=str(one), timezone="Europe/Berlin") == 1


def test_half_past_midnight_in_america(engine: str) -> None:
    """00:30 in New York is 05:30 UTC in winter and 04:30 in summer; half an hour before midnight is the day before."""
    night = at("2025-03-09T05:30", "2025-03-10T04:30", "2025-03-10T03:30", "2025-11-02T04:30", "2025-11-03T05:30")
    rows = night.rows(engine, "events_seen", grain="day", timezone="America/New_York")
    assert rows == [(day("2025-03-09"), 2), (day("2025-03-10"), 1), (day("2025-11-02"), 1), (day("2025-11-03"), 1)]


@pytest.mark.parametrize(
    ("zone", "last", "first"),
    [
        ("Asia/Kolkata", "2025-06-30T18:29:59", "2025-06-30T18:30"),  # UTC+5:30
        ("Asia/Kathmandu", "2025-06-30T18:14:59", "2025-06-30T18:15"),  # UTC+5:45
        ("Australia/Lord_Howe", "2025-06-30T13:29:59", "2025-06-30T13:30"),  # UTC+10:30 in winter
        ("America/St_Johns", "2025-07-01T02:29:59", "2025-07-01T02:30"),  # UTC-2:30 in summer
        ("Pacific/Kiritimati", "2025-06-30T09:59:59", "2025-06-30T10:00"),  # UTC+14
        ("Pacific/Pago_Pago", "2025-07-01T10:59:59", "2025-07-01T11:00"),  # UTC-11
    ],
)
def test_july_begins_at_local_midnight(engine: str, zone: str, last: str, first: str) -> None:
    edge = at(last, first)
    for asked in ({}, {"range": "2025"}, {"range": "2025-06..2025-07"}):
        rows = edge.rows(engine, "events_seen", grain="month", timezone=zone, **asked)
        assert rows == [(day("2025-06"), 1), (day("2025-07"), 1)]
    [(hour, count), (following, _)] = edge.rows(engine, "events_seen", grain="hour", timezone=zone)
    assert isinstance(hour, datetime) and isinstance(following, datetime)
    assert (hour.hour, hour.minute, following.hour, following.minute, count) == (23, 0, 0, 0, 1)


def test_a_change_of_half_an_hour(engine: str) -> None:
    """Lord Howe: 02:00 (+10:30) becomes 02:30 (+11) at 15:30 UTC on 4 October, 02:00 (+11) becomes 01:30 (+10:30) at
    15:00 UTC on 5 April 2025: days of 23.5 and 24.5 hours."""
    island = {"grain": "day", "timezone": "Australia/Lord_Howe"}
    spring, autumn = half_hours("2025-10-03", 4), half_hours("2025-04-04", 4)
    assert spring.rows(engine, "events_seen", range="2025-10-05", **island) == [(day("2025-10-05"), 47)]
    assert autumn.rows(engine, "events_seen", range="2025-04-06", **island) == [(day("2025-04-06"), 49)]
    for world, change, count in ((spring, "2025-10-05", 47), (autumn, "2025-04-06", 49)):
        plain = world.rows(engine, "events_seen", grain="hour", range=change, timezone="Australia/Lord_Howe")
        filled = world.rows(
            engine, "events_seen", grain="hour", range=change, timezone="Australia/Lord_Howe", fill=True
        )
        assert plain == filled
        assert sum(events for _, events in plain) == count  # type: ignore[misc]
        assert len(plain) == 24


def test_a_day_that_begins_at_one_o_clock(engine: str) -> None:
    """Sao Paulo, 4 November 2018: at midnight (03:00 UTC) clocks go to 01:00; back on 18 February at midnight (02:00 UTC)."""
    brazil = {"grain": "day", "timezone": "America/Sao_Paulo"}
    spring, autumn = half_hours("2018-11-02", 5), half_hours("2018-02-15", 5)
    rows = spring.rows(engine, "events_seen", range="2018-11-03..2018-11-05", **brazil)
    assert rows == [(day("2018-11-03"), 48), (day("2018-11-04"), 46), (day("2018-11-05"), 48)]
    rows = autumn.rows(engine, "events_seen", range="2018-02-16..2018-02-18", **brazil)
    assert rows == [(day("2018-02-16"), 48), (day("2018-02-17"), 50), (day("2018-02-18"), 48)]
    [(first, _), *_] = spring.rows(
        engine, "events_seen", grain="hour", range="2018-11-04", timezone="America/Sao_Paulo", fill=True
    )
    assert isinstance(first, datetime)
    assert (first.day, first.hour) == (4, 1)
    edge = at("2018-11-04T02:59:59", "2018-11-04T03:00")
    assert edge.rows(engine, "events_seen", **brazil) == [(day("2018-11-03"), 1), (day("2018-11-04"), 1)]


def test_a_day_with_midnight_twice(engine: str) -> None:
    """Beirut: 00:00 becomes 01:00 on 30 March 2025 (22:00 UTC the day before); 00:00 becomes 23:00 on 26 October, so
    that the 25th has 25 hours."""
    zone = {"grain": "day", "timezone": "Asia/Beirut"}
    rows = SPRING.rows(engine, "events_seen", range="2025-03-29..2025-03-31", **zone)
    assert rows == [(day("2025-03-29"), 48), (day("2025-03-30"), 46), (day("2025-03-31"), 48)]
    rows = AUTUMN.rows(engine, "events_seen", range="2025-10-25..2025-10-27", **zone)
    assert rows == [(day("2025-10-25"), 50), (day("2025-10-26"), 48), (day("2025-10-27"), 48)]


def test_a_stock_of_the_day_that_begins_at_one_o_clock(engine: str) -> None:
    """The reading at 23:30 of the 3rd (02:30 UTC) belongs to the 3rd though the clocks change right after it."""
    world = World(
        """
datasets:
  - {name: readings, source: readings, time: at}
metrics:
  - {name: level, type: snapshot, dataset: readings, agg: sum, expr: level, non_additive_dimension: {name: at}}
""",
        readings="""
            at timestamp        | level integer
            2018-11-04T02:30:00 | 10
            2018-11-04T12:00:00 | 7
        """,
    )
    asked = {"grain": "day", "timezone": "America/Sao_Paulo"}
    assert world.rows(engine, "level", **asked) == [(day("2018-11-03"), 10), (day("2018-11-04"), 7)]
    assert world.rows(engine, "level", range="2018-11-04", **asked) == [(day("2018-11-04"), 7)]


LOCAL = World(
    """
datasets:
  - {name: calls, source: calls, time: at, fields: [{name: at, timezone: America/New_York}]}
  - {name: visits, source: visits, time: at, fields: [{name: at, timezone: Asia/Kolkata}]}
metrics:
  - {name: calls_taken, type: simple, dataset: calls, agg: count}
  - {name: calls_so_far, type: cumulative, input_metric: calls_taken, grain_to_date: year}
  - {name: visits_made, type: simple, dataset: visits, agg: count}
""",
    calls="""
        at timestamp
        2025-01-31T23:30:00
        2025-02-01T00:30:00
        2025-03-09T01:59:00
        2025-03-09T03:01:00
        2025-11-02T12:00:00
    """,
    visits="""
        at timestamp
        2025-02-01T00:10:00
        2025-02-01T05:40:00
    """,
)


def test_a_plain_time_with_a_zone_of_its_own_is_read_in_it(engine: str) -> None:
    """23:30 on 31 January in New York is 04:30 UTC and 05:30 in Berlin on 1 February."""
    months = {"grain": "month", "range": "2025-01..2025-02"}
    here = LOCAL.rows(engine, "calls_taken", timezone="America/New_York", **months)
    assert here == [(day("2025-01"), 1), (day("2025-02"), 1)]
    for zone in ("UTC", "Europe/Berlin"):
        assert LOCAL.rows(engine, "calls_taken", timezone=zone, **months) == [(day("2025-02"), 2)]
    so_far = LOCAL.rows(engine, "calls_so_far", timezone="America/New_York", **months)
    assert so_far == [(day("2025-01"), 1), (day("2025-02"), 2)]


def test_two_local_minutes_around_the_lost_hour_are_two_minutes_apart(engine: str) -> None:
    """01:59 EST is 06:59 UTC and 03:01 EDT is 07:01 UTC: neighbours in any zone's hours."""
    rows = LOCAL.rows(engine, "calls_taken", grain="hour", range="2025-03-09", timezone="UTC")
    assert [(start.hour, count) for start, count in rows if isinstance(start, datetime)] == [(6, 1), (7, 1)]
    rows = LOCAL.rows(engine, "calls_taken", grain="hour", range="2025-03-09", timezone="Europe/Berlin")
    assert [(start.hour, count) for start, count in rows if isinstance(start, datetime)] == [(7, 1), (8, 1)]
    rows = LOCAL.rows(engine, "calls_taken", grain="hour", range="2025-03-09", timezone="America/New_York")
    assert [(start.hour, count) for start, count in rows if isinstance(start, datetime)] == [(1, 1), (3, 1)]


def test_hours_of_a_zone_at_half_past_begin_on_its_own_full_hours(engine: str) -> None:
    asked = {"grain": "hour", "range": "2025-02-01", "timezone": "Asia/Kolkata"}
    for fill in (False, True):
        rows = [row for row in LOCAL.rows(engine, "visits_made", fill=fill, **asked) if row[1]]
        kolkata = ZoneInfo("Asia/Kolkata")
        assert rows == [
            (datetime(2025, 2, 1, 0, tzinfo=kolkata), 1),
            (datetime(2025, 2, 1, 5, tzinfo=kolkata), 1),
        ]


def test_instants_and_plain_times_meet_on_the_same_days(engine: str) -> None:
    asked = {"grain": "day", "timezone": "America/New_York"}
    assert SPRING.rows(engine, "events_seen", **asked) == SPRING_INSTANTS.rows(engine, "events_seen", **asked)


def test_the_last_hours_are_hours_that_passed(engine: str) -> None:
    """At 12:00 in Berlin on the day of the lost hour, six hours back it was 06:00, and twelve hours back 23:00."""
    noon = datetime(2025, 3, 30, 10)
    asked = {"timezone": "Europe/Berlin", "now": noon, "fill": True}
    rows = SPRING.rows(engine, "events_seen", grain="hour", range="13h", **asked)
    assert [count for _, count in rows] == [2] * 13
    first = rows[0][0]
    assert isinstance(first, datetime)
    assert (first.day, first.hour) == (29, 23)
