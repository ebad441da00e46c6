"""Complaints about money in several currencies: a currency in a column is heeded, and dollars are not added to euros.

Each test names the thread it answers; the list is "Semantic / metrics layers", §3, class 15.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.truth.case import World, day
from truenorth.base.errors import QueryError
from truenorth.query.verify import verify

SALES = World(
    """
datasets:
  - name: sales
    source: sales
    time: day
    fields:
      - {name: amount, unit: currency, currency: code}
      - {name: net, expr: amount - 1, unit: currency}
      - {name: money, expr: code}
      - {name: shop}
  - {name: rates, source: rates, primary_key: [code], fields: [{name: to_eur}]}
relationships:
  - {name: sale_rate, from: sales, to: rates, from_columns: [code], to_columns: [code]}
metrics:
  - {name: revenue, type: simple, dataset: sales, agg: sum, expr: amount}
  - {name: net_revenue, type: simple, dataset: sales, agg: sum, expr: net}
  - {name: largest, type: simple, dataset: sales, agg: max, expr: amount}
  - {name: sales_made, type: simple, dataset: sales, agg: count}
  - {name: mean, type: ratio, numerator: revenue, denominator: sales_made}
  - {name: revenue_ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
  - {name: euros, type: simple, dataset: sales, agg: sum, expr: amount, filter: code = 'EUR', unit: currency, currency: EUR}
  - {name: dollars, type: simple, dataset: sales, agg: sum, expr: amount, filter: code = 'USD', unit: currency}
  - {name: all_in_eur, type: simple, dataset: sales, agg: sum, expr: amount * rates.to_eur, unit: currency, currency: EUR}
""",
    workspace="currency: CHF\n",
    sales="""
        day date   | shop text | amount decimal | code text
        2025-01-05 | north     | 100            | EUR
        2025-01-06 | north     | 50             | EUR
        2025-02-01 | south     | 200            | USD
        2025-02-02 | east      | 10             | EUR
        2025-02-03 | east      | 7              | USD
    """,
    rates="code text | to_eur decimal\nEUR | 1\nUSD | 0.5",
)


@pytest.mark.parametrize("metric", ["revenue", "net_revenue", "largest", "mean", "revenue_ytd"])
def test_currencies_are_never_added_up_in_silence(engine: str, metric: str) -> None:
    """cube#11280, lightdash#13684, metabase#49573: a currency for each row, and sums over all of them."""
    for words in ({}, {"by": "shop"}, {"grain": "month"}, {"where": "shop <> 'north'"}):
        with pytest.raises(QueryError) as raised:
            SALES.ask(engine, metric, **words)
        assert raised.value.code == "E_MIXED_CURRENCIES"
        assert raised.value.message == f'"{metric}" would add up amounts in EUR and USD'
        assert "--by code" in raised.value.hint


def test_each_currency_for_itself(engine: str) -> None:
    for name in ("code", "money"):
        answer = SALES.ask(engine, "revenue", "largest", "sales_made", "mean", by=name, totals=True)
        assert answer.table.rows == (
            ("EUR", 160, 100, 3, Decimal("53.333333333333")),
            ("USD", 207, 200, 2, Decimal("103.5")),
        )
        assert answer.totals == {"revenue": None, "largest": None, "sales_made": 5, "mean": None}
        assert [column.currency for column in answer.table.columns] == ["", "", "", "", ""]


def test_no_subtotal_and_no_rest_is_of_several_currencies(engine: str) -> None:
    answer = SALES.ask(engine, "revenue", "sales_made", by=("shop", "code"), subtotals=True)
    assert answer.table.rows == (
        ("east", "EUR", "group", 10, 1),
        ("east", "USD", "group", 7, 1),
        ("east", None, "subtotal by shop", None, 2),
        ("north", "EUR", "group", 150, 2),
        ("north", None, "subtotal by shop", None, 2),
        ("south", "USD", "group", 200, 1),
        ("south", None, "subtotal by shop", None, 1),
    )
    with pytest.raises(QueryError) as raised:
        SALES.ask(engine, "revenue", by="code", limit=1, other=True)
    assert raised.value.code == "E_MIXED_CURRENCIES"


def test_one_currency_under_a_condition_is_shown_in_it(engine: str) -> None:
    """Superset SIP-197: the rows decide, not the workspace's currency, which is the franc here."""
    for words, code, value in (
        ({"where": "code = 'USD'"}, "USD", 207),
        ({"where": "shop = 'north'"}, "EUR", 150),
        ({"range": "2025-01"}, "EUR", 150),
    ):
        answer = SALES.ask(engine, "revenue", **words)
        assert answer.table.rows == ((value,),)
        assert answer.table.columns[0].currency == code


def test_metrics_of_one_currency_each_stand_side_by_side(engine: str) -> None:
    answer = SALES.ask(engine, "euros", "dollars", "all_in_eur", grain="month")
    assert answer.table.rows == (
        (day("2025-01"), 150, None, 150),
        (day("2025-02"), 10, 207, Decimal("113.50")),
    )
    assert [column.currency for column in answer.table.columns[1:3]] == ["EUR", "USD"]


def test_a_currency_that_is_stated_is_held_against_the_rows(engine: str) -> None:
    world = World(SALES.definitions.replace("filter: code = 'EUR'", "filter: code = 'USD'"), **SALES.tables)
    with pytest.raises(QueryError) as raised:
        world.ask(engine, "euros")
    assert raised.value.message == '"euros" is said to be in EUR, and its rows are in USD'


def test_one_currency_in_the_data_needs_no_word(engine: str) -> None:
    tables = {
        **SALES.tables,
        "sales": "day date | shop text | amount decimal | code text\n2025-01-05 | north | 5 | GBP",
    }
    world = World(SALES.definitions, **tables)
    answer = world.ask(engine, "revenue", "revenue_ytd", grain="month")
    assert answer.table.rows == ((day("2025-01"), 5, 5),)
    assert [column.currency for column in answer.table.columns[1:]] == ["GBP", "GBP"]


def test_a_row_without_a_currency_is_not_one_of_euros(engine: str) -> None:
    tables = {
        **SALES.tables,
        "sales": "day date | shop text | amount decimal | code text\n2025-01-05 | a | 5 | EUR\n2025-01-05 | a | 5 |",
    }
    with pytest.raises(QueryError) as raised:
        World(SALES.definitions, **tables).ask(engine, "revenue")
    assert raised.value.message == '"revenue" would add up amounts in EUR and (none)'


def test_verify_passes_over_what_cannot_be_added_up() -> None:
    runner = SALES.on("duckdb")
    report = verify(runner.catalog, lambda query: runner.ask(query, SALES.now), SALES.now, (), 3)
    assert report.passed, report.smallest
    assert 'revenue: "revenue" would add up amounts in EUR and USD' in report.skipped
