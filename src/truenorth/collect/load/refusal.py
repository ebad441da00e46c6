"""What cannot be taken is kept whole, with its reason: the table `quarantine`."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from truenorth.collect.receive.request import Refused
from truenorth.collect.spool.frame import Frame
from truenorth.store.engine import Engine

TABLE = "quarantine"


class Refusal(Struct, frozen=True):
    """A piece of a request, or all of it, that is not among the rows."""

    frame: Frame
    refused: Refused
    load_id: int = 0


def keep(engine: Engine, refusals: Iterable[Refusal]) -> None:
    """Write them down, inside the load's transaction."""
    import pyarrow as pa

    given = list(refusals)
    if not given:
        return
    frames, pieces = [one.frame for one in given], [one.refused for one in given]
    table = pa.table(
        {
            "source": [frame.source for frame in frames],
            "dialect": [frame.dialect for frame in frames],
            "path": [frame.path for frame in frames],
            "code": [piece.code for piece in pieces],
            "reason": [piece.reason for piece in pieces],
            "place": [piece.place for piece in pieces],
            "raw": pa.array([piece.raw for piece in pieces], pa.binary()),
            "received_at": pa.array([frame.received_at for frame in frames], pa.timestamp("us")),
            "load_id": pa.array([one.load_id or None for one in given], pa.int64()),
            "form": [frame.form for frame in frames],
            "query": [frame.query for frame in frames],
            "agent": [frame.agent for frame in frames],
            "position": pa.array(range(1, len(given) + 1), pa.int64()),
        }
    )
    columns = ", ".join(name for name in table.column_names if name != "position")
    with engine.lent("new_refusals", table):
        engine.write(
            f"INSERT INTO {TABLE} (quarantine_id, {columns}) SELECT position + (SELECT coalesce(max(quarantine_id), 0) "
            f"FROM {TABLE}), {columns} FROM new_refusals ORDER BY position"
        )
