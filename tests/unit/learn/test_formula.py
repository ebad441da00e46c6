"""Every kind of metric as a tree with the reader's numbers, and as one line."""

from __future__ import annotations

from typing import Any

import pytest

from truenorth.define.model import (
    Dataset,
    Field,
    InputMetric,
    Metric,
    Model,
    NonAdditiveDimension,
    Workspace,
)
from truenorth.learn.formula import Formula, Operand, Shown, formula, operands

ORDERS = Dataset("orders", source="orders", fields=[Field("net", label="Net amount"), Field("customer_id")])


def simple(name: str, **more: Any) -> Metric:
    return Metric(name, "simple", **({"dataset": "orders", "agg": "sum", "expr": "net"} | more))


def derived(expr: str, *inputs: InputMetric) -> Metric:
    given = inputs or (InputMetric("revenue"), InputMetric("costs"), InputMetric("tax"))
    return Metric("made", "derived", expr=expr, input_metrics=list(given))


def model(*metrics: Metric, locale: str = "en") -> Model:
    known = (simple("revenue"), simple("costs", label="All costs"), simple("tax"), *metrics)
    return Model(Workspace("Acme", locale=locale), {"orders": ORDERS}, {}, {one.name: one for one in known})


def tree(metric: Metric, **values: str) -> Formula:
    return formula(model(metric), metric, {name: Shown(text) for name, text in values.items()})


def test_a_ratio_is_a_fraction_of_two_metrics_to_link_to() -> None:
    metric = Metric("margin", "ratio", numerator="revenue", denominator="costs")
    made = tree(metric, revenue="€1,200", costs="€900")
    assert made.shape == "fraction"
    assert [(part.label, part.value, part.metric) for part in made.parts] == [
        ("Revenue", "€1,200", "revenue"),
        ("All costs", "€900", "costs"),
    ]
    assert made.words == "Revenue ÷ All costs"
    assert made.numbers == "€1,200 ÷ €900"


def test_an_unknown_number_leaves_the_labels() -> None:
    made = tree(Metric("margin", "ratio", numerator="revenue", denominator="costs"), revenue="€1,200")
    assert made.parts[1].value == ""
    assert made.numbers == ""
    assert made.words == "Revenue ÷ All costs"


@pytest.mark.parametrize(
    ("expr", "words"),
    [
        ("revenue - costs", "Revenue − All costs"),
        ("revenue - costs - tax", "Revenue − All costs − Tax"),
        ("revenue - (costs - tax)", "Revenue − (All costs − Tax)"),
        ("(revenue - costs) / revenue", "(Revenue − All costs) ÷ Revenue"),
        ("revenue / costs / tax", "Revenue ÷ All costs ÷ Tax"),
        ("revenue / (costs / tax)", "Revenue ÷ (All costs ÷ Tax)"),
        ("revenue / (costs * tax)", "Revenue ÷ (All costs × Tax)"),
        ("(revenue + costs) * tax", "(Revenue + All costs) × Tax"),
        ("revenue * costs + tax", "Revenue × All costs + Tax"),
        ("revenue - costs * 1.5", "Revenue − All costs × 1.5"),
        ("revenue * 12", "Revenue × 12"),
        ("revenue * 1000000", "Revenue × 1,000,000"),
        ("revenue / nullif(costs, 0) - 1", "Revenue ÷ All costs − 1"),
        ("coalesce(revenue, 0)\n  - costs", "Revenue − All costs"),
        ("sqrt(revenue)", "sqrt(Revenue)"),
        ("power(revenue / costs, 0.5) - 1", "power(Revenue ÷ All costs, 0.5) − 1"),
        ("-revenue", "−1 × Revenue"),
        ("case when revenue > 0 then costs end", "case when revenue > 0 then costs end"),
        ("case when revenue > 0 then (revenue - costs) / revenue end", "(Revenue − All costs) ÷ Revenue"),
        ("case when revenue + tax > 0\n then costs / (revenue + tax) end", "All costs ÷ (Revenue + Tax)"),
        ("case when tax > 0 then costs / tax else 1 end", "case when tax > 0 then costs / tax else 1 end"),
        ("revenue || 'x'", "revenue || 'x'"),
    ],
)
def test_arithmetic_reads_as_it_is_written(expr: str, words: str) -> None:
    assert tree(derived(expr)).words == words


def test_the_line_of_numbers_keeps_its_brackets() -> None:
    made = tree(derived("(revenue - costs) / revenue"), revenue="500", costs="300")
    assert made.numbers == "(500 − 300) ÷ 500"
    assert [part.shape for part in made.parts] == ["difference", "operand"]
    assert made.wraps(0)
    assert not made.wraps(1)


def test_chains_of_plus_and_times_are_one_node() -> None:
    assert len(tree(derived("revenue + costs + tax")).parts) == 3
    assert len(tree(derived("revenue * costs * tax")).parts) == 3
    assert len(tree(derived("revenue - costs - tax")).parts) == 2


def test_an_expression_that_is_not_arithmetic_keeps_its_inputs_to_link_to() -> None:
    made = tree(derived("case when revenue > 0 then costs end"), revenue="1")
    assert made.shape == "sentence"
    assert [part.metric for part in made.parts] == ["revenue", "costs", "tax"]
    assert made.numbers == ""


