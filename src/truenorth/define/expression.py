"""SQL expressions over names: parsed once, checked, and kept as pieces that any engine can be given.

The definitions' door to the SQL parser: `when` reads its trees, and `query/statement` parses whole questions in SQL. A
parsed expression is text pieces per dialect with gaps where names stand, so that compiling a question is joining
strings and a cold start needs no parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from truenorth.base.errors import DefinitionError, Place, TrueNorthError
from truenorth.define.exact import divides, is_exact, written
from truenorth.define.lookup import STANDS, MetricRef, put_back, taken_out
from truenorth.define.when import TIME_NAME as TIME_NAME
from truenorth.define.when import Tests, TimeTest, is_shared, tests_of, time_test

if TYPE_CHECKING:
    from sqlglot import exp

DIALECTS = ("duckdb", "clickhouse")
# The pieces of a formula whose value is money.
MONEY = "money"
GAP = re.compile("\x01([mt]?\\d+)\x02")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# A name with dots, outside of quotes: its parts are names even where they are words of SQL.
CHAIN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<![\w.])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)""")
RESERVED = re.compile(
    r"""(?i)'[^']*'|"[^"]*"|\b(select|then|when|else|case|from|where|group|having|limit|union|on|join)\b"""
)
TEMPLATE = re.compile(r"\{\{|\{%")
# What the parser itself may stumble over in a text that is no SQL.
BROKEN = (RecursionError, TypeError, ValueError, AttributeError, IndexError, KeyError)
COMPARISONS = ("EQ", "NEQ", "GT", "GTE", "LT", "LTE")
# Functions that the parser knows and that reach outside the row.
REFUSED = (
    "CurrentUser",
    "SessionUser",
    "Rand",
    "Randn",
    "Uuid",
    "CurrentSchema",
    "CurrentCatalog",
    "CurrentDate",
    "CurrentTimestamp",
    "ReadCSV",
    "ReadParquet",
)
STRUCTURE = ("Subquery", "Select", "Window", "Placeholder", "Parameter", "Star", "Lambda", "Command", "Union", "Exists")


class Expression(Struct, frozen=True, array_like=True):
    """A checked expression: the names it reads, the metrics it looks up and, per dialect, the text around them.

    `graded` when more than plain fields stand in it: metrics, comparisons with times, grains of a time.
    """

    text: str
    refs: list[str]
    pieces: dict[str, list[str]]
    metrics: list[MetricRef] = []
    times: list[TimeTest] = []
    graded: bool = False

    def render(self, dialect: str, names: dict[str, str], money: bool = False) -> str:
        """The SQL text with each name (and the text of each METRIC) replaced by the SQL given for it; as `money` no
        division in it makes a floating number."""
        pieces = self.pieces.get(f"{dialect} {MONEY}" if money else dialect, self.pieces[dialect])
        out = [pieces[0]]
        for position in range(1, len(pieces), 2):
            gap = pieces[position]
            out.append(names[self.refs[int(gap)]] if gap[0] not in "mt" else self.met(gap, dialect, names))
            out.append(pieces[position + 1])
        return "".join(out)

    def met(self, gap: str, dialect: str, names: dict[str, str]) -> str:
        """A metric looked up, or a comparison with times: plain SQL unless something is given for it."""
        if gap[0] == "m":
            return names[self.metrics[int(gap[1:])].text]
        test = self.times[int(gap[1:])]
        return names.get(test.text) or test.render(dialect, names[test.reference])


class Outline(Struct, frozen=True):
    """An expression as plain words, for reading its meaning: what is done, to which parts.

    `op` is name, number, +, -, *, /, keep (the first part's unit stays), alike (the parts are values of one kind),
    compare, test (a condition), elapsed (`value` names the unit of time) or free (its meaning is not known).
    """

    op: str
    parts: tuple[Outline, ...] = ()
    value: str = ""


class Part(Struct, frozen=True):
    """One of the conditions that must all hold; `tests` when it is about times alone."""

    expression: Expression
    tests: Tests | None


def parse(text: str, place: Place | None = None) -> Expression:
    """A row-level expression, or a DefinitionError that says what does not belong in one.

    >>> parse("amount - discount").refs
    ['amount', 'discount']
    >>> parse("a / b").render("duckdb", {"a": "o.a", "b": "o.b"})
    'CAST(o.a AS DOUBLE) / NULLIF(CAST(o.b AS DOUBLE), 0)'
    """
    try:
        return parsed(text)
    except TrueNorthError as error:
        raise DefinitionError(error.code, error.message, where=place, hint=error.hint) from error


@lru_cache(maxsize=4096)
def parsed(text: str) -> Expression:
    """The same without a place, kept for the next time."""
    tree, metrics = read(text)
    return expression_of(text, tree, metrics)


