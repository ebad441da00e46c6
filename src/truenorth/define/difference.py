"""Two models beside each other: which clauses differ, and the way from one to the other, a clause at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import fields, replace

from truenorth.define.graph import inputs_of
from truenorth.define.model import Dataset, Field, Metric, Model

# Words about a thing that change no number. Units stand here too: they say what a number is, not how it comes about.
WORDS = ("label", "description", "owner", "domain", "direction", "targets", "tests", "template", "slots", "dimensions")
DISPLAY = ("per", "locale", "home", "name", "definitions", "warehouse", "spot")
# Keys that make sense only together are changed together.
TOGETHER = (
    ("agg", "percentile", "percentile_type", "approximate"),
    ("dataset", "time"),
    ("source", "file", "query"),
    ("from_columns", "to_columns"),
    ("window", "grain_to_date"),
)
SHORT = 10
Apply = Callable[[Model], Model]


class Clause(Struct, frozen=True):
    """One difference: where it is (`revenue.filter`), what was said before, and what is said now."""

    place: str
    before: str
    after: str
    kind: str
    thing: str

    def __str__(self) -> str:
        if not self.before or not self.after:
            return f"{self.place} {'removed' if self.before else 'added'}: {self.before or self.after}"
        longer = len(self.before) > SHORT and self.after.startswith(f"{self.before} ")
        return f"{self.place}: {self.before} → {'…' + self.after[len(self.before) :] if longer else self.after}"


class Edit(Struct, frozen=True):
    """A clause and how a model gets it."""

    clause: Clause
    apply: Apply


class Difference(Struct, frozen=True):
    """What differs between two models: the edits in the order in which they are made, and the mere words.

    `start` is the old model, ready to be edited into the new one.
    """

    start: Model
    added: tuple[str, ...]
    removed: tuple[str, ...]
    edits: tuple[Edit, ...]
    words: tuple[Clause, ...]

    def about(self, metric: str) -> tuple[Clause, ...]:
        """The changed words of one metric."""
        return tuple(one for one in self.words if one.kind == "metric" and one.thing == metric)


def difference(old: Model, new: Model) -> Difference:
    """The difference of two models.

    The order of the edits: what is new (datasets, relationships, metrics); then the workspace's keys, datasets with
    their fields, relationships and metrics (inputs before what is made of them); last, what is gone.
    """
    words: list[Clause] = []
    edits: list[Edit] = []
    for kind in ("cohorts", "datasets", "relationships", "metrics"):
        mine, theirs = getattr(old, kind), getattr(new, kind)
        edits += [_placed(kind, name, None, theirs[name]) for name in theirs if name not in mine]
    edits += _keys("workspace", "workspace", old.workspace, new.workspace, words)
    for kind in ("cohorts", "datasets", "relationships"):
        mine, theirs = getattr(old, kind), getattr(new, kind)
        for name in theirs:
            if name in mine:
                edits += _keys(kind, name, mine[name], theirs[name], words)
    for name in _inputs_first(new):
        if name in old.metrics:
            edits += _keys("metrics", name, old.metrics[name], new.metrics[name], words)
    for name in new.datasets:
        if name in old.datasets:
            edits += _fields_gone(old.datasets[name], new.datasets[name])
    for kind in ("metrics", "relationships", "datasets", "cohorts"):
        mine, theirs = getattr(old, kind), getattr(new, kind)
        edits += [_placed(kind, name, mine[name], None) for name in mine if name not in theirs]
    added = tuple(name for name in new.metrics if name not in old.metrics)
    removed = tuple(name for name in old.metrics if name not in new.metrics)
    start = replace(old, expressions={**old.expressions, **new.expressions})
    return Difference(start, added, removed, tuple(edits), tuple(words))


def _inputs_first(model: Model) -> list[str]:
    """The metrics, each after those it is computed from."""
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in done or name not in model.metrics:
            return
        for part in inputs_of(model.metrics[name]):
            visit(part)
        done[name] = None

    for name in model.metrics:
        visit(name)
    return list(done)


def _placed(kind: str, name: str, before: Struct | None, after: Struct | None) -> Edit:
    """A thing that is new or gone."""
    clause = Clause(name, one_line(before) if before else "", one_line(after) if after else "", kind[:-1], name)

    def apply(model: Model) -> Model:
        things = dict(getattr(model, kind))
        if after is None:
            things.pop(name, None)
        else:
            things[name] = after
        return replace(model, **{kind: things})

    return Edit(clause, apply)


def _keys(kind: str, name: str, old: Any, new: Any, words: list[Clause]) -> list[Edit]:
    """The edits of one thing, key by key; changes of mere words are noted apart."""
    if isinstance(new, Metric) and old.type != new.type:
        said = Clause(f"{name}.type", one_line(old), one_line(new), "metric", name)
        return [Edit(said, _putting(kind, name, lambda _: new))]
    edits: list[Edit] = []
    done: set[str] = set()
    for key in new.__struct_fields__:
        if key in done or key in DISPLAY or (key == "fields" and isinstance(new, Dataset)):
            continue
        group = _group(key, old, new)
        done.update(group)
        changed = [one for one in group if not same(getattr(old, one), getattr(new, one))]
        if not changed:
            continue
        clause = _clause(kind, name, changed, old, new)
        if key in WORDS:
            words.append(clause)
        elif key == "input_metrics" and _same_inputs(old, new):
            edits += _inputs(name, old, new)
        else:
            edits.append(Edit(clause, _setting(kind, name, {one: getattr(new, one) for one in changed})))
    if isinstance(new, Dataset):
        edits += _fields(name, old, new, words)
    return edits


def same(old: Any, new: Any) -> bool:
    """Whether two values say the same, wherever in a file they stand."""
    if isinstance(new, Struct):
        return type(old) is type(new) and all(
            key == "spot" or same(getattr(old, key), getattr(new, key)) for key in new.__struct_fields__
        )
    if isinstance(new, list | tuple):
        return type(old) is type(new) and len(old) == len(new) and all(map(same, old, new))
    return bool(old == new)


def _group(key: str, old: Any, new: Any) -> tuple[str, ...]:
    """The keys that are changed with a key."""
    if key in ("expr", "input_metrics") and isinstance(new, Metric) and not _same_inputs(old, new):
        return ("expr", "input_metrics")
    return next((group for group in TOGETHER if key in group and all(hasattr(new, one) for one in group)), (key,))


def _same_inputs(old: Metric, new: Metric) -> bool:
    """Whether both formulas read inputs of the same names, so that the inputs may be changed one by one."""
    return [one.alias or one.name for one in old.input_metrics] == [one.alias or one.name for one in new.input_metrics]


def _inputs(name: str, old: Metric, new: Metric) -> list[Edit]:
    """The edits of a formula's inputs, one for each key that differs."""
    edits = []
    for number, (mine, theirs) in enumerate(zip(old.input_metrics, new.input_metrics, strict=True)):
        for key in theirs.__struct_fields__:
            before, after = getattr(mine, key), getattr(theirs, key)
            if key not in ("alias", "spot") and before != after:
                place = f"{name}.input_metrics.{theirs.alias or theirs.name}.{key}"
                clause = Clause(place, _text(before) or "nothing", _text(after) or "nothing", "metric", name)
                edits.append(Edit(clause, _putting("metrics", name, _input_setting(number, key, after))))
    return edits


