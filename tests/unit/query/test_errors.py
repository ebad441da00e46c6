"""Every refusal of a question: its code, what it says, and what to do; nothing is answered instead."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import truenorth
from tests.truth.case import World
from truenorth.base.errors import TrueNorthError
from truenorth.base.period import parse_window
from truenorth.define.model import Metric
from truenorth.query.dialect import dialect_of
from truenorth.query.kinds import cumulative, snapshot
from truenorth.query.request import Filter
from truenorth.query.shape import Lens

SHOP = World(
    """
datasets:
  - name: orders
    source: orders
    primary_key: [id]
    time: day
    fields: [{name: status}, {name: amount}, {name: ordered_at}, {name: takings, expr: amount}]
  - {name: customers, source: customers, primary_key: [id], fields: [{name: region}, {name: status}]}
  - {name: lines, source: lines, fields: [{name: sku}, {name: quantity}]}
  - {name: tags, source: lines, fields: [{name: tag, expr: sku}]}
  - {name: visits, source: visits, time: at}
  - {name: wrong, source: orders, time: status}
  - {name: gone, source: missing}
  - {name: spelled, source: orders, fields: [{name: colour}]}
relationships:
  - {name: buyer, from: orders, to: customers, from_columns: [buyer_id], to_columns: [id]}
  - {name: payer, from: orders, to: customers, from_columns: [payer_id], to_columns: [id]}
  - {name: line_order, from: lines, to: orders, from_columns: [order_id], to_columns: [id]}
  - {name: tag_line, from: tags, to: lines, from_columns: [order_id], to_columns: [order_id]}
metrics:
  - {name: takings, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: takings_ytd, type: cumulative, input_metric: takings, grain_to_date: year}
  - {name: stock, type: snapshot, dataset: orders, agg: sum, expr: amount, non_additive_dimension: {name: day}}
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: people, type: simple, dataset: customers, agg: count}
  - {name: lines_sold, type: simple, dataset: lines, agg: count}
  - {name: visits_made, type: simple, dataset: visits, agg: count}
  - {name: badly_timed, type: simple, dataset: wrong, agg: count}
  - {name: lost, type: simple, dataset: gone, agg: count}
  - {name: unspelled, type: simple, dataset: spelled, agg: count}
