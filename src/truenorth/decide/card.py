"""One metric on the scorecard: its value, change, normal range, target, pace, owner and freshness."""

from __future__ import annotations

from dataclasses import dataclass, replace

from truenorth.analyze.compare import Change, change, sentence
from truenorth.analyze.movers import Mover
from truenorth.base.period import Moment, day_of, period_label
from truenorth.base.table import Value
from truenorth.decide.series import Series, Setting, base, freshness
from truenorth.decide.target import Goal, Stretch, goal
from truenorth.decide.usual import Point, State, judged
from truenorth.decide.words import amount, amount_parts, change_words, goal_words, initials, than


@dataclass(frozen=True, slots=True)
class Card:
    """What a face needs to draw one metric. Texts are in the workspace's locale; numbers beside them are exact."""

    name: str
    label: str
    domain: str
    direction: str
    unit: str
    currency: str
    start: Moment | None
    period: str
    value: Value
    text: str
    number: str
    suffix: str
    change: Change
    change_text: str
    change_sentence: str
    points: tuple[Point, ...]
    state: State
    reason: str
    goal: Goal | None
    target_text: str
    goal_text: str
    owner: str
    initials: str
    fresh: str
    stale: bool
    mover: Mover

    @property
    def verdict(self) -> str:
        """better, worse or neutral."""
        return self.change.verdict

    @property
    def signal(self) -> bool:
        return self.state == "signal"


def card(series: Series, setting: Setting) -> Card:
    """The card of one metric for the latest complete period."""
    metric, locale = series.metric, setting.locale
    at = series.at(setting.latest)
    value = series.values[at] if at is not None else None
    text = amount(value, metric, locale)
    number, suffix = amount_parts(value, metric, locale)
    step, step_text, told = changed(series, setting, at)
    judgement = judged(series, setting)
    aim = reach(series, setting)
    fresh, stale = freshness(series, setting)
    return Card(
        name=metric.name,
        label=metric.title,
        domain=metric.domain,
        direction=metric.direction,
        unit=metric.unit,
        currency=metric.currency,
        start=setting.latest,
        period=period_label(setting.latest, series.grain, locale) if setting.latest is not None else "",
        value=value,
        text=text,
        number=number,
        suffix=suffix,
        change=step,
        change_text=step_text,
        change_sentence=told,
        points=judgement.points,
        state=judgement.state,
        reason=judgement.reason,
        goal=aim,
        target_text=amount(aim.value, metric, locale) if aim else "",
        goal_text=goal_words(aim, metric, locale) if aim else "no target",
        owner=metric.owner,
        initials=initials(metric.owner),
        fresh=fresh,
        stale=stale,
        mover=Mover(
            name=metric.name,
            label=metric.title,
            deviation=judgement.deviation,
            signal=judgement.state == "signal",
            words=f"{text}, {told}" if step.known else text,
            reason=judgement.reason,
            news=judgement.news,
        ),
    )


def changed(series: Series, setting: Setting, at: int | None) -> tuple[Change, str, str]:
    """The change against what the scorecard compares with, as shown and in a sentence.

    A change too small to be seen in the shown digits is neither better nor worse.
    """
    metric = series.metric
    step = change(series.numbers[at] if at is not None else None, base(series, setting), metric.direction)
    words = change_words(step, metric.unit, metric.currency, setting.locale)
    compared = than(series.grain, setting.vs)
    if step.known and not any(mark in "123456789" for mark in words):
        return replace(step, verdict="neutral"), words, f"about the same as {compared}"
    return step, words, sentence(step, words, compared)


def reach(series: Series, setting: Setting) -> Goal | None:
    """The target of the latest complete period and how far the metric has come."""
    if setting.latest is None:
        return None
    by_day = {day_of(start): value for start, value in zip(series.starts, series.numbers, strict=True)}
    stretch = Stretch(day_of(setting.latest), series.grain, setting.week_start)
    if series.grain == "hour":
        at = series.at(setting.latest)
        by_day = {stretch.start: series.numbers[at] if at is not None else None}
    return goal(series.metric, series.additivity, stretch, by_day)
