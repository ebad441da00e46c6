"""What people complain about most: totals that a join makes larger or smaller. One table, worked out by hand.

Each test names the thread it answers; the list is "Semantic / metrics layers", §3, classes 2, 7, 8, 11 to 14.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from pytest import approx

from tests.truth.case import Rows, World
from truenorth.base.errors import TrueNorthError
from truenorth.query.request import MetricQuery

DEFINITIONS = """
datasets:
  - {name: customers, source: customers, primary_key: [id], fields: [{name: region}, {name: limits}]}
  - {name: orders, source: orders, primary_key: [id], time: day, fields: [{name: channel}]}
  - {name: lines, source: lines, primary_key: [id], fields: [{name: sku}]}
  - {name: tickets, source: tickets, time: day, fields: [{name: topic}]}
  - {name: visits, source: visits, time: day, fields: [{name: page}]}
relationships:
  - {name: buyer, from: orders, to: customers, from_columns: [customer_id], to_columns: [id]}
  - {name: line_order, from: lines, to: orders, from_columns: [order_id], to_columns: [id]}
  - {name: ticket_customer, from: tickets, to: customers, from_columns: [customer_id], to_columns: [id]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: orders_placed, type: simple, dataset: orders, agg: count}
  - {name: mean_order, type: simple, dataset: orders, agg: avg, expr: amount}
  - {name: middle_order, type: simple, dataset: orders, agg: median, expr: amount}
  - {name: units, type: simple, dataset: lines, agg: sum, expr: quantity}
  - {name: people, type: simple, dataset: customers, agg: count}
  - {name: credit, type: simple, dataset: customers, agg: sum, expr: limits}
  - {name: tickets_opened, type: simple, dataset: tickets, agg: count}
  - {name: visits_made, type: simple, dataset: visits, agg: count}
  - {name: revenue_per_unit, type: ratio, numerator: revenue, denominator: units}
  - name: revenue_after_support
    type: derived
    expr: revenue - 10 * tickets_opened
    input_metrics: [{name: revenue}, {name: tickets_opened}]
"""
TABLES: dict[str, Rows | str] = {
    "customers": """
        id integer | region text | limits integer
        1          | US          | 1000
        2          | DE          | 200
        3          | FR          | 30
    """,
    "orders": """
        id integer | customer_id integer | payer_id integer | day date   | amount integer | channel text
        1          | 1                   | 2                | 2025-01-05 | 100            | web
        2          | 1                   | 1                | 2025-01-20 | 50             | shop
        3          | 2                   | 2                | 2025-02-10 | 200            | web
        4          | 9                   |                  | 2025-02-11 | 30             | web
        5          |                     | 1                | 2025-04-01 | 7              |
    """,
    "lines": """
        id integer | order_id integer | sku text | quantity integer
        1          | 1                | A        | 2
        2          | 1                | B        | 1
        3          | 1                | A        | 1
        4          | 3                | A        | 4
        5          |                  | C        | 5
        6          | 4                | B        | 1
    """,
    "tickets": """
        customer_id integer | day date   | topic text
        1                   | 2025-01-06 | late
        1                   | 2025-01-07 | late
        2                   | 2025-02-11 | broken
        8                   | 2025-02-12 | late
                            | 2025-02-12 |
    """,
    "visits": "day date | page text\n2025-01-05 | home\n2025-01-06 | home",
}
PAYER = "  - {name: payer, from: orders, to: customers, from_columns: [payer_id], to_columns: [id]}\nmetrics:\n"
SHOP = World(DEFINITIONS, **TABLES)
PAID_BY_ANOTHER = World(DEFINITIONS.replace("metrics:\n", PAYER, 1), **TABLES)


def test_a_join_to_the_many_side_inflates_nothing(engine: str) -> None:
    """lightdash#861, #961, PR #15590: four years of "joins inflate metrics". Order 1 has three lines, two of one sku."""
    answer = SHOP.ask(engine, "revenue", "orders_placed", by="sku", totals=True)
    assert answer.table.rows == (("A", 300, 2), ("B", 130, 2), (None, 57, 2))
    assert answer.totals == {"revenue": 387, "orders_placed": 5}


