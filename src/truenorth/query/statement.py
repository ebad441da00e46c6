"""A question in SQL: `select plan, MEASURE(revenue) from metrics group by plan`, read into a MetricQuery.

`metrics` is the one table there is: its columns are the fields that metrics can be grouped by, its measures are the
metrics. Only what a MetricQuery can say is offered, so that the numbers are those of every other face.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NoReturn

from msgspec import structs

from truenorth.base.errors import Place, QueryError, TrueNorthError, did_you_mean
from truenorth.base.period import GRAINS
from truenorth.base.table import Column, Table
from truenorth.define.expression import BROKEN, CONTROL
from truenorth.define.lookup import STANDS, MetricRef, put_back, taken_out
from truenorth.define.model import Model
from truenorth.define.when import TIME_NAME
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery

if TYPE_CHECKING:
    from sqlglot import exp

TABLE = "metrics"
FORM = "select plan, MEASURE(revenue) from metrics where … group by plan having … order by … limit …"
LONGEST = 100_000
MOST_ROWS = 2**53
# Parts of a date in SQL's words and ours.
EXTRACTED = {
    "YEAR": "year_number",
    "QUARTER": "quarter_of_year",
    "MONTH": "month_of_year",
    "WEEK": "week_of_year",
    "DAY": "day_of_month",
    "DOY": "day_of_year",
    "DAYOFYEAR": "day_of_year",
    "ISODOW": "day_of_week",
    "HOUR": "hour_of_day",
}
# What a select may have beside its columns and its table, in sqlglot's words.
OFFERED = {"expressions", "from_", "where", "group", "having", "order", "limit", "distinct", "kind", "hint"}
WORDS = {
    "joins": ("JOIN", "metrics bring the fields of the datasets they reach: name them, such as customers.region"),
    "laterals": ("LATERAL", "name fields only"),
    "with_": ("WITH", "ask one question at a time"),
    "windows": ("WINDOW", "ask for a cumulative metric, such as a running total"),
    "qualify": ("QUALIFY", "put conditions on numbers into HAVING"),
    "offset": ("OFFSET", "use LIMIT with an ORDER BY"),
    "into": ("INTO", "this only reads"),
    "sample": ("SAMPLE", "name a range of time or a condition"),
    "pivots": ("PIVOT", "group by the field"),
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A question that was asked in SQL, and which columns of its answer are shown under which names."""

    query: MetricQuery
    shown: tuple[tuple[str, str], ...]

    def of(self, answer: Answer) -> Answer:
        """The answer with the columns as they were selected."""
        table = answer.table
        found = [(position(table, name), name, alias) for name, alias in self.shown]
        columns = tuple(called(table.columns[at], name, alias) for at, name, alias in found)
        rows = tuple(tuple(row[at] for at, _, _ in found) for row in table.rows)
        return replace(answer, table=Table(columns, rows))


def position(table: Table, name: str) -> int:
    """Where a column stands; the bare shared time is in the column of its own grain."""
    if name == TIME_NAME:
        return next(at for at, column in enumerate(table.columns) if column.name.startswith(f"{TIME_NAME}__"))
    return table.index(name)


def called(column: Column, name: str, alias: str) -> Column:
    """A column under the name it was given."""
    return structs.replace(column, name=alias, label=alias) if alias != name else column


def statement(model: Model, text: str) -> Spoken:
    """The question a statement asks; QueryError with its place in the text where it asks for anything else."""
    return Reader(model, text).read()


def placed(error: TrueNorthError, text: str) -> TrueNorthError:
    """An error of the planner with the place in the statement of the first name that it quotes."""
    for word in re.findall(r'"([^"]+)"', error.message):
        at = re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", text)
        if error.where is None and at:
            error.where = place(text, at.start())
    return error


def place(text: str, at: int) -> Place:
    """A position in a statement as line and column."""
    before = text[:at]
    return Place("sql", before.count("\n") + 1, at - before.rfind("\n"))


