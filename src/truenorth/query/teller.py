"""Amounts changed one by one, as a clerk with a list of rates would: the naive road of conversion, for checking."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from truenorth.base.table import Value
from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import quote

Span = tuple[date | None, date]


class Teller:
    """Knows all rates, and looks each of them up anew."""

    def __init__(self, catalog: Catalog) -> None:
        dataset = catalog.model.rates
        assert dataset is not None and dataset.rates is not None
        self.age = timedelta(days=dataset.rates.max_age)
        self.over = catalog.model.workspace.currency
        names = (dataset.rates.from_, dataset.rates.to, dataset.rates.date, dataset.rates.rate)
        columns = [catalog.field_sql(dataset.name, name, quote(dataset.name)) for name in names]
        listed = ", ".join(f"{sql} AS {name}" for sql, name in zip(columns, "abcd", strict=True))
        self.quotes: dict[tuple[str, str], dict[date, Fraction]] = {}
        for start, end, day, rate in catalog.rows(
            f"SELECT {listed} FROM {catalog.relation(dataset.name)} AS {quote(dataset.name)}"
        ):
            if isinstance(day, date) and start is not None and end is not None:
                told = day.date() if isinstance(day, datetime) else day
                self.quotes.setdefault((str(start), str(end)), {})[told] = rounded(Fraction(str(rate)), 12)

    def gathered(self, metric: Metric, rows: Iterable[tuple[object, ...]], span: Span) -> Value:
        """The metric's aggregation of (code, day, amount) rows, for a period whose end is left out."""
        target = metric.currency or self.over
        found = []
        for code, day, amount in rows:
            rate = self.worth(metric, str(code), target, day, span) if code is not None else None
            if rate is not None and amount is not None:
                found.append(rounded(Fraction(str(amount)) * rate, 12))
        if not found:
            return None
        if metric.agg == "avg":
            return float(sum(found) / len(found))
        return exact(
            sum(found, Fraction(0)) if metric.agg == "sum" else min(found) if metric.agg == "min" else max(found)
        )

    def worth(self, metric: Metric, code: str, target: str, day: object, span: Span) -> Fraction | None:
        """What one unit of a currency is worth for one row."""
        if code == target:
            return Fraction(1)
        if metric.convert == "fixed":
            return self.rate(code, target, date.fromisoformat(metric.fixed_on))
        if metric.convert == "transaction":
            told = day.date() if isinstance(day, datetime) else day
            return self.rate(code, target, told) if isinstance(told, date) else None
        last = span[1] - timedelta(days=1)
        if metric.convert == "period_average":
            days = [one for one in self.published(code, target) if one <= last and (span[0] is None or one >= span[0])]
            known = [rate for rate in (self.rate(code, target, one) for one in days) if rate is not None]
            if known:
                return rounded(sum((rounded(one, 15) for one in known), Fraction(0)) / len(known), 15)
        return self.rate(code, target, last)

    def rate(self, code: str, target: str, day: date) -> Fraction | None:
        """The rate on a day: as it is quoted, its inverse, or over the workspace's currency."""
        if {(code, target), (target, code)} & self.quotes.keys():
            found = self.step(code, target, day)
            return None if found is None else rounded(found, 18)
        first, second = self.step(code, self.over, day), self.step(self.over, target, day)
        return None if first is None or second is None else rounded(first * second, 18)

    def step(self, start: str, end: str, day: date) -> Fraction | None:
        """The latest rate of a pair on or before a day, unless it is too old."""
        turned = (start, end) not in self.quotes
        known = self.quotes.get((end, start) if turned else (start, end), {})
        days = [one for one in known if day - self.age <= one <= day]
        if not days:
            return None
        return 1 / known[max(days)] if turned else known[max(days)]

    def published(self, code: str, target: str) -> list[date]:
        """The days on which the first pair on the way has a rate of its own."""
        straight = {(code, target), (target, code)} & self.quotes.keys()
        end = target if straight else self.over
        return list(self.quotes.get((code, end)) or self.quotes.get((end, code)) or {})


def rounded(value: Fraction, places: int) -> Fraction:
    """A number of so many places, half away from zero.

    >>> rounded(Fraction(1, 3), 2), rounded(Fraction(-5, 1000), 2)
    (Fraction(33, 100), Fraction(-1, 100))
    """
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**places)


def exact(value: Fraction) -> Decimal:
    """A number of at most 12 places as a decimal."""
    return Decimal(int(value * 10**12)).scaleb(-12)
