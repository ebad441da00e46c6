"""The chart of a metric page and the table it stands on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from truenorth.analyze.normal import Normal
from truenorth.base.period import day_of, period_label, truncate
from truenorth.base.quantity import format_value
from truenorth.chart import draw
from truenorth.decide.series import shape_of
from truenorth.decide.target import Stretch, converted
from truenorth.decide.usual import usual_of
from truenorth.web.question import MOST_LINES, Asked
from truenorth.web.speak import number, svg, tidy
from truenorth.web.view import Cell, Figure, Row, Sheet

Moment = date | datetime
WIDE, NARROW = (940.0, 320.0), (360.0, 250.0)
MOST_ROWS, WIDE_ROWS = 400, 130
NARROW_COARSE = 4.0
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
        edges = zip(self.usual.low, self.usual.high, strict=True)
        return tuple(None if low is None or high is None else (low, high) for low, high in edges)


def track(asked: Asked) -> Track:
    """The series of a page in time order."""
    table, metric = asked.series.table, asked.metric
    time = next(column.name for column in table.columns if column.role == "time")
    earlier = next((column.name for column in table.columns if column.role == "previous"), "")
    dated = [(value, row) for row in table.dicts() if isinstance(value := row[time], date)]
    dated.sort(key=lambda pair: pair[0])
    periods, rows = tuple(period for period, _ in dated), [row for _, row in dated]
    values = tuple(number(row[metric.name]) for row in rows)
    unfinished = [period in asked.series.incomplete for period in periods]
    incomplete = next((at for at, open_ in enumerate(reversed(unfinished)) if not open_), len(periods))
    cut = next((at for at, open_ in enumerate(unfinished) if not open_), 0)
    week_start = asked.model.workspace.week_start
    additivity = asked.series.additivity.get(metric.name, "")
    aims = [converted(metric, additivity, Stretch(day_of(period), asked.grain, week_start)) for period in periods]
    return Track(
        periods=periods,
        values=values,
        previous=tuple(number(row[earlier]) for row in rows) if earlier else (),
        target=tuple(aim.value if aim else None for aim in aims),
        incomplete=incomplete,
        cut=cut,
        usual=_usual(asked, values, range(cut, len(values) - incomplete)),
    )


def _usual(asked: Asked, values: tuple[float | None, ...], whole: range) -> Normal:
    """The normal range, set by all complete periods but the newest, which it judges, as on the home page."""
    skip = [at for at in range(len(values)) if at not in whole]
    return usual_of(values, skip, asked.metric.unit, asked.grain, shape_of(asked.model, asked.metric))


def chart_of(asked: Asked, line: Track) -> draw.Lines:
    """The chart, the same for page, SVG and PNG."""
    metric, locale = asked.metric, asked.model.workspace.locale
    aim = next((value for value in reversed(line.target) if value is not None), None)
    target = f"target {format_value(tidy(aim), metric.unit, metric.currency, locale, compact=True)}"
    return draw.Lines(
        label=f"{metric.title} by {asked.grain}",
        periods=line.periods,
        series=(draw.Series(metric.title, line.values),),
        comparison=draw.Series(EARLIER.get(asked.state.vs, "before"), line.previous)
        if any_value(line.previous)
        else None,
        target=draw.Series(target, line.target) if aim is not None else None,
        band=line.band,
        annotations=tuple(
            draw.Annotation(_period_of(asked, one.happened_on), one.label)
            for one in asked.annotations
            if one.metric in ("", metric.name)
        ),
        signals=line.signals,
        incomplete=line.incomplete,
        cut=line.cut,
        grain=asked.grain,
        unit=metric.unit,
        currency=metric.currency,
        locale=locale,
    )


def _period_of(asked: Asked, day: date) -> date:
    """The period a day belongs to, so that what happened inside the last one is not lost."""
    return day if asked.grain == "hour" else truncate(day, asked.grain, asked.model.workspace.week_start)


def any_value(values: tuple[float | None, ...]) -> bool:
    """Whether there is anything to draw."""
    return any(value is not None for value in values)


def figure(asked: Asked, line: Track) -> Figure:
    """The page's figure: split by a dimension when one is chosen."""
    chart = chart_of(asked, line)
    if asked.split is not None:
        return _split(asked, chart, line)
    legend = ["shaded: its normal range"] if any(limits is not None for limits in line.band) else []
    legend += (
        ["dotted: " + ("a year earlier" if asked.state.vs == "year" else "the period before")]
        if chart.comparison
        else []
    )
    legend += ["dashed end: still filling"] if line.incomplete else []
    narrow = replace(chart, annotations=(), coarse=NARROW_COARSE)
    return Figure(
        chart.label, svg(draw.lines(chart, WIDE)), svg(draw.lines(narrow, NARROW)), sheet(asked, line), tuple(legend)
    )


