"""The plot's box inside a picture: margins by what must fit, the value axis, the time axis, end labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from truenorth.chart.mark import FONT, Pen, number

Size = tuple[float, float]
TITLE_HEIGHT, EDGE = 44.0, 8.0


@dataclass(frozen=True, slots=True)
class Box:
    """The rectangle data may fill."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def wide(self) -> float:
        return self.right - self.left

    @property
    def high(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class EndLabel:
    """Words at the right end of a line."""

    y: float
    words: str
    fill: str
    marker: int = -1


def text_width(words: str) -> float:
    """About how wide the words are; no font is measured, so it errs on the wide side.

    >>> text_width("") == 0
    True
    """
    return sum(3.6 if letter in "il.,'|: " else 6.9 if letter.isdigit() else 6.5 for letter in words)


def fitted(words: str, room: float) -> str:
    """Words that fit, cut where they must be.

    >>> fitted("enterprise", 200), fitted("enterprise", 40)
    ('enterprise', 'enter…')
    """
    if text_width(words) <= room:
        return words
    while len(words) > 1 and text_width(f"{words}…") > room:
        words = words[:-1]
    return f"{words.rstrip()}…"


def value_axis(pen: Pen, box: Box, marks: Sequence[tuple[float, str]]) -> Iterator[str]:
    """Hair lines across the plot with their values to the left."""
    for y, words in marks:
        yield pen.path(f"M{number(box.left)} {number(y)}H{number(box.right)}", stroke="line")
        yield pen.text(box.left - 8, y + 4, words, "end")


def time_axis(pen: Pen, box: Box, marks: Sequence[tuple[float, str]]) -> Iterator[str]:
    """Labels below the plot; those that would touch their neighbour or the edge are left out."""
    free = 0.0
    for x, words in marks:
        half = text_width(words) / 2
        middle = min(x, box.right + EDGE - half)
        if middle - half < free:
            continue
        free = middle + half + 10
        yield pen.text(middle, box.bottom + 18, words, "middle")


def end_labels(pen: Pen, box: Box, labels: Sequence[EndLabel]) -> Iterator[str]:
    """Words beside the ends of lines, moved apart so that they never overlap."""
    gap = FONT + 3
    placed: list[tuple[float, EndLabel]] = []
    for label in sorted(labels, key=lambda label: label.y):
        y = max(label.y, placed[-1][0] + gap) if placed else label.y
        placed.append((y, label))
    over = max(0.0, placed[-1][0] - box.bottom) if placed else 0.0
    floor = float("inf")
    fitted: list[tuple[float, EndLabel]] = []
    for y, label in reversed(placed):
        y = min(y - (over if y > box.bottom - gap else 0.0), floor - gap)
        floor = y
        fitted.append((y, label))
    for y, label in reversed(fitted):
        shift = 8.0
        if label.marker >= 0:
            yield pen.marker(label.marker, box.right + 12, y, label.fill)
            shift = 20.0
        words = "ink-2" if label.marker >= 0 else label.fill
        yield pen.text(box.right + shift, y + 4, label.words, fill=words)


def heading(pen: Pen, title: str, subtitle: str) -> Iterator[str]:
    """A title for a picture that stands alone."""
    if title:
        yield pen.text(16, 24, title, fill="ink").replace('font-size="11"', 'font-size="15"')
    if subtitle:
        yield pen.text(16, 42, subtitle, fill="ink-2")


def nothing(pen: Pen, box: Box, words: str) -> Iterator[str]:
    """An empty plot that says so."""
    yield pen.path(f"M{number(box.left)} {number(box.bottom)}H{number(box.right)}", stroke="line-strong")
    yield pen.text((box.left + box.right) / 2, (box.top + box.bottom) / 2 + 4, words, "middle", "ink-2")
