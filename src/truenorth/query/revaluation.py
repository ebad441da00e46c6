"""Balances over rows of several currencies, in one: what moves is converted at the rate of its day (or its period),
what there is at the rate of the day, and what neither explains is the effect of exchange rates.

Whether an entity is there is told by what it has in each currency for itself, so that no rate makes anybody come or go.
"""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.denomination import rates_of
from truenorth.query.dialect import indented, quote
from truenorth.query.movement import Moving, nested
from truenorth.query.rates import MONEY, RATE
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

    def unquoted(self) -> list[str]:
        """Currencies in the data without any way to the metric's."""
        return [one for one in self.rates.codes if one not in (self.rates.target, *self.rates.ways)]

    @property
    def columns(self) -> list[str]:
        """What the columns of the currencies are called; the last one is of rows without a currency."""
        return [f"in_{at}" for at in range(len(self.codes) + 1)]

    def rows(self) -> str:
        """The rows that count, each with its currency and its amount in that."""
        amount = self.measured(replace(self.metric, convert=""))
        if self.kind(self.metric) != "decimal":
            amount = self.dialect.as_money(amount)
        columns = [f"{sql} AS {name}" for name, sql in self.entity.items()]
        columns += [f"{sql} AS {name}" for sql, name in self.segments.items()]
        columns += [f"{self.day()} AS begins", f"{self.ending.day()} AS ends", f"{amount} AS amount"]
        columns += [f"{self.code(self.metric)} AS code"]
        where = [*self.filters(self.leg.leaves[0]), f"{amount} IS NOT NULL"]
        rows = f"SELECT {', '.join(columns)}\n{self.source.sql()}\nWHERE {' AND '.join(where)}"
        counts = "begins IS NOT NULL AND (ends IS NULL OR ends >= begins)"
        return f"SELECT *\nFROM (\n{indented(rows)}\n) AS counted\nWHERE {counts}"

    def changes(self) -> str:
        """What changes on a day in each currency, by entity and segment, up to the end of the last window."""
        keys = ", ".join([*self.entity, *self.segments.values()])
        begins = f"SELECT {keys}, code, begins AS day, amount AS change, 1 AS more FROM lasting"
        ends = f"SELECT {keys}, code, ends AS day, -amount AS change, -1 AS more FROM lasting WHERE ends IS NOT NULL"
        _, end = self.reach()
        past = f"\nWHERE day < {self.dialect.literal(end)}" if end is not None else ""
        told = [
            f"sum(CASE WHEN code = {self.dialect.literal(code)} THEN change ELSE change - change END) AS {name}"
            for code, name in zip(self.codes, self.columns, strict=False)
        ]
        told.append(f"sum(CASE WHEN code IS NULL THEN change ELSE change - change END) AS {self.columns[-1]}")
        return (
            f"SELECT {keys}, day, {', '.join(told)}, sum(more) AS more\n"
            f"FROM (\n{indented(begins)}\n  UNION ALL\n{indented(ends)}\n) AS edges{past}\nGROUP BY {keys}, day"
        )

    def by_day(self, keys: list[str]) -> str:
        """The changes by day in each currency: whether whose they are was there before and after, and ever."""
        who, own = ", ".join(keys), ", ".join(self.columns)
        rows = f"PARTITION BY {who} ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND"
        added = ", ".join(f"sum({name}) AS {name}" for name in self.columns)
        daily = f"SELECT {who}, day, {added}, sum(more) AS more FROM changes GROUP BY {who}, day"
        kept = self.columns if self.metric.at_zero == "gone" else ["more"]
        after = ", ".join(f"sum({name}) OVER ({rows} CURRENT ROW) AS after_{name}" for name in kept)
        running = f"SELECT {who}, day, {own}, more, {after}"
        now = " OR ".join(f"after_{name} <> 0" for name in kept)
        was = " OR ".join(f"after_{name} - {name} <> 0" for name in kept)
        marked = (
            f"SELECT {who}, day, {own}, CASE WHEN {now} THEN 1 ELSE 0 END AS now, "
            f"CASE WHEN {was} THEN 1 ELSE 0 END AS was"
        )
        ever = f"SELECT {who}, day, {own}, now, was, COALESCE(max(now) OVER ({rows} 1 PRECEDING), 0) AS ever"
        return nested([ever, marked, running], daily)

    def netted(self, keys: list[str]) -> str:
        """The changes of each window put together in the metric's currency: what was before them, and after."""
        first, last = self.dialect.first, self.dialect.last
        named = [*(f"inside.{name}" for name in self.labels), *(f"days.{name}" for name in keys)]
        shown = ", ".join(f"{name} AS {name.partition('.')[2]}" for name in named)
        told = (
            f"sum({self.moved('days.')}) AS change, {first('days.was', 'days.day')} AS was, "
            f"{last('days.now', 'days.day')} AS now, {first('days.ever', 'days.day')} AS ever"
        )
        rows = f"(\n{indented(self.by_day(keys))}\n) AS days\nJOIN inside ON inside.day = days.day\n{self.rated()}"
        return f"SELECT {shown}, {told}\nFROM {rows}\nGROUP BY {', '.join(named)}"

    def levels(self) -> str:
        """How many entities come and go on each day, where only that is asked."""
        known = " AND ".join(f"{name} IS NOT NULL" for name in self.entity)
        by = ", ".join(["day", *self.cells])
        counted = ", ".join(
            f"sum(CASE WHEN {known} THEN {name} ELSE 0 END) AS {word}"
            for name, word in (("now", "here"), ("was", "before"))
        )
        daily = indented(self.by_day([*self.entity, *self.cells]))
        days = f"SELECT {by}, {counted}\nFROM (\n{daily}\n) AS days\nGROUP BY {by}"
        named = [*(f"inside.{name} AS {name}" for name in self.labels), *(f"days.{one} AS {one}" for one in self.cells)]
        told = ", ".join([*named, "0 AS change", "days.here AS here", "days.before AS before"])
        return f"SELECT {told}\nFROM (\n{indented(days)}\n) AS days\nJOIN inside ON inside.day = days.day"

    def inside(self) -> str:
        """The days on which anything changes, each with the windows it lies in and where those end."""
        labels = ", ".join(f"spine.{name} AS {name}" for name in (*self.labels, "past"))
        return (
            f"SELECT days.day AS day, {labels}\nFROM (SELECT DISTINCT day FROM changes) AS days\n"
            f"JOIN (\n{indented(windows_sql(self))}\n) AS spine ON days.day >= spine.first AND days.day < spine.past"
        )

    def tables(self) -> dict[str, str]:
        """The tables that rates are joined to."""
        return {"lasting": self.rows(), "changes": self.changes(), "inside": self.inside()}

    def sizes(self) -> str:
        """How many rows there are in each currency, as a select."""
        rows = "SELECT code, count(*) AS size\nFROM lasting\nGROUP BY code\nORDER BY code"
        return f"WITH lasting AS (\n{indented(self.rows())}\n)\n{rows}"

    def lacking(self) -> str:
        """The first day for which each other currency lacks a rate, as a select of one row."""
        ctes = ",\n".join(f"{name} AS (\n{indented(body)}\n)" for name, body in self.tables().items())
        rows = "\nUNION ALL\n".join(self.needed())
        least = ", ".join(f"min({name}) AS {name}" for name in self.columns[1:-1])
        return f"WITH {ctes}\nSELECT {least}\nFROM (\n{indented(rows)}\n) AS needed"

    def needed(self) -> list[str]:
        """The days whose rates are needed and are not there, by currency."""
        by_period = self.metric.convert in ("period_end", "period_average")
        day = self.dialect.as_date("inside.past - 1" if by_period else self.on("days.day"))
        found = ", ".join(
            f"CASE WHEN days.{name} <> 0 AND rates.rate_{name} IS NULL THEN {day} END AS {name}"
            for name in self.columns[1:-1]
        )
        return [f"SELECT {found}\nFROM changes AS days\nJOIN inside ON inside.day = days.day\n{self.rated()}"]

    def moved(self, table: str) -> str:
        """What a change in all currencies is worth, each rounded to 12 places."""
        own, *others = self.columns[:-1]
        cast = self.dialect.cast
        found = [cast(f"{table}{own}", MONEY)]
        for name in others:
            worth = cast(f"round({table}{name} * rates.rate_{name}, 12)", MONEY)
            found.append(f"CASE WHEN {table}{name} = 0 THEN {cast('0', MONEY)} ELSE {worth} END")
        return " + ".join(found)

    def rated(self) -> str:
        """The join of the rates of each day, of each window, or of the one fixed day."""
        if self.metric.convert in ("period_end", "period_average"):
            rates = self.rates.by_window(windows_sql(self), self.metric.convert == "period_average")
            return f"LEFT JOIN (\n{indented(self.beside(rates, 'nth'))}\n) AS rates ON rates.nth = inside.nth"
        dated = indented(self.beside(self.rates.dated(), "day"))
        return f"LEFT JOIN (\n{dated}\n) AS rates ON rates.day = {self.on('days.day')}"

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
        return f"SELECT {', '.join([key, *(found or none)])}\nFROM (\n{indented(rates)}\n) AS quoted\nGROUP BY {key}"


