"""StatsD: lines such as `pay.requests:1|c|@0.1|#route:/pay`, as datagrams or posted; with the tags of DogStatsD.

What one body counts of a series is one point, at the time it came. Counters are what they add, each sampled one as many
as it stands for; gauges stand where the last line put them; timers and histograms are counted by buckets; of a set it
is how many different things were in the body.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import numpy as np

from truenorth.collect.receive.batch import Batch, Buckets, Points, Series
from truenorth.collect.receive.credential import credential
from truenorth.collect.receive.refusals import Refusals
from truenorth.collect.receive.request import Received, Reply, Request
from truenorth.collect.spool.frame import Frame

PATH = "/statsd"
KINDS = {"c": "counter", "g": "gauge", "ms": "histogram", "h": "histogram", "d": "histogram", "s": "gauge"}
_LINE = re.compile(r"([^:|#@]+):([^|]+)\|(c|g|ms|h|d|s)((?:\|[^|]*)*)")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# Milliseconds as semantic conventions advise them for requests, and for sizes that may be of any order.
_MILLISECONDS = (5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0, 10000.0)
_ANY = tuple(float(digit) * 10.0**power for power in range(-3, 7) for digit in (1, 2, 5))
_LONGEST, _MOST_TAGS, _MOST_TIMES = 2000, 60, 1_000_000
_PLAIN = (("content-type", "text/plain; charset=utf-8"),)


class StatsD:
    """The lines of StatsD."""

    name = "statsd"

    def takes(self, request: Request) -> bool:
        """Whether it is posted to the path for lines."""
        return request.path.rstrip("/") == PATH

    def receive(self, request: Request) -> Received:
        """204 when all lines can be read, 400 with the first that cannot; the others are kept."""
        key = credential(request)
        if request.method != "POST":
            return Received(Reply(405, b"lines are posted\n", (*_PLAIN, ("allow", "POST"))), key=key, open=True)
        lines = [one.decode("utf-8", "replace") for one in request.body.splitlines() if one.strip()]
        wrong = [(line, said) for line in lines if isinstance(said := read(line), str)]
        count = len(lines) - len(wrong)
        words = f"{len(wrong):,} of {len(lines):,} lines are set aside: {wrong[0][1]}\n" if wrong else ""
        reply = Reply(400, words.encode(), _PLAIN) if wrong else Reply(204, b"", ())
        return Received(reply, key=key, body=request.body if lines else b"", form="lines", count=count)

    def denied(self, request: Request, status: int, words: str) -> Reply:
        """A plain line."""
        return Reply(status, f"{words}\n".encode(), _PLAIN)

    def rows(self, frame: Frame) -> Batch:
        """What the lines of a body add up to."""
        told, refused = Told(), Refusals()
        for raw in frame.body.splitlines():
            line = raw.decode("utf-8", "replace").strip()
            said = read(line) if line else None
            if isinstance(said, Line):
                said = told.add(said)
            if isinstance(said, str):
                refused.add("E_SERIES_UNREADABLE", said, lambda raw=raw: raw + b"\n")  # type: ignore[misc]
        points, buckets = told.points(frame.received_at), told.buckets(frame.received_at)
        return Batch(points=points, buckets=buckets, refused=refused.told())


STATSD = StatsD()


@dataclass(frozen=True, slots=True)
class Line:
    """One line: of what, its values as they are written, how often each stands for one, and its tags as JSON."""

    name: str
    kind: str
    values: tuple[str, ...]
    times: float
    labels: bytes


def read(line: str) -> Line | str:
    """A line, or why it is none.

    >>> read("pay.requests:1|c|@0.1|#route:/pay").times
    10.0
    >>> read("pay.requests")
    '"pay.requests" is no line of StatsD: write name:1|c'
    """
    found = _LINE.fullmatch(line.strip()) if len(line) <= _LONGEST else None
    if found is None:
        return f'"{line[:100]}" is no line of StatsD: write name:1|c'
    name, values, kind, rest = found[1].strip(), tuple(found[2].split(":")), found[3], found[4].split("|")[1:]
    wrong = next((one for one in values if kind != "s" and not _NUMBER.fullmatch(one)), None)
    if wrong is not None or not name:
        return f'"{wrong or ""}" is no number: {line[:100]}'
    rate = next((one[1:] for one in rest if one.startswith("@")), "1")
    if not _NUMBER.fullmatch(rate) or not 1 / _MOST_TIMES <= float(rate) <= 1:
        return f'"{rate[:20]}" is no share that was sampled: {line[:100]}'
    tags = [tag for one in rest if one.startswith("#") for tag in one[1:].split(",") if tag][:_MOST_TAGS]
    labels = {key: value or "true" for key, _, value in (tag.partition(":") for tag in tags) if key}
    return Line(name, kind, values, 1 / float(rate), msgspec.json.encode(dict(sorted(labels.items()))))


@dataclass(slots=True)
class Told:
    """What the lines of a body add up to, by series."""

    known: dict[tuple[str, str, bytes], Series] = field(default_factory=dict)
    counts: dict[Series, float] = field(default_factory=dict)
    levels: dict[Series, float] = field(default_factory=dict)
    things: dict[Series, set[str]] = field(default_factory=dict)
    times: dict[Series, list[tuple[float, float]]] = field(default_factory=dict)

    def add(self, line: Line) -> str | None:
        """Take in a line; why it says nothing, if it does not."""
        series = self.series(line)
        if line.kind == "c":
            self.counts[series] = self.counts.get(series, 0.0) + math.fsum(map(float, line.values)) * line.times
        elif line.kind == "s":
            self.things.setdefault(series, set()).update(line.values)
        elif line.kind == "g":
            return self.put(series, line)
        else:
            self.times.setdefault(series, []).extend((float(one), line.times) for one in line.values)
        return None

    def put(self, series: Series, line: Line) -> str | None:
        """A level, or by how much one changes that this body has put somewhere."""
        for one in line.values:
            if one[0] in "+-" and series not in self.levels:
                return f'"{one}" changes a level of which nobody knows where it stood: send the level of {line.name}'
            self.levels[series] = float(one) + (self.levels[series] if one[0] in "+-" else 0.0)
        return None

    def series(self, line: Line) -> Series:
        """The series of a line, the same one for the same words."""
        key = (line.name, line.kind, line.labels)
        if key not in self.known:
            kind = KINDS[line.kind]
            flow, unit = ("" if kind == "gauge" else "delta"), ("ms" if line.kind == "ms" else "")
            self.known[key] = Series(line.name, kind, unit, flow, line.labels)
        return self.known[key]

    def points(self, at: int) -> Points:
        """Counters, levels and sets as points."""
        found = [*self.counts.items(), *self.levels.items(), *((one, len(held)) for one, held in self.things.items())]
        size = len(found)
        values = np.array([value for _, value in found], np.float64)
        return Points([one for one, _ in found], np.full(size, at, np.int64), np.zeros(size, np.int64), values)

    def buckets(self, at: int) -> Buckets:
        """Timers and histograms as counts by bucket."""
        made = Buckets()
        for series, held in self.times.items():
            bounds = _MILLISECONDS if series.unit == "ms" else _ANY
            counts = [0] * (len(bounds) + 1)
            for value, times in held:
                counts[bisect_left(bounds, value)] += round(times)
            total = math.fsum(value * round(times) for value, times in held)
            row = (series, at, 0, bounds, tuple(counts), total, sum(counts), *extremes(held))
            for name, part in zip(Buckets.__struct_fields__, row, strict=True):
                getattr(made, name).append(part)
        return made


def extremes(held: list[tuple[float, float]]) -> Iterator[float]:
    """The least and the greatest value."""
    yield min(value for value, _ in held)
    yield max(value for value, _ in held)