def test_means_and_medians_through_a_join_are_of_single_rows(engine: str) -> None:
    """sidemantic PR #75, #249: AVG and COUNT through a fan-out were wrong."""
    answer = SHOP.ask(engine, "mean_order", "middle_order", by="sku", totals=True)
    assert answer.table.rows == (("A", 150, 150), ("B", 65, 65), (None, approx(28.5), approx(28.5)))
    assert answer.totals == {"mean_order": approx(77.4), "middle_order": 50}


def test_the_totals_row_is_of_the_data_and_not_of_the_rows_shown(engine: str) -> None:
    """lightdash#17055: the totals row was wrong under the protection against fan-out."""
    answer = SHOP.ask(engine, "revenue", "mean_order", "revenue_per_unit", by="sku", limit=1, totals=True)
    assert answer.table.rows == (("A", 300, 150, approx(300 / 7)),)
    assert answer.totals == {"revenue": 387, "mean_order": approx(77.4), "revenue_per_unit": approx(387 / 14)}


def test_fields_of_several_tables_at_once(engine: str) -> None:
    """lightdash#15943: dimensions of several joined tables."""
    rows = SHOP.rows(engine, "revenue", by=("region", "sku"))
    assert rows == [
        ("DE", "A", 200),
        ("US", "A", 100),
        ("US", "B", 100),
        ("US", None, 50),
        (None, "B", 30),
        (None, None, 7),
    ]


def test_one_table_joined_twice_is_two_tables(engine: str) -> None:
    """lightdash#17905, boring-semantic-layer#32: the same table by two roads gave identical results."""
    world = PAID_BY_ANOTHER
    rows = world.rows(engine, "revenue", by=("buyer.region", "payer.region"))
    assert rows == [("DE", "DE", 200), ("US", "DE", 100), ("US", "US", 50), (None, "US", 7), (None, None, 30)]
    assert world.rows(engine, "revenue", by="payer.region") == [("DE", 300), ("US", 57), (None, 30)]
    assert world.value(engine, "revenue", where=("buyer.region = 'US'", "payer.region = 'DE'")) == 100


def test_metrics_made_of_metrics_of_several_tables(engine: str) -> None:
    """lightdash#16163, boring-semantic-layer#260: fan-out came back as soon as a composed measure was added."""
    rows = SHOP.rows(engine, "revenue_after_support", "revenue_per_unit", "revenue", "units", by="region")
    assert rows == [
        ("DE", 190, approx(50), 200, 4),
        ("US", 130, approx(37.5), 150, 4),
        (None, 17, approx(37 / 6), 37, 6),
    ]
    assert SHOP.rows(engine, "revenue_after_support", "revenue_per_unit") == [(337, approx(387 / 14))]


def test_a_metric_of_the_one_side_is_not_multiplied_by_the_many(engine: str) -> None:
    """orionbelt#258: measures of the one side were inflated silently, 310 for 210."""
    answer = SHOP.ask(engine, "credit", "people", "revenue", "units", by="region", totals=True)
    assert answer.totals == {"credit": 1230, "people": 3, "revenue": 387, "units": 14}
    by_sku = SHOP.ask(engine, "people", "credit", by="sku", totals=True)
    # Customer 1 has an order without lines as well, so it stands among those without a sku too.
    assert by_sku.table.rows == (("A", 2, 1200), ("B", 1, 1000), (None, 2, 1030))
    assert by_sku.totals == {"people": 3, "credit": 1230}
    assert "the parts overlap" in by_sku.notes[0]


def test_groups_without_a_name_meet_as_one(engine: str) -> None:
    """sidemantic PR #75: NULL keys of a FULL JOIN stood in two rows."""
    rows = SHOP.rows(engine, "revenue", "tickets_opened", by="region")
    assert rows == [("DE", 200, 1), ("US", 150, 2), (None, 37, 2)]


