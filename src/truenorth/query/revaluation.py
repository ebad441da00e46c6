"""Balances over rows of several currencies, in one: what moves is converted at the rate of its day (or its period),
what there is at the rate of the day, and what neither explains is the effect of exchange rates.

Whether an entity is there is told by what it has in each currency for itself, so that no rate makes anybody come or go.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.denomination import rates_of
from truenorth.query.dialect import indented
from truenorth.query.movement import Moving
from truenorth.query.rates import MONEY, RATE, is_strange
from truenorth.query.shape import Leaf, Leg, Plan
from truenorth.query.spine import windows_sql

# What is told by rates of days at which there is something, and not by what moves.
VALUED = ("closing", "opening", "net", "fx")
WORTH = {
    "closing": "sum(closing)",
    "opening": "sum(opening)",
    "net": "sum(closing) - sum(opening)",
    "fx": "sum(closing) - sum(opening) - sum(moved)",
}


class Exchanging(Moving):
    """A leg of what moves, each change in the currency of the metric."""

    def __init__(self, catalog: Catalog, plan: Plan, leg: Leg) -> None:
        super().__init__(catalog, plan, leg)
        self.rates = rates_of(catalog, self.metric)
        # The currencies, the own one first: what an entity has in each is a column of its own.
        self.codes = [self.rates.target, *self.rates.ways, *self.unquoted()]
        self.stated = [*self.labels, "past"]

    def unquoted(self) -> list[str]:
        """Currencies in the data without any way to the metric's."""
        known = (self.rates.target, *self.rates.ways)
        return [one for one in self.rates.codes if one not in known and not is_strange(self.rates, one)]

    @property
    def columns(self) -> list[str]:
        """What the columns of the currencies are called; the last one is of rows without one."""
        return [f"in_{at}" for at in range(len(self.codes) + 1)]

    def amount(self) -> str:
        """What a row is worth in its own currency."""
        amount = self.measured(replace(self.metric, convert=""))
        return amount if self.kind(self.metric) == "decimal" else self.dialect.as_money(amount)

    def also(self) -> dict[str, str]:
        """In which currency that is."""
        return {"code": self.code(self.metric)}

    def sums(self) -> list[str]:
        """The changes in each currency."""
        known = ", ".join(self.dialect.literal(code) for code in self.codes)
        none = f"COALESCE(code, '') NOT IN ({known})"
        own = [*(f"code = {self.dialect.literal(code)}" for code in self.codes), none]
        return [
            f"sum(CASE WHEN {met} THEN change ELSE change - change END) AS {name}"
            for met, name in zip(own, self.columns, strict=True)
        ]

    @property
    def by_period(self) -> bool:
        """Whether what moves is told by the rates of the window it moves in."""
        return self.metric.convert in ("period_end", "period_average")

    def settled(self, changes: str) -> str:
        """Marked changes with what they are worth by the rates of their days."""
        if self.by_period:
            return changes
        listed = ", ".join(
            [*self.entity, *(f"days.{one} AS {one}" for one in ("day", *self.columns, "now", "was", "ever"))]
        )
        return f"SELECT {listed}, {self.moved()} AS change\nFROM (\n{indented(changes)}\n) AS days{self.rated()}"

    def worth(self) -> tuple[str, str]:
        """What a change is worth, and what has to be joined to know that."""
        return super().worth() if self.marks and not self.by_period else (self.moved(), self.rated())

    def sizes(self) -> str:
        """How many rows there are in each currency, as a select."""
        rows = "SELECT code, count(*) AS size\nFROM lasting\nGROUP BY code\nORDER BY code"
        return f"WITH lasting AS (\n{indented(self.rows())}\n)\n{rows}"

    def lacking(self) -> str:
        """The first day for which each other currency lacks a rate, as a select of one row."""
        tables = self.tables() | self.at_edges()
        ctes = ",\n".join(f"{name} AS (\n{indented(body)}\n)" for name, body in tables.items())
        rows = "\nUNION ALL\n".join(self.needed())
        least = ", ".join(f"min({name}) AS {name}" for name in self.columns[1:-1])
        return f"WITH {ctes}\nSELECT {least}\nFROM (\n{indented(rows)}\n) AS needed"

    def at_edges(self, sides: Sequence[int] = (1, 0)) -> dict[str, str]:
        """The table of the ends of the windows, where what there is then is asked."""
        return {}

    def needed(self) -> list[str]:
        """The days whose rates are needed and are not there, by currency."""
        day = self.dialect.as_date("inside.past - 1" if self.by_period else self.on("days.day"))
        found = ", ".join(
            f"CASE WHEN days.{name} <> 0 AND rates.rate_{name} IS NULL THEN {day} END AS {name}"
            for name in self.columns[1:-1]
        )
        return [f"SELECT {found}\nFROM changes AS days\nJOIN inside ON inside.day = days.day{self.rated()}"]

    def moved(self) -> str:
        """What a change in all currencies is worth, each rounded to 12 places."""
        own, *others = self.columns[:-1]
        cast = self.dialect.cast
        found = [cast(f"days.{own}", MONEY)]
        for name in others:
            worth = cast(f"round(days.{name} * rates.rate_{name}, 12)", MONEY)
            found.append(f"CASE WHEN days.{name} = 0 THEN {cast('0', MONEY)} ELSE {worth} END")
        return " + ".join(found)

    def rated(self) -> str:
        """The join of the rates of each day, of each window, or of the one fixed day."""
        if self.by_period:
            rates = self.rates.by_window(windows_sql(self), self.metric.convert == "period_average")
            return f"\nLEFT JOIN (\n{indented(self.beside(rates, 'nth'))}\n) AS rates ON rates.nth = inside.nth"
        dated = indented(self.beside(self.rates.dated(), "day"))
        return f"\nLEFT JOIN (\n{dated}\n) AS rates ON rates.day = {self.on('days.day')}"

    def on(self, day: str) -> str:
        """The day whose rates count for a day."""
        return self.dialect.literal(date.fromisoformat(self.metric.fixed_on)) if self.metric.convert == "fixed" else day

    def beside(self, rates: str, key: str) -> str:
        """The rates of all currencies side by side."""
        found = [
            f"max(CASE WHEN code = {self.dialect.literal(code)} THEN rate END) AS rate_{name}"
            for code, name in zip(self.codes[1:], self.columns[1:], strict=False)
        ]
        none = [f"{self.dialect.cast('NULL', RATE)} AS rate_none"]
        select = f"SELECT {', '.join([key, *(found or none)])}\nFROM (\n{indented(rates)}\n) AS quoted\nGROUP BY {key}"
        return self.catalog.kept(select) if key == "day" else select


