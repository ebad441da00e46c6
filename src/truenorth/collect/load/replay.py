"""Reading again what lies in the quarantine, once the product or the bytes are mended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from truenorth.collect.load.gather import undecoded
from truenorth.collect.load.kept import Kept
from truenorth.collect.load.loader import Loader, is_of_data
from truenorth.collect.quarantine import TABLE, Piece, piece
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.request import Request
from truenorth.collect.spool.frame import Frame
from truenorth.store.values import literal


class Replayed(Struct, frozen=True):
    """What became of a piece that was read again: `taken` rows are in; "" as a `reason` says that it is done."""

    id: int
    taken: int = 0
    there: int = 0
    reason: str = ""


def replay(loader: Loader, numbers: Sequence[int], now: datetime, mended: bytes | None = None) -> tuple[Replayed, ...]:
    """Read pieces again, or `mended` bytes in the place of one; each that can be taken now is in once, whole."""
    return tuple(_replay(loader, piece(loader.engine, number), now, mended) for number in numbers)


def _replay(loader: Loader, one: Piece, now: datetime, mended: bytes | None) -> Replayed:
    if one.replayed_at is not None:
        return Replayed(one.id, reason=f"it was taken in at {one.replayed_at:%Y-%m-%d %H:%M} UTC")
    frame = at_the_door(loader, one, one.raw if mended is None else mended)
    if frame.refused and not frame.body:
        return Replayed(one.id, reason=frame.refused[0].reason)
    batch = decoded(loader, frame)
    if not (batch.events.event or batch.links or batch.points.series or batch.buckets.series):
        return Replayed(one.id, reason=batch.refused[0].reason if batch.refused else "it holds nothing to take")
    try:
        return _taken(loader, one, Kept(frame, batch), now)
    except Exception as error:
        if not is_of_data(error):
            raise
        return Replayed(one.id, reason=str(error).partition("\n")[0])


def at_the_door(loader: Loader, one: Piece, raw: bytes) -> Frame:
    """The bytes as the door takes them now: what it refuses is in `refused`.

    A piece of a larger body may be no request by itself; it is then left to whoever reads its rows.
    """
    at = micros(one.received_at)
    asked = Request("POST", one.path, one.query, {"user-agent": one.agent}, raw, at)
    received = loader.dialects[one.dialect].receive(asked)
    known = bool(received.body or received.refused)
    body, form = (received.body, received.form) if known else (raw, one.form)
    return Frame(one.source, one.dialect, form, one.path, one.query, at, 1, body, received.refused, one.agent)


def _taken(loader: Loader, one: Piece, kept: Kept, now: datetime) -> Replayed:
    """The rows and the mark that they are in, in one transaction."""
    with loader.engine.transaction(*loader.tables):
        # Another may have replayed it meanwhile.
        if piece(loader.engine, one.id).replayed_at is not None:
            return Replayed(one.id, reason="another process has just taken it in")
        loaded = loader.take([kept])
        at = literal(now.isoformat(sep=" "))
        loader.engine.write(f"UPDATE {TABLE} SET replayed_at = TIMESTAMP {at} WHERE quarantine_id = {one.id}")
    return Replayed(one.id, loaded.loaded, loaded.read - loaded.loaded)


def decoded(loader: Loader, frame: Frame) -> Batch:
    """The rows of a frame, or why there are none."""
    try:
        return loader.dialects[frame.dialect].rows(frame)
    except Exception as error:  # noqa: BLE001 - a dialect's fault is told of the piece
        return Batch(refused=[undecoded(frame, error)])


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of a naive UTC time.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1))
    1000000
    """
    return round(moment.replace(tzinfo=UTC).timestamp() * 1_000_000)