def test_sums_of_large_amounts_do_not_overflow(engine: str) -> None:
    """sidemantic PR #75: sums by hash overflowed; here 30 quadrillion in cents beside one cent, through a fan-out."""
    world = World(
        """
datasets:
  - {name: deals, source: deals, primary_key: [id]}
  - {name: tags, source: tags, fields: [{name: tag}]}
relationships:
  - {name: tag_deal, from: tags, to: deals, from_columns: [deal_id], to_columns: [id]}
metrics:
  - {name: value, type: simple, dataset: deals, agg: sum, expr: amount, unit: currency}
""",
        deals="id integer | amount decimal\n1 | 9999999999999999.99\n2 | 9999999999999999.99\n3 | 0.01",
        tags="deal_id integer | tag text\n1 | a\n1 | a\n1 | b\n2 | a\n3 | a",
    )
    answer = world.ask(engine, "value", by="tag", totals=True)
    assert answer.table.rows == (("a", Decimal("19999999999999999.99")), ("b", Decimal("9999999999999999.99")))
    assert answer.totals == {"value": Decimal("19999999999999999.99")}


def test_a_long_range_is_the_sum_of_its_parts(engine: str) -> None:
    """cube#11545, PR #11436: twice the value on longer ranges; cube#10762: ~70 measures over-counted in production."""
    for span, revenue in (("2025", 387), ("2015..2034", 387), ("2025-01..2025-03", 380), ("2025-02", 230)):
        months = SHOP.ask(engine, "revenue", "orders_placed", by="sku", grain="month", range=span, totals=True)
        assert months.totals["revenue"] == revenue
        days = SHOP.rows(engine, "revenue", grain="day", range=span, fill=True)
        assert sum(value for _, value in days if isinstance(value, int)) == revenue


def test_what_cannot_be_answered_is_refused_and_never_left_out(engine: str) -> None:
    """TEAMSchools/teamster#5104: "most of what cost us time failed silently rather than erroring"."""
    asked = [
        {"by": "sku"},
        {"where": "channel = 'web'"},
        {"where": "no_such_field = 1"},
        {"by": "no_such_field"},
        {"order": "no_such_column"},
        {"where": "sku = 'A'"},
    ]
    for words in asked:
        with pytest.raises(TrueNorthError) as raised:
            SHOP.ask(engine, "revenue", "visits_made", **words)
        assert raised.value.code in ("E_NAME_NOT_FOUND", "E_NO_PATH", "E_AMBIGUOUS_PATH"), words


def test_eighty_metrics_read_each_table_once() -> None:
    """metricflow#1557, #1827: minutes to compile 80 metrics; here each table is read in one pass, whatever is asked."""
    fields = "\n".join(f"      - {{name: f{at}, expr: n % {at + 2}}}" for at in range(100))
    simple = "\n".join(
        f"  - {{name: m{at}, type: simple, dataset: t{at % 3}, agg: sum, expr: n, filter: f{at} = 0}}"
        for at in range(60)
    )
    ratios = "\n".join(
        f"  - {{name: r{at}, type: ratio, numerator: m{at}, denominator: m{59 - at}}}" for at in range(20)
    )
    tables = "\n".join(f"  - name: t{at}\n    source: t{at}\n    time: day\n    fields:\n{fields}" for at in range(3))
    world = World(
        f"datasets:\n{tables}\nmetrics:\n{simple}\n{ratios}\n",
        **{f"t{at}": "day date | n integer\n2025-01-01 | 6\n2025-02-01 | 12" for at in range(3)},
    )
    runner = world.on("duckdb")
    metrics = tuple(f"m{at}" for at in range(60)) + tuple(f"r{at}" for at in range(20))
    plan, statement = runner.compile(MetricQuery(metrics, grain="month", timezone="America/New_York"), world.now)
    assert [leg.dataset for leg in plan.legs] == ["t0", "t1", "t2"]
    assert [statement.sql.count(f'FROM "t{at}"') for at in range(3)] == [1, 1, 1]
    rows = world.rows("duckdb", *metrics, grain="month")
    assert [row[1] for row in rows] == [6, 12]
    own = tuple(f"m{at}" for at in range(0, 60, 3))
    plan, statement = runner.compile(
        MetricQuery(own, by=tuple(f"f{at}" for at in range(100)), grain="month"), world.now
    )
    assert len(plan.legs) == 1
    assert statement.sql.count('FROM "t0"') == 1
