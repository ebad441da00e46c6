"""What a period is compared with: the same weekdays, a fixed period, as much as has passed; and where parts and total differ."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.truth.case import Rows, World, day
from tests.truth.test_through_time import EVERY_DAY, numbered, summed
from truenorth.base.errors import QueryError
from truenorth.export.text import to_text

Pair = tuple[str, str] | None


def worth(pair: Pair) -> int | None:
    """What EVERY_DAY holds from one day to another: how many days after 1 January 2023 each of them is."""
    return summed(*pair) if pair else None


@pytest.mark.parametrize(
    ("asked", "grain", "vs", "pairs"),
    [
        ("2025-03-11..2025-03-20", "", "prev_by_weekday", [("2025-02-25", "2025-03-06")]),
        ("2025-03-19..2025-03-20", "day", "prev_by_weekday", [("2025-03-12",) * 2, ("2025-03-13",) * 2]),
        ("2025-03-10..2025-03-16", "", "prev_by_weekday", [("2025-03-03", "2025-03-09")]),
        ("2025-03", "month", "prev_by_weekday", [("2025-01-25", "2025-02-24")]),
        ("2025-03", "month", "year_by_weekday", [("2024-03-02", "2024-04-01")]),
        ("2025-03-03", "day", "year_by_weekday", [("2024-03-04", "2024-03-04")]),
        ("2024-02-29", "", "year_by_weekday", [("2023-03-02", "2023-03-02")]),
        (
            "2025-03-03..2025-03-16",
            "week",
            "year_by_weekday",
            [("2024-03-04", "2024-03-10"), ("2024-03-11", "2024-03-17")],
        ),
        ("2025-03", "", "2024-12", [("2024-12-01", "2024-12-31")]),
        ("2025-03", "", "2023", [("2023-01-01", "2023-12-31")]),
        ("2025-02..2025-03", "month", "2023-Q2", [("2023-04-01", "2023-04-30"), ("2023-05-01", "2023-05-31")]),
        (
            "2025-02..2025-04",
            "month",
            "2023-11..2023-12",
            [("2023-11-01", "2023-11-30"), ("2023-12-01", "2023-12-31"), None],
        ),
        ("2025-03-01..2025-03-02", "day", "2024-12-24..2024-12-25", [("2024-12-24",) * 2, ("2024-12-25",) * 2]),
        ("2025-03-03..2025-03-09", "week", "2024-12-23..2024-12-29", [("2024-12-23", "2024-12-29")]),
        ("2025-02-28..2025-03-01", "day", "2024-02-28..2024-02-29", [("2024-02-28",) * 2, ("2024-02-29",) * 2]),
        ("2024-02-28..2024-02-29", "day", "year", [("2023-02-28", "2023-02-28"), None]),
        ("2024-02-29", "day", "year", [("2023-02-28", "2023-02-28")]),
    ],
)
def test_compared_with(engine: str, asked: str, grain: str, vs: str, pairs: list[Pair]) -> None:
    answer = EVERY_DAY.ask(engine, "total", grain=grain, range=asked, vs=vs)
    assert list(answer.table.column("total__previous")) == [worth(pair) for pair in pairs]
    for row in answer.table.dicts():
        now, before = row["total"], row["total__previous"]
        assert row["total__change"] == (None if before is None else now - before)  # type: ignore[operator]


@pytest.mark.parametrize("vs", ["prev_by_weekday", "year_by_weekday"])
@pytest.mark.parametrize(
    ("asked", "grain"), [("2025-01-15..2025-03-10", "month"), ("2024-02-20..2024-03-05", "day"), ("2025-02", "week")]
)
def test_parts_by_weekday_make_the_total(engine: str, asked: str, grain: str, vs: str) -> None:
    answer = EVERY_DAY.ask(engine, "total", grain=grain, range=asked, vs=vs, totals=True)
    assert sum(answer.table.column("total__previous")) == answer.totals["total__previous"]  # type: ignore[arg-type]


def test_of_29_february_is_said_where_it_counts(engine: str) -> None:
    """February 2025 by day leaves out 29 February 2024, which the whole of February 2024 holds."""
    answer = EVERY_DAY.ask(engine, "total", grain="day", range="2025-02", vs="year", totals=True)
    assert sum(answer.table.column("total__previous")) == summed("2024-02-01", "2024-02-28")  # type: ignore[arg-type]
    assert answer.totals["total__previous"] == summed("2024-02-01", "2024-02-29")
    assert answer.totals["total__previous"] == EVERY_DAY.rows(engine, "total", range="2025-02", vs="year")[0][1]
    assert "1 day a year before that no day of the answer stands beside: only in the total" in answer.notes
    leap = EVERY_DAY.ask(engine, "total", grain="day", range="2024-02", vs="year", totals=True)
    parts = [value for value in leap.table.column("total__previous") if isinstance(value, int)]
    assert sum(parts) == leap.totals["total__previous"] == summed("2023-02-01", "2023-02-28")
    assert "1 day of which the number is missing a year before: not compared" in leap.notes


def test_lengths_that_differ_are_said(engine: str) -> None:
    answer = EVERY_DAY.ask(engine, "total", grain="day", range="2025-02", vs="2025-01", totals=True)
    assert answer.table.rows[27][:3] == (day("2025-02-28"), numbered("2025-02-28"), numbered("2025-01-28"))
    assert answer.totals["total__previous"] == summed("2025-01-01", "2025-01-31")
    assert answer.notes == (
        "28 days compared with 31 days of 2025-01",
        "3 days of 2025-01 that nothing stands beside: only in the total",
    )
    assert EVERY_DAY.ask(engine, "total", range="2025-03", vs="2025-01").notes == ()


def test_a_fixed_period_is_named_above_its_column() -> None:
    answer = EVERY_DAY.ask("duckdb", "total", range="2025-03", vs="2024-12")
    assert answer.table.columns[1].label == "Total, 2024-12"
    assert to_text(answer).splitlines()[0].split()[:2] == ["Total", "2024-12"]


WEDNESDAY = datetime(2025, 5, 14)
RUNNING = World(
    """
