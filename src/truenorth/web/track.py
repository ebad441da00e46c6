"""A metric along its periods, with everything that is drawn around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from truenorth.analyze.normal import Normal
from truenorth.base.period import Moment, day_of, shift
from truenorth.decide.series import shape_of
from truenorth.decide.target import Stretch, converted
from truenorth.decide.usual import usual_of
from truenorth.web.question import Asked
from truenorth.web.speak import number

MOST_JUDGED = 750
EARLIER = {"prev": "before", "year": "last year"}


@dataclass(frozen=True, slots=True)
class Track:
    """A metric along its periods, with everything that is drawn around it."""

    periods: tuple[Moment, ...]
    values: tuple[float | None, ...]
    previous: tuple[float | None, ...]
    target: tuple[float | None, ...]
    incomplete: int
    cut: int
    usual: Normal

    @property
    def latest(self) -> int | None:
        """The newest complete period that has a value."""
        return next((at for at in reversed(self.whole) if self.values[at] is not None), None)

    @property
    def whole(self) -> range:
        """The periods that are neither cut by the range nor still filling."""
        return range(self.cut, len(self.periods) - self.incomplete)

    @property
    def signals(self) -> frozenset[int]:
        return frozenset(signal.index for signal in self.usual.signals)

    @property
    def band(self) -> tuple[tuple[float, float] | None, ...]:
        """The normal range of every period since the first value."""
        first = next((at for at, value in enumerate(self.values) if value is not None), len(self.values))
        edges = enumerate(zip(self.usual.low, self.usual.high, strict=True))
        return tuple(None if at < first or low is None or high is None else (low, high) for at, (low, high) in edges)


def track(asked: Asked) -> Track:
    """The series of a page in time order."""
    table, metric = asked.series.table, asked.metric
    time = next((column.name for column in table.columns if column.role == "time"), "")
    earlier = next((column.name for column in table.columns if column.role == "previous"), "")
    dated = [(value, row) for row in table.dicts() if isinstance(value := row.get(time), Moment)]
    dated.sort(key=lambda pair: pair[0])
    periods, rows = tuple(period for period, _ in dated), [row for _, row in dated]
    values = tuple(number(row[metric.name]) if begun(asked, period) else None for period, row in dated)
    unfinished = [period in asked.series.incomplete for period in periods]
    incomplete = next((at for at, open_ in enumerate(reversed(unfinished)) if not open_), len(periods))
    cut = next((at for at, open_ in enumerate(unfinished) if not open_), 0)
    week_start = asked.model.workspace.week_start
    additivity = asked.series.additivity.get(metric.name, "")
    # A target is set for the whole, in the metric's own currency; a part of it has none.
    stretches = (
        ()
        if asked.state.where or asked.abroad
        else [Stretch(day_of(period), asked.grain, week_start) for period in periods]
    )
    aims = [converted(metric, additivity, stretch) for stretch in stretches] or [None] * len(periods)
    return Track(
        periods=periods,
        values=values,
        previous=tuple(number(row[earlier]) for row in rows) if earlier else (),
        target=tuple(aim.value if aim else None for aim in aims),
        incomplete=incomplete,
        cut=cut,
        usual=_usual(asked, values, range(cut, len(values) - incomplete)),
    )


def begun(asked: Asked, period: Moment) -> bool:
    """Whether there was any data in a period: a zero that was filled in before that is no history."""
    if asked.begins is None:
        return True
    return day_of(shift(day_of(period), 1, asked.grain)) > asked.begins


def _usual(asked: Asked, values: tuple[float | None, ...], whole: range) -> Normal:
    """The normal range, set by all complete periods but the newest, which it judges, as on the home page."""
    whole = range(max(whole.start, whole.stop - MOST_JUDGED), whole.stop)
    skip = frozenset(range(len(values))) - frozenset(whole)
    return usual_of(values, skip, asked.metric.unit, asked.grain, shape_of(asked.model, asked.metric))


def any_value(values: Iterable[float | None]) -> bool:
    """Whether there is anything to draw."""
    return any(value is not None for value in values)
