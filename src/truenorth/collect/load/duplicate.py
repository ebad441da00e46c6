"""What came before is not taken again: exact, without a limit in time, and looking only where it could lie.

Each event with an id leaves a key of 128 bits with the UTC day of its time as sent. The same event sent again says the
same time, so a load looks among the keys of its own days. Within an hour of midnight the day beside it is looked at
too, because clients that say "so long ago" are off by the way to us. Events without a time of their own lie under one
day of their own, whenever they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from truenorth.collect.load.moment import MISSING, Times
from truenorth.store.engine import Engine

TABLE = "event_keys"
DAY = 24 * 60 * 60 * 1_000_000
NEAR = DAY // 24
# The day of what has no time: 1 January of the year 1.
TIMELESS = -719_162
LAST = 2_932_896
FRESH = "fresh_keys"


def days(client: Times) -> Times:
    """The days since 1970 that keys lie under."""
    return np.where(client == MISSING, TIMELESS, np.clip(client // DAY, TIMELESS + 1, LAST))


def around(client: Times) -> list[int]:
    """The days among which keys are looked for."""
    own = days(client)
    timed = client[client != MISSING]
    beside = [days(timed - NEAR), days(timed + NEAR)] if len(timed) else []
    found: list[int] = np.unique(np.concatenate([own, *beside])).tolist()
    return found


def repeated(engine: Engine, unique: Sequence[str], origin: Any, client: Times) -> list[int]:
    """The positions of the events that are there already, or earlier in the same load; the keys of all others are
    written down. `origin` is an Arrow column of what ids are unique in: source and dialect."""
    import pyarrow as pa

    named = pa.array(unique, pa.string())
    if not any(unique):
        return []
    day = pa.array(days(client).astype(np.int32), pa.int32()).cast(pa.date32())
    position = pa.array(np.arange(len(unique), dtype=np.int64))
    columns = pa.table({"position": position, "origin": origin, "named": named, "day": day})
    with engine.lent("named_events", columns):
        engine.write(
            f"CREATE OR REPLACE TEMP TABLE {FRESH} AS SELECT position, day, md5_number(origin || chr(0) || named) "
            "AS key FROM named_events WHERE named <> ''"
        )
    known = found(engine, around(client))
    left_out = f" WHERE position NOT IN (SELECT unnest({known}::BIGINT[]))" if known else ""
    engine.write(f"INSERT INTO {TABLE} SELECT day, key FROM {FRESH}{left_out}")
    engine.write(f"DROP TABLE {FRESH}")
    return known


def found(engine: Engine, looked_at: list[int]) -> list[int]:
    """The positions of fresh keys that are known, or come later than the same key."""
    dates = ", ".join(f"DATE '1970-01-01' + {day}" for day in looked_at)
    there = engine.rows(
        f"SELECT position FROM {FRESH} SEMI JOIN (SELECT key FROM {TABLE} WHERE day IN ({dates})) AS known USING (key)"
    )
    again = engine.rows(
        f"SELECT position FROM {FRESH} JOIN (SELECT key, min(position) AS first FROM {FRESH} GROUP BY key "
        f"HAVING count(*) > 1) AS doubled ON doubled.key = {FRESH}.key AND position <> first"
    )
    return sorted({int(str(position)) for (position,) in (*there, *again)})
