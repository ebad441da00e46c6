"""The marks a chart is made of: path, box, dot, text, each painted by token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from truenorth.chart.theme import Theme

Point = tuple[float, float | None]
FONT = 11.0


def number(value: float) -> str:
    """A coordinate with one decimal, without needless digits.

    >>> number(12.0), number(3.14159), number(-0.01)
    ('12', '3.1', '0')
    """
    text = f"{value:.1f}"
    if text.endswith(".0"):
        text = text[:-2]
    return "0" if text == "-0" else text


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes marks. Without a theme, colours are classes (a page); with one, they are literal (a file)."""

    theme: Theme | None = None

    def paint(self, fill: str = "", stroke: str = "") -> str:
        """The attributes that give a mark its colours; "none" is no colour at all."""
        if self.theme is None:
            tokens = [f"f-{fill}" if fill and fill != "none" else "", f"s-{stroke}" if stroke else ""]
            joined = " ".join(token for token in tokens if token)
            bare = ' fill="none"' if fill == "none" else ""
            return (f' class="{joined}"' if joined else "") + bare
        colours = self.theme.colours()
        parts = [f' fill="{colours.get(fill, fill)}"'] if fill else []
        if stroke:
            parts.append(f' stroke="{colours[stroke]}"')
        return "".join(parts)

    def path(self, d: str, fill: str = "none", stroke: str = "", width: float = 1.0, dash: str = "") -> str:
        """A path; nothing at all when it has no points."""
        if not d:
            return ""
        thick = f' stroke-width="{number(width)}"' if stroke and width != 1.0 else ""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        return f'<path d="{d}"{self.paint(fill, stroke)}{thick}{dashes}/>'

    def box(self, x: float, y: float, wide: float, high: float, fill: str, radius: float = 0.0) -> str:
        """A filled rectangle, never of negative size."""
        corner = f' rx="{number(radius)}"' if radius else ""
        size = f'width="{number(max(wide, 0.0))}" height="{number(max(high, 0.0))}"'
        return f'<rect x="{number(x)}" y="{number(y)}" {size}{corner}{self.paint(fill)}/>'

    def dot(self, x: float, y: float, radius: float, fill: str, stroke: str = "") -> str:
        """A filled circle, with a ring when a stroke is given."""
        return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"{self.paint(fill, stroke)}/>'

    def text(self, x: float, y: float, words: str, anchor: str = "start", fill: str = "ink-3") -> str:
        """One line of text on its baseline."""
        side = f' text-anchor="{anchor}"' if anchor != "start" else ""
        face = "" if self.theme is None else ' font-size="11" font-family="sans-serif"'
        return f'<text x="{number(x)}" y="{number(y)}"{side}{face}{self.paint(fill)}>{escape(words)}</text>'

    def marker(self, kind: int, x: float, y: float, fill: str) -> str:
        """A small shape that tells series apart: circle, square, triangle, diamond."""
        shape = kind % 4
        if shape == 0:
            return self.dot(x, y, 3, fill)
        if shape == 1:
            return self.box(x - 2.7, y - 2.7, 5.4, 5.4, fill)
        if shape == 2:
            return self.path(f"M{number(x)} {number(y - 3.6)}l3.6 6.4h-7.2Z", fill)
        return self.path(f"M{number(x)} {number(y - 4)}l4 4-4 4-4-4Z", fill)

    def picture(self, size: tuple[float, float], label: str, marks: Iterable[str], attributes: str = "") -> str:
        """The whole SVG. A file gets its size and ground; a page's picture takes its size from CSS."""
        wide, high = number(size[0]), number(size[1])
        words = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
        body = "".join(marks)
        if self.theme is None:
            return f'<svg viewBox="0 0 {wide} {high}" {words}{attributes}>{body}</svg>'
        ground = f'<rect width="{wide}" height="{high}" fill="{self.theme.paper}"/>'
        frame = f'xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}"'
        return f'<svg {frame} viewBox="0 0 {wide} {high}" {words}>{ground}{body}</svg>'


def line_path(points: Sequence[Point]) -> str:
    """The path through the points; a None leaves a gap, and a level stretch needs only its ends.

    >>> line_path([(0, 1), (1, 2), (2, None), (3, 4), (4, 4), (5, 4)])
    'M0 1l1 1M3 4h2'
    """
    return "".join(_strokes(run) for run in _runs(points))


def _runs(points: Sequence[Point]) -> Iterator[list[tuple[float, float]]]:
    run: list[tuple[float, float]] = []
    for x, y in points:
        if y is not None:
            run.append((round(x, 1), round(y, 1)))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _strokes(run: Sequence[tuple[float, float]], first: str = "M") -> str:
    """One unbroken stretch in steps from point to point, which are shorter to write than places."""
    x, y = run[0]
    parts = [f"{first}{number(x)} {number(y)}"]
    for at in range(1, len(run)):
        if run[at][1] == y and at + 1 < len(run) and run[at + 1][1] == y:
            continue
        across, down = number(run[at][0] - x), number(run[at][1] - y)
        parts.append(f"h{across}" if down == "0" else f"l{across}{'' if down.startswith('-') else ' '}{down}")
        x, y = run[at]
    return "".join(parts)


def lone_points(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Points with a gap on both sides: a line cannot show them, a dot must."""
    lone: list[tuple[float, float]] = []
    for place, (x, y) in enumerate(points):
        before = points[place - 1][1] if place else None
        after = points[place + 1][1] if place + 1 < len(points) else None
        if y is not None and before is None and after is None:
            lone.append((x, y))
    return lone


def area_paths(edges: Sequence[tuple[float, float | None, float | None]]) -> str:
    """Closed areas between (x, low, high); a None on either side ends one area.

    >>> area_paths([(0, 9, 1), (4, 9, 2)])
    'M0 1l4 1L4 9h-4Z'
    """
    parts: list[str] = []
    run: list[tuple[float, float, float]] = []
    for x, low, high in [*edges, (0.0, None, None)]:
        if low is not None and high is not None:
            run.append((round(x, 1), round(low, 1), round(high, 1)))
            continue
        if len(run) > 1:
            top = [(x, high) for x, _, high in run]
            bottom = [(x, low) for x, low, _ in reversed(run)]
            parts.append(f"{_strokes(top)}{_strokes(bottom, 'L')}Z")
        run = []
    return "".join(parts)


def hatch_path(x: float, y: float, wide: float, high: float, gap: float = 6.0) -> str:
    """Slanted lines that fill a rectangle: what is still filling."""
    parts: list[str] = []
    offset = -high + gap
    while offset < wide:
        left, right = max(offset, 0.0), min(offset + high, wide)
        start = f"{number(x + left)} {number(y + high - (left - offset))}"
        end = f"{number(x + right)} {number(y + high - (right - offset))}"
        parts.append(f"M{start}L{end}")
        offset += gap
    return "".join(parts)
