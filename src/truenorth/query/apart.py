"""Tables and the steps of a statement kept apart, where both have one name.

A step (`WITH changes AS (…)`) hides a table of its name, and engines differ in how far. Tables keep their names, as
people know them; a step whose name a table has is called otherwise, and only then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

STEP = re.compile(r"(?<![\w\".])([a-z_]\w*) AS \(")
# What a select in brackets is called, which hides a table of its name from ClickHouse.
CALLED = re.compile(r"^ *\) AS ([a-z_]\w*)", re.M)
WORD = re.compile(r"\w+")


def apart(sql: str, tables: frozenset[str], queries: Sequence[str], dialect: str) -> str:
    """The statement with other names for the steps that are called like a table; what queries say stays.

    `tables` are the names of all tables that it may read, in small letters.

    >>> apart('WITH kept AS (SELECT 1 FROM "kept" AS rows) SELECT * FROM kept', frozenset({"kept"}), (), "duckdb")
    'WITH kept_2 AS (SELECT 1 FROM "kept" AS rows) SELECT * FROM kept_2'
    """
    steps = tables.intersection([*STEP.findall(sql), *(CALLED.findall(sql) if dialect == "clickhouse" else ())])
    if not steps:
        return sql
    taken = {*tables, *WORD.findall(sql.lower())}
    names = {one: next(name for at in count(2) if (name := f"{one}_{at}") not in taken) for one in steps}
    found = list(tokens(sql, dialect))
    theirs = {at for query in queries for at in places(found, [one.text for one in tokens(query, dialect)])}
    for at in reversed(range(len(found))):
        one = found[at]
        # A quoted name is a table's or a column's: steps are written without quotes.
        if at not in theirs and one.text in names and sql[one.start] not in "\"'`":
            sql = f"{sql[: one.start]}{names[one.text]}{sql[one.end + 1 :]}"
    return sql


def tokens(sql: str, dialect: str) -> list[Any]:
    """The words and signs of SQL."""
    from sqlglot import tokenize

    return tokenize(sql, dialect=dialect)


def places(found: Sequence[Any], query: Sequence[str]) -> Iterator[int]:
    """Where a query stands in brackets among the words of a statement."""
    size = len(query)
    for at in range(1, len(found) - size):
        bracketed = (found[at - 1].text, found[at + size].text) == ("(", ")")
        if bracketed and all(one.text == word for one, word in zip(found[at : at + size], query, strict=True)):
            yield from range(at, at + size)
