"""Definitions of dbt and MetricFlow, in every spelling, become ours: they load, and what is lost is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from truenorth.base.errors import DefinitionErrors, TrueNorthError
from truenorth.define.foreign.adopt import Adoption, adopted, write
from truenorth.define.load import load
from truenorth.define.model import Model

LEGACY = """
semantic_models:
  - name: orders
    model: ref('fct_orders')
    defaults: {agg_time_dimension: ordered_at}
    entities:
      - {name: order, type: primary, expr: order_id}
      - {name: customer, type: foreign, expr: customer_id}
    dimensions:
      - {name: ordered_at, type: time, type_params: {time_granularity: day}}
      - {name: paid_at, type: time, type_params: {time_granularity: day}}
      - {name: status, type: categorical}
      - {name: size, type: categorical, expr: "case when amount > 100 then 'large' else 'small' end"}
    measures:
      - {name: amount, agg: sum}
      - {name: order_count, agg: count, expr: order_id, create_metric: true}
      - {name: rush_orders, agg: sum_boolean, expr: is_rush}
      - {name: p90, agg: percentile, expr: amount, agg_params: {percentile: 0.9}}
      - {name: paid, agg: sum, expr: amount, agg_time_dimension: paid_at}
      - {name: unused, agg: max, expr: amount}
  - name: customers
    node_relation: {schema_name: shop, alias: dim_customers}
    entities: [{name: customer, type: primary, expr: customer_id}]
    dimensions: [{name: region, type: categorical}]
metrics:
  - {name: revenue, label: Net revenue, type: simple, type_params: {measure: amount},
     filter: "{{ Dimension('order__status') }} = 'paid'", config: {meta: {owner: dana@shop.example}}}
  - {name: rush, type: simple, type_params: {measure: {name: rush_orders, fill_nulls_with: 0}}}
  - {name: large_amount, type: simple, type_params: {measure: p90}}
  - {name: cash, type: simple, type_params: {measure: paid}}
  - name: revenue_in_europe
    type: simple
    type_params: {measure: amount}
    filter: ["{{ Dimension('customer__region') }} = 'EU'", "{{ TimeDimension('order__paid_at', 'month') }} is not null"]
  - {name: aov, type: ratio, type_params: {numerator: revenue, denominator: order_count}}
  - name: share_large
    type: ratio
    type_params:
      numerator: {name: revenue, filter: "{{ Dimension('order__size') }} = 'large'", alias: large}
      denominator: {name: revenue}
  - name: growth
    type: derived
    type_params:
      expr: now - before
      metrics: [{name: revenue, alias: now}, {name: revenue, alias: before, offset_window: 1 month}]
  - {name: amount_so_far, type: cumulative, type_params: {measure: amount, cumulative_type_params: {grain_to_date: month}}}
saved_queries:
  - {name: daily, query_params: {metrics: [revenue], group_by: ["TimeDimension('metric_time', 'day')"]}}
"""

FLAT = """
models:
  - name: fct_orders
    semantic_model: {enabled: true, name: orders}
    agg_time_dimension: ordered_at
    columns:
      - {name: order_id, entity: {type: primary, name: order}}
      - {name: customer_id, entity: {type: foreign, name: customer}}
      - {name: ordered_at, granularity: day, dimension: {type: time}}
      - {name: status, dimension: categorical}
      - {name: note}
    derived_semantics:
      dimensions: [{name: size, type: categorical, expr: "case when amount > 100 then 'large' else 'small' end"}]
    metrics:
      - {name: revenue, type: simple, agg: sum, expr: amount, filter: "{{ Dimension('order__status') }} = 'paid'"}
      - {name: p95, type: simple, agg: percentile, expr: amount, percentile: 95.0}
      - {name: orders_placed, type: simple, agg: count, expr: order_id}
  - name: dim_customers
    semantic_model: true
    columns:
      - {name: customer_id, entity: {type: primary, name: customer}}
      - {name: region, dimension: {type: categorical}}
  - name: days
    time_spine: {standard_granularity_column: day, custom_granularities: [{name: retail_month, column_name: rm}]}
    columns: [{name: day, granularity: day}]
  - {name: staging, columns: [{name: x}]}
metrics:
  - {name: aov, type: ratio, numerator: revenue, denominator: orders_placed}
  - {name: mtd, type: cumulative, input_metric: revenue, grain_to_date: month, period_agg: last}
  - name: change
    type: derived
    expr: cur - prev
    input_metrics: [{name: revenue, alias: cur}, {name: revenue, offset_window: 7 days, alias: prev}]
