"""What one of something brings or costs is money, and is divided exactly: to 12 places, rounded half up.

Three orders of 100.00 in all are worth 33.333333333333 each. With 10 of 110 lost, a share of 0.090909090909, revenue of
33.333333333333 an order lasts 366.666666667030 (Python: Decimal arithmetic with each quotient rounded to 12 places).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.truth.case import WAREHOUSES, World
from truenorth.define.exact import quotient
from truenorth.query.verify import verify
from truenorth.store.open import open_engine

WORLD = World(
    """
datasets:
  - name: orders
    source: orders
    primary_key: [id]
    time: day
    fields: [{name: amount, unit: currency, currency: EUR}, {name: hours}, {name: shop}]
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: sold, type: simple, dataset: orders, agg: count}
  - {name: worked, type: simple, dataset: orders, agg: sum, expr: hours}
  - {name: kept, type: simple, dataset: orders, agg: sum, expr: kept}
  - {name: lost, type: simple, dataset: orders, agg: sum, expr: lost}
  - {name: aov, type: ratio, numerator: revenue, denominator: sold}
  - {name: mean_amount, type: simple, dataset: orders, agg: avg, expr: amount}
  - {name: middle, type: simple, dataset: orders, agg: median, expr: amount}
  - {name: lost_share, type: ratio, numerator: lost, denominator: kept, unit: percent}
  - name: lifetime_value
    type: derived
    expr: aov / lost_share
    unit: currency
    input_metrics: [{name: aov}, {name: lost_share}]
  - name: margin
    type: derived
    expr: revenue * (lost / kept) - 0.5 * revenue
    unit: currency
    input_metrics: [{name: revenue}, {name: lost}, {name: kept}]
  - name: kept_of_aov
    type: derived
    expr: aov * lost_share
    unit: currency
    input_metrics: [{name: aov}, {name: lost_share}]
  - {name: by_hour, type: ratio, numerator: revenue, denominator: worked, unit: currency}
  - {name: week_of_aov, type: cumulative, input_metric: aov, window: 7 days}
""",
    now=datetime(2026, 2, 1),
    orders="""
        id integer | day date   | shop text | amount decimal | hours float | kept integer | lost integer
        1          | 2026-01-01 | a         | 50.00          | 0.1         | 100          | 4
        2          | 2026-01-02 | a         | 30.01          | 0.2         | 5            | 3
        3          | 2026-01-02 | b         | 19.99          | 0.4         | 5            | 3
        4          | 2026-01-03 | c         |                | 0           | 0            | 0
    """,
)
THREE = ("shop <> 'c'",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aov", "33.333333333333"),
        ("mean_amount", "33.333333333333"),
        ("lifetime_value", "366.666666667030"),
        ("margin", "-40.909090909100"),
        ("kept_of_aov", "3.030303030300"),
        ("by_hour", "142.857142857143"),
        ("week_of_aov", "33.333333333333"),
    ],
)
def test_money_that_is_divided_is_a_decimal_of_twelve_places(engine: str, name: str, value: str) -> None:
    found = WORLD.value(engine, name, where=THREE, range="2026-01-01..2026-01-03" if name.startswith("week") else "")
    assert type(found) is Decimal
    assert found == Decimal(value)


def test_nothing_over_nothing_has_no_worth(engine: str) -> None:
    assert WORLD.rows(engine, "by_hour", "lifetime_value", where="shop = 'c'") == [(None, None)]
    assert WORLD.rows(engine, "mean_amount", where="shop = 'c'") == [(None,)]


def test_what_lies_between_two_amounts_is_a_decimal_too(engine: str) -> None:
    assert WORLD.value(engine, "middle", where="id <= 2") == Decimal("40.005")
    assert type(WORLD.value(engine, "middle")) is Decimal


def test_a_share_is_a_measurement_and_stays_a_plain_number(engine: str) -> None:
    assert WORLD.value(engine, "lost_share") == pytest.approx(10 / 110)


def test_the_naive_road_finds_the_same(engine: str) -> None:
    runner, names = WORLD.on(engine), ("aov", "mean_amount", "lifetime_value", "margin", "kept_of_aov", "by_hour")
    report = verify(runner.catalog, lambda query: runner.ask(query, WORLD.now), WORLD.now, names, 5)
    assert report.passed, [str(one) for one in report.failures]


AMOUNTS = st.decimals(min_value=-(10**19), max_value=10**19, places=2)
BELOW = st.one_of(
    st.integers(1, 10**9).map(Decimal), st.decimals(min_value="0.000000000001", max_value=10**6, places=12)
)


@settings(max_examples=40, deadline=None)
@given(pairs=st.lists(st.tuples(AMOUNTS, BELOW, st.sampled_from([1, -1])), min_size=1, max_size=8))
def test_a_quotient_is_the_fraction_rounded_half_up(engine: str, pairs: list[tuple[Decimal, Decimal, int]]) -> None:
    small = [(above, below * sign) for above, below, sign in pairs if abs(above / below) < 10**24]
    kind = "Nullable(DECIMAL({}))" if engine == "clickhouse" else "DECIMAL({})"
    texts = [
        quotient(
            f"CAST('{above:f}' AS {kind.format('38, 2')})", f"CAST('{below:f}' AS {kind.format('38, 12')})", engine
        )
        for above, below in small
    ]
    opened = open_engine(WAREHOUSES[engine], Path())
    rows = opened.rows(f"SELECT {', '.join(texts)}") if small else [()]
    assert list(rows[0]) == [rounded(Fraction(above) / Fraction(below)) for above, below in small]


def rounded(value: Fraction) -> Decimal:
    """A fraction to 12 places, rounded half away from zero."""
    whole, rest = divmod(abs(value) * 10**12, 1)
    digits = int(whole) + (2 * rest >= 1)
    return Decimal(f"{'-' if value < 0 else ''}{digits}e-12")
