"""The rows of a load as columns: lists and arrays, filled by dialects, written by `collect/load`."""

from __future__ import annotations

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from truenorth.collect.probe.outcome import Result
from truenorth.collect.receive.request import Refused

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
# The bits of the value that says: this series has ended here.
STALE = 0x7FF0000000000002


class Events(Struct):
    """Columns of events, all of one length; times in microseconds since 1970 UTC, None where the client said none.

    `unique` is the text of what makes an event the same one, of the dialect's own id fields; "" is never a duplicate.
    `client_time` is the time as sent, `skewed` whether the client's clock may be corrected by `sent_at`. `properties`
    and `groups` are JSON objects as bytes. `seq` is the place in the request.
    """

    unique: list[str] = field(default_factory=list)
    event_id: list[str] = field(default_factory=list)
    event: list[str] = field(default_factory=list)
    client_time: list[int | None] = field(default_factory=list)
    sent_at: list[int | None] = field(default_factory=list)
    skewed: list[bool] = field(default_factory=list)
    seq: list[int] = field(default_factory=list)
    anonymous_id: list[str | None] = field(default_factory=list)
    user_id: list[str | None] = field(default_factory=list)
    session_id: list[str | None] = field(default_factory=list)
    groups: list[bytes | None] = field(default_factory=list)
    properties: list[bytes] = field(default_factory=list)
    library: list[str] = field(default_factory=list)


class Link(Struct, frozen=True):
    """Two ids that a client says are one person: `identify` (from the anonymous id to the user's), `alias` (two ids of
    a user), `merge` (also when both are known people already)."""

    kind: str
    former: str
    current: str
    at: int | None = None


class Series(Struct, frozen=True, eq=False):
    """One series as its sender names it. `kind` is counter, gauge, updown (a sum that may fall), histogram or unknown;
    `temporality` cumulative, delta or "". `labels` is a JSON object with its names in order. A dialect hands out the
    same object for the same series again and again, so that looking it up costs next to nothing."""

    name: str
    kind: str
    unit: str
    temporality: str
    labels: bytes


class Family(Struct, frozen=True):
    """What a sender says about all series of one name, beside their points."""

    name: str
    kind: str
    unit: str


class Points(Struct):
    """Points as columns of one length: times in microseconds since 1970 UTC; `start` is where a delta or cumulative
    point begins, 0 when not said. Stale markers (`STALE`) and other NaN are kept bit by bit."""

    series: list[Series] = field(default_factory=list)
    time: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    start: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    value: Floats = field(default_factory=lambda: np.empty(0, np.float64))


class Buckets(Struct):
    """Histogram points as columns: `bounds` upper-inclusive, `counts` a bucket (not cumulative), one longer; no counts
    at all where the sender only says that the series has ended. `least` and `most` are there where it says them."""

    series: list[Series] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    bounds: list[tuple[float, ...]] = field(default_factory=list)
    counts: list[tuple[int, ...] | None] = field(default_factory=list)
    sum: list[float | None] = field(default_factory=list)
    count: list[int | None] = field(default_factory=list)
    least: list[float | None] = field(default_factory=list)
    most: list[float | None] = field(default_factory=list)


class Batch(Struct):
    """All that one body brings."""

    events: Events = field(default_factory=Events)
    links: list[Link] = field(default_factory=list)
    points: Points = field(default_factory=Points)
    buckets: Buckets = field(default_factory=Buckets)
    families: list[Family] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