datasets:
  - {name: days, source: days, time: day, fields: [{name: n}]}
  - {name: times, source: times, time: at}
  - {name: nows, source: nows, time: at}
metrics:
  - {name: total, type: simple, dataset: days, agg: sum, expr: n}
  - {name: counted, type: simple, dataset: days, agg: count}
  - {name: total_mtd, type: cumulative, input_metric: total, grain_to_date: month}
  - {name: stock, type: snapshot, dataset: days, agg: sum, expr: n, non_additive_dimension: {name: day}}
  - {name: seen, type: simple, dataset: times, agg: count}
""",
    now=WEDNESDAY,
    days=Rows(
        {"day": "date", "n": "integer"},
        [
            *(
                (date(2024, 1, 1) + timedelta(days=at), at + 365)
                for at in range((WEDNESDAY.date() - date(2024, 1, 1)).days)
            ),
            (None, 7),
        ],
    ),
    times=Rows(
        {"at": "timestamp"},
        [(WEDNESDAY - timedelta(days=400) + timedelta(minutes=10 * at),) for at in range(400 * 144 + 57)],
    ),
    nows=Rows({"at": "timestamp"}, []),
)


@pytest.mark.parametrize(
    ("asked", "grain", "vs", "pairs"),
    [
        ("this month", "", "prev", [("2025-04-01", "2025-04-13")]),
        ("this month", "month", "prev", [("2025-04-01", "2025-04-13")]),
        ("mtd", "", "prev", [("2025-04-01", "2025-04-13")]),
        ("qtd", "month", "prev", [("2025-01-01", "2025-01-31"), ("2025-02-01", "2025-02-13")]),
        ("ytd", "", "prev", [("2024-01-01", "2024-05-13")]),
        ("wtd", "", "prev", [("2025-05-05", "2025-05-06")]),
        ("this week", "", "prev_by_weekday", [("2025-05-05", "2025-05-06")]),
        ("2m", "month", "prev", [("2025-02-01", "2025-02-28"), ("2025-03-01", "2025-03-13")]),
        ("2m", "month", "year", [("2024-04-01", "2024-04-30"), ("2024-05-01", "2024-05-13")]),
        ("this quarter", "quarter", "year", [("2024-04-01", "2024-05-13")]),
        ("this month", "", "2025-02", [("2025-02-01", "2025-02-13")]),
        ("this month", "", "year_by_weekday", [("2024-05-02", "2024-05-14")]),
        ("2025-04..2025-07", "month", "year", [("2024-04-01", "2024-04-30"), ("2024-05-01", "2024-05-13")]),
        ("last complete month", "", "prev", [("2025-03-01", "2025-03-31")]),
    ],
)
def test_what_runs_is_compared_with_as_much_as_has_passed(
    engine: str, asked: str, grain: str, vs: str, pairs: list[Pair]
) -> None:
    """Seen as 14 May 2025 begins; the data is there up to the 13th."""
    answer = RUNNING.ask(engine, "total", grain=grain, range=asked, vs=vs, totals=True)
    wanted = [worth(pair) for pair in pairs]
    assert list(answer.table.column("total__previous")) == wanted
    assert answer.totals["total__previous"] == sum(value for value in wanted if value)
    runs = asked != "last complete month"
    assert any("as much as had passed by 2025-05-13" in note for note in answer.notes) == runs


def test_data_with_its_own_clock_is_compared_alike(engine: str) -> None:
    data = World(RUNNING.definitions, workspace="clock: data\n", now=WEDNESDAY, **RUNNING.tables)
    assert data.rows(engine, "total", range="this month", vs="prev")[0][1] == summed("2025-04-01", "2025-04-13")
    assert data.rows(engine, "total", range="7d", vs="prev")[0][1] == summed("2025-04-30", "2025-05-06")


def test_stocks_and_windows_as_well(engine: str) -> None:
    """A month's stock is its last day's; by 13 May it stands beside 13 April's, as what has accumulated does."""
    rows = RUNNING.rows(engine, "stock", "total_mtd", grain="month", range="this month", vs="prev")
    assert (rows[0][2], rows[0][6]) == (numbered("2025-04-13"), summed("2025-04-01", "2025-04-13"))


