"""The JSON Schema accepts what loads and refuses what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.unit.define.marked import GROUND, good
from truenorth.define.keys import THINGS
from truenorth.define.schema import json_schema

RICH = (
    GROUND
    + """\
  - name: growth
    type: derived
    expr: cur / prev - 1
    label: 2026
    input_metrics: [{name: revenue, alias: cur}, {name: revenue, alias: prev, offset_window: 1 month}]
    unit: percent
    direction: up
    domain: financial
    owner: dana@acme.example
    tests: [{equals: null}, {equals: 5, where: channel = 'web', tolerance: 0.1}]
  - {name: ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
  - {name: mau, type: cumulative, input_metric: order_count, window: 28 days}
  - name: stock
    type: snapshot
    dataset: orders
    agg: sum
    expr: 1
    non_additive_dimension: {name: ordered_at, window_agg: last}
    targets: [{from: 2026-01-01, every: month, value: 120000}]
    template: churn_rate
    slots: {a: b}
    dimensions: [channel]
"""
)


def plain(text: str) -> Any:
    """YAML as an editor sees it: days are text."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def complaints(text: str, kind: str = "") -> list[str]:
    return [error.message for error in Draft202012Validator(json_schema(kind)).iter_errors(plain(text))]


@pytest.mark.parametrize("kind", ["", "file", "workspace"])
def test_it_is_a_schema(kind: str) -> None:
    Draft202012Validator.check_schema(json_schema(kind))
    assert json.loads(json.dumps(json_schema(kind))) == json_schema(kind)


def test_what_loads_is_accepted(tmp_path: Path) -> None:
    good(tmp_path, rich=RICH)
    assert complaints(RICH) == []
    assert complaints(RICH, "file") == []


@pytest.mark.parametrize("kind", ["", "workspace"])
def test_truenorth_yml(kind: str) -> None:
    text = "version: 1\nname: Acme\ntimezone: UTC\nweek_start: sunday\ndefinitions: [metrics]\nhome: [revenue]\n"
    assert complaints(text, kind) == []
    assert complaints(text + "week_strat: 1\n", kind)
    assert complaints(text.replace("sunday", "tuesday"), kind)


@pytest.mark.parametrize(
    "text",
    [
        "metrics: []\n",
        "version: 2\n",
        "version: 1\nnonsense: 1\n",
        "version: 1\nmetrics: [{name: a}]\n",
        "version: 1\nmetrics: [{name: a, type: sum}]\n",
        "version: 1\nmetrics: [{name: a, type: simple}]\n",
        "version: 1\nmetrics: [{name: net revenue, type: simple, dataset: a, agg: count}]\n",
        "version: 1\nmetrics: [{name: net__revenue, type: simple, dataset: a, agg: count}]\n",
        "version: 1\nmetrics: [{name: a, type: simple, dataset: a, agg: average}]\n",
        "version: 1\nmetrics: [{name: a, type: simple, dataset: a, agg: count, numerator: b}]\n",
        "version: 1\nmetrics: [{name: a, type: ratio, numerator: b}]\n",
        "version: 1\nmetrics: [{name: a, type: simple, dataset: a, agg: count, targets: [{value: many}]}]\n",
        "version: 1\nmetrics: [{name: a, type: simple, dataset: a, agg: count, targets: [{value: 1, from: soon}]}]\n",
        "version: 1\ndatasets: [{name: a}]\n",
        "version: 1\ndatasets: [{name: a, source: a, file: b}]\n",
        "version: 1\nrelationships: [{name: a, from: b, to: c, from_columns: d, to_columns: [e]}]\n",
    ],
)
def test_what_does_not_load_is_refused(text: str) -> None:
    assert complaints(text)


def test_every_key_is_described_for_editors() -> None:
    schema = json_schema()
    for thing in THINGS.values():
        shape = schema["$defs"][thing.name]
        properties = (shape["anyOf"][1] if thing.bare else shape)["properties"]
        assert list(properties) == list(thing.names)
        assert all(shape["description"] for shape in properties.values())
    assert schema["$defs"]["metric"]["properties"]["type"]["enum"][0] == "simple"
    assert "For type: ratio." in schema["$defs"]["metric"]["properties"]["numerator"]["description"]
