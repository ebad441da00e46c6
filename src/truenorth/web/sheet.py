"""The values behind a chart, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from truenorth.base.period import period_label
from truenorth.base.quantity import NONE, format_value
from truenorth.chart import draw
from truenorth.web.listing import address
from truenorth.web.question import DEFAULTS, Asked
from truenorth.web.speak import tidy
from truenorth.web.track import EARLIER, Track, any_value
from truenorth.web.view import Cell, Row, Sheet

MOST_ROWS, WIDE_ROWS, MOST_CELLS = 400, 130, 640


def sheet(asked: Asked, line: Track) -> Sheet:
    """A metric's own values, oldest first: few periods with everything around them, many with the least."""
    wide, band = len(line.periods) <= WIDE_ROWS, line.band
    parts = [(asked.metric.title, line.values)]
    if any_value(line.previous):
        parts.append((EARLIER.get(asked.state.vs, "before").capitalize(), line.previous))
    if wide and any_value(line.target):
        parts.append(("Target", line.target))
    columns = [(name, [written(asked, value) for value in values]) for name, values in parts]
    if wide and any(band):
        columns.append(("Normal range", [_limits(limits, asked) for limits in band]))
    return _sheet(asked, line, columns, line.values, asked.lists)


def split_sheet(asked: Asked, line: Track, series: Sequence[draw.Series]) -> Sheet:
    """The values of several lines, oldest first."""
    columns = [(one.label, [written(asked, value) for value in one.values]) for one in series]
    return _sheet(asked, line, columns, series[0].values if series else ())


def _sheet(
    asked: Asked,
    line: Track,
    columns: Sequence[tuple[str, Sequence[str]]],
    drawn: Sequence[float | None],
    linked: bool = False,
) -> Sheet:
    """The newest rows that a page has room for; `drawn` is what the crosshair's dot follows. `linked`: the numbers of
    the first column lead to what lies behind them."""
    count, places = len(line.periods), draw.positions(line.periods)
    most = min(MOST_ROWS, MOST_CELLS // (len(columns) + 1)) // (2 if asked.state.tab == "data" else 1)
    rows = tuple(
        Row(
            head=named(asked, line, at),
            cells=tuple(
                Cell(texts[at], href=behind_it(asked, line, at) if linked and not nth else "")
                for nth, (_, texts) in enumerate(columns)
            ),
            at=f"{places[at]:.3f}",
            mark=_mark(asked, line, at),
            exact="" if not drawn or (value := drawn[at]) is None else f"{value:.6g}",
        )
        for at in range(max(0, count - most), count)
        if any_value(drawn) or any_value(line.previous)
    )
    note = f"The newest {most:,} of {count:,}." if rows and count > most else ""
    rest = replace(asked.state, tab="").without(DEFAULTS).url(f"/m/{asked.metric.name}.csv") if note else ""
    title = f"{asked.metric.title} by {asked.grain}"
    return Sheet(title, ("Period", *(name for name, _ in columns)), rows, note, rest)


def behind_it(asked: Asked, line: Track, at: int) -> str:
    """Where what lies behind the value of a period is listed."""
    state = replace(asked.state, grain=asked.grain, by="")
    return address(asked.metric.name, state, (line.periods[at],))


def named(asked: Asked, line: Track, at: int) -> str:
    """A period; with its year where the periods are of several and the words do not tell."""
    period, locale = line.periods[at], asked.model.workspace.locale
    words = period_label(period, asked.grain, locale, asked.model.fiscal)
    several = line.periods[0].year != line.periods[-1].year
    return f"{words} {period.year}" if several and str(period.year) not in words else words


def written(asked: Asked, value: float | None, compact: bool = False) -> str:
    """A value of the metric."""
    metric = asked.metric
    return format_value(tidy(value), metric.unit, metric.currency, asked.model.workspace.locale, compact=compact)


def _limits(limits: tuple[float, float] | None, asked: Asked) -> str:
    return NONE if limits is None else " – ".join(written(asked, edge, compact=True) for edge in limits)


def _mark(asked: Asked, line: Track, at: int) -> str:
    if at >= len(line.periods) - line.incomplete:
        return "begun" if line.periods[at] in asked.series.cut else "filling"
    return "begun" if at < line.cut else "out" if at in line.signals else ""
