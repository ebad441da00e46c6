"""The log of what was said about ids, `identity`, and the map `people` that follows from it.

A line joins two ids or parts them; the last line about two ids stands. Lines are never changed: what was joined in
error is parted by one more line. `people` has a row for every id that is joined with another: the person is the
smallest of their numbers, and who has no row is a person alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct

from truenorth.collect.identity.component import components
from truenorth.store.engine import Engine
from truenorth.store.tables import create

TABLE, MAP = "identity", "people"
SPLIT = "split"
# The last line about two ids, whichever way round; what was refused says nothing.
STANDING = (
    f"SELECT least(former, current) AS one, greatest(former, current) AS other, arg_max(kind, link_id) AS kind "
    f"FROM {TABLE} WHERE refused IS NULL GROUP BY ALL"
)


class Line(Struct, frozen=True):
    """One line of the log; `refused` says why it joins nobody."""

    kind: str
    former: int
    current: int
    at: datetime | None = None
    source: str = ""
    load_id: int = 0
    refused: str = ""


def prepare(engine: Engine) -> None:
    """The tables, where they are missing."""
    there = set(engine.tables())
    for name in ("ids", TABLE, MAP):
        if name not in there:
            engine.write(create(name))


def append(engine: Engine, lines: Sequence[Line]) -> None:
    """Write lines down, inside a transaction."""
    import pyarrow as pa

    if not lines:
        return
    table = pa.table(
        {
            "position": pa.array(range(1, len(lines) + 1), pa.int64()),
            "kind": [line.kind for line in lines],
            "former": pa.array([line.former for line in lines], pa.uint32()),
            "current": pa.array([line.current for line in lines], pa.uint32()),
            "said_at": pa.array([line.at for line in lines], pa.timestamp("us")),
            "source": [line.source for line in lines],
            "load_id": pa.array([line.load_id or None for line in lines], pa.int64()),
            "refused": pa.array([line.refused or None for line in lines], pa.string()),
        }
    )
    columns = "kind, former, current, said_at, source, load_id, refused"
    with engine.lent("new_links", table):
        engine.write(
            f"INSERT INTO {TABLE} (link_id, {columns}) SELECT position + (SELECT coalesce(max(link_id), 0) "
            f"FROM {TABLE}), {columns} FROM new_links ORDER BY position"
        )


def move(engine: Engine, moves: dict[int, int], members: Iterable[int]) -> None:
    """Persons become others, and ids that had no row get one: `moves` from a person to the person it is now."""
    import pyarrow as pa

    old = pa.table({"old": pa.array(moves.keys(), pa.uint32()), "new": pa.array(moves.values(), pa.uint32())})
    with engine.lent("moved", old):
        engine.write(f"UPDATE {MAP} SET person = moved.new FROM moved WHERE {MAP}.person = moved.old")
    own = list(members)
    persons = pa.array([moves.get(who, who) for who in own], pa.uint32())
    with engine.lent("joined", pa.table({"who": pa.array(own, pa.uint32()), "person": persons})):
        engine.write(f"INSERT INTO {MAP} SELECT who, person FROM joined ANTI JOIN {MAP} USING (who)")


def rebuild(engine: Engine) -> int:
    """The map anew from the whole log, inside a transaction; how many rows it has."""
    import pyarrow as pa

    pairs = engine.rows(f"SELECT one, other FROM ({STANDING}) WHERE kind <> '{SPLIT}' AND one <> other")
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    who, person = components(ends[:, 0], ends[:, 1])
    engine.write(f"DELETE FROM {MAP}")
    if len(who):
        columns = pa.table({"who": who.astype(np.uint32), "person": person.astype(np.uint32)})
        with engine.lent("all_people", columns):
            engine.write(f"INSERT INTO {MAP} SELECT who, person FROM all_people")
    return len(who)