def _input_setting(number: int, key: str, value: Any) -> Callable[[Metric], Metric]:
    def set_input(metric: Metric) -> Metric:
        inputs = list(metric.input_metrics)
        inputs[number] = replace(inputs[number], **{key: value})
        return replace(metric, input_metrics=inputs)

    return set_input


def _fields(name: str, old: Dataset, new: Dataset, words: list[Clause]) -> list[Edit]:
    """The edits of a dataset's fields: new ones, and changed ones key by key."""
    edits: list[Edit] = []
    for theirs in new.fields:
        mine = old.field(theirs.name)
        if mine is None:
            clause = Clause(f"{name}.{theirs.name}", "", one_line(theirs), "dataset", name)
            edits.append(Edit(clause, _putting("datasets", name, _with_field(theirs))))
            continue
        for key in theirs.__struct_fields__:
            before, after = getattr(mine, key), getattr(theirs, key)
            if before == after or key == "spot":
                continue
            said = _text(before) or (theirs.name if key == "expr" else "nothing")
            told = _text(after) or (theirs.name if key == "expr" else "nothing")
            clause = Clause(f"{name}.{theirs.name}.{key}", said, told, "dataset", name)
            if key in WORDS:
                words.append(clause)
            else:
                edits.append(Edit(clause, _putting("datasets", name, _field_setting(theirs.name, key, after))))
    return edits


def _fields_gone(old: Dataset, new: Dataset) -> list[Edit]:
    """The edits of the fields that a dataset has no longer."""
    return [
        Edit(
            Clause(f"{old.name}.{one.name}", one_line(one), "", "dataset", old.name),
            _putting("datasets", old.name, _without_field(one.name)),
        )
        for one in old.fields
        if new.field(one.name) is None
    ]


def _with_field(one: Field) -> Callable[[Dataset], Dataset]:
    return lambda dataset: replace(dataset, fields=[*dataset.fields, one])


def _without_field(name: str) -> Callable[[Dataset], Dataset]:
    return lambda dataset: replace(dataset, fields=[one for one in dataset.fields if one.name != name])


def _field_setting(name: str, key: str, value: Any) -> Callable[[Dataset], Dataset]:
    def set_key(dataset: Dataset) -> Dataset:
        fields = [replace(one, **{key: value}) if one.name == name else one for one in dataset.fields]
        return replace(dataset, fields=fields)

    return set_key


def _putting(kind: str, name: str, change: Callable[[Any], Any]) -> Apply:
    """How a model gets a changed thing."""

    def apply(model: Model) -> Model:
        if kind == "workspace":
            return replace(model, workspace=change(model.workspace))
        things = dict(getattr(model, kind))
        if name in things:
            things[name] = change(things[name])
        return replace(model, **{kind: things})

    return apply


def _setting(kind: str, name: str, values: dict[str, Any]) -> Apply:
    return _putting(kind, name, lambda thing: replace(thing, **values))


def _clause(kind: str, name: str, keys: Iterable[str], old: Any, new: Any) -> Clause:
    """The clause of keys that change together."""
    listed = list(keys)
    place = f"{name}.{' and '.join(key.rstrip('_') for key in listed)}"
    before, after = (", ".join(_text(getattr(side, key)) or "nothing" for key in listed) for side in (old, new))
    return Clause(place, before, after, kind.rstrip("s") if kind != "workspace" else kind, name)


def _text(value: Any) -> str:
    """A value of a definition as it is written."""
    if isinstance(value, Struct):
        return "{" + one_line(value) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]" if value else ""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(one)}" for key, one in value.items())
    return "" if value is None or value == "" else str(value).lower() if isinstance(value, bool) else str(value)


def one_line(thing: Any) -> str:
    """A whole definition in one line, its words and what is not stated left out."""
    return ", ".join(
        f"{one.name.rstrip('_')}: {_text(value)}"
        for one in fields(thing)
        if one.name not in (*WORDS, "spot", "fields", "cohorts")
        and (value := getattr(thing, one.name)) not in (one.default, [], {})
    )
