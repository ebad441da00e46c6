"""The questions for earlier and filtered operands; their answers must make the metric's own number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from truenorth import workspace
from truenorth.base.period import Span
from truenorth.base.table import Table
from truenorth.define.model import InputMetric, Metric
from truenorth.learn.values import numbers, questions, values
from truenorth.query.request import Filter, MetricQuery

GROWTH = Metric(
    "growth",
    "derived",
    expr="current / previous - 1",
    input_metrics=[InputMetric("revenue", "current"), InputMetric("revenue", "previous", offset_window="1 month")],
)
SHARE = Metric(
    "share",
    "derived",
    expr="pro / revenue",
    input_metrics=[InputMetric("revenue", "pro", filter="plan = 'pro'"), InputMetric("revenue")],
)
JUNE = Span(date(2026, 6, 1), date(2026, 7, 1))
ONLY = Filter("country", ("CH",))


def test_an_earlier_operand_is_asked_for_its_own_days() -> None:
    whole = MetricQuery(("growth", "revenue"), range="1m", timezone="UTC", where=(ONLY,), vs="prev")
    assert questions(GROWTH, whole, JUNE) == {
        "growth.previous": MetricQuery(("revenue",), range="2026-05-01..2026-05-31", timezone="UTC", where=(ONLY,))
    }


def test_a_filtered_operand_is_asked_under_its_filter() -> None:
    whole = MetricQuery(("share",), range="1m", where=(ONLY,))
    assert questions(SHARE, whole, JUNE) == {
        "share.pro": MetricQuery(("revenue",), range="1m", where=(ONLY, "plan = 'pro'"))
    }


def test_an_operand_at_the_start_of_its_year_is_asked_for_that_day() -> None:
    since = InputMetric("revenue", "began", offset_to_grain="year", offset_window="1 year")
    metric = Metric("since", "derived", expr="revenue - began", input_metrics=[InputMetric("revenue"), since])
    assert questions(metric, MetricQuery(("since",), range="1m"), JUNE) == {
        "since.began": MetricQuery(("revenue",), range="2025-01-01..2025-01-01")
    }


@pytest.mark.parametrize(
    "span", [Span(), Span(date(2026, 6, 1)), Span(datetime(2026, 6, 1, 5), datetime(2026, 6, 2, 5))]
)
def test_without_days_there_is_no_earlier_question(span: Span) -> None:
    assert questions(GROWTH, MetricQuery(("growth",)), span) == {}


def test_plain_inputs_need_no_question_of_their_own() -> None:
    ratio = Metric("aov", "ratio", numerator="revenue", denominator="orders")
    assert questions(ratio, MetricQuery(("aov",)), JUNE) == {}


DEFINITIONS = """version: 1
datasets:
  - {name: orders, source: orders, time: day, fields: [{name: amount}, {name: plan}]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount, unit: currency}
  - name: growth
    type: derived
    expr: current / previous - 1
    input_metrics: [{name: revenue, alias: current}, {name: revenue, alias: previous, offset_window: 1 month}]
  - name: share
    type: derived
    expr: pro / revenue
    unit: percent
    input_metrics: [{name: revenue, alias: pro, filter: plan = 'pro'}, {name: revenue}]
"""


def shop_at(folder: Path) -> workspace.Workspace:
    (folder / "metrics").mkdir()
    (folder / ".truenorth").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\ncurrency: EUR\n", encoding="utf-8")
    (folder / "metrics" / "orders.yml").write_text(DEFINITIONS, encoding="utf-8")
    with duckdb.connect(str(folder / ".truenorth" / "warehouse.duckdb")) as connection:
        connection.execute(
            "create table orders as select date '2026-01-01' + i as day, 100 + i * i % 37 as amount, "
            "case when i % 3 = 0 then 'pro' else 'free' end as plan from (select unnest(range(181))::int as i)"
        )
    return workspace.open(folder, now=datetime(2026, 7, 1))


@pytest.mark.parametrize("asked", ["2026-06", "2026-06-10..2026-06-20", "2026-Q2", "2026-03"])
def test_the_answers_make_the_number(tmp_path: Path, asked: str) -> None:
    with shop_at(tmp_path) as shop:
        for name in ("growth", "share"):
            whole = shop.query(name, "revenue", range=asked)
            row = whole.table.dicts()[0]
            asking = questions(shop.model.metrics[name], whole.query, whole.span)
            assert len(asking) == 1
            other = float(shop.query(*asking.values()).table.rows[0][0])  # type: ignore[arg-type]
            revenue = float(row["revenue"])  # type: ignore[arg-type]
            made = revenue / other - 1 if name == "growth" else other / revenue
            assert row[name] == pytest.approx(made)
            shown = values(shop.model, shop.model.metrics[name], whole.query, shop.query)
            assert {key: one.raw for key, one in shown.items()} == {
                name: row[name],
                "revenue": row["revenue"],
                next(iter(asking)): other,
            }


def test_an_answer_without_rows_has_no_numbers(tmp_path: Path) -> None:
    with shop_at(tmp_path) as shop:
        whole = shop.query("growth", "revenue", range="2026-06")
        empty = replace(whole, table=Table(whole.table.columns, ()))
        assert numbers(shop.model, empty, {"growth.previous": empty}) == {}


def test_numbers_are_written_with_their_unit_and_the_currency_of_the_workspace(tmp_path: Path) -> None:
    with shop_at(tmp_path) as shop:
        shown = values(shop.model, shop.model.metrics["share"], MetricQuery(("share",), range="2026-06"), shop.query)
    assert shown["share"].text.endswith("%")
    assert shown["revenue"].text.startswith("€")
    assert shown["share.pro"].text.startswith("€")
