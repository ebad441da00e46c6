"""Odd names, odd values, chosen values: whatever a text holds, it is only ever data."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.truth.case import Rows, World, day
from truenorth.query.request import Filter

ODD = [
    "O'Hara",
    "back\\slash",
    "\\",
    "'; DROP TABLE things; --",
    "' OR 1 = 1 --",
    "\\' OR 1 = 1 --",
    'double "quoted"',
    "per % cent _ under",
    "{{ template }}",
    "line\nbreak",
    "tab\there",
    "日本 Größe 😀",
    "(none)",
    "NULL",
    "null",
    "",
    " ",
    "$1",
    "a;b",
    "/* not a comment */",
]
THINGS = World(
    """
datasets:
  - name: things
    source: things
    primary_key: [id]
    time: at
    fields:
      - {name: name}
      - {name: size}
      - {name: price}
      - {name: weight}
      - {name: sold}
      - {name: made}
      - {name: at}
      - {name: twice, expr: size * 2}
metrics:
  - {name: n, type: simple, dataset: things, agg: count}
""",
    things=Rows(
        {
            "id": "integer",
            "name": "text",
            "size": "integer",
            "price": "decimal",
            "weight": "float",
            "sold": "boolean",
            "made": "date",
            "at": "timestamp",
        },
        [
            *[(at, name, at, None, None, None, None, None) for at, name in enumerate(ODD)],
            (100, None, None, Decimal("5.00"), 1.0, True, date(2025, 1, 2), datetime(2025, 1, 2, 3, 4, 5)),
            (101, None, -3, Decimal("5.25"), 0.1, False, date(2025, 2, 1), datetime(2025, 2, 1)),
            (102, None, 9007199254740993, Decimal("-1.10"), 1e20, None, None, datetime(2025, 2, 2, 0, 0, 0, 250000)),
        ],
    ),
)


@pytest.mark.parametrize("name", ODD)
def test_a_chosen_text_finds_exactly_its_rows(engine: str, name: str) -> None:
    assert THINGS.value(engine, "n", where=Filter("name", (name,))) == 1
    assert THINGS.value(engine, "n", where=Filter("name", (name,), exclude=True)) == len(ODD) + 2
    assert THINGS.value(engine, "n", where=Filter("name", (name, None))) == 4


@pytest.mark.parametrize("name", [name for name in ODD if "{{" not in name])
def test_a_text_in_a_condition_finds_exactly_its_rows(engine: str, name: str) -> None:
    quoted = "'" + name.replace("'", "''") + "'"
    assert THINGS.value(engine, "n", where=f"name = {quoted}") == 1
    assert THINGS.value(engine, "n", where=f"name in ({quoted}, 'nowhere')") == 1


def test_every_odd_text_is_a_group_of_its_own(engine: str) -> None:
    rows = THINGS.rows(engine, "n", by="name")
    assert dict(rows) == {**dict.fromkeys(ODD, 1), None: 3}


@pytest.mark.parametrize(
    ("field", "values", "wanted"),
    [
        ("size", (3,), 1),
        ("size", (3, 4, 4), 2),
        ("size", ("3",), 1),
        ("size", (3, "4", None), 3),
        ("size", (-3,), 1),
        ("size", (9007199254740993,), 1),
        ("size", (9007199254740992,), 0),
        ("size", (3.0,), 1),
        ("size", (3.5,), 0),
        ("size", ("three",), 0),
        ("size", ("three", 3), 1),
        ("twice", (6,), 1),
        ("price", (5,), 1),
        ("price", ("5.00",), 1),
        ("price", ("5.0",), 1),
        ("price", (5.25,), 1),
        ("price", ("-1.1",), 1),
        ("weight", (1,), 1),
        ("weight", (1.0,), 1),
        ("weight", (0.1,), 1),
        ("weight", ("0.1",), 1),
        ("weight", (1e20,), 1),
        ("sold", (True,), 1),
        ("sold", (False,), 1),
        ("sold", (True, None), 2 + len(ODD)),
        ("sold", ("true",), 1),
        ("made", ("2025-01-02",), 1),
        ("made", ("2025-01-02", "2025-02-01"), 2),
        ("made", ("2025-01",), 0),
        ("at", ("2025-01-02 03:04:05",), 1),
        ("at", ("2025-01-02T03:04:05",), 1),
        ("at", ("2025-02-01",), 1),
        ("at", ("2025-02-02 00:00:00.250000",), 1),
        ("at", ("2025-02-02",), 0),
        ("name", (), 0),
        ("name", (None,), 3),
        ("name", (1,), 0),
    ],
)
def test_a_value_of_any_type_can_be_chosen(engine: str, field: str, values: tuple[Any, ...], wanted: int) -> None:
    everything = len(ODD) + 3
    assert THINGS.value(engine, "n", where=Filter(field, values)) == wanted
    assert THINGS.value(engine, "n", where=Filter(field, values, exclude=True)) == everything - wanted


def test_groups_chosen_one_by_one_are_the_groups(engine: str) -> None:
    """What an answer shows can be chosen by clicking on it, whatever its type."""
    for field in ("name", "size", "price", "weight", "sold", "made", "at", "twice"):
        for value, count in THINGS.rows(engine, "n", by=field):
            chosen: Any = str(value) if isinstance(value, date | Decimal) else value
            assert THINGS.value(engine, "n", where=Filter(field, (chosen,))) == count


def test_a_period_of_a_time_can_be_chosen(engine: str) -> None:
    for value, count in THINGS.rows(engine, "n", by="made__month"):
        chosen = Filter("made__month", (str(value) if value else None,))
        assert THINGS.value(engine, "n", where=chosen) == count


SPELLED = World(
    """
