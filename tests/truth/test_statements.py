"""Questions in SQL give the numbers of the same questions in words, and everything else is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.truth.case import World, day
from truenorth.base.errors import TrueNorthError
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.query.statement import statement

SHOP = World(
    """
datasets:
  - name: orders
    source: orders
    primary_key: [id]
    time: at
    fields: [{name: channel}, {name: amount}, {name: customer}]
  - {name: customers, source: customers, primary_key: [customer], fields: [{name: customer}, {name: region}, {name: plan}]}
relationships:
  - {name: order_customer, from: orders, to: customers, from_columns: [customer], to_columns: [customer]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: buyers, type: simple, dataset: orders, agg: count_distinct, expr: customer}
  - {name: average, type: ratio, numerator: revenue, denominator: placed}
  - {name: revenue_ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
""",
    orders="""
        id integer | at timestamp        | channel text | amount integer | customer integer
        1          | 2025-01-05T10:00:00 | web          | 10             | 1
        2          | 2025-01-20T10:00:00 | shop         | 20             | 2
        3          | 2025-02-03T10:00:00 | web          | 30             | 1
        4          | 2025-02-04T10:00:00 | it's "odd" x | 40             | 3
        5          | 2025-03-05T10:00:00 | web          | 50             |
    """,
    customers="customer integer | region text | plan text\n1 | north | pro\n2 | south | free\n3 | south | pro",
)


def ask(engine: str, text: str) -> Answer:
    runner = SHOP.on(engine)
    spoken = statement(runner.catalog.model, text)
    return spoken.of(runner.ask(spoken.query, SHOP.now))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("select MEASURE(revenue) from metrics", [(150,)]),
        ("SELECT plan, measure(revenue) FROM metrics GROUP BY plan", [("free", 20), ("pro", 80), (None, 50)]),
        ("select plan, MEASURE(revenue) from metrics group by 1;", [("free", 20), ("pro", 80), (None, 50)]),
        ("select plan, MEASURE(revenue) from metrics group by all", [("free", 20), ("pro", 80), (None, 50)]),
        ("select plan, MEASURE(revenue) from metrics", [("free", 20), ("pro", 80), (None, 50)]),
        ("select MEASURE(placed), plan as p from metrics group by p", [(1, "free"), (3, "pro"), (1, None)]),
        (
            "select m.plan, MEASURE(m.revenue) from metrics as m where m.channel = 'web' group by m.plan",
            [("pro", 40), (None, 50)],
        ),
        (
            "select customers.region, MEASURE(average) from metrics group by customers.region order by 2 desc",
            [(None, 50.0), ("south", 30.0), ("north", 20.0)],
        ),
        ("select MEASURE(revenue) from metrics where channel = 'it''s \"odd\" x'", [(40,)]),
        ("select MEASURE(revenue) as r from metrics where metric_time >= '2025-02' and plan is not null", [(70,)]),
        ("select MEASURE(revenue) from metrics where METRIC(placed BY customer) >= 2", [(40,)]),
        (
            "select MEASURE(revenue) from metrics where date_trunc('month', metric_time) = '2025-01' or channel = 'shop'",
            [(30,)],
        ),
        (
            "select plan, MEASURE(revenue) as r from metrics group by plan having r > 30 order by r desc",
            [("pro", 80), (None, 50)],
        ),
        (
            "select plan from metrics group by plan having MEASURE(placed) = 1 order by MEASURE(revenue) desc",
            [(None,), ("free",)],
        ),
        (
            "select plan, MEASURE(revenue) from metrics group by plan, channel order by MEASURE(revenue)",
            [("pro", 40), ("free", 20), ("pro", 40), (None, 50)],
        ),
        ("select plan, MEASURE(revenue) from metrics group by plan order by plan desc limit 1", [("pro", 80)]),
        ("select MEASURE(revenue) from metrics -- a comment; drop table orders", [(150,)]),
        ("select MEASURE(revenue) /* from nowhere */ from metrics", [(150,)]),
        ("select MEASURE(revenue) from METRICS", [(150,)]),
    ],
)
def test_the_answer(engine: str, text: str, rows: list[tuple[Any, ...]]) -> None:
    found = list(ask(engine, text).table.rows)
    if "channel order" in text:
        assert sorted(found, key=str) == sorted([("free", 20), ("pro", 40), ("pro", 40), (None, 50)], key=str)
    else:
        assert found == rows


@pytest.mark.parametrize(
    "text",
    [
        "select metric_time__month, MEASURE(revenue), MEASURE(revenue_ytd) from metrics group by 1",
        "select date_trunc('month', metric_time), MEASURE(revenue), MEASURE(revenue_ytd) from metrics group by 1",
        "select date_trunc('month', at), MEASURE(revenue), MEASURE(revenue_ytd) from metrics group by date_trunc('month', at)",
    ],
)
def test_months(engine: str, text: str) -> None:
    assert list(ask(engine, text).table.rows) == [
        (day("2025-01"), 30, 30),
        (day("2025-02"), 70, 100),
        (day("2025-03"), 50, 150),
    ]


def test_distinct_values(engine: str) -> None:
    assert list(ask(engine, "select distinct plan from metrics").table.rows) == [("free",), ("pro",)]
    assert list(ask(engine, "select plan from metrics group by plan limit 1").table.rows) == [("free",)]
    pairs = ask(engine, "select distinct customers.region as r, plan from metrics where channel = 'web'").table
    assert (pairs.names, list(pairs.rows)) == (("r", "plan"), [("north", "pro"), (None, None)])


def test_what_accumulates_knows_the_time_before(engine: str) -> None:
    text = "select metric_time__month as m, MEASURE(revenue_ytd) from metrics where metric_time >= '2025-02' group by m"
    assert list(ask(engine, text).table.rows) == [(day("2025-02"), 100), (day("2025-03"), 150)]


def test_parts_of_a_date(engine: str) -> None:
    text = "select extract(month from metric_time) as m, MEASURE(placed) from metrics group by m order by m desc"
    answer = ask(engine, text)
    assert list(answer.table.rows) == [(3, 1), (2, 2), (1, 2)]
    assert answer.table.names == ("m", "placed")


def test_days_of_the_shared_time(engine: str) -> None:
    rows = ask(
        engine, "select metric_time, MEASURE(revenue) from metrics where channel = 'shop' group by metric_time"
    ).table.rows
    assert list(rows) == [(day("2025-01-20"), 20)]


def test_columns_keep_their_units_and_take_their_names(engine: str) -> None:
    table = ask(engine, "select plan as p, MEASURE(revenue) as money from metrics group by plan").table
    assert [(column.name, column.role) for column in table.columns] == [("p", "dimension"), ("money", "metric")]


def test_it_is_the_question_in_words() -> None:
    text = """select plan, metric_time__month, MEASURE(revenue), MEASURE(placed) as n from metrics
    where channel = 'web' and metric_time >= '2025-02' group by all having n > 1 order by n desc, plan limit 7"""
    spoken = statement(SHOP.on("duckdb").catalog.model, text)
    assert spoken.query == MetricQuery(
        ("revenue", "placed"),
        by=("plan", "metric_time__month"),
        where=("channel = 'web' AND metric_time >= '2025-02'",),
        having=("placed > 1",),
        order=("-placed", "plan"),
        limit=7,
    )


def refused(text: str) -> TrueNorthError:
    with pytest.raises(TrueNorthError) as raised:
        ask("duckdb", text)
    return raised.value


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("select * from metrics", "E_NOT_OFFERED", "sql:1:"),
        (
            "select plan, sum(amount) from metrics group by plan",
            "E_NOT_OFFERED",
            'sql:1:14: E_NOT_OFFERED: "SUM(amount)" aggregates; write MEASURE(revenue)',
        ),
        ("select count(*) from metrics", "E_NOT_OFFERED", "write MEASURE"),
        (
            "select plan, revenue from metrics group by plan",
            "E_NOT_OFFERED",
            'sql:1:14: E_NOT_OFFERED: "revenue" is a metric; write MEASURE(revenue)',
        ),
        (
            "select MEASURE(revenu) from metrics",
            "E_NAME_NOT_FOUND",
            'sql:1:8: E_NAME_NOT_FOUND: no metric named "revenu"; did you mean "revenue"',
        ),
        ("select MEASURE(revenue, placed) from metrics", "E_NOT_OFFERED", "names no metric"),
        ("select MEASURE(revenue + 1) from metrics", "E_NOT_OFFERED", "names no metric"),
        ("select MEASURE(revenue) / MEASURE(placed) from metrics", "E_NOT_OFFERED", "define it as a metric"),
        ("select upper(plan), MEASURE(revenue) from metrics group by 1", "E_NOT_OFFERED", "no field and no metric"),
        ("select plan from metrics", "E_NOT_OFFERED", "select distinct"),
        ("select 1 from metrics", "E_NOT_OFFERED", "no field and no metric"),
        ("select (select 1) from metrics", "E_NOT_OFFERED", ""),
        ("select MEASURE(revenue)", "E_NOT_OFFERED", "from metrics"),
        (
            "select MEASURE(revenue) from orders",
            "E_NOT_OFFERED",
            'sql:1:25: E_NOT_OFFERED: "orders" is no table to ask; there is one table: from metrics',
        ),
        ("select MEASURE(revenue) from main.metrics", "E_NOT_OFFERED", "there is one table"),
        ("select MEASURE(revenue) from (select 1) as metrics", "E_NOT_OFFERED", "from metrics"),
        ("select MEASURE(revenue) from read_csv('/etc/passwd')", "E_NOT_OFFERED", "there is one table"),
        ("select MEASURE(revenue) from metrics, orders", "E_NOT_OFFERED", "JOIN is not offered"),
        (
            "select MEASURE(revenue)\nfrom metrics\njoin customers on 1 = 1",
            "E_NOT_OFFERED",
            "sql:3:1: E_NOT_OFFERED: JOIN is not offered",
        ),
        ("with a as (select 1) select MEASURE(revenue) from metrics", "E_NOT_OFFERED", "WITH is not offered"),
        ("select MEASURE(revenue) from metrics union all select 1", "E_NOT_OFFERED", "UNION of selects"),
        (
            "select MEASURE(revenue) from metrics where plan in (select plan from customers)",
            "E_NOT_OFFERED",
            "a select inside a condition",
        ),
        (
            "select MEASURE(revenue) from metrics where exists (select 1)",
            "E_NOT_OFFERED",
            "a select inside a condition",
        ),
        ("select MEASURE(revenue) from metrics where MEASURE(revenue) > 1", "E_NOT_OFFERED", "put it into HAVING"),
        ("select MEASURE(revenue) from metrics where sum(amount) > 1", "E_NOT_OFFERED", "aggregates"),
        ("select plan, MEASURE(revenue) from metrics group by region", "E_NOT_OFFERED", "add plan to GROUP BY"),
        ("select plan, MEASURE(revenue) from metrics group by 3", "E_NOT_OFFERED", "there are 2 columns"),
        ("select plan, MEASURE(revenue) from metrics group by 2", "E_NOT_OFFERED", "groups are of fields"),
        ("select plan, MEASURE(revenue) from metrics group by rollup (plan)", "E_NOT_OFFERED", "ROLLUP is not offered"),
        ("select plan, MEASURE(revenue) from metrics group by plan having plan = 'pro'", "E_BAD_HAVING", "into where"),
        (
            "select plan, MEASURE(revenue) from metrics group by plan order by plan nulls first",
            "E_NOT_OFFERED",
            "NULLS FIRST",
        ),
        ("select plan, MEASURE(revenue) from metrics group by plan order by upper(plan)", "E_NOT_OFFERED", "no field"),
        ("select MEASURE(revenue) from metrics limit 1 offset 2", "E_NOT_OFFERED", "OFFSET"),
        ("select MEASURE(revenue) from metrics limit 10 percent", "E_NOT_OFFERED", "whole number"),
        ("select MEASURE(revenue) from metrics limit plan", "E_NOT_OFFERED", "whole number"),
        ("select MEASURE(revenue) over () from metrics", "E_NOT_OFFERED", ""),
        ("select MEASURE(revenue) filter (where plan = 'pro') from metrics", "E_NOT_OFFERED", ""),
        ("select plan, plan, MEASURE(revenue) from metrics", "E_NAME_COLLISION", "plan_2"),
        ("select distinct on (plan) plan from metrics", "E_NOT_OFFERED", "DISTINCT ON"),
        ("select plan, MEASURE(revenue) from metrics qualify 1 = 1", "E_NOT_OFFERED", "QUALIFY"),
        ("select colour, MEASURE(revenue) from metrics group by 1", "E_NAME_NOT_FOUND", "colour"),
        ("insert into metrics values (1)", "E_NOT_OFFERED", "only reads"),
        ("drop table orders", "E_NOT_OFFERED", "only reads"),
        ("delete from orders", "E_NOT_OFFERED", "only reads"),
        ("attach 'x.db' as x", "E_NOT_OFFERED", "only reads"),
        ("copy metrics to 'x.csv'", "E_NOT_OFFERED", "only reads"),
        ("pragma database_list", "E_NOT_OFFERED", "only reads"),
        ("select MEASURE(revenue) from metrics; drop table orders", "E_BAD_STATEMENT", "2 statements"),
        ("select MEASURE(revenue) from", "E_BAD_STATEMENT", "sql:1:"),
        ("select from where", "E_BAD_STATEMENT", "sql:1:"),
        ("select 'unclosed from metrics", "E_BAD_STATEMENT", "cannot be read"),
        ("  ", "E_BAD_STATEMENT", "nothing is asked"),
        ("select \x00 from metrics", "E_BAD_STATEMENT", "is no statement"),
        ("select METRIC(placed BY customer) from metrics", "E_NOT_OFFERED", "put it into WHERE"),
        ("select METRIC(placed) from metrics", "E_BAD_EXPRESSION", "cannot be read"),
        ("select MEASURE(revenue) from metrics where current_user = 'x'", "E_UNKNOWN_FUNCTION", ""),
        ("select MEASURE(revenue) from metrics where getenv('HOME') = 'x'", "E_UNKNOWN_FUNCTION", ""),
        (
            "select date_trunc('fortnight', metric_time), MEASURE(revenue) from metrics group by 1",
            "E_NOT_OFFERED",
            "no period",
        ),
    ],
)
def test_everything_else_is_refused_with_its_place_and_the_way_out(text: str, code: str, says: str) -> None:
    error = refused(text)
    assert (error.code, says in str(error)) == (code, True), str(error)


@pytest.mark.parametrize(
    "value",
    [
        "' or 1=1 --",
        "'; drop table orders; --",
        "\\' or 1=1",
        "web' union select 1 --",
        'web" or "1"="1',
        "web\\",
        "/* x",
    ],
)
def test_a_hostile_value_is_a_value(engine: str, value: str) -> None:
    quoted = value.replace("'", "''")
    assert list(ask(engine, f"select MEASURE(placed) from metrics where channel = '{quoted}'").table.rows) == [(0,)]
    assert list(ask(engine, "select MEASURE(placed) from metrics").table.rows) == [(5,)]


WORDS = st.sampled_from(
    [
        "select",
        "from",
        "metrics",
        "where",
        "group",
        "by",
        "having",
        "order",
        "limit",
        "distinct",
        "plan",
        "region",
        "channel",
        "amount",
        "at",
        "metric_time",
        "metric_time__month",
        "MEASURE(revenue)",
        "MEASURE(placed)",
        "MEASURE(",
        "METRIC(",
        "METRIC(placed",
        "BY",
        "customer)",
        "revenue",
        "and",
        "or",
        "not",
        "in",
        "between",
        "is",
        "null",
        "as",
        "n",
        "asc",
        "desc",
        "all",
        "1",
        "2",
        "-1",
        "1e400",
        "'web'",
        "'2025-01'",
        "'30",
        "days",
        "ago'",
        "=",
        "<",
        ">",
        "<>",
        "(",
        ")",
        ",",
        ";",
        "*",
        ".",
        ":",
        "::",
        "[",
        "]",
        "{",
        "}",
        "'",
        '"',
        "--",
        "/*",
        "*/",
        "date_trunc('month',",
        "metric_time)",
        "sum(",
        "count(*)",
        "case",
        "when",
        "then",
        "else",
        "end",
        "cast(",
        "interval",
        "union",
        "join",
        "on",
        "with",
        "over",
        "\\",
        "$$",
        "?",
        "@",
        "rollup(plan)",
        "extract(",
        "exists(",
        "any",
        "all()",
        "lambda",
        "x:",
        "->",
        "nulls",
        "first",
        "offset",
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(WORDS, max_size=14), st.booleans())
def test_whatever_is_said_is_answered_or_refused(words: list[str], framed: bool) -> None:
    text = " ".join(["select MEASURE(revenue), plan from metrics", *words] if framed else words)
    try:
        ask("duckdb", text)
    except TrueNorthError as error:
        assert error.code.startswith("E_")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_at_all_is_answered_or_refused(text: str) -> None:
    for said in (text, f"select MEASURE(revenue) from metrics where {text}", f"select plan {text} from metrics"):
        try:
            ask("duckdb", said)
        except TrueNorthError as error:
            assert error.code.startswith("E_")
