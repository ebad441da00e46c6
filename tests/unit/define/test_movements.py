"""What must hold in balances and their parts, and what a part takes from its balance."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.define.marked import expect, good
from truenorth.define.graph import fields_of
from truenorth.learn.formula import formula
from truenorth.learn.reading import plain_sentences

GROUND = """\
version: 1
datasets:
  - name: periods
    source: periods
    primary_key: [id]
    time: starts
    fields: [{name: plan}, {name: amount, unit: currency}]
  - {name: customers, source: customers, primary_key: [id], fields: [{name: region}]}
  - {name: notes, source: notes, primary_key: [id], fields: [{name: author}]}
  - {name: timeless, source: timeless, fields: [{name: amount}]}
relationships:
  - {name: buyer, from: periods, to: customers, from_columns: [customer_id], to_columns: [id]}
  - {name: note_period, from: notes, to: periods, from_columns: [period_id], to_columns: [id]}
metrics:
  - {name: mrr, type: movement, dataset: periods, expr: amount, entity: customer_id, end: ends, owner: ada}
  - {name: churned, type: movement, balance: mrr, part: churn}
  - {name: rows, type: simple, dataset: periods, agg: count}
"""
WHOLE = "type: movement, dataset: periods, expr: amount, entity: customer_id, end: ends"
WRONG = [
    ("E_MISSING_KEY", "‸{name: a, type: movement, dataset: periods, expr: amount, entity: customer_id}", 'no "end"'),
    (
        "E_MISSING_KEY",
        "‸{name: a, type: movement, dataset: periods, expr: amount, end: ends}",
        "add entity: customer_id",
    ),
    ("E_KEY_NOT_ALLOWED", f"name: a, {WHOLE}, ‸agg: sum", "it belongs to type: simple"),
    (
        "E_KEY_NOT_ALLOWED",
        "name: a, type: simple, dataset: periods, agg: count, ‸end: ends",
        "it belongs to type: movement",
    ),
    ("E_BAD_VALUE", "name: a, type: movement, balance: mrr, ‸part: churned", "churn"),
    ("E_BAD_VALUE", "name: a, type: movement, ‸balance: rows, part: churn", "name a metric of type: movement"),
    ("E_BAD_VALUE", "name: a, type: movement, ‸balance: churned", "name mrr"),
    ("E_NAME_NOT_FOUND", "name: a, type: movement, ‸balance: mmr", "did you mean"),
    ("E_KEY_CONFLICT", "name: a, type: movement, balance: mrr, ‸end: ends", "take it out, or take balance: out"),
    (
        "E_FAN_OUT",
        f"name: a, {WHOLE.replace('entity: customer_id', '‸entity: notes.author')}",
        "name a field of the row itself",
    ),
    ("E_NO_TIME", "name: a, ‸type: movement, dataset: timeless, expr: amount, entity: who, end: ends", "time"),
    ("E_UNSAFE_REAGGREGATION", "name: a, type: cumulative, ‸input_metric: mrr, window: 3 months", "a level of days"),
]


@pytest.mark.parametrize(("code", "text", "said"), WRONG, ids=[f"{code} {text[:60]}" for code, text, _ in WRONG])
def test_a_balance_that_cannot_be_is_told(tmp_path: Path, code: str, text: str, said: str) -> None:
    one = text if "‸{" in text else f"{{{text}}}"
    (error,) = expect(tmp_path, code, ground=GROUND, wrong=f"version: 1\nmetrics:\n  - {one}\n")
    assert said in str(error)


def test_a_part_rests_on_what_its_balance_says(tmp_path: Path) -> None:
    part = "{name: less, type: movement, balance: mrr, part: contraction, filter: plan = 'p', owner: bob}"
    counted = "{name: gone, type: movement, balance: mrr, part: churn, measure: entities}"
    own = "{name: mrr_2, " + WHOLE + ", filter: plan is not null}"
    of_it = "{name: less_2, type: movement, balance: mrr_2, part: contraction, filter: plan = 'p'}"
    lines = "".join(f"  - {one}\n" for one in (part, counted, own, of_it))
    made = good(tmp_path, ground=GROUND, more=f"version: 1\nmetrics:\n{lines}").metrics
    less = made["less"]
    assert (less.dataset, less.expr, less.entity, less.end) == ("periods", "amount", "customer_id", "ends")
    assert (less.filter, less.owner, made["churned"].owner) == ("plan = 'p'", "bob", "ada")
    assert made["less_2"].filter == "(plan is not null) and (plan = 'p')"
    assert (less.unit, made["gone"].unit) == ("currency", "")
    assert [made[name].is_stock for name in ("mrr", "churned", "rows")] == [True, False, False]


def test_a_part_is_said_in_words(tmp_path: Path) -> None:
    model = good(tmp_path, ground=GROUND)
    mrr, churned = model.metrics["mrr"], model.metrics["churned"]
    assert formula(model, mrr, {}).words == "amount of periods at the end of each period"
    assert formula(model, churned, {}).words == "amount of periods of those who have none any more"
    assert "It is a level, not a flow" in plain_sentences(model, mrr)[1]
    assert "the parts of months do not add up to those of a quarter" in plain_sentences(model, churned)[2]


def test_a_balance_is_not_split_by_the_day_on_which_rows_end(tmp_path: Path) -> None:
    model = good(tmp_path, ground=GROUND.replace("{name: plan}", "{name: plan}, {name: ends}"))
    assert [choice.name for choice in fields_of(model, "churned")] == ["plan", "region"]
    assert [choice.name for choice in fields_of(model, "rows")] == ["plan", "ends", "region"]