def test_an_earlier_input_has_a_key_and_a_number_of_its_own() -> None:
    inputs = (InputMetric("revenue", "current"), InputMetric("revenue", "previous", offset_window="1 month"))
    metric = derived("current / previous - 1", *inputs)
    assert operands(metric) == (Operand("revenue", "revenue"), Operand("made.previous", "revenue", "1 month"))
    made = formula(model(metric), metric, {"revenue": Shown("120"), "made.previous": Shown("100")})
    assert made.words == "Revenue ÷ Revenue 1 month earlier − 1"
    assert made.numbers == "120 ÷ 100 − 1"
    assert {leaf.metric for leaf in made.leaves if leaf.shape == "operand"} == {"revenue"}


def test_an_input_at_the_start_of_its_month_says_so() -> None:
    made = derived("costs - began", InputMetric("costs"), InputMetric("costs", "began", offset_to_grain="month"))
    assert operands(made)[1] == Operand("made.began", "costs", offset_to_grain="month")
    assert tree(made).words == "All costs − All costs at the start of the month"


def bought(**more: Any) -> Metric:
    sides = {"entity": "customer_id", "base_metric": "revenue", "conversion_metric": "costs", "window": "7 days"}
    return Metric("bought", "conversion", **(sides | more))


def test_a_conversion_rate_is_what_converted_over_what_might_have() -> None:
    metric = bought()
    numbers = {"bought": Shown("25 %", 0.25), "revenue": Shown("80", 80)}
    made = formula(model(metric), metric, numbers)
    assert made.words == "Revenue followed by All costs within 7 days ÷ Revenue"
    assert made.numbers == "20 ÷ 80"
    assert tree(metric).numbers == ""
    assert operands(metric) == (Operand("revenue", "revenue"),)


def test_conversions_are_a_sentence() -> None:
    counted = bought(calculation="conversions", window="")
    assert tree(counted).words == "Revenue followed by All costs"
    assert len(operands(counted)) == 2
    each = bought(calculation="conversions", count_by="conversion")
    assert tree(each).words == "All costs within 7 days after Revenue"


def test_a_filtered_input_says_so() -> None:
    metric = derived("pro / revenue", InputMetric("revenue", "pro", filter="plan = 'pro'"), InputMetric("revenue"))
    made = formula(model(metric), metric, {"revenue": Shown("10"), "made.pro": Shown("4")})
    assert made.words == "Revenue where plan = 'pro' ÷ Revenue"
    assert made.numbers == "4 ÷ 10"


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (simple("a"), "sum of net amount over orders"),
        (simple("a", filter="status = 'paid'"), "sum of net amount over orders where status = 'paid'"),
        (simple("a", expr="amount - discount"), "sum of amount - discount over orders"),
        (simple("a", agg="count", expr=""), "number of orders"),
        (simple("a", agg="count_distinct", expr="customer_id"), "number of different customer ids over orders"),
        (simple("a", agg="avg"), "average of net amount over orders"),
        (simple("a", agg="median"), "median of net amount over orders"),
        (simple("a", agg="min"), "smallest net amount over orders"),
        (simple("a", agg="max"), "largest net amount over orders"),
        (simple("a", agg="percentile", percentile=0.95), "95th percentile of net amount over orders"),
        (simple("a", agg="percentile", percentile=0.999), "99.9th percentile of net amount over orders"),
    ],
)
def test_a_simple_metric_is_a_sentence(metric: Metric, words: str) -> None:
    assert tree(metric).words == words


def test_the_sentence_counts_its_rows_where_they_are_known() -> None:
    metric = simple("a", filter="status = 'paid'")
    made = formula(model(metric), metric, {"a": Shown("€5", 5, rows=1204)})
    assert made.words == "sum of net amount over 1,204 orders where status = 'paid'"


def test_a_snapshot_says_which_day_stands_for_a_period() -> None:
    metric = Metric(
        "mrr", "snapshot", dataset="orders", agg="sum", expr="net", non_additive_dimension=NonAdditiveDimension("day")
    )
    assert tree(metric).words == "sum of net amount over orders on the last day of each period"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"window": "28 days"}, "Revenue in the 28 days up to the end of each period"),
        ({"window": "1 day"}, "Revenue on the last day of each period"),
        ({"grain_to_date": "year"}, "Revenue from the start of the year to the end of each period"),
        ({}, "Revenue from the beginning to the end of each period"),
    ],
)
def test_a_cumulative_metric_says_how_far_it_looks_back(more: dict[str, Any], words: str) -> None:
    metric = Metric("total", "cumulative", input_metric="revenue", **more)
    made = tree(metric, revenue="7")
    assert made.words == words
    assert [(part.metric, part.value) for part in made.parts] == [("revenue", "7")]
    assert operands(metric) == (Operand("revenue", "revenue"),)


def test_a_metric_divided_by_itself_needs_its_number_once() -> None:
    assert operands(Metric("one", "ratio", numerator="revenue", denominator="revenue")) == (
        Operand("revenue", "revenue"),
    )
    assert operands(simple("a")) == ()


def test_numbers_follow_the_locale() -> None:
    metric = derived("revenue * 1000.5")
    assert formula(model(metric, locale="de"), metric, {}).words == "Revenue × 1.000,5"


def test_a_metric_that_is_not_in_the_model_keeps_its_name() -> None:
    metric = Metric("share", "ratio", numerator="gone", denominator="revenue")
    assert tree(metric).words == "gone ÷ Revenue"
