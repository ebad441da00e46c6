"""Comparing two roads to one number: what was compared, where the roads part, and what was left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import CLOCK, PARTS, day_of, grain_of, next_period
from truenorth.base.table import Value
from truenorth.base.zone import local
from truenorth.define.expression import TIME_NAME
from truenorth.define.model import Metric
from truenorth.query.answer import Answer
from truenorth.query.catalog import Catalog
from truenorth.query.cell import Cell
from truenorth.query.member import by_hand
from truenorth.query.oracle import Oracle
from truenorth.query.request import MetricQuery
from truenorth.query.test import same

Ask = Callable[[MetricQuery], Answer]
T = TypeVar("T")
BROKEN = "it cannot be computed"
REMEMBERED = 64


class Failure(Struct, frozen=True):
    """Two roads to one number that do not meet."""

    check: str
    metric: str
    cell: str
    one: Value
    other: Value
    size: int
    detail: str = ""

    def __str__(self) -> str:
        lines = [f"FAILED  {self.metric}: {self.check}"]
        if self.check != BROKEN:
            lines.append(f"        {self.cell}: {self.one} against {self.other}")
        return "\n".join([*lines, *(f"        {line}" for line in self.detail.splitlines())])


class Report(Struct, frozen=True):
    """How many numbers were compared, where they parted, and what was not looked at."""

    compared: int
    failures: tuple[Failure, ...]
    skipped: tuple[str, ...]
    counts: dict[str, int]

    @property
    def passed(self) -> bool:
        return not self.failures

    @property
    def smallest(self) -> Failure | None:
        """The failing example with the fewest parts."""
        return min(self.failures, key=lambda failure: failure.size, default=None)


Days = tuple[date, date]


class Proof:
    """Asks, compares and keeps count; `samples` is how many cells of a grouping are looked at."""

    def __init__(self, catalog: Catalog, ask: Ask, now: datetime, samples: int) -> None:
        self.catalog = catalog
        # Checks of a metric begin with the same few questions: each is asked once.
        self.ask: Ask = lru_cache(REMEMBERED)(ask)
        self.samples = samples
        self.now = now
        self.timezone = catalog.model.workspace.timezone
        self.oracle = self.oracle_in(self.timezone)
        self.failures: list[Failure] = []
        self.skipped: list[str] = []
        self.sampled: dict[str, tuple[int, int, int]] = {}
        self.counts: dict[str, int] = {}

    def oracle_in(self, zone: str, span: Days | None = None) -> Oracle:
        """The naive builder, counting days in a zone; cohorts are as of the last day of a span."""
        here = local(self.now, zone)
        midnight = (here.hour, here.minute, here.second, here.microsecond) == (0, 0, 0, 0)
        catalog = self.catalog
        if catalog.model.cohorts:
            catalog = by_hand(catalog, span[1] if span else None, zone, self.now)
        return Oracle(catalog, zone, here.date() if midnight else here.date() + timedelta(days=1), self.now)

    def is_oracle(self, metric: Metric, query: MetricQuery, span: Days | None, most: int = 0) -> Answer:
        """The engine's cells against the naive builder's, at most so many of them; the engine's answer."""
        oracle = self.oracle
        if query.timezone or self.catalog.model.cohorts:
            oracle = self.oracle_in(query.timezone or self.timezone, span)
        answer = self.ask(query)
        at, columns = answer.table.index(metric.name), times_of(query)
        rows = [row for row in answer.table.rows if not (query.grain and row[0] is None)]
        for row in self.sample(rows, f"engine = naive{by_words(query)}", most):
            cell = self.cell(query, row, span, columns)
            started = len(oracle.asked)
            try:
                value = oracle.number(metric.name, cell)
            except QueryError as error:
                self.skipped.append(f"{metric.name}{by_words(query)}: {error.message}")
                return answer
            naive = "\n".join(oracle.asked[started:])
            self.compare(
                "engine = naive", metric, str(cell), (row[at], value), query, f"{answer.sql}\n-- naive:\n{naive}"
            )
        return answer

    def cell(self, query: MetricQuery, row: tuple[Value, ...], span: Days | None, columns: tuple[str, ...]) -> Cell:
        """The cell of a row: its period cut to the data, and the values of its dimensions."""
        named = tuple(name for name in query.by if not name.startswith(f"{TIME_NAME}__"))
        values = tuple(zip(named, row[len(columns) :], strict=False))
        cell = Cell(span[0] if span else None, span[1] + timedelta(days=1) if span else None, values, bool(columns))
        for unit, label in zip(columns, row, strict=False):
            cell = self.within(cell, unit, label)
        return cell

    def within(self, cell: Cell, unit: str, label: Value) -> Cell:
        """The part of a cell that a time column calls so."""
        if unit in PARTS or (unit in self.catalog.model.grains and label is None):
            assert label is None or isinstance(label, int | str | date)
            return replace(cell, labels=(*cell.labels, (unit, label)))
        if unit in self.catalog.model.grains:
            assert isinstance(label, int | str | date)
            runs = [run for run in self.oracle.elsewhere.days(unit).runs() if run[0] in self.called(unit, label)]
            if len(runs) != 1:
                return replace(cell, labels=(*cell.labels, (unit, label)))
            return cut(cell, runs[0][0], runs[0][1] + timedelta(days=1))
        assert isinstance(label, date)
        if isinstance(label, datetime):
            return replace(cell, start=label, end=label.astimezone(UTC) + timedelta(seconds=CLOCK[unit]))
        return replace(cut(cell, label, next_period(label, grain_of(unit))), grain=unit)

    def called(self, unit: str, label: Value) -> list[date]:
        """The days that a calendar calls so."""
        assert label is None or isinstance(label, int | str | date)
        return self.oracle.elsewhere.days(unit).called(label)

    def sample(self, rows: list[T], what: str, most: int = 0) -> Iterator[T]:
        """Evenly spread rows, the first and last among them; remembers how many were passed over."""
        samples = min(self.samples, most or self.samples)
        if len(rows) <= samples:
            yield from rows
            return
        names, _, size = self.sampled.get(what, (0, 0, 0))
        self.sampled[what] = (names + 1, samples, max(size, len(rows)))
        last = len(rows) - 1
        yield from (rows[round(at * last / max(1, samples - 1))] for at in range(samples))

    def compare(
        self, check: str, metric: Metric, cell: str, pair: tuple[Value, Value], query: MetricQuery, detail: str = ""
    ) -> None:
        """Count a comparison, and keep it when the numbers differ."""
        self.counts[check] = self.counts.get(check, 0) + 1
        if not same(*pair):
            size = len(query.by) + bool(query.grain)
            self.failures.append(Failure(check, metric.name, cell, *pair, size, detail))


