"""The place in the spool up to which everything is in the tables: it changes with them, in one transaction."""

from __future__ import annotations

from truenorth.collect.spool.segment import Position
from truenorth.store.engine import Engine

TABLE = "spool_position"


def reached(engine: Engine) -> Position:
    """Where the next load begins."""
    if TABLE not in engine.tables():
        return Position()
    rows = engine.rows(f"SELECT segment, place FROM {TABLE}")
    return max((Position(int(str(segment)), int(str(place))) for segment, place in rows), default=Position())


def go_on(engine: Engine, position: Position) -> None:
    """Note the place, inside the transaction that brings the rows before it."""
    engine.write(f"DELETE FROM {TABLE}")
    engine.write(f"INSERT INTO {TABLE} VALUES ({position.segment}, {position.offset})")
