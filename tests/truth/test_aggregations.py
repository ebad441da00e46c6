"""Aggregations worked out by hand: shares of what is true, first and last by time, percentiles of either kind."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from math import ceil, floor

import pytest
from pytest import approx

from tests.truth.case import Rows, World, day
from truenorth.base.table import Value

DEFINITIONS = """
datasets:
  - name: readings
    source: readings
    primary_key: [id]
    time: at
    fields: [{name: place}, {name: warm}, {name: who}]
  - {name: places, source: places, primary_key: [name], fields: [{name: indoors}, {name: country}]}
relationships:
  - {name: reading_place, from: readings, to: places, from_columns: [place], to_columns: [name]}
metrics:
  - {name: warm_ones, type: simple, dataset: readings, agg: sum, expr: warm}
  - {name: warm_share, type: simple, dataset: readings, agg: avg, expr: warm}
  - {name: indoors, type: simple, dataset: readings, agg: sum, expr: places.indoors}
  - {name: indoor_share, type: simple, dataset: readings, agg: avg, expr: places.indoors}
  - {name: hot_share, type: simple, dataset: readings, agg: avg, expr: degrees > 20}
  - {name: opening, type: simple, dataset: readings, agg: first, expr: degrees}
  - {name: closing, type: simple, dataset: readings, agg: last, expr: degrees}
  - {name: last_warm, type: simple, dataset: readings, agg: last, expr: degrees, filter: warm}
  - {name: last_who, type: simple, dataset: readings, agg: last, expr: who}
  - {name: p25, type: simple, dataset: readings, agg: percentile, percentile: 0.25, expr: degrees}
  - name: p25_rank
    type: simple
    dataset: readings
    agg: percentile
    percentile: 0.25
    percentile_type: discrete
    expr: degrees
  - {name: middle_rank, type: simple, dataset: readings, agg: median, percentile_type: discrete, expr: degrees}
  - {name: closing_2, type: cumulative, input_metric: closing, window: 2 months}
  - {name: warm_ever, type: cumulative, input_metric: warm_ones}
  - {name: warm_share_2, type: cumulative, input_metric: warm_share, window: 2 months}
  - {name: middle_2, type: cumulative, input_metric: middle_rank, window: 2 months}
