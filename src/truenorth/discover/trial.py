"""Definitions tried before they are kept: what does not load, fails or has nothing to say is left out, and said."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from truenorth.base.errors import DefinitionErrors, TrueNorthError
from truenorth.base.table import Value
from truenorth.define.graph import inputs_of, leaves
from truenorth.define.load import load
from truenorth.define.model import Model
from truenorth.discover.expected import by_month, telling, written
from truenorth.discover.made import Made, ordered
from truenorth.discover.world import World
from truenorth.discover.written import Page, pages
from truenorth.query.answer import Answer
from truenorth.query.catalog import Catalog
from truenorth.query.request import MetricQuery
from truenorth.query.run import Runner
from truenorth.query.sound import mistakes
from truenorth.query.test import same

_ROUNDS = 30
Told = Callable[[str], None]


class LeftOut(Struct, frozen=True):
    """A definition that was not kept, and why."""

    name: str
    why: str


def tried(world: World, head: str, now: datetime, told: Told, beside: Sequence[Path] = ()) -> list[LeftOut]:
    """Takes out of the world what does not hold, and gives what does its tests; what was taken out is given back.

    `head` is the text of truenorth.yml; `beside` the files of definitions that stand already.
    """
    gone: list[LeftOut] = []
    model = _settled(world, head, now, beside, gone)
    told("asking every metric once")
    runner = Runner(Catalog(model, world.engine), lambda answer, form: "")
    values = {name: _asked(runner, name, now) for name in model.metrics if name in world.taken}
    telling_ones = [name for name, value in values.items() if value not in (None, 0) and not isinstance(value, str)]
    needed = {part for name in telling_ones for part in behind(model, name)}
    for name, value in values.items():
        if isinstance(value, str) or (value in (None, 0) and name not in needed):
            gone += _without(world, name, value if isinstance(value, str) else _nothing(value))
    told("working out the numbers of the tests by other SQL")
    zone = model.workspace.timezone
    for group in world.groups.values():
        group.metrics = [_tested(world, runner, one, zone, now, gone) for one in group.metrics]
    _settled(world, head, now, beside, gone)
    return gone


def behind(model: Model, name: str) -> set[str]:
    """All metrics that a metric is made of."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for part in inputs_of(model.metrics[waiting.pop()]):
            if part not in found and part in model.metrics:
                found.add(part)
                waiting.append(part)
    return found


def _nothing(value: Value) -> str:
    return "it has no value in the data" if value is None else "it is 0 throughout the data"


def _settled(world: World, head: str, now: datetime, beside: Sequence[Path], gone: list[LeftOut]) -> Model:
    """The model of everything that loads and that the data bears out."""
    for _ in range(_ROUNDS):
        made = pages(world)
        with tempfile.TemporaryDirectory(prefix="truenorth-") as folder:
            model, errors = _loaded(Path(folder), made, head, beside)
        if model is not None:
            errors = list(mistakes(Catalog(model, world.engine), now))
        taken = [one for error in errors for one in _taken_out(world, made, error)]
        gone += taken
        if model is not None and not taken:
            return model
        if model is None and not taken:
            raise DefinitionErrors(errors)
    raise DefinitionErrors(errors)


def _loaded(
    folder: Path, made: Iterable[Page], head: str, beside: Sequence[Path]
) -> tuple[Model | None, list[TrueNorthError]]:
    (folder / "truenorth.yml").write_text(head, "utf-8")
    for page in made:
        place = folder / page.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(page.text, "utf-8")
    for number, path in enumerate(beside):
        copy = folder / "metrics" / "beside" / f"{number}.yml"
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    try:
        return load(folder), []
    except DefinitionErrors as wrong:
        return None, list(wrong.errors)


