"""Exchange rates as SQL: which pairs lead to a currency, and what one unit of another was worth on each day.

A rate holds from its day until the next one, at most as long as the table of rates says. Where a pair is not quoted,
its inverse is used, or the way over the workspace's currency; those are numbers of 18 places, rounded half up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from truenorth.base.errors import DefinitionError
from truenorth.define.model import Dataset, RateTable
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import indented, quote

# The places of quoted rates, of averages, of other rates worked out of quoted ones, and of converted amounts.
QUOTED, MEAN, PLACES, CENTS = 12, 15, 18, 12
AS_QUOTED, RATE, MONEY = f"DECIMAL(24, {QUOTED})", f"DECIMAL(36, {PLACES})", f"DECIMAL(38, {CENTS})"


class Step(Struct, frozen=True):
    """One pair on the way to a currency; `inverse` where it is quoted the other way round only."""

    start: str
    end: str
    inverse: bool = False

    def __str__(self) -> str:
        return f"the inverse of {self.end} to {self.start}" if self.inverse else f"{self.start} to {self.end}"


Way = tuple[Step, ...]


def quoted(catalog: Catalog) -> tuple[Dataset, RateTable]:
    """The dataset that holds the rates, and its columns."""
    dataset = catalog.model.rates
    assert dataset is not None and dataset.rates is not None
    return dataset, dataset.rates


def pairs(catalog: Catalog) -> frozenset[tuple[str, str]]:
    """The pairs of currencies that are quoted; DefinitionError E_BAD_RATE where a rate is none, or two."""
    dataset, _ = quoted(catalog)
    key = ("pairs", dataset.name, catalog.version(dataset.name))
    if key not in catalog.facts:
        sound(catalog)
        select = f"SELECT DISTINCT start, target FROM (\n{indented(rows(catalog))}\n) AS quoted"
        found = catalog.placed(dataset, lambda: catalog.rows(select))
        catalog.facts[key] = frozenset((str(start), str(end)) for start, end in found)
    known = catalog.facts[key]
    assert isinstance(known, frozenset)
    return known


def sound(catalog: Catalog) -> None:
    """Each pair has one rate above zero on each of its days."""
    dataset, _ = quoted(catalog)
    select = (
        "SELECT start, target, day, min(rate) AS least, max(rate) AS most\n"
        f"FROM (\n{indented(rows(catalog))}\n) AS quoted\n"
        "GROUP BY start, target, day\nHAVING min(rate) <= 0 OR max(rate) > min(rate) OR count(rate) < count(*)\n"
        "ORDER BY day, start, target LIMIT 1"
    )
    for start, end, day, least, most in catalog.placed(dataset, lambda: catalog.rows(select)):
        what = "none" if least is None else "two" if least != most else plain(least)
        message = f'"{dataset.name}" has {what} as the rate of {start} to {end} on {day}'
        if what == "two":
            message = f'"{dataset.name}" has two rates of {start} to {end} on {day}: {plain(least)} and {plain(most)}'
        hint = "a pair has one rate above zero a day: mend the rows, or choose among them with a query:"
        raise DefinitionError("E_BAD_RATE", message, hint=hint, where=dataset.spot.at("rates"))


def plain(value: object) -> str:
    """A rate without padding zeros.

    >>> plain("1.100000000000"), plain("0E-12")
    ('1.1', '0')
    """
    text = f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rows(catalog: Catalog) -> str:
    """The rates as they stand: start, target, day, rate."""
    dataset, table = quoted(catalog)
    alias, dialect = quote(dataset.name), catalog.dialect
    start, end = (catalog.field_sql(dataset.name, name, alias) for name in (table.from_, table.to))
    day = dialect.as_date(catalog.time_sql(dataset.name, table.date, alias))
    rate = dialect.cast(catalog.field_sql(dataset.name, table.rate, alias), AS_QUOTED)
    known = f"{start} IS NOT NULL AND {end} IS NOT NULL AND {day} IS NOT NULL"
    return (
        f"SELECT {start} AS start, {end} AS target, {day} AS day, {rate} AS rate\n"
        f"FROM {catalog.relation(dataset.name)} AS {alias}\nWHERE {known}"
    )


def way(catalog: Catalog, code: str, target: str) -> Way:
    """How a currency becomes another: directly, by the inverse, or over the workspace's; () where it cannot."""
    there, over = pairs(catalog), catalog.model.workspace.currency
    direct = step(there, code, target)
    if direct is not None:
        return (direct,)
    first, second = step(there, code, over), step(there, over, target)
    return (first, second) if first is not None and second is not None and over not in (code, target) else ()


