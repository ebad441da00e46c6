"""Division that stays exact: engines divide decimals as floating numbers, and money must not become one.

All of it is done on whole numbers. `exact_div(a, b)`, for the amount of a row, reads both sides with 8 places: cut off,
(2a·10¹² ± b) over 2b is the rounded quotient. `quotient`, for the value of a metric, reads them with 12 places and
divides what is left over again, so that nothing is too large for it. Both give a decimal of 12 places, rounded half
away from zero, and NULL over zero.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

NAME = "exact_div"
PLACES = 12
AMOUNT = "DECIMAL(38, 12)"
# The whole number of 10⁻⁸ in a decimal.
WHOLE = {
    "duckdb": "CAST(CAST({} AS DECIMAL(28, 8)) * 100000000 AS HUGEINT)",
    "clickhouse": "CAST(CAST({} AS Nullable(DECIMAL(28, 8))) * 100000000 AS Nullable(Int128))",
}
# ClickHouse makes no decimal of a wide whole number, but one of its digits.
SHIFTED = {
    "duckdb": "CAST({} AS DECIMAL(26, 0)) * CAST(0.000000000001 AS DECIMAL(12, 12))",
    "clickhouse": "CAST(toString({}) AS Nullable(DECIMAL(38, 0))) * CAST('0.000000000001' AS DECIMAL(12, 12))",
}
# Whole numbers of up to 38 digits, and the widest there are: ClickHouse has some of 76.
LARGE = {"duckdb": "CAST({} AS HUGEINT)", "clickhouse": "CAST({} AS Nullable(Int128))"}
WIDEST = {"duckdb": "CAST({} AS HUGEINT)", "clickhouse": "CAST({} AS Nullable(Int256))"}
# A decimal of 12 places, NULL where it has too many digits or is none; floating numbers go by their digits.
READ = {
    "duckdb": f"TRY_CAST({{}} AS {AMOUNT})",
    "clickhouse": "toDecimal256OrNull(toString({}), 12)",
}
# The whole number of 10⁻¹² in it: by its digits where multiplying would be too wide.
DIGITS = {
    "duckdb": "CAST(replace(CAST({} AS VARCHAR), '.', '') AS HUGEINT)",
    "clickhouse": "CAST({} * 1000000000000 AS Nullable(Int256))",
}
# Both sides are written once: what is left over by the whole quotient gives six digits, and what those leave seven.
PARTED = (
    "list_transform([{{'above': {above}, 'below': NULLIF({below}, 0)}}], lambda one: "
    "one.above // one.below * 10000000000000 + one.above % one.below * 1000000 // one.below * 10000000 "
    "+ one.above % one.below * 1000000 % one.below * 10000000 // one.below)[1]"
)


def is_exact(node: exp.Expr) -> bool:
    """Whether a node is a call of exact_div with its two sides."""
    from sqlglot import exp

    return isinstance(node, exp.Anonymous) and node.name.lower() == NAME and len(node.expressions) == 2


def cut(above: str, below: str, dialect: str) -> str:
    """A whole number over another, what is left over cut off."""
    return f"intDiv({above}, {below})" if dialect == "clickhouse" else f"({above}) // ({below})"


def exactly(above: str, below: str, dialect: str) -> str:
    """One SQL text over another, exactly.

    >>> exactly("a", "b", "clickhouse").count("intDiv")
    1
    """
    high, low = WHOLE[dialect].format(above), f"NULLIF({WHOLE[dialect].format(below)}, 0)"
    scaled = f"2 * {LARGE[dialect].format(10**PLACES)} * {high} + sign({high}) * abs({low})"
    rounded = cut(scaled, f"2 * abs({low})", dialect)
    return f"({SHIFTED[dialect].format(f'({rounded}) * sign({low})')})"


def quotient(above: str, below: str, dialect: str) -> str:
    """One value over another, exactly.

    >>> quotient("a", "b", "duckdb").count("'above'"), quotient("a", "b", "clickhouse").count("intDiv")
    (1, 1)
    """
    high, low = (DIGITS[dialect].format(READ[dialect].format(side)) for side in (above, below))
    if dialect != "clickhouse":
        return placed(PARTED.format(above=high, below=low), PLACES + 1, AMOUNT, dialect)
    under = f"NULLIF({low}, 0)"
    scaled = f"2 * {WIDEST[dialect].format(10**PLACES)} * {high} + sign({high}) * abs({under})"
    return placed(f"{cut(scaled, f'2 * abs({under})', dialect)} * sign({under})", PLACES, AMOUNT, dialect)


def product(one: str, other: str, dialect: str) -> str:
    """One value times another as a decimal of 12 places, rounded half up."""
    return amount(f"({one}) * ({other})", dialect)


def amount(sql: str, dialect: str) -> str:
    """A value as a decimal of 12 places, whatever it was computed from."""
    if dialect == "clickhouse":
        return f"CAST(toString(round({sql}, {PLACES})) AS Nullable({AMOUNT}))"
    return f"CAST({sql} AS {AMOUNT})"


def placed(whole: str, places: int, kind: str, dialect: str) -> str:
    """A whole number of the smallest pieces as a decimal of so many places."""
    type_of, text = ("Nullable({})", "toString({})") if dialect == "clickhouse" else ("{}", "{}")
    piece = f"CAST('{Decimal(1).scaleb(-places):f}' AS {type_of.format(f'DECIMAL({places + 1}, {places})')})"
    read = f"CAST({text.format(whole)} AS {type_of.format('DECIMAL(38, 0)')})"
    return f"CAST({read} * {piece} AS {type_of.format(kind)})"


def written(tree: exp.Expr, dialect: str, money: bool = False) -> str:
    """A tree as SQL of a dialect, with its exact divisions as that dialect has them; in a value that is money every
    division is exact, and a product of values is rounded like one."""
    from sqlglot import exp

    whole = exp.Paren(this=tree.copy())
    for literal in [one for one in whole.find_all(exp.Literal) if money and is_fraction(one)]:
        literal.replace(exp.Literal(this=fraction(literal.name), is_string=False))
    for node in reversed(list(whole.find_all(exp.Anonymous, exp.Div, exp.Mul))):
        told = told_by(node, money)
        if told is not None:
            sides = (node.this, node.expression) if isinstance(node, exp.Binary) else node.expressions
            above, below = (side.unnest().sql(dialect=dialect, comments=False) for side in sides)
            node.replace(exp.Var(this=told(above, below, dialect)))
    return str(whole.this.sql(dialect=dialect, comments=False))


def told_by(node: exp.Expr, money: bool) -> Callable[[str, str, str], str] | None:
    """What writes a node; None for one that is left as it stands. A multiple of a value needs no rounding."""
    from sqlglot import exp

    if isinstance(node, exp.Mul):
        multiple = isinstance(node.this, exp.Literal) or isinstance(node.expression, exp.Literal)
        return product if money and not multiple else None
    if isinstance(node, exp.Div) or is_exact(node):
        return quotient if money else exactly if is_exact(node) else None
    return None


def is_fraction(node: exp.Expr) -> bool:
    """Whether a node is a number that engines may read as a floating one."""
    from sqlglot import exp

    return isinstance(node, exp.Literal) and not node.is_string and not node.name.isdigit()


def fraction(text: str) -> str:
    """A number as a decimal of its own places.

    >>> fraction("0.25"), fraction("1e-3")
    ("CAST('0.25' AS DECIMAL(38, 2))", "CAST('0.001' AS DECIMAL(38, 3))")
    """
    number = Decimal(text)
    places = max(0, -int(number.as_tuple().exponent))
    return f"CAST('{number:f}' AS DECIMAL(38, {places}))"


def divides(tree: exp.Expr) -> bool:
    """Whether a formula holds what is written differently where it is money."""
    from sqlglot import exp

    return any(isinstance(node, exp.Div | exp.Mul) or is_fraction(node) for node in tree.walk())
