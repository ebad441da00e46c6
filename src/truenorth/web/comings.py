"""A lifecycle on its page: who was new, returned and came back from away in each period, and below zero who stayed
away."""

from __future__ import annotations

from truenorth.base.period import Moment, period_label, spoken
from truenorth.base.table import Value
from truenorth.chart import draw
from truenorth.query.answer import Answer
from truenorth.web.question import Asked
from truenorth.web.speak import number, svg
from truenorth.web.view import Cell, Figure, Row, Sheet, Why

# The parts from zero upwards, and the one below it.
PARTS = {"returning": "Returning", "new": "New", "resurrecting": "Resurrecting", "dormant": "Dormant"}
WIDE, NARROW = (1160.0, 300.0), (360.0, 260.0)


def comings(asked: Asked) -> Why | None:
    """The section of a lifecycle; None for what is none."""
    told = asked.comings
    if told is None or not told.table.rows:
        return None
    return Why(
        "Who was there in a period is new, or was there in the one before (returning), or comes back from further away"
        " (resurrecting). Below zero: who was there in the period before, and not in this one.",
        _figure(asked, told),
    )


def _figure(asked: Asked, told: Answer) -> Figure:
    """The stacked bars, and the same numbers as a table."""
    metric, grain = asked.metric, told.query.grain
    label = f"{metric.title}, who comes and who stays away by {spoken(grain)}"
    rows = told.table.dicts()
    names = {part: f"{metric.name}__{part}" for part in PARTS}
    times = told.table.column(told.table.columns[0].name)
    filling = sum(one in told.incomplete and one not in told.cut for one in times)
    periods = tuple(_named(asked, one, grain) for one in times)
    series = tuple(
        draw.Series(words, tuple(_signed(part, row[names[part]]) for row in rows)) for part, words in PARTS.items()
    )
    chart = draw.Bars(label, periods, series, incomplete=filling, locale=asked.model.workspace.locale)
    wide, narrow = svg(draw.bars(chart, WIDE)), svg(draw.bars(chart, NARROW))
    head = (spoken(grain).capitalize(), *PARTS.values())
    lines = tuple(
        Row(period, tuple(Cell(_written(row[names[part]])) for part in PARTS))
        for period, row in zip(periods, rows, strict=True)
    )
    legend = ("shaded: still filling; who stays away then is not known yet",) if filling else ()
    return Figure(label, wide, narrow, Sheet(label, head, lines), legend)


def _signed(part: str, value: Value) -> float | None:
    """How high a part stands; those who stay away hang below zero."""
    size = number(value)
    return None if size is None else -size if part == "dormant" else size


def _named(asked: Asked, period: Value, grain: str) -> str:
    assert isinstance(period, Moment)
    return period_label(period, grain, asked.model.workspace.locale, asked.model.fiscal)


def _written(value: Value) -> str:
    return "–" if value is None else f"{int(str(value)):,}"