def step(there: frozenset[tuple[str, str]], start: str, end: str) -> Step | None:
    """A pair as it is quoted, or its inverse."""
    if (start, end) in there:
        return Step(start, end)
    return Step(start, end, inverse=True) if (end, start) in there else None


class Rates:
    """The rates of some currencies to another, as tables of SQL."""

    def __init__(self, catalog: Catalog, target: str, codes: Sequence[str]) -> None:
        self.catalog = catalog
        self.dialect = catalog.dialect
        self.target = target
        self.codes = tuple(codes)
        found = {code: way(catalog, code, target) for code in codes if code != target}
        self.ways: dict[str, Way] = {code: one for code, one in found.items() if one}

    def dated(self) -> str:
        """What one unit of each currency is worth on each day that has a rate: code, day, rate."""
        return self.every(self.lasting)

    def published(self) -> str:
        """The same on the days only on which a currency has a rate of its own."""
        return self.every(lambda select: select)

    def every(self, first: Callable[[str], str]) -> str:
        """The rates of all currencies, those that go over another with both steps."""
        near = {code: one for code, one in self.ways.items() if len(one) == 1}
        far = {code: one for code, one in self.ways.items() if len(one) == 2}
        tables = []
        if near or not far:
            rate = self.by_way(near, "")
            tables.append(f"SELECT code, day, {rate} AS rate\nFROM (\n{indented(first(self.steps(near)))}\n) AS quoted")
        if far:
            second = self.lasting(self.steps({over.start: (over,) for _, over in far.values()}))
            tables.append(
                f"SELECT near.code AS code, near.day AS day, {self.by_way(far, 'near.')} AS rate\n"
                f"FROM (\n{indented(first(self.steps(far)))}\n) AS near\n"
                f"JOIN (\n{indented(second)}\n) AS far ON far.day = near.day"
            )
        return "\nUNION ALL\n".join(tables)

    def by_way(self, ways: Mapping[str, Way], table: str) -> str:
        """The rate out of those that are quoted, by the way that each currency goes."""
        cases: dict[str, list[str]] = {}
        for code, steps in ways.items():
            cases.setdefault(self.told(steps, f"{table}rate"), []).append(self.dialect.literal(code))
        told = [f"WHEN {table}code IN ({', '.join(codes)}) THEN {sql}" for sql, codes in cases.items()]
        return f"CASE {' '.join(told)} END" if told else self.dialect.cast("NULL", RATE)

    def told(self, steps: Way, near: str) -> str:
        """The rate of one way: a product of what is quoted, or one whole number over another."""
        turned = [one.inverse for one in steps]
        if not any(turned):
            return self.dialect.cast(near if len(steps) == 1 else f"round({near} * far.rate, {PLACES})", RATE)
        if turned == [True]:
            return self.share(self.dialect.whole_of(f"'{10**QUOTED}'"), near)
        if all(turned):
            return self.share(self.dialect.whole_of(f"'{10**MEAN}'"), f"{near} * far.rate", MEAN)
        above, below = (near, "far.rate") if turned[1] else ("far.rate", near)
        return self.share(self.pieces(above), below)

    def pieces(self, rate: str, places: int = QUOTED) -> str:
        """A rate in pieces of its last place."""
        kept = self.dialect.cast(f"round({rate}, {places})", f"DECIMAL(38, {places})")
        return self.dialect.whole_of(f"{kept} * {10**places}")

    def share(self, above: str, below: str, places: int = QUOTED) -> str:
        """Pieces of a rate's last place over a rate."""
        more = self.dialect.whole_of(f"'{10**PLACES}'")
        return self.dialect.placed(self.dialect.over(f"{above} * {more}", self.pieces(below, places)), PLACES, RATE)

    def steps(self, ways: Mapping[str, Way]) -> str:
        """The quoted rates of the first pair of each way: code, day, rate, as they stand."""
        found = []
        for word, inverse in (("start", False), ("target", True)):
            chosen = [one[0] for one in ways.values() if one[0].inverse is inverse]
            met = " OR ".join(
                f"(start = {self.dialect.literal(one.end if inverse else one.start)} "
                f"AND target = {self.dialect.literal(one.start if inverse else one.end)})"
                for one in chosen
            )
            if chosen:
                rated = f"FROM (\n{indented(rows(self.catalog))}\n) AS quoted\nWHERE {met}"
                found.append(f"SELECT DISTINCT {word} AS code, day, rate\n{rated}")
        nothing = f"SELECT start AS code, day, rate\nFROM (\n{indented(rows(self.catalog))}\n) AS quoted\nWHERE 1 = 0"
        return "\nUNION ALL\n".join(found) or nothing

    def lasting(self, select: str) -> str:
        """Rates on every day until the next one, at most as old as they may be."""
        _, table = quoted(self.catalog)
        most = int(table.max_age) + 1
        following = f"lead({self.dialect.as_date('day')}) OVER (PARTITION BY code ORDER BY day)"
        sized = (
            f"SELECT code, day, rate, least(COALESCE(date_diff('day', day, {following}), {most}), {most}) AS size\n"
            f"FROM (\n{indented(select)}\n) AS quoted"
        )
        each = f"SELECT code, day, rate, {self.dialect.each_of('size')} AS age\nFROM (\n{indented(sized)}\n) AS held"
        return f"SELECT code, {self.dialect.as_date('day + age')} AS day, rate\nFROM (\n{indented(each)}\n) AS dated"

    def by_window(self, windows: str, average: bool) -> str:
        """What one unit of each currency is worth in each window: nth, code, rate. It is the rate of the last day, or
        the average of the rates of its days, or where none is of them the last day's again."""
        last = self.dialect.as_date("spine.past - 1")
        ending = (
            "SELECT spine.nth AS nth, rates.code AS code, rates.rate AS rate\n"
            f"FROM (\n{indented(windows)}\n) AS spine\n"
            f"JOIN (\n{indented(self.dated())}\n) AS rates ON rates.day = {last}"
        )
        if not average:
            return ending
        total = self.dialect.over(f"sum({self.pieces('rates.rate', MEAN)})", self.dialect.whole_of("count(*)"))
        mean = self.dialect.placed(total, MEAN, RATE)
        averages = (
            f"SELECT spine.nth AS nth, rates.code AS code, {mean} AS rate\nFROM (\n{indented(windows)}\n) AS spine\n"
            f"JOIN (\n{indented(self.published())}\n) AS rates ON rates.day >= spine.first AND rates.day < spine.past\n"
            "GROUP BY spine.nth, rates.code"
        )
        both = (
            f"SELECT nth, code, rate AS average, NULL AS ending\nFROM (\n{indented(averages)}\n) AS averages\n"
            f"UNION ALL\nSELECT nth, code, NULL AS average, rate AS ending\nFROM (\n{indented(ending)}\n) AS endings"
        )
        return (
            f"SELECT nth, code, COALESCE(max(average), max(ending)) AS rate\nFROM (\n{indented(both)}\n) AS told\n"
            "GROUP BY nth, code"
        )

    def converted(self, amount: str, code: str, rate: str) -> str:
        """An amount in the currency: as it is where it is in it already, else times the rate, to 12 places."""
        own = self.dialect.cast(amount, MONEY)
        other = self.dialect.cast(f"round(({amount}) * {rate}, {CENTS})", MONEY)
        return f"CASE WHEN {code} = {self.dialect.literal(self.target)} THEN {own} ELSE {other} END"


def is_currency(code: str) -> bool:
    """Whether a code is one of a currency there is or has been."""
    return code in currencies()


def currencies() -> frozenset[str]:
    """The codes of all currencies."""
    from babel.core import get_global

    return frozenset(get_global("all_currencies"))


def is_strange(rates: Rates, code: str) -> bool:
    """Whether a code is of no currency that anybody knows a rate of."""
    return code != rates.target and code not in rates.ways and not is_currency(code)
