"""The table `loads`: what was imported when, so that the same content is never added twice."""

from __future__ import annotations

import json
from datetime import datetime

from msgspec import Struct

from truenorth.collect.report import ColumnRead
from truenorth.store.engine import Engine
from truenorth.store.values import literal

TABLE = "loads"


class Load(Struct, frozen=True):
    """One line of the ledger."""

    load_id: int
    read: int
    loaded: int
    rejected: int
    loaded_at: datetime
    columns: tuple[ColumnRead, ...]


def earlier(engine: Engine, table: str, sha256: str) -> Load | None:
    """The load that brought this content into the table, if there is one."""
    if TABLE not in engine.tables():
        return None
    sql = (
        f"SELECT load_id, rows_read, rows_loaded, rows_rejected, loaded_at, columns FROM {TABLE} "
        f"WHERE table_name = {literal(table)} AND sha256 = {literal(sha256)} ORDER BY load_id DESC LIMIT 1"
    )
    for load_id, read, loaded, rejected, at, columns in engine.rows(sql):
        if isinstance(at, datetime):
            told = tuple(ColumnRead(one["name"], one["type"]) for one in json.loads(str(columns)))
            return Load(int(str(load_id)), int(str(read)), int(str(loaded)), int(str(rejected)), at, told)
    return None


def write_down(engine: Engine, table: str, file: str, sha256: str, load: Load) -> int:
    """Add a line and give its number; to be called inside the load's own transaction."""
    engine.write(
        f"CREATE TABLE IF NOT EXISTS {TABLE} (load_id BIGINT, table_name VARCHAR, file VARCHAR, sha256 VARCHAR, "
        "rows_read BIGINT, rows_loaded BIGINT, rows_rejected BIGINT, loaded_at TIMESTAMP, columns VARCHAR)"
    )
    columns = json.dumps([{"name": one.name, "type": one.type} for one in load.columns], ensure_ascii=False)
    [(number,)] = engine.rows(f"SELECT coalesce(max(load_id), 0) + 1 FROM {TABLE}")
    values = [
        str(number),
        *(literal(text) for text in (table, file, sha256)),
        *(str(count) for count in (load.read, load.loaded, load.rejected)),
        literal(load.loaded_at.isoformat(sep=" ")),
        literal(columns),
    ]
    engine.write(f"INSERT INTO {TABLE} VALUES ({', '.join(values)})")
    return int(str(number))


def forget(engine: Engine, table: str) -> None:
    """Strike out what was loaded into a table that is replaced."""
    if TABLE in engine.tables():
        engine.write(f"DELETE FROM {TABLE} WHERE table_name = {literal(table)}")
