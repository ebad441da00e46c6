"""OTLP over HTTP: metrics, and logs as events, as protobuf or JSON, from any OpenTelemetry SDK or collector."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
from msgspec import Struct
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.credential import credential
from truenorth.collect.receive.otlp_json import transcribed
from truenorth.collect.receive.otlp_levels import levels
from truenorth.collect.receive.otlp_logs import count, events
from truenorth.collect.receive.otlp_metrics import measured
from truenorth.collect.receive.request import Received, Refused, Reply, Request
from truenorth.collect.receive.wire import DecodeError, message, pool
from truenorth.collect.spool.frame import Frame

# What the protocol recommends; protobuf is gone through level by level, JSON is in memory as a whole.
_ROOM, _ROOM_JSON = 64 << 20, 16 << 20
_MOST_PIECES = 2_000_000
_GZIP = b"\x1f\x8b"
_PROTOBUF, _JSON = "application/x-protobuf", "application/json"
_SIGNALS: dict[str, Any] = {
    "/v1/metrics": ExportMetricsServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
    "/v1/traces": ExportTraceServiceRequest,
}
_REJECTED = {"/v1/metrics": "DataPoints", "/v1/logs": "LogRecords", "/v1/traces": "Spans"}
# Codes of google.rpc.Status beside those of HTTP; clients read the words.
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 413: 8, 429: 8, 503: 14}
_POOL = pool(
    {
        "Status": {"code": (1, "int32"), "message": (2, "string")},
        "Response": {"partial_success": (1, "Partial")},
        "Partial": {"rejected": (1, "int64"), "message": (2, "string")},
    }
)
_STATUS = message(_POOL, "Status")
_RESPONSE = message(_POOL, "Response")


class Wrong(Exception):
    """What is wrong with a request, and the status that says so."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


class Checked(Struct, frozen=True):
    """What the door found in a body: how much of it is good, how much is not and why."""

    count: int = 0
    rejected: int = 0
    words: str = ""


class Otlp:
    """OTLP/HTTP, protobuf and JSON."""

    name = "otlp"

    def takes(self, request: Request) -> bool:
        """Whether it is sent to one of OTLP's paths, its own or Prometheus' for it."""
        return bool(_signal(request.path))

    def receive(self, request: Request) -> Received:
        """Read the whole request once, so that the answer says honestly which points are not taken.

        200 in the request's own type, with `partial_success` where some are refused; 400 with a Status when it
        cannot be read, 413 above 64 MiB. JSON is kept as protobuf. Spans are counted and refused: none are kept.
        """
        key, signal = credential(request), _signal(request.path)
        try:
            if request.method != "POST":
                raise Wrong(405, "OTLP is a POST")
            if not signal:
                raise Wrong(404, f"OTLP is sent to {', '.join(_SIGNALS)}")
            body = _body(request, signal)
            checked = _check(signal, body, request.received_at)
        except Wrong as wrong:
            return Received(self.denied(request, wrong.status, wrong.words), key=key)
        except DecodeError as error:
            return Received(self.denied(request, 400, f"the body cannot be read: {error}"[:300]), key=key)
        kept = body if signal != "/v1/traces" and (checked.count or checked.rejected) else b""
        return Received(_accepted(request, signal, checked), key=key, body=kept, form="protobuf", count=checked.count)

    def denied(self, request: Request, status: int, words: str) -> Reply:
        """A google.rpc.Status in the request's type; what may pass is retryable and says when to come again."""
        later = (("retry-after", "5"),) if status in (429, 502, 503, 504) else ()
        code = _CODES.get(status, 2)
        if _is_json(request):
            return Reply(
                status, msgspec.json.encode({"code": code, "message": words}), (("content-type", _JSON), *later)
            )
        body = _STATUS(code=code, message=words).SerializeToString()
        return Reply(status, body, (("content-type", _PROTOBUF), *later))

    def rows(self, frame: Frame) -> Batch:
        """The points or events of a kept body; what cannot be read is refused, each point by itself."""
        try:
            if _signal(frame.path) == "/v1/logs":
                return Batch(events=events(frame.body))
            found = measured(frame.body, frame.received_at)
        except DecodeError as error:
            return Batch(refused=[Refused("E_POINT_UNREADABLE", f"no OTLP request: {error}"[:300], frame.body)])
        return Batch(points=found.points, buckets=found.buckets, refused=found.refused.told())


OTLP = Otlp()


def _signal(path: str) -> str:
    return next((signal for signal in _SIGNALS if path.rstrip("/").endswith(signal)), "")


def _is_json(request: Request) -> bool:
    """Whether the client speaks JSON: what it says, unless its body is plainly the other."""
    if request.body[:1] == b"{":
        return True
    return "json" in request.headers.get("content-type", "") and request.body[:1] != b"\n"


def _body(request: Request, signal: str) -> bytes:
    """The protobuf bytes of a body, unzipped and, if it is JSON, transcribed."""
    body = _unzipped(request.body) if request.body.startswith(_GZIP) else request.body
    if len(body) > _ROOM:
        raise Wrong(413, f"more than {_ROOM >> 20} MiB: send fewer points at once")
    start = body.lstrip()[:1]
    if body[:1] == b"{" or (start == b"{" and "json" in request.headers.get("content-type", "")):
        if len(body) > _ROOM_JSON:
            raise Wrong(413, f"more than {_ROOM_JSON >> 20} MiB of JSON: send fewer points at once, or protobuf")
        if body.count(b"{") + body.count(b"[") + body.count(b",") > _MOST_PIECES:
            raise Wrong(400, "the body holds more pieces than anyone sends at once")
        return transcribed(body, _SIGNALS[signal])
    return body


def _unzipped(body: bytes) -> bytes:
    reader = zlib.decompressobj(31)
    try:
        found = reader.decompress(body, _ROOM + 1)
    except zlib.error as error:
        raise Wrong(400, f"the body is no sound gzip: {error}") from error
    if len(found) <= _ROOM and not reader.eof:
        raise Wrong(400, "the body is no sound gzip: it ends too early")
    return found


def _check(signal: str, body: bytes, received_at: int) -> Checked:
    if signal == "/v1/logs":
        return Checked(count(body))
    if signal == "/v1/traces":
        spans = sum(len(leaves) for *_, leaves in levels(body))
        return Checked(0, spans, "TrueNorth keeps metrics and logs, no traces" if spans else "")
    found = measured(body, received_at)
    return Checked(
        len(found.points.series) + len(found.buckets.series), len(found.refused), found.refused.words(named=True)
    )


def _accepted(request: Request, signal: str, checked: Checked) -> Reply:
    if _is_json(request):
        partial = {f"rejected{_REJECTED[signal]}": str(checked.rejected), "errorMessage": checked.words}
        told = {"partialSuccess": partial} if checked.rejected else {}
        return Reply(200, msgspec.json.encode(told))
    answer = _RESPONSE()
    if checked.rejected:
        answer.partial_success.rejected = checked.rejected
        answer.partial_success.message = checked.words
    return Reply(200, answer.SerializeToString(), (("content-type", _PROTOBUF),))
