"""The small parts of the query room: chosen values, literals, windows, and the tests that definitions carry."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.truth.case import World
from truenorth.base.period import Span
from truenorth.query import window
from truenorth.query.calendar import Calendar
from truenorth.query.chosen import understood
from truenorth.query.dialect import CLICKHOUSE, DUCKDB, indented, quote
from truenorth.query.test import outcomes, same
from truenorth.query.unfinished import unfinished
from truenorth.query.window import Reckoning, Window
from truenorth.store.open import open_engine

D = date
BY = Reckoning("UTC")


@pytest.mark.parametrize(
    ("values", "kind", "wanted"),
    [
        (["3", 4, 5.0, "6.5", "x", None, "inf", "1e2"], "integer", [3, 4, 5, 100]),
        (["3.10", 4], "decimal", [Decimal("3.10"), Decimal(4)]),
        (["0.1", "x"], "float", [0.1]),
        ([True, "FALSE", "yes", 1], "boolean", [True, False]),
        (["2025-01-02", "2025-01-02 00:00:00", "2025-01-02 01:00", "2025-01"], "date", [D(2025, 1, 2), D(2025, 1, 2)]),
        (["2025-01-02T03:04:05+02:00"], "timestamp", [datetime(2025, 1, 2, 1, 4, 5)]),
        (["x", 1, 1.5, True, Decimal("2.50")], "text", ["x", "1", "1.5", "true", "2.50"]),
    ],
)
def test_chosen_values_are_read_as_the_field_is(values: list[Any], kind: str, wanted: list[Any]) -> None:
    assert understood(values, kind) == wanted


LITERALS = ["it's", "back\\slash", "\\'", "line\nbreak", "", "日本", 1, -1.5, Decimal("1.50"), True, False, None]


@pytest.mark.parametrize("value", [*LITERALS, D(2025, 1, 2), datetime(2025, 1, 2, 3, 4, 5, 600000)])
@pytest.mark.parametrize("dialect", [DUCKDB, CLICKHOUSE])
def test_a_literal_is_its_value_again(value: Any, dialect: Any, request: pytest.FixtureRequest) -> None:
    word = "duckdb::memory:"
    if dialect is CLICKHOUSE:
        request.getfixturevalue("chdb_present")
        word = "clickhouse:chdb"
    engine = open_engine(word, Path())
    try:
        [(found,)] = engine.rows(f"SELECT {dialect.literal(value)} AS one")
    finally:
        engine.close()
    assert found == value


def test_names_are_quoted_whatever_they_hold() -> None:
    assert quote('we"ird') == '"we""ird"'


def test_lines_are_indented_but_quoted_line_breaks_are_not() -> None:
    assert indented("a\nb") == "  a\n  b"
    assert indented("a = 'x\ny'") == "a = 'x\ny'"
    assert indented('"x\ny"') == '"x\ny"'


def month(number: int) -> Window:
    return Window((D(2025, number, 1),), D(2025, number, 1), D(2025, number + 1, 1))


def test_windows_end_where_the_data_does() -> None:
    found = window.until((month(1), month(2), month(3)), D(2025, 2, 10))
    assert [one.end for one in found] == [D(2025, 2, 1), D(2025, 2, 10), D(2025, 4, 1)]
    assert [window.begun(one, D(2025, 2, 10)) for one in found] == [True, True, False]
    assert window.until((Window((), None, None),), D(2025, 2, 10))[0].end == D(2025, 2, 10)


def test_windows_that_look_elsewhere() -> None:
    march = (month(3),)
    assert window.trailing(march, 28, "day", BY)[0].start == D(2025, 3, 4)
    assert window.trailing(march, 1, "month", BY)[0].start == D(2025, 3, 1)
    assert window.to_date(march, "year", BY)[0].start == D(2025, 1, 1)
    assert window.to_date(march, "week", Reckoning("UTC", "sunday"))[0].start == D(2025, 3, 30)
    assert window.from_start(march)[0].start is None
    assert window.shifted(march, 1, "month", BY) == (Window((D(2025, 3, 1),), D(2025, 2, 1), D(2025, 3, 1)),)


def test_a_calendar_cuts_a_span_into_periods() -> None:
    as_of = datetime(2025, 3, 10, 9)
    made = Calendar(Span(D(2025, 1, 15), D(2025, 3, 20)), "month", "UTC", "monday", as_of)
    assert [(one.start, one.end) for one in made.windows()] == [
        (D(2025, 1, 15), D(2025, 2, 1)),
        (D(2025, 2, 1), D(2025, 3, 1)),
        (D(2025, 3, 1), D(2025, 3, 20)),
    ]
    found = unfinished(made, [(start,) for start in made.starts()])
    assert (found.cut, found.running) == ({(D(2025, 1, 1),)}, {(D(2025, 3, 1),)})
    assert made.end_of_data() == D(2025, 3, 11)
    assert made.step_back("prev") == (3, "month")
    assert made.step_back("year") == (1, "year")
    whole = Calendar(Span(D(2025, 1, 1), D(2025, 3, 1)), None, "UTC", "monday", as_of)
    assert whole.step_back("prev") == (2, "month")
    hours = Calendar(Span(D(2025, 3, 9), D(2025, 3, 10)), "hour", "America/New_York", "monday", as_of)
    assert len(hours.windows()) == 23
    assert hours.step_back("prev") == (23, "hour")
    assert hours.windows()[0].start == datetime(2025, 3, 9, 5, tzinfo=UTC)


TESTED = World(
    """
datasets:
  - {name: orders, source: orders, time: day}
metrics:
  - name: revenue
    type: simple
    dataset: orders
    agg: sum
    expr: amount
    tests:
      - {equals: 15}
      - {where: "metric_time = '2025-02'", equals: 5}
      - {where: "metric_time = '2025-03'", equals: null}
      - {where: amount > 5, equals: 9, tolerance: 1}
      - {equals: 14}
      - {where: amount < 0, equals: 0}
  - {name: lost, type: simple, dataset: orders, agg: sum, expr: gone, tests: [{equals: 1}]}
""",
    orders="day date | amount integer\n2025-01-05 | 10\n2025-02-05 | 5",
)


def test_definitions_carry_their_own_tests() -> None:
    runner = TESTED.on("duckdb")
    found = list(outcomes(runner.catalog.model, lambda query: runner.ask(query, TESTED.now)))
    assert [one.passed for one in found] == [True, True, True, True, False, False, False]
    assert str(found[0]) == "ok      revenue = 15"
    assert str(found[4]) == "FAILED  revenue: expected 14.0, is 15 (metrics/case.yml:16:9)"
    assert str(found[5]) == "FAILED  revenue where amount < 0: expected 0.0, is None (metrics/case.yml:17:9)"
    assert "E_COLUMN_NOT_FOUND" in str(found[6])


@pytest.mark.parametrize(
    ("one", "other", "tolerance", "equal"),
    [
        (Decimal("10.00"), 10, 0, True),
        (10.0, "10", 0, True),
        (None, None, 0, True),
        (None, 0, 0, False),
        (0.1 + 0.2, 0.3, 0, True),
        (1.001, 1, 0, False),
        (1.001, 1, 0.01, True),
        ("a", "a", 0, True),
        ("a", "b", 0, False),
        (float("inf"), 1, 0, False),
        (10**20, 10**20 + 10**15, 0, False),
    ],
)
def test_numbers_are_the_same(one: Any, other: Any, tolerance: float, equal: bool) -> None:
    assert same(one, other, tolerance) is equal
