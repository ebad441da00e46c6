"""The rows of a load as columns: plain lists, filled by dialects, written by `collect/load`."""

from __future__ import annotations

from msgspec import Struct, field

from truenorth.collect.receive.request import Refused


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


class Points(Struct):
    """Points of one kind of series, as columns. `series` are keys into `keys`, one entry a different series:
    key bytes -> (name, kind, unit, temporality, labels as JSON bytes). Times in microseconds since 1970 UTC; `start` is
    where a delta or cumulative point begins, 0 when not said. Stale markers and NaN are kept as their own bits."""

    keys: dict[bytes, tuple[str, str, str, str, bytes]] = field(default_factory=dict)
    series: list[bytes] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)


class Buckets(Struct):
    """Histogram points as columns: `bounds` upper-inclusive, `counts` a bucket (not cumulative), one longer."""

    keys: dict[bytes, tuple[str, str, str, str, bytes]] = field(default_factory=dict)
    series: list[bytes] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    bounds: list[tuple[float, ...]] = field(default_factory=list)
    counts: list[tuple[int, ...]] = field(default_factory=list)
    sum: list[float | None] = field(default_factory=list)
    count: list[int] = field(default_factory=list)


class Batch(Struct):
    """All that one body brings."""

    events: Events = field(default_factory=Events)
    links: list[Link] = field(default_factory=list)
    points: Points = field(default_factory=Points)
    buckets: Buckets = field(default_factory=Buckets)
    refused: list[Refused] = field(default_factory=list)
