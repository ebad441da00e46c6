"""The layout of an OTLP metrics request: points as bytes, each with the metric, scope and resource above it."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b
from typing import Any

from msgspec import Struct, field
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from truenorth.collect.receive.batch import Series
from truenorth.collect.receive.otlp_attributes import Plain, attributes, labels, scope_of
from truenorth.collect.receive.otlp_levels import MOST, alone, levels, sparse
from truenorth.collect.receive.refusals import Refusals
from truenorth.collect.receive.wire import DecodeError, message, pool

_NUMBERED = {5: "gauge", 7: "sum", 9: "histogram", 10: "exponential_histogram", 11: "summary"}
_SHAPES = tuple(_NUMBERED.values())
_POOL = pool(
    {
        "Metric": {
            "name": (1, "bytes"),
            "unit": (3, "bytes"),
            **{word: (number, "Shape") for number, word in _NUMBERED.items()},
        },
        "Bare": {word: (number, "bytes") for number, word in _NUMBERED.items()},
        "Shape": {"points": (1, "*bytes"), "temporality": (2, "int32"), "monotonic": (3, "bool")},
    }
)
_METRIC, _BARE = message(_POOL, "Metric"), message(_POOL, "Bare")
_TEMPORALITIES = {1: "delta", 2: "cumulative"}


class Context(Struct, frozen=True, eq=False):
    """What stands above points: one metric of one scope of one resource. `key` is all of it, in short."""

    key: bytes
    name: str
    kind: str
    unit: str
    temporality: str
    shape: str
    resource: bytes
    scope: bytes
    metric: bytes

    def series(self, pairs: Any, suffix: str = "", kind: str = "", **more: Plain) -> Series:
        """The series of a point with these attributes; DecodeError when something above cannot be read."""
        resource = attributes(Resource.FromString(self.resource).attributes)
        scope = scope_of(InstrumentationScope.FromString(self.scope))
        told = labels(resource, scope, {**attributes(pairs), **more})
        return Series(self.name + suffix, kind or self.kind, self.unit, self.temporality, told)

    def alone(self, point: bytes) -> bytes:
        """A request with just this point, so that it can be read again."""
        metric = _METRIC.FromString(self.metric)
        getattr(metric, self.shape).points.append(point)
        return alone(self.resource, self.scope, metric.SerializeToString())


class Layout(Struct):
    """The points of a request: number points as one column, points of other shapes apart; what has no sound metric."""

    numbers: list[bytes] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    others: list[tuple[Context, bytes]] = field(default_factory=list)
    refused: Refusals = field(default_factory=Refusals)

    def refuse(self, why: str, context: Context, point: bytes, code: str = "E_POINT_UNREADABLE") -> None:
        """Set a point aside."""
        self.refused.add(code, why, partial(context.alone, point), context.name)


def layout(body: bytes) -> Layout:
    """Lay out a request; DecodeError when it is none."""
    laid = Layout()
    for resource, scope, metrics in levels(body):
        head = len(resource).to_bytes(4, "big") + resource + scope
        for metric in map(_metric, metrics):
            shape = next((word for word in _SHAPES if metric.HasField(word)), "")
            points = getattr(metric, shape).points if shape else ()
            if len(laid.numbers) + len(laid.others) + len(laid.refused) + len(points) > MOST:
                raise DecodeError(f"it holds more than {MOST:,} points")
            if points:
                several = list(points)
                _place(laid, _context(head, resource, scope, metric, shape), several)
    return laid


def _metric(raw: bytes) -> Any:
    """A metric with its points as bytes; DecodeError when they are more than anyone sends at once."""
    if len(raw) > MOST:
        bare = _BARE.FromString(sparse(raw))
        for word in _SHAPES:
            sparse(getattr(bare, word))
    return _METRIC.FromString(raw)


def _context(head: bytes, resource: bytes, scope: bytes, metric: Any, shape: str) -> Context:
    held = getattr(metric, shape)
    temporality, kind = "", shape
    if shape == "sum":
        kind = "counter" if held.monotonic else "updown"
    if shape not in ("gauge", "summary"):
        temporality = _TEMPORALITIES.get(held.temporality, "none")
    del held.points[:]
    bare = metric.SerializeToString(deterministic=True)
    key = blake2b(head + bare, digest_size=16).digest()
    words = (metric.name.decode("utf-8", "replace"), kind, metric.unit.decode("utf-8", "replace"), temporality)
    return Context(key, *words, shape, resource, scope, bare)


def _place(laid: Layout, context: Context, points: list[bytes]) -> None:
    if not context.name or context.temporality == "none":
        why = "a metric without a name" if not context.name else "a sum or histogram that says no temporality"
        for point in points:
            laid.refuse(why, context, point)
    elif context.shape in ("gauge", "sum"):
        laid.numbers += points
        laid.contexts += [context] * len(points)
    else:
        laid.others += [(context, point) for point in points]
