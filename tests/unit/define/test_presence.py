"""Lifecycle, stickiness and churn as they are written, and what is said where something is missing or too much."""

from __future__ import annotations

from pathlib import Path

import pytest

from truenorth.base.errors import DefinitionErrors
from truenorth.define.load import load
from truenorth.define.model import Model

ROWS = """\
version: 1
datasets:
  - {name: events, source: events, time: at, fields: [{name: person}, {name: event}]}
metrics:
  - {name: life, type: lifecycle, dataset: events, entity: person, period: week}
  - {name: habit, type: stickiness, dataset: events, entity: person}
  - {name: gone, type: churn, rule: inactivity, idle: 30 days, dataset: events, entity: person}
"""
STICKY = "type: stickiness, of: habit, part: days"
OWN = "dataset: events, entity: person"


def loaded(folder: Path, metric: str) -> Model:
    """The model of a workspace with one more metric."""
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: case\n", "utf-8")
    (folder / "metrics" / "a.yml").write_text(f"{ROWS}  - {{name: one, {metric}}}\n", "utf-8")
    return load(folder)


@pytest.mark.parametrize(
    ("metric", "code", "hint"),
    [
        (STICKY, "E_MISSING_KEY", "add days: 3 for exactly 3, or at_least: 3"),
        (f"{STICKY}, days: 2, at_least: 3", "E_KEY_CONFLICT", "keep days: for exactly so many, at_least: for more"),
        (f"{STICKY}, days: 1.5", "E_BAD_VALUE", "write days: 3"),
        (f"{STICKY}, at_least: 0", "E_BAD_VALUE", "write at_least: 3"),
        ("type: stickiness, of: habit, days: 3", "E_KEY_CONFLICT", "state part: days"),
        (f"type: stickiness, {OWN}, window: 7 days, grain_to_date: month", "E_KEY_CONFLICT", "keep one"),
        (f"type: churn, {OWN}", "E_MISSING_KEY", "add rule: activity"),
        (f"type: churn, rule: inactivity, {OWN}", "E_MISSING_KEY", "add idle: 30 days"),
        (f"type: churn, rule: activity, idle: 30 days, {OWN}", "E_KEY_CONFLICT", "take it out, or take the other rule"),
        (
            f"type: churn, rule: inactivity, idle: 30 days, period: week, {OWN}",
            "E_KEY_CONFLICT",
            "take it out, or take the other rule",
        ),
        (f"type: churn, rule: inactivity, idle: 1 month, {OWN}", "E_BAD_WINDOW", "write it like 30 days or 4 weeks"),
        (f"type: churn, rule: inactivity, idle: soon, {OWN}", "E_BAD_WINDOW", "write it like 30 days or 4 weeks"),
        (
            "type: lifecycle, of: life, part: churned",
            "E_BAD_VALUE",
            "write one of active, new, returning, resurrecting, dormant or unknown",
        ),
        (
            "type: lifecycle, of: life, period: month",
            "E_KEY_CONFLICT",
            "take it out, or take of: out",
        ),
        ("type: lifecycle, of: habit", "E_BAD_VALUE", "name a metric of type: lifecycle that is of no other"),
    ],
)
def test_what_is_wrong_is_told_with_the_way_out(tmp_path: Path, metric: str, code: str, hint: str) -> None:
    with pytest.raises(DefinitionErrors) as raised:
        loaded(tmp_path, metric)
    assert (code, hint) in [(error.code, error.hint) for error in raised.value.errors]


@pytest.mark.parametrize(
    ("metric", "part", "unit"),
    [
        ("type: lifecycle, of: life, part: new", "new", ""),
        ("type: lifecycle, of: life", "active", ""),
        (f"{STICKY}, at_least: 3", "days", ""),
        ("type: stickiness, of: habit", "ratio", "percent"),
        ("type: stickiness, of: habit, part: average_days", "average_days", "days"),
        ("type: churn, of: gone", "rate", "percent"),
    ],
)
def test_parts_have_their_units(tmp_path: Path, metric: str, part: str, unit: str) -> None:
    one = loaded(tmp_path, metric).metrics["one"]
    assert one.part == part
    assert one.dataset == "events" and one.entity == "person"
    assert one.unit == unit
