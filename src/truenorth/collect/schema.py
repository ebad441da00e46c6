"""Which events come in with which fields: noted with every load, read by the page that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from truenorth.store.engine import Engine
from truenorth.store.tables import create
from truenorth.store.values import literal, quoted

TABLE = "event_fields"
AT_ONCE = 100  # fields asked about in one statement
MOST_FIELDS = 2000  # whose types are told, a load
SAMPLE = 2000  # rows whose types are looked at, a load; a field that is in none of them is looked for in all
_WORDS = {
    "VARCHAR": "text",
    "BIGINT": "integer",
    "UBIGINT": "integer",
    "HUGEINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "OBJECT": "object",
    "ARRAY": "list",
    "NULL": "null",
}
_WORD = f"CASE type {' '.join(f'WHEN {literal(kind)} THEN {literal(word)}' for kind, word in _WORDS.items())} END"


class Field(Struct, frozen=True):
    """One property of an event as it came in, with every type seen of it; the event itself has the empty field."""

    source: str
    event: str
    field: str
    types: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    events: int


def note(engine: Engine, rows: str) -> None:
    """Add what the rows of a load hold; to be called inside its transaction.

    `rows` is a table with the columns source, event, time and properties as JSON. Counts and times are of all rows.
    """
    engine.write(create(TABLE))
    engine.write(_SEEN.format(table=TABLE, rows=rows))
    _add_types(engine, f"(SELECT * FROM {rows} LIMIT {SAMPLE})", _names(engine, rows, ""))
    _add_types(engine, rows, _names(engine, rows, "AND len(types) = 0"))


def _names(engine: Engine, rows: str, which: str) -> list[str]:
    """Fields of the events among the rows."""
    sql = (
        f"SELECT DISTINCT field FROM {TABLE} WHERE field <> '' {which} "
        f"AND (source, event) IN (SELECT DISTINCT source, event FROM {rows}) ORDER BY 1 LIMIT {MOST_FIELDS}"
    )
    return [str(name) for (name,) in engine.rows(sql)]


_SEEN = """
MERGE INTO {table} AS known USING (
  SELECT source, event, field, min(first_time) AS first_seen, max(last_time) AS last_seen, sum(n)::UBIGINT AS events
  FROM (
    SELECT *, unnest(list_distinct(list_prepend('', names))) AS field FROM (
      SELECT source, event, json_keys(properties) AS names, min(time) AS first_time, max(time) AS last_time,
        count(*) AS n
      FROM {rows} GROUP BY ALL
    )
  ) GROUP BY ALL
) AS fresh
ON known.source = fresh.source AND known.event = fresh.event AND known.field = fresh.field
WHEN MATCHED THEN UPDATE SET first_seen = least(known.first_seen, fresh.first_seen),
  last_seen = greatest(known.last_seen, fresh.last_seen), events = known.events + fresh.events
WHEN NOT MATCHED THEN INSERT VALUES
  (fresh.source, fresh.event, fresh.field, [], fresh.first_seen, fresh.last_seen, fresh.events)
"""
_TYPED = """
UPDATE {table} SET types = list_sort(list_distinct(list_concat(types, fresh.seen))) FROM (
  SELECT source, event, field, list(DISTINCT {word}) AS seen FROM (
    SELECT source, event, unnest({names}) AS field, unnest(json_type(properties, {paths})) AS type FROM {rows}
  ) WHERE type IS NOT NULL GROUP BY ALL
) AS fresh
WHERE {table}.source = fresh.source AND {table}.event = fresh.event AND {table}.field = fresh.field
  AND NOT list_has_all(types, fresh.seen)
"""


def _add_types(engine: Engine, rows: str, names: Sequence[str]) -> None:
    for start in range(0, len(names), AT_ONCE):
        part = names[start : start + AT_ONCE]
        told = f"[{', '.join(literal(name) for name in part)}]"
        paths = f"[{', '.join(literal(_pointer(name)) for name in part)}]"
        engine.write(_TYPED.format(table=TABLE, rows=rows, names=told, paths=paths, word=_WORD))


def _pointer(name: str) -> str:
    """The JSON pointer of a field.

    >>> _pointer("a/b~c")
    '/a~1b~0c'
    """
    return "/" + name.replace("~", "~0").replace("/", "~1")


def sources(engine: Engine) -> tuple[str, ...]:
    """Every source that ever sent an event."""
    if TABLE not in engine.tables():
        return ()
    return tuple(str(name) for (name,) in engine.rows(f"SELECT DISTINCT source FROM {TABLE} ORDER BY 1"))


def fields(engine: Engine, source: str = "", event: str = "") -> tuple[Field, ...]:
    """Every event and its fields, the most frequent event first; all, or those of a source or an event."""
    if TABLE not in engine.tables():
        return ()
    wanted = [f"{quoted(name)} = {literal(word)}" for name, word in (("source", source), ("event", event)) if word]
    where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
    rows = engine.rows(
        f"SELECT * EXCLUDE (types), array_to_string(types, ' ') FROM (SELECT *, max(events) FILTER (field = '') "
        f"OVER (PARTITION BY source, event) AS weight FROM {TABLE}{where}) "
        "ORDER BY weight DESC, source, event, field"
    )
    return tuple(_field(row) for row in rows)


def _field(row: tuple[object, ...]) -> Field:
    source, event, field, first, last, events, _, types = row
    assert isinstance(first, datetime) and isinstance(last, datetime)
    return Field(str(source), str(event), str(field), tuple(str(types).split()), first, last, int(str(events)))