class Valued(Exchanging):
    """A leg of what there is at the edges of each window, and of what exchange rates did to it."""

    def parts(self) -> dict[str, str]:
        """The table of the parts, after those it is made from."""
        closing = all(leaf.metric.part == "closing" for leaf in self.leg.leaves)
        tables = self.at_edges((1,) if closing else (1, 0)) | (self.flows("flows") if self.moves else {})
        return tables | {
            "parts": "\nUNION ALL\n".join([self.valued(), *([self.told_of_flows()] if self.moves else [])])
        }

    def tables(self) -> dict[str, str]:
        """The tables that the parts are told by; nothing lies inside a window where only its edges count."""
        return super().tables() if self.moves else {"changes": self.changes()}

    def at_edges(self, sides: Sequence[int] = (1, 0)) -> dict[str, str]:
        """The ends of the windows (`closes` is 1) and their beginnings (0), each with the rates of the day before."""
        windows = f"(\n{indented(windows_sql(self))}\n) AS spine"
        labels = ", ".join(f"spine.{name} AS {name}" for name in self.labels)
        edges = f"SELECT {labels}, 1 AS closes, spine.past AS upto\nFROM {windows}"
        if len(sides) > 1:
            listed = self.dialect.values([("closes", self.dialect.whole)], [(side,) for side in sides])
            upto = "CASE WHEN sides.closes = 1 THEN spine.past ELSE spine.first END"
            edges = (
                f"SELECT {labels}, sides.closes AS closes, {upto} AS upto\n"
                f"FROM {windows}\nCROSS JOIN (\n{indented(listed)}\n) AS sides"
            )
        shown = [f"spine.{name} AS {name}" for name in (*self.labels, "closes", "upto")]
        shown += [f"rates.rate_{name} AS rate_{name}" for name in self.columns[1:-1]]
        rates = indented(self.beside(self.rates.dated(), "day"))
        day = self.on(self.dialect.as_date("spine.upto - 1"))
        joined = f"LEFT JOIN (\n{rates}\n) AS rates ON rates.day = {day}"
        return {"edges": f"SELECT {', '.join(shown)}\nFROM (\n{indented(edges)}\n) AS spine\n{joined}"}

    def needed(self) -> list[str]:
        """The days whose rates are needed and are not there: those of the edges, and for what moves."""
        found = super().needed() if self.moves else []
        day = self.on(self.dialect.as_date("edges.upto - 1"))
        keys = [*(f"edges.{name}" for name in (*self.labels, "upto")), *(f"days.{name}" for name in self.cells)]
        lacks = ", ".join(
            f"CASE WHEN sum(days.{name}) <> 0 AND max(edges.rate_{name}) IS NULL THEN {day} END AS {name}"
            for name in self.columns[1:-1]
        )
        rows = "FROM edges\nJOIN changes AS days ON days.day < edges.upto"
        return [*found, f"SELECT {lacks}\n{rows}\nGROUP BY {', '.join(dict.fromkeys([*keys, 'edges.closes']))}"]

    @property
    def marks(self) -> bool:
        """Whether it has to be known who was there: only for what moves."""
        return self.moves and super().marks

    @property
    def only_levels(self) -> bool:
        """Never: what there is has values of its own, and is not told by what moves."""
        return False

    @property
    def moves(self) -> bool:
        """Whether what moved is asked for, too."""
        return any(leaf.metric.part == "fx" or not is_valued(leaf.metric) for leaf in self.leg.leaves)

    @property
    def flowing(self) -> dict[str, str]:
        """What is needed of what moved, as SQL by its name. Who came and went inside a window has not moved, whatever
        the rates of two days make of it."""
        told = " ".join(self.told(leaf) for leaf in self.leg.leaves if not is_valued(leaf.metric))
        columns = ("rest", "was", "now", "ever", "before", "here", "moved_in", "moved_out", *self.entity)
        found = {name: name for name in columns if name in told}
        if any(leaf.metric.part == "fx" for leaf in self.leg.leaves):
            found["moved"] = "moved_in - moved_out + CASE WHEN was = 1 OR now = 1 THEN rest ELSE 0 END"
        return found

    def valued(self) -> str:
        """What there is at the edges of each window: in each currency, times that day's rate, to 12 places."""
        keys = [*(f"edges.{name}" for name in self.labels), *(f"days.{name}" for name in self.cells)]
        nothing = self.dialect.cast("0", MONEY)
        found = [self.dialect.cast(f"sum(days.{self.columns[0]})", MONEY)]
        for name in self.columns[1:-1]:
            total = f"sum(days.{name})"
            worth = self.dialect.cast(f"round({total} * max(edges.rate_{name}), 12)", MONEY)
            found.append(f"CASE WHEN {total} = 0 THEN {nothing} ELSE {worth} END")
        by, sums = ", ".join(["day", *self.cells]), ", ".join(f"sum({name}) AS {name}" for name in self.columns[:-1])
        days = f"(SELECT {by}, {sums} FROM changes GROUP BY {by}) AS days"
        shown = ", ".join([*(f"{name} AS {name.partition('.')[2]}" for name in keys), "edges.closes AS closes"])
        rows = f"FROM edges\nJOIN {days} ON days.day < edges.upto\nGROUP BY {', '.join([*keys, 'edges.closes'])}"
        there = f"SELECT {shown}, {' + '.join(found)} AS amount\n{rows}"
        sides = [
            f"CASE WHEN closes = {at} THEN amount ELSE 0 END AS {one}" for one, at in (("closing", 1), ("opening", 0))
        ]
        unmoved = [f"{'0' if name == 'moved' else 'NULL'} AS {name}" for name in self.flowing]
        told = ", ".join([*self.labels, *self.cells, *sides, *unmoved])
        return f"SELECT {told}\nFROM (\n{indented(there)}\n) AS there"

    def told_of_flows(self) -> str:
        """What movements tell, beside what there is."""
        told = [f"{sql} AS {name}" for name, sql in self.flowing.items()]
        return f"SELECT {', '.join([*self.labels, *self.cells, '0 AS closing', '0 AS opening', *told])}\nFROM flows"

    def gathered_part(self, leaf: Leaf) -> str:
        """What of all rows of the parts belongs to a leaf."""
        return WORTH[leaf.metric.part] if is_valued(leaf.metric) else super().gathered_part(leaf)


def is_valued(metric: Metric) -> bool:
    """Whether a part of a converted balance is told by rates of days, and not by what moves."""
    return bool(metric.convert) and metric.measure == "amount" and metric.part in VALUED


def written(catalog: Catalog, plan: Plan, leg: Leg) -> Moving:
    """The leg of a balance being written, by whether its amounts have to be converted."""
    if not leg.leaves[0].metric.convert:
        return Moving(catalog, plan, leg)
    return (Valued if any(is_valued(leaf.metric) for leaf in leg.leaves) else Exchanging)(catalog, plan, leg)
