"""Lines of the ledger for events that a test wrote into the tables itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from msgspec import structs

from truenorth.collect.load import line
from truenorth.collect.load.kept import Kept, Tally
from truenorth.collect.receive.batch import Batch
from truenorth.collect.spool.frame import Frame
from truenorth.store.engine import Engine
from truenorth.store.tables import create


def tell(engine: Engine, source: str, dialect: str, received: datetime) -> None:
    """One event more of a source, received at a naive UTC time."""
    for table in ("arrivals", "arrival_minutes"):
        engine.write(create(table))
    at = (received - line.EPOCH) // timedelta(microseconds=1)
    kept = Kept(Frame(source, dialect, "", "/", "", at, 1, b""), Batch())
    about = line.of(kept, "events")
    number = line.lines(engine, [about], received)[about]
    tally = Tally(1, 1)
    tally.add_minutes(np.array([at]))
    line.add_up(engine, number, tally, [structs.replace(kept, load_id=number)], received)
