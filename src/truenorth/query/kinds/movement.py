"""movement: a balance of entities over time, and what of its change came from where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import spoken
from truenorth.define.graph import inputs_of
from truenorth.define.graph import metric as metric_of
from truenorth.define.model import Metric, Model
from truenorth.define.movement import LEVELS
from truenorth.query.kinds import simple
from truenorth.query.shape import Lens, Planner


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """The balance at a period's end or beginning, or one part of what changed it: nothing moved is 0."""
    if metric.part not in LEVELS:
        column = planner.leaf(metric, lens)
        known = simple.known(planner, metric, lens, column, told(metric, column))
        return f"CASE WHEN FALSE THEN {known} END" if planner.begun(metric, lens) == "FALSE" else known
    if lens.through_time:
        hint = "accumulate what came or went, or ask for the balance itself"
        message = f'"{metric.name}" is a balance: those of days cannot be added up over a window'
        raise QueryError("E_UNSAFE_REAGGREGATION", message, hint=hint)
    if metric.convert and metric.measure == "amount":
        level, begun = f"COALESCE({planner.leaf(metric, lens)}, 0)", planner.begun(metric, lens)
        return f"CASE WHEN {begun} THEN {level} END" if begun else level
    moved = replace(metric, part="net")
    whole = replace(lens, running=True)
    level = f"COALESCE({planner.leaf(moved, whole)}, 0)"
    if metric.part == "opening":
        level = f"{level} - COALESCE({planner.leaf(moved, lens)}, 0)"
    begun = planner.begun(moved, whole)
    return f"CASE WHEN {begun} THEN {level} END" if begun else level


def told(metric: Metric, column: str) -> str:
    """A part with what it is where nothing moved."""
    return column if metric.fill_nulls_with in ("null", "carry") else f"COALESCE({column}, 0)"


def additivity(metric: Metric, model: Model) -> str:
    """Movements are netted over each period, and a balance is one of a day: neither is ever summed over time."""
    return "semi-additive"


def notes(model: Model, metrics: Iterable[Metric], grains: Sequence[str]) -> list[str]:
    """Over what the movements of an answer are netted, whose time columns are of these grains."""
    over = f"each {spoken(grains[0])}" if len(grains) == 1 else "each stretch of time" if grains else "the whole range"
    found = dict.fromkeys(one for metric in metrics for one in netted(model, metric, over))
    return [f"movements are netted by {who} over {stretch}" for who, stretch in found]


def netted(model: Model, metric: Metric, over: str) -> Iterator[tuple[str, str]]:
    """By whom and over what the movements that a metric rests on are netted."""
    if metric.type == "movement" and not metric.is_stock and metric.part != "net":
        yield metric.entity.rpartition(".")[2].removesuffix("_id").replace("_", " "), over
    if metric.type == "cumulative" and metric.window:
        over = f"the {metric.window} up to the end of each period"
    elif metric.type == "cumulative":
        over = f"each {spoken(metric.grain_to_date)} to date" if metric.grain_to_date else "all time so far"
    for name in inputs_of(metric):
        yield from netted(model, metric_of(model, name), over)
