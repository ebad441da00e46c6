"""The shape of definitions: keys, spellings, types and choices, each mistake with its exact place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.define.marked import GROUND, expect, good
from truenorth.define.model import InputMetric, MetricTest, NonAdditiveDimension, Target

HEAD = "version: 1\nmetrics:\n"
SIMPLE = "dataset: orders, agg: sum, expr: net"


def metric(text: str) -> str:
    """A file with one metric in brackets, most keys given."""
    return f"{HEAD}  - {{{text}}}\n"


def one(folder: Path, code: str, text: str) -> str:
    """The message and hint of the one error of a file beside the ground."""
    errors = expect(folder, code, ground=GROUND, more=text)
    return f"{errors[0].message}; {errors[0].hint}"


def test_a_whole_metric_becomes_its_value(tmp_path: Path) -> None:
    model = good(
        tmp_path,
        ground=GROUND,
        more=HEAD
        + """\
  - name: growth
    type: derived
    label: 2026
    description: no
    expr: cur / prev - 1
    input_metrics:
      - {name: revenue, alias: cur}
      - {name: revenue, alias: prev, offset_window: 1 month, filter: channel = 'web'}
    targets: [{value: 1_000.5, every: week, from: 2026-01-01, to: 2026-12-31}]
    tests: [{equals: null, where: channel = 'x'}, {equals: "2026-01-01"}, {equals: -1e3, tolerance: 0.5}]
    slots: {a: b, n: 3}
    template: churn_rate
    fill_nulls_with: 0
    dimensions: [channel, customers.region]
  - name: stock
    type: snapshot
    dataset: orders
    agg: sum
    expr: 1
    non_additive_dimension: {name: day, window_agg: avg}
