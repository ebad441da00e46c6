"""What must hold in funnels: which steps there are, and that each is a condition on the rows."""

from __future__ import annotations

from truenorth.base.errors import did_you_mean
from truenorth.define.funnel import ATTRIBUTIONS
from truenorth.define.model import Exclusion, Metric
from truenorth.define.read import one_of
from truenorth.define.rules import conversion, expression
from truenorth.define.rules.case import Case, stated

# So many conditions fit beside 20 steps.
MOST = 10


def check(case: Case, metric: Metric) -> None:
    """The steps of a funnel, and the one that a number of it looks at."""
    spot = metric.spot
    names = [one.name for one in metric.steps]
    if metric.step and names and metric.step not in names:
        hint = did_you_mean(metric.step, names) or f"its steps are {', '.join(names)}"
        case.fail("E_NAME_NOT_FOUND", f'no step named "{metric.step}"', spot.at("step"), hint)
    if metric.of:
        return
    if len(metric.exclusions) > MOST:
        message = f"a funnel has at most {MOST} exclusions, not {len(metric.exclusions)}"
        case.fail("E_BAD_VALUE", message, spot.at("exclusions"), "join some with `or`")
    if stated(metric, "steps") and not 2 <= len(names) <= 20:
        case.fail("E_BAD_VALUE", f"a funnel has 2 to 20 steps, not {len(names)}", spot.at("steps"), "add another step")
    for name in {name for name in names if names.count(name) > 1}:
        case.fail("E_DUPLICATE_NAME", f'two steps are called "{name}"', spot.at("steps"), "rename one")
    if metric.dataset in case.model.datasets:
        for number, step in enumerate(metric.steps):
            expression.owned(case, step.filter, metric, spot.at(f"steps.{number}.filter"))
        for number, one in enumerate(metric.exclusions):
            expression.owned(case, one.filter, metric, spot.at(f"exclusions.{number}.filter"))
        for name in metric.hold:
            conversion.side(case, metric, name, spot.at("hold"))
    optional(case, metric)
    for number, one in enumerate(metric.exclusions):
        excluding(case, metric, one, number)
    if metric.attribution not in (*ATTRIBUTIONS, *names):
        message = f'no step named "{metric.attribution}"'
        case.fail("E_NAME_NOT_FOUND", message, spot.at("attribution"), f"write {one_of((*ATTRIBUTIONS, *names))}")


def optional(case: Case, metric: Metric) -> None:
    """The first and the last step are needed; in any order all are."""
    for number, one in enumerate(metric.steps):
        if not one.optional:
            continue
        place = metric.spot.at(f"steps.{number}.optional")
        if metric.order == "any":
            case.fail("E_KEY_CONFLICT", "in any order every step counts", place, "take optional: or order: any out")
        elif number in (0, len(metric.steps) - 1):
            message = f'"{one.name}" is where the funnel {"ends" if number else "begins"}, and cannot be left out'
            case.fail("E_BAD_VALUE", message, place, "take optional: out")


def excluding(case: Case, metric: Metric, one: Exclusion, number: int) -> None:
    """An exclusion lies between two steps that are needed, one before the other."""
    names = [step.name for step in metric.steps]
    needed = [step.name for step in metric.steps if not step.optional]
    for key, name in (("after", one.after), ("before", one.before)):
        place = metric.spot.at(f"exclusions.{number}.{key}")
        if name and metric.order == "any":
            case.fail("E_KEY_CONFLICT", "in any order no step comes before another", place, f"take {key}: out")
        elif name and name not in names:
            hint = did_you_mean(name, names) or f"its steps are {', '.join(names)}"
            case.fail("E_NAME_NOT_FOUND", f'no step named "{name}"', place, hint)
        elif name and name not in needed:
            case.fail("E_BAD_VALUE", f'"{name}" may be left out', place, f"name one of {', '.join(needed)}")
    if one.before in names and names.index(one.before) <= (names.index(one.after) if one.after in names else 0):
        message = f'"{one.before}" does not come after "{one.after or names[0]}"'
        case.fail("E_BAD_VALUE", message, metric.spot.at(f"exclusions.{number}.before"), "name a later step")
    elif names and one.after == names[-1]:
        message = f'"{one.after}" is the last step'
        case.fail("E_BAD_VALUE", message, metric.spot.at(f"exclusions.{number}.after"), "name an earlier step")
