"""What an OTLP metrics request holds, from its bytes to points and buckets."""

from __future__ import annotations

from msgspec import Struct, field

from truenorth.collect.receive.batch import Buckets, Points
from truenorth.collect.receive.otlp_buckets import others
from truenorth.collect.receive.otlp_layout import layout
from truenorth.collect.receive.otlp_numbers import Columns, numbers
from truenorth.collect.receive.refusals import Refusals


class Measured(Struct):
    """The good points of a request, and those that are not."""

    points: Points = field(default_factory=Points)
    buckets: Buckets = field(default_factory=Buckets)
    refused: Refusals = field(default_factory=Refusals)


def measured(body: bytes, received_at: int) -> Measured:
    """Read a metrics request; DecodeError when it is none. Points with a time that cannot be are refused."""
    laid, columns, buckets = layout(body), Columns(), Buckets()
    numbers(laid, columns, received_at)
    others(laid, buckets, columns, received_at)
    return Measured(columns.points(), buckets, laid.refused)
