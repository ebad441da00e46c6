"""Slices of time: a metric is told for each of them, and then how many were as they should be, or how they compare."""

from __future__ import annotations

import re
from typing import Literal

from truenorth.base.period import CLOCK
from truenorth.define.key import Key

Slice = Literal["minute", "5_minutes", "10_minutes", "15_minutes", "30_minutes", "hour", "day"]
LENGTHS: dict[str, int] = {
    **{name: seconds for name, seconds in CLOCK.items() if seconds >= CLOCK["minute"]},
    "day": 86_400,
}
# What a slice must be, by the keys that say so.
BOUNDS = {"below": "<", "at_most": "<=", "above": ">", "at_least": ">="}
AGGREGATIONS = ("count", "sum", "avg", "min", "max", "median")
TYPES = ("slices",)
WORDS = " or ".join(["1 minute", *(name.replace("_", " ") for name in LENGTHS if "_" in name), "1 hour", "1 day"])


def slice_of(text: str) -> str:
    """The grain of a length of slices; "" where there are none of that length.

    >>> slice_of("5 minutes"), slice_of("1 hour"), slice_of("7 minutes")
    ('5_minutes', 'hour', '')
    """
    found = re.fullmatch(r"\s*(?:(\d+)[\s_]+)?(minute|hour|day)s?\s*", text)
    if found is None:
        return ""
    count = int(found[1] or 1)
    name = found[2] if count == 1 else f"{count}_{found[2]}s"
    return name if name in LENGTHS else ""


def bounds(thing: str, types: tuple[str, ...] = ()) -> tuple[Key, ...]:
    """The keys that say what a slice must be."""
    told = {"below": "less than", "at_most": "at most", "above": "more than"}
    return tuple(
        Key(name, "number", f"The value of {thing} must be {words} this.", types=types, example="0.3")
        for name, words in told.items()
    )


SLICES = (
    Key(
        "slice",
        "text",
        f"How long the slices are that a metric is told for: {WORDS}.",
        types=TYPES,
        required_for=TYPES,
        example="5 minutes",
    ),
    *bounds("a slice that counts", TYPES),
    Key(
        "empty",
        "choice",
        "Whether slices in which nothing is known count as well, wherever a bound leaves the others.",
        types=TYPES,
        choices=("skip", "count"),
        default="skip",
    ),
)