@lru_cache(maxsize=4096)
def parse_condition(text: str) -> tuple[Part, ...]:
    """A condition taken apart at its outer ANDs.

    >>> [part.expression.text for part in parse_condition("metric_time >= '2026-01-01' and plan = 'pro'")]
    ["metric_time >= '2026-01-01'", "plan = 'pro'"]
    """
    tree, metrics = read(text)
    return tuple(
        Part(expression_of(put_back(part.sql(dialect="duckdb"), metrics), part, metrics), tests_of(part, DIALECTS))
        for part in conjuncts(tree)
    )


def hint_at_quotes(error: TrueNorthError, texts: Iterable[str]) -> None:
    """Says of a name that is not there, when it may be meant as a text, that texts stand in single quotes."""
    found = re.match(r'no (?:field|column) "([^"]+)"', error.message)
    if not found:
        return
    name = re.escape(found[1])
    compared = re.compile(rf'"{name}"' if error.hint.startswith("did you mean") else rf'"{name}"|[=(,]\s*{name}\b')
    if any(compared.search(text) for text in texts):
        error.hint = f"a text stands in single quotes: '{found[1]}'"


def read(text: str) -> tuple[exp.Expr, list[MetricRef]]:
    """The syntax tree, checked, and the metrics that are looked up in it."""
    plain, metrics = taken_out(text)
    try:
        return tree_of(plain), metrics
    except DefinitionError as error:
        error.message = put_back(error.message, metrics)
        raise


def tree_of(text: str) -> exp.Expr:
    """The syntax tree, checked; DefinitionError without a place otherwise."""
    from sqlglot.errors import SqlglotError

    if CONTROL.search(text) or not text.strip():
        raise DefinitionError(
            "E_BAD_EXPRESSION", f"{text!r} is not an expression", hint="write plain SQL over field names"
        )
    if TEMPLATE.search(text):
        hint = "write plain SQL over field names, such as region = 'EMEA'"
        raise DefinitionError("E_TEMPLATE_IN_EXPRESSION", f'"{text}" holds a template', hint=hint)
    try:
        trees = trees_of(text)
    except (SqlglotError, *BROKEN) as error:
        reason = str(error).splitlines()[0].split(". Line")[0] if str(error) else "too deep"
        reason = "a part of it is missing" if reason.startswith("Required keyword") else reason
        word = next((found[1] for found in RESERVED.finditer(text) if found[1]), "")
        hint = f'write "{word}" in double quotes where it is a name' if word else "write plain SQL over field names"
        raise DefinitionError("E_BAD_EXPRESSION", f'"{text}" cannot be read: {reason}', hint=hint) from None
    if len(trees) != 1 or trees[0] is None:
        raise DefinitionError("E_BAD_EXPRESSION", f'"{text}" is not one expression', hint="leave out the semicolon")
    check_tree(text, trees[0])
    return trees[0]


