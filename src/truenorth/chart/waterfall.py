"""From one total to the next, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from truenorth.chart.frame import Box, Size, nothing
from truenorth.chart.mark import Pen, number
from truenorth.chart.scale import Scale
from truenorth.chart.theme import Theme


@dataclass(frozen=True, slots=True)
class Step:
    """A total (its `value` is where it stands) or a part (its `value` is what it adds), with its words."""

    label: str
    value: float
    words: str
    total: bool = False
    better: bool | None = None


def waterfall(steps: Sequence[Step], label: str, size: Size = (560, 210), theme: Theme | None = None) -> str:
    """Draw the steps; totals stand on zero unless all of them are far from it, so that small parts are seen."""
    pen = Pen(theme)
    box = Box(12, 26, size[0] - 12, size[1] - 34)
    if not steps:
        return pen.picture(size, label, nothing(pen, box, "Nothing to take apart"))
    spans = list(_spans(steps))
    edges = [edge for span in spans for edge in span]
    low, high = min(edges), max(edges)
    floor = 0.0 if low <= 0 else max(0.0, low - (high - low) * 1.6)
    y = Scale(min(floor, low), high if high > floor else floor + 1, box.bottom, box.top)
    slot = box.wide / len(steps)
    wide = min(slot * 0.72, 68.0)
    marks: list[str] = []
    for at, (step, (start, end)) in enumerate(zip(steps, spans, strict=True)):
        left = box.left + slot * at + (slot - wide) / 2
        base = floor if step.total else start
        top, bottom = y(max(base, end)), y(min(base, end))
        marks.append(pen.box(left, top, wide, max(bottom - top, 1.5), _colour(step), 3))
        marks.append(pen.text(left + wide / 2, top - 6, step.words, "middle", "ink-2"))
        marks.append(pen.text(left + wide / 2, box.bottom + 18, _short(step.label, slot), "middle"))
        if at + 1 < len(steps):
            level = number(y(end))
            marks.append(pen.path(f"M{number(left + wide)} {level}h{number(slot - wide)}", stroke="line-strong"))
    return pen.picture(size, label, marks)


def _spans(steps: Sequence[Step]) -> Iterator[tuple[float, float]]:
    level = 0.0
    for step in steps:
        start, level = (step.value, step.value) if step.total else (level, level + step.value)
        yield start, level


def _colour(step: Step) -> str:
    if step.total or step.better is None:
        return "ink-3"
    return "better" if step.better else "worse"


def _short(words: str, room: float) -> str:
    letters = max(3, int(room // 6.2))
    return words if len(words) <= letters else words[: letters - 1] + "…"
