"""Where a reference leads from a dataset, and what metrics are made of."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.define.attribution import credit_of, sides_of
from truenorth.define.label import is_open
from truenorth.define.model import Metric, Model
from truenorth.define.path import Graph as Graph
from truenorth.define.path import Path as Path
from truenorth.define.path import Step as Step
from truenorth.define.path import graph, turns
from truenorth.define.path import names_of as names_of
from truenorth.define.reference import chained
from truenorth.define.reference import path as path

MANY = 12
HOME_CARDS = 24


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
    crossed = {other: max(1, turns(graph(model).shortest(dataset, other)[0].steps)) for other in holders}
    # What lies beyond a bridge does not make what lies before it unclear.
    candidates = along or [other for other in holders if crossed[other] == min(crossed.values())]
    if credit_of(dataset):
        candidates = nearest(model, dataset, candidates, name)
    if len(candidates) > 1:
        hint = "write " + " or ".join(f"{other}.{name}" for other in candidates)
        raise QueryError("E_AMBIGUOUS_FIELD", f'{len(candidates)} datasets have a field "{name}"', hint=hint)
    if candidates:
        return path(model, dataset, candidates[0])
    if is_open(model.datasets[dataset]):
        return Path(dataset)
    raise _unknown_field(model, dataset, name, reached)


def nearest(model: Model, dataset: str, candidates: list[str], name: str) -> list[str]:
    """Of the datasets that have a name, seen from credit: that whose fields go by their own names, else the other."""
    sides = [side.dataset for side in sides_of(model, dataset)[:2]]
    return next(([side] for side in (called_plainly(model, dataset, name), *sides) if side in candidates), candidates)


def _unknown_field(model: Model, dataset: str, name: str, reached: list[str]) -> QueryError:
    near: dict[str, None] = {}
    for other in reached:
        near.update(names_of(model, model.datasets[other]))
    far = [other for other, one in model.defined.items() if name in names_of(model, one)]
    hint = did_you_mean(name, near)
    if far:
        hint = f'"{far[0]}" has one, but no relationship leads there from "{dataset}"'
    elif name in model.metrics:
        hint = (
            f'"{name}" is a metric: `having` chooses rows of the answer by it, METRIC({name} BY field) rows of the data'
        )
    message = f'no field "{name}" in "{dataset}" or the datasets it reaches'
    return QueryError("E_NAME_NOT_FOUND", message, hint=hint or there_are(list(near)))


def there_are(names: list[str]) -> str:
    """The names to choose from; of many only the first.

    >>> there_are(["a", "b"])
    'there are a, b'
    """
    more = len(names) - MANY
    return f"there are {', '.join(names[:MANY])}" + (f" and {more} more" if more > 0 else "")


def metric(model: Model, name: str) -> Metric:
    """The metric of that name."""
    found = model.metrics.get(name)
    if found is None:
        hint = did_you_mean(name, model.metrics)
        if any(one.field(name) for one in model.datasets.values()):
            hint = f'"{name}" is a field: split by it with by, as in --by {name}'
        raise QueryError("E_NAME_NOT_FOUND", f'no metric named "{name}"', hint=hint)
    return found


def inputs_of(one: Metric) -> tuple[str, ...]:
    """The names of the metrics that a metric is computed from directly, each once."""
    named = [one.numerator, one.denominator, one.input_metric, one.base_metric, one.conversion_metric]
    named += [item.name for item in one.input_metrics]
    return tuple(dict.fromkeys(name for name in named if name))


def leaves(model: Model, metric_name: str) -> tuple[Metric, ...]:
    """The metrics over rows (simple, snapshot) that a metric rests on, each once; itself if it is one."""
    found = reached(model, metric_name, lambda one: () if credit_of(one.dataset) else inputs_of(one))
    return tuple(one for one in found if one.dataset)


def computed_from(model: Model, metric_name: str) -> tuple[Metric, ...]:
    """A metric and all that it is computed from, each once."""
    return reached(model, metric_name, inputs_of)


def grouped(model: Model, metric_name: str) -> tuple[Metric, ...]:
    """Those leaves whose rows a question groups, places in time and filters: a conversion follows its base event, and
    credit has rows of its own."""
    return tuple(one for one in reached(model, metric_name, grouped_by) if one.dataset)


def grouped_by(one: Metric) -> tuple[str, ...]:
    """The metrics among whose rows a question looks for those of a metric."""
    own = {"conversion": (one.base_metric,), "attribution": ()}
    return own.get(one.type, inputs_of(one))


def reached(model: Model, metric_name: str, inputs: Callable[[Metric], tuple[str, ...]]) -> tuple[Metric, ...]:
    """A metric and all that is reached by the names given for each, each once, the nearest first."""
    seen: dict[str, None] = {}
    waiting = [metric_name]
    while waiting:
        name = waiting.pop(0)
        if name not in seen and name in model.metrics:
            seen[name] = None
            waiting += inputs(model.metrics[name])
    return tuple(model.metrics[name] for name in seen)


def entity_columns(model: Model, dataset: str, entity: str) -> tuple[str, ...]:
    """What tells one entity from another in a dataset: a field of that name, or the columns of a relationship that has
    it for its role or name; else the column of that name."""
    if "." in entity or model.datasets[dataset].field(entity) is not None:
        return (entity,)
    for one in model.relationships.values():
        if entity in (one.name, getattr(one, "role", "")):
            if one.from_ == dataset:
                return tuple(one.from_columns)
            if one.to == dataset:
                return tuple(one.to_columns)
    return (entity,)


def fields_of(model: Model, metric_name: str) -> tuple[FieldChoice, ...]:
    """The fields a metric can be grouped by without repeating rows, nearest first, times and amounts left out."""
    metric(model, metric_name)
    rests = grouped(model, metric_name)
    datasets = list(dict.fromkeys(one.dataset for one in rests if one.dataset in model.datasets))
    if not datasets:
        return ()
    timed = all(one.time or model.datasets[one.dataset].time for one in rests if one.dataset in model.datasets)
    ends = {(one.dataset, one.end) for one in rests if one.end}
    found = [choice for choice in _choices(model, datasets[0], timed) if (choice.dataset, choice.field) not in ends]
    return tuple(choice for choice in found if all(_groups(model, other, choice.name) for other in datasets[1:]))


def _groups(model: Model, dataset: str, reference: str) -> bool:
    """Whether a reference leads to one declared field for each row."""
    try:
        way, name = resolve_field(model, dataset, reference)
    except QueryError:
        return False
    return not way.repeats and name in names_of(model, model.datasets[way.end])


def _choices(model: Model, dataset: str, timed: bool) -> list[FieldChoice]:
    """The fields along the arrows; by their roles where several ways lead to one dataset."""
    choices: list[FieldChoice] = []
    along = {name: _along(model, dataset, name, timed) for name in graph(model).reached(dataset)}
    counts: dict[str, int] = {}
    settled = [model.metrics[one] for one in model.written if one in model.metrics]
    edges = {(one.dataset, edge) for one in settled for edge in (one.time, one.end)}
    for name in (name for name, paths in along.items() if paths):
        for known in names_of(model, model.datasets[name]):
            counts[known] = counts.get(known, 0) + 1
    for name, paths in along.items():
        one = model.datasets[name]
        for way, item in [(way, item) for way in paths for item in (*one.fields, *one.cohorts)]:
            if item.unit or item.name == one.time or item.timezone or (name, item.name) in edges:
                continue
            label = item.label or item.name.replace("_", " ").capitalize()
            if len(paths) > 1:
                roles = _roles(model, way)
                if written := _written(model, way, item.name, roles):
                    choices.append(FieldChoice(written, name, item.name, f"{label} ({' '.join(roles)})"))
                continue
            short = name in (dataset, called_plainly(model, dataset, item.name)) or (
                counts[item.name] == 1 and item.name not in names_of(model, model.datasets[dataset])
            )
            choices.append(FieldChoice(item.name if short else f"{name}.{item.name}", name, item.name, label))
    return choices


def called_plainly(model: Model, dataset: str, name: str) -> str:
    """The dataset that a bare name means, seen from credit: that of its touches, but who it was is told by the
    conversion; "" for other rows."""
    sides = sides_of(model, dataset)
    return sides[name == sides[2].entity].dataset if sides else ""


def _along(model: Model, start: str, end: str, timed: bool) -> list[Path]:
    """The shortest ways that repeat no row; none of those that need a time where there is none."""
    paths = graph(model).shortest(start, end)
    if any(way.repeats for way in paths):
        return []
    moving = [any(model.relationships[name].valid_from for name in way.relationships) for way in paths]
    return [way for way, moves in zip(paths, moving, strict=True) if timed or not moves]


def _roles(model: Model, way: Path) -> list[str]:
    """What each step of a path is called."""
    return [model.relationships[name].role or name for name in way.relationships]


def _written(model: Model, way: Path, name: str, roles: list[str]) -> str:
    """A chain that means just this path: its roles, or its relationships where a role could mean several; or ""."""
    for hops in (roles, list(way.relationships)):
        written = ".".join((*hops, name))
        try:
            if resolve_field(model, way.start, written)[0] == way:
                return written
        except QueryError:
            continue
    return ""


def home_metrics(model: Model) -> list[str]:
    """The metrics of the home page: those it names, else those of most weight."""
    return list(model.workspace.home) or key_metrics(model)


def key_metrics(model: Model) -> list[str]:
    """The metrics of a home page that names none: those with a domain first, the mere parts of standard metrics not."""
    parts = {part for one in model.metrics.values() if one.template for part in inputs_of(one)}
    shown = [one for one in model.metrics.values() if one.domain or one.name not in parts]
    return [one.name for one in sorted(shown, key=lambda one: not one.domain)][:HOME_CARDS]
