"""The table `loads`: what came in when, from where and how much of it, whichever way it came."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from truenorth.base.table import Value
from truenorth.collect.report import ColumnRead
from truenorth.store.engine import Engine
from truenorth.store.values import literal, plain_text, quoted

TABLE = "loads"
MARK = "_load_id"  # the column by which a pulled row names its load
COLUMNS: dict[str, str] = {
    "load_id": "BIGINT",
    "table_name": "VARCHAR",
    "file": "VARCHAR",
    "sha256": "VARCHAR",
    "rows_read": "BIGINT",
    "rows_loaded": "BIGINT",
    "rows_rejected": "BIGINT",
    "loaded_at": "TIMESTAMP",
    "columns": "VARCHAR",
    # Ledgers of older workspaces get the columns from here on with their next load.
    "source": "VARCHAR",
    "kind": "VARCHAR",
    "started_at": "TIMESTAMP",
    "rows_replaced": "BIGINT",
    "cursor": "VARCHAR",
    "mark": "VARCHAR",
    "replaced_by": "BIGINT",
    "error": "VARCHAR",
}


class Load(Struct, frozen=True):
    """One line of the ledger.

    `kind` says how it came in: import, file, whole (a table read anew), changed (its changed rows), same (content that
    was there already), failed (nothing: `error` says why) or capture. `file` is what was read: a path, a day, a table.
    `cursor` and `mark` are where the next pull goes on; `replaced_by` is the load whose rows stand for these now.
    """

    table: str
    read: int = 0
    loaded: int = 0
    rejected: int = 0
    loaded_at: datetime = datetime.min
    columns: tuple[ColumnRead, ...] = ()
    source: str = ""
    kind: str = "import"
    file: str = ""
    sha256: str = ""
    started_at: datetime | None = None
    replaced: int = 0
    cursor: str = ""
    mark: str = ""
    error: str = ""
    load_id: int = 0
    replaced_by: int = 0


class Freshness(Struct, frozen=True):
    """How new a table is: its last load that brought rows, and the newest time among its rows."""

    table: str
    source: str
    load_id: int
    loaded_at: datetime
    rows: int
    newest: datetime | None = None


def next_id(engine: Engine) -> int:
    """The number that the next line gets; to be called inside the load's own transaction."""
    _prepare(engine)
    [(number,)] = engine.rows(f"SELECT coalesce(max(load_id), 0) + 1 FROM {TABLE}")
    return int(str(number))


def write_down(engine: Engine, load: Load) -> int:
    """Add a line and give its number; to be called inside the load's own transaction.

    A `load_id` that was taken from `next_id` before stays; without one it gets the next.
    """
    number = load.load_id or next_id(engine)
    values: dict[str, Value] = {
        "load_id": number,
        "table_name": load.table,
        "file": load.file,
        "sha256": load.sha256,
        "rows_read": load.read,
        "rows_loaded": load.loaded,
        "rows_rejected": load.rejected,
        "loaded_at": load.loaded_at,
        "columns": json.dumps([{"name": one.name, "type": one.type} for one in load.columns], ensure_ascii=False),
        "source": load.source,
        "kind": load.kind,
        "started_at": load.started_at or load.loaded_at,
        "rows_replaced": load.replaced,
        "cursor": load.cursor,
        "mark": load.mark,
        "replaced_by": load.replaced_by or None,
        "error": load.error,
    }
    texts = {name: plain_text(value) for name, value in values.items()}
    told = ", ".join("NULL" if text is None else literal(text) for text in texts.values())
    engine.write(f"INSERT INTO {TABLE} ({', '.join(quoted(name) for name in texts)}) VALUES ({told})")
    return number


def loads(engine: Engine, table: str = "", source: str = "", limit: int = 0) -> tuple[Load, ...]:
    """The lines of the ledger, newest first: all, or those of a table or a source."""
    wanted = [f"table_name = {literal(table)}"] if table else []
    wanted += [f"source = {literal(source)}"] if source else []
    return _lines(engine, " AND ".join(wanted) or "true", limit)