""",
    )
    growth, stock = model.metrics["growth"], model.metrics["stock"]
    assert (growth.label, growth.description, growth.fill_nulls_with) == ("2026", "no", 0)
    assert growth.input_metrics == [
        InputMetric("revenue", "cur"),
        InputMetric("revenue", "prev", "1 month", filter="channel = 'web'"),
    ]
    assert growth.targets == [Target(1000.5, "week", "2026-01-01", "2026-12-31")]
    assert [(test.equals, test.where, test.tolerance) for test in growth.tests] == [
        (None, "channel = 'x'", 0),
        ("2026-01-01", "", 0),
        (-1000, "", 0.5),
    ]
    assert growth.slots == {"a": "b", "n": "3"}
    assert (stock.expr, stock.non_additive_dimension) == ("1", NonAdditiveDimension("day", "avg"))
    assert isinstance(growth.tests[0], MetricTest)
    assert str(growth.tests[1].spot.at("equals")) == "metrics/more.yml:12:52"
    assert str(growth.spot.at("targets.0.every")) == "metrics/more.yml:11:32"
    assert str(growth.spot.at("nowhere")) == "metrics/more.yml:3:5"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (metric(f"name: a, type: simple, {SIMPLE}, ‸ownr: dana"), 'did you mean "owner"?'),
        (metric(f"name: a, type: simple, {SIMPLE}, ‸Owner: dana"), 'did you mean "owner"?'),
        (metric(f"name: a, type: simple, {SIMPLE}, ‸zzz: 1"), "its keys are name, type"),
        ("version: 1\n‸metrcs: []\n", 'did you mean "metrics"?'),
        ("version: 1\ndatasets: [{name: a, source: a, fields: [{name: b, ‸lable: c}]}]\n", 'did you mean "label"?'),
        (metric(f"name: a, type: simple, {SIMPLE}, targets: [{{value: 1, ‸evry: day}}]"), 'did you mean "every"?'),
    ],
)
def test_unknown_keys(tmp_path: Path, text: str, said: str) -> None:
    assert said in one(tmp_path, "E_UNKNOWN_KEY", text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (metric("name: a, type: simple, dataset: orders, agg: sum, ‸sql: net"), 'write "expr:"'),
        (metric("name: a, type: simple, dataset: orders, agg: sum, ‸expression: net"), 'write "expr:"'),
        (metric(f"name: a, type: simple, {SIMPLE}, ‸filters: channel = 'web'"), 'write "filter:"'),
        (metric(f"name: a, type: simple, {SIMPLE}, ‸title: A"), 'write "label:"'),
        (metric("name: a, type: simple, ‸model: orders, agg: sum, expr: net"), 'write "dataset:"'),
        (metric("name: a, type: simple, dataset: orders, ‸agg: average, expr: net"), 'write "agg: avg"'),
        (metric("name: a, type: simple, dataset: orders, ‸agg: Count_Distinct_Approx, expr: net"), "are exact"),
        (metric("name: a, ‸type: sum, dataset: orders, expr: net"), 'write "type: simple" with "agg: sum"'),
        (metric("name: a, ‸type: average, dataset: orders, expr: net"), 'with "agg: avg"'),
        (metric(f"name: a, type: simple, {SIMPLE}, ‸granularity: day"), "leave the key out"),
        (metric(f"name: a, type: simple, {SIMPLE}, targets: [{{value: 1, ‸granularity: day}}]"), 'write "every:"'),
        (metric(f"name: a, type: simple, {SIMPLE}, targets: [{{value: 1, ‸grain: day}}]"), 'write "every:"'),
        (
            metric(f"name: a, type: simple, {SIMPLE}, targets: [{{value: 1, every: monthly}}]").replace(
                "every", "‸every"
            ),
            "month",
        ),
        (metric(f"name: a, type: simple, {SIMPLE}, ‸direction: higher_is_better"), 'write "direction: up"'),
        (metric(f"name: a, type: simple, {SIMPLE}, ‸domain: product"), 'write "domain: customer"'),
        (metric(f"name: a, type: simple, {SIMPLE}, tests: [{{‸expected: 5}}]"), 'write "equals:"'),
        ("version: 1\n‸measures:\n  - {name: a, type: simple, dataset: orders, agg: count}\n", 'write "metrics:"'),
        ("version: 1\n‸models: [{name: a, source: a}]\n", 'write "datasets:"'),
        ("version: 1\n‸cubes: [{name: a, source: a}]\n", 'write "datasets:"'),
        ("version: 1\n‸semantic_models: [{name: a, source: a}]\n", 'write "datasets:"'),
        ("version: 1\ndatasets: [{name: a, ‸table: a}]\n", 'write "source:"'),
        ("version: 1\ndatasets: [{name: a, ‸sql: select 1}]\n", 'write "query:"'),
        ("version: 1\ndatasets: [{name: a, source: a, ‸dimensions: [{name: b}]}]\n", 'write "fields:"'),
        ("version: 1\ndatasets: [{name: a, source: a, ‸measures: [{name: b}]}]\n", 'under "metrics:"'),
        ("version: 1\ndatasets: [{name: a, source: a, fields: [{name: b, ‸sql: c}]}]\n", 'write "expr:"'),
        ("version: 1\n‸joins: []\n", 'write "relationships:"'),
        (
            metric(f"name: a, type: simple, {SIMPLE}, ‸filter: \"{{{{ Dimension('order__channel') }}}} = 'web'\""),
            "write filter: channel = 'web'",
        ),
        (
            metric(f'name: a, type: simple, {SIMPLE}, ‸filter: "{{% if a %}}b{{% endif %}} {{{{ x }}}}"'),
            "plain SQL over fields",
        ),
    ],
)
def test_spellings_of_other_tools_name_ours_and_are_read_as_meant(tmp_path: Path, text: str, said: str) -> None:
    assert said in one(tmp_path, "E_OTHER_SPELLING", text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1\n‸metrics: revenue\n", '"metrics" is a list, not "revenue"; begin each one with "- "'),
        (
            "version: 1\nmetrics: [‸revenue]\n",
            'a metric is a mapping, not "revenue"; write its keys: {name: …, type: …}',
        ),
        ("‸[1]\n", "a file is a mapping, not a list of 1"),
        (metric("name: a, type: simple, dataset: orders, agg: sum, ‸expr: [net]"), '"expr" is a text, not a list of 1'),
        (metric("name: a, type: simple, dataset: orders, agg: sum, ‸expr: {sum: net}"), "not a mapping with sum"),
        (metric("name: a, type: simple, dataset: orders, agg: sum, ‸expr: "), '"expr" is empty; write it as expr: net'),
        (metric('name: a, type: simple, dataset: orders, agg: sum, ‸expr: " "'), '"expr" is empty'),
        (
            metric(f"name: a, type: simple, {SIMPLE}, ‸fill_nulls_with: zero"),
            '"fill_nulls_with" is a number, not "zero"',
        ),
        (metric(f'name: a, type: simple, {SIMPLE}, targets: [{{‸value: "5"}}]'), 'not the text "5"; write value: 5'),
        (metric(f'name: a, type: simple, {SIMPLE}, targets: [{{‸value: "120,000"}}]'), "write value: 120000"),
        (metric(f"name: a, type: simple, {SIMPLE}, targets: [{{‸value: .inf}}]"), "is a number"),
        (metric(f"name: a, type: simple, {SIMPLE}, targets: [{{‸value: true}}]"), "is a number"),
        (metric(f"name: a, type: simple, {SIMPLE}, tests: [{{‸equals: true}}]"), "is a number"),
        (metric(f"name: a, type: simple, {SIMPLE}, ‸dimensions: channel"), "write dimensions: [channel]"),
        (
            metric(f"name: a, type: simple, {SIMPLE}, dimensions: [‸{{a: b}}]"),
            "a list of names, but holds a mapping with a",
        ),
        (metric(f"name: a, type: simple, {SIMPLE}, template: churn_rate, ‸slots: [a]"), '"slots" is a mapping'),
        (metric(f"name: a, type: simple, {SIMPLE}, template: churn_rate, slots: {{‸a: [b]}}"), '"a" is a text'),
    ],
)
def test_wrong_types_show_the_value(tmp_path: Path, text: str, said: str) -> None:
    assert said in one(tmp_path, "E_WRONG_TYPE", text)


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        (
            "E_MISSING_KEY",
            f"{HEAD}  - ‸type: simple\n    dataset: orders\n    agg: count\n",
            'the metric has no "name"',
        ),
        (
            "E_MISSING_KEY",
            metric("name: a").replace("{", "‸{"),
            'the metric "a" has no "type"; add type: simple, ratio',
        ),
        (
            "E_MISSING_KEY",
            metric(f"name: a, type: simple, {SIMPLE}, targets: [‸{{every: day}}]"),
            'the target has no "value"',
        ),
        ("E_BAD_VALUE", metric(f"name: a, ‸type: simpel, {SIMPLE}"), 'did you mean "simple"? It is simple, ratio'),
        (
            "E_BAD_VALUE",
            metric(f"name: a, ‸type: whatever, {SIMPLE}"),
            "it is simple, ratio, derived, cumulative, snapshot, conversion, movement, attribution",
        ),
        ("E_BAD_VALUE", metric(f"name: a, type: simple, {SIMPLE}, ‸direction: sideways"), "it is up, down or none"),
        (
            "E_BAD_VALUE",
            metric(f"name: a, type: simple, {SIMPLE}, tests: [{{equals: 1, ‸tolerance: -1}}]"),
            "not below 0",
        ),
        ("E_BAD_NAME", metric(f"‸name: net revenue, type: simple, {SIMPLE}"), 'write "net_revenue"'),
        ("E_BAD_NAME", metric(f"‸name: 7days, type: simple, {SIMPLE}"), 'write "_7days"'),
        ("E_BAD_NAME", metric(f"‸name: net__revenue, type: simple, {SIMPLE}"), 'write "net_revenue"'),
        ("E_BAD_NAME", metric(f"‸name: (none), type: simple, {SIMPLE}"), 'write "none"'),
        (
            "E_BAD_DATE",
            metric(f"name: a, type: simple, {SIMPLE}, targets: [{{value: 1, ‸from: 1.2.2026}}]"),
            "2026-01-31",
        ),
        (
            "E_BAD_DATE",
            metric(f"name: a, type: simple, {SIMPLE}, targets: [{{value: 1, ‸to: 2026-02-30}}]"),
            "is a day",
        ),
        ("E_VERSION", "‸metrics: []\n", "begin the file with version: 1"),
        ("E_VERSION", "‸version: 2\n", 'this is version 1 of the format, not "2"'),
        ("E_VERSION", '‸version: "1"\n', "begin the file with version: 1"),
        ("E_VERSION", "‸# nothing\n", "the file is empty"),
    ],
)
def test_missing_keys_bad_values_names_days_and_versions(tmp_path: Path, code: str, text: str, said: str) -> None:
    assert said in one(tmp_path, code, text)


def test_an_empty_list_may_be_left_empty(tmp_path: Path) -> None:
    assert good(tmp_path, more="version: 1\nmetrics:\ndatasets:\n").metrics == {}


def test_three_errors_in_one_metric_are_all_told(tmp_path: Path) -> None:
    expect(
        tmp_path,
        "E_UNKNOWN_KEY E_NAME_NOT_FOUND E_BAD_OWNER",
        ground=GROUND,
        more=f"{HEAD}  - name: a\n    type: simple\n    agg: count\n"
        "    ‸descripton: b\n    ‸dataset: order\n    ‸owner: dana@\n",
    )


def test_a_metric_that_could_not_be_read_is_not_reported_as_unknown(tmp_path: Path) -> None:
    expect(
        tmp_path,
        "E_BAD_VALUE",
        ground=GROUND,
        more=f"{HEAD}  - {{name: a, ‸type: whatever}}\n"
        "  - {name: b, type: ratio, numerator: a, denominator: revenue}\n",
    )


def test_a_definition_in_the_wrong_list_is_one_error(tmp_path: Path) -> None:
    (error, _) = expect(
        tmp_path,
        "E_MISPLACED E_MISPLACED",
        ground=GROUND,
        more="version: 1\nrelationships:\n  - ‸{name: a, type: simple, dataset: orders, agg: count}\n"
        "datasets:\n  - ‸name: b\n    type: ratio\n    numerator: a\n    denominator: revenue\n"
        "metrics:\n  - {name: c, type: ratio, numerator: a, denominator: b}\n",
    )
    assert error.message == '"a" is written as a metric, but stands under "relationships:"'
    assert error.hint == 'move it under "metrics:"'
