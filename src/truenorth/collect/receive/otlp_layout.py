"""The layout of an OTLP metrics request: points as bytes, each with the metric, scope and resource above it."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from msgspec import Struct, field
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from truenorth.collect.receive.batch import Series
from truenorth.collect.receive.otlp_attributes import Plain, attributes, labels, scope_of
from truenorth.collect.receive.request import Refused
from truenorth.collect.receive.wire import DecodeError, message, pool

_SHAPES = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
_POOL = pool(
    {
        "Metrics": {"resources": (1, "*Resources")},
        "Resources": {"resource": (1, "bytes"), "scopes": (2, "*Scopes")},
        "Scopes": {"scope": (1, "bytes"), "metrics": (2, "*Metric")},
        "Metric": {
            "name": (1, "bytes"),
            "unit": (3, "bytes"),
            "gauge": (5, "Shape"),
            "sum": (7, "Shape"),
            "histogram": (9, "Shape"),
            "exponential_histogram": (10, "Shape"),
            "summary": (11, "Shape"),
        },
        "Shape": {"points": (1, "*bytes"), "temporality": (2, "int32"), "monotonic": (3, "bool")},
    }
)
_METRICS = message(_POOL, "Metrics")
_TEMPORALITIES = {1: "delta", 2: "cumulative"}
_MOST_POINTS = 2_000_000


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
        request = _METRICS()
        above = request.resources.add(resource=self.resource).scopes.add(scope=self.scope)
        metric = above.metrics.add()
        metric.MergeFromString(self.metric)
        getattr(metric, self.shape).points.append(point)
        return bytes(request.SerializeToString())


class Layout(Struct):
    """The points of a request: number points as one column, points of other shapes apart; what has no sound metric."""

    numbers: list[bytes] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    others: list[tuple[Context, bytes]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def refuse(self, why: str, context: Context, point: bytes, code: str = "E_POINT_UNREADABLE") -> None:
        """Set a point aside."""
        self.refused.append(Refused(code, why, context.alone(point), context.name))


def layout(body: bytes) -> Layout:
    """Lay out a request; DecodeError when it is none."""
    laid = Layout()
    for above in _METRICS.FromString(body).resources:
        for below in above.scopes:
            head = len(above.resource).to_bytes(4, "big") + above.resource + below.scope
            for metric in below.metrics:
                shape = next((word for word in _SHAPES if metric.HasField(word)), "")
                if shape and (points := list(getattr(metric, shape).points)):
                    _place(laid, _context(head, above.resource, below.scope, metric, shape), points)
    if len(laid.numbers) + len(laid.others) > _MOST_POINTS:
        raise DecodeError(f"more than {_MOST_POINTS:,} points in one request")
    return laid


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
