"""The line on a card: shape, normal range and the last point, without axes."""

from __future__ import annotations

from dataclasses import dataclass

from truenorth.chart.frame import Size
from truenorth.chart.mark import Pen, Point, area_paths, line_path, lone_points, number
from truenorth.chart.scale import Scale
from truenorth.chart.theme import Theme
from truenorth.chart.thin import thin


@dataclass(frozen=True, slots=True)
class Spark:
    """Values in order; `signal` colours the last point; `incomplete` says that the last period is still filling."""

    values: tuple[float | None, ...]
    band: tuple[tuple[float, float] | None, ...] = ()
    target: float | None = None
    signal: bool = False
    incomplete: bool = False
    label: str = ""


def spark(chart: Spark, size: Size = (210, 44), theme: Theme | None = None) -> str:
    """Draw it. The line keeps its width when the page stretches the picture."""
    pen = Pen(theme)
    attributes = ' class="spark" preserveAspectRatio="none"'
    return pen.picture(size, chart.label, spark_marks(chart, size, pen), attributes)


def spark_marks(chart: Spark, size: Size, pen: Pen) -> list[str]:
    """The marks of a spark line."""
    known = [value for value in chart.values if value is not None]
    if not known:
        return [pen.path(f"M2 {number(size[1] / 2)}H{number(size[0] - 2)}", stroke="line-strong", dash="2 4")]
    limits = [limit for pair in chart.band if pair is not None for limit in pair]
    y = Scale(min([*known, *limits]), max([*known, *limits]), size[1] - 5, 5)
    x = Scale(0, len(chart.values) - 1, 2, size[0] - 6)
    marks = [_band(chart, pen, x, y)]
    drawn = thin(chart.values, int(size[0]))
    points: list[Point] = [(x(at), None if (v := chart.values[at]) is None else y(v)) for at in drawn]
    whole = points
    if chart.incomplete and len(points) > 1:
        whole = points[:-1]
        marks.append(_steady(pen.path(line_path(points[-2:]), stroke="accent", width=1.6, dash="2 2")))
    marks.append(_steady(pen.path(line_path(whole), stroke="accent", width=1.6)))
    marks += [_round(pen, px, py, "accent") for px, py in lone_points(points)]
    last = max(at for at, value in enumerate(chart.values) if value is not None)
    colour = "signal" if chart.signal else "accent"
    marks.append(_round(pen, x(last), y(chart.values[last] or 0.0), colour))
    return marks


def _band(chart: Spark, pen: Pen, x: Scale, y: Scale) -> str:
    if len(chart.band) != len(chart.values):
        return ""
    edges: list[tuple[float, float | None, float | None]] = []
    for at, pair in enumerate(chart.band):
        edges.append((x(at), None, None) if pair is None else (x(at), y(pair[0]), y(pair[1])))
    return pen.path(area_paths(edges), fill="band")


def _steady(path: str) -> str:
    return path.replace("/>", ' vector-effect="non-scaling-stroke"/>') if path else ""


def _round(pen: Pen, x: float, y: float, colour: str) -> str:
    """A dot that stays round when the picture is stretched: a line of no length with round ends."""
    d = f"M{number(x)} {number(y)}h0.01"
    return _steady(pen.path(d, stroke=colour, width=6).replace("<path", '<path stroke-linecap="round"'))
