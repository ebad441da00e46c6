"""The numbers that a formula needs, asked by the same engine that answers the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from msgspec import structs

from truenorth.base.errors import QueryError
from truenorth.base.period import parse_window, shift
from truenorth.base.quantity import format_value
from truenorth.base.table import Value
from truenorth.define.model import Metric, Model
from truenorth.learn.formula import Operand, Shown, operands
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery

Ask = Callable[[MetricQuery], Answer]


def values(model: Model, metric: Metric, query: MetricQuery, ask: Ask) -> dict[str, Shown]:
    """The metric's number in one row of `query`'s range, and that of each operand; what cannot be known is left out."""
    needed = operands(metric)
    plain = [operand.metric for operand in needed if not operand.offset_window and not operand.filter]
    whole = structs.replace(
        query, metrics=tuple(dict.fromkeys([metric.name, *plain])), by=(), grain="", fill=False, vs=""
    )
    answer = ask(whole)
    row = answer.table.dicts()[0] if answer.table.rows else {}
    found = {name: shown(model, name, value) for name, value in row.items()}
    for operand in needed:
        if operand.key not in found and (asked := earlier(whole, answer, operand)) is not None:
            found[operand.key] = shown(model, operand.metric, ask(asked).table.rows[0][0])
    return found


def earlier(query: MetricQuery, answer: Answer, operand: Operand) -> MetricQuery | None:
    """The question for an operand that is filtered or looks back; None where there is nothing to look back from."""
    where = (*query.where, operand.filter) if operand.filter else query.where
    asked = structs.replace(query, metrics=(operand.metric,), where=where)
    if not operand.offset_window:
        return asked
    start, end = answer.span.start, answer.span.end
    if start is None or end is None or isinstance(start, datetime) or isinstance(end, datetime):
        return None
    try:
        count, grain = parse_window(operand.offset_window)
        first, past = shift(start, -count, grain), shift(end, -count, grain)
    except (QueryError, ValueError, OverflowError):
        return None
    last = past - timedelta(days=1)
    return structs.replace(asked, range=f"{iso(first)}..{iso(last)}")


def iso(value: date) -> str:
    """A day as ISO text."""
    return f"{value:%Y-%m-%d}"


def shown(model: Model, name: str, value: Value) -> Shown:
    """A metric's value as the reader sees it."""
    metric = model.metrics[name]
    currency = metric.currency or model.workspace.currency
    return Shown(format_value(value, metric.unit, currency, model.workspace.locale), value)