"""


def adopt(tmp_path: Path, text: str, name: str = "schema.yml") -> tuple[Adoption, Model]:
    (tmp_path / "project").mkdir(exist_ok=True)
    (tmp_path / "project" / name).write_text(text, "utf-8")
    made = adopted(tmp_path / "project")
    write(made, tmp_path / "workspace")
    return made, load(tmp_path / "workspace")


def test_datasets_and_relationships_by_their_entities(tmp_path: Path) -> None:
    _, model = adopt(tmp_path, LEGACY)
    orders = model.datasets["orders"]
    assert (orders.source, orders.primary_key, orders.time) == ("fct_orders", ["order_id"], "ordered_at")
    assert model.datasets["customers"].source == "shop.dim_customers"
    assert [field.name for field in orders.fields] == ["order", "customer", "ordered_at", "paid_at", "status", "size"]
    [way] = model.relationships.values()
    assert (way.from_, way.to, way.role) == ("orders", "customers", "customer")
    assert (way.from_columns, way.to_columns) == (["customer_id"], ["customer_id"])


def test_metrics_say_what_they_said(tmp_path: Path) -> None:
    _, model = adopt(tmp_path, LEGACY)
    metrics = model.metrics
    revenue = metrics["revenue"]
    assert (revenue.agg, revenue.expr, revenue.filter) == ("sum", "amount", "status = 'paid'")
    assert (revenue.title, revenue.owner) == ("Net revenue", "dana@shop.example")
    assert metrics["order_count"].expr == "case when order_id is not null then 1 else 0 end"
    assert (metrics["rush"].expr, metrics["rush"].fill_nulls_with) == ("case when is_rush then 1 else 0 end", 0)
    assert metrics["large_amount"].percentile == 0.9
    assert metrics["cash"].time == "paid_at"
    assert metrics["revenue_in_europe"].filter == "(customer.region = 'EU') and (paid_at__month is not null)"
    assert (metrics["aov"].numerator, metrics["aov"].denominator) == ("revenue", "order_count")
    share = metrics["share_large"]
    assert (share.type, share.expr) == ("derived", "large / revenue")
    assert [(one.name, one.alias, one.filter) for one in share.input_metrics] == [
        ("revenue", "large", "size = 'large'"),
        ("revenue", "", ""),
    ]
    assert [one.offset_window for one in metrics["growth"].input_metrics] == ["", "1 month"]


def test_a_measure_that_no_metric_shows_gets_one_only_where_it_is_needed(tmp_path: Path) -> None:
    _, model = adopt(tmp_path, LEGACY)
    assert model.metrics["amount_so_far"].input_metric == "amount"
    assert "unused" not in model.metrics and "rush_orders" not in model.metrics


def test_what_cannot_be_carried_is_told_with_its_place(tmp_path: Path) -> None:
    made, _ = adopt(tmp_path, LEGACY)
    [loss] = [loss for loss in made.losses if loss.code == "SAVED_QUERY_DROPPED"]
    assert loss.what == "daily" and loss.origin.file == "schema.yml" and loss.origin.line == 48
    assert made.spellings == {"dbt, legacy": 1}


def test_the_newest_spelling(tmp_path: Path) -> None:
    made, model = adopt(tmp_path, FLAT)
    assert made.spellings == {"dbt, newest": 1}
    assert model.datasets["orders"].source == "fct_orders"
    assert [field.name for field in model.datasets["orders"].fields] == [
        "order",
        "customer",
        "ordered_at",
        "status",
        "size",
    ]
    assert "staging" not in model.datasets
    assert model.metrics["p95"].percentile == 0.95
    assert model.metrics["revenue"].filter == "status = 'paid'"
    assert model.metrics["mtd"].input_metric == "revenue"
    assert model.relationships["orders_customer"].to == "dim_customers"


def test_a_semantic_manifest(tmp_path: Path) -> None:
    manifest = {
        "semantic_models": [
            {
                "name": "orders",
                "node_relation": {
                    "alias": "fct_orders",
                    "schema_name": "shop",
                    "relation_name": '"db"."shop"."fct_orders"',
                },
                "defaults": {"agg_time_dimension": "ordered_at"},
                "primary_entity": None,
                "entities": [{"name": "order", "type": "primary", "expr": "order_id"}],
                "measures": [{"name": "amount", "agg": "sum", "expr": None, "agg_params": None}],
                "dimensions": [
                    {
                        "name": "ordered_at",
                        "type": "time",
                        "type_params": {"time_granularity": "day", "validity_params": None},
                        "is_partition": False,
                    }
                ],
            }
        ],
        "metrics": [
            {
                "name": "revenue",
                "type": "simple",
                "type_params": {"measure": {"name": "amount", "filter": None, "join_to_timespine": False}},
                "filter": {
                    "where_filters": [{"where_sql_template": "{{ Dimension('order__ordered_at') }} is not null"}]
                },
            },
            {
                "name": "biggest",
                "type": "simple",
                "type_params": {
                    "measure": None,
                    "expr": "amount",
                    "metric_aggregation_params": {"semantic_model": "orders", "agg": "max"},
                },
            },
            {
                "name": "last_week",
                "type": "cumulative",
                "type_params": {
                    "measure": {"name": "amount"},
                    "cumulative_type_params": {"window": {"count": 7, "granularity": "day"}, "period_agg": "last"},
                },
            },
        ],
        "project_configuration": {"time_spines": []},
        "saved_queries": [],
    }
    made, model = adopt(tmp_path, json.dumps(manifest), "semantic_manifest.json")
    assert made.spellings == {"semantic manifest": 1} and made.losses == []
    assert model.datasets["orders"].source == "shop.fct_orders"
    assert model.metrics["revenue"].filter == "ordered_at__day is not null"
    assert (model.metrics["biggest"].agg, model.metrics["biggest"].expr) == ("max", "amount")
    assert (model.metrics["last_week"].input_metric, model.metrics["last_week"].window) == ("amount", "7 day")


def test_of_a_project_with_yaml_the_manifest_is_not_read_too(tmp_path: Path) -> None:
    target = tmp_path / "project" / "target"
    target.mkdir(parents=True)
    (target / "semantic_manifest.json").write_text('{"semantic_models": [{"name": "other"}], "metrics": []}', "utf-8")
    made, _ = adopt(tmp_path, LEGACY)
    assert {item.name for item in made.items if item.kind == "dataset"} == {"orders", "customers"}


@pytest.mark.parametrize(
    ("condition", "ours"),
    [
        ("{{ Dimension('order__status') }} in ('a', 'b')", "status in ('a', 'b')"),
        ('NOT {{Dimension( "order__status" )}}', "NOT status"),
        ("{{ TimeDimension('order__ordered_at', 'week') }} > '2026-01-01'", "ordered_at__week > '2026-01-01'"),
        ("{{ Dimension('order__ordered_at').grain('month') }} is null", "ordered_at__month is null"),
        ("{{ Entity('customer') }} IS NOT NULL", "customer IS NOT NULL"),
        ("{{ Dimension('customer__region', entity_path=['customer']) }} = 'EU'", "customer.customer.region = 'EU'"),
        ("{{ Metric('revenue', group_by=['customer']) }} > 2", "METRIC(revenue BY customer) > 2"),
        ("{{ TimeDimension('metric_time', 'day') }} >= '2026-01-02'", "ordered_at__day >= '2026-01-02'"),
    ],
)
def test_conditions_become_plain(condition: str, ours: str) -> None:
    from truenorth.define.foreign.item import Carried
    from truenorth.define.foreign.legacy import read
    from truenorth.define.foreign.metrics import MetricCarrier
    from truenorth.define.foreign.project import Project
    from truenorth.define.foreign.tree import trees

    project = Project()
    for tree in trees(LEGACY, "schema.yml", []):
        read(tree, project)
    carrier = MetricCarrier(project, Carried())
    assert carrier.condition([condition], project.models[:1]) == ours


@pytest.mark.parametrize(
    "condition",
    [
        "{{ Dimension('order__status' }} = 'a'",
        "{{ env_var('X') }} = 'a'",
        "{% if x %} status {% endif %}",
        "{{ Dimension() }} = 1",
        "{{ Metric('revenue') }} > 1",
        "{{ __import__('os').system('true') }} = 1",
        "{{ Dimension('order__status') }} = '{{'",
    ],
)
def test_a_condition_that_is_more_than_names_drops_its_metric_and_says_so(tmp_path: Path, condition: str) -> None:
    text = LEGACY.replace("{{ Dimension('order__status') }} = 'paid'", condition.replace('"', '\\"'))
    made, model = adopt(tmp_path, text)
    lost = {loss.what: loss.why for loss in made.losses}
    assert "cannot be carried" in lost["revenue"]
    # What rests on it goes with it, and the rest stays.
    assert "aov" in lost and "cash" in model.metrics


def test_an_expression_no_engine_shares_drops_its_metric(tmp_path: Path) -> None:
    made, model = adopt(tmp_path, LEGACY.replace("expr: is_rush", "expr: my_udf(x)"))
    assert [loss.code for loss in made.losses if loss.what == "rush"] == ["METRIC_DROPPED"]
    assert "rush" not in model.metrics


def test_a_field_that_cannot_be_read_is_left_out_alone(tmp_path: Path) -> None:
    made, model = adopt(
        tmp_path, LEGACY.replace("case when amount > 100 then 'large' else 'small' end", "my_udf(amount)")
    )
    assert ("FIELD_DROPPED", "orders.size") in [(loss.code, loss.what) for loss in made.losses]
    assert model.datasets["orders"].field("size") is None and "revenue" in model.metrics


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("semantic_models:\n  - name: a\n    entities: 5\n", "E_FOREIGN_SHAPE", 3),
        ("semantic_models:\n  - just words\n", "E_FOREIGN_SHAPE", 2),
        ("metrics:\n  - {name: a, type: simple, type_params: {measure: [1]}}\n", "E_FOREIGN_SHAPE", 2),
        ("semantic_models:\n  - name: [a\n", "E_YAML", 2),
        (
            "semantic_models:\n  - name: a\n    measures:\n      - {name: b, agg: percentile, agg_params: {percentile: high}}\n",
            "E_FOREIGN_SHAPE",
            4,
        ),
    ],
)
def test_broken_files_are_told_by_line(tmp_path: Path, text: str, code: str, line: int) -> None:
    with pytest.raises(DefinitionErrors) as caught:
        adopt(tmp_path, text)
    found = [(error.code, error.where.file, error.where.line) for error in caught.value.errors if error.where]
    assert (code, "schema.yml", line) in found
    assert not (tmp_path / "workspace").exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("semantic_manifest.json", b'{"semantic_models": ['),
        ("semantic_manifest.json", b'{"semantic_models": ' + b"[" * 5000 + b"]" * 5000 + b', "metrics": []}'),
        ("schema.yml", b"semantic_models: \xff\xfe"),
        ("schema.yml", b"semantic_models: &a [*a]"),
        ("schema.yml", b"semantic_models:\n  - !!python/object/apply:os.system ['true']\n"),
        ("schema.yml", b"semantic_models:\n" + b"  - {a: " * 300),
    ],
)
def test_hostile_files_are_errors_not_crashes(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(TrueNorthError) as caught:
        adopted(tmp_path / name)
    assert caught.value.code in ("E_DEFINITIONS", "E_FOREIGN_UNKNOWN")


def test_a_folder_without_definitions(tmp_path: Path) -> None:
    (tmp_path / "other.yml").write_text("hello: world\n", "utf-8")
    with pytest.raises(TrueNorthError) as caught:
        adopted(tmp_path)
    assert caught.value.code == "E_FOREIGN_UNKNOWN"
    with pytest.raises(TrueNorthError) as caught:
        adopted(tmp_path / "nowhere")
    assert caught.value.code == "E_FILE_NOT_FOUND"


def test_nothing_is_overwritten_without_being_asked(tmp_path: Path) -> None:
    made, _ = adopt(tmp_path, LEGACY)
    write(made, tmp_path / "workspace")
    assert made.replaced == []
    place = tmp_path / "workspace" / "metrics" / "orders.yml"
    place.write_text("version: 1\n", "utf-8")
    with pytest.raises(DefinitionErrors) as caught:
        write(made, tmp_path / "workspace")
    assert [error.code for error in caught.value.errors] == ["E_FILE_EXISTS"]
    assert place.read_text("utf-8") == "version: 1\n"
    write(made, tmp_path / "workspace", replace=True)
    assert made.replaced == ["metrics/orders.yml"]


def test_definitions_that_do_not_fit_the_workspace_are_taken_back(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    (folder / "metrics").mkdir(parents=True)
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\n", "utf-8")
    own = "version: 1\ndatasets:\n  - {name: orders, source: mine}\n"
    (folder / "metrics" / "mine.yml").write_text(own, "utf-8")
    with pytest.raises(DefinitionErrors) as caught:
        adopt(tmp_path, LEGACY)
    assert "E_DUPLICATE_NAME" in [error.code for error in caught.value.errors]
    assert [path.name for path in (folder / "metrics").iterdir()] == ["mine.yml"]


def test_the_same_input_gives_the_same_files(tmp_path: Path) -> None:
    first, _ = adopt(tmp_path, LEGACY)
    again = adopted(tmp_path / "project")
    assert [(file.path, file.text) for file in first.files] == [(file.path, file.text) for file in again.files]
