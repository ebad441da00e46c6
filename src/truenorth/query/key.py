"""Keys beside the data: those that stand more than once, and rows of one key whose validity overlaps.

A relationship promises one row for each key, or one for each key and moment. Where validity overlaps nothing counts
twice all the same: a row then ends where the next one of its key begins.
"""

from __future__ import annotations

from truenorth.base.errors import DefinitionError
from truenorth.define.model import Relationship
from truenorth.define.path import keys_of, singles
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import quote

NEXT = "next valid from"


def timed(relationship: Relationship) -> bool:
    """Whether it depends on a time which row is meant."""
    return bool(relationship.valid_from or relationship.valid_to)


def promised(catalog: Catalog, relationship: Relationship) -> bool:
    """Whether the relationship says that each key stands once; else its rows may repeat, which is planned for."""
    to = catalog.dataset(relationship.to)
    return timed(relationship) or not keys_of(to) or singles(to, columns(relationship))


def columns(relationship: Relationship) -> tuple[str, ...]:
    """What tells the rows of `to` apart at one moment."""
    return (*relationship.to_columns, *relationship.partition_columns)


def of_key(catalog: Catalog, relationship: Relationship) -> tuple[list[str], str]:
    """The key as SQL over `to` under its own name, and the condition that it is known."""
    to = relationship.to
    key = [catalog.field_sql(to, column, quote(to)) for column in columns(relationship)]
    return key, " AND ".join(f"{one} IS NOT NULL" for one in key)


def doubled(catalog: Catalog, relationship: Relationship) -> tuple[int, str]:
    """How many keys stand more than once where they should not, and the select that counts them."""
    key, known = of_key(catalog, relationship)
    listed, to = ", ".join(key), relationship.to
    if timed(relationship):
        sql = overlapping_sql(catalog, relationship)
    else:
        sql = (
            f"SELECT count(*) FROM (SELECT {listed} FROM {catalog.relation(to)} AS {quote(to)} WHERE {known} "
            f"GROUP BY {listed} HAVING count(*) > 1) AS doubled"
        )
    fact = ("doubled", sql, catalog.version(to))
    if fact not in catalog.facts:
        catalog.facts[fact] = int(str(catalog.placed(catalog.dataset(to), lambda: catalog.rows(sql))[0][0]))
    return int(str(catalog.facts[fact])), sql


def ends(catalog: Catalog, relationship: Relationship) -> tuple[str, str]:
    """Where the validity of a row begins and ends, as SQL over `to` under its own name; NULL where nothing says."""
    to = relationship.to
    edges = (relationship.valid_from, relationship.valid_to)
    since, until = (catalog.time_sql(to, edge, quote(to)) if edge else "NULL" for edge in edges)
    return since, until


def following(catalog: Catalog, relationship: Relationship) -> str:
    """When the next row of the same key begins; NULL after the last one. Of equals, the one that ends last is last."""
    key, _ = of_key(catalog, relationship)
    since, until = ends(catalog, relationship)
    dialect, to = catalog.dialect, catalog.dataset(relationship.to)
    word = dialect.date if catalog.type_of(to.name, relationship.valid_from) == "date" else dialect.timestamp
    start = dialect.cast(f"COALESCE({since}, {dialect.cast(dialect.literal(dialect.earliest), word)})", word)
    names = dict.fromkeys([*to.primary_key, *(field.name for field in to.fields)])
    rest = [f"{catalog.field_sql(to.name, name, quote(to.name))} NULLS LAST" for name in names]
    order = ", ".join([start, *([f"{until} NULLS LAST"] if relationship.valid_to else []), *rest])
    frame = "ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING"
    return f"min({start}) OVER (PARTITION BY {', '.join(key)} ORDER BY {order} {frame})"


def lasting(catalog: Catalog, relationship: Relationship) -> str:
    """The condition that a row is valid at some moment at all."""
    since, until = ends(catalog, relationship)
    whole = relationship.valid_from and relationship.valid_to
    return f"({since} IS NULL OR {until} IS NULL OR {since} < {until})" if whole else "(1 = 1)"


def overlapping_sql(catalog: Catalog, relationship: Relationship) -> str:
    """Counts the rows that are still valid when the next one of their key begins."""
    to = relationship.to
    _, known = of_key(catalog, relationship)
    since, until = ends(catalog, relationship)
    rows = (
        f"SELECT {since} AS since, {until} AS until, {following(catalog, relationship)} AS following "
        f"FROM {catalog.relation(to)} AS {quote(to)} WHERE {known} AND {lasting(catalog, relationship)}"
    )
    late = "until IS NULL OR following < until" if relationship.valid_to else "following = since"
    return f"SELECT count(*) FROM ({rows}) AS dated WHERE following IS NOT NULL AND ({late})"


def replaced(catalog: Catalog, relationship: Relationship) -> str:
    """The rows of `to`, each with the moment at which the next one of its key begins."""
    to = relationship.to
    return (
        f"(SELECT {quote(to)}.*, {following(catalog, relationship)} AS {quote(NEXT)} "
        f"FROM {catalog.relation(to)} AS {quote(to)} WHERE {lasting(catalog, relationship)})"
    )


def overlaps(catalog: Catalog, relationship: Relationship) -> bool:
    """Whether a row ends where the next one begins: nothing says its end, or rows of one key are valid at once.

    The data is looked at once per version.
    """
    return bool(relationship.valid_from) and (not relationship.valid_to or doubled(catalog, relationship)[0] > 0)


def overlap_notes(catalog: Catalog, relationship: Relationship) -> list[str]:
    """What an answer says of overlapping validity that it met."""
    if not doubled(catalog, relationship)[0]:
        return []
    return [f"{mistake(catalog, relationship).message}; each ends where the next one begins"]


def mistake(catalog: Catalog, relationship: Relationship) -> DefinitionError:
    """What is wrong with the keys that a relationship points to."""
    count, _ = doubled(catalog, relationship)
    key = ", ".join(columns(relationship))
    if timed(relationship):
        words = ("row", "is") if count == 1 else ("rows", "are")
        rows = f'{count:,} {words[0]} of "{relationship.to}" {words[1]}'
        message = f"{rows} still valid when the next one of the same {key} begins"
        hint = f"let {relationship.valid_to or 'valid_to'} be the moment at which the next row begins"
        return DefinitionError("E_OVERLAPPING_VALIDITY", message, where=relationship.spot.at("valid_from"), hint=hint)
    stands = "value stands" if count == 1 else "values stand"
    message = f'{count:,} {stands} in more than one row of "{relationship.to}" by {key}, and joins count them doubly'
    hint = f"make {key} unique, or state the primary_key of {relationship.to} so that its rows may repeat"
    return DefinitionError("E_DOUBLED_KEY", message, where=relationship.spot.at("to_columns"), hint=hint)