class Valued(Exchanging):
    """A leg of what there is at the edges of each window, and of what exchange rates did to it."""

    def sql(self) -> str:
        """The whole leg: one row for each group of each window."""
        asking = replace(self.plan, dimensions=(), conditions=(), filters=())
        self.source.rows.notes += Moving(self.catalog, asking, self.leg).left_out()
        tables = self.tables()
        parts = [self.valued("past", "closing"), self.valued("first", "opening")]
        if self.moves:
            tables |= self.flows()
            parts.append(self.told_of_flows())
        else:
            del tables["inside"]
        tables["parts"] = "\nUNION ALL\n".join(parts)
        ctes = ",\n".join(f"{name} AS (\n{indented(body)}\n)" for name, body in tables.items())
        return f"WITH {ctes}\n{self.gathered_parts()}"

    def rated_edges(self) -> str:
        """The windows with the days before they begin and on which they end."""
        rates = indented(self.beside(self.rates.dated(), "day"))
        shown = [f"spine.{name} AS {name}" for name in (*self.labels, "first", "past")]
        joins = []
        for edge in ("first", "past"):
            day = self.on(self.dialect.as_date(f"spine.{edge} - 1"))
            joins.append(f"LEFT JOIN (\n{rates}\n) AS at_{edge} ON at_{edge}.day = {day}")
            shown += [f"at_{edge}.rate_{name} AS {edge}_{name}" for name in self.columns[1:-1]]
        joined = "\n".join(joins)
        return f"SELECT {', '.join(shown)}\nFROM (\n{indented(windows_sql(self))}\n) AS spine\n{joined}"

    def tables(self) -> dict[str, str]:
        """The tables that rates are joined to."""
        return super().tables() | {"edges": self.rated_edges()}

    def needed(self) -> list[str]:
        """The days whose rates are needed and are not there: those of the edges, and for what moves."""
        found = super().needed() if self.moves else []
        for edge in ("past", "first"):
            day = self.on(self.dialect.as_date(f"edges.{edge} - 1"))
            keys = [*(f"edges.{name}" for name in (*self.labels, edge)), *(f"days.{name}" for name in self.cells)]
            lacks = ", ".join(
                f"CASE WHEN sum(days.{name}) <> 0 AND max(edges.{edge}_{name}) IS NULL THEN {day} END AS {name}"
                for name in self.columns[1:-1]
            )
            rows = f"FROM edges\nJOIN changes AS days ON days.day < edges.{edge}"
            found.append(f"SELECT {lacks}\n{rows}\nGROUP BY {', '.join(keys)}")
        return found

    @property
    def moves(self) -> bool:
        """Whether what moved is asked for, too."""
        return any(leaf.metric.part == "fx" for leaf in self.leg.leaves)

    def valued(self, edge: str, word: str) -> str:
        """What there is at one edge of each window: in each currency, times that day's rate, to 12 places."""
        keys = [*(f"edges.{name}" for name in self.labels), *(f"days.{name}" for name in self.cells)]
        nothing = self.dialect.cast("0", MONEY)
        found = [self.dialect.cast(f"sum(days.{self.columns[0]})", MONEY)]
        for name in self.columns[1:-1]:
            total = f"sum(days.{name})"
            worth = self.dialect.cast(f"round({total} * max(edges.{edge}_{name}), 12)", MONEY)
            found.append(f"CASE WHEN {total} = 0 THEN {nothing} ELSE {worth} END")
        by = ", ".join(["day", *self.cells])
        added = ", ".join(f"sum({name}) AS {name}" for name in self.columns)
        days = f"(SELECT {by}, {added} FROM changes GROUP BY {by}) AS days"
        shown = ", ".join(f"{name} AS {name.partition('.')[2]}" for name in keys)
        sides = {one: " + ".join(found) if one == word else "0" for one in ("closing", "opening")}
        told = f"{sides['closing']} AS closing, {sides['opening']} AS opening, 0 AS moved"
        join = f"FROM edges\nJOIN {days} ON days.day < edges.{edge}"
        return f"SELECT {shown}, {told}\n{join}\nGROUP BY {', '.join(keys)}"

    def flows(self) -> dict[str, str]:
        """The tables of what moved inside each window, entity by entity."""
        tables = {"entities": self.netted(list(self.entity))}
        if self.segments:
            tables["pieces"] = self.netted([*self.entity, *self.segments.values()])
        told = self.set_off() if self.segments else self.unsegmented()
        if len(self.cells) < len(self.segments):
            tables["kept"] = self.netted([*self.entity, *self.cells])
            tables["moves"], told = told, self.put_together()
        return tables | {"flows": told}

    def told_of_flows(self) -> str:
        """What movements tell. Who came and went inside a window has not moved, whatever the rates of two days make of
        it."""
        told = "moved_in - moved_out + CASE WHEN was = 1 OR now = 1 THEN rest ELSE 0 END"
        keys = ", ".join([*self.labels, *self.cells])
        return f"SELECT {keys}, 0 AS closing, 0 AS opening, {told} AS moved\nFROM flows"

    def gathered_parts(self) -> str:
        """The parts of all rows together, by the answer's periods and groups."""
        shown = zip(self.labels[1:], self.plan.times, strict=True)
        keys = [f"{name} AS {quote(column.name)}" for name, column in shown]
        groups = zip(self.source.dimensions, self.groups, strict=True)
        keys += [f"{self.segments[sql]} AS {name}" for sql, name in groups]
        values = [f"{WORTH[leaf.metric.part]} AS {quote(leaf.name)}" for leaf in self.leg.leaves]
        where = f"\nWHERE {self.met} = 1" if self.met else ""
        return f"SELECT {', '.join([*keys, *values])}\nFROM parts{where}{self.grouped(keys)}"


def is_valued(metric: Metric) -> bool:
    """Whether a part of a converted balance is told by rates of days, and not by what moves."""
    return bool(metric.convert) and metric.measure == "amount" and metric.part in VALUED


def written(catalog: Catalog, plan: Plan, leg: Leg) -> Moving:
    """The leg of a balance being written, by whether its amounts have to be converted."""
    first: Leaf = leg.leaves[0]
    if not first.metric.convert:
        return Moving(catalog, plan, leg)
    return (Valued if is_valued(first.metric) else Exchanging)(catalog, plan, leg)
