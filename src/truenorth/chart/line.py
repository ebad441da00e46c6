"""Values over time: the current line, what it is compared with, its target, its normal range and what happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from truenorth.chart.frame import (
    TITLE_HEIGHT,
    Box,
    EndLabel,
    Size,
    end_labels,
    fitted,
    heading,
    nothing,
    text_width,
    time_axis,
    value_axis,
)
from truenorth.chart.mark import Pen, Point, area_paths, hatch_path, line_path, lone_points, number
from truenorth.chart.scale import Moment, Scale, seconds, tick_labels, time_ticks, value_scale
from truenorth.chart.theme import DASHES, SERIES, Theme
from truenorth.chart.thin import thin

Values = Sequence[float | None]
MOST_SIGNALS = 40
MOST_LABEL = 0.24
BAND_COARSE = 6.0
FINE_UNITS = ("currency", "percent", "points", "ratio", "milliseconds", "seconds", "minutes", "hours", "days")


@dataclass(frozen=True, slots=True)
class Series:
    """One named line; a None is a gap."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Annotation:
    """Something that happened."""

    at: Moment
    label: str


@dataclass(frozen=True, slots=True)
class Lines:
    """One chart. `band` holds (low, high) per period; `incomplete` counts the last periods that are still filling,
    `cut` the first ones that begin before the range does; both are drawn dashed. Values are thinned when more than two
    fall on `coarse` pixels.
    """

    label: str
    periods: tuple[Moment, ...]
    series: tuple[Series, ...]
    comparison: Series | None = None
    target: Series | None = None
    band: tuple[tuple[float, float] | None, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    signals: frozenset[int] = frozenset()
    incomplete: int = 0
    cut: int = 0
    grain: str = "day"
    unit: str = ""
    currency: str = ""
    locale: str = "en"
    title: str = ""
    subtitle: str = ""
    coarse: float = 1.0


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart laid out: pen, box, scales and the indices that are drawn."""

    pen: Pen
    chart: Lines
    box: Box
    xs: tuple[float, ...]
    y: Scale
    shown: tuple[int, ...]
    room: float = 0.0

    def points(self, values: Values) -> list[Point]:
        """Where the values stand, thinned to the width of the plot."""
        return [(self.xs[at], None if values[at] is None else self.y(values[at] or 0.0)) for at in self._drawn(values)]

    def _drawn(self, values: Values) -> Sequence[int]:
        return self.shown or thin(values, int(self.box.wide / self.chart.coarse), self.chart.signals)


def lines(chart: Lines, size: Size = (940, 300), theme: Theme | None = None) -> str:
    """Draw the chart."""
    pen = Pen(theme)
    return pen.picture(size, chart.label, plot_marks(chart, size, pen), _plot_data(chart, size))


def positions(periods: Sequence[Moment]) -> tuple[float, ...]:
    """Each period's place from 0 to 1; one alone stands in the middle."""
    if len(periods) < 2:
        return tuple(0.5 for _ in periods)
    first, last = seconds(periods[0]), seconds(periods[-1])
    return tuple((seconds(period) - first) / ((last - first) or 1.0) for period in periods)


def plot_marks(chart: Lines, size: Size, pen: Pen, domain: Values = ()) -> list[str]:
    """All marks of the chart; `domain` adds values to the scale so that neighbours can share it."""
    values = [*_all_values(chart), *domain]
    drawn = [value for series in chart.series for value in series.values if value is not None]
    if not drawn:
        box = _box(chart, size, ())
        words = "No values in this range" if chart.periods else "No data in this range"
        return [*heading(pen, chart.title, chart.subtitle), *nothing(pen, box, words)]
    rough, marks = value_scale(values, 0, 1, max(3, int(size[1] // 62)), _counted(chart))
    labels = tick_labels(marks, chart.unit, chart.currency, chart.locale)
    box = _box(chart, size, labels)
    y = Scale(rough.low, rough.high, box.bottom, box.top)
    xs = tuple(box.left + share * box.wide for share in positions(chart.periods))
    room = size[0] * MOST_LABEL
    plot = Plot(pen, chart, box, xs, y, tuple(range(len(xs))) if len(xs) <= box.wide * 2 / chart.coarse else (), room)
    count = max(2, int(box.wide // 96))
    ticks = [(xs[at], words) for at, words in time_ticks(chart.periods, chart.grain, count, chart.locale)]
    return [
        *heading(pen, chart.title, chart.subtitle),
        *_filling(plot),
        *_band(plot),
        *value_axis(pen, box, [(y(mark), words) for mark, words in zip(marks, labels, strict=True)]),
        *time_axis(pen, box, ticks),
        *_annotations(plot),
        *_target(plot),
        *_comparison(plot),
        *_series(plot),
        *_signals(plot),
        *end_labels(pen, box, _ends(plot)),
    ]


def _all_values(chart: Lines) -> Iterator[float | None]:
    for series in (*chart.series, chart.comparison, chart.target):
        if series is not None:
            yield from series.values
    for limits in chart.band:
        if limits is not None:
            yield from limits


def _counted(chart: Lines) -> bool:
    """Whether the lines count whole things."""
    values = [value for series in chart.series for value in series.values if value is not None]
    return chart.unit not in FINE_UNITS and all(value.is_integer() for value in map(float, values))


def _box(chart: Lines, size: Size, labels: Sequence[str]) -> Box:
    left = max([text_width(words) for words in labels], default=20.0) + 14
    ends = [series.label for series in (chart.comparison, chart.target) if series is not None]
    many = len(chart.series) > 1
    ends += [series.label for series in chart.series] if many else []
    widest = min(max([text_width(words) for words in ends], default=0.0), size[0] * MOST_LABEL)
    right = widest + (28 if many else 14 if ends else 8)
    head = TITLE_HEIGHT + 10 if chart.title else 0.0
    top = head + (34 if chart.annotations else 12)
    return Box(left, top, max(size[0] - right, left + 40), size[1] - 28)


def _plot_data(chart: Lines, size: Size) -> str:
    rough, marks = value_scale(list(_all_values(chart)), 0, 1, max(3, int(size[1] // 62)), _counted(chart))
    box = _box(chart, size, tick_labels(marks, chart.unit, chart.currency, chart.locale))
    edges = f'data-left="{number(box.left)}" data-right="{number(box.right)}"'
    heights = f'data-top="{number(box.top)}" data-bottom="{number(box.bottom)}"'
    return f' class="plot" {edges} {heights} data-low="{rough.low:g}" data-high="{rough.high:g}"'


def _band(plot: Plot) -> Iterator[str]:
    chart = plot.chart
    if len(chart.band) != len(chart.periods):
        return
    edges: list[tuple[float, float | None, float | None]] = []
    for places in _stretches(plot):
        known = [limits for at in places if (limits := chart.band[at]) is not None]
        x = (plot.xs[places[0]] + plot.xs[places[-1]]) / 2
        if known:
            edges.append((x, plot.y(min(low for low, _ in known)), plot.y(max(high for _, high in known))))
        else:
            edges.append((x, None, None))
    yield plot.pen.path(area_paths(edges), fill="band")


def _stretches(plot: Plot) -> Iterator[range]:
    """The periods that the band is drawn by: one by one, or together where many fall on a few pixels."""
    count = len(plot.xs)
    columns = count if plot.shown else max(1, int(plot.box.wide / max(plot.chart.coarse, BAND_COARSE)))
    for column in range(columns):
        yield range(column * count // columns, max((column + 1) * count // columns, column * count // columns + 1))


def _filling(plot: Plot) -> Iterator[str]:
    chart, box = plot.chart, plot.box
    if not chart.incomplete or len(plot.xs) <= chart.incomplete:
        return
    left = plot.xs[-chart.incomplete - 1]
    yield plot.pen.path(hatch_path(left, box.top, box.right - left, box.high), stroke="line")


def _target(plot: Plot) -> Iterator[str]:
    if plot.chart.target is not None:
        points = plot.points(plot.chart.target.values)
        if len(points) == 1 and points[0][1] is not None:
            points = [(plot.box.left, points[0][1]), (plot.box.right, points[0][1])]
        yield plot.pen.path(line_path(points), stroke="ink-2", width=1.2, dash="6 4")


def _comparison(plot: Plot) -> Iterator[str]:
    if plot.chart.comparison is not None:
        points = plot.points(plot.chart.comparison.values)
        yield plot.pen.path(line_path(points), stroke="ink-3", width=1.4, dash="2 3")
        yield from (plot.pen.dot(x, y, 2, "ink-3") for x, y in lone_points(points))


def _series(plot: Plot) -> Iterator[str]:
    pen, chart = plot.pen, plot.chart
    for place in reversed(range(len(chart.series))):
        values = chart.series[place].values
        colour = SERIES[place % len(SERIES)] if len(chart.series) > 1 else "accent"
        whole = range(chart.cut, len(values) - chart.incomplete)
        points = plot.points([value if at in whole else None for at, value in enumerate(values)])
        yield pen.path(line_path(points), stroke=colour, width=2, dash=DASHES[place % len(DASHES)] if place else "")
        yield from (pen.dot(x, y, 3, colour) for x, y in lone_points(points))
        yield from _dashed(plot, values, range(min(chart.cut + 1, len(values))) if chart.cut else range(0), colour)
        start = max(len(values) - chart.incomplete - 1, 0)
        yield from _dashed(plot, values, range(start, len(values)) if chart.incomplete else range(0), colour)
        known = [at for at in whole if values[at] is not None]
        if known:
            yield pen.marker(place, plot.xs[known[-1]], plot.y(values[known[-1]] or 0.0), colour)


def _dashed(plot: Plot, values: Values, places: range, colour: str) -> Iterator[str]:
    """The part of a line whose periods are not whole."""
    points: list[Point] = [(plot.xs[at], None if (value := values[at]) is None else plot.y(value)) for at in places]
    yield plot.pen.path(line_path(points), stroke=colour, width=2, dash="3 3")
    yield from (plot.pen.dot(x, y, 2.5, colour) for x, y in lone_points(points))


def _signals(plot: Plot) -> Iterator[str]:
    values = plot.chart.series[0].values
    for at in sorted(plot.chart.signals)[-MOST_SIGNALS:]:
        if at < len(values) and (value := values[at]) is not None:
            yield plot.pen.dot(plot.xs[at], plot.y(value), 4.5, "signal", "paper")


def _annotations(plot: Plot) -> Iterator[str]:
    """A stem and a name, the newest first: a name that would touch another is left out and its dot stays."""
    pen, box, periods = plot.pen, plot.box, plot.chart.periods
    if not periods:
        return
    low, high = seconds(periods[0]), seconds(periods[-1])
    taken: list[list[tuple[float, float]]] = [[], []]
    for note in sorted(plot.chart.annotations, key=lambda note: seconds(note.at), reverse=True):
        if not low <= seconds(note.at) <= high:
            continue
        x = Scale(low, high, box.left, box.right)(seconds(note.at))
        row, side = _room(x, text_width(note.label), box, taken)
        level = box.top - 20 + 13 * row
        yield pen.path(f"M{number(x)} {number(level + 4)}V{number(box.bottom)}", stroke="line-strong", dash="2 3")
        yield pen.dot(x, level, 3.5, "paper", "ink-3")
        if side:
            yield pen.text(x - 8 if side == "end" else x + 8, level + 4, note.label, side, "ink-2")


def _room(x: float, wide: float, box: Box, taken: list[list[tuple[float, float]]]) -> tuple[int, str]:
    """The row and the side of a dot where its name touches no other; no side where there is none."""
    for row, spans in enumerate(taken):
        for side, span in (("start", (x - 5, x + 8 + wide)), ("end", (x - 8 - wide, x + 5))):
            inside = box.left <= span[0] and span[1] <= box.right
            if inside and all(span[1] + 6 < left or right + 6 < span[0] for left, right in spans):
                spans.append(span)
                return row, side
    taken[0].append((x - 5, x + 5))
    return 0, ""


def _ends(plot: Plot) -> list[EndLabel]:
    chart = plot.chart
    ends: list[EndLabel] = []
    for series, fill in ((chart.target, "ink-2"), (chart.comparison, "ink-3")):
        if series is not None and (value := _last(series.values)) is not None:
            ends.append(EndLabel(plot.y(value), fitted(series.label, plot.room), fill))
    if len(chart.series) > 1:
        for place, series in enumerate(chart.series):
            if (value := _last(series.values[: len(series.values) - chart.incomplete or None])) is not None:
                label = fitted(series.label, plot.room)
                ends.append(EndLabel(plot.y(value), label, SERIES[place % len(SERIES)], place))
    return ends


def _last(values: Values) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)
