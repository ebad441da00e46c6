"""What could not be taken in, to be looked at; `load/replay` reads it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from truenorth.base.errors import SourceError
from truenorth.store.engine import Engine
from truenorth.store.values import literal

TABLE = "quarantine"
SHOWN = 100


class Piece(Struct, frozen=True):
    """One piece: what it is, why it is here, and its bytes as they were sent. `place` says where in its request."""

    id: int
    source: str
    dialect: str
    code: str
    reason: str
    place: str
    received_at: datetime
    replayed_at: datetime | None
    size: int
    path: str = ""
    form: str = ""
    query: str = ""
    agent: str = ""
    raw: bytes = b""


_HEAD = (
    "quarantine_id, source, dialect, code, reason, place, received_at, replayed_at, octet_length(raw), path, form, "
    '"query", agent'
)


def pieces(engine: Engine, source: str = "", done: bool = False, limit: int = SHOWN) -> tuple[Piece, ...]:
    """What lies in the quarantine, the newest first and without its bytes; `done` shows what was replayed as well."""
    if TABLE not in engine.tables():
        return ()
    conditions = [f"source = {literal(source)}"] if source else []
    conditions += [] if done else ["replayed_at IS NULL"]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = engine.rows(f"SELECT {_HEAD} FROM {TABLE}{where} ORDER BY quarantine_id DESC LIMIT {int(limit)}")
    return tuple(piece_of(row) for row in rows)


def piece(engine: Engine, number: int) -> Piece:
    """One piece with its bytes; SourceError E_NOT_IN_QUARANTINE when there is none of that number."""
    there = TABLE in engine.tables()
    rows = engine.rows(f"SELECT {_HEAD}, raw FROM {TABLE} WHERE quarantine_id = {int(number)}") if there else []
    for row in rows:
        return piece_of(row)
    hint = "`truenorth quarantine list --all` shows what there is"
    raise SourceError("E_NOT_IN_QUARANTINE", f"the quarantine has no piece {number}", hint=hint)


def piece_of(row: Sequence[Any]) -> Piece:
    """A row of the table."""
    number, source, dialect, code, reason, place, received, replayed, size, path, form, query, agent, *rest = row
    return Piece(
        int(number),
        str(source or ""),
        str(dialect or ""),
        str(code or ""),
        str(reason or ""),
        str(place or ""),
        received,
        replayed,
        int(size),
        str(path or ""),
        str(form or ""),
        str(query or ""),
        str(agent or ""),
        bytes(rest[0]) if rest else b"",
    )
