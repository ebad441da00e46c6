"""Funnels: the steps that entities go through, and the numbers of a funnel, each a metric that rests on it."""

from __future__ import annotations

from truenorth.define.key import Key, Thing
from truenorth.define.model import Exclusion, FunnelStep, Metric

TYPES = ("funnel",)
# Those that are counted, those that are made of counts, and those that are seconds.
COUNTS = ("entered", "reached", "converted", "excluded", "immature")
SHARES = ("rate", "low", "high")
TIMES = ("median_time", "p90_time")
PARTS = (*SHARES, *COUNTS, *TIMES)
UNITS = {**dict.fromkeys(SHARES, "percent"), **dict.fromkeys(TIMES, "seconds")}
# Whose values a funnel's groups are, beside those of a step by its name.
ATTRIBUTIONS = ("entry", "first", "last", "all")
# What only the funnel says.
OWN = ("window", "steps", "order", "reentry", "count", "hold", "exclusions", "exclude", "attribution")
NEEDED = {"window": "14 days", "steps": "[{name: …, filter: …}, …]"}
FUNNEL = (
    Key("steps", "things", "What is done one after the other, 2 to 20 of them.", types=TYPES, thing="funnel_step"),
    Key(
        "step",
        "text",
        "The step by its name: the one that was reached, or that the rate and the times go to.",
        types=TYPES,
        default="the last",
        example="signed_up",
    ),
    Key(
        "against",
        "choice",
        "What a rate is the share of: those who entered, or who reached the step before it.",
        types=TYPES,
        choices=("first", "previous"),
        default="first",
    ),
    Key(
        "order",
        "choice",
        "Other rows of the entity may come between two steps, none may, or the steps come in any order.",
        types=TYPES,
        choices=("ordered", "strict", "any"),
        default="ordered",
    ),
    Key(
        "reentry",
        "choice",
        "Of several attempts of an entity, the one that gets farthest counts, or its first.",
        types=TYPES,
        choices=("best", "first"),
        default="best",
    ),
    Key(
        "count",
        "choice",
        "Each entity counts once, or every entry does: the next one after the attempt before it is over.",
        types=TYPES,
        choices=("entities", "entries"),
        default="entities",
    ),
    Key("hold", "names", "What must be the same at every step.", types=TYPES, example="[plan]"),
    Key("exclusions", "things", "What ends an attempt that it comes into.", types=TYPES, thing="exclusion"),
    Key(
        "exclude",
        "choice",
        "Whom an exclusion ends entered and failed, or is removed from all steps.",
        types=TYPES,
        choices=("fail", "remove"),
        default="fail",
    ),
    Key(
        "attribution",
        "text",
        "Whose value a group is: that of every entry, each followed by itself; of the `first` or `last` step taken, or "
        "of one by its name, by the attempt that counts; or one that is the same at `all` steps.",
        types=TYPES,
        default="entry",
        example="last",
    ),
)
FUNNEL_STEP = Thing(
    "funnel_step",
    "One step of a funnel.",
    (
        Key("name", "name", "What it is called.", required=True, example="signed_up"),
        Key("filter", "sql", "The condition that a row is this step.", required=True, example="event = 'sign_up'"),
        Key("optional", "flag", "Whether the next step may come without it.", default="false", example="true"),
    ),
    FunnelStep,
)
EXCLUSION = Thing(
    "exclusion",
    "What ends an attempt at a funnel.",
    (
        Key("filter", "sql", "The condition that a row ends it.", required=True, example="event = 'refund'"),
        Key("after", "text", "The step after which it does.", default="the first", example="signed_up"),
        Key("before", "text", "The step that must not be taken yet.", default="the last", example="paid"),
    ),
    Exclusion,
)


def words(metric: Metric) -> str:
    """A funnel in words.

    >>> words(Metric("paid", "funnel", window="7 days", steps=[FunnelStep("a", "x = 1"), FunnelStep("b", "x = 2")]))
    'a, b within 7 days, ordered, best attempt'
    """
    names = (one.name.replace("_", " ") + (" (or not)" if one.optional else "") for one in metric.steps)
    steps = ", ".join(names)
    order = "in any order" if metric.order == "any" else metric.order
    counted = "every entry" if metric.count == "entries" else f"{metric.reentry} attempt"
    held = f", with the same {' and '.join(metric.hold)}" if metric.hold else ""
    without = f", without {' and '.join(one.filter for one in metric.exclusions)}" if metric.exclusions else ""
    removed = " (else removed)" if without and metric.exclude == "remove" else ""
    return f"{steps} within {metric.window}, {order}, {counted}{held}{without}{removed}"


def place_of(metric: Metric) -> int:
    """The number of the step that a metric looks at, from 1: the one it names, else the last.

    >>> place_of(Metric("paid", "funnel", steps=[FunnelStep("a", "x = 1"), FunnelStep("b", "x = 2")]))
    2
    """
    names = [one.name for one in metric.steps]
    return names.index(metric.step) + 1 if metric.step in names else len(names)


def share_of(metric: Metric) -> int:
    """The number of the step that a rate is the share of, from 1: the first, or the last that is needed before its own.

    >>> steps = [FunnelStep("a", "x = 1"), FunnelStep("b", "x = 2", optional=True), FunnelStep("c", "x = 3")]
    >>> share_of(Metric("paid", "funnel", steps=steps, against="previous"))
    1
    """
    if metric.against == "first":
        return 1
    before = [number for number, one in enumerate(metric.steps[: place_of(metric) - 1], 1) if not one.optional]
    return before[-1] if before else 1