def test_within_a_day_up_to_the_full_hour(engine: str) -> None:
    """There is a row every ten minutes up to 9:20 on the 14th; at 9:30 that is compared with all before 10:00."""
    now = WEDNESDAY + timedelta(hours=9, minutes=30)
    asked: dict[str, Any] = {"range": "today", "vs": "prev", "now": now}
    assert RUNNING.rows(engine, "seen", **asked)[0][:2] == (57, 60)
    assert RUNNING.rows(engine, "seen", **{**asked, "range": "2d"})[0][:2] == (144 + 57, 144 + 60)
    rows = RUNNING.rows(engine, "seen", **{**asked, "range": "2d", "grain": "day"})
    assert [row[1:3] for row in rows] == [(144, 144), (57, 60)]
    rows = RUNNING.rows(engine, "seen", **{**asked, "grain": "hour", "fill": True})
    assert [row[1:3] for row in rows[8:11]] == [(6, 6), (3, 6), (None, None)]
    minutes = RUNNING.rows(engine, "seen", **{**asked, "range": "90min"})[0]
    assert minutes[:2] == (9 - 1, 9)


def test_what_has_no_time_is_compared_with_nothing(engine: str) -> None:
    rows = RUNNING.rows(engine, "counted", grain="year", vs="year")
    assert rows[-1] == (None, 1, None, None, None)


def test_an_open_range_a_year_before_would_begin_before_the_data(engine: str) -> None:
    answer = RUNNING.ask(engine, "total", vs="year")
    assert answer.table.rows[0][1:] == (None, None, None)
    assert any("not compared" in note for note in answer.notes)


def test_data_that_lies_ahead_is_compared_whole(engine: str) -> None:
    """In 2024 the data of 2025 is planned already: nothing of it is cut."""
    rows = RUNNING.rows(engine, "total", grain="month", range="2025-03", vs="year", now=datetime(2025, 3, 10))
    assert rows[0][1:3] == (summed("2025-03-01", "2025-03-31"), summed("2024-03-01", "2024-03-31"))


@pytest.mark.parametrize(
    ("vs", "hint"),
    [("yaer", 'did you mean "year"'), ("all", "prev_by_weekday"), ("2025-01..", "2025-12"), ("x", "2025-12")],
)
def test_nothing_is_compared_with_what_is_not_known(vs: str, hint: str) -> None:
    with pytest.raises(QueryError) as raised:
        RUNNING.ask("duckdb", "total", range="2025-03", vs=vs)
    assert raised.value.code == "E_UNKNOWN_COMPARISON" and hint in raised.value.hint


def test_gaps_stay_gaps(engine: str) -> None:
    """The 2nd is left out a year before as well; beside a fixed period the days that are left stand in order."""
    where = ("metric_time <> '2025-03-02'",)
    asked: dict[str, Any] = {"grain": "day", "range": "2025-03-01..2025-03-03", "where": where}
    answer = EVERY_DAY.ask(engine, "total", vs="year", totals=True, **asked)
    assert list(answer.table.column("total__previous")) == [numbered("2024-03-01"), numbered("2024-03-03")]
    assert answer.totals["total__previous"] == numbered("2024-03-01") + numbered("2024-03-03")
    assert answer.notes == ()
    rows = EVERY_DAY.rows(engine, "total", vs="2024-12-24..2024-12-25", **asked)
    assert [row[2] for row in rows] == [numbered("2024-12-24"), numbered("2024-12-25")]
