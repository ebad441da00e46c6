"""Proof on the reader's own data: the same number by other roads, and the smallest example where they part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import structs

from truenorth.base.errors import QueryError, TrueNorthError
from truenorth.base.period import Grain, Span, day_of, periods
from truenorth.base.zone import local_day
from truenorth.define.graph import computed_from, fields_of, grouped, leaves, resolve_field
from truenorth.define.graph import metric as metric_of
from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.cuts import FEW, Cuts
from truenorth.query.dialect import quote
from truenorth.query.key import columns, doubled, promised
from truenorth.query.proof import BROKEN, Ask, Days, Failure, Report, added
from truenorth.query.request import Filter, MetricQuery

GRAINS: tuple[Grain, ...] = ("month", "day")
MOST_DIMENSIONS = 4
MOST_COHORTS = 2
MOST_PERIODS = 6


class Verifier(Cuts):
    """Compares roads for the metrics of one model."""

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
            f"{what}: {samples} of up to {most:,} looked at, for {names} metric{'s' if names > 1 else ''}"
            for what, (names, samples, most) in self.sampled.items()
        ]
        return Report(sum(self.counts.values()), tuple(self.failures), (*self.skipped, *looked), dict(self.counts))

    def metric(self, metric: Metric) -> None:
        """The checks of one metric: in one number, over time, by each of its dimensions."""
        timed = all(self.catalog.time_of(leaf) for leaf in leaves(self.catalog.model, metric.name))
        span = self.span(metric) if timed else None
        self.is_oracle(metric, MetricQuery((metric.name,), range=f"{span[0]}..{span[1]}" if span else "all"), span)
        if span:
            checks = (
                self.periods_are_oracles,
                self.fine_is_coarse,
                self.filled_is_unfilled,
                self.cut_is_whole,
                self.cuts_are_whole,
            )
            for check in (*checks, self.away_is_whole):
                self.within_its_grain(metric, span, check)
        for choice in self.dimensions(metric):
            query = MetricQuery((metric.name,), by=(choice,), range=f"{span[0]}..{span[1]}" if span else "all")
            self.is_oracle(metric, query, span)
            self.grouped_is_filtered(metric, query, choice)
            self.parts_are_whole(metric, query)
            self.groups_are_values(metric, query)
            self.having_is_chosen(metric, query)

    def periods_are_oracles(self, metric: Metric, span: Days) -> None:
        """Periods of several grains against the naive builder's."""
        for grain in GRAINS:
            cut = MetricQuery((metric.name,), grain=grain, range=f"{span[0]}..{span[1]}")
            self.is_oracle(metric, cut, span, MOST_PERIODS)

    def within_its_grain(self, metric: Metric, span: Days, check: Callable[[Metric, Days], None]) -> None:
        """A check over time; where a metric knows nothing as fine as it asks for, or lays out more periods than anybody
        reads, there is nothing to compare."""
        try:
            check(metric, span)
        except QueryError as error:
            if error.code not in ("E_GRAIN_TOO_FINE", "E_TOO_MANY_PERIODS"):
                raise
            self.skipped.append(f"{metric.name}: {error.message}")

    def dimensions(self, metric: Metric) -> tuple[str, ...]:
        """The dimensions looked at: those the definition names, else those it can be grouped by."""
        if metric.dimensions:
            return tuple(metric.dimensions)
        model = self.catalog.model
        found = [choice.name for choice in fields_of(model, metric.name) if choice.name not in model.metrics]
        cohorts = [name for name in found if name.rpartition(".")[2] in model.cohorts]
        found = [name for name in found if name not in cohorts]
        rest = found[MOST_DIMENSIONS:] + cohorts[MOST_COHORTS:]
        if rest:
            listed = ", ".join(rest)
            self.skipped.append(f"{metric.name}: by {listed} (name them in `dimensions:` to have them checked)")
        return (*found[:MOST_DIMENSIONS], *cohorts[:MOST_COHORTS])

    def span(self, metric: Metric) -> Days | None:
        """The first and last local day of the metric's data, both included."""
        ends: list[tuple[date, date]] = []
        for leaf in grouped(self.catalog.model, metric.name):
            stretch = self.catalog.stretch(leaf.dataset, self.catalog.time_of(leaf))
            if stretch.first is not None and stretch.last is not None:
                ends.append((local_day(stretch.first, self.timezone), local_day(stretch.last, self.timezone)))
        return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else None

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
            # Balances of groups add up, and so does what of them is no transfer; who is in two groups counts once.
            amounts = inner.type == "movement" and inner.measure == "amount" and not inner.part.startswith("transfer")
            adds = (plain or amounts) and not any(chooses(one) for one in (metric, inner))
        if repeats or not answer.table.rows:
            return
        if not adds:
            self.rest_is_the_others(metric, query)
            return
        total = self.ask(MetricQuery(query.metrics, range=query.range))
        whole = total.table.rows[0][0]
        pair = (added(answer.table.column(metric.name)), whole)
        self.compare("parts = total", metric, f"sum over {query.by[0]}", pair, query, answer.sql)
        folded = self.ask(structs.replace(query, limit=1, other=True))
        pair = (added(folded.table.column(metric.name)), whole)
        self.compare("first + rest = total", metric, f"sum over {query.by[0]}", pair, query, folded.sql)

    def rest_is_the_others(self, metric: Metric, query: MetricQuery) -> None:
        """The row of the rest is counted from the rows of all other groups, whatever does not add up."""
        if any(chooses(one) for one in computed_from(self.catalog.model, metric.name)):
            return
        folded = self.ask(structs.replace(query, limit=1, other=True))
        if len(folded.table.rows) < 2:
            return
        first = folded.table.rows[0][0]
        others = Filter(query.by[0], (first if first is None or isinstance(first, bool) else str(first),), exclude=True)
        alone = self.ask(MetricQuery(query.metrics, range=query.range, where=(others,)))
        pair = (folded.table.column(metric.name)[1], alone.table.rows[0][0])
        self.compare("rest = the others", metric, f"{query.by[0]}, the rest", pair, query, folded.sql)

    def groups_are_values(self, metric: Metric, query: MetricQuery) -> None:
        """Every group of an answer is among the values that a question without metrics lists."""
        rests = grouped(self.catalog.model, metric.name)
        found = [resolve_field(self.catalog.model, leaf.dataset, query.by[0]) for leaf in rests]
        if any(self.catalog.dataset(path.end).cohort(name) for path, name in found):
            # Who is in a cohort depends on the range, which a question without metrics may not have.
            return
        names = sorted({f"{path.end}.{name}" for path, name in found})
        listed = [self.ask(MetricQuery((), by=(name,))) for name in names]
        values = {row[0] for answer in listed for row in answer.table.rows}
        lost = [row[0] for row in self.ask(query).table.rows if row[0] is not None and row[0] not in values]
        cell = f"{query.by[0]} = {lost[0]}, listed" if lost else query.by[0]
        self.compare("groups = values", metric, cell, (len(lost), 0), query, listed[0].sql)

    def having_is_chosen(self, metric: Metric, query: MetricQuery) -> None:
        """A condition on the answer's own numbers keeps the rows that meet it."""
        rows = [row for row in self.ask(query).table.rows if isinstance(row[1], int | Decimal)]
        if not rows:
            return
        least = sorted(Decimal(str(row[1])) for row in rows)[len(rows) // 2]
        kept = self.ask(structs.replace(query, having=(f"{quote(metric.name)} >= {least}",)))
        whole = sum(1 for row in rows if Decimal(str(row[1])) >= least)
        cell = f"groups of at least {least}"
        self.compare("having = chosen", metric, cell, (len(kept.table.rows), whole), query, kept.sql)

    def fine_is_coarse(self, metric: Metric, span: Days) -> None:
        """The days of an additive metric add up to its months."""
        asked = f"{span[0]}..{span[1]}"
        days = self.ask(MetricQuery((metric.name,), grain="day", range=asked))
        if days.additivity[metric.name] == "additive":
            self.days_are(metric, days, self.ask(MetricQuery((metric.name,), grain="month", range=asked)))

    def filled_is_unfilled(self, metric: Metric, span: Days) -> None:
        """Filling gaps lays out every period once, and changes nothing where there is something."""
        query = MetricQuery((metric.name,), grain="month", range=f"{span[0]}..{span[1]}")
        rows = self.ask(structs.replace(query, fill=True)).table.rows
        filled = {row[0]: row[1] for row in rows}
        plain = list(self.ask(query).table.rows)
        months = len(periods(Span(span[0], span[1] + timedelta(days=1)), "month"))
        undated = sum(1 for row in rows if row[0] is None)
        everything = MetricQuery((metric.name,), grain="month")
        without = [row[1] for row in self.ask(everything).table.rows if row[0] is None]
        if without:
            still = [row[1] for row in self.ask(structs.replace(everything, fill=True)).table.rows if row[0] is None]
            pair = (still[0] if still else "no row", without[0])
            self.compare("filled = unfilled", metric, "without a date", pair, everything)
        self.compare("every period is there", metric, "months, filled", (len(rows) - undated, months), query)
        for period, value in self.sample(plain, "filled = unfilled"):
            self.compare("filled = unfilled", metric, str(period), (filled.get(period, "no row"), value), query)

    def cut_is_whole(self, metric: Metric, span: Days) -> None:
        """What a month is worth does not change with where the range begins: history before it still counts."""
        query = MetricQuery((metric.name,), grain="month", range=f"{span[0]}..{span[1]}")
        whole = [row for row in self.ask(query).table.rows if isinstance(row[0], date)][1:]
        for month, value in self.sample(whole, "in a range = in the whole", FEW):
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


def chooses(metric: Metric) -> bool:
    """Whether a metric's conditions choose what is looked at, so that a group alone is another question."""
    own = metric.non_additive_dimension
    if metric.type == "funnel" and metric.attribution != "entry":
        # Conditions are those of the entry, groups those of another step.
        return True
    return metric.count_by == "conversion" or (own is not None and own.among == "filtered")


def verify(catalog: Catalog, ask: Ask, now: datetime, names: Sequence[str], samples: int) -> Report:
    """Compare roads to the numbers of the named metrics (all when none is named)."""
    for name in names:
        metric_of(catalog.model, name)
    return Verifier(catalog, ask, now, samples).report(tuple(names) or tuple(catalog.model.metrics))
