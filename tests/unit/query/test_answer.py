"""What an answer says of itself: the labels of its columns, and its table in a notebook."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import polars
import pytest

from truenorth import workspace
from truenorth.base.errors import EngineError, QueryError
from truenorth.base.period import Span
from truenorth.base.table import Column, Table
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.workspace import Workspace

ORDERS = "id,day,customer,state,amount\n1,2026-01-05,1,<b>open</b>,10.5\n2,2026-02-06,2,,20\n3,2026-03-07,1,done,30\n"
DEFINITIONS = """version: 1
datasets:
  - name: orders
    file: orders.csv
    primary_key: [id]
    time: day
    fields: [{name: state, label: State of the order}, {name: customer}]
  - name: customers
    file: customers.csv
    primary_key: [customer]
    fields: [{name: tier, label: Tier & rank}, {name: since}]
relationships:
  - {name: buyer, from: orders, to: customers, from_columns: [customer], to_columns: [customer]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount, unit: currency}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\nclock: data\ncurrency: EUR\n")
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "customers.csv").write_text("customer,tier,since\n1,gold,2024-01-01\n2,base,2025-01-01\n")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "shop.yml").write_text(DEFINITIONS)
    with workspace.open(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("by", "label"),
    [
        ("state", "State of the order"),
        ("tier", "Tier & rank"),
        ("buyer.tier", "Tier & rank"),
        ("customer", "Customer"),
        ("since__year", "Since, year"),
    ],
)
def test_a_dimension_has_its_fields_label(shop: Workspace, by: str, label: str) -> None:
    assert shop.query("revenue", by=by).table.columns[0].label == label


@pytest.mark.parametrize(
    ("grain", "range_", "vs", "label"),
    [
        ("month", "2m", "prev", "Revenue, 2 months before"),
        ("month", "1m", "prev", "Revenue, the month before"),
        ("", "2026-02-01..2026-02-10", "prev", "Revenue, 10 days before"),
        ("month", "2m", "year", "Revenue, a year before"),
        ("week", "2w", "year", "Revenue, 52 weeks before"),
    ],
)
def test_a_comparison_says_how_far_back_it_looks(shop: Workspace, grain: str, range_: str, vs: str, label: str) -> None:
    columns = shop.query("revenue", grain=grain, range=range_, vs=vs).table.columns
    assert [column.label for column in columns if column.role == "previous"] == [label]


def test_an_answer_without_a_workspace_says_the_least(shop: Workspace) -> None:
    answer = replace(shop.query("revenue", by="state"), shown=None)
    assert repr(answer) == "<Answer revenue: 3 rows>"
    assert answer._repr_html_() is None


def test_columns_have_the_types_of_their_values(shop: Workspace) -> None:
    answer = shop.query("revenue", by="customer", grain="month")
    assert [str(field.type) for field in answer.to_arrow().schema] == ["date32[day]", "int64", "decimal128(4, 2)"]
    frame = answer.to_pandas()
    assert str(frame["metric_time__month"].dtype).startswith("datetime64")
    assert answer.to_polars().schema["metric_time__month"] == polars.Date
    assert answer.to_polars()["revenue"].sum() == Decimal("60.5")


def test_exact_numbers_stay_exact_and_empty_columns_have_a_type() -> None:
    columns = [Column("plan"), Column("metric_time__day", "time"), Column("a", "metric"), Column("b", "metric")]
    both = [Column("mixed", "metric"), Column("empty", "metric")]
    rows = [(None, None, Decimal("0.10"), None, Decimal("1.5"), None), (None, None, Decimal("12.3"), None, 2.25, None)]
    answer = Answer(MetricQuery(("a",)), Table((*columns, *both), tuple(rows)), Span(), "UTC", datetime(2026, 1, 1))
    types = [str(field.type) for field in answer.to_arrow().schema]
    assert types == ["string", "date32[day]", "decimal128(4, 2)", "double", "double", "double"]
    assert answer.to_pandas()["a"].sum() == Decimal("12.40")
    assert answer.to_arrow().column("mixed").to_pylist() == [1.5, 2.25]


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_package_that_is_not_there_is_named(shop: Workspace, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    answer = shop.query("revenue")
    with pytest.raises(EngineError) as caught:
        getattr(answer, f"to_{package}")()
    assert caught.value.code == "E_PACKAGE_MISSING"
    assert f"pip install {package}" in caught.value.hint


def test_a_text_in_double_quotes_is_told_from_a_name(shop: Workspace) -> None:
    with pytest.raises(QueryError) as caught:
        shop.query("revenue", where='state = "done"')
    assert caught.value.hint == "a text stands in single quotes: 'done'"
    with pytest.raises(QueryError) as caught:
        shop.query("revenue", where="stat = 'done'")
    assert "state" in caught.value.hint


@pytest.mark.parametrize(
    ("where", "hint"),
    [
        ("state = zzz", "a text stands in single quotes: 'zzz'"),
        ("state in ('open', zzz)", "a text stands in single quotes: 'zzz'"),
        ("state = stat and amount > 1", "did you mean"),
        ("upper(stat) = 'DONE'", "did you mean"),
    ],
)
def test_a_text_without_quotes_is_told_from_a_name(shop: Workspace, where: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        shop.query("revenue", where=where)
    assert caught.value.hint.startswith(hint)
