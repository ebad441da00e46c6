"""Closed periods: what was reported is kept as it was, and what changed since is told beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Protocol

from msgspec import Struct, convert

from truenorth.base.errors import QueryError, TrueNorthError
from truenorth.base.period import Grain, Span, day_of, parse_period, shift
from truenorth.base.table import Value
from truenorth.define.graph import metric as metric_of
from truenorth.define.model import Model
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.store.engine import Engine
from truenorth.store.tables import create
from truenorth.store.values import literal

TABLE = "period_closings"
GRAINS: tuple[Grain, ...] = ("day", "month", "quarter", "year")
# Floating numbers are added up in whatever order the engine likes.
ALIKE = 1e-9
COLUMNS = (
    "metric", "period", "grain", "dimension", "member", "value", "currency", "closed_at", "closed_by", "reason",
)  # fmt: skip


class Ask(Protocol):
    """Asks a question."""

    def __call__(self, query: MetricQuery, /) -> Answer: ...


class Closed(Struct, frozen=True):
    """A reported value: of a metric in a period, in all (`dimension` is "") or of one member of a dimension."""

    metric: str
    period: date
    grain: str
    dimension: str
    member: str | None
    value: str | None
    currency: str
    closed_at: datetime
    closed_by: str
    reason: str = ""


class Restatement(Struct, frozen=True):
    """A closed value that would be another today; `change` is None where either is unknown."""

    closed: Closed
    before: Value
    now: Value
    change: Value


class Closing(Struct, frozen=True):
    """What closing a period kept, and which metrics could not be, with the reason."""

    kept: tuple[Closed, ...]
    left: Mapping[str, str] = {}


def close(ask: Ask, engine: Engine, model: Model, text: str, names: Sequence[str], signed: Closed) -> Closing:
    """Keep the values of a period, of the named metrics or of all financial ones, in all and by their dimensions.

    `signed` says when, by whom and why. QueryError E_BAD_PERIOD when the text is no period, E_PERIOD_RUNNING when it is
    not over, E_PERIOD_CLOSED when a named metric is closed in it already.
    """
    span, grain = period_of(text)
    if span.end is None or day_of(span.end) > signed.closed_at.date():
        hint = f"it is over on {span.end}; what still changes cannot be final"
        raise QueryError("E_PERIOD_RUNNING", f"{text} is not over yet", hint=hint)
    there = {(one.metric, one.period, one.grain) for one in closings(engine)}
    wanted = list(dict.fromkeys(names)) or [one.name for one in model.metrics.values() if one.domain == "financial"]
    assert span.start is not None
    known = [name for name in wanted if (name, span.start, grain) in there]
    if known and names:
        hint = f"see truenorth period list; truenorth period reopen {text} {known[0]} lets it be closed anew"
        raise QueryError("E_PERIOD_CLOSED", f'"{known[0]}" is closed in {text} already', hint=hint)
    kept: list[Closed] = []
    left: dict[str, str] = {}
    for name in wanted:
        if name not in known:
            try:
                kept += values_of(ask, model, name, (text, day_of(span.start), grain), signed)
            except TrueNorthError as error:
                if names:
                    raise
                left[name] = error.message
    write(engine, kept)
    return Closing(tuple(kept), left)


def period_of(text: str) -> tuple[Span, Grain]:
    """A day, month, quarter or year by its name, and which of these it is."""
    try:
        span = parse_period(text)
    except ValueError:
        hint = "write a month such as 2026-05, a quarter such as 2026-Q2, a year or a day"
        raise QueryError("E_BAD_PERIOD", f'"{text}" is no period', hint=hint) from None
    assert span.start is not None
    return span, next(one for one in GRAINS if shift(span.start, 1, one) == span.end)


def values_of(ask: Ask, model: Model, name: str, when: tuple[str, date, Grain], signed: Closed) -> Iterable[Closed]:
    """The values of a metric in a period: the whole, and each member of the dimensions of its definition."""
    text, period, grain = when
    for dimension in ("", *metric_of(model, name).dimensions):
        by = (dimension,) if dimension else ()
        answer = ask(MetricQuery((name,), by=by, grain=grain, range=text))
        currency = next(column.currency for column in answer.table.columns if column.name == name)
        for row in answer.table.dicts():
            member = None if not dimension or row[dimension] is None else str(row[dimension])
            value = None if row[name] is None else str(row[name])
            yield Closed(
                name, period, grain, dimension, member, value, currency, signed.closed_at, signed.closed_by,
                signed.reason,
            )  # fmt: skip


def write(engine: Engine, kept: Sequence[Closed]) -> None:
    """Add closed values to the table."""
    if not kept:
        return
    rows = ",\n".join(f"({', '.join(shown(getattr(one, name)) for name in COLUMNS)}, NULL)" for one in kept)
    with engine.transaction(TABLE) if engine.abilities.transactions else nullcontext():
        engine.write(create(TABLE))
        engine.write(f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}, reopened_at) VALUES\n{rows}")


def shown(value: object) -> str:
    """A value as SQL."""
    return "NULL" if value is None else literal(str(value))


def closings(engine: Engine, metric: str = "") -> tuple[Closed, ...]:
    """All values that are closed now, in order of time."""
    if TABLE not in engine.tables():
        return ()
    of = f" AND metric = {literal(metric)}" if metric else ""
    order = "period, metric, grain, dimension, member"
    rows = engine.rows(f"SELECT {', '.join(COLUMNS)} FROM {TABLE} WHERE reopened_at IS NULL{of} ORDER BY {order}")
    return tuple(convert(dict(zip(COLUMNS, row, strict=True)), Closed) for row in rows)


def reopen(engine: Engine, text: str, names: Sequence[str], now: datetime) -> int:
    """Let a period be closed anew, for the named metrics or all of them: how many values are closed no more."""
    span, grain = period_of(text)
    held = [one for one in closings(engine) if (one.period, one.grain) == (span.start, grain)]
    held = [one for one in held if not names or one.metric in names]
    if held:
        among = ", ".join(dict.fromkeys(literal(one.metric) for one in held))
        with engine.transaction(TABLE) if engine.abilities.transactions else nullcontext():
            engine.write(
                f"UPDATE {TABLE} SET reopened_at = {literal(now.isoformat(sep=' '))} WHERE reopened_at IS NULL "
                f"AND period = {literal(str(span.start))} AND grain = {literal(grain)} AND metric IN ({among})"
            )
    return len(held)


def restatements(ask: Ask, closed: Sequence[Closed]) -> tuple[Restatement, ...]:
    """The closed values that would be others today."""
    found: list[Restatement] = []

    def question(one: Closed) -> tuple[str, str, str]:
        return one.metric, one.grain, one.dimension

    for (metric, grain, dimension), group in groupby(sorted(closed, key=question), key=question):
        own = list(group)
        today = values_today(
            ask, metric, dimension, (min(one.period for one in own), max(one.period for one in own), grain)
        )
        found += [restated for one in own if (restated := restatement(one, today.get((one.period, one.member))))]
    return tuple(sorted(found, key=lambda one: (one.closed.period, one.closed.metric, one.closed.dimension)))


def values_today(
    ask: Ask, metric: str, dimension: str, when: tuple[date, date, str]
) -> dict[tuple[date, str | None], Value]:
    """What is told today of the periods from the first to the last, by period and member."""
    first, last, grain = when
    end = shift(last, 1, grain) - timedelta(days=1)
    by = (dimension,) if dimension else ()
    answer = ask(MetricQuery((metric,), by=by, grain=grain, range=f"{first}..{end}"))
    found = {}
    for row in answer.table.rows:
        member = row[1] if dimension else None
        assert isinstance(row[0], date)
        found[day_of(row[0]), None if member is None else str(member)] = row[-1]
    return found


def restatement(closed: Closed, now: Value) -> Restatement | None:
    """How a closed value differs from today's; None when it does not."""
    before = read(closed.value, now)
    if before is None or now is None:
        return None if before is now is None else Restatement(closed, before, now, None)
    if isinstance(before, float) and isinstance(now, float):
        alike = abs(now - before) <= ALIKE * max(abs(now), abs(before))
        return None if alike else Restatement(closed, before, now, now - before)
    change = Decimal(str(now)) - Decimal(str(before))
    return Restatement(closed, before, now, change) if change else None


def read(text: str | None, like: Value) -> Value:
    """A kept value as a number of the kind that today's is."""
    if text is None:
        return None
    return float(text) if isinstance(like, float) else Decimal(text)
