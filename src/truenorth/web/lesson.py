"""The lesson of a metric, fed with the page's own numbers."""

from __future__ import annotations

from truenorth.base.quantity import format_value
from truenorth.base.table import Table
from truenorth.learn.formula import Shown, operands
from truenorth.learn.lesson import Lesson
from truenorth.learn.lesson import lesson as teach
from truenorth.learn.reading import Past
from truenorth.web.figure import Track
from truenorth.web.question import Asked


def lesson(asked: Asked, line: Track) -> Lesson:
    """What the metric teaches with the numbers of this range."""
    whole = len(line.values) - line.incomplete
    past = Past(line.values[:whole], asked.grain, line.usual)
    return teach(asked.model, asked.metric, _values(asked), past)


def _values(asked: Asked) -> dict[str, Shown]:
    """The totals of the range: the metric's own, and those it is made of."""
    shown: dict[str, Shown] = {}
    for key in (asked.metric.name, *(one.key for one in operands(asked.metric))):
        if key in asked.total.table.names and len(asked.total.table):
            shown[key] = _shown(asked, asked.total.table, asked.total.table.index(key))
    for key, answer in asked.operands:
        if len(answer.table):
            shown[key] = _shown(asked, answer.table, 0)
    return shown


def _shown(asked: Asked, table: Table, at: int) -> Shown:
    value, column = table.rows[0][at], table.columns[at]
    currency = column.currency or asked.model.workspace.currency
    return Shown(format_value(value, column.unit, currency, asked.model.workspace.locale), value)
