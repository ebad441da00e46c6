"""Keys proven on all rows: the column, or the few columns together, that tell one row from another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from msgspec import structs

from truenorth.collect.ledger import MARK
from truenorth.discover.facts import Column, Table, from_item, named, plain_sql, source_sql
from truenorth.discover.pick import is_money, referring
from truenorth.discover.purpose import REFERS
from truenorth.discover.word import texts
from truenorth.store.engine import Engine

_TRIED = 12  # so many pairs are tried at most
_PARTS = frozenset(
    texts(
        "line number position index sequence item day date month week hour channel campaign platform product sku "
        "source country plan service name region store customer account client company organization subscription user"
    )
)
MOST_TWINS = 1_000_000  # of more rows, telling those that are alike would make each question slow
_NEARLY = 0.9  # counts of different values are estimates at first


def with_key(engine: Engine, table: Table) -> Table:
    """The table with its key, and its columns' counts of different values exact where a key was looked for."""
    if not table.rows:
        return table
    likely = sorted(
        (
            one
            for one in table.columns
            if _may(one) and one.filled == table.rows and one.distinct >= _NEARLY * table.rows
        ),
        key=lambda one: -keyness(one, table),
    )
    counted = {one.name: distinct(engine, table, (one,)) for one in likely[:6]}
    columns = tuple(
        structs.replace(one, distinct=counted[one.name], exact=True) if one.name in counted else one
        for one in table.columns
    )
    sole = [one for one in likely if counted.get(one.name) == table.rows and keyness(one, table) > 0]
    known = structs.replace(table, columns=columns)
    if sole:
        return structs.replace(known, key=(sole[0].name,))
    return structs.replace(known, key=_together(engine, known))


def without_twins(engine: Engine, table: Table) -> Table:
    """The table with one of each of its rows, where what would be its key is doubled by rows that are alike in all."""
    if table.key or table.query or not 0 < table.rows <= MOST_TWINS:
        return table
    may = (one for one in table.columns if _may(one) or (one.inside and one.type == "text"))
    full = (one for one in may if one.filled == table.rows and keyness(one, table) >= 1.5)
    ids = [one for one in full if 0.95 * table.rows <= one.distinct <= 1.05 * table.rows]
    for one in sorted(ids, key=lambda one: -keyness(one, table))[:3]:
        different = distinct(engine, table, (one,))
        names = ", ".join(named(column) for column in _written(engine, table))
        query = f"select distinct {names} from {source_sql(table.source)}"
        [(rows,)] = engine.rows(f"SELECT count(*) FROM ({query}) AS each")
        if int(str(rows)) == different < table.rows:
            twins = table.rows - different
            note = f"{one.written} would be the key but for {twins:,} rows written twice: one of each is kept"
            # They are alike in all, so that telling them apart by the key alone gives the same rows sooner.
            query = f"select distinct on ({plain_sql(one)}) {names} from {source_sql(table.source)}"
            kept = structs.replace(table, source="", query=query, rows=different, note=note)
            return structs.replace(_recounted(engine, kept), key=() if one.inside else (one.name,))
    return table


def _written(engine: Engine, table: Table) -> list[str]:
    """The columns of a table as they are in the data, without the mark of the load that brought a row."""
    return [str(row[0]) for row in engine.rows(f"DESCRIBE SELECT * FROM {from_item(table.source)}") if row[0] != MARK]


def _recounted(engine: Engine, table: Table) -> Table:
    """The table with how many of its rows hold each column."""
    [counts] = engine.rows(
        f"SELECT {', '.join(f'count({one.sql})' for one in table.columns)} FROM {relation(table)} AS rows"
    )
    pairs = zip(table.columns, counts, strict=True)
    return structs.replace(table, columns=tuple(structs.replace(one, filled=int(str(n))) for one, n in pairs))


def _may(column: Column) -> bool:
    said_so = column.type in ("integer", "text", "date", "timestamp", "timestamptz") and not column.inside
    return said_so and not (is_money(column) and not referring(column))


def keyness(column: Column, table: Table) -> float:
    """How much a column looks like a key by its name."""
    said = column.words
    if said == ("id",) or column.name.lower() == "id":
        return 5.0
    own = set(table.words)
    if referring(column):
        return 4.0 if own & set(referring(column).split()) else 2.0
    if said and said[-1] in REFERS:
        return 1.5
    if column.type == "date" and {"day", "date", "month", "week"} & set(said):
        return 0.2
    if column.timed or column.inside:
        return 0.0
    if said == ("name",):
        return 0.5
    return 0.3 if own & set(said) and column.type in ("text", "integer") else 0.0


def _together(engine: Engine, table: Table) -> tuple[str, ...]:
    """Two or three columns that make a key together: what rows refer to, a day, the place within."""
    parts = [one for one in table.columns if _may(one) and one.filled == table.rows and one.distinct > 1 and _part(one)]
    parts = sorted(parts, key=lambda one: -one.distinct)[:6]
    tried = 0
    for size in (2, 3):
        for few in combinations(parts, size):
            reach = 1.0
            for one in few:
                reach *= max(1, one.distinct)
            if reach < table.rows or tried >= _TRIED:
                continue
            tried += 1
            if distinct(engine, table, few) == table.rows:
                in_order = [one.name for one in table.columns if one in few]
                return tuple(in_order)
    return ()


def _part(column: Column) -> bool:
    """Whether a column may be a part of a key: an id, a day, a place in a row, the name of a group."""
    said = set(column.words)
    if column.timed:
        return column.type == "date" or bool({"day", "month", "week", "hour"} & said)
    return bool(referring(column)) or bool(said & _PARTS)


def distinct(engine: Engine, table: Table, columns: Sequence[Column]) -> int:
    """How many different values a table holds in some columns together."""
    names = ", ".join(one.sql for one in columns)
    inner = f"SELECT DISTINCT {names} FROM {relation(table)} AS rows"
    [(count,)] = engine.rows(f"SELECT count(*) FROM ({inner}) AS different")
    return int(str(count))


def relation(table: Table) -> str:
    """The rows of a table as an item of FROM."""
    return f"({table.query})" if table.query else from_item(table.source)


def functional(engine: Engine, table: Table, key: Column, columns: Sequence[Column]) -> set[str]:
    """Which columns hold at most one value for each value of `key`, so that they belong to it and not to the row."""
    if not columns:
        return set()
    asked = ", ".join(f"max(d{at})" for at in range(len(columns)))
    counts = ", ".join(f"count(DISTINCT {one.sql}) AS d{at}" for at, one in enumerate(columns))
    inner = f"SELECT {key.sql} AS k, {counts} FROM {relation(table)} AS rows GROUP BY 1"
    [found] = engine.rows(f"SELECT {asked} FROM ({inner}) AS each WHERE k IS NOT NULL")
    return {one.name for one, most in zip(columns, found, strict=True) if most is not None and int(str(most)) <= 1}
