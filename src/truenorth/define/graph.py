"""How datasets reach each other, where a field is found from a dataset, and what metrics are made of."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.define.model import Dataset, Metric, Model, Relationship

Way = Literal["many_to_one", "one_to_many"]
MOST_PATHS = 2000


class Step(Struct, frozen=True):
    """One relationship walked from `start` to `end`; one_to_many is against its arrow and repeats rows."""

    relationship: str
    direction: Way
    start: str
    end: str
    start_columns: tuple[str, ...]
    end_columns: tuple[str, ...]


class Path(Struct, frozen=True):
    """The steps from one dataset to another; none when they are the same."""

    start: str
    steps: tuple[Step, ...] = ()

    @property
    def end(self) -> str:
        return self.steps[-1].end if self.steps else self.start

    @property
    def repeats(self) -> bool:
        """Whether rows of the start may appear more than once."""
        return any(step.direction == "one_to_many" for step in self.steps)

    @property
    def relationships(self) -> tuple[str, ...]:
        return tuple(step.relationship for step in self.steps)


class FieldChoice(Struct, frozen=True):
    """A field that a metric can be grouped by: `name` is what to write."""

    name: str
    dataset: str
    field: str
    label: str


class Graph:
    """The relationships of one model, ready to be searched."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.steps: dict[str, list[Step]] = {name: [] for name in model.datasets}
        for relationship in model.relationships.values():
            for step in both_ways(relationship):
                if step.start in self.steps and step.end in self.steps:
                    self.steps[step.start].append(step)
        self.found: dict[tuple[str, str, str], tuple[Path, ...]] = {}

    def shortest(self, start: str, end: str, via: str = "") -> tuple[Path, ...]:
        """All shortest paths; against an arrow only if there is no other way."""
        key = (start, end, via)
        if key not in self.found:
            self.found[key] = self.search(start, end, via, False) or self.search(start, end, via, True)
        return self.found[key]

    def search(self, start: str, end: str, via: str, backwards: bool) -> tuple[Path, ...]:
        """All shortest paths by breadth; with `backwards` the direction may change once."""
        if start == end and not via:
            return (Path(start),)
        frontier: list[tuple[Step, ...]] = [()]
        seen: set[tuple[str, str, int, bool]] = set()
        while frontier:
            longer = [(*steps, step) for steps in frontier for step in self.onward(start, steps, via, backwards)]
            arrived = [steps for steps in longer if steps[-1].end == end and (not via or uses(steps, via))]
            if arrived:
                return tuple(Path(start, steps) for steps in arrived)
            fresh = [steps for steps in longer if state(steps, via) not in seen]
            seen.update(state(steps, via) for steps in fresh)
            frontier = fresh[:MOST_PATHS]
        return ()

    def onward(self, start: str, steps: tuple[Step, ...], via: str, backwards: bool) -> Iterable[Step]:
        """The steps that may come next."""
        visited = {start, *(step.end for step in steps)}
        for step in self.steps.get(steps[-1].end if steps else start, ()):
            if step.direction == "one_to_many" and not backwards:
                continue
            if step.end in visited and not (step.relationship == via and not uses(steps, via)):
                continue
            if turns((*steps, step)) <= 1:
                yield step

    def reached(self, start: str) -> list[str]:
        """Every dataset that can be reached, the dataset itself first."""
        return [start, *(name for name in self.steps if name != start and self.shortest(start, name))]


def both_ways(relationship: Relationship) -> tuple[Step, Step]:
    """A relationship along its arrow and against it."""
    many, one = tuple(relationship.from_columns), tuple(relationship.to_columns)
    return (
        Step(relationship.name, "many_to_one", relationship.from_, relationship.to, many, one),
        Step(relationship.name, "one_to_many", relationship.to, relationship.from_, one, many),
    )


def uses(steps: tuple[Step, ...], via: str) -> bool:
    """Whether steps walk a relationship."""
    return any(step.relationship == via for step in steps)


def turns(steps: tuple[Step, ...]) -> int:
    """How often the direction changes."""
    return sum(1 for one, next_one in pairwise(steps) if one.direction != next_one.direction)


def state(steps: tuple[Step, ...], via: str) -> tuple[str, str, int, bool]:
    """What matters of a path for going on."""
    return steps[-1].end, steps[-1].direction, turns(steps), uses(steps, via)


_kept: list[Graph] = []


def graph(model: Model) -> Graph:
    """The graph of a model, kept for the next question about the same model."""
    for kept in _kept:
        if kept.model is model:
            return kept
    made = Graph(model)
    _kept[:] = [made]
    return made


