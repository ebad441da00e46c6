"""The part of a load that takes points in: samples and histograms once each, and the minutes made of them."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Struct

from truenorth.collect.load import histograms, minutes, samples
from truenorth.collect.load.kept import Kept, Tallies, Tally
from truenorth.collect.load.samples import Rows, Sifted, sifted
from truenorth.collect.load.series import DELTA, MOST, Registry
from truenorth.collect.receive.batch import STALE, Batch, Buckets, Integers, Series
from truenorth.collect.receive.request import Refused
from truenorth.store.engine import Engine

_ENDED = struct.unpack("<d", struct.pack("<Q", STALE))[0]
_TOLD = {"E_SERIES_LIMIT", "E_SAMPLE_DIFFERS"}
_EXAMPLES = 20


class Load(Struct, frozen=True):
    """The points of a load, one after the other as they came; `request` is the request that brought each."""

    series: list[Series]
    rows: Rows
    request: Integers


class PointRows:
    """The part that takes points in."""

    tables: tuple[str, ...] = ("samples", "minutes", "series", "histograms", "bounds")

    def __init__(self, limit: int = MOST) -> None:
        self._registry = Registry(limit)

    def has(self, batch: Batch) -> bool:
        """Whether a request brings points, or says something about them."""
        return bool(batch.points.series or batch.buckets.series or batch.families)

    def forget(self) -> None:
        """A transaction was taken back."""
        self._registry.forget()

    def put(self, engine: Engine, kept: Sequence[Kept], careful: bool) -> Tallies:
        """Write the points that were not there."""
        registry = self._registry
        registry.open(engine)
        for one in kept:
            one.batch.refused[:] = [piece for piece in one.batch.refused if piece.code not in _TOLD]
            registry.families(engine, one.frame.source, one.batch.families)
        tallies = {one.load_id: Tally() for one in kept}
        for table, load in (("samples", self._numbers(engine, kept)), ("histograms", self._buckets(engine, kept))):
            if not load.series:
                continue
            fresh = self._take(engine, kept, load, table)
            for request, count in zip(*np.unique(load.request, return_counts=True), strict=True):
                tallies[kept[request].load_id].read += int(count)
            for request, count in zip(*np.unique(load.request[fresh.place], return_counts=True), strict=True):
                tally, received = tallies[kept[request].load_id], kept[request].frame.received_at
                tally.loaded += int(count)
                tally.add_minutes(np.full(count, received))
        registry.leave(engine)
        return tallies

    def _numbers(self, engine: Engine, kept: Sequence[Kept]) -> Load:
        points = [one.batch.points for one in kept]
        series = [one for some in points for one in some.series]
        request = np.repeat(np.arange(len(kept)), [len(some.series) for some in points])
        time, start, value = (
            np.concatenate([getattr(some, name) for some in points]) for name in ("time", "start", "value")
        )
        number = self._numbered(engine, kept, series, (time, request))
        return Load(series, Rows(number, time, start, value, np.arange(len(series))), request)

    def _buckets(self, engine: Engine, kept: Sequence[Kept]) -> Load:
        """Histograms as far as they are like numbers: what they have counted."""
        buckets = self._joined(kept)
        request = np.repeat(np.arange(len(kept)), [len(one.batch.buckets.series) for one in kept])
        time, start = np.array(buckets.time, np.int64), np.array(buckets.start, np.int64)
        number = self._numbered(engine, kept, buckets.series, (time, request))
        value = histograms.counts(buckets, _ENDED)
        return Load(buckets.series, Rows(number, time, start, value, np.arange(len(time))), request)

    def _joined(self, kept: Sequence[Kept]) -> Buckets:
        return histograms.joined([one.batch.buckets for one in kept])

    def _numbered(
        self, engine: Engine, kept: Sequence[Kept], series: list[Series], columns: tuple[Integers, Integers]
    ) -> Integers:
        """The numbers of series, source by source."""
        time, request = columns
        sources = [one.frame.source for one in kept]
        if len(set(sources)) == 1:
            return self._registry.numbers(engine, sources[0], series, time)
        number = np.zeros(len(series), np.int64)
        source = np.array(sources, object)[request]
        for name in dict.fromkeys(sources):
            places = np.flatnonzero(source == name)
            some = [series[place] for place in places.tolist()]
            number[places] = self._registry.numbers(engine, name, some, time[places])
        return number

    def _take(self, engine: Engine, kept: Sequence[Kept], load: Load, table: str) -> Rows:
        """Store what is new of a load and make its minutes; what was stored."""
        beyond = np.flatnonzero(load.rows.number < 0)
        if len(beyond):
            self._too_many(kept, load, beyond)
        latest = self._registry.latest
        rows = load.rows.only(load.rows.number > 0)
        rows = rows.in_order(latest.makes[rows.number] == DELTA)
        measure = "value" if table == "samples" else "count"
        found = sifted(engine, rows, latest, table, measure)
        if len(found.differing):
            _differ(kept, load, found.differing)
        fresh = found.rows
        if not len(fresh):
            return fresh
        if table == "samples":
            samples.store(engine, fresh)
        else:
            histograms.store(engine, self._joined(kept), fresh.number, fresh.place)
        self._minutes(engine, found)
        samples.remember(latest, fresh)
        return fresh

    def _minutes(self, engine: Engine, found: Sifted) -> None:
        """Go on with the minutes of series that came in order; make those of the others anew."""
        latest, rows = self._registry.latest, found.rows
        if not found.late.any():
            minutes.add(engine, rows, latest)
            return
        disordered = np.zeros(len(latest.seen), np.bool_)
        disordered[rows.number[found.late]] = True
        anew = disordered[rows.number]
        minutes.add(engine, rows.only(~anew), latest)
        minutes.renew(engine, rows.only(anew))

    def _too_many(self, kept: Sequence[Kept], load: Load, beyond: Integers) -> None:
        """Say how many points of how many further series were left out, by source and metric; of very many metrics
        those with most points each by itself, and the others together."""
        named: dict[tuple[str, str], list[int]] = {}
        for place in beyond.tolist():
            source = kept[load.request[place]].frame.source
            named.setdefault((source, load.series[place].name), []).append(place)
        most = sorted(named, key=lambda one: -len(named[one]))
        for one in most[:_EXAMPLES]:
            self._say(kept, load, one[1], named[one])
        others: dict[str, list[int]] = {}
        for source, name in most[_EXAMPLES:]:
            others.setdefault(source, []).extend(named[source, name])
        for places in others.values():
            self._say(kept, load, "other metrics", places)

    def _say(self, kept: Sequence[Kept], load: Load, name: str, places: list[int]) -> None:
        further = list(dict.fromkeys(load.series[place] for place in places))
        words = (
            f"{len(places):,} points of {len(further):,} further series of {name} were not kept: there are "
            f"{self._registry.limit:,} series already"
        )
        raw = b"\n".join(one.name.encode() + b" " + one.labels for one in further[:_EXAMPLES])
        kept[load.request[places[0]]].batch.refused.append(Refused("E_SERIES_LIMIT", words, raw, name))


def _differ(kept: Sequence[Kept], load: Load, places: Integers) -> None:
    """Say, request by request, how many points came again with another value, and show some."""
    for request in np.unique(load.request[places]).tolist():
        own = places[load.request[places] == request].tolist()
        shown = [
            {
                "name": load.series[place].name,
                "labels": msgspec.Raw(load.series[place].labels),
                "time": int(load.rows.time[place]),
                "value": float(load.rows.value[place]),
            }
            for place in own[:_EXAMPLES]
        ]
        words = f"came again with another value, which is not kept ({len(own):,} in this request)"
        raw = b"\n".join(map(msgspec.json.encode, shown))
        kept[request].batch.refused.append(Refused("E_SAMPLE_DIFFERS", words, raw, load.series[own[0]].name))
