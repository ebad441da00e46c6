"""Keys beside the data: those that stand more than once, and rows of one key whose validity overlaps.

A relationship promises one row for each key, or one for each key and moment. Where the data has more, nothing counts
twice all the same: a row meets the first of them, or, where validity overlaps, ends where the next one begins.
"""

from __future__ import annotations

from collections.abc import Callable

from truenorth.base.errors import DefinitionError
from truenorth.define.model import Relationship
from truenorth.define.path import Step, keys_of, names_of, singles
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import quote

NEXT = "next valid from"
PLACE = "place among its key"


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
    if not timed(relationship):
        return twice(catalog, relationship.to, columns(relationship))
    fact = ("overlapping", relationship.name, catalog.version(relationship.to))
    return counted(catalog, relationship.to, fact, lambda: overlapping_sql(catalog, relationship))


def twice(catalog: Catalog, dataset: str, names: tuple[str, ...]) -> tuple[int, str]:
    """How many values of some columns stand in more than one row, and the select that counts them."""

    def sql() -> str:
        key = [catalog.field_sql(dataset, name, quote(dataset)) for name in names]
        listed, known = ", ".join(key), " AND ".join(f"{one} IS NOT NULL" for one in key)
        rows = f"SELECT {listed} FROM {catalog.relation(dataset)} AS {quote(dataset)} WHERE {known}"
        return f"SELECT count(*) FROM ({rows} GROUP BY {listed} HAVING count(*) > 1) AS doubled"

    return counted(catalog, dataset, ("doubled", dataset, names, catalog.version(dataset)), sql)


def counted(catalog: Catalog, dataset: str, fact: tuple[object, ...], sql: Callable[[], str]) -> tuple[int, str]:
    """A count and its select, asked once per data version; a question that meets it again only looks it up."""
    if fact not in catalog.facts:
        text = sql()
        count = catalog.placed(catalog.dataset(dataset), lambda: catalog.rows(text))[0][0]
        catalog.facts[fact] = (int(str(count)), text)
    found = catalog.facts[fact]
    assert isinstance(found, tuple)
    return found


def key_of(step: Step) -> tuple[str, ...]:
    """The columns of which a step expects each value once at its end."""
    return (*step.end_columns, *(column for column, _ in step.shared))


def repeats(catalog: Catalog, step: Step) -> int:
    """How many keys at the end of a step stand more than once although the step expects one row."""
    relationship = catalog.model.relationships[step.relationship]
    if step.direction != "many_to_one" or (step.forward and timed(relationship)):
        return 0
    return twice(catalog, step.end, key_of(step))[0]


def firsts(catalog: Catalog, step: Step) -> str:
    """The rows at the end of a step, of each key only the first by all that may be asked of it."""
    to, alias = step.end, quote(step.end)
    key = [catalog.field_sql(to, name, alias) for name in key_of(step)]
    names = names_of(catalog.model, catalog.dataset(to))
    order = ", ".join(f"{catalog.field_sql(to, name, alias)} NULLS LAST" for name in names)
    place = f"row_number() OVER (PARTITION BY {', '.join(key)} ORDER BY {order})"
    rows = f"SELECT {alias}.*, {place} AS {quote(PLACE)} FROM {catalog.relation(to)} AS {alias}"
    return f"(SELECT * FROM ({rows}) AS {alias} WHERE {quote(PLACE)} = 1)"


def repeats_note(catalog: Catalog, step: Step) -> str:
    """What an answer says of keys that stand more than once where it joins."""
    first = catalog.model.relationships[step.relationship].doubled_keys == "first"
    rest = "only the first of them is joined" if first else "a row that meets several of them counts for each"
    return f"{several(repeats(catalog, step), step.end, key_of(step))}; {rest}"


def several(count: int, dataset: str, names: tuple[str, ...]) -> str:
    """Values that stand more than once, in words."""
    stands = "value stands" if count == 1 else "values stand"
    return f'{count:,} {stands} in more than one row of "{dataset}" by {", ".join(names)}'


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
    message = f"{several(count, relationship.to, columns(relationship))}, and a join finds only the first of them"
    hint = f"make {key} unique, or state the primary_key of {relationship.to} so that its rows may repeat"
    return DefinitionError("E_DOUBLED_KEY", message, where=relationship.spot.at("to_columns"), hint=hint)
