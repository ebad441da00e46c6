"""Division that stays exact: engines divide decimals as floating numbers, and money must not become one.

`exact_div(a, b)` is a over b as DECIMAL with 12 places, rounded half away from zero; NULL where b is zero. Both sides
are read with 8 places, and what is divided are whole numbers: (2a·10¹² ± b) over 2b, cut off, is the rounded quotient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

NAME = "exact_div"
PLACES = 12
# The whole number of 10⁻⁸ in a decimal, and the rounded division of two of them.
WHOLE = {
    "duckdb": "CAST(CAST({} AS DECIMAL(28, 8)) * 100000000 AS HUGEINT)",
    "clickhouse": "CAST(CAST({} AS Nullable(DECIMAL(28, 8))) * 100000000 AS Nullable(Int128))",
}
DIVIDED = {
    "duckdb": "({above}) // ({below})",
    "clickhouse": "intDiv({above}, {below})",
}
# ClickHouse makes no decimal of a wide whole number, but one of its digits.
SHIFTED = {
    "duckdb": "CAST({} AS DECIMAL(26, 0)) * CAST(0.000000000001 AS DECIMAL(12, 12))",
    "clickhouse": "CAST(toString({}) AS Nullable(DECIMAL(38, 0))) * CAST('0.000000000001' AS DECIMAL(12, 12))",
}
# A wide whole number, in which what stands above is counted.
WIDE = {"duckdb": "CAST({} AS HUGEINT)", "clickhouse": "CAST({} AS Nullable(Int128))"}


def is_exact(node: exp.Expr) -> bool:
    """Whether a node is a call of exact_div with its two sides."""
    from sqlglot import exp

    return isinstance(node, exp.Anonymous) and node.name.lower() == NAME and len(node.expressions) == 2


def exactly(above: str, below: str, dialect: str) -> str:
    """One SQL text over another, exactly.

    >>> exactly("a", "b", "clickhouse").count("intDiv")
    1
    """
    high, low = WHOLE[dialect].format(above), f"NULLIF({WHOLE[dialect].format(below)}, 0)"
    scaled = f"2 * {WIDE[dialect].format(1000000000000)} * {high} + sign({high}) * abs({low})"
    rounded = DIVIDED[dialect].format(above=scaled, below=f"2 * abs({low})")
    return f"({SHIFTED[dialect].format(f'({rounded}) * sign({low})')})"


def written(tree: exp.Expr, dialect: str) -> str:
    """A tree as SQL of a dialect, with its exact divisions as that dialect has them."""
    from sqlglot import exp

    whole = exp.Paren(this=tree.copy())
    for node in reversed([one for one in whole.find_all(exp.Anonymous) if is_exact(one)]):
        above, below = (side.sql(dialect=dialect, comments=False) for side in node.expressions)
        node.replace(exp.Var(this=exactly(above, below, dialect)))
    return str(whole.this.sql(dialect=dialect, comments=False))
