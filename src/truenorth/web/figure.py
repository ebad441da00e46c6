"""The chart of a metric page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from truenorth.base.period import truncate
from truenorth.base.quantity import format_value
from truenorth.chart import draw
from truenorth.query.answer import Answer
from truenorth.web.board import words
from truenorth.web.question import MOST_LINES, Asked, dimension_of, ordered
from truenorth.web.sheet import sheet, split_sheet
from truenorth.web.speak import labelled, number, svg, tidy
from truenorth.web.track import EARLIER, Track, any_value
from truenorth.web.view import Figure

WIDE, NARROW = (940.0, 320.0), (360.0, 250.0)
MOST_POINTS, NARROW_POINTS = 1600, 640


def chart_of(asked: Asked, line: Track) -> draw.Lines:
    """The chart, the same for page, SVG and PNG: split by a dimension when one is chosen."""
    chart = whole_chart(asked, line)
    if asked.split is None:
        return chart
    name = words(dimension_of(asked.split)).lower()
    series = lines_of(asked, asked.split, line)
    plain = replace(chart, comparison=None, target=None, band=(), signals=frozenset())
    return replace(plain, label=f"{chart.label}, by {name}", series=series)


def whole_chart(asked: Asked, line: Track) -> draw.Lines:
    """The metric's own line with everything around it."""
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


def lines_of(asked: Asked, answer: Answer, line: Track) -> tuple[draw.Series, ...]:
    """The largest values of a dimension along the periods of the page."""
    table, metric = answer.table, asked.metric
    time = next(column.name for column in table.columns if column.role == "time")
    name = dimension_of(answer)
    groups: dict[object, dict[object, float | None]] = {}
    for row in table.dicts():
        groups.setdefault(row[name], {})[row[time]] = number(row[metric.name])
    sizes = {group: sum(abs(value or 0.0) for value in values.values()) for group, values in groups.items()}
    leading = sorted(groups, key=lambda group: -sizes[group])[:MOST_LINES]
    return tuple(draw.Series(labelled(group), tuple(groups[group].get(at) for at in line.periods)) for group in leading)


def light(chart: draw.Lines, width: float, most: int) -> draw.Lines:
    """The chart with no more points than a page should carry; what it leaves out lies between what it keeps."""
    drawn = len(chart.series) + (chart.comparison is not None) + 2 * any(limits is not None for limits in chart.band)
    return replace(chart, coarse=max(1.0, width * 4 * drawn / most))


def figure(asked: Asked, line: Track) -> Figure:
    """The page's figure: the chart for wide and for narrow places, its table, and what its signs mean."""
    chart = chart_of(asked, line)
    wide = light(chart, WIDE[0], MOST_POINTS)
    narrow = light(replace(chart, annotations=()), NARROW[0], NARROW_POINTS)
    table = sheet(asked, line) if asked.split is None else split_sheet(asked, line, chart.series)
    legend = tuple(_legend(asked, chart, line))
    return Figure(chart.label, svg(draw.lines(wide, WIDE)), svg(draw.lines(narrow, NARROW)), table, legend)


def _legend(asked: Asked, chart: draw.Lines, line: Track) -> Iterator[str]:
    if any(limits is not None for limits in chart.band):
        yield "shaded: its normal range"
    if chart.comparison:
        yield "dotted: " + ("a year earlier" if asked.state.vs == "year" else "the period before")
    if any_value(line.values[len(line.values) - line.incomplete :]):
        yield f"dashed end: {'cut by the range' if line.periods[-1] in asked.series.cut else 'still filling'}"
    every = next((len(ordered(board)) for field, board in asked.boards if field == asked.state.by), 0)
    if asked.split is not None and every > len(chart.series):
        yield f"the {len(chart.series)} largest of {every:,}"
