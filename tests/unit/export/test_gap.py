"""The gap ledger as text and as JSON: every column adds up from above to below."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from truenorth.base.errors import QueryError
from truenorth.base.period import Span
from truenorth.base.table import Value, table_of
from truenorth.export.gap import to_answer, written
from truenorth.query.answer import Answer
from truenorth.query.gap import Ledger, Share
from truenorth.query.request import MetricQuery

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
WHO: dict[Value, Decimal] = {f"c{at}": Decimal(at) for at in range(1, 8)}
FOUND = Ledger(
    metric="mrr",
    unit="currency",
    currency="EUR",
    grain="month",
    entity="customer_id",
    guessed=True,
    reported={JANUARY: Decimal("127.50"), FEBRUARY: Decimal("100")},
    ours={JANUARY: Decimal("100"), FEBRUARY: Decimal("100")},
    shares=(
        Share("tax", "excluded", "included", {JANUARY: Decimal(28), FEBRUARY: Decimal(0)}, {JANUARY: dict(WHO)}),
        Share("trials", "excluded", "counted", {JANUARY: Decimal(0), FEBRUARY: Decimal(0)}, {}),
    ),
    unexplained={JANUARY: Decimal("-0.50"), FEBRUARY: Decimal(0)},
    answer=Answer(MetricQuery(("mrr",), grain="month"), table_of([], []), Span(), "UTC", datetime(2026, 3, 1)),
)


def test_text_tells_policies_that_change_something_and_who_is_behind_them() -> None:
    assert written(FOUND, "text").splitlines() == [
        "mrr                       2026-01  2026-02",
        "ours                      €100.00  €100.00",
        "tax: excluded → included  +€28.00        0",
        "unexplained                −€0.50        0",
        "reported                  €127.50  €100.00",
        "",
        "tax, by customer_id",
        "  c7      +€7.00  0",
        "  c6      +€6.00  0",
        "  c5      +€5.00  0",
        "  c4      +€4.00  0",
        "  c3      +€3.00  0",
        "  2 more  +€3.00  0",
        "",
        "nobody said how it is reported: these choices explain most of it (--compat or --policy say it)",
    ]


def test_rows_add_up_in_each_period() -> None:
    table = to_answer(FOUND).table
    for period, reported in FOUND.reported.items():
        rows = [row for row in table.dicts() if row["period"] == period]
        assert sum(row["amount"] for row in rows if row["part"] != "reported") == reported
        assert [row["amount"] for row in rows if row["part"] == "reported"] == [reported]
    assert len(table) == 7 + 6


def test_json_holds_every_row_and_adds_up() -> None:
    shape = json.loads(written(FOUND, "json"), parse_float=Decimal)
    for period in shape["periods"]:
        parts = sum(one["amount"] for one in period["policies"])
        assert period["reported"] == period["ours"] + parts + period["unexplained"]
    assert len(shape["periods"][0]["policies"][0]["rows"]) == 7


def test_another_format_is_refused() -> None:
    with pytest.raises(QueryError) as raised:
        written(FOUND, "jsn")
    assert (raised.value.code, raised.value.hint) == ("E_UNKNOWN_FORMAT", 'did you mean "json"?')
