"""Leaderboards: the leading values of a dimension, each a link that filters."""

from __future__ import annotations

from dataclasses import replace

from truenorth.analyze.compare import Change, change
from truenorth.base.quantity import format_value
from truenorth.base.table import Value
from truenorth.chart import draw
from truenorth.chart.bar import largest
from truenorth.decide.words import change_words
from truenorth.query.answer import Answer
from truenorth.web.question import DEFAULTS, Asked
from truenorth.web.speak import delta, number, svg
from truenorth.web.state import NONE
from truenorth.web.view import Board, Delta, Entry

LEADING = 7


def board(asked: Asked, field: str, answer: Answer) -> Board:
    """One dimension's leaderboard, largest first; what does not fit is one row that says how much it is."""
    metric, table = asked.metric, answer.table
    name = next(column.name for column in table.columns if column.role == "dimension")
    earlier = next((column.name for column in table.columns if column.role == "previous"), "")
    label = next((column.label for column in table.columns if column.role == "dimension"), "") or words(field)
    rows = sorted(table.dicts(), key=lambda row: -(number(row[metric.name]) or 0.0))
    rows = [row for row in rows if row[metric.name] is not None or (earlier and row[earlier] is not None)]
    full = largest([number(row[metric.name]) for row in rows])
    entries = [
        _entry(asked, field, row[name], row[metric.name], row[earlier] if earlier else None, full) for row in rows
    ]
    shown = entries if len(entries) <= LEADING + 1 else entries[:LEADING]
    rest = [number(row[metric.name]) or 0.0 for row in rows[len(shown) :]]
    if rest:
        shown = [*shown, _rest(asked, rest, full)]
    head = (label, _column_word(asked), "change") if earlier else (label, _column_word(asked))
    split = replace(asked.state, by="" if asked.state.by == field else field)
    return Board(label, field, head, tuple(shown), split.without(DEFAULTS).url(f"/m/{metric.name}"))


def words(field: str) -> str:
    """A field reference in words.

    >>> words("customers.became_customer_on")
    'Became customer on'
    """
    return field.rpartition(".")[2].replace("_", " ").capitalize()


def _column_word(asked: Asked) -> str:
    return {"percent": "rate", "currency": "amount"}.get(asked.metric.unit, "value")


def _entry(asked: Asked, field: str, value: Value, size: Value, before: Value, full: float) -> Entry:
    metric, locale = asked.metric, asked.model.workspace.locale
    text = None if value is None else str(value)
    held = asked.state.filtered(field)
    chosen = held is not None and not held.exclude and text in held.values
    now = number(size)
    step = change(now, number(before), metric.direction)
    return Entry(
        label=NONE if text is None else text,
        href=asked.state.toggle(field, text).without(DEFAULTS).url(f"/m/{metric.name}"),
        bar=svg(draw.share(now / full if now is not None and full else None)),
        value=format_value(size, metric.unit, metric.currency, locale, compact=True),
        delta=_delta(asked, step) if step.known else None,
        kind="none" if text is None else "",
        chosen=chosen,
    )


def _delta(asked: Asked, step: Change) -> Delta:
    metric = asked.metric
    text = change_words(step, metric.unit, metric.currency, asked.model.workspace.locale)
    return replace(delta(step.absolute, text, step.verdict), arrow="")


def _rest(asked: Asked, rest: list[float], full: float) -> Entry:
    metric, locale = asked.metric, asked.model.workspace.locale
    additive = asked.total.additivity.get(metric.name) == "additive"
    total = format_value(sum(rest), metric.unit, metric.currency, locale, compact=True) if additive else ""
    bar = svg(draw.share(sum(rest) / full if additive and full else None))
    return Entry(f"{len(rest):,} others", "", bar, total, kind="rest")