def added(values: Iterable[Value]) -> Value:
    """The sum of the known values; None when none is known."""
    known = [value for value in values if isinstance(value, int | float | Decimal)]
    if not known:
        return None
    exact = all(not isinstance(value, float) for value in known)
    return sum((Decimal(str(value)) for value in known), Decimal(0)) if exact else sum(float(value) for value in known)


def by_words(query: MetricQuery) -> str:
    """How a question groups, in words."""
    words = "".join(f" by {name}" for name in ((query.grain,) if query.grain else ()) + query.by)
    return f"{words} in {query.timezone}" if query.timezone else words


def times_of(query: MetricQuery) -> tuple[str, ...]:
    """What the time columns of a question tell, in their order.

    >>> times_of(MetricQuery(("revenue",), by=("region", "metric_time__day_of_week"), grain="month"))
    ('month', 'day_of_week')
    """
    start = f"{TIME_NAME}__"
    asked = tuple(name.removeprefix(start) for name in query.by if name.startswith(start))
    return ((query.grain,) if query.grain else ()) + asked


def cut(cell: Cell, start: date, end: date) -> Cell:
    """The part of a cell of whole days between two of them."""
    first, last = cell.start, cell.end
    return replace(
        cell,
        start=start if first is None else max(start, day_of(first)),
        end=end if last is None else min(end, day_of(last)),
    )
