"""Keys that stand more than once where a relationship expects one row: nothing is counted twice, and it is said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.truth.case import World
from truenorth.base.errors import DefinitionError

DEFINITIONS = """
datasets:
  - {name: orders, source: orders, primary_key: [id], time: day, fields: [{name: amount}, {name: shop}]}
  - {name: shops, source: shops, primary_key: [shop], fields: [{name: city}, {name: size}]}
  - {name: cities, source: cities, primary_key: [name], fields: [{name: land}]}
  - {name: bills, source: bills, primary_key: [id], unique_keys: [[order]], fields: [{name: paid}]}
  - {name: lines, source: lines, primary_key: [id], fields: [{name: kind}, {name: pieces}]}
relationships:
  - {name: order_shop, from: orders, to: shops, from_columns: [shop], to_columns: [shop]}
  - {name: shop_city, from: shops, to: cities, from_columns: [city], to_columns: [name]}
  - {name: bill_order, from: bills, to: orders, from_columns: [order], to_columns: [id]}
  - {name: line_order, from: lines, to: orders, from_columns: [order], to_columns: [id]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: in_rome, type: simple, dataset: orders, agg: count, filter: shops.city <> 'Bern'}
  - {name: room, type: simple, dataset: orders, agg: sum, expr: shops.size}
  - {name: pieces, type: simple, dataset: lines, agg: sum, expr: pieces}
"""
TABLES = {
    "orders": """
    id integer | day date   | shop integer | amount integer
    1          | 2025-01-01 | 1            | 1
    2          | 2025-01-02 | 1            | 10
    3          | 2025-02-01 | 2            | 100
    4          | 2025-02-02 |              | 1000
    """,
    "shops": """
    shop integer | city text | size integer
    1            | Rome      | 5
    1            | Oslo      | 7
    2            | Bern      | 3
                 | Bonn      | 1
                 | Bonn      | 2
    """,
    "cities": """
    name text | land text
    Rome      | IT
    Oslo      | NO
    Bern      | CH
    Bern      | CH
    """,
    "bills": """
    id integer | order integer | paid boolean
    1          | 1             | true
    2          | 1             | false
    3          | 2             | true
    """,
    "lines": """
    id integer | order integer | kind text | pieces integer
    1          | 1             | a         | 1
    2          | 1             | b         | 10
    3          | 3             | a         | 100
    """,
}
SHOP = World(DEFINITIONS, **TABLES)
ONE = '1 value stands in more than one row of "shops" by shop; only the first of them is joined'


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"by": "city"}, {"Oslo": 11, "Bern": 100, None: 1000}),
        ({"by": "land"}, {"NO": 11, "CH": 100, None: 1000}),
        ({"by": "paid"}, {False: 1, True: 10, None: 1100}),
        ({"by": "kind"}, {"a": 101, "b": 1, None: 1010}),
    ],
)
def test_each_row_counts_once(engine: str, asked: dict[str, Any], wanted: dict[object, int]) -> None:
    answer = SHOP.ask(engine, "revenue", **asked, totals=True)
    assert dict(answer.table.rows) == wanted
    assert answer.totals == {"revenue": 1111}


def test_it_is_said(engine: str) -> None:
    assert ONE in SHOP.ask(engine, "revenue", by="city").notes
    assert ONE in SHOP.ask(engine, "pieces", by="city").notes
    assert SHOP.ask(engine, "revenue", grain="month").notes == ()


def test_conditions_and_the_metrics_own_names_join_once_too(engine: str) -> None:
    assert SHOP.value(engine, "revenue", where="city <> 'Bern'") == 11
    assert SHOP.value(engine, "in_rome") == 2
    assert SHOP.value(engine, "room") == 7 + 7 + 3
    assert SHOP.value(engine, "pieces", where="land = 'NO'") == 11


def test_a_relationship_may_let_each_of_several_count(engine: str) -> None:
    """As other tools join: a row counts once for each, the parts then make more than the total, and it is said."""
    each = DEFINITIONS.replace("{name: order_shop,", "{name: order_shop, doubled_keys: each,")
    answer = World(each, **TABLES).ask(engine, "revenue", by="shops.city")
    assert dict(answer.table.rows) == {"Bern": 100, "Oslo": 11, "Rome": 11, None: 1000}
    assert (
        ONE.replace("only the first of them is joined", "a row that meets several of them counts for each")
        in answer.notes
    )


def test_values_without_a_metric_lose_none(engine: str) -> None:
    assert SHOP.rows(engine, by="city") == [("Bern",), ("Bonn",), ("Oslo",), ("Rome",)]


def test_rows_that_nothing_tells_apart_go_through_no_bridge(engine: str) -> None:
    """Order 1 twice, in two shops: a line's kind would count the one in the other's group."""
    orders = TABLES["orders"] + "    1          | 2025-02-01 | 2            | 5\n"
    world = World(DEFINITIONS, **{**TABLES, "orders": orders})
    assert world.value(engine, "revenue") == 1116
    with pytest.raises(DefinitionError) as caught:
        world.ask(engine, "revenue", by=("kind", "orders.shop"))
    assert caught.value.code == "E_DOUBLED_KEY"
    assert '1 value stands in more than one row of "orders" by id, its primary_key' in caught.value.message
