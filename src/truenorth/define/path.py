"""Steps and paths between datasets, and the search for the shortest ones."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from truenorth.define.attribution import CONVERSION, TOUCH, credit_of
from truenorth.define.model import Dataset, Model, Relationship

Way = Literal["many_to_one", "one_to_many"]
MOST_PATHS = 2000
# How often a path may change its direction, tried in turn: along the arrows; to the many; through a bridge and beyond.
TURNS = (-1, 1, 2)


class Step(Struct, frozen=True):
    """One relationship walked from `start` to `end`; one_to_many may find several rows there and repeats the one here.

    `forward` is along its arrow. `shared` are the partition columns, each with the position on the path (0 is its
    start) of the dataset whose column of the same name must be equal.
    """

    relationship: str
    direction: Way
    start: str
    end: str
    start_columns: tuple[str, ...]
    end_columns: tuple[str, ...]
    forward: bool = True
    shared: tuple[tuple[str, int], ...] = ()


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


class Graph:
    """The relationships of one model, ready to be searched."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.steps: dict[str, list[Step]] = {name: [] for name in model.datasets}
        for relationship in model.relationships.values():
            for step in both_ways(model, relationship):
                # Credit is nobody's way: it leads to what it is given for and to, and nothing leads to it.
                if step.start in self.steps and step.end in self.steps and not credit_of(step.end):
                    self.steps[step.start].append(step)
        self.found: dict[tuple[str, str, str], tuple[Path, ...]] = {}
        self.places: dict[tuple[str, str], tuple[Path, str]] = {}

    def shortest(self, start: str, end: str, via: str = "") -> tuple[Path, ...]:
        """All shortest paths; with steps that repeat rows only if there is no other way."""
        key = (start, end, via)
        if key not in self.found:
            tries = (self.search(start, end, via, most) for most in TURNS)
            found = next((paths for paths in tries if paths), ())
            self.found[key] = tuple(settled(self.model, one) for one in self.preferred(found))
        return self.found[key]

    def preferred(self, found: tuple[Path, ...]) -> tuple[Path, ...]:
        """Of several ways that lead from credit, those by its touches; who it was is told by the conversion."""
        metric = self.model.metrics.get(credit_of(found[0].start)) if len(found) > 1 else None
        if metric is None:
            return found
        role = CONVERSION if any(self.is_entity(one, metric.entity) for one in found if len(one.steps) > 1) else TOUCH
        kept = [one for one in found if self.model.relationships[one.relationships[0]].role == role]
        return tuple(kept) or found

    def is_entity(self, path: Path, entity: str) -> bool:
        """Whether a way from credit leads on to the entity of a conversion."""
        relationship = self.model.relationships[path.relationships[1]]
        own = entity in (relationship.name, relationship.role) or list(path.steps[1].start_columns) == [entity]
        return own and self.model.relationships[path.relationships[0]].role == CONVERSION

    def search(self, start: str, end: str, via: str, most: int) -> tuple[Path, ...]:
        """All shortest paths by breadth whose direction changes so many times at most; -1 is along the arrows only."""
        if start == end and not via:
            return (Path(start),)
        frontier: list[tuple[Step, ...]] = [()]
        seen: set[tuple[str, str, int, bool]] = set()
        while frontier:
            longer = [(*steps, step) for steps in frontier for step in self.onward(start, steps, via, most)]
            arrived = [steps for steps in longer if steps[-1].end == end and (not via or uses(steps, via))]
            if arrived:
                return tuple(Path(start, steps) for steps in arrived)
            fresh = [steps for steps in longer if state(steps, via) not in seen]
            seen.update(state(steps, via) for steps in fresh)
            frontier = fresh[:MOST_PATHS]
        return ()

    def onward(self, start: str, steps: tuple[Step, ...], via: str, most: int) -> Iterable[Step]:
        """The steps that may come next."""
        visited = {start, *(step.end for step in steps)}
        for step in self.steps.get(steps[-1].end if steps else start, ()):
            if step.direction == "one_to_many" and most < 0:
                continue
            if step.end in visited and not (step.relationship == via and not uses(steps, via)):
                continue
            if turns((*steps, step)) <= max(most, 0):
                yield step

    def reached(self, start: str) -> list[str]:
        """Every dataset that can be reached, the dataset itself first."""
        return [start, *(name for name in self.steps if name != start and self.shortest(start, name))]


