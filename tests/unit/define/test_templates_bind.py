"""Binding a template to a dataset: gaps filled, parts reused, mistakes told, and a file that reads well."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import yaml

from truenorth.base.errors import DefinitionError
from truenorth.define.keys import THINGS
from truenorth.define.model import Metric
from truenorth.define.templates import PLACEHOLDER, Template, bind, example_command, render_yaml, template, templates

NAMES = list(templates())
REFERRING = ("numerator", "denominator", "input_metric", "balance")


def bound(name: str, **slots: str) -> list[dict[str, Any]]:
    one = template(name)
    return bind(one, "", one.examples | slots)


def code(one: Template, dataset: str, slots: dict[str, str]) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        bind(one, dataset, slots)
    return caught.value


@pytest.mark.parametrize("name", NAMES)
def test_every_template_binds_with_its_examples_to_known_keys(name: str) -> None:
    keys = {key.name: key for key in THINGS["metric"].keys}
    for mapping in bound(name):
        assert set(mapping) <= set(keys)
        assert all(not keys[key].types or mapping["type"] in keys[key].types for key in mapping)
        assert all(mapping["type"] not in key.required_for or key.name in mapping for key in keys.values())
        metric = msgspec.convert(mapping, Metric)
        assert (metric.agg == "percentile") == (metric.percentile is not None)


@pytest.mark.parametrize("name", NAMES)
def test_no_gap_is_left_and_references_meet(name: str) -> None:
    mappings = bound(name)
    assert not any(PLACEHOLDER.search(str(mapping)) for mapping in mappings)
    made = [mapping["name"] for mapping in mappings]
    assert made[-1] == name
    assert len(set(made)) == len(made)
    for mapping in mappings:
        inputs = [part["name"] for part in mapping.get("input_metrics", [])]
        used = [*inputs, *(mapping[key] for key in REFERRING if key in mapping)]
        assert set(used) <= set(made) - {mapping["name"]}


@pytest.mark.parametrize("name", NAMES)
def test_the_metric_carries_what_the_template_knows(name: str) -> None:
    one, mapping = template(name), bound(name)[-1]
    assert mapping["template"] == one.name
    assert mapping["domain"] == one.domain
    assert mapping["direction"] == one.direction
    assert mapping["label"] == one.label
    assert mapping["unit"] == one.unit
    assert mapping["description"].endswith(".")
    assert mapping["slots"] == one.examples


@pytest.mark.parametrize("name", NAMES)
def test_the_file_reads_back_as_the_same_mappings(name: str) -> None:
    mappings = bound(name)
    text = render_yaml(mappings)
    assert text.startswith("version: 1\n")
    assert yaml.safe_load(text) == {"version": 1, "metrics": mappings}
    assert f"# {template(name).question}" in text
    assert "\n\n\n" not in text
    assert text.endswith("\n")


@pytest.mark.parametrize("name", NAMES)
def test_only_needed_slots_are_enough(name: str) -> None:
    one = template(name)
    needed = {key: slot.example for key, slot in one.slots.items() if slot.default is None and key != "dataset"}
    mappings = bind(one, "anything", needed)
    assert "anything" in [mapping.get("dataset") for mapping in mappings]
    assert not any("filter" in mapping and mapping["filter"] == "" for mapping in mappings)


def test_a_missing_slot_is_explained_with_a_command_to_copy() -> None:
    error = code(template("churn_rate"), "subscriptions", {"cancelled": "status = 'gone'"})
    assert error.code == "E_MISSING_SLOT"
    assert "active_at_start" in error.message
    assert "paying at the month’s start" in error.message
    assert "truenorth add churn_rate --dataset subscriptions" in error.hint
    assert "--slot active_at_start=active_at_start" in error.hint
    assert """--slot 'cancelled=status = '"'"'gone'"'"''""" in error.hint


def test_a_missing_dataset_is_a_missing_slot() -> None:
    error = code(template("incident_count"), "", {})
    assert error.code == "E_MISSING_SLOT"
    assert "--dataset incidents" in error.hint


def test_an_empty_value_does_not_fill_a_slot() -> None:
    assert code(template("dau"), "events", {"person": " "}).code == "E_MISSING_SLOT"


def test_an_unknown_slot_gets_the_nearest_one() -> None:
    error = code(template("churn_rate"), "s", {"canceled": "x", "active_at_start": "y"})
    assert error.code == "E_UNKNOWN_SLOT"
    assert error.hint == 'did you mean "cancelled"?'
    assert "it has: dataset" in code(template("churn_rate"), "s", {"zzz": "x"}).hint


def test_a_number_must_be_one() -> None:
    error = code(template("p95"), "requests", {"duration": "ms", "percentile": "most"})
    assert error.code == "E_BAD_SLOT"
    assert '"most"' in error.message


def test_numbers_become_numbers_and_change_the_description() -> None:
    usual = bind(template("p95"), "requests", {"duration": "ms"})[0]
    slow = bind(template("p95"), "requests", {"duration": "ms", "percentile": "0.99"})[0]
    assert (usual["percentile"], slow["percentile"]) == (0.95, 0.99)
    assert "95th percentile" in usual["description"]
    assert "95th" not in slow["description"]


def test_parts_take_the_chosen_name_so_that_nothing_collides() -> None:
    mappings = bind(template("mau"), "events", {"person": "user_id"}, name="mau", owner="dana@acme.example")
    assert [mapping["name"] for mapping in mappings] == ["mau_people", "mau"]
    assert mappings[1]["input_metric"] == "mau_people"
    assert mappings[1]["label"] == "Monthly active users"
    assert {mapping["owner"] for mapping in mappings} == {"dana@acme.example"}


def test_a_name_of_ones_own_gets_no_borrowed_label() -> None:
    mapping = bind(template("error_rate"), "r", {"requests": "n", "errors": "bad"}, name="checkout_errors")[-1]
    assert "label" not in mapping
    assert mapping["numerator"] == "checkout_errors_failed"


def test_a_part_can_be_a_metric_that_exists() -> None:
    mappings = bind(template("profit_margin"), "", {"revenue": "net_revenue", "costs": "all_costs"})
    assert [mapping["name"] for mapping in mappings] == ["profit_margin"]
    assert [part["name"] for part in mappings[0]["input_metrics"]] == ["net_revenue", "all_costs"]
    assert [part["alias"] for part in mappings[0]["input_metrics"]] == ["revenue", "costs"]


def test_one_part_given_leaves_the_slots_of_the_other() -> None:
    slots = {"revenue": "net_revenue", "costs_dataset": "costs", "cost": "amount"}
    mappings = bind(template("profit_margin"), "", slots)
    assert [mapping["name"] for mapping in mappings] == ["profit_margin_costs", "profit_margin"]
    error = code(template("profit_margin"), "", {"revenue": "net_revenue"})
    assert "costs_dataset" in error.message
    assert "amount –" not in error.message


def test_conditions_meet_and_empty_ones_disappear() -> None:
    one = template("conversion_rate")
    slots = {"person": "visitor_id", "converted": "bought or called"}
    alone = bind(one, "sessions", slots)
    both = bind(one, "sessions", slots | {"where": "channel <> 'Internal'"})
    assert alone[0]["filter"] == "bought or called"
    assert "filter" not in alone[1]
    assert both[0]["filter"] == "(bought or called) and (channel <> 'Internal')"
    assert both[1]["filter"] == "channel <> 'Internal'"


def test_braces_in_a_value_are_left_alone() -> None:
    mapping = bind(template("incident_count"), "incidents", {"where": "title <> '{dataset}'"})[0]
    assert mapping["filter"] == "title <> '{dataset}'"


def test_values_that_look_like_yaml_stay_texts() -> None:
    mappings = bind(template("incident_count"), "yes", {"where": "note = 'a: b' and x > 1 # or so\nand y"})
    assert yaml.safe_load(render_yaml(mappings))["metrics"] == mappings


def test_a_metric_that_exists_stands_in_conditions_too() -> None:
    mappings = bound("repeat_purchase_rate", orders="order_count")
    assert mappings[0]["name"] == "repeat_purchase_rate_again"
    assert mappings[0]["filter"] == "(METRIC(order_count BY customer_id) >= 2) and (status = 'paid')"
    parts = bound("gross_mrr_churn", mrr="mrr")
    assert {mapping.get("balance") for mapping in parts} == {"mrr", None}


def test_the_templates_are_not_changed_by_binding() -> None:
    before = msgspec.json.encode(template("profit_margin").definition)
    mappings = bound("profit_margin")
    mappings[-1]["input_metrics"][0]["name"] = "changed"
    assert msgspec.json.encode(template("profit_margin").definition) == before


@pytest.mark.parametrize("name", NAMES)
def test_the_example_command_holds_all_that_is_needed(name: str) -> None:
    command = example_command(template(name))
    assert command.startswith(f"truenorth add {name} --dataset ")
    assert all(
        key == "dataset" or f"{key}=" in command for key, slot in template(name).slots.items() if slot.default is None
    )
