"""Proof on the reader's own data: the same number by other roads, and the smallest example where they part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from msgspec import Struct, structs

from truenorth.base.errors import QueryError, TrueNorthError
from truenorth.base.period import Grain, Moment, Span, day_of, grain_of, next_period, periods, truncate
from truenorth.base.table import Value
from truenorth.base.zone import local, local_day
from truenorth.define.graph import computed_from, fields_of, grouped, leaves, resolve_field
from truenorth.define.graph import metric as metric_of
from truenorth.define.model import Metric
from truenorth.query.answer import Answer
from truenorth.query.catalog import Catalog
from truenorth.query.key import columns, doubled, promised
from truenorth.query.oracle import Cell, Oracle
from truenorth.query.request import Filter, MetricQuery
from truenorth.query.test import same

Ask = Callable[[MetricQuery], Answer]
T = TypeVar("T")
GRAINS: tuple[Grain, ...] = ("month", "day")
MOST_DIMENSIONS = 4
BROKEN = "it cannot be computed"


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


class Verifier:
    """Compares roads for the metrics of one model; `samples` is how many cells of a grouping are looked at."""

    def __init__(self, catalog: Catalog, ask: Ask, now: datetime, samples: int) -> None:
        self.catalog = catalog
        self.ask = ask
        self.samples = samples
        self.now = now
        self.timezone = catalog.model.workspace.timezone
        here = local(now, self.timezone)
        midnight = (here.hour, here.minute, here.second, here.microsecond) == (0, 0, 0, 0)
        last_day = here.date() if midnight else here.date() + timedelta(days=1)
        self.oracle = Oracle(catalog, self.timezone, last_day, now)
        self.failures: list[Failure] = []
        self.skipped: list[str] = []
        self.sampled: dict[str, tuple[int, int]] = {}
        self.counts: dict[str, int] = {}

    def report(self, names: Sequence[str]) -> Report:
        """All checks of the named metrics."""
        self.keys_are_unique(names)
        apart: set[str] = set()
        for name in names:
            try:
                self.metric(self.catalog.model.metrics[name])
            except TrueNorthError as error:
                if error.code == "E_MIXED_CURRENCIES":
                    self.skipped.append(f"{name}: {error.message}")
                    apart.add(name)
                    continue
                self.failures.append(Failure(BROKEN, name, "", None, error.code, 0, str(error)))
        broken = {failure.metric for failure in self.failures if failure.check == BROKEN} | apart
        self.alone_is_together([name for name in names if name not in broken])
        looked = [
            f"{what}: {self.samples} of up to {most:,} looked at, for {names} metric{'s' if names > 1 else ''}"
            for what, (names, most) in self.sampled.items()
        ]
        return Report(sum(self.counts.values()), tuple(self.failures), (*self.skipped, *looked), dict(self.counts))

    def metric(self, metric: Metric) -> None:
        """The checks of one metric: in one number, over time, by each of its dimensions."""
        timed = all(self.catalog.time_of(leaf) for leaf in leaves(self.catalog.model, metric.name))
        span = self.span(metric) if timed else None
        self.is_oracle(metric, MetricQuery((metric.name,), range=f"{span[0]}..{span[1]}" if span else "all"), span)
        if span:
            for grain in GRAINS:
                self.is_oracle(metric, MetricQuery((metric.name,), grain=grain, range=f"{span[0]}..{span[1]}"), span)
            self.fine_is_coarse(metric, span)
            self.filled_is_unfilled(metric, span)
            self.cut_is_whole(metric, span)
        for choice in self.dimensions(metric):
            query = MetricQuery((metric.name,), by=(choice,), range=f"{span[0]}..{span[1]}" if span else "all")
            self.is_oracle(metric, query, span)
            self.grouped_is_filtered(metric, query, choice)
            self.parts_are_whole(metric, query)

    def dimensions(self, metric: Metric) -> tuple[str, ...]:
        """The dimensions looked at: those the definition names, else those it can be grouped by."""
        if metric.dimensions:
            return tuple(metric.dimensions)
        model = self.catalog.model
        found = [choice.name for choice in fields_of(model, metric.name) if choice.name not in model.metrics]
        if len(found) > MOST_DIMENSIONS:
            rest = ", ".join(found[MOST_DIMENSIONS:])
            self.skipped.append(f"{metric.name}: by {rest} (name them in `dimensions:` to have them checked)")
        return tuple(found[:MOST_DIMENSIONS])

    def span(self, metric: Metric) -> tuple[date, date] | None:
        """The first and last local day of the metric's data, both included."""
        ends: list[tuple[date, date]] = []
        for leaf in grouped(self.catalog.model, metric.name):
            stretch = self.catalog.stretch(leaf.dataset, self.catalog.time_of(leaf))
            if stretch.first is not None and stretch.last is not None:
                ends.append((local_day(stretch.first, self.timezone), local_day(stretch.last, self.timezone)))
        return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else None

    def is_oracle(self, metric: Metric, query: MetricQuery, span: tuple[date, date] | None) -> None:
        """The engine's cells against the naive builder's."""
        answer = self.ask(query)
        at = answer.table.index(metric.name)
        rows = [row for row in answer.table.rows if not (query.grain and row[0] is None)]
        for row in self.sample(rows, f"engine = naive{by_words(query)}"):
            cell = self.cell(query, row, span)
            started = len(self.oracle.asked)
            try:
                value = self.oracle.number(metric.name, cell)
            except QueryError as error:
                self.skipped.append(f"{metric.name}{by_words(query)}: {error.message}")
                return
            naive = "\n".join(self.oracle.asked[started:])
            self.compare(
                "engine = naive", metric, str(cell), (row[at], value), query, f"{answer.sql}\n-- naive:\n{naive}"
            )

    def cell(self, query: MetricQuery, row: tuple[Value, ...], span: tuple[date, date] | None) -> Cell:
        """The cell of a row: its period cut to the data, and the values of its dimensions."""
        start: Moment | None = span[0] if span else None
        end: Moment | None = span[1] + timedelta(days=1) if span else None
        values = row
        if query.grain:
            period = row[0]
            assert isinstance(period, date) and span is not None
            following = next_period(day_of(period), grain_of(query.grain))
            start, end = max(day_of(period), span[0]), min(following, span[1] + timedelta(days=1))
            values = row[1:]
        return Cell(start, end, tuple(zip(query.by, values, strict=False)), bool(query.grain))

    def grouped_is_filtered(self, metric: Metric, query: MetricQuery, choice: str) -> None:
        """Each group of an answer against one question about that group alone."""
        if any(chooses(one) for one in computed_from(self.catalog.model, metric.name)):
            self.skipped.append(
                f"{metric.name}: grouped = filtered by {choice} (its conditions choose what is looked at)"
            )
            return
        answer = self.ask(query)
        for row in self.sample(list(answer.table.rows), f"grouped = filtered by {choice}"):
            value = row[0]
            chosen = Filter(choice, (None if value is None else str(value) if not isinstance(value, bool) else value,))
            alone = self.ask(MetricQuery(query.metrics, range=query.range, where=(chosen,)))
            cell = f"{choice} = {'(none)' if value is None else value}"
            self.compare("grouped = filtered", metric, cell, (row[1], alone.table.rows[0][0]), query, alone.sql)

    def parts_are_whole(self, metric: Metric, query: MetricQuery) -> None:
        """The groups of a metric that adds up, (none) among them, make its total."""
        rests = grouped(self.catalog.model, metric.name)
        repeats = any(resolve_field(self.catalog.model, leaf.dataset, query.by[0])[0].repeats for leaf in rests)
        answer = self.ask(query)
        adds = answer.additivity[metric.name] == "additive"
        if answer.additivity[metric.name] == "semi-additive":
            inner = self.catalog.model.metrics[metric.input_metric] if metric.input_metric else metric
            plain = inner.type in ("simple", "snapshot") and inner.agg in ("sum", "count")
            adds = plain and not any(chooses(one) for one in (metric, inner))
        if repeats or not adds:
            return
        if not answer.table.rows:
            return
        total = self.ask(MetricQuery(query.metrics, range=query.range))
        whole = total.table.rows[0][0]
        pair = (added(answer.table.column(metric.name)), whole)
        self.compare("parts = total", metric, f"sum over {query.by[0]}", pair, query, answer.sql)
        folded = self.ask(structs.replace(query, limit=1, other=True))
        pair = (added(folded.table.column(metric.name)), whole)
        self.compare("first + rest = total", metric, f"sum over {query.by[0]}", pair, query, folded.sql)

    def fine_is_coarse(self, metric: Metric, span: tuple[date, date]) -> None:
        """The days of an additive metric add up to its months."""
        asked = f"{span[0]}..{span[1]}"
        days = self.ask(MetricQuery((metric.name,), grain="day", range=asked))
        if days.additivity[metric.name] != "additive":
            return
        months = self.ask(MetricQuery((metric.name,), grain="month", range=asked))
        for row in self.sample(list(months.table.rows), "days = months"):
            start = row[0]
            inside = [
                value for day, value in days.table.rows if isinstance(day, date) and truncate(day, "month") == start
            ]
            self.compare("days = months", metric, str(start), (added(inside), row[1]), days.query, months.sql)

    def filled_is_unfilled(self, metric: Metric, span: tuple[date, date]) -> None:
        """Filling gaps lays out every period once, and changes nothing where there is something."""
        query = MetricQuery((metric.name,), grain="month", range=f"{span[0]}..{span[1]}")
        rows = self.ask(structs.replace(query, fill=True)).table.rows
        filled = {row[0]: row[1] for row in rows}
        plain = list(self.ask(query).table.rows)
        months = len(periods(Span(span[0], span[1] + timedelta(days=1)), "month"))
        undated = sum(1 for row in rows if row[0] is None)
        self.compare("every period is there", metric, "months, filled", (len(rows) - undated, months), query)
        for period, value in self.sample(plain, "filled = unfilled"):
            self.compare("filled = unfilled", metric, str(period), (filled.get(period, "no row"), value), query)

    def cut_is_whole(self, metric: Metric, span: tuple[date, date]) -> None:
        """What a month is worth does not change with where the range begins: history before it still counts."""
        query = MetricQuery((metric.name,), grain="month", range=f"{span[0]}..{span[1]}")
        whole = [row for row in self.ask(query).table.rows if isinstance(row[0], date)][1:]
        for month, value in self.sample(whole, "in a range = in the whole"):
            assert isinstance(month, date)
            alone = self.ask(structs.replace(query, range=f"{day_of(month)}..{span[1]}")).table.rows
            found = {row[0]: row[1] for row in alone}
            self.compare("in a range = in the whole", metric, str(month), (found.get(month, "no row"), value), query)

    def alone_is_together(self, names: Sequence[str]) -> None:
        """A metric asked by itself against the same metric asked with all others."""
        if len(names) < 2:
            return
        timed = [name for name in names if all(self.catalog.time_of(leaf) for leaf in leaves(self.catalog.model, name))]
        if not timed:
            return
        together = self.ask(MetricQuery(tuple(timed), grain="month"))
        rows = {row["metric_time__month"]: row for row in together.table.dicts()}
        for name in timed:
            alone = self.ask(MetricQuery((name,), grain="month"))
            for row in self.sample(list(alone.table.rows), "alone = together"):
                other = rows.get(row[0], {}).get(name, "no row")
                self.compare(
                    "alone = together",
                    self.catalog.model.metrics[name],
                    str(row[0]),
                    (row[1], other),
                    alone.query,
                    together.sql,
                )

    def keys_are_unique(self, names: Iterable[str]) -> None:
        """What relationships point to is there once; if not, every join on it would double rows."""
        used = {leaf.dataset for name in names for leaf in leaves(self.catalog.model, name)}
        for one in self.catalog.model.relationships.values():
            if one.from_ not in used and one.to not in used:
                continue
            if not promised(self.catalog, one):
                continue
            self.counts["keys are unique"] = self.counts.get("keys are unique", 0) + 1
            try:
                count, sql = doubled(self.catalog, one)
            except TrueNorthError:
                # A dataset that cannot be read is told with every metric over it.
                continue
            if count:
                what = "that are valid at once" if one.valid_from else "that stand more than once"
                cell = f"keys of {one.to}({', '.join(columns(one))}) {what}"
                self.failures.append(Failure("keys are unique", one.name, cell, count, 0, 0, sql))

    def sample(self, rows: list[T], what: str) -> Iterator[T]:
        """Evenly spread rows, the first and last among them; remembers how many were passed over."""
        if len(rows) <= self.samples:
            yield from rows
            return
        names, most = self.sampled.get(what, (0, 0))
        self.sampled[what] = (names + 1, max(most, len(rows)))
        last = len(rows) - 1
        yield from (rows[round(at * last / max(1, self.samples - 1))] for at in range(self.samples))

    def compare(
        self, check: str, metric: Metric, cell: str, pair: tuple[Value, Value], query: MetricQuery, detail: str = ""
    ) -> None:
        """Count a comparison, and keep it when the numbers differ."""
        self.counts[check] = self.counts.get(check, 0) + 1
        if not same(*pair):
            size = len(query.by) + bool(query.grain)
            self.failures.append(Failure(check, metric.name, cell, *pair, size, detail))


def chooses(metric: Metric) -> bool:
    """Whether a metric's conditions choose what is looked at, so that a group alone is another question."""
    own = metric.non_additive_dimension
    return metric.count_by == "conversion" or (own is not None and own.among == "filtered")


def added(values: Iterable[Value]) -> Value:
    """The sum of the known values; None when none is known."""
    known = [value for value in values if isinstance(value, int | float | Decimal)]
    if not known:
        return None
    exact = all(not isinstance(value, float) for value in known)
    return sum((Decimal(str(value)) for value in known), Decimal(0)) if exact else sum(float(value) for value in known)


def by_words(query: MetricQuery) -> str:
    """How a question groups, in words."""
    return "".join(f" by {name}" for name in ((query.grain,) if query.grain else ()) + query.by)


def verify(catalog: Catalog, ask: Ask, now: datetime, names: Sequence[str], samples: int) -> Report:
    """Compare roads to the numbers of the named metrics (all when none is named)."""
    for name in names:
        metric_of(catalog.model, name)
    return Verifier(catalog, ask, now, samples).report(tuple(names) or tuple(catalog.model.metrics))
