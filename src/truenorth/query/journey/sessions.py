"""sessions: how many visits there were, whose, how long, and which of them were engaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from truenorth.base.beside import beside
from truenorth.base.period import Moment, parse_window, shift
from truenorth.define.model import Metric
from truenorth.define.sessions import CAP, ENGAGED_AFTER, IDLE
from truenorth.query.journey.frame import SECOND, Frame
from truenorth.query.journey.length import microseconds
from truenorth.query.journey.order import Packed, put_in_order
from truenorth.query.journey.outcome import How, Measured, Outcomes, joined
from truenorth.query.journey.rows import Array, Flags, Rows
from truenorth.query.journey.visits import EMPTY, Rule, Sessions, alike, sessions

ENGAGING_VIEWS = 2
# What a number is made of, and how; what is not here is counted.
MADE: dict[str, tuple[str, How]] = {
    "duration": ("duration", "mean"),
    "median_duration": ("duration", "median"),
    "p90_duration": ("duration", "p90"),
    "events_per_session": ("events", "mean"),
    "views_per_session": ("views", "mean"),
}
# What a session is that a number counts; what is not here counts all of them.
CHOSEN = {"engaged": "engaged", "bounces": "bounced"}
FACT_OF = {**{part: fact for part, (fact, _) in MADE.items()}, **CHOSEN}


def conditions(metric: Metric) -> tuple[str, ...]:
    """What opens a session, is a view and is key, where that is said; every row is read all the same."""
    said = tuple(one for one in (metric.opens, metric.view, metric.key) if one)
    return (*said, "1 = 1") if said else ()


def columns(metric: Metric) -> Mapping[str, str]:
    """The name that a client gave the session."""
    return {"session": metric.session} if metric.session else {}


def reach(metric: Metric, frame: Frame) -> tuple[Moment | None, Moment | None]:
    """All that came before, which tells where a session began, and as long after the last window as one may last."""
    _, end = frame.span
    return None, None if metric.session or end is None else shift(
        shift(end, *parse_window(metric.cap or CAP)), 1, "day"
    )


def rule(metric: Metric) -> Rule:
    """When a session ends, and the number of each condition.

    >>> rule(Metric("visits", "sessions", key="event = 'pay'")).key
    0
    """
    said = [name for name in ("opens", "view", "key") if getattr(metric, name)]
    idle, cap = microseconds(metric.idle or IDLE), microseconds(metric.cap or CAP)
    return Rule(idle, cap, **{name: number for number, name in enumerate(said)})


def follow(metric: Metric, rows: Rows, frame: Frame) -> Outcomes:
    """The sessions that begin in a window."""
    ordered = sessions(rows, rule(metric), metric.by_row == "exit")
    found = list(beside(lambda find: within(metric, find(), frame), ordered))
    return joined(found or [within(metric, Sessions(*EMPTY), frame)])


def paired(metric: Metric) -> bool:
    """Whether nothing of a row matters but whose it is and when it was."""
    return not conditions(metric) and not columns(metric)


def follow_pairs(metric: Metric, rows: Packed, frame: Frame) -> Outcomes:
    """The same of such rows."""
    found = beside(lambda piece: within(metric, alike(piece, rule(metric)), frame), put_in_order(rows))
    return joined(list(found) or [within(metric, Sessions(*EMPTY), frame)])


def within(metric: Metric, found: Sessions, frame: Frame) -> Outcomes:
    """Those of some sessions that begin in a window, and what has to be known of them."""
    places, label = frame.within(found.start)
    wanted = FACTS if frame.named else {FACT_OF[part] for part in frame.parts if part in FACT_OF}
    facts = {name: FACTS[name](metric, found)[places] for name in wanted}
    who = found.who[places] if frame.named or "people" in frame.parts else np.broadcast_to(np.int64(-1), len(places))
    plain = len(found) and not found.group.strides[0]
    group = np.broadcast_to(found.group[0], len(places)) if plain else found.group[places]
    return Outcomes(who, label, group, facts)


def is_engaged(metric: Metric, found: Sessions) -> Flags:
    """Sessions that last long enough, have a key row, or two views."""
    long = found.end - found.start >= microseconds(metric.engaged_after or ENGAGED_AFTER)
    engaged: Flags = long | (found.keys > 0) | (found.views >= ENGAGING_VIEWS)
    return engaged


def bounced(metric: Metric, found: Sessions, engaged: Flags) -> Flags:
    """Sessions that bounce, by the rule of the metric."""
    if metric.bounce == "not_engaged":
        return ~engaged
    bounces: Flags = found.views < ENGAGING_VIEWS
    return bounces & (found.keys == 0) if metric.bounce == "one_view_no_key" else bounces


FACTS: dict[str, Callable[[Metric, Sessions], Array]] = {
    "duration": lambda metric, found: (found.end - found.start) / SECOND,
    "events": lambda metric, found: found.events,
    "views": lambda metric, found: found.views,
    "engaged": lambda metric, found: is_engaged(metric, found),
    "bounced": lambda metric, found: bounced(metric, found, is_engaged(metric, found)),
}


def measured(metric: Metric, outcomes: Outcomes) -> Measured:
    """A number of the sessions."""
    every = np.ones(len(outcomes), np.bool_)
    if metric.part in MADE:
        fact, how = MADE[metric.part]
        return Measured(every, outcomes.facts[fact].astype(np.float64), how)
    if metric.part == "people":
        return Measured(every, how="distinct")
    return Measured(outcomes.facts[CHOSEN[metric.part]] if metric.part in CHOSEN else every)