def _taken_out(world: World, made: Iterable[Page], error: TrueNorthError) -> list[LeftOut]:
    """Takes out the definition, or the field of it, that an error is about."""
    if error.where is None:
        return []
    page = next((one for one in made if one.path == error.where.file), None)
    kind, name = page.at(error.where.line) if page else ("", "")
    if page is None or not kind:
        return []
    if kind == "metric":
        return _without(world, name, error.message)
    group = next(one for one in world.groups.values() if f"metrics/{one.subject.name}.yml" == page.path)
    if kind == "relationship":
        group.relationships = [one for one in group.relationships if one["name"] != name]
        return [LeftOut(name, error.message)]
    # A long field stands on several lines: its name is on the first.
    above = reversed(page.text.splitlines()[: error.where.line])
    found = next((one for line in above if (one := re.match(r'\s+- \{?name: "?([^,}"]+)', line))), None)
    fields = group.subject.fields
    if found and found[1] in fields:
        del fields[found[1]]
        group.datasets[0]["fields"] = list(fields.values())
        return [LeftOut(f"{name}.{found[1]}", error.message)]
    return []


def _without(world: World, name: str, why: str) -> list[LeftOut]:
    """Takes a metric out, with all that are made of it."""
    gone, lost = [LeftOut(name, why)], {name}
    for group in world.groups.values():
        for made in group.metrics:
            if lost & {str(one["name"]) for one in made.mappings}:
                lost |= {str(one["name"]) for one in made.mappings}
    again = True
    while again:
        again = False
        for group in world.groups.values():
            for made in list(group.metrics):
                names = {str(one["name"]) for one in made.mappings}
                if names & lost or any(set(_inputs(one)) & lost for one in made.mappings):
                    group.metrics.remove(made)
                    again, lost = True, lost | names
    world.taken -= lost
    return gone


def _inputs(mapping: dict[str, Any]) -> list[str]:
    found = [str(mapping[key]) for key in ("numerator", "denominator", "input_metric", "balance") if key in mapping]
    return found + [str(one["name"]) for one in mapping.get("input_metrics", [])]


def _asked(runner: Runner, name: str, now: datetime) -> Value:
    """A metric's value over all time; the words of the error where it has none.

    What moves a balance is told by month, of the last in which there is something: over all time everybody is new.
    """
    model = runner.catalog.model
    moves = any(one.type == "movement" for one in leaves(model, name))
    if moves and model.workspace.clock == "data":
        # A balance is worth what exchange rates say until the data ends, and none are known after that.
        now = runner.catalog.end_of_data(model.workspace.timezone) or now
    try:
        answer = runner.ask(MetricQuery((name,), grain="month" if moves else ""), now)
        values = [row[-1] for row in answer.table.rows]
        return next((one for one in reversed(values) if one not in (None, 0)), values[-1] if values else None)
    except TrueNorthError as error:
        return f"{error.message} ({error.code})"


def _value(answer: Answer) -> Value:
    return answer.table.rows[0][0] if answer.table.rows else None


def _tested(world: World, runner: Runner, made: Made, zone: str, now: datetime, gone: list[LeftOut]) -> Made:
    """The metric with an expected number of one whole month, worked out by other SQL, which its own must equal."""
    last = made.mappings[-1]
    try:
        month, value = telling(by_month(world, last, zone))
    except TrueNorthError:
        return made
    if not month:
        return made
    where = f"metric_time__month = '{month}'"
    try:
        own = _value(runner.ask(MetricQuery((made.name,), where=(where,)), now))
    except TrueNorthError as error:
        own = error.message
    if isinstance(own, str) or not same(own, value):
        gone.append(LeftOut(f"the test of {made.name}", f"{month} is {own} as defined, and {value} by plain SQL"))
        return made
    test: dict[str, Any] = {"where": where, "equals": written(value)}
    if isinstance(test["equals"], float) and isinstance(value, float):
        # A fraction is written as a person would, and compared as exactly as it is written.
        test |= {"equals": round(value, 2), "tolerance": 0.01}
    return Made((*made.mappings[:-1], ordered({**last, "tests": [test]})), made.weight)
