"""The lesson of a metric, fed with the page's own numbers."""

from __future__ import annotations

from truenorth.base.quantity import format_value
from truenorth.learn.formula import Shown, operands
from truenorth.learn.lesson import Lesson
from truenorth.learn.lesson import lesson as teach
from truenorth.learn.reading import Past
from truenorth.web.figure import Track
from truenorth.web.question import Asked


def lesson(asked: Asked, line: Track) -> Lesson:
    """What the metric teaches with the numbers of this range."""
    whole = len(line.values) - line.incomplete
    past = Past(line.values[:whole], asked.grain)
    return teach(asked.model, asked.metric, _values(asked), past)


def _values(asked: Asked) -> dict[str, Shown]:
    """The totals of the range: the metric's own, and those it is made of."""
    table, locale = asked.total.table, asked.model.workspace.locale
    if not len(table):
        return {}
    row = table.dicts()[0]
    shown: dict[str, Shown] = {}
    for key in (asked.metric.name, *(one.key for one in operands(asked.metric))):
        metric = asked.model.metrics.get(key)
        if metric is not None and key in row:
            text = format_value(row[key], metric.unit, metric.currency, locale)
            shown[key] = Shown(text, row[key])
    return shown