def sheet(asked: Asked, line: Track) -> Sheet:
    """The values behind the chart, oldest first."""
    metric, locale = asked.metric, asked.model.workspace.locale
    places = draw.positions(line.periods)
    parts: list[tuple[str, tuple[float | None, ...]]] = [(metric.title, line.values)]
    if any_value(line.previous):
        parts.append((EARLIER.get(asked.state.vs, "before").capitalize(), line.previous))
    wide = len(line.periods) <= WIDE_ROWS
    if wide and any_value(line.target):
        parts.append(("Target", line.target))
    rows = []
    for at in range(max(0, len(line.periods) - MOST_ROWS), len(line.periods)):
        cells = [Cell(format_value(tidy(values[at]), metric.unit, metric.currency, locale)) for _, values in parts]
        limits = line.band[at]
        if wide and any(line.band):
            cells.append(Cell(_limits(limits, asked)))
        filling = at >= len(line.periods) - line.incomplete
        mark = "filling" if filling else "begun" if at < line.cut else "out" if at in line.signals else ""
        rows.append(
            Row(
                period_label(line.periods[at], asked.grain, locale),
                tuple(cells),
                f"{places[at]:.3f}",
                mark,
                _exact(line.values[at]),
            )
        )
    head = ["Period", *(name for name, _ in parts)] + (["Normal range"] if wide and any(line.band) else [])
    more = (
        f"The newest {MOST_ROWS} of {len(line.periods):,}; all of them are in the .csv."
        if len(line.periods) > MOST_ROWS
        else ""
    )
    return Sheet(f"{metric.title} by {asked.grain}", tuple(head), tuple(rows), more)


def _exact(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _limits(limits: tuple[float, float] | None, asked: Asked) -> str:
    metric, locale = asked.metric, asked.model.workspace.locale
    if limits is None:
        return "–"
    low, high = (format_value(tidy(edge), metric.unit, metric.currency, locale, compact=True) for edge in limits)
    return f"{low} – {high}"


def _split(asked: Asked, chart: draw.Lines, line: Track) -> Figure:
    """One line per leading value of the dimension, the rest left to the leaderboard."""
    assert asked.split is not None
    metric, locale, table = asked.metric, asked.model.workspace.locale, asked.split.table
    time = next(column.name for column in table.columns if column.role == "time")
    name = next(column.name for column in table.columns if column.role == "dimension")
    groups: dict[object, dict[object, float | None]] = {}
    for row in table.dicts():
        groups.setdefault(row[name], {})[row[time]] = number(row[metric.name])
    sizes = {group: sum(abs(value or 0.0) for value in values.values()) for group, values in groups.items()}
    leading = sorted(groups, key=lambda group: -sizes[group])[:MOST_LINES]
    series = tuple(
        draw.Series("(none)" if group is None else str(group), tuple(groups[group].get(at) for at in line.periods))
        for group in leading
    )
    split = replace(chart, label=f"{chart.label}, by {name}", series=series, comparison=None, target=None, band=())
    split = replace(split, signals=frozenset(), annotations=chart.annotations)
    places = draw.positions(line.periods)
    rows = []
    for at, period in enumerate(line.periods):
        cells = tuple(Cell(format_value(tidy(one.values[at]), metric.unit, metric.currency, locale)) for one in series)
        rows.append(
            Row(
                period_label(period, asked.grain, locale),
                cells,
                f"{places[at]:.3f}",
                "",
                _exact(series[0].values[at]) if series else "",
            )
        )
    head = ("Period", *(one.label for one in series))
    note = f"The {MOST_LINES} largest of {len(groups)}." if len(groups) > MOST_LINES else ""
    return Figure(
        split.label,
        svg(draw.lines(split, WIDE)),
        svg(draw.lines(replace(split, annotations=(), coarse=NARROW_COARSE), NARROW)),
        Sheet(split.label, head, tuple(rows[-MOST_ROWS:]), note),
        (note,) if note else (),
    )
