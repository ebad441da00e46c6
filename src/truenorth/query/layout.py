"""Metrics as lines and periods across, the way statements are read; totals are proven by the lines they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from msgspec.structs import replace

from truenorth.base.table import Column, Value
from truenorth.define.graph import metric as metric_of
from truenorth.define.model import Model, Statement
from truenorth.define.total import addends
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.query.rollforward import Ask, Exact, Rollforward, exact, summed

Kind = Literal["heading", "amount", "total", "rate"]
RATES = ("percent", "points", "ratio")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its values as they are shown (what is taken off is below zero), by period and over the whole range.

    `of` says of a total which lines, by their place, are added (1) and taken off (-1), as they are shown.
    """

    kind: Kind
    label: str
    name: str = ""
    values: tuple[Value, ...] = ()
    whole: Value = None
    unit: str = ""
    currency: str = ""
    of: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A statement laid out. `filling` are the periods that are not over, `cut` the places of those of which the range
    holds only a part; `answer` holds the same numbers, a period a row."""

    name: str
    title: str
    description: str
    periods: tuple[date | datetime, ...]
    filling: tuple[bool, ...]
    lines: tuple[Line, ...]
    answer: Answer
    whole: Answer
    cut: frozenset[int] = frozenset()

    def off(self, total: Line, period: int | None) -> Exact | None:
        """What a total is more than its lines come to, in a period or the whole range; None where it has no value."""
        value = exact(shown(total, period))
        if value is None:
            return None
        parts = [sign * (exact(shown(self.lines[at], period)) or 0) for at, sign in total.of]
        return summed([value, *(-one for one in parts)])

    @property
    def totals(self) -> tuple[Line, ...]:
        """The lines that other lines prove."""
        return tuple(one for one in self.lines if one.of)

    def holds(self, period: int | None) -> bool:
        """Whether all totals are what their lines come to."""
        return not any(self.off(one, period) for one in self.totals)


@dataclass(frozen=True, slots=True)
class Bridge:
    """A total from one period to another by the lines it is made of, down to those that are no totals themselves."""

    total: Line
    before: int
    now: int
    moved: tuple[tuple[Line, Exact], ...]

    @property
    def ends(self) -> tuple[Exact, Exact]:
        """What the total was and is."""
        before, now = (exact(shown(self.total, at)) or 0 for at in (self.before, self.now))
        return before, now


def bridged(layout: Layout, first: bool = False) -> Bridge | None:
    """The last total that is part of no other, from the period before (or the first of the range) to the newest one
    that is complete.

    None where there is no total, nothing to compare, or a value is not known; the steps always make the whole change.
    """
    inner = {at for one in layout.totals for at, _ in one.of}
    tops = [one for at, one in enumerate(layout.lines) if one.of and at not in inner]
    total = tops[-1] if tops else None
    whole = [at for at, filling in enumerate(layout.filling) if not filling and at not in layout.cut]
    if total is None or len(whole) < 2:
        return None
    before, now = (whole[0] if first else whole[-2]), whole[-1]
    if any(exact(shown(total, at)) is None or layout.off(total, at) for at in (before, now)):
        return None
    moved = []
    for at, sign in ground(layout, total):
        old, new = (exact(shown(layout.lines[at], period)) or 0 for period in (before, now))
        moved.append((layout.lines[at], summed([sign * new, -sign * old])))
    return Bridge(total, before, now, tuple(moved))


def ground(layout: Layout, total: Line) -> list[tuple[int, int]]:
    """The lines a total comes down to in the end, by their place, with the sign each has in it."""
    found: list[tuple[int, int]] = []
    for at, sign in total.of:
        line = layout.lines[at]
        found += [(place, sign * own) for place, own in ground(layout, line)] if line.of else [(at, sign)]
    return found


def shown(line: Line, period: int | None) -> Value:
    """A line's value in a period, or over the whole range for None."""
    return line.whole if period is None else line.values[period] if line.values else None


