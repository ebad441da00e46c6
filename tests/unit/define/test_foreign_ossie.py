"""Apache Ossie in both directions: our definitions come back as they were, and its own words become ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from truenorth.define.foreign.adopt import adopted, write
from truenorth.define.foreign.export import exported
from truenorth.define.foreign.native import keys_of
from truenorth.define.graph import computed_from
from truenorth.define.load import load
from truenorth.define.model import Model

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
THINGS = {"datasets": "dataset", "relationships": "relationship", "metrics": "metric"}
# The shapes of Ossie 0.1.1: what each object has to have, and what it may have besides.
SHAPES: dict[str, tuple[set[str], set[str]]] = {
    "document": ({"version", "semantic_model"}, set()),
    "model": ({"name", "datasets"}, {"description", "ai_context", "relationships", "metrics", "custom_extensions"}),
    "dataset": (
        {"name", "source"},
        {"primary_key", "unique_keys", "description", "ai_context", "fields", "custom_extensions"},
    ),
    "field": (
        {"name", "expression"},
        {"dimension", "label", "description", "ai_context", "custom_extensions"},
    ),
    "relationship": ({"name", "from", "to", "from_columns", "to_columns"}, {"ai_context", "custom_extensions"}),
    "metric": ({"name", "expression"}, {"description", "ai_context", "custom_extensions"}),
    "extension": ({"vendor_name", "data"}, set()),
    "expression": ({"dialects"}, set()),
    "dialect": ({"dialect", "expression"}, set()),
}
VENDORS = {"COMMON", "SNOWFLAKE", "SALESFORCE", "DBT", "DATABRICKS", "GOODDATA"}
DIALECTS = {"ANSI_SQL", "SNOWFLAKE", "MDX", "TABLEAU", "DATABRICKS"}
INSIDE = {
    "model": {"datasets": "dataset", "relationships": "relationship", "metrics": "metric"},
    "dataset": {"fields": "field"},
}


def wrong_with(value: Any, shape: str) -> list[str]:
    """What breaks the rules of Ossie's structure."""
    needed, allowed = SHAPES[shape]
    found = [f"{shape} without {key}" for key in needed - value.keys()]
    found += [f"{shape} with {key}" for key in value.keys() - needed - allowed]
    found += [f"{shape} whose {key} is empty" for key, one in value.items() if one in ("", [], {}) and key != "data"]
    for key, inner in INSIDE.get(shape, {}).items():
        found += [one for item in value.get(key, []) for one in wrong_with(item, inner)]
        names = [item["name"] for item in value.get(key, [])]
        found += [f"{key} with {name} twice" for name in set(names) if names.count(name) > 1]
    for extension in value.get("custom_extensions", []):
        found += wrong_with(extension, "extension")
        found += [] if extension["vendor_name"] in VENDORS else [f"vendor {extension['vendor_name']}"]
        json.loads(extension["data"])
    if "expression" in value and shape != "dialect":
        found += wrong_with(value["expression"], "expression")
        for one in value["expression"]["dialects"]:
            found += wrong_with(one, "dialect") + ([] if one["dialect"] in DIALECTS else [one["dialect"]])
    if shape == "relationship":
        found += [] if len(value["from_columns"]) == len(value["to_columns"]) else ["columns that do not pair"]
    return found


def written(model: Model) -> dict[str, dict[str, Any]]:
    return {
        kind: {name: keys_of(one, thing) for name, one in getattr(model, kind).items()}
        for kind, thing in THINGS.items()
    }


def through_ossie(text: str, tmp_path: Path) -> tuple[Model, list[str]]:
    (tmp_path / "document.json").write_text(text, "utf-8")
    made = adopted(tmp_path / "document.json")
    write(made, tmp_path / "back")
    return load(tmp_path / "back"), [loss.code for loss in made.losses]


def without_balances(model: Model) -> Model:
    """The definitions without balances, which Ossie has no words for, and without what only these read."""
    moving = {name for name in model.metrics if any(one.type == "movement" for one in computed_from(model, name))}
    metrics = {name: one for name, one in model.metrics.items() if name not in moving}
    only = {model.metrics[name].dataset for name in moving} - {one.dataset for one in metrics.values()}
    datasets = {name: one for name, one in model.datasets.items() if name not in only and one.rates is None}
    return structs.replace(model, metrics=metrics, datasets=datasets)


@pytest.mark.parametrize("example", ["acme", "cdnow", "commits"])
def test_our_definitions_come_back_as_they_were(example: str, tmp_path: Path) -> None:
    model = without_balances(load(EXAMPLES / example))
    document = exported(model)
    back, losses = through_ossie(document.text, tmp_path)
    assert losses == []
    assert written(back) == written(model)
    choices = {key: one for key, one in keys_of(model.workspace, "workspace").items() if key != "definitions"}
    assert keys_of(back.workspace, "workspace") == choices


@pytest.mark.parametrize("example", ["acme", "cdnow", "commits"])
def test_a_document_keeps_the_rules_of_its_structure(example: str) -> None:
    shape = json.loads(exported(load(EXAMPLES / example)).text)
    assert wrong_with(shape, "document") == [] and shape["version"] == "0.1.1"
    [model] = shape["semantic_model"]
    assert wrong_with(model, "model") == []
    datasets = {one["name"] for one in model["datasets"]}
    assert all({one["from"], one["to"]} <= datasets for one in model["relationships"])


