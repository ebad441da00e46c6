"""A balance over time: what came and went each period as stacked bars about zero, and what was left as a line above.

The line has a scale of its own over the bars, not a second axis beside them: a balance is many times what moves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from truenorth.chart.frame import TITLE_HEIGHT, Box, Size, heading, nothing, text_width, time_axis, value_axis
from truenorth.chart.line import Series
from truenorth.chart.mark import Pen, Point, hatch_path, line_path, lone_points, number
from truenorth.chart.scale import Moment, Scale, tick_labels, time_ticks, value_scale
from truenorth.chart.theme import Theme

RISES, FALLS = ("s1", "s3", "s4", "s5"), ("s2", "s6", "s5", "s4")
LINE_SHARE, GAP, LEGEND_ROW, WIDEST = 0.36, 24.0, 18.0, 56.0


@dataclass(frozen=True, slots=True)
class Flow:
    """Signed parts per period (a loss is below zero) and the closing balance; the last `incomplete` still fill."""

    label: str
    periods: tuple[Moment, ...]
    parts: tuple[Series, ...]
    closing: Series
    incomplete: int = 0
    grain: str = "month"
    unit: str = ""
    currency: str = ""
    locale: str = "en"
    title: str = ""
    subtitle: str = ""


@dataclass(frozen=True, slots=True)
class Paint:
    """How a part is told from the others: its colour, and its texture for those who do not tell hues apart."""

    colour: str
    texture: int


def flows(chart: Flow, size: Size = (940, 340), theme: Theme | None = None) -> str:
    """Draw the line and the bars below it."""
    pen = Pen(theme)
    head = TITLE_HEIGHT + 10 if chart.title else 4.0
    title = list(heading(pen, chart.title, chart.subtitle))
    if not any(value is not None for one in (chart.closing, *chart.parts) for value in one.values):
        box = Box(16, head, size[0] - 8, size[1] - 28)
        return pen.picture(size, chart.label, [*title, *nothing(pen, box, "No data in this range")])
    paints = painted(chart.parts)
    legend = list(_legend(chart, size[0]))
    top = head + LEGEND_ROW * (legend[-1][1] + 1) + 8
    cut = top + (size[1] - 28 - top) * LINE_SHARE
    upper, lower = _scales(chart)
    left = max(text_width(words) for _, _, labels in (upper, lower) for words in labels) + 14
    line, bars = Box(left, top, size[0] - 8, cut), Box(left, cut + GAP, size[0] - 8, size[1] - 28)
    count = max(2, int(line.wide // 76))
    ticks = [
        (_middle(chart, bars, at), words) for at, words in time_ticks(chart.periods, chart.grain, count, chart.locale)
    ]
    marks = [
        *title,
        *_written_legend(pen, chart, paints, legend, head),
        *_filling(pen, chart, line),
        *_filling(pen, chart, bars),
        *_axis(pen, line, upper),
        *_axis(pen, bars, lower),
        *_stacks(pen, chart, paints, bars, lower[0]),
        *_closing(pen, chart, line, upper[0]),
        *time_axis(pen, bars, ticks),
    ]
    edges = f'data-left="{number(line.left)}" data-right="{number(line.right)}"'
    heights = f'data-top="{number(line.top)}" data-bottom="{number(bars.bottom)}"'
    return pen.picture(size, chart.label, marks, "" if theme else f' class="plot" {edges} {heights}')


def painted(parts: Sequence[Series]) -> tuple[Paint, ...]:
    """The paint of each part: rises and falls have colours of their own, and each next one of a kind another texture.

    >>> [one.colour for one in painted((Series("new", (5.0,)), Series("churn", (-2.0,)), Series("grown", (1.0,))))]
    ['s1', 's2', 's3']
    """
    seen = {True: 0, False: 0}
    found = []
    for part in parts:
        rises = sum(value or 0.0 for value in part.values) >= 0
        colours = RISES if rises else FALLS
        found.append(Paint(colours[seen[rises] % len(colours)], seen[rises] % 3))
        seen[rises] += 1
    return tuple(found)


def slots(count: int) -> tuple[float, ...]:
    """Where the middle of each period stands, from 0 to 1.

    >>> slots(2)
    (0.25, 0.75)
    """
    return tuple((at + 0.5) / count for at in range(count))


Axis = tuple[Scale, tuple[float, ...], tuple[str, ...]]


def _scales(chart: Flow) -> tuple[Axis, Axis]:
    tops, bottoms = [0.0] * len(chart.periods), [0.0] * len(chart.periods)
    for part in chart.parts:
        for at, value in enumerate(part.values):
            target = tops if (value or 0.0) >= 0 else bottoms
            target[at] += value or 0.0
    return _scale(chart, chart.closing.values, 3), _scale(chart, [0.0, *tops, *bottoms], 4)


def _scale(chart: Flow, values: Sequence[float | None], count: int) -> Axis:
    rough, marks = value_scale(values, 0, 1, count)
    return rough, marks, tick_labels(marks, chart.unit, chart.currency, chart.locale)


def _axis(pen: Pen, box: Box, axis: Axis) -> Iterator[str]:
    scale, marks, labels = axis
    y = Scale(scale.low, scale.high, box.bottom, box.top)
    yield from value_axis(pen, box, [(y(mark), words) for mark, words in zip(marks, labels, strict=True)])


def _middle(chart: Flow, box: Box, at: int) -> float:
    return box.left + box.wide * (at + 0.5) / len(chart.periods)


def _filling(pen: Pen, chart: Flow, box: Box) -> Iterator[str]:
    if chart.incomplete:
        wide = box.wide * chart.incomplete / len(chart.periods)
        yield pen.path(hatch_path(box.right - wide, box.top, wide, box.high), stroke="line")


def _stacks(pen: Pen, chart: Flow, paints: Sequence[Paint], box: Box, scale: Scale) -> Iterator[str]:
    y = Scale(scale.low, scale.high, box.bottom, box.top)
    wide = min(box.wide / len(chart.periods) * 0.7, WIDEST)
    for at in range(len(chart.periods)):
        left = _middle(chart, box, at) - wide / 2
        up = down = 0.0
        for part, paint in zip(chart.parts, paints, strict=True):
            value = part.values[at] or 0.0
            if not value:
                continue
            base = up if value > 0 else down
            high, low = y(max(base, base + value)), y(min(base, base + value))
            yield from _block(pen, paint, Box(left, high, left + wide, max(low - 1, high + 0.8)))
            up, down = (up + value, down) if value > 0 else (up, down + value)
    yield pen.path(f"M{number(box.left)} {number(y(0))}H{number(box.right)}", stroke="ink-3")


def _block(pen: Pen, paint: Paint, box: Box) -> Iterator[str]:
    """One part of one period, with its texture where there is room for one."""
    yield pen.box(box.left, box.top, box.wide, box.high, paint.colour, 1.5)
    if paint.texture and box.high > 4:
        if paint.texture == 1:
            strokes = hatch_path(box.left, box.top, box.wide, box.high, 5)
        else:
            rows = range(int(box.high // 4))
            strokes = "".join(
                f"M{number(box.left)} {number(box.top + 2.5 + 4 * row)}h{number(box.wide)}" for row in rows
            )
        yield pen.path(strokes, stroke="paper", width=1.0)


def _closing(pen: Pen, chart: Flow, box: Box, scale: Scale) -> Iterator[str]:
    y = Scale(scale.low, scale.high, box.bottom, box.top)
    points: list[Point] = [
        (_middle(chart, box, at), None if value is None else y(value)) for at, value in enumerate(chart.closing.values)
    ]
    whole = len(points) - chart.incomplete
    yield pen.path(line_path(points[:whole]), stroke="ink", width=2)
    yield from (pen.dot(x, at, 3, "ink") for x, at in lone_points(points[:whole]))
    if chart.incomplete:
        yield pen.path(line_path(points[max(whole - 1, 0) :]), stroke="ink", width=2, dash="3 3")
    known = [(x, at) for x, at in points if at is not None]
    yield pen.dot(*known[-1], 3.5, "ink", "paper") if known else ""


def _legend(chart: Flow, wide: float) -> Iterator[tuple[float, int]]:
    """The place and row of each name, the closing first; a row is broken where it is full."""
    x, row = 12.0, 0
    for one in (chart.closing, *chart.parts):
        length = text_width(one.label) + 34
        if x > 12.0 and x + length > wide - 4:
            x, row = 12.0, row + 1
        yield x, row
        x += length


def _written_legend(
    pen: Pen, chart: Flow, paints: Sequence[Paint], places: Sequence[tuple[float, int]], head: float
) -> Iterator[str]:
    for at, ((x, row), one) in enumerate(zip(places, (chart.closing, *chart.parts), strict=True)):
        top = head + LEGEND_ROW * row
        if at == 0:
            yield pen.path(f"M{number(x)} {number(top + 6)}h12", stroke="ink", width=2)
        else:
            yield from _block(pen, paints[at - 1], Box(x, top, x + 12, top + 12))
        yield pen.text(x + 18, top + 10, one.label, fill="ink-2")
