"""Where a reference leads from a dataset, and what metrics are made of."""

from __future__ import annotations

from msgspec import Struct

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.define.model import Metric, Model
from truenorth.define.path import Graph as Graph
from truenorth.define.path import Path as Path
from truenorth.define.path import Step as Step
from truenorth.define.path import graph
from truenorth.define.path import names_of as names_of
from truenorth.define.reference import chained
from truenorth.define.reference import path as path


class FieldChoice(Struct, frozen=True):
    """A field that a metric can be grouped by: `name` is what to write."""

    name: str
    dataset: str
    field: str
    label: str


def resolve_field(model: Model, dataset: str, reference: str) -> tuple[Path, str]:
    """Where a reference (`region`, `customers.region`, `order_customer.region`, `listing.user.state`) leads."""
    places = graph(model).places
    key = (dataset, reference)
    if key not in places:
        qualifier, _, name = reference.rpartition(".")
        places[key] = (chained(model, dataset, reference) if qualifier else _bare(model, dataset, name)), name
    return places[key]


def _bare(model: Model, dataset: str, name: str) -> Path:
    """The way to the one dataset within reach that has a field of this name."""
    if name in names_of(model, model.datasets[dataset]):
        return Path(dataset)
    reached = graph(model).reached(dataset)
    holders = [other for other in reached if name in names_of(model, model.datasets[other])]
    along = [other for other in holders if not all(one.repeats for one in graph(model).shortest(dataset, other))]
    candidates = along or holders
    if len(candidates) > 1:
        hint = "write " + " or ".join(f"{other}.{name}" for other in candidates)
        raise QueryError("E_AMBIGUOUS_FIELD", f'{len(candidates)} datasets have a field "{name}"', hint=hint)
    if candidates:
        return path(model, dataset, candidates[0])
    if not model.datasets[dataset].fields:
        return Path(dataset)
    raise _unknown_field(model, dataset, name, reached)


def _unknown_field(model: Model, dataset: str, name: str, reached: list[str]) -> QueryError:
    near: dict[str, None] = {}
    for other in reached:
        near.update(names_of(model, model.datasets[other]))
    far = [other for other, one in model.datasets.items() if name in names_of(model, one)]
    hint = did_you_mean(name, near)
    if far:
        hint = f'"{far[0]}" has one, but no relationship leads there from "{dataset}"'
    message = f'no field "{name}" in "{dataset}" or the datasets it reaches'
    return QueryError("E_NAME_NOT_FOUND", message, hint=hint or f"there are {', '.join(near)}")


def metric(model: Model, name: str) -> Metric:
    """The metric of that name."""
    found = model.metrics.get(name)
    if found is None:
        raise QueryError("E_NAME_NOT_FOUND", f'no metric named "{name}"', hint=did_you_mean(name, model.metrics))
    return found


def inputs_of(one: Metric) -> tuple[str, ...]:
    """The names of the metrics that a metric is computed from directly, each once."""
    named = [one.numerator, one.denominator, one.input_metric, *(item.name for item in one.input_metrics)]
    return tuple(dict.fromkeys(name for name in named if name))


def leaves(model: Model, metric_name: str) -> tuple[Metric, ...]:
    """The metrics over rows (simple, snapshot) that a metric rests on, each once; itself if it is one."""
    seen: dict[str, None] = {}
    waiting = [metric_name]
    while waiting:
        name = waiting.pop(0)
        if name not in seen and name in model.metrics:
            seen[name] = None
            waiting += inputs_of(model.metrics[name])
    return tuple(model.metrics[name] for name in seen if model.metrics[name].dataset)


def fields_of(model: Model, metric_name: str) -> tuple[FieldChoice, ...]:
    """The fields a metric can be grouped by without repeating rows, nearest first, times and amounts left out."""
    metric(model, metric_name)
    datasets = list(dict.fromkeys(one.dataset for one in leaves(model, metric_name) if one.dataset in model.datasets))
    if not datasets:
        return ()
    found = _choices(model, datasets[0])
    return tuple(choice for choice in found if all(_groups(model, other, choice.name) for other in datasets[1:]))


def _groups(model: Model, dataset: str, reference: str) -> bool:
    """Whether a reference leads to one declared field for each row."""
    try:
        way, name = resolve_field(model, dataset, reference)
    except QueryError:
        return False
    return not way.repeats and name in names_of(model, model.datasets[way.end])


def _choices(model: Model, dataset: str) -> list[FieldChoice]:
    choices: list[FieldChoice] = []
    along = [name for name in graph(model).reached(dataset) if _along(model, dataset, name)]
    counts: dict[str, int] = {}
    for name in along:
        for known in names_of(model, model.datasets[name]):
            counts[known] = counts.get(known, 0) + 1
    for name in along:
        one = model.datasets[name]
        for item in one.fields:
            if item.unit or item.name == one.time or item.timezone:
                continue
            short = name == dataset or (
                counts[item.name] == 1 and item.name not in names_of(model, model.datasets[dataset])
            )
            written = item.name if short else f"{name}.{item.name}"
            label = item.label or item.name.replace("_", " ").capitalize()
            choices.append(FieldChoice(written, name, item.name, label))
    return choices


def _along(model: Model, start: str, end: str) -> bool:
    paths = graph(model).shortest(start, end)
    return len(paths) == 1 and not paths[0].repeats
