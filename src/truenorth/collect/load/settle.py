"""Settling what was loaded in haste: its events are written again field by field, as others are, when there is time.

A load that is late stores the properties of its events as they came, which is a third of the work, and leaves a line
in `unsettled`: the times of receiving that it held. The events of a line are moved in one transaction with the line.
"""

from __future__ import annotations

from collections.abc import Sequence

from truenorth.collect.load.kept import Kept
from truenorth.collect.load.line import instant
from truenorth.store.engine import Engine
from truenorth.store.values import literal

TABLE = "unsettled"
EVENTS = "events"


def owe(engine: Engine, kept: Sequence[Kept]) -> None:
    """Note that the events of some requests are to be settled, inside the load's transaction."""
    times = [one.frame.received_at for one in kept]
    begin, end = (literal(instant(at).isoformat(sep=" ")) for at in (min(times), max(times)))
    engine.write(f"INSERT INTO {TABLE} VALUES ({begin}, {end})")


def settle(engine: Engine) -> bool:
    """Settle the oldest line; whether there was one."""
    if TABLE not in engine.tables():
        return False
    lines = engine.rows(f"SELECT first, last FROM {TABLE} ORDER BY ALL LIMIT 1")
    for line in lines:
        first, last = (literal(str(at)) for at in line)
        held = f"received_at BETWEEN {first} AND {last}"
        with engine.transaction(EVENTS, TABLE):
            engine.write(f"CREATE OR REPLACE TEMP TABLE moved AS SELECT * FROM {EVENTS} WHERE {held}")
            engine.write(f"DELETE FROM {EVENTS} WHERE {held}")
            engine.write(f"INSERT INTO {EVENTS} SELECT * FROM moved")
            engine.write("DROP TABLE moved")
            engine.write(f"DELETE FROM {TABLE} WHERE first = {first} AND last = {last}")
    return bool(lines)


def forget(engine: Engine) -> None:
    """Everything was written again."""
    if TABLE in engine.tables():
        engine.write(f"DELETE FROM {TABLE}")