""",
    orders="""
        id integer | day date   | buyer_id integer | payer_id integer | amount integer | status text | ordered_at timestamp
        1          | 2025-01-05 | 1                | 2                | 10             | paid        | 2025-01-05T10:00:00
    """,
    customers="id integer | region text | status text\n1 | EU | new",
    lines="order_id integer | sku text | quantity integer\n1 | a | 1",
    visits="at timestamp\n2025-01-05T10:00:00",
)

Refused = tuple[str, str, str, tuple[str, ...], dict[str, Any]]
REFUSED: list[Refused] = [
    ("E_NO_METRIC", "the question names no metric", "there are takings, takings_ytd, stock", (), {}),
    ("E_BAD_LOCALE", 'no locale named "de-CH"', "write it as locale: de_CH", ("takings",), {"locale": "de-CH"}),
    ("E_NAME_NOT_FOUND", 'no metric named "taking"', 'did you mean "takings"', ("taking",), {}),
    (
        "E_NAME_NOT_FOUND",
        'no field "takings_ytd" in "orders"',
        "METRIC(takings_ytd BY field) rows of the data",
        ("placed",),
        {"where": "takings_ytd > 5"},
    ),
    ("E_NAME_NOT_FOUND", 'no field "regionx" in "orders"', 'did you mean "region"?', ("placed",), {"by": "regionx"}),
    (
        "E_NAME_NOT_FOUND",
        '"customers" has no field "regionx"',
        'did you mean "region"?',
        ("people",),
        {"by": "customers.regionx"},
    ),
    (
        "E_NAME_NOT_FOUND",
        'no dataset, relationship or role named "custmers" in "custmers.region"',
        'did you mean "customers"?',
        ("placed",),
        {"by": "custmers.region"},
    ),
    ("E_NAME_NOT_FOUND", 'no field "regionx"', 'did you mean "region"?', ("placed",), {"where": "regionx = 'EU'"}),
    (
        "E_NAME_NOT_FOUND",
        'no field "statusx"',
        'did you mean "status"?',
        ("placed",),
        {"where": Filter("statusx", ("x",))},
    ),
    (
        "E_NAME_NOT_FOUND",
        'the answer has no column "takins" to order by',
        'did you mean "takings"?',
        ("takings",),
        {"by": "orders.status", "order": "-takins"},
    ),
    (
        "E_NAME_NOT_FOUND",
        'the answer has no column "takings__change" to order by',
        "",
        ("takings",),
        {"by": "orders.status", "order": "-takings__change"},
    ),
    ("E_UNKNOWN_GRAIN", 'no grain named "mnth"', 'did you mean "month"', ("placed",), {"grain": "mnth"}),
    (
        "E_UNKNOWN_GRAIN",
        'no grain named "decade"',
        "one of second, minute, 5_minutes, 10_minutes, 15_minutes, 30_minutes, hour, day, week",
        ("placed",),
        {"by": "metric_time__decade"},
    ),
    ("E_BAD_RANGE", "1 year after 9999-01-01 no calendar reaches", "1 to 9999", ("placed",), {"range": "9999"}),
    ("E_BAD_RANGE", "1 day after 9999-12-31", "1 to 9999", ("placed",), {"range": "2025..9999-12-31"}),
    ("E_BAD_RANGE", "1 year before 0001-01-01", "1 to 9999", ("placed",), {"range": "0001..2025", "vs": "year"}),
    (
        "E_BAD_RANGE",
        '"12 moons" is not a range of time',
        'did you mean "12 months"?',
        ("placed",),
        {"range": "12 moons"},
    ),
    ("E_BAD_FILL", 'cannot be filled with "zeros"', 'mean "zero"', ("placed",), {"grain": "day", "fill": "zeros"}),
    ("E_BAD_OTHER", "the rest beyond a limit", "--limit 5", ("placed",), {"by": "status", "other": True}),
    ("E_BAD_RANGE", '"2025-13" is not a range', 'write "12m"', ("placed",), {"range": "2025-13"}),
    ("E_BAD_RANGE", '"2025-02-30" is not a range', 'write "12m"', ("placed",), {"range": "2025-02-30"}),
    ("E_BAD_RANGE", '"2025..x" is not a range', 'write "12m"', ("placed",), {"range": "2025..x"}),
    ("E_BAD_RANGE", "ends before it starts", "put the earlier date first", ("placed",), {"range": "2025-03..2025-01"}),
    ("E_BAD_RANGE", "0 months are an empty range", 'write "12m"', ("placed",), {"range": "0m"}),
    (
        "E_BAD_RANGE",
        "9,999 years before 2027-01-01 no calendar reaches",
        "years go from 1",
        ("placed",),
        {"range": "9999y"},
    ),
    (
        "E_BAD_RANGE",
        '"soon" is not a period',
        "write a period such as '2026-01-31'",
        ("placed",),
        {"where": "metric_time > 'soon'"},
    ),
    ("E_UNKNOWN_TIMEZONE", 'no time zone named "Berlin"', '"Europe/Berlin"', ("placed",), {"timezone": "Berlin"}),
    ("E_UNKNOWN_TIMEZONE", 'no time zone named "../etc"', "use a name such as", ("placed",), {"timezone": "../etc"}),
    ("E_UNKNOWN_COMPARISON", 'nothing to compare with is named "last"', "prev, year", ("placed",), {"vs": "last"}),
    ("E_NO_PREVIOUS_PERIOD", "nothing comes before the whole of the data", "90d", ("placed",), {"vs": "prev"}),
    (
        "E_BAD_TIME_CONDITION",
        'is about the time of each row, but "takings" also counts rows of other times',
        "join conditions on metric_time to others by AND",
        ("takings_ytd",),
        {"where": "metric_time > '2025' or amount > 1"},
    ),
    ("E_NO_TIME", '"people" has no time to count by', "state `time:` for customers", ("people",), {"grain": "month"}),
    ("E_NO_TIME", '"people" has no time to count by', "ask without a grain", ("placed", "people"), {"range": "2025"}),
    (
        "E_GRAIN_TOO_FINE",
        '"day" of "orders" is a date and has no hours',
        "ask by day",
        ("placed",),
        {"grain": "hour", "range": "2025-01-05"},
    ),
    (
        "E_GRAIN_TOO_FINE",
        '"takings" is counted over whole days',
        "",
        ("takings_ytd",),
        {"grain": "hour", "range": "2025-01-05"},
    ),
    (
        "E_GRAIN_TOO_FINE",
        '"stock" is counted over whole days',
        "ask by day",
        ("stock",),
        {"grain": "hour", "range": "2025-01-05"},
    ),
    (
        "E_TOO_MANY_PERIODS",
        "are too many to lay out",
        "a shorter range",
        ("takings_ytd",),
        {"grain": "day", "range": "1800..2025"},
    ),
    (
        "E_TOO_MANY_PERIODS",
        "hours are too many",
        "a shorter range",
        ("visits_made",),
        {"grain": "hour", "range": "1999..2025", "fill": True},
    ),
    (
        "E_NOT_A_TIME",
        '"region" is text and has no month',
        'group by "region" itself',
        ("people",),
        {"by": "region__month"},
    ),
    (
        "E_NOT_A_TIME",
        '"status" of "wrong" is text, not a time',
        "cast it in a field",
        ("badly_timed",),
        {"grain": "month"},
    ),
    (
        "E_NAME_COLLISION",
        '"takings" is both a dimension and a metric',
        "write dataset.takings",
        ("takings",),
        {"by": "takings"},
    ),
    ("E_BAD_LIMIT", "a limit of -1 is no number of rows", "use 0 or more", ("placed",), {"limit": -1}),
    (
        "E_AMBIGUOUS_FIELD",
        '2 datasets have a field "status"',
        "write orders.status or customers.status",
        ("lines_sold",),
        {"by": "status"},
    ),
    (
        "E_AMBIGUOUS_PATH",
        '2 ways lead from "orders" to "customers"',
        "buyer.… or payer.…",
        ("placed",),
        {"by": "region"},
    ),
    (
        "E_NO_PATH",
        'no relationship leads from "visits" to "orders"',
        "reaches no other",
        ("visits_made",),
        {"by": "orders.status"},
    ),
    (
        "E_PRIMARY_KEY_REQUIRED",
        'a row of "lines" may have several "tag"',
        "state the primary_key of lines",
        ("lines_sold",),
        {"by": "tag"},
    ),
    ("E_BAD_EXPRESSION", "cannot be read", "write plain SQL over field names", ("placed",), {"where": "amount >"}),
    (
        "E_BAD_EXPRESSION",
        "is not one expression",
        "leave out the semicolon",
        ("placed",),
        {"where": "1 = 1; drop table orders"},
    ),
    ("E_BAD_EXPRESSION", "holds a s", "an expression reads one row", ("placed",), {"where": "amount in (select 1)"}),
    (
        "E_NAME_NOT_FOUND",
        'no dataset, relationship or role named "byer" in "byer.country.name"',
        'did you mean "buyer" or "payer"?',
        ("placed",),
        {"where": "byer.country.name = 'DE'"},
    ),
    ("E_TEMPLATE_IN_EXPRESSION", "holds a template", "write plain SQL", ("placed",), {"where": "amount > {{ x }}"}),
    ("E_AGGREGATE_IN_EXPRESSION", "aggregates (SUM(amount))", "agg:", ("placed",), {"where": "sum(amount) > 1"}),
    (
        "E_UNKNOWN_FUNCTION",
        'calls "read_text"',
        "use a function that every engine has",
        ("placed",),
        {"where": "read_text('/etc/passwd') <> ''"},
    ),
    ("E_UNKNOWN_FUNCTION", "which is not offered here", "", ("placed",), {"where": "ordered_at > current_timestamp"}),
    ("E_TABLE_NOT_FOUND", 'no table "missing" in the warehouse', "", ("lost",), {}),
    ("E_COLUMN_NOT_FOUND", 'no column "colour"', "", ("unspelled",), {"by": "colour"}),
]


@pytest.mark.parametrize(("code", "message", "hint", "metrics", "asked"), REFUSED)
def test_it_is_refused_in_words(
    code: str, message: str, hint: str, metrics: tuple[str, ...], asked: dict[str, Any]
) -> None:
    with pytest.raises(TrueNorthError) as raised:
        SHOP.ask("duckdb", *metrics, **asked)
    error = raised.value
    assert (error.code, message in error.message, hint in error.hint) == (code, True, True), str(error)
    assert "\n" not in str(error)
    assert error.as_dict()["code"] == code


def test_an_error_of_a_definition_says_where_it_stands() -> None:
    error = raised_by(lambda: SHOP.ask("duckdb", "badly_timed", grain="month"))
    assert str(error.where) == "metrics/case.yml:13:35"


def raised_by(refused: Any) -> TrueNorthError:
    with pytest.raises(TrueNorthError) as raised:
        refused()
    return raised.value


def test_what_definitions_refuse_is_refused_again_when_asked() -> None:
    """The check of definitions catches these first; a model built by hand meets them here."""
    catalog = SHOP.on("duckdb").catalog
    orders = catalog.dataset("orders").field("status")
    assert orders is not None
    error = raised_by(lambda: catalog.own("orders", "customers.region", orders))
    assert (error.code, error.message) == ("E_NO_PATH", 'field "status" reads "customers.region" of another dataset')
    error = raised_by(lambda: catalog.field_sql("orders", "takings", '"orders"', 99))
    assert error.code == "E_CYCLE"
    error = raised_by(lambda: catalog.dataset("order"))
    assert (error.code, error.hint) == ("E_NAME_NOT_FOUND", 'did you mean "orders"?')
    error = raised_by(lambda: dialect_of("oracle"))
    assert error.code == "E_UNKNOWN_ENGINE"
    error = raised_by(lambda: parse_window("28 moons"))
    assert (error.code, error.message) == ("E_BAD_WINDOW", '"28 moons" is not a length of time')

    class Asking:
        model = catalog.model

    twice = Lens(running=True)
    error = raised_by(lambda: cumulative.value(Asking(), Metric("x", "cumulative", input_metric="placed"), twice))  # type: ignore[arg-type]
    assert (error.code, error.message) == (
        "E_UNSAFE_REAGGREGATION",
        '"x" is accumulated once more: a window over a window',
    )
    error = raised_by(lambda: snapshot.value(Asking(), Metric("y", "snapshot"), twice))  # type: ignore[arg-type]
    assert (error.code, "is a level" in error.message) == ("E_UNSAFE_REAGGREGATION", True)


BY_HAND = {"E_PACKAGE_MISSING", "E_CYCLE", "E_UNKNOWN_ENGINE", "E_BAD_WINDOW", "E_UNSAFE_REAGGREGATION"}
# Met by the tests of definitions, and of definitions beside the data.
ELSEWHERE = {"E_MIXED_CURRENCIES", "E_DEFINITIONS", "E_FAN_OUT", "E_NOT_A_NUMBER", "E_SQL"}
ELSEWHERE |= {"E_DOUBLED_KEY", "E_OVERLAPPING_VALIDITY"}
# Met by the truth tests of row filters: what an engine may complain of under a policy, and the policy itself.
ELSEWHERE |= {"E_BAD_POLICY", "E_FILE_NOT_FOUND", "E_WAREHOUSE_LOCKED"}
# Met by the truth tests of METRIC(…) in conditions.
ELSEWHERE |= {"E_NOT_GROUPABLE", "E_TOO_MANY_ENTITIES"}
# Met by the truth tests of calendars.
ELSEWHERE |= {"E_CALENDAR_DAY"}
# Met by the truth tests of having.
ELSEWHERE |= {"E_BAD_HAVING"}
# Met by the truth tests of statements in SQL.
ELSEWHERE |= {"E_BAD_STATEMENT", "E_NOT_OFFERED"}
# Met by the truth tests of money: currencies, policies, gaps and cohorts; and by those of what was known.
ELSEWHERE |= {"E_BAD_CURRENCY", "E_BAD_RATE", "E_NO_RATE", "E_UNKNOWN_CURRENCY", "E_UNKNOWN_POLICY"}
ELSEWHERE |= {"E_BAD_REPORTED", "E_FILE_UNREADABLE", "E_TOO_MANY_POLICIES", "E_TOO_MANY_ROWS", "E_BAD_AS_OF"}
# Met by the tests of cohorts as they are written, by those of what lies behind a number, and of limits of time.
ELSEWHERE |= {"E_COHORT_CYCLE", "E_NO_SUCH_PART", "E_NO_SUCH_ROW", "E_ONE_METRIC", "E_TOO_SLOW"}


def test_every_code_of_a_question_is_tested_here() -> None:
    folder = Path(truenorth.__file__).parent
    files = [*(folder / "query").rglob("*.py"), *(folder / "base").glob("*.py"), folder / "define" / "graph.py"]
    codes = {code for file in files for code in re.findall(r'"(E_[A-Z_]+)"', file.read_text("utf-8"))}
    assert codes - {code for code, *_ in REFUSED} - BY_HAND == ELSEWHERE
