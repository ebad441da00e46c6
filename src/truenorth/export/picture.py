"""An answer as a picture: lines over time, bars without, as SVG or PNG."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from truenorth.base.table import Column, Value
from truenorth.chart.draw import Bars, Lines, Series, bars, lines
from truenorth.chart.picture import png
from truenorth.chart.theme import LIGHT, Theme
from truenorth.export.cell import NO_GROUP, grain_of_column, number_of, shown
from truenorth.query.answer import Answer

MOST_LINES = 6
MOST_BARS = 12
WIDE = (940, 420)


def to_svg(answer: Answer, locale: str = "en", theme: Theme = LIGHT) -> str:
    """The chart of an answer, with its colours in it: it stands in any page, mail or document."""
    over_time = any(column.role == "time" for column in answer.table.columns)
    return _lines(answer, locale, theme) if over_time else _bars(answer, locale, theme)


def to_png(answer: Answer, locale: str = "en", theme: Theme = LIGHT) -> bytes:
    """The same chart as a PNG."""
    return png(to_svg(answer, locale, theme))


def _drawn_metrics(answer: Answer) -> tuple[tuple[Column, ...], str]:
    """The metrics that share the first one's unit, and a word on those that do not."""
    metrics = [column for column in answer.table.columns if column.role == "metric"]
    first = metrics[0]
    same = tuple(column for column in metrics if (column.unit, column.currency) == (first.unit, first.currency))
    left = [title(column) for column in metrics if column not in same]
    return same, f"Not drawn, other units: {', '.join(left)}" if left else ""


def title(column: Column) -> str:
    """The name of a metric in words."""
    return column.label or column.name.replace("_", " ").capitalize()


def _groups(answer: Answer) -> dict[tuple[Value, ...], list[int]]:
    """Row numbers by the values of all dimensions but time, in the order of the rows."""
    at = [position for position, column in enumerate(answer.table.columns) if column.role == "dimension"]
    groups: dict[tuple[Value, ...], list[int]] = defaultdict(list)
    for number, row in enumerate(answer.table.rows):
        groups[tuple(row[position] for position in at)].append(number)
    return dict(groups)


def _name(group: tuple[Value, ...], answer: Answer, locale: str) -> str:
    columns = [column for column in answer.table.columns if column.role == "dimension"]
    return ", ".join(shown(value, column, locale) for value, column in zip(group, columns, strict=True)) or NO_GROUP


def _lines(answer: Answer, locale: str, theme: Theme) -> str:
    table = answer.table
    time = next(column for column in table.columns if column.role == "time")
    metrics, left = _drawn_metrics(answer)
    first = metrics[0]
    moments = table.column(time.name)
    periods = sorted({moment for moment in moments if isinstance(moment, date | datetime)})
    groups = _groups(answer)
    by_group = any(column.role == "dimension" for column in table.columns)

    def line(column: Column, rows: list[int], label: str) -> Series:
        values = table.column(column.name)
        by_period = {moments[row]: number_of(values[row]) for row in rows}
        return Series(label, tuple(by_period.get(period) for period in periods))

    if by_group:
        every = [line(first, rows, _name(group, answer, locale)) for group, rows in groups.items()]
        every.sort(key=lambda series: -sum(value or 0.0 for value in series.values))
    else:
        every = [line(column, list(range(len(table))), title(column)) for column in metrics]
    chosen = every[:MOST_LINES]
    more = f"The largest {MOST_LINES} of {len(every):,}" if len(every) > MOST_LINES else ""
    unfinished = set(answer.incomplete)
    chart = Lines(
        label=title(first),
        periods=tuple(periods),
        series=tuple(chosen),
        comparison=_comparison(answer, first, periods, by_group or len(metrics) > 1),
        incomplete=sum(period in unfinished for period in periods[-1:]),
        grain=grain_of_column(time),
        unit=first.unit,
        currency=first.currency,
        locale=locale,
        title=title(first) if by_group or len(metrics) == 1 else ", ".join(map(title, metrics)),
        subtitle=" · ".join(filter(None, [more, left, _as_of(answer)])),
    )
    return lines(chart, WIDE, theme)


def _comparison(answer: Answer, metric: Column, periods: list[date | datetime], crowded: bool) -> Series | None:
    """The line of the earlier range, where one metric stands alone."""
    column = next((each for each in answer.table.columns if each.role == "previous" and each.of == metric.name), None)
    if column is None or crowded:
        return None
    time = next(each for each in answer.table.columns if each.role == "time")
    pairs = zip(answer.table.column(time.name), answer.table.column(column.name), strict=True)
    values = {moment: number_of(value) for moment, value in pairs}
    label = "A year before" if answer.query.vs == "year" else "Before"
    return Series(label, tuple(values.get(period) for period in periods))


def _bars(answer: Answer, locale: str, theme: Theme) -> str:
    metrics, left = _drawn_metrics(answer)
    first = metrics[0]
    values = answer.table.column(first.name)
    by_group = any(column.role == "dimension" for column in answer.table.columns)
    if by_group:
        named = [(_name(group, answer, locale), number_of(values[rows[0]])) for group, rows in _groups(answer).items()]
        if not answer.query.order:
            named.sort(key=lambda pair: -(pair[1] or 0.0))
    else:
        named = [(title(column), number_of(answer.table.column(column.name)[0])) for column in metrics if len(values)]
    chosen = named[:MOST_BARS]
    more = f"{MOST_BARS} of {len(named):,}" if len(named) > MOST_BARS else ""
    chart = Bars(
        label=title(first),
        categories=tuple(name for name, _ in chosen),
        series=(Series(title(first), tuple(value for _, value in chosen)),),
        unit=first.unit,
        currency=first.currency,
        locale=locale,
        title=title(first) if by_group or len(metrics) == 1 else ", ".join(map(title, metrics)),
        subtitle=" · ".join(filter(None, [more, left, _as_of(answer)])),
    )
    return bars(chart, WIDE, theme)


def _as_of(answer: Answer) -> str:
    return f"data as of {answer.as_of:%Y-%m-%d}"
