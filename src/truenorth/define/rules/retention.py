"""What must hold in retentions: conditions on the rows, buckets that follow each other, and one of them to look at."""

from __future__ import annotations

from itertools import pairwise

from truenorth.define.model import Metric
from truenorth.define.retention import WORTH
from truenorth.define.rules import expression
from truenorth.define.rules.case import Case


def check(case: Case, metric: Metric) -> None:
    """The conditions and buckets of a retention, and the bucket that a number of it looks at."""
    spot = metric.spot
    if not metric.of:
        for key in ("start", "returns", "value"):
            if metric.dataset in case.model.datasets:
                expression.owned(case, getattr(metric, key), metric, spot.at(key))
        if metric.brackets and not follow(metric.brackets):
            message = f"brackets are whole numbers from 0 on, each greater than the last, not {metric.brackets}"
            message = message.replace("'", "")
            case.fail("E_BAD_VALUE", message, spot.at("brackets"), "write such as [0, 1, 3, 7, 14, 30]")
    if metric.part in WORTH and not metric.value:
        message = f'the retention metric "{metric.name}" has no "value"'
        where = f" to {metric.of}" if metric.of else ""
        case.fail("E_MISSING_KEY", message, spot.at("part"), f"add value: amount{where}")
    looked_at(case, metric)


def follow(brackets: list[str]) -> bool:
    """Whether buckets begin and end where others do.

    >>> follow(["0", "1", "7"]), follow(["1", "7"]), follow(["0", "x"]), follow(["0", "7", "3"])
    (True, False, False, False)
    """
    if len(brackets) < 2 or not all(one.isascii() and one.isdigit() for one in brackets):
        return False
    numbers = [int(one) for one in brackets]
    return numbers[0] == 0 and all(one < other for one, other in pairwise(numbers))


def looked_at(case: Case, metric: Metric) -> None:
    """The bucket is one that there is."""
    after, place = metric.after, metric.spot.at("after")
    if after is None:
        return
    if after < 0 or after != int(after):
        message = f'"after" is a whole number of periods, not {after:g}'
        case.fail("E_BAD_VALUE", message, place, "write after: 4")
    elif metric.brackets and follow(metric.brackets) and str(int(after)) not in metric.brackets[:-1]:
        message = f"no bracket begins {int(after)} after the start"
        case.fail("E_BAD_VALUE", message, place, f"write one of {', '.join(metric.brackets[:-1])}")
