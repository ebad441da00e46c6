"""What a journey reads, as SQL: whose each row is, when it was, which conditions it meets, and its group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from functools import cached_property

from truenorth.base.errors import QueryError
from truenorth.base.period import Moment, wall
from truenorth.define.graph import entity_columns
from truenorth.define.journey import NAME
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import quote
from truenorth.query.journey import KINDS, Kind
from truenorth.query.journey.columns import GROUP, WHO
from truenorth.query.journey.frame import Frame
from truenorth.query.journey.keyed import keyed
from truenorth.query.leg import Everywhere
from truenorth.query.owner import Key
from truenorth.query.shape import Leg, Plan

# Up to so many conditions fit into one unsigned integer of the engine.
SIZES = ((8, "UTINYINT", "UInt8"), (16, "USMALLINT", "UInt16"), (32, "UINTEGER", "UInt32"))


class Scan(Everywhere):
    """A leg over the rows that a journey follows."""

    def __init__(self, catalog: Catalog, plan: Plan, leg: Leg) -> None:
        super().__init__(catalog, plan, leg)
        self.metric = leg.leaves[0].metric
        self.looked = [one.metric for one in leg.leaves]
        if self.source.bridge:
            message = f'a row of "{leg.dataset}" may have several "{self.source.repeated[0]}"'
            hint = f"group by a field that each row of {leg.dataset} has one of"
            raise QueryError("E_FAN_OUT", f"{message}, and a journey is followed row by row", hint=hint)

        self.journey: Kind = KINDS[self.metric.type]
        self.frame = self.framed()
        self.words: list[str] = []

    def framed(self) -> Frame:
        """The windows and the clock of the answer."""
        calendar = self.plan.calendar
        zone, grain = calendar.timezone, calendar.grain or ""
        frame = Frame(self.leg.windows, zone, calendar.week_start, calendar.fiscal, dated=self.dated, grain=grain)
        past: Moment = calendar.end_of_data() if self.dated else calendar.as_of.replace(tzinfo=UTC)
        return replace(frame, as_of=frame.microseconds(past))

    @cached_property
    def key(self) -> Key | None:
        """The number of each row that tells whose it is, where there is one."""
        return keyed(self.source.rows.catalog, self.metric, self.leg.time)

    def sql(self) -> str:
        """The select of what is followed: who, at, marks, groups and what the kind reads beside, each under a name of
        ours.

        Where every row is asked for, or no condition is looked at, it has no column that says so.
        """
        return self.selected(self.whose())

    def select(self) -> str:
        """The same with the number that tells whose a row is, where there is one; to be asked for before `sql`."""
        key = self.key
        return self.selected([(f"{WHO}1", self.raw(key.column))] if key and key.select else self.whose())

    def selected(self, who: Sequence[tuple[str, str]]) -> str:
        """A select of what is followed."""
        columns = [*who, ("at", self.moment()), *self.marks(), *self.asked()]
        columns += [(f"{GROUP}{number}", sql) for number, sql in enumerate(self.grouping, 1)]
        columns += [(name, self.told(text)) for name, text in self.journey.columns(self.metric).items()]
        where = self.where_kept()
        return self.source.rows.with_lookups(f"SELECT\n  {named(columns)}\n{self.source.sql()}\nWHERE {where}")

    def days(self, key: Key) -> str:
        """A select of who was there on each day, as bits of a key; and of how many rows nothing tells whose they
        are."""
        column = self.raw(key.column)
        known = f"CASE WHEN {column} BETWEEN {key.low} AND {key.high} THEN {column} END"
        bits = f"CAST(bitstring_agg({known}, {key.low}, {key.high}) AS BLOB)"
        day = self.day() if self.dated else self.clock.day(self.time)
        groups = [("day", day), *self.marks(), *self.asked()]
        columns = [*groups, ("bits", bits), ("nobody", f"count(*) - count({column})")]
        where = self.where_kept()
        by = ", ".join(str(number + 1) for number in range(len(groups)))
        select = f"SELECT\n  {named(columns)}\n{self.source.sql()}\nWHERE {where}\nGROUP BY {by}"
        return self.source.rows.with_lookups(select)

    def where_kept(self) -> str:
        """The conditions under which rows matter, as one."""
        return "\n  AND ".join(self.kept())

    def whose(self) -> list[tuple[str, str]]:
        """What tells one entity from another."""
        entity = self.metric.entity
        if not NAME.fullmatch(entity):
            return [(f"{WHO}1", self.told(entity))]
        columns = entity_columns(self.catalog.model, self.leg.dataset, entity)
        return [(f"{WHO}{number}", self.owned(one, self.metric)) for number, one in enumerate(columns, 1)]

    def moment(self) -> str:
        """When a row was, in microseconds."""
        sql = self.time if self.dated else self.clock.utc(self.time)
        return self.dialect.microseconds(sql)

    def told(self, text: str) -> str:
        """An expression of the metric as SQL."""
        expression = self.catalog.expression(text, self.metric)
        names = self.source.rows.names(expression, lambda name: self.owned(name, self.metric), self.place)
        return f"({expression.render(self.dialect.name, names)})"

    def met(self) -> list[str]:
        """The kind's conditions."""
        return [self.told(one) for one in self.journey.conditions(self.metric)]

    def marks(self) -> list[tuple[str, str]]:
        """The conditions that a row meets, one bit each."""
        if not (met := self.met()):
            return []
        bits = [f"CASE WHEN {sql} THEN {1 << number} ELSE 0 END" for number, sql in enumerate(met)]
        words = next(words for size, *words in SIZES if len(bits) <= size)
        return [("marks", f"CAST({' + '.join(bits)} AS {words[self.dialect.name == 'clickhouse']})")]

    def asked(self) -> list[tuple[str, str]]:
        """Whether a row meets the question's conditions, where these are those of a start."""
        found = [*self.of_question(), *self.of_leaves()] if self.journey.asks == "start" else []
        return [("asked", f"CASE WHEN {' AND '.join(found)} THEN TRUE ELSE FALSE END")] if found else []

    def of_question(self) -> list[str]:
        """The conditions of the question."""
        return list(self.source.conditions)

    def of_leaves(self) -> list[str]:
        """The conditions under which another metric looks at this one."""
        return [self.told(one) for one in self.leg.leaves[0].filters if one]

    @cached_property
    def grouping(self) -> list[str]:
        """The groups of a row; what engines have no plain word for is told as text."""
        sqls = self.source.dimensions
        select = self.source.rows.with_lookups(f"SELECT {', '.join(sqls)}\n{self.source.sql()}")
        kinds = self.catalog.engine.describe(select) if sqls else ()
        self.words = [word for _, word in kinds]
        text = self.dialect.text
        return [
            self.dialect.cast(sql, text) if word == "other" else sql for sql, (_, word) in zip(sqls, kinds, strict=True)
        ]

    def kept(self) -> list[str]:
        """The conditions under which a row matters at all."""
        found = [*self.between(*self.reached()), f"{self.time} IS NOT NULL"]
        if self.metric.filter:
            found.append(self.told(self.metric.filter))
        if self.journey.asks == "rows":
            found += [*self.of_question(), *self.of_leaves()]
        if met := self.met():
            found.append(f"({' OR '.join(met)})")
        return found

    def reached(self) -> tuple[Moment | None, Moment | None]:
        """Between which moments rows matter to any of what is asked for."""
        edges = [self.journey.reach(one, self.frame) for one in self.looked]
        starts, ends = [start for start, _ in edges if start is not None], [end for _, end in edges if end is not None]
        first = min(starts, key=wall) if len(starts) == len(edges) else None
        return first, max(ends, key=wall) if len(ends) == len(edges) else None


def named(columns: Sequence[tuple[str, str]]) -> str:
    """Columns as a select lists them, each under its name."""
    return ",\n  ".join(f"{sql} AS {quote(name)}" for name, sql in columns)
