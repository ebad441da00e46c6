"""What must hold in service level objectives: what is counted, how much of it must be good, and over which windows."""

from __future__ import annotations

from truenorth.base.errors import QueryError
from truenorth.base.period import parse_window
from truenorth.define import graph
from truenorth.define.model import Slo
from truenorth.define.rules import value
from truenorth.define.rules.case import Case
from truenorth.define.slices import BOUNDS, WORDS, slice_of
from truenorth.define.slo import is_calendar


def check(case: Case) -> None:
    """All objectives."""
    for one in case.model.slos.values():
        alone(case, one)
        sides(case, one)
        slices(case, one)
        objective(case, one)
        windows(case, one)
        policies(case, one)
        value.owner(case, one.owner, one.spot.at("owner"))


def alone(case: Case, slo: Slo) -> None:
    """Its share of good events has its name, and no other metric has."""
    other = case.model.metrics.get(slo.name)
    if other is not None and other.spot.at() != slo.spot.at():
        message = f'the objective "{slo.name}" is called like a metric, defined in {other.spot.at("name")}'
        case.fail("E_DUPLICATE_NAME", message, slo.spot.at("name"), f"call it {slo.name}_slo")


def sides(case: Case, slo: Slo) -> None:
    """One of good and bad is counted, and all; each by a metric whose numbers can be added up over a window."""
    if slo.value:
        for key in ("good", "bad", "total", "slice_objective"):
            if key in slo.spot.keys:
                message = f'the objective "{slo.name}" says both value and {key}'
                case.fail(
                    "E_KEY_CONFLICT", message, slo.spot.at(key), "a value is judged by a bound, such as below: 0.3"
                )
    elif not slo.total:
        message = f'the objective "{slo.name}" has neither "total" nor "value"'
        case.fail("E_MISSING_KEY", message, slo.spot.at(), "say which metric counts all events: total: requests")
    elif bool(slo.good) == bool(slo.bad):
        code = "E_KEY_CONFLICT" if slo.good else "E_MISSING_KEY"
        message = f'the objective "{slo.name}" says {"both good and bad" if slo.good else "neither good nor bad"}'
        case.fail(code, message, slo.spot.at("bad"), "say which metric counts one of them: bad: failed_requests")
    for key in ("good", "bad", "total", "value"):
        name = getattr(slo, key)
        place = slo.spot.at(key)
        if not name or not case.known("metric", name, place):
            continue
        inside = graph.computed_from(case.model, name)
        kinds = ("cumulative", "slices") if slo.slice else ("cumulative",)
        level = next((one for one in inside if one.is_stock or one.type in kinds), None)
        if level is not None:
            message = f'"{slo.name}" counts by "{name}", which rests on the {level.type} metric "{level.name}"'
            hint = "count events that come and go: a level of days cannot be added up over a window"
            case.fail("E_UNSAFE_REAGGREGATION", message, place, hint)


def slices(case: Case, slo: Slo) -> None:
    """Slices of a length there is, and what makes one of them good."""
    at = slo.spot.at
    limits = [key for key in BOUNDS if getattr(slo, key) is not None]
    if slo.slice and not slice_of(slo.slice):
        case.fail("E_BAD_WINDOW", f'there are no slices of "{slo.slice}"', at("slice"), f"write one of {WORDS}")
    if slo.value and not slo.slice:
        message = f'the objective "{slo.name}" does not say how long the slices are that its value is looked at in'
        case.fail("E_MISSING_KEY", message, at("value"), "add slice: 5 minutes")
    if slo.value and not limits:
        message = f'the objective "{slo.name}" does not say which values are good'
        case.fail("E_MISSING_KEY", message, at("value"), "add below: 0.3")
    for key in () if slo.value else limits:
        hint = "say slice_objective, or value: with the name of a metric"
        case.fail("E_KEY_NOT_ALLOWED", f'"{key}" belongs to an objective with a value', at(key), hint)
    if not slo.value and bool(slo.slice) != (slo.slice_objective is not None):
        key = "slice_objective" if slo.slice else "slice"
        message = f'the objective "{slo.name}" says {"slice" if slo.slice else "slice_objective"}, but no {key}'
        case.fail("E_MISSING_KEY", message, at(), f"add {key}: {'95' if slo.slice else '5 minutes'}")
    if slo.slice_objective is not None and not 0 < slo.slice_objective <= 100:
        message = f"a share of a slice lies above 0 and up to 100 percent, not at {slo.slice_objective:g}"
        case.fail("E_BAD_VALUE", message, at("slice_objective"), "write slice_objective: 95")
    if slo.worth is not None:
        low, high = (slo.worth.value if one is None else one for one in (slo.worth.low, slo.worth.high))
        if not 0 <= low <= slo.worth.value <= high:
            message = f"{slo.worth.value:g} does not lie between {low:g} and {high:g}"
            case.fail("E_BAD_VALUE", message, at("worth.value"), "{value: 12.50, low: 8, high: 20}")


def objective(case: Case, slo: Slo) -> None:
    """A percentage below all and above none."""
    place = slo.spot.at("objective")
    if not 0 < slo.objective < 100:
        message = f"an objective lies between 0 and 100 percent, not at {slo.objective:g}"
        case.fail("E_BAD_VALUE", message, place, "nothing is never bad: write objective: 99.9")
    elif slo.objective < 1:
        message = f"an objective of {slo.objective:g} percent is met by almost anything"
        case.fail("E_BAD_VALUE", message, place, f"it is written in percent: objective: {slo.objective * 100:g}")


def windows(case: Case, slo: Slo) -> None:
    """At least one, each a length of time or a grain, and none twice."""
    if not slo.windows:
        case.fail("E_BAD_VALUE", f'the objective "{slo.name}" has no window', slo.spot.at("windows"), "[30 days]")
    seen: set[str] = set()
    for number, window in enumerate(slo.windows):
        place = slo.spot.at(f"windows.{number}")
        if window in seen:
            case.fail("E_BAD_VALUE", f'the objective "{slo.name}" has the window {window} twice', place, "take one out")
        seen.add(window)
        if is_calendar(window):
            continue
        try:
            parse_window(window)
        except QueryError as error:
            case.fail(error.code, error.message, place, "write a length such as 30 days, or a grain such as month")


def policies(case: Case, slo: Slo) -> None:
    """No fewer events than none, and tiers of credit within all."""
    if slo.min_events < 0:
        message = f"there are never {slo.min_events:g} events"
        case.fail("E_BAD_VALUE", message, slo.spot.at("min_events"), "write min_events: 100")
    for number, one in enumerate(slo.credits):
        for key, said in (("below", one.below), ("credit", one.credit)):
            if not 0 < said <= 100:
                place = slo.spot.at(f"credits.{number}.{key}")
                case.fail("E_BAD_VALUE", f'"{key}" is a percentage, not {said:g}', place, "{below: 99.9, credit: 10}")
