"""From one total to the next, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from truenorth.chart.frame import Box, Size, fitted, nothing, text_width
from truenorth.chart.mark import Pen, number
from truenorth.chart.scale import Scale
from truenorth.chart.theme import Theme

ROW, ARROW_ROOM = 27.0, 15.0


@dataclass(frozen=True, slots=True)
class Step:
    """A total (its `value` is where it stands) or a part (its `value` is what it adds), with its words."""

    label: str
    value: float
    words: str
    total: bool = False
    better: bool | None = None


def waterfall(steps: Sequence[Step], label: str, size: Size = (560, 210), theme: Theme | None = None) -> str:
    """Draw the steps upright; totals stand on zero unless all of them are far from it, so that small parts are seen.

    A total that does not stand on zero is drawn with a break.
    """
    pen = Pen(theme)
    box = Box(12, 26, size[0] - 12, size[1] - 34)
    if not steps:
        return pen.picture(size, label, nothing(pen, box, "Nothing to take apart"))
    floor, y = _scale(steps, box.bottom, box.top)
    slot = box.wide / len(steps)
    wide = min(slot * 0.72, 68.0)
    marks: list[str] = []
    for at, (step, (start, end)) in enumerate(zip(steps, _spans(steps), strict=True)):
        left = box.left + slot * at + (slot - wide) / 2
        base = floor if step.total else start
        top, bottom = y(max(base, end)), y(min(base, end))
        marks.append(pen.box(left, top, wide, max(bottom - top, 1.5), _colour(step), 3))
        if step.total and floor:
            marks.append(_break(pen, left, left + wide, bottom - 9, upright=True))
        marks.append(_way(pen, step, left + wide / 2, (top + bottom) / 2, bottom - top))
        marks.append(pen.text(left + wide / 2, top - 6, step.words, "middle", "ink-2"))
        marks.append(pen.text(left + wide / 2, box.bottom + 18, fitted(step.label, slot - 2), "middle"))
        if at + 1 < len(steps):
            level = number(y(end))
            marks.append(pen.path(f"M{number(left + wide)} {level}h{number(slot - wide)}", stroke="line-strong"))
    zero = f"M{number(box.left)} {number(y(0))}H{number(box.right)}" if y.low < 0 else ""
    edges = f'data-left="{number(box.left)}" data-right="{number(box.right)}"'
    heights = f'data-top="{number(box.top - 18)}" data-bottom="{number(box.bottom)}"'
    plot = "" if theme else f' class="plot" {edges} {heights}'
    return pen.picture(size, label, [pen.path(zero, stroke="line-strong"), *marks], plot)


def cascade(steps: Sequence[Step], label: str, wide: float = 340, theme: Theme | None = None) -> str:
    """Draw the same steps from top to bottom, for narrow places: a name, a bar and its words a line."""
    pen = Pen(theme)
    size = (wide, ROW * max(len(steps), 1) + 8)
    if not steps:
        return pen.picture(size, label, nothing(pen, Box(0, 0, *size), "Nothing to take apart"))
    names = min(max(text_width(step.label) for step in steps), wide * 0.34)
    said = max(text_width(step.words) for step in steps)
    box = Box(names + 10, 4, wide - said - 10, size[1] - 4)
    floor, x = _scale(steps, box.left, box.right)
    marks: list[str] = []
    for at, (step, (start, end)) in enumerate(zip(steps, _spans(steps), strict=True)):
        top = box.top + ROW * at
        base = floor if step.total else start
        left, right = x(min(base, end)), x(max(base, end))
        marks.append(pen.text(0, top + 17, fitted(step.label, names + 6), fill="ink-2"))
        marks.append(pen.box(left, top + 4, max(right - left, 1.5), ROW - 8, _colour(step), 3))
        if step.total and floor:
            marks.append(_break(pen, top + 4, top + ROW - 4, left + 9, upright=False))
        marks.append(_way(pen, step, (left + right) / 2, top + ROW / 2, right - left))
        marks.append(pen.text(wide, top + 17, step.words, "end", "ink-2"))
        if at + 1 < len(steps):
            marks.append(pen.path(f"M{number(x(end))} {number(top + ROW - 4)}v8", stroke="line-strong"))
    zero = f"M{number(x(0))} {number(box.top)}V{number(box.bottom)}" if x.low < 0 else ""
    return pen.picture(size, label, [pen.path(zero, stroke="line-strong"), *marks])


def _scale(steps: Sequence[Step], low_end: float, high_end: float) -> tuple[float, Scale]:
    """Where totals stand, and the scale of all edges."""
    edges = [edge for span in _spans(steps) for edge in span]
    low, high = min(edges), max(edges)
    floor = low - (high - low) * 1.6
    floor = floor if high > low and floor > low / 2 > 0 else 0.0
    return floor, Scale(min(floor, low), high if high > floor else floor + 1, low_end, high_end)


def _way(pen: Pen, step: Step, x: float, y: float, room: float) -> str:
    """A small arrow in a part's bar, up or down: its colour alone would not tell everyone."""
    if step.total or not step.value or room < ARROW_ROOM:
        return ""
    tip, foot = (-3.2, 3.2) if step.value > 0 else (3.2, -3.2)
    path = f"M{number(x)} {number(y + tip)}L{number(x + 4)} {number(y + foot)}H{number(x - 4)}Z"
    return pen.path(path, fill="paper")


def _break(pen: Pen, start: float, end: float, at: float, upright: bool) -> str:
    """A slanted gap across a bar whose foot is not zero."""
    low, high = (start - 1, at + 3), (end + 1, at - 3)
    (left, bottom), (right, top) = (low, high) if upright else (low[::-1], high[::-1])
    return pen.path(f"M{number(left)} {number(bottom)}L{number(right)} {number(top)}", stroke="paper", width=3)


def _spans(steps: Sequence[Step]) -> Iterator[tuple[float, float]]:
    level = 0.0
    for step in steps:
        start, level = (step.value, step.value) if step.total else (level, level + step.value)
        yield start, level


def _colour(step: Step) -> str:
    if step.total or step.better is None:
        return "ink-3"
    return "better" if step.better else "worse"
