"""What is to be said of an answer by how its rows were read: what no range reaches, what is near, what may come."""

from __future__ import annotations

import re
from datetime import datetime

from truenorth.base.period import Moment, Span, day_past
from truenorth.query import sketch
from truenorth.query.calendar import Calendar
from truenorth.query.catalog import Catalog
from truenorth.query.conversion import waiting_note
from truenorth.query.shape import Leg


def remarks(catalog: Catalog, legs: tuple[Leg, ...], asked: Span, calendar: Calendar) -> list[str]:
    """All that is to be said."""
    return [*left_out(catalog, legs, asked), *approximate(legs), *still_waiting(catalog, legs, calendar)]


def left_out(catalog: Catalog, legs: tuple[Leg, ...], asked: Span) -> list[str]:
    """What the asked time leaves out without its being seen: rows with no time at all."""
    notes = []
    for dataset, time in dict.fromkeys((leg.dataset, leg.time) for leg in legs if leg.time and misses(leg)):
        ways = {leg.way for leg in legs if leg.dataset == dataset}
        undated = catalog.stretch(dataset, time).undated if asked != Span() or ways - {"period", "sketch"} else 0
        if undated:
            words = ("row has", "lies") if undated == 1 else ("rows have", "lie")
            notes.append(f"{undated:,} {words[0]} no {time} in {dataset} and {words[1]} outside every range")
        if any(within_day(edge) for edge in (asked.start, asked.end)) and catalog.type_of(dataset, time) == "date":
            notes.append(f"{time} of {dataset} is a date: its days are counted whole")
    return notes


def misses(leg: Leg) -> bool:
    """Whether rows without a time are missed: metrics that ask for rows with one leave out what has not happened, and
    balances count what they leave out themselves."""
    if leg.way == "movement":
        return False
    there = re.compile(rf"(?<![\w.]){re.escape(leg.time)} is not null", re.IGNORECASE)
    filters = [leaf.metric.filter for leaf in leg.leaves]
    return not filters or not all(there.search(one) and not re.search(r"\bor\b", one, re.I) for one in filters)


def still_waiting(catalog: Catalog, legs: tuple[Leg, ...], calendar: Calendar) -> list[str]:
    """Which conversions may still come."""
    said = (waiting_note(catalog, leg, calendar) for leg in legs if leg.conversion or leg.way == "journey")
    return list(dict.fromkeys(note for note in said if note))


def within_day(edge: Moment | None) -> bool:
    """Whether a moment lies inside a day."""
    return isinstance(edge, datetime) and day_past(edge) != edge.date()


def approximate(legs: tuple[Leg, ...]) -> list[str]:
    """Which numbers are near the exact ones, and how near."""
    metrics = {leaf.metric.name: leaf.metric for leg in legs if leg.way == "sketch" for leaf in leg.leaves}
    return [sketch.NOTE.format(title=metric.title) for metric in metrics.values()]
