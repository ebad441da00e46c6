"""Questions without metrics: the values that fields have, alone and together, in every period, on every engine."""

from __future__ import annotations

from typing import Any

import pytest

from tests.truth.case import World, day
from truenorth.base.errors import QueryError

# Ada bought twice, Bob once, Cem never; order 4 has no customer and order 5 one that is not there.
SHOP = World(
    """
datasets:
  - name: orders
    source: orders
    primary_key: [id]
    time: at
    fields: [{name: channel}, {name: loud, expr: "coalesce(upper(channel), 'NONE')"}, {name: at}]
  - {name: customers, source: customers, primary_key: [id], fields: [{name: region}, {name: name}]}
  - {name: tags, source: tags, primary_key: [tag], fields: [{name: colour}]}
  - {name: order_tags, source: order_tags, primary_key: [order_id, tag]}
  - {name: islands, source: islands, fields: [{name: palm}]}
relationships:
  - {name: billing, from: orders, to: customers, from_columns: [customer], to_columns: [id], role: payer}
  - {name: shipping, from: orders, to: customers, from_columns: [receiver], to_columns: [id], role: receiver}
  - {name: tagged, from: order_tags, to: orders, from_columns: [order_id], to_columns: [id]}
  - {name: tag, from: order_tags, to: tags, from_columns: [tag], to_columns: [tag]}
metrics:
  - {name: placed, type: simple, dataset: orders, agg: count}
""",
    orders="""
    id integer | customer integer | receiver integer | channel text | at timestamp
    1          | 1                | 1                | web          | 2025-01-05T10:00:00
    2          | 1                | 2                | shop         | 2025-01-20T10:00:00
    3          | 2                | 2                | web          | 2025-03-01T02:00:00
    4          |                  | 1                |              | 2025-03-10T10:00:00
    5          | 9                | 9                | web          |
    """,
    customers="""
    id integer | region text | name text
    1          | US          | Ada
    2          | DE          | Bob
    3          | FR          | Cem
    """,
    tags="""
    tag text | colour text
    new      | red
    old      | blue
    rare     | green
    """,
    order_tags="""
    order_id integer | tag text
    1                | new
    1                | old
    2                | new
    3                | gone
    """,
    islands="""
    palm text
    coconut
    """,
)


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        (("channel",), [("shop",), ("web",), (None,)]),
        (("region",), [("DE",), ("FR",), ("US",)]),
        # What others call a dataset is the dataset itself.
        (("payer.region",), [("DE",), ("FR",), ("US",)]),
        (("customers.region", "customers.name"), [("DE", "Bob"), ("FR", "Cem"), ("US", "Ada")]),
        # Order 4 has no payer and order 5 one that is not there; nobody bought for Cem, who stands beside NULL.
        (
            ("channel", "payer.region"),
            [("shop", "US"), ("web", "DE"), ("web", "US"), ("web", None), (None, "FR"), (None, None)],
        ),
        # The same table twice: payer and receiver of one order; each customer that is neither, on each side.
        (
            ("payer.region", "receiver.region"),
            [("DE", "DE"), ("FR", None), ("US", "DE"), ("US", "US"), (None, "FR"), (None, "US"), (None, None)],
        ),
        (("billing.region", "shipping.name"), None),
        # A row of the bridge is a pair; tags and orders without one stand alone.
        (
            ("colour", "channel"),
            [("blue", "web"), ("green", None), ("red", "shop"), ("red", "web"), (None, "web"), (None, None)],
        ),
        # A computed field is unknown where there is no row to compute it from.
        (
            ("loud", "payer.region"),
            [("NONE", None), ("SHOP", "US"), ("WEB", "DE"), ("WEB", "US"), ("WEB", None), (None, "FR")],
        ),
        (("orders.at__month",), [(day("2025-01"),), (day("2025-03"),), (None,)]),
        (("palm",), [("coconut",)]),
    ],
)
def test_values_that_fields_have_together(engine: str, by: tuple[str, ...], rows: list[tuple[Any, ...]] | None) -> None:
    if rows is None:
        regions = {"Ada": "US", "Bob": "DE", "Cem": "FR"}
        found = SHOP.rows(engine, by=("payer.region", "receiver.region"))
        assert {(row[0], regions.get(str(row[1]))) for row in SHOP.rows(engine, by=by)} == set(found)
        return
    answer = SHOP.ask(engine, by=by)
    assert list(answer.table.rows) == rows
    assert [column.role for column in answer.table.columns] == ["dimension"] * len(by)


@pytest.mark.parametrize(
    ("by", "where", "rows"),
    [
        (("channel",), "channel = 'web'", [("web",)]),
        # A condition on a dataset that is not shown: channels of orders that somebody in the US paid for.
        (("channel",), "payer.region = 'US'", [("shop",), ("web",)]),
        (("region",), "channel = 'web' and billing.region = 'US'", None),
        (("name",), "placed_by > 1", None),
        (("payer.name",), "METRIC(placed BY payer.name) > 1", [("Ada",)]),
        (("payer.region",), "channel is null", [("FR",), (None,)]),
    ],
)
def test_conditions(engine: str, by: tuple[str, ...], where: str, rows: list[tuple[Any, ...]] | None) -> None:
    if rows is None:
        with pytest.raises(QueryError) as raised:
            SHOP.ask(engine, by=by, where=where)
        assert raised.value.code in ("E_AMBIGUOUS_PATH", "E_NAME_NOT_FOUND")
    else:
        assert SHOP.rows(engine, by=by, where=where) == rows


