"""The parts of a balance: which metric is which, and what those that nobody defined are called."""

from __future__ import annotations

from typing import Any, get_args

from truenorth.define.model import Metric, Model, MovementPart, Workspace
from truenorth.define.movement import with_balances
from truenorth.define.part import LABELS, SIGNS, asked_of, counted, implied, is_balance, step, steps, with_parts

ROWS = {"dataset": "periods", "expr": "monthly", "entity": "customer", "end": "ended_on", "unit": "currency"}


def model(*more: Metric, **keys: Any) -> Model:
    """A model with the balance `mrr` and more metrics."""
    metrics = {one.name: one for one in (Metric("mrr", "movement", **ROWS, **keys), *more)}
    return Model(Workspace("x"), metrics=with_balances(metrics))


def part(name: str, **keys: Any) -> Metric:
    """A part of `mrr`."""
    return Metric(name, "movement", balance="mrr", **keys)


def test_every_part_has_a_label_and_every_movement_a_sign() -> None:
    for one in get_args(MovementPart):
        assert one == "net" or LABELS[one]
        assert one in ("net", "opening", "closing") or SIGNS[one] in (1, -1)


def test_a_part_that_is_a_metric_is_asked_by_its_own_name() -> None:
    made = model(
        part("won", part="new"), part("people", measure="entities"), part("joined", part="new", measure="entities")
    )
    told = steps(made, made.metrics["mrr"])
    assert [(one.part, one.name, one.defined) for one in told][:3] == [
        ("opening", "mrr__opening", False), ("new", "won", True), ("reactivation", "mrr__reactivation", False),
    ]  # fmt: skip
    assert (told[-1].part, told[-1].name) == ("closing", "mrr")
    assert [one.name for one in steps(made, made.metrics["people"])][:2] == ["people__opening", "joined"]


def test_transfers_are_steps_only_between_segments_and_counts_do_not_grow() -> None:
    made = model(part("people", measure="entities"))
    plain = [one.part for one in steps(made, made.metrics["mrr"])]
    apart = [one.part for one in steps(made, made.metrics["mrr"], segmented=True)]
    assert "transfer_in" not in plain
    assert {"transfer_in", "transfer_out"} <= set(apart)
    assert not {"expansion", "contraction"} & {one.part for one in steps(made, made.metrics["people"])}


def test_a_part_under_a_condition_of_its_own_is_a_balance_apart() -> None:
    made = model(part("gold_mrr", filter="plan = 'gold'"), part("new_gold", part="new", filter="plan = 'gold'"))
    assert step(made, made.metrics["gold_mrr"], "new").name == "new_gold"
    assert step(made, made.metrics["mrr"], "new").name == "mrr__new"
    assert next(one for one in implied(made.metrics["gold_mrr"]) if one.part == "churn").filter == "plan = 'gold'"


def test_the_wider_model_keeps_what_is_defined_and_implies_the_rest() -> None:
    made = with_parts(model(part("mrr__new", part="new", label="Mine")))
    assert made.metrics["mrr__new"].label == "Mine"
    assert made.metrics["mrr__entities_churn"].measure == "entities"
    assert made.metrics["mrr__entities"].unit == ""
    assert made.metrics["mrr__churn"].unit == "currency"
    assert not is_balance(made.metrics["mrr__churn"])
    assert asked_of(model(), "mrr__churn") == "mrr"
    assert asked_of(model(), "nothing__churn") == "nothing__churn"


def test_the_count_of_a_balance_is_the_metric_that_counts_the_same_rows() -> None:
    made = model(part("people", measure="entities"), part("gold", measure="entities", filter="plan = 'gold'"))
    assert counted(made, made.metrics["mrr"]) == made.metrics["people"]
    assert counted(made, made.metrics["people"]) is None
    assert counted(model(), model().metrics["mrr"]) is None
