"""An answer as a picture: lines over time, bars without, as SVG or PNG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from truenorth.base.errors import QueryError
from truenorth.base.table import Column, Row, Table, Value
from truenorth.chart.draw import Bars, Lines, Series, bars, lines
from truenorth.chart.picture import png
from truenorth.chart.theme import LIGHT, Theme
from truenorth.export.cell import NO_GROUP, grain_of_column, grouped, number_of, shown
from truenorth.query.answer import Answer

MOST_LINES = 6
MOST_BARS = 12
MOST_PERIODS = 31
WIDE = (940, 420)
Periods = tuple[date | datetime, ...]


def to_svg(answer: Answer, locale: str = "en", theme: Theme = LIGHT) -> str:
    """The chart of an answer, with its colours in it: it stands in any page, mail or document."""
    if not any(column.role == "metric" for column in answer.table.columns):
        hint = "add a metric to the question, or write .csv or .json"
        raise QueryError(
            "E_NOTHING_TO_DRAW", "a picture shows the values of metrics, and none was asked for", hint=hint
        )
    answer = drawable(answer)
    over_time = _over_time(answer)
    return _lines(answer, locale, theme) if over_time else _bars(answer, locale, theme)


def _over_time(answer: Answer) -> bool:
    """Whether the rows follow one line of time: one column of it, whose values are moments and no parts of dates."""
    times = [column.name for column in answer.table.columns if column.role == "time"]
    moments = answer.table.column(times[0]) if len(times) == 1 else ()
    return len(times) == 1 and all(value is None or isinstance(value, date) for value in moments)


def _keys(answer: Answer) -> list[int]:
    """The positions of the columns that name a line or a bar."""
    roles = ("dimension",) if _over_time(answer) else ("time", "dimension")
    return [position for position, column in enumerate(answer.table.columns) if column.role in roles]


def drawable(answer: Answer) -> Answer:
    """The answer with the other groups by name, and without subtotals, which would stand beside their parts."""
    columns = answer.table.columns
    at = next((position for position, column in enumerate(columns) if column.role == "row"), None)
    if at is None:
        return answer
    own = [position for position, column in enumerate(columns) if column.role == "dimension"]
    found: list[Row] = []
    for row in answer.table.rows:
        words = grouped(row, columns) if row[at] == "other" else None
        if words or row[at] == "group":
            found.append(tuple(words[own.index(n)] if words and n in own else value for n, value in enumerate(row)))
    return replace(answer, table=Table(columns, tuple(found)))


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
    """Row numbers by the values of all columns that name a line or a bar, in the order of the rows."""
    at = _keys(answer)
    groups: dict[tuple[Value, ...], list[int]] = defaultdict(list)
    for number, row in enumerate(answer.table.rows):
        groups[tuple(row[position] for position in at)].append(number)
    return dict(groups)


def _name(group: tuple[Value, ...], answer: Answer, locale: str) -> str:
    columns = [answer.table.columns[position] for position in _keys(answer)]
    return ", ".join(shown(value, column, locale) for value, column in zip(group, columns, strict=True)) or NO_GROUP


def _lines(answer: Answer, locale: str, theme: Theme) -> str:
    time = _time(answer)
    metrics, left = _drawn_metrics(answer)
    first = metrics[0]
    moments = {moment for moment in answer.table.column(time.name) if isinstance(moment, date | datetime)}
    periods = tuple(sorted(moments))
    by_group = any(column.role == "dimension" for column in answer.table.columns)
    every = _group_lines(answer, periods, locale) if by_group else _metric_lines(answer, periods, metrics)
    more = f"The largest {MOST_LINES} of {len(every):,}" if len(every) > MOST_LINES else ""
    chart = Lines(
        label=title(first),
        periods=periods,
        series=tuple(every[:MOST_LINES]),
        comparison=None if len(every) > 1 else _comparison(answer, first, periods),
        incomplete=sum(period in answer.incomplete for period in periods[-1:]),
        grain=grain_of_column(time),
        unit=first.unit,
        currency=first.currency,
        locale=locale,
        title=title(first) if by_group else ", ".join(map(title, metrics)),
        subtitle=_subtitle(answer, more, left),
    )
    return lines(chart, WIDE, theme)


def _time(answer: Answer) -> Column:
    return next(column for column in answer.table.columns if column.role == "time")


def _line(answer: Answer, column: str, periods: Periods, label: str, rows: Iterable[int]) -> Series:
    """One column over the periods, from the rows of one group."""
    moments, values = answer.table.column(_time(answer).name), answer.table.column(column)
    by_period = {moments[row]: number_of(values[row]) for row in rows}
    return Series(label, tuple(by_period.get(period) for period in periods))


def _metric_lines(answer: Answer, periods: Periods, metrics: Iterable[Column]) -> list[Series]:
    rows = range(len(answer.table))
    return [_line(answer, column.name, periods, title(column), rows) for column in metrics]


def _group_lines(answer: Answer, periods: Periods, locale: str) -> list[Series]:
    """The first metric by group, the largest first."""
    name = _drawn_metrics(answer)[0][0].name
    every = [
        _line(answer, name, periods, _name(group, answer, locale), rows) for group, rows in _groups(answer).items()
    ]
    return sorted(every, key=lambda series: -sum(value or 0.0 for value in series.values))


def _subtitle(answer: Answer, *remarks: str) -> str:
    return " · ".join(filter(None, [*remarks, f"data as of {answer.as_of:%Y-%m-%d}"]))


def _comparison(answer: Answer, metric: Column, periods: Periods) -> Series | None:
    """The line of the earlier range."""
    column = next((each for each in answer.table.columns if each.role == "previous" and each.of == metric.name), None)
    if column is None:
        return None
    label = "A year before" if answer.query.vs == "year" else "Before"
    return _line(answer, column.name, periods, label, range(len(answer.table)))


def _bars(answer: Answer, locale: str, theme: Theme) -> str:
    metrics, left = _drawn_metrics(answer)
    first = metrics[0]
    by_group = bool(_keys(answer))
    named = _group_bars(answer, first, locale) if by_group else _metric_bars(answer, metrics)
    most = MOST_PERIODS if _timed(answer) else MOST_BARS
    more = f"{most} of {len(named):,}" if len(named) > most else ""
    chosen = named[:most]
    chart = Bars(
        label=title(first),
        categories=tuple(name for name, _ in chosen),
        series=(Series(title(first), tuple(value for _, value in chosen)),),
        unit=first.unit,
        currency=first.currency,
        locale=locale,
        title=title(first) if by_group else ", ".join(map(title, metrics)),
        subtitle=_subtitle(answer, more, left),
    )
    return bars(chart, WIDE, theme)


def _group_bars(answer: Answer, metric: Column, locale: str) -> list[tuple[str, float | None]]:
    """The values of one metric by group: times in their order, others in the order asked for or the largest first."""
    values = answer.table.column(metric.name)
    named = [(_name(group, answer, locale), number_of(values[rows[0]])) for group, rows in _groups(answer).items()]
    if answer.query.order or answer.query.other or _timed(answer):
        return named
    return sorted(named, key=lambda pair: -(pair[1] or 0.0))


def _timed(answer: Answer) -> bool:
    """Whether bars stand for times, which keep their order."""
    return any(column.role == "time" for column in answer.table.columns)


def _metric_bars(answer: Answer, metrics: Iterable[Column]) -> list[tuple[str, float | None]]:
    return [(title(column), number_of(answer.table.column(column.name)[0])) for column in metrics if len(answer.table)]
