"""What a funnel may say: each mistake with its exact place, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.define.marked import GROUND, expect

HEAD = "version: 1\nmetrics:\n"
KEYS = "name: f, type: funnel, dataset: orders, entity: customer_id, window: 7 days"
ONE, TWO = "{name: a, filter: \"status = 'new'\"}", "{name: b, filter: \"status = 'paid'\"}"
STEPS = f"steps: [{ONE}, {TWO}]"

MISTAKES = [
    ("E_BAD_VALUE", f"{KEYS}, ‸steps: [{ONE}]", "2 to 20 steps, not 1"),
    ("E_DUPLICATE_NAME", f"{KEYS}, ‸steps: [{ONE}, {ONE}]", 'two steps are called "a"'),
    ("E_NAME_NOT_FOUND", f"{KEYS}, {STEPS}, ‸step: c", 'no step named "c"'),
    ("E_NAME_NOT_FOUND", f"{KEYS}, {STEPS}, ‸attribution: c", "entry, first, last, all, a or b"),
    ("E_BAD_VALUE", f"{KEYS}, steps: [{{name: a, filter: 'net > 1', ‸optional: true}}, {TWO}]", "begins"),
    ("E_BAD_VALUE", f"{KEYS}, steps: [{ONE}, {{name: b, filter: 'net > 1', ‸optional: true}}]", "ends"),
    (
        "E_KEY_CONFLICT",
        f"{KEYS}, order: any, steps: [{ONE}, {{name: o, filter: 'net > 1', ‸optional: true}}, {TWO}]",
        "in any order every step counts",
    ),
    ("E_NAME_NOT_FOUND", f"{KEYS}, {STEPS}, exclusions: [{{filter: 'net > 9', ‸after: c}}]", "its steps are a, b"),
    ("E_BAD_VALUE", f"{KEYS}, {STEPS}, exclusions: [{{filter: 'net > 9', ‸before: a}}]", "does not come after"),
    ("E_BAD_VALUE", f"{KEYS}, {STEPS}, exclusions: [{{filter: 'net > 9', ‸after: b}}]", "is the last step"),
    ("E_KEY_CONFLICT", f"{KEYS}, order: any, {STEPS}, exclusions: [{{filter: 'net > 9', ‸after: a}}]", "in any order"),
    ("E_BAD_VALUE", f"{KEYS}, {STEPS}, ‸exclusions: [{', '.join(['{filter: net > 9}'] * 11)}]", "at most 10"),
    ("E_MISSING_KEY", f"‸{{name: f, type: funnel, dataset: orders, entity: customer_id, {STEPS}}}", 'no "window"'),
]


@pytest.mark.parametrize(("code", "text", "hint"), MISTAKES, ids=[text for _, text, _ in MISTAKES])
def test_a_mistake_is_told_where_it_is(code: str, text: str, hint: str, tmp_path: Path) -> None:
    inside = text if "{name: f" in text else f"{{{text}}}"
    (error,) = expect(tmp_path, code, ground=GROUND, more=f"{HEAD}  - {inside}\n")
    assert hint in str(error)