def trees_of(text: str) -> list[exp.Expr | None]:
    """The trees of a text; parts of a name with dots may be words of SQL."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        return list(sqlglot.parse(text, read="duckdb"))
    except SqlglotError:
        named = CHAIN.sub(lambda found: re.sub(r"\w+", r'"\g<0>"', found[1]) if found[1] else found[0], text)
        if named == text:
            raise
        return list(sqlglot.parse(named, read="duckdb"))


OPERATORS = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "IntDiv": "/"}
ALIKE = ("Coalesce", "Greatest", "Least", "Nullif")
KEEPING = ("Paren", "Neg", "Abs", "Round", "Floor", "Ceil", "Trunc", "Cast", "TryCast", "Mod")
ELAPSED = ("DateDiff", "TimestampDiff", "DatetimeDiff", "TimeDiff")


@lru_cache(maxsize=4096)
def outline(text: str) -> Outline:
    """What an expression does, without its SQL; DefinitionError where it cannot be read.

    >>> outline("amount - 1").op, [part.value for part in outline("amount - 1").parts]
    ('-', ['amount', '1'])
    """
    return Outline("name", value=text) if text.isidentifier() else outlined(tree_of(text))


def outlined(node: exp.Expr) -> Outline:
    """The outline of a tree."""
    from sqlglot import exp

    kind = type(node).__name__
    if isinstance(node, exp.Column):
        return Outline("name", value=".".join(part.name for part in node.parts))
    if isinstance(node, exp.Literal):
        return Outline("free" if node.is_string else "number", value=str(node.this))
    if kind in ELAPSED:
        return Outline("elapsed", value=str(node.args.get("unit") or "day").lower().strip("'").rstrip("s"))
    if isinstance(node, exp.Case | exp.If):
        branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
        last = node.args.get("default") or node.args.get("false")
        values = [outlined(one.args["true"]) for one in branches] + ([outlined(last)] if last else [])
        return Outline("alike", (*values, *(Outline("test", (outlined(one.this),)) for one in branches)))
    parts = tuple(outlined(one) for one in node.iter_expressions() if not isinstance(one, exp.DataType))
    if kind in OPERATORS or is_exact(node):
        return Outline(OPERATORS.get(kind, "/"), parts)
    if kind in KEEPING or kind in ALIKE:
        return Outline("keep" if kind in KEEPING else "alike", parts)
    comparing = kind in COMPARISONS or isinstance(node, exp.Between)
    return Outline("compare" if comparing else "free", parts)


def check_tree(text: str, tree: exp.Expr) -> None:
    """Refuse what reaches outside the row: aggregates, selects, windows, unknown functions."""
    from sqlglot import exp

    for node in tree.walk():
        kind = type(node).__name__
        if isinstance(node, exp.AggFunc):
            hint = "name the aggregation in `agg:` and keep the expression per row"
            raise DefinitionError(
                "E_AGGREGATE_IN_EXPRESSION", f'"{text}" aggregates ({node.sql(dialect="duckdb")})', hint=hint
            )
        if (isinstance(node, exp.Anonymous) and not is_exact(node)) or kind in REFUSED:
            name = node.name if isinstance(node, exp.Anonymous) else node.sql(dialect="duckdb")
            hint = "use a function that every engine has, or prepare the value in the dataset's query"
            raise DefinitionError(
                "E_UNKNOWN_FUNCTION", f'"{text}" calls "{name}", which is not offered here', hint=hint
            )
        if kind in STRUCTURE or isinstance(node, exp.Query | exp.DDL | exp.DML):
            raise DefinitionError(
                "E_BAD_EXPRESSION", f'"{text}" holds a {kind.lower()}', hint="an expression reads one row"
            )


def expression_of(text: str, tree: exp.Expr, metrics: list[MetricRef]) -> Expression:
    """Cut a checked tree into pieces for each dialect, with a gap for each name and each metric looked up."""
    from sqlglot import exp

    refs: list[str] = []
    stands = {STANDS.format(number): number for number in range(len(metrics))}
    used: list[MetricRef] = []
    times: list[TimeTest] = []

    def gapped(node: exp.Expr) -> exp.Expr:
        test = time_test(node, DIALECTS)
        if test is not None:
            if test.reference not in refs:
                refs.append(test.reference)
            times.append(test)
            return exp.Var(this=f"\x01t{len(times) - 1}\x02")
        if isinstance(node, exp.Column) or (isinstance(node, exp.Dot) and isinstance(node.parts[0], exp.Identifier)):
            # A chain of more than four names is read as a dot between a column and the rest.
            name = ".".join(part.name for part in node.parts)
            if name in stands:
                one = metrics[stands[name]]
                if one not in used:
                    used.append(one)
                return exp.Var(this=f"\x01m{used.index(one)}\x02")
            if name not in refs:
                refs.append(name)
            return exp.Var(this=f"\x01{refs.index(name)}\x02")
        return node

    whole = exp.Paren(this=tree.transform(gapped))
    for part in [one for one in whole.find_all(exp.Bracket) if not isinstance(one.parent, exp.Bracket)]:
        make_typed(part)
    shaped = whole.this
    exact = DIALECTS if divides(shaped) else ()
    pieces = {f"{dialect} {MONEY}": GAP.split(written(shaped, dialect, money=True)) for dialect in exact}
    for division in list(shaped.find_all(exp.Div)):
        make_safe(division)
    pieces |= {dialect: GAP.split(written(shaped, dialect)) for dialect in DIALECTS}
    graded = bool(times or used) or any("__" in name or is_shared(name) for name in refs)
    return Expression(text, refs, pieces, used, times, graded)


def make_safe(division: exp.Div) -> None:
    """Let a division never be of integers and give NULL for a zero below, on every engine alike."""
    from sqlglot import exp

    above, below = (
        exp.Cast(this=side.unnest(), to=exp.DataType.build("double")) for side in (division.this, division.expression)
    )
    division.set("this", above)
    division.set("expression", exp.Nullif(this=below, expression=exp.Literal.number(0)))


def make_typed(part: exp.Bracket) -> None:
    """Let a part of a nested column be text, or what it is cast to; NULL where it is of another type.

    Left as it is, an engine would choose the type itself: one adds 1 and 2.5 to 3.
    """
    from sqlglot import exp

    cast = part.parent
    if isinstance(cast, exp.Cast):
        cast.replace(exp.TryCast(this=part.copy(), to=cast.to))
    else:
        part.replace(exp.TryCast(this=part.copy(), to=exp.DataType.build("text")))


def conjuncts(tree: exp.Expr) -> list[exp.Expr]:
    """The parts between the outer ANDs."""
    from sqlglot import exp

    tree = tree.unnest()
    if isinstance(tree, exp.And):
        return conjuncts(tree.this) + conjuncts(tree.expression)
    return [tree]


class Aggregate(Struct, frozen=True):
    """One aggregation inside a formula: how, of what per row, under which condition."""

    agg: str
    expr: str
    filter: str = ""
    percentile: float | None = None
    discrete: bool = False


AGGREGATES = {"Sum": "sum", "Avg": "avg", "Min": "min", "Max": "max", "Median": "median", "Count": "count"}


def taken_apart(text: str) -> tuple[str, dict[str, Aggregate], list[str]]:
    """A formula over aggregations: the formula over names, what each name stands for, and the names it reads itself.

    >>> taken_apart("SUM(orders.net) / COUNT(DISTINCT orders.buyer)")[0]
    'input_1 / input_2'
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(text)
    except (SqlglotError, *BROKEN) as error:
        reason = str(error).splitlines()[0].split(". Line")[0] if str(error) else "too deep"
        raise DefinitionError("E_BAD_EXPRESSION", f'"{text}" cannot be read: {reason}') from None
    found: dict[str, Aggregate] = {}

    def named(node: exp.Expr) -> exp.Expr:
        aggregate = aggregate_of(node)
        if aggregate is None:
            return node
        name = next((known for known, one in found.items() if one == aggregate), f"input_{len(found) + 1}")
        found[name] = aggregate
        return exp.column(name)

    formula = tree.transform(named)
    for node in formula.walk():
        if isinstance(node, exp.AggFunc | exp.Query | exp.Window | exp.Subquery):
            hint = "it is no formula over aggregations that we know"
            raise DefinitionError("E_BAD_EXPRESSION", f'"{text}" holds {node.sql()}', hint=hint)
    refs = [".".join(part.name for part in column.parts) for column in formula.find_all(exp.Column)]
    return formula.sql(dialect="duckdb"), found, [ref for ref in dict.fromkeys(refs) if ref not in found]