def laid_out(model: Model, statement: Statement, query: MetricQuery, grain: str, ask: Ask) -> Layout:
    """A statement's lines over a range: one question for its periods and one for the whole, nothing added up here."""
    plain = replace(query, metrics=tuple(statement.lines), by=(), grain="", vs="", fill="")
    whole, answer = ask(plain), ask(replace(plain, grain=grain, fill="null"))
    signs = signs_of(model, statement.lines)
    first = whole.table.dicts()[0] if whole.table.rows else {}
    time, rows = in_order(answer)
    columns = {column.name: column for column in answer.table.columns}
    lines = tuple(
        line_of(model, statement.lines, name, signs, (columns[name], [row[name] for row in rows], first.get(name)))
        for name in statement.lines
    )
    periods = tuple(moment for row in rows if isinstance(moment := row[time], date))
    cut = frozenset(at for at, moment in enumerate(periods) if moment in answer.cut)
    filling = tuple(moment in answer.incomplete and at not in cut for at, moment in enumerate(periods))
    return Layout(statement.name, statement.title, statement.description, periods, filling, lines, answer, whole, cut)


def in_order(answer: Answer) -> tuple[str, list[dict[str, Value]]]:
    """The time column and the rows that have a time, oldest first."""
    time = next(column.name for column in answer.table.columns if column.role == "time")
    rows = [row for row in answer.table.dicts() if isinstance(row[time], date)]
    return time, sorted(rows, key=lambda row: str(row[time]))


def signs_of(model: Model, names: Sequence[str]) -> Mapping[str, int]:
    """By line, -1 for what the total it belongs to takes off: costs are shown below zero, so that lines add up."""
    parents: dict[str, tuple[str, int]] = {}
    for total in names:
        for name, sign in made_of(model, names, total).items():
            parents.setdefault(name, (total, sign))

    def sign_of(name: str) -> int:
        total, sign = parents.get(name, ("", 1))
        return sign * sign_of(total) if total else sign

    return {name: sign_of(name) for name in names}


def made_of(model: Model, names: Sequence[str], total: str) -> Mapping[str, int]:
    """The lines that a line adds up with their signs, if it is the sum of lines that are all there."""
    found = model.metrics.get(total)
    parts = addends(found) if found is not None else None
    return parts if parts is not None and set(parts) <= set(names) else {}


def line_of(
    model: Model,
    names: Sequence[str],
    name: str,
    signs: Mapping[str, int],
    told: tuple[Column, Sequence[Value], Value],
) -> Line:
    """One metric as a line."""
    column, values, whole = told
    sign, parts = signs[name], made_of(model, names, name)
    kind: Kind = "total" if parts else "rate" if column.unit in RATES else "amount"
    defined = name in model.metrics
    return Line(
        kind,
        metric_of(model, name).title if defined else column.label or name,
        name if defined else "",
        tuple(turned(value, sign) for value in values),
        turned(whole, sign),
        column.unit,
        column.currency,
        tuple((names.index(part), sign * each * signs[part]) for part, each in parts.items()),
    )


def turned(value: Value, sign: int) -> Value:
    """A value with the sign it is shown with."""
    number = exact(value)
    return value if number is None or sign > 0 else -number or number


def of_balance(told: Rollforward) -> Layout:
    """A balance from opening to closing as a statement, and below it its entities where they are counted."""
    lines = list(_steps(told, 0))
    if told.entities is not None:
        lines.append(Line("heading", told.entities.metric.title))
        lines += _steps(told.entities, len(lines))
    metric = told.metric
    periods = tuple(moment for one in told.periods if (moment := one.period) is not None)
    filling = tuple(one.filling for one in told.periods)
    cut = frozenset(at for at, one in enumerate(told.periods) if one.cut)
    title = f"{metric.title} from opening to closing"
    return Layout(metric.name, title, metric.description, periods, filling, tuple(lines), told.answer, told.total, cut)


def _steps(told: Rollforward, first: int) -> list[Line]:
    """The steps of one roll-forward as lines that begin at a place."""
    columns = {column.name: column for column in told.total.table.columns}
    last = len(told.steps) - 1
    found = []
    for at, step in enumerate(told.steps):
        column = columns[step.name]
        inner = 0 < at < last
        sign = step.sign if inner else 1
        found.append(
            Line(
                "amount" if inner else "total",
                step.label,
                step.name if step.defined else "",
                tuple(turned(one.values[at], sign) for one in told.periods),
                turned(told.whole.values[at], sign),
                column.unit,
                column.currency,
                tuple((first + place, 1) for place in range(last)) if at == last else (),
            )
        )
    return found
