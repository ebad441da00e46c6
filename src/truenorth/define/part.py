"""The parts of a balance, a journey or an objective: those that are metrics of their own, and those that nobody defined
and that can be asked for all the same, by the name of the whole and what they are: `mrr__new`, `mrr__entities_churn`,
`sign_up__entered`, `sign_up__reached_paid`, `checkout__left`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from msgspec.structs import replace

from truenorth.define.journey import KINDS
from truenorth.define.model import Metric, Model, MovementPart
from truenorth.define.slos import implied as of_slo

LABELS = {
    "opening": "Opening",
    "new": "New",
    "reactivation": "Reactivation",
    "expansion": "Expansion",
    "transfer_in": "Moved in",
    "contraction": "Contraction",
    "churn": "Churn",
    "transfer_out": "Moved out",
    "fx": "Exchange rates",
    "closing": "Closing",
}
# What each part does to the balance, in the order in which a balance is told.
SIGNS = {
    "new": 1,
    "reactivation": 1,
    "expansion": 1,
    "transfer_in": 1,
    "contraction": -1,
    "churn": -1,
    "transfer_out": -1,
    "fx": 1,
}
# The numbers of a funnel that look at a step.
BY_STEP = ("reached", "rate", "median_time")
TRANSFERS = ("transfer_in", "transfer_out")
# An entity is there or not: that it grew or shrank does not change how many there are.
CHANGE_NO_COUNT = ("expansion", "contraction", "fx")


@dataclass(frozen=True, slots=True)
class Step:
    """One step from opening to closing: which part, by which name to ask for it, and 1 or -1 for what it does.

    `defined` is whether it is a metric of its own, with a page.
    """

    part: str
    name: str
    sign: int
    label: str
    defined: bool


def is_balance(metric: Metric) -> bool:
    """Whether a metric is what is there at a period's end, so that it can be told from opening to closing."""
    return metric.type == "movement" and metric.part == "closing"


def is_journey(metric: Metric) -> bool:
    """Whether a metric is a journey itself, and not one number of another."""
    return metric.type in KINDS and not metric.of


def implied(metric: Metric) -> Iterator[Metric]:
    """All parts of a balance or a journey under the names they are asked for by."""
    yield from of_journey(metric) if is_journey(metric) else of_balance(metric)


def of_journey(metric: Metric) -> Iterator[Metric]:
    """The numbers of a journey; those of a funnel also by step."""
    plain = replace(metric, of=metric.name, targets=[], tests=[], template="", slots={}, unit="")
    for part in KINDS[metric.type].parts:
        label = f"{metric.title}, {part.replace('_', ' ')}"
        plain = replace(plain, unit=KINDS[metric.type].units.get(part, ""))
        yield replace(plain, name=f"{metric.name}__{part}", part=part, label=label)
        for step in metric.steps if part in BY_STEP else ():
            words = f"{label}: {step.name.replace('_', ' ')}"
            told = replace(plain, name=f"{metric.name}__{part}_{step.name}", part=part, step=step.name, label=words)
            yield told
            if part == "rate":
                yield replace(told, name=f"{metric.name}__onward_{step.name}", against="previous")


def of_balance(metric: Metric) -> Iterator[Metric]:
    """All parts of a balance, and its entities with theirs."""
    plain = replace(metric, balance=metric.balance or metric.name, targets=[], tests=[], template="", slots={})
    for measure in dict.fromkeys((metric.measure, "entities")):
        own = measure == metric.measure
        kind = plain if own else replace(plain, measure="entities", unit="", currency="")
        for part in get_args(MovementPart):
            if (own and part == "closing") or (part == "fx" and not (own and metric.convert)):
                continue
            tail = part if own else "entities" if part == "closing" else f"entities_{part}"
            label = f"{metric.title}, {'' if own else 'entities, '}{LABELS.get(part, part).lower()}"
            yield replace(kind, name=f"{metric.name}__{tail}", part=part, label=label)


def with_parts(model: Model) -> Model:
    """The model with the parts that nobody defined among its metrics.

    >>> mrr = Metric("mrr", "movement", dataset="periods", expr="monthly", entity="customer", end="ended_on")
    >>> from truenorth.define.model import Workspace
    >>> list(with_parts(Model(Workspace("x"), metrics={"mrr": mrr})).metrics)[:4]
    ['mrr', 'mrr__opening', 'mrr__net', 'mrr__new']
    """
    balances = [one for one in model.metrics.values() if is_balance(one) or is_journey(one)]
    parts = [one for metric in balances for one in implied(metric)]
    parts += [one for slo in model.slos.values() for one in of_slo(slo)]
    more = {one.name: one for one in parts if one.name not in model.metrics}
    return replace(model, metrics={**model.metrics, **more})


def asked_of(model: Model, name: str) -> str:
    """The metric that a name asks for: itself, or the balance of a part that nobody defined."""
    if name in model.metrics:
        return name
    slo = model.slos.get(name.partition("__")[0]) or model.slos.get(name.rpartition("__")[0])
    if slo is not None and slo.name in model.metrics and name in [one.name for one in of_slo(slo)]:
        return slo.name
    balance = model.metrics.get(name.partition("__")[0]) or model.metrics.get(name.rpartition("__")[0])
    if balance is None or not (is_balance(balance) or is_journey(balance)):
        return name
    return balance.name if name in [one.name for one in implied(balance)] else name


def steps(model: Model, metric: Metric, segmented: bool = False) -> tuple[Step, ...]:
    """The steps of a balance from opening to closing, with both; transfers only where segments are looked at."""
    offered = get_args(MovementPart)
    parts = [part for part in SIGNS if part in offered and (segmented or part not in TRANSFERS)]
    if not metric.convert:
        parts = [part for part in parts if part != "fx"]
    if metric.measure == "entities":
        parts = [part for part in parts if part not in CHANGE_NO_COUNT]
    return tuple(step(model, metric, part) for part in ("opening", *parts, "closing"))


def step(model: Model, metric: Metric, part: str) -> Step:
    """One part of a balance: the metric that someone defined for it, else the one it implies."""
    if part == "closing":
        return Step(part, metric.name, 1, LABELS[part], True)
    found = next((one.name for one in model.metrics.values() if one.part == part and alike(one, metric)), "")
    return Step(
        part, found or f"{metric.name}__{part}", SIGNS.get(part, 1), LABELS.get(part, part.capitalize()), bool(found)
    )


def alike(one: Metric, other: Metric) -> bool:
    """Whether two metrics are parts of one balance, measured alike over the same rows."""
    if one.type != "movement" or other.type != "movement":
        return False
    same_balance = (one.balance or one.name) == (other.balance or other.name)
    return same_balance and (one.measure, one.filter) == (other.measure, other.filter)


def counted(model: Model, metric: Metric) -> Metric | None:
    """The metric that counts the entities of a balance at a period's end, where someone defined one."""
    if not is_balance(metric) or metric.measure == "entities":
        return None
    wanted = replace(metric, measure="entities")
    return next((one for one in model.metrics.values() if is_balance(one) and alike(one, wanted)), None)