def aggregate_of(node: exp.Expr) -> Aggregate | None:
    """What a node aggregates, if it is an aggregation that we know."""
    from sqlglot import exp

    if isinstance(node, exp.Filter):
        inner = aggregate_of(node.this)
        condition = node.expression.this.sql(dialect="duckdb")
        return Aggregate(inner.agg, inner.expr, condition, inner.percentile, inner.discrete) if inner else None
    if isinstance(node, exp.WithinGroup) and isinstance(node.this, exp.PercentileCont | exp.PercentileDisc):
        ordered = node.expression.find(exp.Ordered)
        if ordered is None or not isinstance(node.this.this, exp.Literal):
            return None
        discrete = isinstance(node.this, exp.PercentileDisc)
        return Aggregate("percentile", ordered.this.sql(dialect="duckdb"), "", float(node.this.name), discrete)
    agg = AGGREGATES.get(type(node).__name__, "")
    if not agg:
        return None
    inner_node = node.this
    if isinstance(inner_node, exp.Distinct) and agg == "count" and len(inner_node.expressions) == 1:
        return Aggregate("count_distinct", inner_node.expressions[0].sql(dialect="duckdb"))
    if isinstance(inner_node, exp.Distinct) or (agg == "count" and node.expressions):
        return None
    star = inner_node is None or isinstance(inner_node, exp.Star)
    return Aggregate(agg, "" if star and agg == "count" else inner_node.sql(dialect="duckdb"))


def without_home(text: str, home: str) -> str:
    """A row's expression with the name of its own dataset left out: `orders.net` is `net` at home.

    >>> without_home("orders.net - customers.discount", "orders")
    'net - customers.discount'
    """
    from sqlglot import exp

    def plain(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and len(node.parts) == 2 and node.table == home:
            return exp.Column(this=node.this)
        return node

    return str(tree_of(text).transform(plain).sql(dialect="duckdb"))


def qualified(text: str, home: str) -> str:
    """A row's expression with the name of its dataset before every field that has none.

    >>> qualified("net - customers.discount", "orders")
    'orders.net - customers.discount'
    """
    from sqlglot import exp

    def told(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and len(node.parts) == 1:
            return exp.column(node.this, table=home)
        return node

    return str(tree_of(text).transform(told).sql())


def substituted(text: str, names: dict[str, str]) -> str:
    """A formula with every name replaced by the formula given for it, in brackets where that is needed.

    >>> substituted("a / b", {"a": "SUM(x)", "b": "c + 1"})
    'SUM(x) / (c + 1)'
    """
    import sqlglot
    from sqlglot import exp

    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.name in names:
            inner = sqlglot.parse_one(names[node.name])
            return exp.paren(inner) if isinstance(inner, exp.Binary) else inner
        return node

    return str(tree_of(text).transform(replaced).sql())
