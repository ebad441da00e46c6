"""Which ways are taken from node to node: a column of nodes a step, and ribbons as thick as many go there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from truenorth.chart.frame import Box, Size, fitted, nothing
from truenorth.chart.mark import Pen, number
from truenorth.chart.theme import Theme

NODE, GAP, LABEL = 8.0, 16.0, 12.0
Node = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Way:
    """How many go from one node to the next; `column` is that of the node they leave, from 0 at the left."""

    column: int
    source: str
    target: str
    size: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands, and how many pass through it."""

    left: float
    top: float
    high: float
    size: float


def ways(
    taken: Sequence[Way],
    label: str,
    size: Size = (1160, 380),
    aside: Collection[str] = (),
    theme: Theme | None = None,
) -> str:
    """Draw the ways from left to right, the node with most at the top; names that are no node of their own stand
    `aside`, below the others and pale."""
    pen = Pen(theme)
    box = Box(4, 4, size[0] - 4, size[1] - 8)
    if not taken:
        return pen.picture(size, label, nothing(pen, box, "No paths in this range"))
    places = placed(taken, box, aside)
    marks = [*_ribbons(pen, taken, places, aside)]
    for node, place in places.items():
        marks.append(
            pen.box(place.left, place.top, NODE, max(place.high, 1.0), "ink-3" if node[1] in aside else "accent", 1)
        )
    last, room = max(column for column, _ in places), box.wide / max(column for column, _ in places)
    for (column, name), place in places.items():
        shared = column >= last - 1 and met(places, 2 * last - 1 - column, place.top)
        words = fitted(f"{name} {place.size:,.0f}", (room - NODE - 12) / (2 if shared else 1))
        x, side = (place.left - 5, "end") if column == last else (place.left + NODE + 5, "start")
        marks.append(pen.text(x, place.top + LABEL, words, side, "ink"))
    return pen.picture(size, label, marks)


def met(places: Mapping[Node, Place], column: int, top: float) -> bool:
    """Whether a column has a node at whose height a name would stand as well: the last two write into the same gap."""
    return any(one == column and abs(place.top - top) < LABEL for (one, _), place in places.items())


def placed(taken: Sequence[Way], box: Box, aside: Collection[str] = ()) -> dict[Node, Place]:
    """Where each node stands in a box.

    >>> found = placed([Way(0, "home", "pay", 3), Way(0, "home", "out", 1)], Box(0, 0, 108, 56), ["out"])
    >>> [(name, round(place.top), place.high) for (_, name), place in found.items()]
    [('home', 0, 40.0), ('pay', 0, 30.0), ('out', 46, 10.0)]
    """
    leave, arrive = defaultdict[Node, float](float), defaultdict[Node, float](float)
    for one in taken:
        leave[one.column, one.source] += one.size
        arrive[one.column + 1, one.target] += one.size
    sizes = {node: max(leave[node], arrive[node]) for node in {**leave, **arrive}}
    last = max(column for column, _ in sizes)
    columns = [
        sorted((node for node in sizes if node[0] == at), key=lambda node: (node[1] in aside, -sizes[node], node[1]))
        for at in range(last + 1)
    ]
    most = min(
        (box.high - GAP * (len(nodes) - 1)) / (sum(sizes[node] for node in nodes) or 1) for nodes in columns if nodes
    )
    found: dict[Node, Place] = {}
    for at, nodes in enumerate(columns):
        top = box.top
        for node in nodes:
            high = max(most * sizes[node], 0.0)
            found[node] = Place(box.left + (box.wide - NODE) * at / last, top, high, sizes[node])
            top += high + GAP
    return found


def _ribbons(pen: Pen, taken: Sequence[Way], places: dict[Node, Place], aside: Collection[str]) -> Iterator[str]:
    """The ribbons, those of a node in the order of the nodes they come from and lead to, so that few cross."""
    left, right = defaultdict[Node, float](float), defaultdict[Node, float](float)

    def order(one: Way) -> tuple[int, float, float]:
        return one.column, places[one.column, one.source].top, places[one.column + 1, one.target].top

    for one in sorted(taken, key=order):
        start, end = (one.column, one.source), (one.column + 1, one.target)
        begun, ended = places[start], places[end]
        thick = begun.high * one.size / (begun.size or 1)
        y, z = begun.top + left[start], ended.top + right[end]
        left[start] += thick
        right[end] += thick
        yield pen.path(
            ribbon((begun.left + NODE, y), (ended.left, z), thick),
            "line" if one.source in aside or one.target in aside else "accent-soft",
            stroke="paper",
            width=0.8,
        )


def ribbon(start: tuple[float, float], end: tuple[float, float], thick: float) -> str:
    """A band from one point to another, level at both.

    >>> ribbon((0, 0), (10, 4), 2)
    'M0 0C5 0 5 4 10 4v2C5 6 5 2 0 2Z'
    """
    (x, y), (u, z) = start, end
    middle = number((x + u) / 2)
    over = f"M{number(x)} {number(y)}C{middle} {number(y)} {middle} {number(z)} {number(u)} {number(z)}"
    under = f"C{middle} {number(z + thick)} {middle} {number(y + thick)} {number(x)} {number(y + thick)}"
    return f"{over}v{number(thick)}{under}Z"
