"""Amounts side by side: bars and stacked bars, the bar behind a name, the bar towards a target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from truenorth.chart.frame import TITLE_HEIGHT, Box, Size, heading, nothing, text_width, value_axis
from truenorth.chart.line import Series
from truenorth.chart.mark import Pen, hatch_path, number
from truenorth.chart.scale import Scale, tick_labels, value_scale
from truenorth.chart.theme import SERIES, Theme


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars per category; several series are stacked, parts below zero downwards. `incomplete` marks the last bars."""

    label: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    incomplete: int = 0
    unit: str = ""
    currency: str = ""
    locale: str = "en"
    title: str = ""
    subtitle: str = ""


def bars(chart: Bars, size: Size = (560, 240), theme: Theme | None = None) -> str:
    """Draw the bars."""
    pen = Pen(theme)
    tops, bottoms = _stacked(chart)
    known = [value for series in chart.series for value in series.values if value is not None]
    legend = 22.0 if len(chart.series) > 1 else 0.0
    top = (TITLE_HEIGHT + 10 if chart.title else 12.0) + legend
    title = list(heading(pen, chart.title, chart.subtitle))
    if not known:
        box = Box(16, top, size[0] - 8, size[1] - 28)
        return pen.picture(size, chart.label, [*title, *nothing(pen, box, "No data in this range")])
    rough, marks = value_scale([0.0, *tops, *bottoms], 0, 1, 4)
    labels = tick_labels(marks, chart.unit, chart.currency, chart.locale)
    box = Box(max(map(text_width, labels)) + 14, top, size[0] - 8, size[1] - 28)
    y = Scale(rough.low, rough.high, box.bottom, box.top)
    axis = value_axis(pen, box, [(y(mark), words) for mark, words in zip(marks, labels, strict=True)])
    parts = [*title, *_legend(pen, chart, box), *axis, *_columns(pen, chart, box, y), *_names(pen, chart, box)]
    zero = pen.path(f"M{number(box.left)} {number(y(0))}H{number(box.right)}", stroke="line-strong")
    return pen.picture(size, chart.label, [*parts, zero])


def _stacked(chart: Bars) -> tuple[list[float], list[float]]:
    tops, bottoms = [0.0] * len(chart.categories), [0.0] * len(chart.categories)
    for series in chart.series:
        for at, value in enumerate(series.values):
            target = tops if (value or 0.0) >= 0 else bottoms
            target[at] += value or 0.0
    return tops, bottoms


def _columns(pen: Pen, chart: Bars, box: Box, y: Scale) -> Iterator[str]:
    slot = box.wide / max(len(chart.categories), 1)
    wide = min(slot * 0.72, 64.0)
    for at in range(len(chart.categories)):
        left = box.left + slot * at + (slot - wide) / 2
        up = down = 0.0
        filling = at >= len(chart.categories) - chart.incomplete
        for place, series in enumerate(chart.series):
            value = series.values[at]
            if value is None or value == 0:
                continue
            base = up if value > 0 else down
            high, low = y(max(base, base + value)), y(min(base, base + value))
            colour = SERIES[place % len(SERIES)] if len(chart.series) > 1 else "accent"
            yield pen.box(left, high, wide, max(low - high - (1 if len(chart.series) > 1 else 0), 0.8), colour, 2)
            if filling:
                yield pen.path(hatch_path(left, high, wide, low - high, 5), stroke="paper", width=1.6)
            up, down = (up + value, down) if value > 0 else (up, down + value)


def _names(pen: Pen, chart: Bars, box: Box) -> Iterator[str]:
    slot = box.wide / max(len(chart.categories), 1)
    widest = max(map(text_width, chart.categories), default=0.0) + 8
    step = max(1, int(-(-widest // slot)))
    for at in range(0, len(chart.categories), step):
        yield pen.text(box.left + slot * (at + 0.5), box.bottom + 18, chart.categories[at], "middle")


def _legend(pen: Pen, chart: Bars, box: Box) -> Iterator[str]:
    if len(chart.series) < 2:
        return
    x = box.left
    for place, series in enumerate(chart.series):
        yield pen.box(x, box.top - 24, 10, 10, SERIES[place % len(SERIES)], 2)
        yield pen.text(x + 15, box.top - 15, series.label, fill="ink-2")
        x += text_width(series.label) + 32


def share(part: float | None, theme: Theme | None = None, size: Size = (200, 26)) -> str:
    """The bar behind a name: `part` of the full width; grey for less than nothing, no bar for None."""
    pen = Pen(theme)
    wide, fill = min(abs(part or 0.0), 1.0), "line" if (part or 0.0) < 0 else "accent-soft"
    if theme is not None:
        return pen.picture(size, "", [pen.box(0, 0, wide * size[0], size[1], fill, 5)])
    bar = f'<rect width="{number(wide * 100)}%" height="100%" rx="5"{pen.paint(fill)}/>'
    return f'<svg aria-hidden="true">{bar}</svg>' if wide else ""


def pace(
    reached: float | None, expected: float | None, state: str = "", label: str = "", theme: Theme | None = None
) -> str:
    """The bar towards a target: how much is reached, and a mark where it should stand by now.

    `state` is better, worse or empty (on its way).
    """
    pen, (wide, high) = Pen(theme), (74.0, 10.0)
    marks = [pen.box(0, 3, wide, 4, "line", 2)]
    if reached is not None:
        marks.append(pen.box(0, 3, wide * min(max(reached, 0.0), 1.0), 4, state or "ink-2", 2))
    if expected is not None:
        marks.append(pen.box(min(wide * min(max(expected, 0.0), 1.0), wide - 2), 0, 2, high, "ink"))
    return pen.picture((wide, high), label, marks, ' class="pace"')


def largest(values: Sequence[float | None]) -> float:
    """The size that fills the whole bar: the greatest, whatever its sign, or 0 when there is none."""
    return max([abs(value) for value in values if value is not None], default=0.0)
