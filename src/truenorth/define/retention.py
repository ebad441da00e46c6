"""Retention: who comes back, how long after they began, and the numbers of it, each a metric that rests on it."""

from __future__ import annotations

from itertools import pairwise

from truenorth.base.period import spoken
from truenorth.define.key import Key
from truenorth.define.model import Metric

TYPES = ("retention",)
PARTS = ("rate", "cohort", "retained", "value", "value_at_start", "value_rate", "incomplete")
# The parts that tell of what rows are worth have the unit of that.
UNITS = {"rate": "percent", "value_rate": "percent", "value": "value", "value_at_start": "value"}
# What only the retention says.
OWN = ("start", "returns", "period", "first", "criteria", "buckets", "brackets", "value")
NEEDED = {"period": "week"}
# The parts that tell of what rows are worth.
WORTH = ("value", "value_at_start", "value_rate")
ANY = "1 = 1"
# How many days a period has that is counted from one's own start.
DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}
RETENTION = (
    Key(
        "start",
        "sql",
        "The condition that a row begins it: who has one is in a cohort.",
        types=TYPES,
        default="any row",
        example="event = 'sign_up'",
    ),
    Key(
        "returns",
        "sql",
        "The condition that a row is a return.",
        types=TYPES,
        default="any row",
        example="event = 'visit'",
    ),
    Key(
        "period",
        "choice",
        "How long a cohort and a bucket are; in which periods somebody is active or not, else each that is asked for.",
        types=(*TYPES, "lifecycle", "churn"),
        choices=("hour", "day", "week", "month", "quarter", "year"),
        example="week",
    ),
    Key(
        "first",
        "choice",
        "Which start counts: the first ever, the first in what is asked for, or the first of each period that has one.",
        types=TYPES,
        choices=("ever", "in_range", "recurring"),
        default="ever",
    ),
    Key(
        "criteria",
        "choice",
        "Who is retained in a bucket: who returns in it, in it or later, or in it or before.",
        types=TYPES,
        choices=("on", "on_or_after", "on_or_before"),
        default="on",
    ),
    Key(
        "buckets",
        "choice",
        "Whether buckets are periods of the calendar, or lengths of time counted from each one's own start.",
        types=TYPES,
        choices=("calendar", "rolling"),
        default="calendar",
    ),
    Key(
        "brackets",
        "names",
        "Where buckets begin, in periods after the start, and where the last one ends.",
        types=TYPES,
        default="one for each period",
        example="[0, 1, 3, 7, 14, 30]",
    ),
    Key("value", "sql", "What a returning row is worth.", types=TYPES, example="amount"),
    Key(
        "after",
        "number",
        "Which bucket it looks at: so many periods after the start; with `brackets` the one that begins there.",
        types=TYPES,
        default="1; for a cohort none, and all of it counts",
        example="4",
    ),
)


def words(metric: Metric) -> str:
    """A retention in words.

    >>> words(Metric("back", "retention", period="week", start="event = 'sign_up'", after=4))
    "any row in week 4 after the first event = 'sign_up'"
    """
    returns, start = metric.returns or "any row", metric.start or "row"
    which = {"ever": "first", "in_range": "first in range", "recurring": f"first of a {spoken(metric.period)}"}
    grain, number = spoken(metric.period), bucket(metric)
    where = {"on": f"in {number}", "on_or_after": f"in {number} or later", "on_or_before": f"up to {number}"}
    own = f", each {grain} counted from one's own start" if metric.buckets == "rolling" else ""
    return f"{returns} {where[metric.criteria]} after the {which[metric.first]} {start}{own}"


def bucket(metric: Metric) -> str:
    """The bucket that a metric looks at, in words.

    >>> bucket(Metric("d7", "retention", period="day", after=7, brackets=["0", "1", "7", "14"]))
    'days 7 to 13'
    """
    low, high = bracket(metric)
    grain = spoken(metric.period)
    return f"{grain} {low}" if high == low + 1 else f"{grain}s {low} to {high - 1}"


def bracket(metric: Metric) -> tuple[int, int]:
    """Where the bucket that a metric looks at begins, in periods after the start, and where the next one does.

    >>> bracket(Metric("d7", "retention", period="day", after=7, brackets=["0", "1", "7", "14"]))
    (7, 14)
    """
    cuts = [int(one) for one in metric.brackets]
    usual = 1 if len(cuts) < 2 else cuts[min(1, len(cuts) - 2)]
    after = usual if metric.after is None else int(metric.after)
    return (after, after + 1) if len(cuts) < 2 else (after, cuts[cuts.index(after) + 1])


def buckets(metric: Metric, most: int) -> tuple[int, ...]:
    """Where each bucket of a matrix begins, in periods after the start, and where the last one ends.

    >>> buckets(Metric("back", "retention", period="week"), 3)
    (0, 1, 2, 3)
    """
    return tuple(int(one) for one in metric.brackets) if metric.brackets else tuple(range(most + 1))


def labels(cuts: tuple[int, ...]) -> tuple[str, ...]:
    """What buckets are called that begin and end so many periods after the start.

    >>> labels((0, 1, 3, 7))
    ('0', '1-2', '3-6')
    """
    return tuple(str(low) if high == low + 1 else f"{low}-{high - 1}" for low, high in pairwise(cuts))
