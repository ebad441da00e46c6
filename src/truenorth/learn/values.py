"""The numbers that a formula needs, asked by the same engine that answers the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from truenorth.base.errors import TrueNorthError
from truenorth.base.period import Span, day_of, parse_window, shift, truncate
from truenorth.base.quantity import format_value
from truenorth.base.table import Column, Value
from truenorth.define.model import Metric, Model
from truenorth.learn.formula import Operand, Shown, operands
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery

Ask = Callable[[MetricQuery], Answer]


def values(model: Model, metric: Metric, query: MetricQuery, ask: Ask) -> dict[str, Shown]:
    """The metric's number in one row of `query`'s range, and that of each operand; what cannot be known is left out."""
    whole = ask(replace(query, metrics=together(metric), by=(), grain="", fill=False, vs="", order=(), limit=None))
    others = {key: ask(one) for key, one in questions(metric, whole.query, whole.span).items()}
    return numbers(model, whole, others)


def together(metric: Metric) -> tuple[str, ...]:
    """The metric and those of its operands that are asked as they are."""
    plain = (one.metric for one in operands(metric) if one.key == one.metric)
    return tuple(dict.fromkeys((metric.name, *plain)))


def numbers(model: Model, whole: Answer, others: Mapping[str, Answer]) -> dict[str, Shown]:
    """The first row of each answer as the reader sees it: all metrics of `whole` by name, the `others` by key."""
    row = whole.table.rows[0] if whole.table.rows else ()
    found = {
        column.name: shown(model, column, value)
        for column, value in zip(whole.table.columns, row, strict=False)
        if column.role == "metric"
    }
    asked = {key: answer.table for key, answer in others.items() if answer.table.rows}
    return found | {key: shown(model, table.columns[0], table.rows[0][0]) for key, table in asked.items()}


def shown(model: Model, column: Column, value: Value) -> Shown:
    """A value as the reader sees it."""
    currency = column.currency or model.workspace.currency
    return Shown(format_value(value, column.unit, currency, model.workspace.locale), value)


def questions(metric: Metric, whole: MetricQuery, span: Span) -> dict[str, MetricQuery]:
    """By key of each earlier or filtered operand, the question for its number.

    `whole` is the question over the whole range and `span` the days it came to. An earlier operand of a range
    without days (open, or of hours) has no question.
    """
    found = {one.key: _question(one, whole, span) for one in operands(metric) if one.key != one.metric}
    return {key: question for key, question in found.items() if question is not None}


def _question(one: Operand, whole: MetricQuery, span: Span) -> MetricQuery | None:
    where = (*whole.where, one.filter) if one.filter else whole.where
    asked = MetricQuery((one.metric,), range=whole.range, timezone=whole.timezone, where=where)
    if not one.offset_window and not one.offset_to_grain:
        return asked
    start, end = span.start, span.end
    if start is None or end is None or isinstance(start, datetime) or isinstance(end, datetime):
        return None
    try:
        if one.offset_window:
            count, grain = parse_window(one.offset_window)
            start, end = day_of(shift(start, -count, grain)), day_of(shift(end, -count, grain))
        if one.offset_to_grain:
            # Weeks and fiscal years begin where the workspace says, which a formula is not told.
            if one.offset_to_grain not in ("day", "month", "quarter", "year"):
                return None
            start = truncate(start, one.offset_to_grain)
            end = start + timedelta(days=1)
        first, last = start, end - timedelta(days=1)
    except TrueNorthError:
        return None
    return replace(asked, range=f"{first:%Y-%m-%d}..{last:%Y-%m-%d}")
