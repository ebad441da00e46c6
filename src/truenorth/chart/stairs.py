"""How many go how far through steps: a bar a step, with what was lost on the way to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from truenorth.chart.frame import Box, Size, fitted, nothing, text_width
from truenorth.chart.mark import Pen, number
from truenorth.chart.theme import Theme

ROW, GAP = 44.0, 8.0
# Two lines of words above a bar and two below it.
ABOVE, BELOW = 34.0, 40.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A step: its name, the share of those who entered that reached it, how many in words, and what is said below it.

    `gone` is the share, in words, of those at the step before that went on.
    """

    label: str
    share: float
    words: str
    gone: str = ""
    note: str = ""


def stairs(stages: Sequence[Stage], label: str, size: Size = (720, 260), theme: Theme | None = None) -> str:
    """Draw the steps upright, from left to right; what was lost since the step before is pale above each bar."""
    pen = Pen(theme)
    box = Box(8, ABOVE, size[0] - 8, size[1] - BELOW)
    if not stages:
        return pen.picture(size, label, nothing(pen, box, "Nobody entered"))
    slot = box.wide / len(stages)
    wide = min(slot * 0.62, 120.0)
    marks: list[str] = []
    before = 1.0
    for at, stage in enumerate(stages):
        left = box.left + slot * at + (slot - wide) / 2
        middle, top = left + wide / 2, box.bottom - box.high * stage.share
        lost = box.bottom - box.high * before
        marks.append(pen.box(left, lost, wide, max(top - lost, 0.0), "accent-soft", 4))
        marks.append(pen.box(left, min(top, box.bottom - 1.5), wide, max(box.bottom - top, 1.5), "accent", 4))
        marks += said(pen, stage, middle, lost, box.bottom, slot)
        if at:
            marks += passing(pen, stage.gone, left - (slot - wide) / 2, box.bottom, slot - wide)
        before = stage.share
    ground = pen.path(f"M{number(box.left)} {number(box.bottom)}H{number(box.right)}", stroke="line-strong")
    return pen.picture(size, label, [*marks, ground])


def said(pen: Pen, stage: Stage, middle: float, top: float, bottom: float, room: float) -> Iterator[str]:
    """The words of a step: how many above it, its name and what is noted below."""
    yield pen.text(middle, top - 7, fitted(stage.words, room - 4), "middle", "ink")
    yield pen.text(middle, bottom + 17, fitted(stage.label, room - 4), "middle", "ink-2")
    if stage.note:
        yield pen.text(middle, bottom + 33, fitted(stage.note, room - 4), "middle")


def passing(pen: Pen, words: str, middle: float, bottom: float, room: float) -> Iterator[str]:
    """What share goes on to a step, between it and the one before, where there is room to say it."""
    if not words or room < text_width(words) + 8:
        return
    y = bottom - 12
    yield pen.text(middle, y, words, "middle", "ink-2")
    half = room / 2 - 6
    yield pen.path(f"M{number(middle - half)} {number(y + 6)}H{number(middle + half)}m-4 -3l4 3l-4 3", stroke="ink-3")


def ladder(stages: Sequence[Stage], label: str, wide: float = 340, theme: Theme | None = None) -> str:
    """Draw the same steps from top to bottom, for narrow places: words over a bar a step."""
    pen = Pen(theme)
    size = (wide, ROW * max(len(stages), 1) + 8)
    if not stages:
        return pen.picture(size, label, nothing(pen, Box(0, 0, *size), "Nobody entered"))
    marks: list[str] = []
    before = 1.0
    for at, stage in enumerate(stages):
        top = ROW * at + 4
        words = f"{stage.words} · → {stage.gone}" if stage.gone else stage.words
        room = wide - text_width(words) - GAP
        marks.append(pen.text(0, top + 12, fitted(stage.label, room), fill="ink-2"))
        marks.append(pen.text(wide, top + 12, words, "end", "ink"))
        marks.append(pen.box(0, top + 18, wide * before, 14, "accent-soft", 4))
        marks.append(pen.box(0, top + 18, max(wide * stage.share, 1.5), 14, "accent", 4))
        before = stage.share
    return pen.picture(size, label, marks)