def _lines(engine: Engine, condition: str, limit: int = 0) -> tuple[Load, ...]:
    if TABLE not in engine.tables():
        return ()
    there = {str(row[0]) for row in engine.rows(f"DESCRIBE {TABLE}")}
    columns = ", ".join(quoted(name) if name in there else f"NULL AS {quoted(name)}" for name in COLUMNS)
    most = f" LIMIT {int(limit)}" if limit else ""
    sql = f"SELECT * FROM (SELECT {columns} FROM {TABLE}) AS lines WHERE {condition} ORDER BY load_id DESC{most}"
    return tuple(_load(dict(zip(COLUMNS, row, strict=True))) for row in engine.rows(sql))


def earlier(engine: Engine, table: str, sha256: str) -> Load | None:
    """The load that brought this content into the table, if there is one and its rows still stand."""
    return next((one for one in loads(engine, table) if one.sha256 == sha256 and stands(one)), None)


def stands(load: Load) -> bool:
    """Whether the rows that a load brought are those of the table still."""
    return not load.replaced_by and load.kind not in ("same", "failed")


def supersede(engine: Engine, load_ids: tuple[int, ...], by: int) -> None:
    """Note that the rows of loads were replaced by those of another."""
    if load_ids:
        numbers = ", ".join(str(int(number)) for number in load_ids)
        engine.write(f"UPDATE {TABLE} SET replaced_by = {int(by)} WHERE load_id IN ({numbers})")


def forget(engine: Engine, table: str) -> None:
    """Strike out what was loaded into a table that is replaced."""
    if TABLE in engine.tables():
        engine.write(f"DELETE FROM {TABLE} WHERE table_name = {literal(table)}")


def freshness(engine: Engine, times: Mapping[str, str] | None = None) -> tuple[Freshness, ...]:
    """How new each loaded table is, by name; `times` names the column of a table that says when a row happened."""
    there = set(engine.tables())
    latest = (
        "load_id IN (SELECT max(load_id) FROM loads AS every "
        "WHERE coalesce(every.kind, '') NOT IN ('same', 'failed') GROUP BY every.table_name)"
    )
    if TABLE in there and "kind" not in dict(engine.describe(f"SELECT * FROM {TABLE}")):
        latest = "load_id IN (SELECT max(load_id) FROM loads AS every GROUP BY every.table_name)"
    newest = sorted((one for one in _lines(engine, latest) if one.table in there), key=lambda one: one.table)
    return tuple(_freshness(engine, one, (times or {}).get(one.table, "")) for one in newest)


def _freshness(engine: Engine, load: Load, time: str) -> Freshness:
    target = engine.scan(load.table, "")
    kinds = dict(engine.describe(f"SELECT * FROM {target}"))
    latest = f"max({quoted(time)})" if kinds.get(time) in ("date", "timestamp", "timestamptz") else "NULL"
    [(rows, moment)] = engine.rows(f"SELECT count(*), CAST({latest} AS TIMESTAMP) FROM {target}")
    found = moment if isinstance(moment, datetime) else None
    return Freshness(load.table, load.source, load.load_id, load.loaded_at, int(str(rows)), found)


def _prepare(engine: Engine) -> None:
    """The table with all its columns, also where an older version made it."""
    shape = ", ".join(f"{quoted(name)} {kind}" for name, kind in COLUMNS.items())
    if TABLE not in engine.tables():
        engine.write(f"CREATE TABLE IF NOT EXISTS {TABLE} ({shape})")
        return
    there = {str(row[0]) for row in engine.rows(f"DESCRIBE {TABLE}")}
    for name, kind in COLUMNS.items():
        if name not in there:
            engine.write(f"ALTER TABLE {TABLE} ADD COLUMN {quoted(name)} {kind}")


def _load(row: dict[str, object]) -> Load:
    def text(name: str) -> str:
        return str(row[name] or "")

    def number(name: str) -> int:
        return int(str(row[name] or 0))

    at, begun = row["loaded_at"], row["started_at"]
    told = tuple(ColumnRead(one["name"], one["type"]) for one in json.loads(text("columns") or "[]"))
    load = Load(text("table_name"), number("rows_read"), number("rows_loaded"), number("rows_rejected"), columns=told)
    return replace(
        load,
        loaded_at=at if isinstance(at, datetime) else datetime.min,
        started_at=begun if isinstance(begun, datetime) else None,
        source=text("source"),
        kind=text("kind") or "import",
        file=text("file"),
        sha256=text("sha256"),
        replaced=number("rows_replaced"),
        cursor=text("cursor"),
        mark=text("mark"),
        error=text("error"),
        load_id=number("load_id"),
        replaced_by=number("replaced_by"),
    )
