"""Leaderboards: the leading values of a dimension, each a link that filters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from truenorth.analyze.compare import Change, change
from truenorth.base.quantity import format_value
from truenorth.base.table import Value
from truenorth.chart import draw
from truenorth.chart.bar import largest
from truenorth.decide.words import change_words
from truenorth.query.answer import Answer
from truenorth.query.chosen import written
from truenorth.web.question import DEFAULTS, Asked, dimension_of, ordered, shown
from truenorth.web.speak import delta, labelled, number, spoken, svg
from truenorth.web.view import Board, Delta, Entry


def board(asked: Asked, field: str, answer: Answer) -> Board:
    """One dimension's leaderboard, largest first; what does not fit is one row that says how much it is."""
    metric, table = asked.metric, answer.table
    name = dimension_of(answer)
    earlier = earlier_of(answer)
    label = next((column.label for column in table.columns if column.role == "dimension"), "") or words(field)
    rows, every = shown(answer), ordered(answer)
    full = largest([number(row[metric.name]) for row in every])
    entries = [_entry(asked, field, row, (name, earlier_of(answer)), full) for row in rows]
    for other, rest in asked.rests:
        if other == field:
            entries.append(_rest(asked, rest, present(answer, every) - present(answer, rows), full))
    compared = bool(earlier) and any(entry.delta for entry in entries)
    head = (label, _column_word(asked), "change") if compared else (label, _column_word(asked))
    split = replace(asked.state, by="" if asked.state.by == field else field)
    said = {spoken(asked.model, note) for note in (*asked.total.notes, *asked.series.notes)}
    note = " ".join(one for one in (spoken(asked.model, note) for note in answer.notes) if one not in said)
    empty = "No rows under these filters." if asked.state.where else "No rows in this range."
    splits = split.without(DEFAULTS).url(f"/m/{metric.name}") if asked.timed else ""
    return Board(label, field, head, tuple(entries), splits, note, empty)


def present(answer: Answer, rows: Iterable[dict[str, Value]]) -> int:
    """How many rows have something in the range itself, not only in what it is compared with."""
    name = next(column.name for column in answer.table.columns if column.role == "metric")
    before = earlier_of(answer)
    return sum(1 for row in rows if row[name] or (row[name] is not None and (not before or row[before] is None)))


def words(field: str) -> str:
    """A field reference in words.

    >>> words("customers.became_customer_on")
    'Became customer on'
    """
    return field.rpartition(".")[2].replace("_", " ").capitalize()


def _column_word(asked: Asked) -> str:
    return {"percent": "rate", "currency": "amount"}.get(asked.metric.unit, "value")


def earlier_of(answer: Answer) -> str:
    """The column of the earlier range, or nothing."""
    return next((column.name for column in answer.table.columns if column.role == "previous"), "")


def _entry(asked: Asked, field: str, row: dict[str, Value], columns: tuple[str, str], full: float) -> Entry:
    metric, (name, earlier) = asked.metric, columns
    text = None if row[name] is None else written(row[name])
    held = asked.state.filtered(field)
    chosen = held is not None and not held.exclude and text in held.values
    path = f"/m/{metric.name}"
    href = asked.state.toggle(field, text).without(DEFAULTS).url(path)
    without = asked.state.leave_out(field, text).without(DEFAULTS).url(path)
    entry = _sized(asked, row, full, earlier)
    return replace(
        entry,
        label=labelled(row[name]),
        href=href,
        kind="none" if text is None else "",
        chosen=chosen,
        without=without,
    )


def _sized(asked: Asked, row: dict[str, Value], full: float, earlier: str) -> Entry:
    """A line without a name: its bar, its value and its change."""
    metric, locale = asked.metric, asked.model.workspace.locale
    now = number(row[metric.name])
    step = change(now, number(row.get(earlier)), metric.direction)
    return Entry(
        label="",
        href="",
        bar=svg(draw.share(now / full if now is not None and full else None)),
        value=format_value(row[metric.name], metric.unit, metric.currency, locale, compact=True),
        delta=_delta(asked, step) if step.known else None,
    )


def _delta(asked: Asked, step: Change) -> Delta:
    metric = asked.metric
    text = change_words(step, metric.unit, metric.currency, asked.model.workspace.locale)
    return replace(delta(step.absolute, text, step.verdict), arrow="")


def _rest(asked: Asked, rest: Answer, count: int, full: float) -> Entry:
    empty: dict[str, Value] = {asked.metric.name: None}
    row = next(iter(rest.table.dicts()), empty)
    return replace(_sized(asked, row, full, earlier_of(rest)), label=f"{count:,} others", kind="rest")
