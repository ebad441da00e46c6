"""Journeys: metrics told by following entities through their rows; each further number of one is a metric that names
it with `of` and says which `part` it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from msgspec import Struct
from msgspec.structs import replace

from truenorth.define import churn, funnel, lifecycle, paths, retention, sessions, stickiness
from truenorth.define.key import Key
from truenorth.define.model import Metric, MovementPart
from truenorth.define.movement import MOVING


class Journey(Struct, frozen=True):
    """What a kind of journey has: its parts, the default first; the units of those that are no counts; the keys that
    only the journey itself says; what it cannot do without, with an example; and how it is put in words."""

    parts: tuple[str, ...]
    units: Mapping[str, str]
    own: tuple[str, ...]
    needed: Mapping[str, str]
    words: Callable[[Metric], str]


KINDS: dict[str, Journey] = {
    "funnel": Journey(funnel.PARTS, funnel.UNITS, funnel.OWN, funnel.NEEDED, funnel.words),
    "retention": Journey(retention.PARTS, retention.UNITS, retention.OWN, retention.NEEDED, retention.words),
    "sessions": Journey(sessions.PARTS, sessions.UNITS, sessions.OWN, sessions.NEEDED, sessions.words),
    "paths": Journey(paths.PARTS, paths.UNITS, paths.OWN, paths.NEEDED, paths.words),
    **{
        name: Journey(one.PARTS, one.UNITS, one.OWN, one.NEEDED, one.words)
        for name, one in {"lifecycle": lifecycle, "stickiness": stickiness, "churn": churn}.items()
    },
}
JOURNEYS = tuple(KINDS)
# An entity that is a field; anything else is an expression over fields.
NAME = re.compile(r"\w+(\.\w+)?")
EVERY_PART = tuple(dict.fromkeys((*get_args(MovementPart), *(part for one in KINDS.values() for part in one.parts))))
# Every journey says these itself, and no number of it.
SHARED = ("dataset", "entity", "time")
COMMON = ("domain", "owner", "dimensions", "time_granularity")
JOURNEY = (
    Key("of", "name", "The journey of which this is a number.", types=JOURNEYS, example="signup_to_paid"),
    Key(
        "part",
        "choice",
        "The balance at the end or beginning of each period, or what of its change came from where; which number of a "
        "journey: each type has its own, and one of them by default.",
        types=(*MOVING, *JOURNEYS),
        choices=EVERY_PART,
        default="closing",
    ),
)


def with_journeys(metrics: Mapping[str, Metric]) -> dict[str, Metric]:
    """The metrics, each number of a journey resting on the rows of its journey."""
    return {name: inherited(one, metrics.get(one.of)) for name, one in metrics.items()}


def inherited(part: Metric, journey: Metric | None) -> Metric:
    """A number of a journey with all that its journey says; anything else as it is.

    >>> paid = Metric("paid", "funnel", dataset="events", entity="person", window="7 days")
    >>> inherited(Metric("entered", "funnel", of="paid", part="entered"), paid).window
    '7 days'
    """
    if part.type not in KINDS:
        return part
    kind = KINDS[part.type]
    keys: dict[str, Any] = {"part": kind.parts[0]} if part.part == "closing" else {}
    if journey is not None and journey.type == part.type and not journey.of:
        keys |= {key: getattr(journey, key) for key in (*SHARED, *kind.own)}
        keys |= {key: getattr(journey, key) for key in COMMON if key not in part.spot.keys and not getattr(part, key)}
        filters = [text for text in (journey.filter, part.filter) if text]
        keys["filter"] = filters[0] if len(filters) == 1 else " and ".join(f"({text})" for text in filters)
    return replace(part, **keys)


def followed_by(metric: Metric) -> tuple[str, ...]:
    """What tells one journey from another: the numbers of one can be told together."""
    own = (*SHARED, *KINDS[metric.type].own, "filter")
    return (metric.type, *(repr(getattr(metric, key)) for key in own))


def texts(metric: Metric) -> Iterator[str]:
    """All that a journey says of rows, such as the filters of its steps.

    >>> list(texts(Metric("back", "retention", start="event = 'sign_up'", returns="event = 'visit'")))[:2]
    ["event = 'sign_up'", "event = 'visit'"]
    """
    for key in KINDS[metric.type].own if metric.type in KINDS else ():
        said = getattr(metric, key)
        for one in [said] if isinstance(said, str) else said if isinstance(said, list) else []:
            text = one if isinstance(one, str) else getattr(one, "filter", "")
            if text:
                yield text


def described(metric: Metric) -> str:
    """A journey in words."""
    return KINDS[metric.type].words(metric)


def counting(metric: Metric, name: str, part: str, step: str = "") -> Metric:
    """The count under a name that a number of a journey is made of, in the unit of that part."""
    unit = KINDS[metric.type].units.get(part, "")
    keys: dict[str, Any] = {"step": step} if step else {}
    return replace(metric, name=name, part=part, unit=metric.unit if unit == "value" else unit, **keys)
