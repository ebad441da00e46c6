"""What must hold in roles and policies: their names are known, and a balance that rests on them says nothing twice."""

from __future__ import annotations

from truenorth.base.errors import did_you_mean
from truenorth.define.habits import tools
from truenorth.define.model import Dataset, Metric
from truenorth.define.movement import PRESETS
from truenorth.define.policies import unknown
from truenorth.define.roles import ROLES
from truenorth.define.rules import expression
from truenorth.define.rules.case import Case, stated
from truenorth.define.settled import NEEDED, bindings, rests_on_policies

SETTLED = ("expr", "time", "end", "at_zero")


def roles(case: Case, dataset: Dataset) -> None:
    """The roles of a dataset are known, and each is an expression over its own row."""
    for name, text in dataset.roles.items():
        place = dataset.spot.at(f"roles.{name}")
        if name not in ROLES:
            hint = did_you_mean(name, ROLES) or f"there are {', '.join(ROLES)}"
            case.fail("E_UNKNOWN_ROLE", f'subscription periods have no column "{name}"', place, hint)
            continue
        expression.plain(case, expression.parsed(case, text, place), place)
        own = dataset.field(name)
        if own is not None and own.expr != text:
            message = f'the role "{name}" is bound to "{text}", and there is a field of that name'
            case.fail("E_KEY_CONFLICT", message, place, "keep one: a field of a role's name is that role")


def check(case: Case, metric: Metric) -> bool:
    """The policies of a balance; whether it leaves to them what its rows are worth, so that nothing else is needed."""
    metric = case.model.written.get(metric.name, metric)
    for name, word in metric.policies.items():
        error = unknown(name, word)
        if error is not None:
            case.adopt(error, metric.spot.at(f"policies.{name}"))
    dataset = case.model.datasets.get(metric.dataset)
    if dataset is None or not rests_on_policies(metric, dataset):
        return False
    for key in SETTLED:
        if stated(metric, key):
            message = f'"{key}" is told by the policies of "{metric.name}"'
            hint = "take it out, or take policies: and compat: out and say all of it"
            case.fail("E_KEY_CONFLICT", message, metric.spot.at(key), hint)
    for name in NEEDED:
        if name not in bindings(dataset):
            message = f'"{metric.name}" rests on policies, and "{dataset.name}" has no "{name}"'
            hint = f"bind it to a column: roles: {{{name}: {ROLES[name].example}}}, or list a field of that name"
            case.fail("E_MISSING_ROLE", message, metric.spot.at("dataset"), hint)
    return True


def compat(case: Case, metric: Metric) -> None:
    """A tool is one of which something is known for this type of metric, and a number of a journey names none."""
    if not metric.compat:
        return
    place, known = metric.spot.at("compat"), PRESETS if metric.type == "movement" else tools(metric.type)
    if metric.of:
        message = f'"compat" is said by the {metric.type} "{metric.of}"'
        case.fail("E_KEY_CONFLICT", message, place, "take it out, or take of: out")
    elif known and metric.compat not in known:
        message = f"nothing is known of how {metric.compat} tells a {metric.type} metric"
        case.fail("E_BAD_VALUE", message, place, f"one of {', '.join(known)}")
