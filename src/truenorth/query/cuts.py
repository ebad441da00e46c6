"""The same numbers however time is cut: by parts of a date, hours, fiscal and own calendars, and in another zone."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import truncate
from truenorth.base.table import Value
from truenorth.define.expression import TIME_NAME
from truenorth.define.graph import computed_from, grouped
from truenorth.define.model import Metric
from truenorth.query.answer import Answer
from truenorth.query.proof import Days, Proof, added, by_words
from truenorth.query.request import MetricQuery

# Somewhere else, not by whole hours.
AWAY = ("Asia/Kathmandu", "America/New_York")
FEW = 2


class Cuts(Proof):
    """Checks of one metric over time, beyond days and months."""

    def cuts_are_whole(self, metric: Metric, span: Days) -> None:
        """Every way to cut time makes the same total, each piece as the naive builder sees it."""
        query = MetricQuery((metric.name,), range=f"{span[0]}..{span[1]}")
        for cut in self.ways(metric, query, span):
            try:
                answer = self.is_oracle(metric, cut, span, FEW)
            except QueryError as error:
                if error.code == "E_GRAIN_TOO_FINE":
                    continue
                raise
            if answer.table.rows and answer.additivity[metric.name] == "additive":
                whole = self.ask(replace(cut, grain="", by=())).table.rows[0][0]
                pair = (added(answer.table.column(metric.name)), whole)
                self.compare("parts = total", metric, f"sum{by_words(cut)}", pair, cut, answer.sql)

    def ways(self, metric: Metric, query: MetricQuery, span: Days) -> list[MetricQuery]:
        """The questions that cut time in other ways than by day and month."""
        grains = ["week", *self.catalog.model.grains]
        if self.catalog.model.fiscal != 1:
            grains.append("fiscal_quarter")
        found = [replace(query, grain=grain) for grain in grains]
        if self.looks_elsewhere(metric):
            return found
        found.append(replace(query, by=(f"{TIME_NAME}__year_number", f"{TIME_NAME}__day_of_week")))
        if self.by_instants(metric):
            found.append(replace(query, grain="hour", range=str(span[1])))
            found.append(replace(query, by=(f"{TIME_NAME}__hour_of_day",)))
        return found

    def away_is_whole(self, metric: Metric, span: Days) -> None:
        """In another zone the days of an additive metric still make its months, each as the naive builder sees it."""
        if not self.by_instants(metric):
            return
        zone = next(one for one in AWAY if one != self.timezone)
        query = MetricQuery((metric.name,), range=f"{span[0]}..{span[1]}", timezone=zone, grain="month")
        months = self.is_oracle(metric, query, span, FEW)
        if months.additivity[metric.name] == "additive":
            self.days_are(metric, self.ask(replace(query, grain="day")), months)

    def days_are(self, metric: Metric, days: Answer, months: Answer) -> None:
        """The days of an answer add up to the months of another."""
        inside: dict[date, list[Value]] = {}
        for day, value in days.table.rows:
            if isinstance(day, date):
                inside.setdefault(truncate(day, "month"), []).append(value)
        for start, value in self.sample(list(months.table.rows), "days = months"):
            found = added(inside.get(start, [])) if isinstance(start, date) else None
            self.compare("days = months", metric, str(start), (found, value), days.query, months.sql)

    def looks_elsewhere(self, metric: Metric) -> bool:
        """Whether a period's value looks outside the period."""
        return any(
            one.type in ("cumulative", "movement")
            or any(given.offset_window or given.offset_to_grain for given in one.input_metrics)
            for one in computed_from(self.catalog.model, metric.name)
        )

    def by_instants(self, metric: Metric) -> bool:
        """Whether all that a metric counts is known by the instant, and no more than by the day for none of it."""
        leaves = grouped(self.catalog.model, metric.name)
        return all(leaf.type not in ("snapshot", "movement") and not self.oracle.in_days(leaf) for leaf in leaves)
