"""One metric on the scorecard: its value, change, normal range, target, pace, owner and freshness."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from truenorth.analyze.compare import Change, change, sentence
from truenorth.analyze.movers import Mover, deviation
from truenorth.analyze.normal import LEAST_HISTORY, Normal, normal, steps
from truenorth.base.period import Grain, Moment, day_of, period_label, shift
from truenorth.base.quantity import format_parts, format_value
from truenorth.base.table import Value
from truenorth.decide.target import Goal, Stretch, goal
from truenorth.decide.words import change_words, goal_words, initials, range_words, than
from truenorth.define.model import Metric

State = Literal["normal", "signal", "unknown"]
POINTS: dict[Grain, int] = {"hour": 24, "day": 28, "week": 26, "month": 24, "quarter": 16, "year": 12}
WEEKLY = ("day", "week", "hour")


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a card's line with its normal range; `complete` is False while the period still fills."""

    start: Moment
    value: float | None
    low: float | None
    centre: float | None
    high: float | None
    complete: bool = True
    signal: bool = False


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


def number(value: Value) -> float | None:
    """A metric's value as a float; anything that is no number is None."""
    return float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Series:
    """One metric's column of an answer: values by period, which periods are incomplete, and a year before if asked."""

    metric: Metric
    grain: Grain
    starts: tuple[Moment, ...]
    values: tuple[Value, ...]
    incomplete: frozenset[Moment] = frozenset()
    earlier: tuple[Value, ...] | None = None
    additivity: str = ""

    def at(self, start: Moment | None) -> int | None:
        """The position of a period; None when it has no row."""
        return self.starts.index(start) if start in self.starts else None

    def recent(self) -> Series:
        """The periods a card has room for."""
        first = max(0, len(self.starts) - POINTS[self.grain])
        return replace(self, starts=self.starts[first:], values=self.values[first:], earlier=None)

    @property
    def numbers(self) -> tuple[float | None, ...]:
        return tuple(number(value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all cards of a scorecard share; `latest` is the latest complete period."""

    vs: str
    locale: str
    week_start: str
    latest: Moment | None


def card(series: Series, setting: Setting) -> Card:
    """The card of one metric for the latest complete period."""
    metric, locale = series.metric, setting.locale
    at = series.at(setting.latest)
    value = series.values[at] if at is not None else None
    step = change(series.numbers[at] if at is not None else None, base(series, setting), metric.direction)
    words = change_words(step, metric.unit, metric.currency, locale)
    told = sentence(step, words, than(series.grain, setting.vs))
    usual = usual_range(series)
    state, reason = judged(series, usual, setting)
    aim = reach(series, setting)
    text = format_value(value, metric.unit, metric.currency, locale, compact=True)
    digits, suffix = format_parts(value, metric.unit, metric.currency, locale, compact=True)
    fresh, stale = freshness(series, setting)
    where = series.recent().at(setting.latest)
    away = deviation(usual, where, series.numbers[at]) if at is not None and where is not None else 0.0
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
        number=digits,
        suffix=suffix,
        change=step,
        change_text=words,
        change_sentence=told,
        points=points(series, usual),
        state=state,
        reason=reason,
        goal=aim,
        target_text=format_value(aim.value, metric.unit, metric.currency, locale, compact=True) if aim else "",
        goal_text=goal_words(aim, metric, locale) if aim else "no target",
        owner=metric.owner,
        initials=initials(metric.owner),
        fresh=fresh,
        stale=stale,
        mover=Mover(metric.name, metric.title, away, state == "signal", f"{text}, {told}", reason),
    )


def base(series: Series, setting: Setting) -> float | None:
    """The value to compare with: the period before, or the one a year earlier."""
    at = series.at(setting.latest)
    if at is None or setting.latest is None:
        return None
    if setting.vs == "year" and series.earlier is not None:
        return number(series.earlier[at])
    if setting.vs == "year":
        back = shift(setting.latest, -52, "week") if series.grain in WEEKLY else shift(setting.latest, -1, "year")
    else:
        back = shift(setting.latest, -1, series.grain)
    before = series.at(back)
    return series.numbers[before] if before is not None else None


def usual_range(series: Series) -> Normal:
    """The normal range over the periods a card shows, set by all but the newest complete one, which it judges.

    A level (a snapshot or a rolling window) is judged by its moves: its values are not independent of each other.
    """
    shown = series.recent()
    skip = [at for at, start in enumerate(shown.starts) if start in series.incomplete]
    known = sum(value is not None and at not in skip for at, value in enumerate(shown.numbers))
    judge = steps if series.metric.type in ("snapshot", "cumulative") else normal
    return judge(
        shown.numbers,
        unit=series.metric.unit,
        skip=skip,
        baseline=known - 1 if known > LEAST_HISTORY else None,
        spread="screened",
        season=7 if series.grain == "day" else 1,
    )


def judged(series: Series, usual: Normal, setting: Setting) -> tuple[State, str]:
    """Whether the latest complete value is normal, and why, with the range in numbers."""
    shown = series.recent()
    at = shown.at(setting.latest)
    if usual.state == "unknown":
        return "unknown", usual.reason
    if at is None or shown.values[at] is None:
        return "unknown", "no value to judge"
    low, high = usual.low[at], usual.high[at]
    band = range_words(low, high, series.metric, setting.locale) if low is not None and high is not None else ""
    found = usual.signals_at(at)
    if not found:
        return "normal", f"within its normal range of {band}"
    first = found[0]
    if first.rule != "limit":
        return "signal", first.reason
    return "signal", f"{first.reason} of {band}" if first.reason.endswith(
        "range"
    ) else f"{first.reason}, outside {band}"


def points(series: Series, usual: Normal) -> tuple[Point, ...]:
    """The card's line, oldest first."""
    shown = series.recent()
    signals = {signal.index for signal in usual.signals}
    return tuple(
        Point(
            start=start,
            value=shown.numbers[at],
            low=usual.low[at],
            centre=usual.centre[at],
            high=usual.high[at],
            complete=start not in series.incomplete,
            signal=at in signals,
        )
        for at, start in enumerate(shown.starts)
    )


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


def freshness(series: Series, setting: Setting) -> tuple[str, bool]:
    """How new the value is; stale when the latest complete period has none though an earlier one has."""
    known = [
        start
        for start, value in zip(series.starts, series.values, strict=True)
        if value is not None and start not in series.incomplete
    ]
    if not known:
        return "no data", True
    newest = period_label(known[-1], series.grain, setting.locale)
    return (f"to {newest}", False) if known[-1] == setting.latest else (f"no data since {newest}", True)
