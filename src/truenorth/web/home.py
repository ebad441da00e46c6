"""The home page: a scorecard as cards in bands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from truenorth.base.period import period_label
from truenorth.base.zone import local
from truenorth.chart import draw
from truenorth.decide.card import Card as ScoreCard
from truenorth.decide.scorecard import Scorecard
from truenorth.decide.target import Goal as ScoreGoal
from truenorth.define.model import Metric, Model
from truenorth.query.granularity import can_tell
from truenorth.web.speak import data_end, delta, person, svg
from truenorth.web.state import State
from truenorth.web.view import Amount, Band, Card, Choice, Goal, Home, Story

DEFAULTS = State(grain="week", vs="prev")
GRAINS = (("day", "Day", "d"), ("week", "Week", "w"), ("month", "Month", "m"), ("quarter", "Quarter", "q"))
COMPARES = (("prev", "vs previous", "c"), ("year", "vs last year", "shift+c"))
LATEST = {"day": "Latest day", "week": "Latest week", "month": "Latest month", "quarter": "Latest quarter"}
PACES = {"ahead": "better", "behind": "worse"}
BEFORE = {"prev": "vs {grain} before", "year": "vs year before"}
TWINS = ("json", "csv", "xlsx", "md", "svg", "png")


def told(model: Model, metrics: Sequence[Metric]) -> tuple[str, ...]:
    """The grains by which at least one of the key metrics can be shown."""
    names = [grain for grain, _, _ in GRAINS]
    return tuple(grain for grain in names if any(can_tell(model, one, grain) for one in metrics))


def usual(model: Model, metrics: Sequence[Metric]) -> State:
    """What is shown where the address says nothing: weeks, or the next grain by which all key metrics are known."""
    offered = told(model, metrics) or (DEFAULTS.grain,)
    coarser = [grain for grain in offered if grain != "day"] or list(offered)
    alike = (grain for grain in coarser if all(can_tell(model, one, grain) for one in metrics))
    return replace(DEFAULTS, grain=next(alike, coarser[0]))


def home(
    score: Scorecard,
    state: State,
    notes: tuple[str, ...] = (),
    defaults: State = DEFAULTS,
    offered: Sequence[str] = tuple(LATEST),
) -> Home:
    """The view of a scorecard; `state` is complete (defaults filled in)."""
    quiet = state.without(defaults)
    return Home(
        title=LATEST.get(score.grain, "Latest period"),
        period=score.period,
        freshness=f"data as of {data_end(local(score.as_of, score.timezone))}",
        story=_story(score),
        bands=tuple(
            Band(band.title, band.subtitle, tuple(_card(one, score) for one in band.cards), band.domain or "others")
            for band in score.bands
        ),
        grains=tuple(
            Choice(label, replace(state, grain=grain).without(defaults).url("/"), grain == score.grain, key)
            for grain, label, key in GRAINS
            if grain in offered
        ),
        compares=tuple(
            Choice(label, replace(state, vs=vs).without(defaults).url("/"), vs == score.vs, key)
            for vs, label, key in COMPARES
        ),
        twins=tuple(Choice(f".{kind}", quiet.url(f"/home.{kind}")) for kind in TWINS),
        notes=(*notes, *score.notes),
        columns=columns([len(band.cards) for band in score.bands]),
    )


def empty() -> Home:
    """The view of a workspace without a metric."""
    return Home(title="Home", period="nothing is defined yet", freshness="", story=Story(""), bands=(), grains=(),
                compares=())  # fmt: skip


def columns(sizes: list[int]) -> int:
    """How many cards stand side by side so that the fewest places stay empty.

    >>> columns([5, 5, 5]), columns([8, 8, 8])
    (5, 4)
    """
    return min((5, 4), key=lambda count: sum(-size % count for size in sizes))


def _story(score: Scorecard) -> Story:
    signals = [card for card in score.cards if card.signal]
    first = max(signals, key=lambda card: abs(card.mover.deviation), default=None)
    headline, rest = parted(score.headline)
    goals = [card.goal for card in score.cards if card.goal is not None and card.goal.state != "unknown"]
    met = sum(goal.state != "behind" for goal in goals)
    paced = f"{met} of {len(goals)} targets are on pace or reached." if goals else ""
    parts = (_happened(score), rest, paced)
    return Story(headline, " ".join(part for part in parts if part), f"/m/{first.name}" if first else "", bool(signals))


def parted(headline: str) -> tuple[str, str]:
    """The first sentence of a headline and the rest; a dot after a digit may belong to a date.

    >>> parted("Churn changed most (above its range since 1. Juni). All others are normal.")
    ('Churn changed most (above its range since 1. Juni).', 'All others are normal.')
    """
    first, *rest = re.split(r"(?<!\d)\. ", headline, maxsplit=1)
    return (f"{first}.", rest[0]) if rest else (headline, "")


def _happened(score: Scorecard) -> str:
    """What was noted in the period, the beginnings of what may explain the signals."""
    told = [f"{one.label} ({period_label(one.happened_on, 'day')})" for one in score.happened]
    return f"Noted: {', '.join(told)}." if told else ""


def _card(card: ScoreCard, score: Scorecard) -> Card:
    change = (
        delta(card.change.absolute, card.change_text, card.verdict, BEFORE.get(score.vs, "").format(grain=score.grain))
        if card.change.known
        else None
    )
    return Card(
        name=card.name,
        label=card.label,
        href=f"/m/{card.name}",
        amount=Amount(card.number, card.suffix, f"{card.text}, {card.period}"),
        spark=svg(draw.spark(_spark(card))),
        delta=change,
        goal=_goal(card.goal, card.target_text, card.goal_text),
        owner=person(card.owner),
        status=card.state,
        reason=card.reason,
        period=card.period,
        fresh=card.fresh,
        stale=card.stale,
    )


def _spark(card: ScoreCard) -> draw.Spark:
    points = card.points
    return draw.Spark(
        values=tuple(point.value for point in points),
        band=tuple(None if point.low is None or point.high is None else (point.low, point.high) for point in points),
        signal=card.signal,
        incomplete=bool(points) and not points[-1].complete,
        label=f"{card.label}, last {len(points)} periods",
    )


def _goal(goal: ScoreGoal | None, target: str, words: str) -> Goal | None:
    if goal is None or goal.value is None:
        return None
    expected = goal.expected if goal.way == "to date" else 1.0
    share = goal.share
    scale = max(1.0, share or 0.0)
    bar = draw.pace(None if share is None else share / scale, expected / scale, PACES.get(goal.state, ""), words)
    ends = f" a {goal.every}" if goal.way == "to date" else ""
    return Goal(f"of {target}{ends}", words, goal.state, svg(bar))
