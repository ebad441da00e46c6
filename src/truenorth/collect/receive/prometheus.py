"""Prometheus remote write 1.0, as Prometheus, its agents and vmagent send it."""

from __future__ import annotations

import cramjam

from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.credential import credential
from truenorth.collect.receive.request import Received, Refused, Reply, Request
from truenorth.collect.receive.timeseries import Written, samples, unwritten
from truenorth.collect.receive.wire import DecodeError
from truenorth.collect.spool.frame import Frame

_PATHS = ("/api/v1/write", "/api/v1/push")
_PLAIN = (("content-type", "text/plain; charset=utf-8"),)
_ROOM = 32 << 20
_TOO_LARGE = f"more than {_ROOM >> 20} MiB when unpacked"


class Prometheus:
    """Remote write 1.0."""

    name = "prometheus"

    def takes(self, request: Request) -> bool:
        """Whether it is sent to a path of remote write."""
        return request.path.rstrip("/").endswith(_PATHS)

    def receive(self, request: Request) -> Received:
        """Check that the body is a write request and say how many samples are good.

        204 when all are, 400 with the reasons when some are not (the good ones are kept, and the sender does not try
        again), 415 for remote write 2.0, upon which a sender that knows both falls back to 1.0.
        """
        key = credential(request)
        if request.method != "POST":
            allowed = (*_PLAIN, ("allow", "POST"))
            return Received(Reply(405, b"remote write is a POST\n", allowed), key=key, open=True)
        if "io.prometheus.write.v2" in request.headers.get("content-type", ""):
            return Received(_said(415, "this is remote write 1.0: send prometheus.WriteRequest"), key=key)
        try:
            body = _unpacked(request.body)
            if body is None:
                return Received(_said(413, f"{_TOO_LARGE}: send fewer samples at once"), key=key)
            written = samples(body, request.received_at)
            empty = not (written.count or written.refused or written.families)
            if empty and unwritten(body):
                return Received(_said(415, "this is remote write 1.0: send prometheus.WriteRequest"), key=key)
        except DecodeError:
            return Received(_said(400, "the body is no prometheus.WriteRequest"), key=key)
        except cramjam.DecompressionError:
            return Received(_said(400, "the body is not packed with snappy (the block format)"), key=key)
        count = written.count
        reply = _said(400, _reasons(written)) if written.refused else Reply(204, b"", ())
        kept = request.body if count or written.refused or written.families else b""
        return Received(reply, key=key, body=kept, form="snappy", count=count)

    def denied(self, request: Request, status: int, words: str) -> Reply:
        """A plain line for the sender's log; 503 instead of 429, at which Prometheus drops its samples."""
        if status in (429, 503):
            return Reply(503, words.encode(), (*_PLAIN, ("retry-after", "5")))
        return _said(status, words)

    def rows(self, frame: Frame) -> Batch:
        """The samples of a kept body; what cannot be read is refused with the series it is about."""
        try:
            body = _unpacked(frame.body)
            if body is None:
                return Batch(refused=[Refused("E_SERIES_UNREADABLE", _TOO_LARGE, frame.body)])
            written = samples(body, frame.received_at)
        except (DecodeError, cramjam.DecompressionError) as error:
            return Batch(refused=[Refused("E_SERIES_UNREADABLE", f"no write request: {error}"[:300], frame.body)])
        refused = written.refused.told()
        return Batch(points=written.points, buckets=written.buckets, families=written.families, refused=refused)


PROMETHEUS = Prometheus()


def _unpacked(body: bytes) -> bytes | None:
    """The message inside; None when it would be too large."""
    if cramjam.snappy.decompress_raw_len(body) > _ROOM:
        return None
    return bytes(cramjam.snappy.decompress_raw(body))


def _said(status: int, words: str) -> Reply:
    return Reply(status, f"{words}\n".encode(), _PLAIN)


def _reasons(written: Written) -> str:
    """How many are not kept, and why, in a line."""
    counts = f"{len(written.refused):,} series are set aside, {written.count:,} samples kept"
    return f"{counts}: {written.refused.words()}"