def test_order_and_limit(engine: str) -> None:
    answer = SHOP.ask(engine, by="region", order="-region", limit=2)
    assert list(answer.table.rows) == [("US",), ("FR",)]
    assert answer.notes == ("more rows exist; these are the first 2",)


def test_a_range_keeps_the_rows_of_its_time(engine: str) -> None:
    """By the time of the rows that are read, in the zone of the question; rows without one are told."""
    answer = SHOP.ask(engine, by="channel", range="2025-01")
    assert list(answer.table.rows) == [("shop",), ("web",)]
    assert answer.notes == ("1 row has no at in orders and lies outside every range",)
    assert SHOP.rows(engine, by="payer.name", where="channel = 'web'", range="2025-02") == []
    new_york = {"timezone": "America/New_York", "range": "2025-02"}
    assert SHOP.rows(engine, by="payer.name", where="channel = 'web'", **new_york) == [("Bob",)]
    with pytest.raises(QueryError) as raised:
        SHOP.ask(engine, by="region", range="2025-01")
    assert (raised.value.code, "state `time:` for customers" in raised.value.hint) == ("E_NO_TIME", True)


def test_every_period_has_every_value(engine: str) -> None:
    """Without a range as far as the rows go; what nothing points to is in no period."""
    months = [day("2025-01"), day("2025-02"), day("2025-03")]
    assert SHOP.rows(engine, grain="month") == [(month,) for month in months]
    assert SHOP.rows(engine, by="channel", grain="month") == [
        (month, channel) for month in months for channel in ("shop", "web", None)
    ]
    paid = SHOP.rows(engine, by=("metric_time__month", "payer.region", "channel"), where="channel = 'web'")
    assert paid == [(month, region, "web") for month in months for region in ("DE", "US", None)]
    alone = SHOP.rows(engine, by=("payer.region", "orders.channel"), grain="month")
    assert [row for row in alone if row[0] is None] == [(None, "FR", None)]
    within = SHOP.rows(engine, by=("payer.region", "orders.channel"), grain="month", range="2025-02")
    assert {row[0] for row in within} == {day("2025-02")} and len(within) == 5
    assert SHOP.rows(engine, grain="month", range="2024-12-01..2025-01-31") == [(day("2024-12"),), (day("2025-01"),)]
    assert len(SHOP.rows(engine, by=("metric_time__day",), range="2025-01", where="channel = 'web'")) == 31
    assert SHOP.rows(engine, by=("metric_time__day",), range="2025-01", where="channel = 'mail'") == []


def test_parts_of_dates_without_metrics(engine: str) -> None:
    assert SHOP.rows(engine, by="metric_time__day_of_week", range="2025-01") == [(number,) for number in range(1, 8)]


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ({}, "E_NO_METRIC", "names no metric"),
        ({"by": "channel", "totals": True}, "E_NO_METRIC", "totals is about metrics"),
        ({"by": "channel", "vs": "prev", "range": "2025-01"}, "E_NO_METRIC", "vs is about metrics"),
        ({"by": "chanel"}, "E_NAME_NOT_FOUND", 'no dataset has a field "chanel"'),
        ({"by": "id"}, "E_AMBIGUOUS_FIELD", '2 datasets have a field "id"'),
        ({"by": ("palm", "channel")}, "E_NO_PATH", 'no dataset leads to "palm" and "channel"'),
        ({"by": ("channel", "customers.region")}, "E_AMBIGUOUS_PATH", '2 ways lead from "orders" to "customers"'),
        ({"by": "orders.chanel"}, "E_NAME_NOT_FOUND", '"orders" has no field "chanel"'),
    ],
)
def test_what_cannot_be_asked(engine: str, asked: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(QueryError) as raised:
        SHOP.ask(engine, **asked)
    assert (raised.value.code, words in raised.value.message) == (code, True), raised.value


def test_the_dataset_read_is_told_where_another_would_do(engine: str) -> None:
    more = SHOP.definitions.replace(
        "relationships:",
        "  - {name: returns, source: orders, primary_key: [id]}\nrelationships:\n"
        "  - {name: return_tag, from: returns, to: tags, from_columns: [channel], to_columns: [tag]}\n"
        "  - {name: return_payer, from: returns, to: customers, from_columns: [customer], to_columns: [id]}\n"
        "  - {name: order_tag, from: orders, to: tags, from_columns: [channel], to_columns: [tag]}",
    ).replace(
        "  - {name: shipping, from: orders, to: customers, from_columns: [receiver], to_columns: [id], role: receiver}\n",
        "",
    )
    two = World(more, **SHOP.tables)
    answer = two.ask(engine, by=("tags.colour", "customers.region"))
    assert answer.notes == ("read from orders; returns would do as well: write returns.… to read from there",)
    assert "read orders by at (values)" in answer.plan
    assert two.ask(engine, by=("returns.return_tag.colour", "customers.region")).notes == ()