SHOP = """version: 1
datasets:
  - name: orders
    source: shop.orders
    primary_key: [id]
    time: ordered_at
    fields: [{name: net, expr: amount - discount, unit: currency}, {name: status}, {name: buyer}]
  - {name: stock_days, source: stock_days, time: day, fields: [{name: units}, {name: day}]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: net, filter: status = 'paid', fill_nulls_with: 0}
  - {name: orders_placed, type: simple, dataset: orders, agg: count}
  - {name: buyers, type: simple, dataset: orders, agg: count_distinct, expr: buyer}
  - {name: p90, type: simple, dataset: orders, agg: percentile, expr: net, percentile: 0.9}
  - {name: aov, type: ratio, numerator: revenue, denominator: orders_placed}
  - {name: ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
  - {name: stock, type: snapshot, dataset: stock_days, agg: sum, expr: units, non_additive_dimension: {name: day}}
  - name: growth
    type: derived
    expr: now / before - 1
    input_metrics: [{name: revenue, alias: now}, {name: revenue, alias: before, offset_window: 1 month}]
  - name: open_share
    type: derived
    expr: open / whole
    input_metrics: [{name: orders_placed, alias: open, filter: status = 'open'}, {name: orders_placed, alias: whole}]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Model:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: My Shop\n", "utf-8")
    (tmp_path / "metrics" / "shop.yml").write_text(SHOP, "utf-8")
    return load(tmp_path)


def expressions(text: str) -> dict[str, str]:
    [model] = json.loads(text)["semantic_model"]
    return {one["name"]: one["expression"]["dialects"][0]["expression"] for one in model["metrics"]}


def test_metrics_as_expressions_that_others_can_run(shop: Model) -> None:
    assert expressions(exported(shop).text) == {
        "revenue": "SUM(CASE WHEN orders.status = 'paid' THEN orders.net END)",
        "orders_placed": "COUNT(orders.id)",
        "buyers": "COUNT(DISTINCT orders.buyer)",
        "p90": "PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY orders.net)",
        "aov": "SUM(CASE WHEN orders.status = 'paid' THEN orders.net END) / NULLIF(COUNT(orders.id), 0)",
        "ytd": "SUM(CASE WHEN orders.status = 'paid' THEN orders.net END)",
        "stock": "SUM(stock_days.units)",
        "open_share": "COUNT(CASE WHEN orders.status = 'open' THEN orders.id END) / COUNT(orders.id)",
    }


def test_what_ossie_has_no_words_for_is_told(shop: Model) -> None:
    assert {(loss.code, loss.what) for loss in exported(shop).losses} == {
        ("FILL_LOSS", "revenue"),
        ("CUMULATIVE_SEMANTICS_LOSS", "ytd"),
        ("SEMI_ADDITIVE_SEMANTICS_LOSS", "stock"),
        ("METRIC_DROPPED", "growth"),
    }


def test_an_expression_changed_elsewhere_wins_over_our_words(shop: Model, tmp_path: Path) -> None:
    document = json.loads(exported(shop).text)
    [model] = document["semantic_model"]
    [metric] = [one for one in model["metrics"] if one["name"] == "buyers"]
    metric["expression"]["dialects"][0]["expression"] = "COUNT(DISTINCT orders.id)"
    back, losses = through_ossie(json.dumps(document), tmp_path)
    assert losses == ["EDITED_ELSEWHERE"] and back.metrics["buyers"].expr == "id"


FOREIGN = """
version: 0.1.1
semantic_model:
  - name: shop
    datasets:
      - name: orders
        source: db.shop.orders
        primary_key: [id]
        fields:
          - {name: id, expression: {dialects: [{dialect: ANSI_SQL, expression: id}]}, dimension: {is_time: false}}
          - {name: ordered_at, expression: {dialects: [{dialect: ANSI_SQL, expression: ordered_at}]}, dimension: {is_time: true}}
          - {name: net, expression: {dialects: [{dialect: ANSI_SQL, expression: "orders.amount - discount"}]}}
          - {name: area, expression: {dialects: [{dialect: SNOWFLAKE, expression: region}]}, dimension: {is_time: false}}
      - name: customers
        source: shop.customers
        primary_key: [id]
        fields: [{name: region, expression: region, dimension: {}}]
    relationships:
      - {name: order_customer, from: orders, to: customers, from_columns: [customer_id], to_columns: [id]}
    metrics:
      - {name: revenue, expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.net)}]}, description: Money.}
      - {name: paid, expression: "SUM(orders.net) FILTER (WHERE orders.status = 'paid')"}
      - {name: rate, expression: "SUM(orders.net) / NULLIF(COUNT(DISTINCT orders.id), 0)"}
      - {name: twice, expression: revenue * 2}
      - {name: rows, expression: COUNT(*)}
      - {name: ranked, expression: "RANK() OVER (ORDER BY orders.net)"}
      - {name: p50, expression: PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY orders.net)}
"""


def test_a_document_of_others(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(FOREIGN, "utf-8")
    made = adopted(tmp_path)
    write(made, tmp_path / "back")
    model = load(tmp_path / "back")
    assert made.spellings == {"ossie": 1}
    orders = model.datasets["orders"]
    assert (orders.source, orders.time) == ("db.shop.orders", "ordered_at")
    net = orders.field("net")
    assert net is not None and net.expr == "amount - discount"
    metrics = model.metrics
    assert (metrics["revenue"].dataset, metrics["revenue"].agg, metrics["revenue"].expr) == ("orders", "sum", "net")
    assert metrics["paid"].filter == "status = 'paid'"
    assert (metrics["rate"].type, metrics["rate"].expr) == ("derived", "input_1 / NULLIF(input_2, 0)")
    assert metrics["rate_input_2"].agg == "count_distinct"
    assert [one.name for one in metrics["twice"].input_metrics] == ["revenue"]
    lost = {loss.what: loss.code for loss in made.losses}
    assert lost["ranked"] == "METRIC_DROPPED" and lost["orders.area"] == "DIALECT" and lost["rows"] == "METRIC_DROPPED"
