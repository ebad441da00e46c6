"""What returns are worth is added up in one currency, or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.truth.case import World
from truenorth.base.errors import QueryError
from truenorth.query.request import MetricQuery
from truenorth.query.retention import matrix

METRICS = """
datasets:
  - name: orders
    source: orders
    time: at
    fields: [{name: who}, {name: amount, unit: currency, currency: code}, {name: code}, {name: country}]
metrics:
  - {name: back, type: retention, dataset: orders, entity: who, period: week, after: 1, value: amount}
  - {name: kept, type: retention, of: back, part: value}
  - {name: share, type: retention, of: back, part: value_rate}
  - {name: returning, type: retention, of: back, part: retained}
  - name: euros
    type: retention
    dataset: orders
    entity: who
    period: week
    after: 1
    value: amount
    filter: "code = 'EUR'"
  - {name: kept_euros, type: retention, of: euros, part: value}
"""
# Ada pays in euros and comes back with euros and dollars; Ben only ever pays in euros.
ORDERS = """
who text | at timestamp        | amount decimal | code text | country text
ada      | 2025-03-03T10:00:00 | 10.00          | EUR       | DE
ada      | 2025-03-10T10:00:00 | 4.00           | EUR       | DE
ada      | 2025-03-11T10:00:00 | 7.00           | USD       | DE
ben      | 2025-03-04T10:00:00 | 20.00          | EUR       | FR
ben      | 2025-03-12T10:00:00 | 5.50           | EUR       | FR
"""
WORLD = World(METRICS, orders=ORDERS)
ASKED = {"range": "2025-03-03..2025-03-09"}


@pytest.mark.parametrize("metric", ["kept", "share", "back__value_at_start"])
@pytest.mark.parametrize("more", [{}, {"where": "code = 'EUR'"}, {"by": "code"}])
def test_several_currencies_are_not_added_up(engine: str, metric: str, more: dict[str, str]) -> None:
    """Whoever is asked for, and however they are grouped: conditions and groups are those of the start, and what they
    come back with may be in any currency."""
    with pytest.raises(QueryError, match="EUR and USD") as refused:
        WORLD.rows(engine, metric, **ASKED, **more)
    assert refused.value.code == "E_MIXED_CURRENCIES"
    assert "filter" in (refused.value.hint or "")


def test_who_comes_back_has_no_currency(engine: str) -> None:
    assert WORLD.rows(engine, "back", "returning", **ASKED) == [(1.0, 2)]


def test_one_currency_is_added_up(engine: str) -> None:
    """Of euros: Ada comes back with 4.00 and Ben with 5.50."""
    assert WORLD.value(engine, "kept_euros", **ASKED) == Decimal("9.50")


def test_neither_does_a_matrix(engine: str) -> None:
    with pytest.raises(QueryError, match="EUR and USD"):
        matrix(WORLD.on(engine), MetricQuery(("back",), **ASKED), WORLD.now)
    found = matrix(WORLD.on(engine), MetricQuery(("euros",), **ASKED), WORLD.now, 2)
    assert [one.values for one in found.cohorts] == [(Decimal("30.00"), Decimal("9.50"))]
