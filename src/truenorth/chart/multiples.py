"""Many small charts on one scale, to be compared at a glance."""

from __future__ import annotations

from collections.abc import Sequence

from truenorth.chart.frame import Size
from truenorth.chart.line import Lines, plot_marks
from truenorth.chart.mark import Pen, number
from truenorth.chart.theme import Theme


def multiples(
    charts: Sequence[Lines], label: str, columns: int = 3, cell: Size = (300, 150), theme: Theme | None = None
) -> str:
    """Draw the charts in rows; all share the same values on the vertical axis, each is named above."""
    pen = Pen(theme)
    shared = [value for chart in charts for series in chart.series for value in series.values]
    rows = -(-len(charts) // columns) if charts else 1
    size = (cell[0] * columns, (cell[1] + 24) * rows)
    marks: list[str] = []
    for place, chart in enumerate(charts):
        x, y = place % columns * cell[0], place // columns * (cell[1] + 24)
        inner = plot_marks(chart, cell, pen, shared)
        name = pen.text(0, 14, chart.label, fill="ink")
        group = f'<g transform="translate({number(x)} {number(y)})">'
        marks.append(f'{group}{name}<g transform="translate(0 20)">{"".join(inner)}</g></g>')
    return pen.picture(size, label, marks)