@dataclass
class Reader:
    """One statement being read."""

    model: Model
    text: str
    plain: str = ""
    looked_up: list[MetricRef] = field(default_factory=list)
    alias: str = TABLE
    items: list[tuple[str, str, str]] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def read(self) -> Spoken:
        """The whole statement."""
        select = self.select()
        for item in select.expressions:
            self.item(item)
        self.distinct_names()
        groups = self.groups(select)
        having = self.having(select)
        order = self.order(select)
        metrics = dict.fromkeys([*(name for kind, name, _ in self.items if kind == "measure"), *self.hidden])
        if not metrics and not (select.args.get("distinct") or select.args.get("group")):
            hint = "write select distinct …, or add a metric: MEASURE(revenue)"
            self.refuse(select, "the rows behind metrics are not shown", hint)
        query = MetricQuery(
            tuple(metrics), by=groups, where=self.where(select), having=having, order=order, limit=self.limit(select)
        )
        return Spoken(query, tuple((name, alias) for _, name, alias in self.items))

    def select(self) -> exp.Select:
        """The one select, with nothing beside it that is not offered."""
        import sqlglot
        from sqlglot import exp
        from sqlglot.errors import ParseError, SqlglotError

        if CONTROL.search(self.text) or len(self.text) > LONGEST or not self.text.strip():
            said = f"{self.text[:40]!r} is no statement" if self.text.strip() else "nothing is asked"
            raise QueryError("E_BAD_STATEMENT", said, hint=f"write {FORM}")
        self.plain, self.looked_up = taken_out(self.text)
        try:
            trees = [tree for tree in sqlglot.parse(self.plain, read="duckdb") if tree is not None]
        except (SqlglotError, *BROKEN) as error:
            told = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
            reason = str(told.get("description") or "it cannot be read").split(" but got <")[0]
            reason = "is a comma, an operator or a quote missing?" if "nexpected token" in reason else reason
            found = f' at "{told["highlight"]}"' if told.get("highlight") else ""
            where = Place("sql", int(told["line"] or 1), int(told["col"] or 1)) if told.get("line") else None
            message = f"the statement cannot be read{found}: {reason[:1].lower()}{reason[1:]}"
            raise QueryError("E_BAD_STATEMENT", message, where=where, hint=f"write {FORM}") from None
        if len(trees) != 1:
            raise QueryError("E_BAD_STATEMENT", f"{len(trees)} statements, not one", hint="ask one at a time")
        tree = trees[0]
        if not isinstance(tree, exp.Select):
            word = self.plain.split()[0].upper()
            combined = isinstance(tree, exp.SetOperation)
            what = f"{type(tree).__name__.upper()} of selects" if combined else word
            hint = "ask one question at a time" if combined else f"this only reads: {FORM}"
            raise QueryError("E_NOT_OFFERED", f"{what} is not offered here", hint=hint, where=Place("sql"))
        self.clauses(tree)
        return tree

    def clauses(self, select: exp.Select) -> None:
        """Refuses what a select may have elsewhere, and any other table."""
        from sqlglot import exp

        for name, value in select.args.items():
            if value and name not in OFFERED:
                word, hint = WORDS.get(name, (name.strip("_").upper(), f"write {FORM}"))
                self.refuse(value[0] if isinstance(value, list) else value, f"{word} is not offered here", hint, word)
        distinct = select.args.get("distinct")
        if distinct is not None and distinct.args.get("on"):
            self.refuse(distinct, "DISTINCT ON is not offered here", "group by the fields", "DISTINCT")
        source = select.args.get("from_")
        table = source.this if source is not None else None
        if not isinstance(table, exp.Table):
            hint = f"there is one table: from {TABLE}"
            self.refuse(table if table is not None else select, "a question is asked from metrics", hint, "FROM")
        known = table.name.lower() == TABLE and not table.db and isinstance(table.this, exp.Identifier)
        others = [key for key, value in table.args.items() if value and key not in ("this", "alias")]
        if not known or others:
            there = f'"{table.sql(dialect="duckdb")}" is no table to ask'
            self.refuse(table, there, f"there is one table: from {TABLE}", "FROM")
        self.alias = table.alias or TABLE

    def item(self, node: exp.Expr) -> None:
        """One column that is selected."""
        from sqlglot import exp

        alias = node.alias if isinstance(node, exp.Alias) else ""
        inner = node.this if isinstance(node, exp.Alias) else node
        kind, name = self.column(inner)
        self.items.append((kind, name, alias or name))

    def column(self, node: exp.Expr) -> tuple[str, str]:
        """What a column of the statement is: a measure, or a field with its grain."""
        from sqlglot import exp

        node = node.unnest()
        if isinstance(node, exp.Column | exp.Dot):
            return "field", self.field(node)
        if measure := self.measure(node):
            return "measure", measure
        if truncated := self.truncated(node):
            return "field", truncated
        if isinstance(node, exp.Star):
            self.refuse(node, "* names no question", "name fields and metrics: select plan, MEASURE(revenue)", "*")
        if isinstance(node, exp.AggFunc):
            self.aggregate(node)
        measures = [one for one in node.find_all(exp.Anonymous) if one.name.upper() == "MEASURE"]
        if measures:
            hint = "define it as a metric (type: ratio, or derived with an expr), and its totals will be right too"
            self.refuse(node, f'"{self.said(node)}" computes with metrics', hint)
        hint = "name a field, its grain such as metric_time__month, or MEASURE(metric)"
        self.refuse(node, f'"{self.said(node)}" is no field and no metric', hint)

    def field(self, node: exp.Column | exp.Dot) -> str:
        """A field as the planner knows it; refused when it is a metric or a METRIC lookup."""
        parts = [part.name for part in node.parts]
        if len(parts) > 1 and parts[0] == self.alias and self.alias not in self.model.datasets:
            parts = parts[1:]
        name = ".".join(parts)
        if name in self.model.metrics and not self.is_field(name):
            self.refuse(node, f'"{name}" is a metric', f"write MEASURE({name})")
        if name.startswith(STANDS.partition("{")[0]):
            self.refuse(node, f'"{put_back(name, self.looked_up)}" is for conditions', "put it into WHERE")
        return name

    def is_field(self, name: str) -> bool:
        """Whether some dataset has a field of that name."""
        return any(one.field(name) is not None for one in self.model.datasets.values())

    def measure(self, node: exp.Expr) -> str:
        """The metric of a MEASURE(…); "" for anything else."""
        from sqlglot import exp

        if not isinstance(node, exp.Anonymous) or node.name.upper() != "MEASURE":
            return ""
        inside = [self.simple(one) for one in node.expressions]
        if len(inside) != 1 or not inside[0]:
            self.refuse(node, f'"{self.said(node)}" names no metric', "write MEASURE(revenue)")
        name = inside[0]
        if name not in self.model.metrics:
            hint = did_you_mean(name, self.model.metrics) or f"there are {', '.join(list(self.model.metrics)[:8])}"
            raise QueryError("E_NAME_NOT_FOUND", f'no metric named "{name}"', hint=hint, where=self.place(node))
        return name

    def simple(self, node: exp.Expr) -> str:
        """A single name, perhaps with the table's before it; "" for anything else."""
        from sqlglot import exp

        if not isinstance(node, exp.Column):
            return ""
        parts = [part.name for part in node.parts]
        return parts[-1] if len(parts) == 1 or parts[:-1] == [self.alias] else ""

    def truncated(self, node: exp.Expr) -> str:
        """`date_trunc('month', ordered_at)` as `ordered_at__month`, extract(month from …) as its part; "" otherwise."""
        from sqlglot import exp

        if isinstance(node, exp.TimestampTrunc | exp.DateTrunc):
            unit, inner = str(node.args["unit"].name).lower(), node.this
        elif isinstance(node, exp.Extract):
            unit, inner = EXTRACTED.get(str(node.this.name).upper(), ""), node.expression
        else:
            return ""
        inner = inner.this if isinstance(inner, exp.Cast) else inner
        if not isinstance(inner, exp.Column) or unit not in (*GRAINS, *EXTRACTED.values()):
            hint = f"write {TIME_NAME}__month, or date_trunc('month', {TIME_NAME})"
            self.refuse(node, f'"{self.said(node)}" is no period that is offered', hint)
        return f"{self.field(inner)}__{unit}"

    def distinct_names(self) -> None:
        """Refuses two columns of one name."""
        seen: set[str] = set()
        for _, _, alias in self.items:
            if alias in seen:
                hint = f"name one of them: … AS {alias}_2"
                raise QueryError("E_NAME_COLLISION", f'two columns are called "{alias}"', hint=hint)
            seen.add(alias)

    def pointed(self, node: exp.Expr, clause: str) -> tuple[str, str]:
        """What GROUP BY and ORDER BY name: a position, an alias, or a column itself."""
        from sqlglot import exp

        if isinstance(node, exp.Literal) and node.is_int:
            at = int(node.this)
            if not 1 <= at <= len(self.items):
                self.refuse(node, f"{clause} {at}: there are {len(self.items)} columns", "count from 1")
            return self.items[at - 1][:2]
        if isinstance(node, exp.Column) and len(node.parts) == 1:
            for kind, name, alias in self.items:
                if alias == node.name:
                    return kind, name
        return self.column(node)

    def groups(self, select: exp.Select) -> tuple[str, ...]:
        """What the answer is grouped by: what GROUP BY says, or every field that is selected."""
        from sqlglot import exp

        selected = [name for kind, name, _ in self.items if kind == "field"]
        group = select.args.get("group")
        if group is None:
            return tuple(dict.fromkeys(selected))
        for key, value in group.args.items():
            if value and key not in ("expressions", "all"):
                hint = "ask for subtotals with truenorth query --subtotals"
                self.refuse(group, f"{key.upper().replace('_', ' ')} is not offered here", hint, "GROUP")
        nodes = group.expressions
        if group.args.get("all") or [one.name.lower() for one in nodes if isinstance(one, exp.Column)] == ["all"]:
            return tuple(dict.fromkeys(selected))
        found: list[str] = []
        for node in nodes:
            if isinstance(node, exp.Rollup | exp.Cube | exp.GroupingSets):
                hint = "ask for subtotals with truenorth query --subtotals"
                self.refuse(node, f"{type(node).__name__.upper()} is not offered here", hint, "GROUP")
            kind, name = self.pointed(node, "GROUP BY")
            if kind == "measure":
                self.refuse(node, f'"{self.said(node)}" is a metric, and groups are of fields', "leave it out")
            found.append(name)
        left = [name for name in selected if name not in found]
        if left:
            self.refuse(group, f'"{left[0]}" is selected and not grouped by', f"add {left[0]} to GROUP BY", "GROUP")
        return tuple(dict.fromkeys(found))

    def where(self, select: exp.Select) -> tuple[str, ...]:
        """The conditions on rows and on time."""
        node = select.args.get("where")
        if node is None:
            return ()
        return (self.condition(node.this, measures=False),)

    def having(self, select: exp.Select) -> tuple[str, ...]:
        """The conditions on the answer's numbers."""
        node = select.args.get("having")
        if node is None:
            return ()
        return (self.condition(node.this, measures=True),)

    def condition(self, tree: exp.Expr, measures: bool) -> str:
        """A condition in the planner's words."""
        from sqlglot import exp

        def ours(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Query | exp.Subquery):
                self.refuse(node, "a select inside a condition is not offered", "compare with METRIC(revenue BY plan)")
            if isinstance(node, exp.AggFunc):
                self.aggregate(node)
            if measure := self.measure(node):
                if not measures:
                    self.refuse(node, f'"{self.said(node)}" is a number of the answer', "put it into HAVING")
                self.hidden.append(measure)
                return exp.column(measure)
            if isinstance(node, exp.TimestampTrunc | exp.DateTrunc) and (name := self.truncated(node)):
                return exp.column(name)
            if isinstance(node, exp.Column):
                return self.renamed(node, measures)
            return node

        return put_back(tree.transform(ours).sql(dialect="duckdb", comments=False), self.looked_up)

    def renamed(self, node: exp.Column, measures: bool) -> exp.Expr:
        """A name in a condition: without the table's, and in HAVING the metric that an alias stands for."""
        from sqlglot import exp

        parts = [part.name for part in node.parts]
        if measures and len(parts) == 1:
            for kind, name, alias in self.items:
                if alias == parts[0] and kind == "measure":
                    return exp.column(name)
        if len(parts) > 1 and parts[0] == self.alias and self.alias not in self.model.datasets:
            return exp.column(parts[-1], *reversed(parts[1:-1]))
        return node

    def order(self, select: exp.Select) -> tuple[str, ...]:
        """The columns to sort by."""
        from sqlglot import exp

        node = select.args.get("order")
        found: list[str] = []
        for one in node.expressions if node is not None else ():
            inner = one.this if isinstance(one, exp.Ordered) else one
            if isinstance(one, exp.Ordered) and one.args.get("nulls_first"):
                hint = "leave it out: what is unknown stands last"
                self.refuse(inner, "NULLS FIRST is not offered here", hint, "NULLS")
            kind, name = self.pointed(inner, "ORDER BY")
            if kind == "measure":
                self.hidden.append(name)
            down = isinstance(one, exp.Ordered) and bool(one.args.get("desc"))
            found.append(f"-{name}" if down else name)
        return tuple(found)

    def limit(self, select: exp.Select) -> int | None:
        """The most rows."""
        from sqlglot import exp

        node = select.args.get("limit")
        if node is None:
            return None
        value = node.expression if isinstance(node, exp.Limit) else None
        more = isinstance(node, exp.Limit) and any(said for key, said in node.args.items() if key != "expression")
        if not isinstance(value, exp.Literal) or not value.is_int or int(value.this) >= MOST_ROWS or more:
            self.refuse(node, "a limit is a whole number of rows", "write LIMIT 10", "LIMIT")
        return int(value.this)

    def aggregate(self, node: exp.Expr) -> NoReturn:
        """The error for an aggregate function: metrics aggregate themselves."""
        names = {part.name for part in node.find_all(_column())}
        near = [one.name for one in self.model.metrics.values() if one.expr in names or one.name in names]
        hint = f"write MEASURE({near[0]})" if near else "write MEASURE(metric): a metric knows how it is aggregated"
        self.refuse(node, f'"{self.said(node)}" aggregates', hint)

    def said(self, node: exp.Expr) -> str:
        """A part of the statement as text."""
        return put_back(node.sql(dialect="duckdb", comments=False), self.looked_up)

    def refuse(self, node: Any, message: str, hint: str, word: str = "") -> NoReturn:
        """Refuses a part of the statement, with its place and the way out."""
        raise QueryError("E_NOT_OFFERED", message, hint=hint, where=self.place(node, word))

    def place(self, node: Any, word: str = "") -> Place:
        """Where a part of the statement stands."""
        found = re.search(rf"(?<!\w){re.escape(word)}", self.plain, re.I) if word else None
        if found is not None:
            return place(self.plain, found.start())
        starts = [one.meta["start"] for one in node.walk() if "start" in one.meta] if hasattr(node, "walk") else []
        return place(self.plain, min(starts, default=0))


def _column() -> type[exp.Expr]:
    """The parser's word for a name."""
    from sqlglot import exp

    return exp.Column
