"""What must hold in movement metrics: a balance says whose it is and how long a row counts; a part says of which."""

from __future__ import annotations

from truenorth.define import graph
from truenorth.define.model import Metric
from truenorth.define.movement import OWN
from truenorth.define.rules import expression, policy
from truenorth.define.rules.case import Case

NEEDED = {"dataset": "subscription_periods", "expr": "monthly_amount", "entity": "customer_id", "end": "ended_on"}


def check(case: Case, metric: Metric) -> None:
    """A balance with all it needs, or a part of one."""
    if metric.type != "movement":
        return
    if metric.balance:
        of_balance(case, metric)
        return
    for key, example in NEEDED.items() if not policy.check(case, metric) else ():
        if not getattr(metric, key):
            message = f'the movement metric "{metric.name}" has no "{key}"'
            hint = f"add {key}: {example}, or balance: with the metric it is a part of"
            case.fail("E_MISSING_KEY", message, metric.spot.at(), hint)
    if metric.dataset not in case.model.datasets or not metric.end:
        return
    expression.owned(case, metric.end, metric, metric.spot.at("end"))
    for column in graph.entity_columns(case.model, metric.dataset, metric.entity):
        way = expression.lead(case, metric.dataset, column, metric.spot.at("entity")) if "." in column else None
        if way is not None and way.repeats:
            message = f'a row of "{metric.dataset}" may have several "{metric.entity}"'
            hint = "name a field of the row itself, or of one it points to"
            case.fail("E_FAN_OUT", message, metric.spot.at("entity"), hint)


def of_balance(case: Case, metric: Metric) -> None:
    """The balance exists, is one, and says itself what its parts rest on."""
    place = metric.spot.at("balance")
    if not case.known("metric", metric.balance, place):
        return
    balance = case.model.metrics[metric.balance]
    if balance.type != "movement" or balance.balance:
        what = f"a {balance.type} metric" if balance.type != "movement" else f'a part of "{balance.balance}"'
        hint = f"name {balance.balance}" if balance.balance else "name a metric of type: movement"
        case.fail("E_BAD_VALUE", f'"{metric.name}" is a part of "{metric.balance}", {what}', place, hint)
    for key in OWN:
        if key in metric.spot.keys:
            message = f'"{key}" is said by the balance "{metric.balance}"'
            case.fail("E_KEY_CONFLICT", message, metric.spot.at(key), "take it out, or take balance: out")
