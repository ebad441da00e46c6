"""Movements as SQL: rows that last from a day to another become changes of balances by entity and day, and these are
netted over each window of time.

What an entity had before the first change inside a window and after the last one tells which kind its movement is.
Where a question looks at segments of an entity's rows, such as its plans, what moves between them is a transfer: the
changes of an entity's segments are set off against each other, the largest first, and what is left is of its kind.
An answer's row holds several segments of an entity where a condition or a row of the rest lets several of them in: what
moved between these is no transfer, and the entity is counted once.
"""

from __future__ import annotations

from msgspec.structs import replace

from truenorth.base.errors import DefinitionError, QueryError
from truenorth.define.graph import entity_columns
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import indented, quote
from truenorth.query.fault import Faults
from truenorth.query.join import named as references_of
from truenorth.query.leg import Everywhere, Pass, spine_names
from truenorth.query.shape import Leaf, Leg, Plan, dimension_of
from truenorth.query.spine import windows_sql

# What became of an entity in a window: `was` and `now` tell whether it was there, `ever` whether it had been before.
NEW = "now = 1 AND was = 0 AND ever = 0"
BACK = "now = 1 AND was = 0 AND ever = 1"
GONE = "now = 0 AND was = 1"
STAYED = "now = 1 AND was = 1"
AMOUNTS = {
    "net": "change",
    "new": f"CASE WHEN {NEW} THEN rest END",
    "reactivation": f"CASE WHEN {BACK} THEN rest END",
    "churn": f"CASE WHEN {GONE} THEN -rest END",
    "expansion": f"CASE WHEN {STAYED} AND rest > 0 THEN rest END",
    "contraction": f"CASE WHEN {STAYED} AND rest < 0 THEN -rest END",
    "transfer_in": "moved_in",
    "transfer_out": "moved_out",
}
# Whether a step is anything, and whether there is anything after it and was before it.
STEPS = ("{0}", "after_{0}", "after_{0} - {0}")
# Of a segment, `here` and `before` tell whether the entity was in it.
ENTITIES = {
    "net": "here - before",
    "new": f"CASE WHEN {NEW} AND here > before THEN 1 END",
    "reactivation": f"CASE WHEN {BACK} AND here > before THEN 1 END",
    "churn": f"CASE WHEN {GONE} AND here < before THEN 1 END",
    "expansion": f"CASE WHEN {STAYED} AND rest > 0 THEN 1 END",
    "contraction": f"CASE WHEN {STAYED} AND rest < 0 THEN 1 END",
    "transfer_in": f"CASE WHEN {STAYED} AND here > before THEN 1 END",
    "transfer_out": f"CASE WHEN {STAYED} AND here < before THEN 1 END",
}


