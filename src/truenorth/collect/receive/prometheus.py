"""Prometheus remote write, 1.0 and 2.0, as Prometheus, its agents and vmagent send it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cramjam
from msgspec import structs

from truenorth.collect.receive import symbols
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.credential import credential
from truenorth.collect.receive.request import Received, Refused, Reply, Request
from truenorth.collect.receive.timeseries import Written, samples, unwritten
from truenorth.collect.receive.wire import DecodeError
from truenorth.collect.spool.frame import Frame

_PATHS = ("/api/v1/write", "/api/v1/push")
_PLAIN = (("content-type", "text/plain; charset=utf-8"),)
_ROOM = 32 << 20
_KIND, _FIRST, _SECOND = "application/x-protobuf", "snappy", "snappy 2.0"
_MESSAGES = {"prometheus.WriteRequest": _FIRST, "io.prometheus.write.v2.Request": _SECOND}
_NAMES = {form: name for name, form in _MESSAGES.items()}
_READ: dict[str, Callable[[bytes, int], Written]] = {_FIRST: samples, _SECOND: symbols.samples}
_TOO_LARGE = f"more than {_ROOM >> 20} MiB when unpacked"


class Prometheus:
    """Remote write: which of the two it is stands in the content type."""

    name = "prometheus"

    def takes(self, request: Request) -> bool:
        """Whether it is sent to a path of remote write."""
        return request.path.rstrip("/").endswith(_PATHS)

    def receive(self, request: Request) -> Received:
        """Check that the body is a write request and say how many samples are good.

        204 when all are, 400 with the reasons when some are not (the good ones are kept, and the sender does not try
        again), 415 for another message or packing. To 2.0 every answer says how many of each kind were written.
        """
        key = credential(request)
        if request.method != "POST":
            allowed = (*_PLAIN, ("allow", "POST"))
            return Received(Reply(405, b"remote write is a POST\n", allowed), key=key, open=True)
        form = _form(request)
        told = partial(_counted, form)
        if not form:
            return Received(told(_said(415, f"send {' or '.join(_MESSAGES)}, packed with snappy"), None), key=key)
        try:
            body = _unpacked(request.body)
            if body is None:
                return Received(told(_said(413, f"{_TOO_LARGE}: send fewer samples at once"), None), key=key)
            written = _READ[form](body, request.received_at)
            empty = not (written.count or written.refused or written.families)
            if empty and form == _FIRST and unwritten(body):
                hint = "the body is no prometheus.WriteRequest: for remote write 2.0 say so in the content type"
                return Received(_said(415, hint), key=key)
        except DecodeError:
            return Received(told(_said(400, f"the body is no {_NAMES[form]}"), None), key=key)
        except cramjam.DecompressionError:
            return Received(told(_said(400, "the body is not packed with snappy (the block format)"), None), key=key)
        count = written.count
        reply = told(_said(400, _reasons(written)) if written.refused else Reply(204, b"", ()), written)
        kept = request.body if count or written.refused or written.families else b""
        return Received(reply, key=key, body=kept, form=form, count=count)

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
            written = _READ.get(frame.form, samples)(body, frame.received_at)
        except (DecodeError, cramjam.DecompressionError) as error:
            return Batch(refused=[Refused("E_SERIES_UNREADABLE", f"no write request: {error}"[:300], frame.body)])
        refused = written.refused.told()
        return Batch(points=written.points, buckets=written.buckets, families=written.families, refused=refused)


PROMETHEUS = Prometheus()


def _form(request: Request) -> str:
    """How the body of a request is to be read; "" for what is neither version, or packed in another way."""
    if request.headers.get("content-encoding", "snappy") != "snappy":
        return ""
    kind, _, words = request.headers.get("content-type", _KIND).partition(";")
    named = next((one.partition("=")[2] for one in words.split(";") if one.strip().startswith("proto=")), "")
    return _MESSAGES.get(named.strip(), "") if kind.strip() == _KIND and named else _FIRST


def _counted(form: str, reply: Reply, written: Written | None) -> Reply:
    """A reply to a sender of 2.0 with how much of each kind was written, also where nothing was."""
    if form != _SECOND:
        return reply
    samples, histograms = (len(written.points.series), len(written.buckets.series)) if written else (0, 0)
    counts = {"samples": samples, "histograms": histograms, "exemplars": 0}
    headers = tuple((f"x-prometheus-remote-write-{name}-written", str(count)) for name, count in counts.items())
    return structs.replace(reply, headers=(*reply.headers, *headers))


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