def path(model: Model, from_dataset: str, to_dataset: str, via: str = "") -> Path:
    """The one shortest way, along the arrows if there is such a way; `via` names a relationship to walk."""
    if via and via not in model.relationships:
        raise QueryError(
            "E_NAME_NOT_FOUND", f'no relationship named "{via}"', hint=did_you_mean(via, model.relationships)
        )
    for name in (from_dataset, to_dataset):
        if name not in model.datasets:
            raise QueryError("E_NAME_NOT_FOUND", f'no dataset named "{name}"', hint=did_you_mean(name, model.datasets))
    paths = graph(model).shortest(from_dataset, to_dataset, via)
    if len(paths) == 1:
        return paths[0]
    if not paths:
        others = graph(model).reached(from_dataset)[1:]
        reach = (
            f'"{from_dataset}" reaches {", ".join(others)}' if others else f'"{from_dataset}" reaches no other dataset'
        )
        detour = f' by "{via}"' if via else ""
        raise QueryError(
            "E_NO_PATH", f'no relationship leads from "{from_dataset}" to "{to_dataset}"{detour}', hint=reach
        )
    raise _ambiguous_path(paths, from_dataset, to_dataset)


def _ambiguous_path(paths: tuple[Path, ...], from_dataset: str, to_dataset: str) -> QueryError:
    common = set.intersection(*(set(one.relationships) for one in paths))
    choices = sorted({name for one in paths for name in one.relationships if name not in common})
    message = f'{len(paths)} ways lead from "{from_dataset}" to "{to_dataset}"'
    hint = "choose one by its relationship: " + " or ".join(f"{name}.…" for name in choices)
    return QueryError("E_AMBIGUOUS_PATH", message, hint=hint)


def names_of(model: Model, dataset: Dataset) -> dict[str, None]:
    """The names a dataset can be asked for: its fields, its time and the columns that relationships use."""
    names = dict.fromkeys(field.name for field in dataset.fields)
    names.update(dict.fromkeys([dataset.time] if dataset.time else []))
    names.update(dict.fromkeys(dataset.primary_key))
    for relationship in model.relationships.values():
        if relationship.from_ == dataset.name:
            names.update(dict.fromkeys(relationship.from_columns))
        if relationship.to == dataset.name:
            names.update(dict.fromkeys(relationship.to_columns))
    return names


def resolve_field(model: Model, dataset: str, reference: str) -> tuple[Path, str]:
    """Where a reference (`region`, `customers.region`, `order_customer.region`) leads from a dataset."""
    qualifier, _, name = reference.rpartition(".")
    if qualifier:
        return _qualified(model, dataset, qualifier, name), name
    if name in names_of(model, model.datasets[dataset]):
        return Path(dataset), name
    reached = graph(model).reached(dataset)
    holders = [other for other in reached if name in names_of(model, model.datasets[other])]
    along = [other for other in holders if not all(one.repeats for one in graph(model).shortest(dataset, other))]
    candidates = along or holders
    if len(candidates) > 1:
        hint = "write " + " or ".join(f"{other}.{name}" for other in candidates)
        raise QueryError("E_AMBIGUOUS_FIELD", f'{len(candidates)} datasets have a field "{name}"', hint=hint)
    if candidates:
        return path(model, dataset, candidates[0]), name
    if not model.datasets[dataset].fields:
        return Path(dataset), name
    raise _unknown_field(model, dataset, name, reached)


def _qualified(model: Model, dataset: str, qualifier: str, name: str) -> Path:
    if qualifier in model.datasets:
        way = path(model, dataset, qualifier)
    elif qualifier in model.relationships:
        relationship = model.relationships[qualifier]
        back = relationship.to == dataset and relationship.from_ != dataset
        way = path(model, dataset, relationship.from_ if back else relationship.to, via=qualifier)
    else:
        known = [*model.datasets, *model.relationships]
        raise QueryError(
            "E_NAME_NOT_FOUND",
            f'no dataset or relationship named "{qualifier}" in "{qualifier}.{name}"',
            hint=did_you_mean(qualifier, known),
        )
    target = model.datasets[way.end]
    if target.fields and name not in names_of(model, target):
        hint = did_you_mean(name, names_of(model, target)) or f"its fields are {', '.join(names_of(model, target))}"
        raise QueryError("E_NAME_NOT_FOUND", f'"{target.name}" has no field "{name}"', hint=hint)
    return way


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
