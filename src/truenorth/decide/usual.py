"""Whether the latest value of a series is usual for it: normal, a new signal, or one that goes on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from truenorth.analyze.movers import deviation
from truenorth.analyze.normal import LEAST_HISTORY, Normal, normal, steps
from truenorth.base.period import Moment, period_label
from truenorth.decide.series import Series, Setting, Shape
from truenorth.decide.words import range_words

RUNNING = "a running total is not judged; look at the metric that it adds up"
State = Literal["normal", "signal", "unknown"]


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
class Judgement:
    """The line of a card and what is said of its latest value; `news` when it left its normal range just now."""

    points: tuple[Point, ...]
    state: State
    reason: str
    deviation: float = 0.0
    news: bool = False


def judged(series: Series, setting: Setting) -> Judgement:
    """The latest complete value against the normal range of the periods before it."""
    usual = usual_range(series)
    line = points(series, usual)[-len(series.recent().starts) :]
    at = series.at(setting.latest)
    if usual.state == "unknown":
        return Judgement(line, "unknown", usual.reason)
    if at is None or series.numbers[at] is None:
        return Judgement(line, "unknown", "no value to judge")
    away = deviation(usual, at, series.numbers[at])
    band = band_words(series, usual, at, setting.locale)
    found = usual.signals_at(at)
    if not found:
        return Judgement(line, "normal", f"within its normal range of {band}", away)
    first = found[0]
    if first.rule != "limit":
        return Judgement(line, "signal", first.reason, away)
    reason = f"{first.reason} of {band}" if first.reason.endswith("range") else f"{first.reason}, outside {band}"
    begun = began(usual, at)
    if begun == at:
        return Judgement(line, "signal", reason, away, news=True)
    since = period_label(series.starts[begun], series.grain, setting.locale)
    return Judgement(line, "signal", f"{reason} since {since.removeprefix('week of ')}", away)


def usual_range(series: Series) -> Normal:
    """The normal range of a card's metric."""
    skip = [at for at, start in enumerate(series.starts) if start in series.incomplete]
    return usual_of(series.numbers, skip, series.metric.unit, series.grain, series.shape)


def usual_of(values: Sequence[float | None], skip: Collection[int], unit: str, grain: str, shape: Shape) -> Normal:
    """The normal range of every period, set by all complete ones but the newest, which it judges.

    A level is judged by its moves, since its values hang together; a running total is not judged, since it always
    grows; a daily series is set against its own weekdays.
    """
    known = sum(value is not None and at not in skip for at, value in enumerate(values))
    if shape == "running":
        nothing = (None,) * len(values)
        return Normal(nothing, nothing, nothing, (), "unknown", RUNNING)
    judge = steps if shape == "level" else normal
    return judge(
        values,
        unit=unit,
        skip=skip,
        baseline=known - 1 if known > LEAST_HISTORY else None,
        spread="screened",
        season=7 if grain == "day" else 1,
    )


def began(usual: Normal, at: int) -> int:
    """Where the unbroken stretch of values beyond the same limit began that ends at a position."""
    beyond = {(signal.index, signal.side) for signal in usual.signals if signal.rule == "limit"}
    side = next(side for index, side in beyond if index == at)
    while (at - 1, side) in beyond:
        at -= 1
    return at


def band_words(series: Series, usual: Normal, at: int, locale: str) -> str:
    """The normal range at one position."""
    low, high = usual.low[at], usual.high[at]
    return "" if low is None or high is None else range_words(low, high, series.metric, locale)


def points(series: Series, usual: Normal) -> tuple[Point, ...]:
    """The card's line, oldest first."""
    signals = {signal.index for signal in usual.signals}
    values = series.numbers
    return tuple(
        Point(
            start=start,
            value=values[at],
            low=usual.low[at],
            centre=usual.centre[at],
            high=usual.high[at],
            complete=start not in series.incomplete,
            signal=at in signals,
        )
        for at, start in enumerate(series.starts)
    )