class Moving(Everywhere):
    """A leg over rows that last from a day to another."""

    def __init__(self, catalog: Catalog, plan: Plan, leg: Leg) -> None:
        super().__init__(catalog, plan, leg)
        self.metric = leg.leaves[0].metric
        self.faults = Faults(catalog, self.metric)
        self.source.rows.origin = self.faults.origin
        self.ending = Everywhere(catalog, plan, replace(leg, time=self.metric.end))
        entity = entity_columns(catalog.model, leg.dataset, self.metric.entity)
        self.entity = {f"who_{at}": self.owned(column, self.metric) for at, column in enumerate(entity, 1)}
        self.segments = {sql: f"segment_{at}" for at, sql in enumerate(self.looked_at(), 1)}
        seen = [self.segments[sql] for sql in self.source.dimensions]
        self.met = list(self.segments.values())[-1] if self.source.conditions else ""
        # The segments that the answer tells apart: those of its rows, and what meets no condition.
        self.cells = list(dict.fromkeys([*seen, *([self.met] if self.met else [])]))
        self.labels = ["nth", *spine_names(plan)]
        # What is said of the window that a day lies in.
        self.stated = self.labels

    def looked_at(self) -> list[str]:
        """What the question looks at of rows, as SQL: its groups, the fields of its conditions, and last whether a row
        meets them. It tells the segments of an entity's rows apart."""
        if self.source.repeated:
            message = (
                f'a row of "{self.leg.dataset}" may have several "{self.source.repeated[0]}", and is worth one amount'
            )
            raise QueryError("E_FAN_OUT", message, hint="group by a field of which each row has one")
        plan, rows = self.plan, self.source.rows
        references = references_of(self.catalog, plan.dimensions, plan.conditions, plan.filters)
        fields = [rows.field(dimension_of(one, self.catalog.almanacs).reference) for one in references]
        meets = (
            [f"CASE WHEN {' AND '.join(self.source.conditions)} THEN 1 ELSE 0 END"] if self.source.conditions else []
        )
        return list(dict.fromkeys([*self.source.dimensions, *fields, *meets]))

    def sql(self) -> str:
        """The whole leg: one row for each group of each window."""
        tables = self.tables() | self.parts()
        ctes = ",\n".join(f"{name} AS (\n{indented(body)}\n)" for name, body in tables.items())
        return f"WITH {ctes}\n{self.gathered_parts()}"

    def parts(self) -> dict[str, str]:
        """The table of the parts, after those it is made from."""
        return {"parts": self.levels()} if self.only_levels else self.flows("parts")

    @property
    def only_levels(self) -> bool:
        """Whether only what there is is asked, and not what moved."""
        return all(leaf.metric.part == "net" for leaf in self.leg.leaves)

    def flows(self, name: str) -> dict[str, str]:
        """What moved inside each window, entity by entity, as a table of that name after those it is made from."""
        tables = {"entities": self.netted(list(self.entity))}
        if not self.segments:
            return tables | {name: self.unsegmented()}
        tables["pieces"] = self.netted([*self.entity, *self.segments.values()])
        if set(self.segments.values()) <= set(self.cells):
            return tables | {name: self.set_off()}
        kept = self.netted(list(dict.fromkeys([*self.entity, *self.cells])))
        return tables | {"kept": kept, "moves": self.set_off(), name: self.put_together()}

    def tables(self) -> dict[str, str]:
        """The tables that the parts are told by."""
        return {"changes": self.changes(), "inside": self.inside()}

    def amount(self) -> str:
        """What a row is worth, as an exact number."""
        amount, kind = self.measured(self.metric), self.kind(self.metric)
        if kind not in ("", "integer", "decimal", "float"):
            message = f'"{self.metric.expr}" is {kind}, and a balance is made of numbers'
            number = f"case when {self.metric.expr} then 1 else 0 end" if kind == "boolean" else ""
            hint = f'write expr: "{number or f"cast({self.metric.expr} as double)"}"'
            raise DefinitionError("E_NOT_A_NUMBER", message, where=self.metric.spot.at("expr"), hint=hint)
        if kind == "float":
            return self.dialect.as_money(amount)
        # What is counted up from zero, such as seats, is taken away as well.
        return self.dialect.cast(amount, self.dialect.widest or "HUGEINT") if kind == "integer" else amount

    def also(self) -> dict[str, str]:
        """What else is told of a row, as SQL by its name."""
        return {}

    def rows(self) -> str:
        """The rows that count: whose each is, from when until when, and what it is worth."""
        columns = {name: sql for sql, name in self.segments.items()}
        ends = self.faults.ended(self.day(), self.ending.day())
        columns = self.entity | columns | {"begins": self.day(), "ends": ends, "amount": self.amount()}
        listed = ", ".join(f"{sql} AS {name}" for name, sql in (columns | self.also()).items())
        found = [*self.filters(self.leg.leaves[0]), *self.faults.counts()]
        where = f"\nWHERE {' AND '.join(found)}" if found else ""
        rows = f"SELECT {listed}\n{self.source.sql()}{where}"
        counts = "amount IS NOT NULL AND begins IS NOT NULL AND (ends IS NULL OR ends >= begins)"
        return f"SELECT *\nFROM (\n{indented(rows)}\n) AS counted\nWHERE {counts}"

    @property
    def columns(self) -> list[str]:
        """What the columns of what changes are called."""
        return ["change"]

    def sums(self) -> list[str]:
        """What changes, added up into these columns."""
        return ["sum(change) AS change"]

    @property
    def marks(self) -> bool:
        """Whether it has to be known of whole entities alone who was there before a change and after it."""
        levels = all((leaf.metric.part, leaf.metric.measure) == ("net", "amount") for leaf in self.leg.leaves)
        return not (self.segments or levels)

    def changes(self) -> str:
        """What changes on a day, by entity and segment: the same whatever time is asked for."""
        keys = ", ".join([*self.entity, *self.segments.values()])
        own = ", ".join([keys, *self.also()])
        begins = f"SELECT {own}, begins AS day, amount AS change, 1 AS more FROM lasting"
        ends = f"SELECT {own}, ends AS day, -amount AS change, -1 AS more FROM lasting WHERE ends IS NOT NULL"
        select = (
            f"WITH lasting AS (\n{indented(self.rows())}\n)\n"
            f"SELECT {keys}, day, {', '.join(self.sums())}, sum(more) AS more\n"
            f"FROM (\n{indented(begins)}\n  UNION ALL\n{indented(ends)}\n) AS edges\nGROUP BY {keys}, day"
        )
        if self.marks:
            select = self.settled(self.marked(list(self.entity), f"(\n{indented(select)}\n)"))
        return self.standing(select)

    def settled(self, changes: str) -> str:
        """Marked changes with what each is worth, as far as that is the same whatever time is asked for."""
        return changes

    def standing(self, select: str) -> str:
        """A select that gives the same rows to every question while the data stays."""
        if any(one.name in select for one in self.plan.lookups):
            return select
        return self.catalog.kept(select)

    def inside(self) -> str:
        """The days on which anything changes, each with the windows it lies in."""
        labels = ", ".join(f"spine.{name} AS {name}" for name in self.stated)
        return (
            f"SELECT days.day AS day, {labels}\nFROM (SELECT DISTINCT day FROM changes) AS days\n"
            f"JOIN (\n{indented(windows_sql(self))}\n) AS spine ON days.day >= spine.first AND days.day < spine.past"
        )

    def marked(self, keys: list[str], rows: str) -> str:
        """Changes of an entity, or of a segment of it, by day: whether it was there before and after, and ever."""
        who, own = ", ".join(keys), ", ".join(self.columns)
        steps = self.columns if self.metric.at_zero == "gone" else ["more"]
        upto = f"OVER (PARTITION BY {who} ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        after = ", ".join(f"sum({name}) {upto} AS after_{name}" for name in steps)
        # The first step that is not nothing makes it be there, whatever comes later.
        some, now, was = (" OR ".join(f"{one.format(name)} <> 0" for name in steps) for one in STEPS)
        running = f"SELECT {who}, day, {own}, more, {after}, min(CASE WHEN {some} THEN day END) {upto} AS since"
        told = (
            f"SELECT {who}, day, {own}, CASE WHEN {now} THEN 1 ELSE 0 END AS now, "
            f"CASE WHEN {was} THEN 1 ELSE 0 END AS was, CASE WHEN since < day THEN 1 ELSE 0 END AS ever"
        )
        running = f"{running}\nFROM {rows} AS daily"
        return f"{told}\nFROM (\n{indented(running)}\n) AS running"

    def days(self, keys: list[str]) -> str:
        """The same as an item of FROM, out of the changes."""
        if self.marks:
            return "changes AS days"
        who, added = ", ".join(keys), ", ".join(f"sum({name}) AS {name}" for name in [*self.columns, "more"])
        daily = f"(\n  SELECT {who}, day, {added} FROM changes GROUP BY {who}, day\n)"
        whole = len(keys) == len(self.entity) + len(self.segments)
        return f"(\n{indented(self.marked(keys, 'changes' if whole else daily))}\n) AS days"

    def worth(self) -> tuple[str, str]:
        """What a change is worth, and what has to be joined to know that."""
        return "days.change", ""

    def netted(self, keys: list[str]) -> str:
        """The changes of each window put together: what was before the first of them, and after the last."""
        first, last = self.dialect.first, self.dialect.last
        named = [*(f"inside.{name}" for name in self.labels), *(f"days.{name}" for name in keys)]
        shown = ", ".join(f"{name} AS {name.partition('.')[2]}" for name in named)
        worth, joined = self.worth()
        told = (
            f"sum({worth}) AS change, {first('days.was', 'days.day')} AS was, "
            f"{last('days.now', 'days.day')} AS now, {first('days.ever', 'days.day')} AS ever"
        )
        rows = f"{self.days(keys)}\nJOIN inside ON inside.day = days.day{joined}"
        return f"SELECT {shown}, {told}\nFROM {rows}\nGROUP BY {', '.join(named)}"

    def unsegmented(self) -> str:
        """Whole entities: nothing moves between segments."""
        keys = ", ".join([*self.labels, *self.entity])
        nothing = "change - change AS moved_in, change - change AS moved_out"
        told = f"change, was, now, ever, change AS rest, {nothing}, was AS before, now AS here"
        return f"SELECT {keys}, {told}\nFROM entities"

    def set_off(self) -> str:
        """The changes of an entity's segments set off against each other, the largest first."""
        own, segments = [*self.labels, *self.entity], list(self.segments.values())
        same = ", ".join(f"pieces.{name}" for name in own)
        shown = ", ".join(f"pieces.{name} AS {name}" for name in (*own, *segments))
        told = "pieces.change AS change, pieces.was AS before, pieces.now AS here, entities.was AS was"
        up, down = (
            f"CASE WHEN pieces.change {sign} 0 THEN {value} ELSE 0 END"
            for sign, value in ((">", "pieces.change"), ("<", "-pieces.change"))
        )
        ties = ", ".join(f"pieces.{one}" for one in segments)
        upto = f"OVER (PARTITION BY {same} ORDER BY {{}}, {ties} ROWS UNBOUNDED PRECEDING)"
        sums = ", ".join(
            [
                f"sum({up}) OVER (PARTITION BY {same}) AS gained",
                f"sum({down}) OVER (PARTITION BY {same}) AS lost",
                f"sum({up}) {upto.format('pieces.change DESC')} AS gained_so_far",
                f"sum({down}) {upto.format('pieces.change')} AS lost_so_far",
            ]
        )
        met = " AND ".join(f"entities.{name} IS NOT DISTINCT FROM pieces.{name}" for name in own)
        beside = (
            f"SELECT {shown}, {told}, entities.now AS now, entities.ever AS ever, {sums}\n"
            f"FROM pieces JOIN entities ON {met}"
        )
        keys = ", ".join([*own, *segments, "change", "was", "now", "ever", "before", "here"])
        both = "least(gained, lost)"
        moved_in = (
            f"CASE WHEN change > 0 THEN least(gained_so_far, {both}) - least(gained_so_far - change, {both}) ELSE 0 END"
        )
        moved_out = (
            f"CASE WHEN change < 0 THEN least(lost_so_far, {both}) - least(lost_so_far + change, {both}) ELSE 0 END"
        )
        moved = f"SELECT {keys}, {moved_in} AS moved_in, {moved_out} AS moved_out"
        return nested([f"SELECT {keys}, moved_in, moved_out, change - moved_in + moved_out AS rest", moved], beside)

    def put_together(self) -> str:
        """What the answer's rows hold of each entity: what moved within them has not moved."""
        own, keys = [*self.labels, *self.entity], list(dict.fromkeys([*self.labels, *self.entity, *self.cells]))
        same = [f"max(moves.{one}) AS {one}" for one in ("was", "now", "ever")]
        sums = [f"sum(moves.{one}) AS {one}" for one in ("change", "rest")]
        sums.append("sum(moves.moved_in - moves.moved_out) AS moved")
        shown = ", ".join([*(f"moves.{name} AS {name}" for name in keys), *sums, *same])
        by = ", ".join(f"moves.{name}" for name in keys)
        whole = f"(\nSELECT {shown}\nFROM moves\nGROUP BY {by}\n) AS whole"
        met = " AND ".join(f"kept.{name} IS NOT DISTINCT FROM whole.{name}" for name in keys)
        names = dict.fromkeys([*own, *self.cells, "change", "rest", "was", "now", "ever"])
        told = [f"whole.{name} AS {name}" for name in names]
        told += ["kept.was AS before", "kept.now AS here"]
        told += [
            f"CASE WHEN {sign}whole.moved > 0 THEN {sign}whole.moved ELSE 0 END AS moved_{way}"
            for sign, way in (("", "in"), ("-", "out"))
        ]
        return f"SELECT {', '.join(told)}\nFROM {whole}\nJOIN kept ON {met}"

    def levels(self) -> str:
        """What days change in all, where only that is asked: entities need not be looked at one by one."""
        by = ", ".join(["day", *self.cells])
        if all(leaf.metric.measure == "amount" for leaf in self.leg.leaves):
            days = f"SELECT {by}, sum(change) AS change, 0 AS here, 0 AS before FROM changes GROUP BY {by}"
        else:
            known = " AND ".join(f"{name} IS NOT NULL" for name in self.entity)
            counted = [
                f"sum(CASE WHEN {known} THEN {name} ELSE 0 END) AS {word}"
                for name, word in (("now", "here"), ("was", "before"))
            ]
            told = ", ".join([f"sum({self.columns[0]}) AS change", *counted])
            days = f"SELECT {by}, {told}\nFROM {self.days([*self.entity, *self.cells])}\nGROUP BY {by}"
        named = [*(f"inside.{name} AS {name}" for name in self.labels), *(f"days.{one} AS {one}" for one in self.cells)]
        shown = ", ".join([*named, "days.change AS change", "days.here AS here", "days.before AS before"])
        return f"SELECT {shown}\nFROM (\n{indented(days)}\n) AS days\nJOIN inside ON inside.day = days.day"

    def gathered_parts(self) -> str:
        """The parts of all entities together, by the answer's periods and groups."""
        shown = zip(self.labels[1:], self.plan.times, strict=True)
        keys = [f"{name} AS {quote(column.name)}" for name, column in shown]
        groups = zip(self.source.dimensions, self.groups, strict=True)
        keys += [f"{self.segments[sql]} AS {name}" for sql, name in groups]
        values = [f"{self.gathered_part(leaf)} AS {quote(leaf.name)}" for leaf in self.leg.leaves]
        where = f"\nWHERE {self.met} = 1" if self.met else ""
        return f"SELECT {', '.join([*keys, *values])}\nFROM parts{where}{self.grouped(keys)}"

    def gathered_part(self, leaf: Leaf) -> str:
        """What of all rows of the parts belongs to a leaf."""
        return f"sum({self.told(leaf)})"

    def told(self, leaf: Leaf) -> str:
        """What of a row of the parts belongs to a leaf."""
        if leaf.metric.measure == "amount":
            return AMOUNTS[leaf.metric.part]
        sql = ENTITIES[leaf.metric.part]
        if self.only_levels:
            return sql
        return f"CASE WHEN {' AND '.join(f'{name} IS NOT NULL' for name in self.entity)} THEN {sql} END"


def rows_meant(plan: Plan, leg: Leg) -> tuple[object, ...]:
    """What tells the rows that a leg rests on from those of others, whatever a question looks at of them."""
    metric, filters = leg.leaves[0].metric, leg.leaves[0].filters
    return metric.balance or metric.name, metric.filter, filters, plan.calendar.timezone


def nested(selects: list[str], rows: str) -> str:
    """Selects out of each other, the last one out of rows."""
    for at, select in enumerate(reversed(selects)):
        rows = f"{select}\nFROM (\n{indented(rows)}\n) AS step_{at}"
    return rows


def by_movement(writing: Pass) -> str:
    """The leg of a balance."""
    assert isinstance(writing, Moving)
    return writing.sql()