def both_ways(model: Model, relationship: Relationship) -> tuple[Step, Step]:
    """A relationship along its arrow and against it."""
    many, one = tuple(relationship.from_columns), tuple(relationship.to_columns)
    to, from_ = model.datasets.get(relationship.to), model.datasets.get(relationship.from_)
    single = bool(relationship.valid_from or relationship.valid_to) or to is None or not keys_of(to)
    along = single or (to is not None and singles(to, (*one, *relationship.partition_columns)))
    back = from_ is not None and singles(from_, many)
    name, shared = relationship.name, tuple((column, 0) for column in relationship.partition_columns)
    return (
        Step(name, direction(along), relationship.from_, relationship.to, many, one, True, shared),
        Step(name, direction(back), relationship.to, relationship.from_, one, many, False),
    )


def direction(single: bool) -> Way:
    """The word for a step that finds one row at most, or several."""
    return "many_to_one" if single else "one_to_many"


def keys_of(dataset: Dataset) -> list[list[str]]:
    """The lists of columns of which each tells one row from another."""
    return [key for key in (dataset.primary_key, *dataset.unique_keys) if key]


def singles(dataset: Dataset, columns: tuple[str, ...]) -> bool:
    """Whether values of these columns belong to one row at most, as far as the dataset's keys say."""
    return any(set(key) <= set(columns) for key in keys_of(dataset))


def settled(model: Model, found: Path) -> Path:
    """A path whose partition columns know which dataset before them has the same column; without one, rows repeat."""
    if not any(model.relationships[step.relationship].partition_columns for step in found.steps):
        return found
    before = [found.start, *(step.end for step in found.steps)]
    steps = []
    for position, step in enumerate(found.steps):
        if not step.forward:
            same = model.relationships[step.relationship].partition_columns
            there = names_of(model, model.datasets[step.end])
            steps.append(replace(step, shared=tuple((column, position) for column in same if column in there)))
            continue
        shared: list[tuple[str, int]] = []
        for column, _ in step.shared:
            holders = (at for at in range(position, -1, -1) if column in names_of(model, model.datasets[before[at]]))
            at = next(holders, None)
            if at is not None:
                shared.append((column, at))
        known = (*step.end_columns, *(column for column, _ in shared))
        partial = len(shared) < len(step.shared) and not singles(model.datasets[step.end], known)
        steps.append(replace(step, shared=tuple(shared), direction="one_to_many" if partial else step.direction))
    return Path(found.start, tuple(steps))


def names_of(model: Model, dataset: Dataset) -> dict[str, None]:
    """The names a dataset can be asked for: its fields, its time and the columns that relationships use."""
    names = dict.fromkeys(field.name for field in (*dataset.fields, *dataset.cohorts))
    names.update(dict.fromkeys([dataset.time] if dataset.time else []))
    names.update(dict.fromkeys(column for key in keys_of(dataset) for column in key))
    for relationship in model.relationships.values():
        if relationship.from_ == dataset.name and not credit_of(dataset.name):
            names.update(dict.fromkeys(relationship.from_columns))
        if relationship.to == dataset.name:
            ends = [one for one in (relationship.valid_from, relationship.valid_to) if one]
            names.update(dict.fromkeys((*relationship.to_columns, *relationship.partition_columns, *ends)))
    return names


def uses(steps: tuple[Step, ...], via: str) -> bool:
    """Whether steps walk a relationship."""
    return any(step.relationship == via for step in steps)


def turns(steps: tuple[Step, ...]) -> int:
    """How often the direction changes."""
    return sum(1 for one, next_one in pairwise(steps) if one.direction != next_one.direction)


def state(steps: tuple[Step, ...], via: str) -> tuple[str, str, int, bool]:
    """What matters of a path for going on."""
    return steps[-1].end, steps[-1].direction, turns(steps), uses(steps, via)


# The models that one question may be about: its own, and those made from it.
MOST_KEPT = 4
_kept: list[Graph] = []


def graph(model: Model) -> Graph:
    """The graph of a model, kept for the next question about the same model."""
    for kept in _kept:
        if kept.model is model:
            return kept
    made = Graph(model)
    _kept[:] = [*_kept[-MOST_KEPT + 1 :], made]
    return made