datasets:
  - name: select
    source: order
    primary_key: [Order ID]
    time: Placed On
    fields:
      - {name: amount, expr: "\\"Total (in €)\\" - \\"it's\\""}
      - {name: group, expr: "\\"group\\""}
      - {name: Case, expr: "\\"Case\\""}
      - {name: odd, expr: "\\"say \\"\\"hi\\"\\"\\""}
  - {name: from, source: customers, primary_key: [the key], fields: [{name: where, expr: "\\"Größe 日本\\""}]}
relationships:
  - {name: join, from: select, to: from, from_columns: ["customer key"], to_columns: ["the key"]}
metrics:
  - {name: sum, type: simple, dataset: select, agg: sum, expr: amount}
  - {name: count, type: simple, dataset: select, agg: count}
  - {name: end, type: ratio, numerator: sum, denominator: count}
  - {name: table, type: cumulative, input_metric: sum, grain_to_date: year}
  - {name: asc, type: derived, expr: sum - count, input_metrics: [{name: sum}, {name: count}]}
""",
    order=Rows(
        {
            "Order ID": "integer",
            "customer key": "integer",
            "Placed On": "date",
            "Total (in €)": "integer",
            "it's": "integer",
            "group": "text",
            "Case": "text",
            'say "hi"': "text",
        },
        [
            (1, 1, date(2025, 1, 1), 10, 1, "x", "u", "p"),
            (2, 2, date(2025, 1, 2), 20, 2, "y", "u", "q"),
            (3, None, date(2025, 2, 1), 30, 3, "y", "v", "q"),
        ],
    ),
    customers=Rows({"the key": "integer", "Größe 日本": "text"}, [(1, "Ulm"), (2, "Rom")]),
)


def test_keywords_spaces_and_quotes_are_names_like_others(engine: str) -> None:
    assert SPELLED.rows(engine, "sum", "count", "end", "asc", by="group") == [("x", 9, 1, 9, 8), ("y", 45, 2, 22.5, 43)]
    assert SPELLED.rows(engine, "sum", by="where") == [("Rom", 18), ("Ulm", 9), (None, 27)]
    assert SPELLED.rows(engine, "sum", by=("Case", "odd")) == [("u", "p", 9), ("u", "q", 18), ("v", "q", 27)]
    assert SPELLED.rows(engine, "table", grain="month") == [(day("2025-01"), 27), (day("2025-02"), 54)]
    assert SPELLED.rows(engine, "sum", grain="month", fill=True, order="-sum") == [
        (day("2025-01"), 27),
        (day("2025-02"), 27),
    ]
    assert SPELLED.value(engine, "sum", where=("\"where\" = 'Rom'", "\"group\" = 'y'")) == 18


HIDDEN = World(
    """
datasets:
  - name: sales
    source: sales
    time: day
    fields:
      - {name: amount, expr: amount / 100, unit: currency}
      - {name: net, expr: amount - fee}
      - {name: fee, expr: "coalesce(fee, 0)"}
      - {name: shop, expr: "upper(shop)"}
      - {name: day}
metrics:
  - {name: total, type: simple, dataset: sales, agg: sum, expr: amount}
  - {name: kept, type: simple, dataset: sales, agg: sum, expr: net}
  - {name: raw_kept, type: simple, dataset: sales, agg: sum, expr: net, filter: shop = 'A'}
""",
    sales="""
        day date   | shop text | amount integer | fee integer
        2025-01-01 | a         | 1050           | 1
        2025-01-01 | A         | 50             |
        2025-01-01 | b         | 200            | 2
    """,
)


def test_a_field_that_hides_its_column_is_computed_once(engine: str) -> None:
    """amount is amount / 100 everywhere; net is that amount less the fee without NULLs; shops are told by capitals."""
    assert HIDDEN.rows(engine, "total", "kept", by="shop") == [("A", 11, 10), ("B", 2, 0)]
    assert HIDDEN.value(engine, "raw_kept") == 10
    assert HIDDEN.value(engine, "total", where="shop = 'A'") == 11
    assert HIDDEN.value(engine, "total", where="shop = 'a'") is None


MANY = World(
    """
datasets:
  - {name: hits, source: hits, time: day, fields: [{name: page}]}
metrics:
  - {name: hits_seen, type: simple, dataset: hits, agg: count}
  - {name: pages, type: simple, dataset: hits, agg: count_distinct, expr: page}
""",
    hits=Rows(
        {"day": "date", "page": "text"},
        [(date(2025, 1, 1 + n % 3), f"/page/{n % 10_000}") for n in range(10_500)],
    ),
)


def test_ten_thousand_groups_are_all_returned(engine: str) -> None:
    answer = MANY.ask(engine, "hits_seen", "pages", by="page", totals=True)
    assert len(answer.table) == 10_000
    assert sum(answer.table.column("hits_seen")) == answer.totals["hits_seen"] == 10_500  # type: ignore[arg-type]
    assert answer.totals["pages"] == 10_000


def test_the_first_of_many_are_said_to_be_the_first(engine: str) -> None:
    answer = MANY.ask(engine, "hits_seen", by="page", order=("-hits_seen", "page"), limit=3, totals=True)
    assert answer.table.rows == (("/page/0", 2), ("/page/1", 2), ("/page/10", 2))
    assert answer.notes == ("more rows exist; these are the first 3",)
    assert answer.totals == {"hits_seen": 10_500}
    assert MANY.ask(engine, "hits_seen", by="page", limit=0).table.rows == ()
    assert MANY.ask(engine, "hits_seen", limit=1).notes == ()


SORTED = World(
    """
datasets:
  - {name: sales, source: sales, time: day, fields: [{name: shop}, {name: amount}]}
metrics:
  - {name: total, type: simple, dataset: sales, agg: sum, expr: amount}
  - {name: n, type: simple, dataset: sales, agg: count}
""",
    sales="""
        day date   | shop text | amount integer
        2025-01-01 | a         | 5
        2025-01-01 | b         |
        2025-02-01 | c         | 9
        2025-02-01 |           | 5
                   | a         | 1
    """,
)


def test_order_puts_the_unknown_last_both_ways(engine: str) -> None:
    def shops(*order: str) -> list[Any]:
        return [row[0] for row in SORTED.rows(engine, "total", by="shop", order=order)]

    assert shops() == ["a", "b", "c", None]
    assert shops("shop") == ["a", "b", "c", None]
    assert shops("-shop") == ["c", "b", "a", None]
    assert shops("total") == [None, "a", "c", "b"]
    assert shops("-total") == ["c", "a", None, "b"]
    assert shops("-total", "-shop") == ["c", "a", None, "b"]
    months = [row[0] for row in SORTED.rows(engine, "n", grain="month", order="-metric_time")]
    assert months == [day("2025-02"), day("2025-01"), None]


def test_an_answer_can_be_ordered_by_its_change(engine: str) -> None:
    asked = {"by": "shop", "range": "2025-02", "vs": "prev"}
    rows = SORTED.rows(engine, "n", order="-n__change", **asked)
    assert [row[0] for row in rows] == ["c", None, "a", "b"]
    rows = SORTED.rows(engine, "n", order=("n__previous", "shop"), **asked)
    assert [row[0] for row in rows] == ["c", None, "a", "b"]


NAMESAKE = World(
    """
datasets:
  - {name: sales, source: sales, fields: [{name: units}, {name: kind}]}
metrics:
  - {name: units, type: simple, dataset: sales, agg: sum, expr: units}
  - {name: rows, type: simple, dataset: sales, agg: count}
  - {name: units_a_row, type: ratio, numerator: units, denominator: rows}
    """,
    sales="""
    kind text | units integer
    a         | 2
    a         | 2
    b         | 5
    """,
)


def test_a_metric_inside_another_may_share_its_name_with_a_dimension(engine: str) -> None:
    assert NAMESAKE.rows(engine, "units_a_row", by="units") == [(2, 2.0), (5, 5.0)]
