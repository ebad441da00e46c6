"""The questions whose answers are the numbers in a formula, where they are not the plain metrics of the page."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from truenorth.base.period import Span, day_of, parse_window, shift
from truenorth.define.model import Metric
from truenorth.learn.formula import Operand, operands
from truenorth.query.request import MetricQuery


def questions(metric: Metric, whole: MetricQuery, span: Span) -> dict[str, MetricQuery]:
    """By key of each earlier or filtered operand, the question for its number.

    `whole` is the page's question over its whole range and `span` the days it came to. An earlier operand of a range
    without days (open, or of hours) has no question.
    """
    found = {one.key: _question(one, whole, span) for one in operands(metric) if one.key != one.metric}
    return {key: question for key, question in found.items() if question is not None}


def _question(one: Operand, whole: MetricQuery, span: Span) -> MetricQuery | None:
    asked = replace(
        whole, metrics=(one.metric,), by=(), grain="", order=(), limit=None, vs="", fill=False, totals=False
    )
    if one.filter:
        asked = replace(asked, where=(*asked.where, one.filter))
    if not one.offset_window:
        return asked
    start, end = span.start, span.end
    if start is None or end is None or isinstance(start, datetime) or isinstance(end, datetime):
        return None
    count, grain = parse_window(one.offset_window)
    first, last = shift(start, -count, grain), day_of(shift(end, -count, grain)) - timedelta(days=1)
    return replace(asked, range=f"{first.isoformat()}..{last.isoformat()}")