"""
READINGS = """
id integer | place text | at timestamp        | degrees decimal | warm boolean | who text
1          | hall       | 2025-01-01T08:00:00 | 20.50           | true         | ada
2          | hall       | 2025-01-01T08:00:00 | 19.00           | false        | ben
3          | yard       | 2025-01-31T23:00:00 | 3.25            | false        |
4          | yard       | 2025-01-31T23:30:00 |                 | true         | cy
5          | hall       | 2025-02-03T08:00:00 | 21.00           | true         | dot
6          | hall       | 2025-02-03T08:00:00 | 22.00           |              | eve
7          | attic      |                     | 40.00           | true         | flo
"""
WEATHER = World(
    DEFINITIONS,
    readings=READINGS,
    places="name text | indoors boolean | country text\nhall | true | DE\nyard | false | DE",
)


def test_what_is_true_can_be_added_up_and_averaged(engine: str) -> None:
    assert WEATHER.rows(engine, "warm_ones", "warm_share", by="place") == [
        ("attic", 1, 1.0),
        ("hall", 2, approx(2 / 3)),
        ("yard", 1, 0.5),
    ]
    assert WEATHER.rows(engine, "indoors", "indoor_share", "hot_share") == [(4, approx(4 / 6), approx(4 / 6))]
    assert WEATHER.rows(engine, "warm_ever", "warm_share_2", grain="month", range="2025-01..2025-03") == [
        (day("2025-01"), 2, 0.5),
        (day("2025-02"), 3, approx(3 / 5)),
        (day("2025-03"), 3, 1.0),
    ]


def test_first_and_last_are_by_time_and_skip_what_is_unknown(engine: str) -> None:
    # Of two at 8:00 the first takes the lesser and the last the greater; no time is no place in a row.
    assert WEATHER.rows(engine, "opening", "closing", "last_warm", "last_who") == [
        (Decimal("19.00"), Decimal("22.00"), Decimal("21.00"), "eve")
    ]
    assert WEATHER.rows(engine, "opening", "closing", by="place", grain="month", range="2025") == [
        (day("2025-01"), "hall", Decimal("19.00"), Decimal("20.50")),
        (day("2025-01"), "yard", Decimal("3.25"), Decimal("3.25")),
        (day("2025-02"), "hall", Decimal("21.00"), Decimal("22.00")),
    ]
    rows = WEATHER.rows(engine, "closing_2", by="place", grain="month", range="2025-02..2025-02")
    assert rows == [(day("2025-02"), "hall", Decimal("22.00")), (day("2025-02"), "yard", Decimal("3.25"))]


def test_a_rank_is_a_value_and_a_point_between_two_is_not(engine: str) -> None:
    # 3.25 19 20.5 21 22 40: a quarter of the way from 19 to 20.5, and the second of six.
    assert WEATHER.value(engine, "p25") == approx(19.375)
    assert WEATHER.value(engine, "p25_rank") == Decimal("19.00")
    assert WEATHER.value(engine, "middle_rank") == Decimal("20.50")
    assert WEATHER.rows(engine, "middle_rank", by="place") == [
        ("attic", Decimal("40.00")),
        ("hall", Decimal("20.50")),
        ("yard", Decimal("3.25")),
    ]
    assert WEATHER.value(engine, "middle_rank", where="id = 4") is None
    assert WEATHER.rows(engine, "middle_2", grain="month", range="2025-02") == [(day("2025-02"), Decimal("20.50"))]


def bounds(values: list[float], share: float, kind: str) -> tuple[float, float]:
    """A percentile, and how far off it may be: 1 % of each of the two values it lies between."""
    known = sorted(values)
    at = share * (len(known) - 1) if kind == "c" else max(1, ceil(round(share * len(known), 9))) - 1
    low, high, past = known[floor(at)], known[ceil(at)], at - floor(at)
    return low + (high - low) * past, 0.01 * (abs(low) * (1 - past) + abs(high) * past) + 1e-9


def test_an_approximate_percentile_is_within_one_percent(engine: str) -> None:
    values = [float(n * n - 5000) / 7 for n in range(200)] + [0.0] * 20 + [None] * 5
    rows = [(day("2025-01") + timedelta(days=n % 60), "ab"[n % 2], value) for n, value in enumerate(values)]
    asked = [(kind, share) for kind in ("continuous", "discrete") for share in (0, 0.01, 0.3, 0.5, 0.95, 0.999, 1)]
    lines = [
        f"  - {{name: {kind[0]}_{round(share * 1000)}, type: simple, dataset: pings, agg: percentile, expr: wait, "
        f"percentile: {share}, percentile_type: {kind}, approximate: true}}"
        for kind, share in asked
    ]
    lines.append("  - {name: middle, type: simple, dataset: pings, agg: median, expr: wait, approximate: true}")
    lines.append("  - {name: middle_28, type: cumulative, input_metric: middle, window: 28 days}")
    dataset = "datasets:\n  - {name: pings, source: pings, time: day, fields: [{name: side}]}\nmetrics:\n"
    types = {"day": "date", "side": "text", "wait": "float"}
    pings = World(dataset + "\n".join(lines), pings=Rows(types, rows))

    def holds(found: Value, share: float, kind: str, inside: list[float]) -> None:
        exact, off = bounds(inside, share, kind)
        assert isinstance(found, float) and abs(found - exact) <= off, (share, kind, found, exact)

    for kind, share in asked:
        name = f"{kind[0]}_{round(share * 1000)}"
        holds(pings.value(engine, name), share, kind[0], [value for value in values if value is not None])
        for side, found in pings.rows(engine, name, by="side"):
            inside = [value for _, other, value in rows if other == side and value is not None]
            holds(found, share, kind[0], inside)
        for month, found in pings.rows(engine, name, grain="month"):
            inside = [value for at, _, value in rows if at.replace(day=1) == month and value is not None]
            holds(found, share, kind[0], inside)
    for at, found in pings.rows(engine, "middle_28", grain="day", range="2025-02"):
        assert isinstance(at, date)
        inside = [value for one, _, value in rows if at - timedelta(days=28) < one <= at and value is not None]
        holds(found, 0.5, "c", inside)
    answer = pings.ask(engine, "c_500")
    assert any("approximate" in note for note in answer.notes)
    assert answer.additivity == {"c_500": "sketch"}


@pytest.mark.parametrize(("metric", "word"), [("closing", "holistic"), ("warm_ones", "additive"), ("p25", "holistic")])
def test_parts_that_do_not_make_the_whole_are_known(engine: str, metric: str, word: str) -> None:
    assert WEATHER.ask(engine, metric).additivity == {metric: word}
