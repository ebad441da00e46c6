"""A dense number for every series: given once, at the load, up to a limit; and what each series said last.

What is remembered of series makes the common case cheap: points that come in the order of their times need no look into
the tables. It is all in the tables as well, and read from there after a start or when a transaction was taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from truenorth.collect.receive.batch import Family, Floats, Integers, Series
from truenorth.store.engine import Engine
from truenorth.store.values import literal

TABLE = "series"
MOST = 1_000_000
# How many series are known by their objects before all are looked up anew.
_AT_HAND = 250_000
NEVER = -(1 << 62)
# What an increase is made of: nothing, differences of a running count, the values themselves.
PLAIN, RUNNING, DELTA = 0, 1, 2
_COUNTING = ("counter", "histogram", "unknown")


def makes(kind: str, temporality: str) -> int:
    """How a series' increase is made.

    >>> makes("counter", "cumulative"), makes("updown", "delta"), makes("gauge", "")
    (1, 2, 0)
    """
    if temporality == "delta":
        return DELTA
    return RUNNING if kind in _COUNTING else PLAIN


class Latest:
    """What each series said last, by its number: `seen` the time of its last point, `time` and `value` of its last
    finite number, `makes` how its increase is made."""

    def __init__(self) -> None:
        self.seen: Integers = np.full(1024, NEVER, np.int64)
        self.time: Integers = np.full(1024, NEVER, np.int64)
        self.value: Floats = np.full(1024, np.nan)
        self.makes: NDArray[np.int8] = np.zeros(1024, np.int8)

    def room(self, numbers: int) -> None:
        """Make room for numbers below this one."""
        have = len(self.seen)
        if numbers > have:
            more = max(numbers, 2 * have) - have
            self.seen = np.concatenate([self.seen, np.full(more, NEVER, np.int64)])
            self.time = np.concatenate([self.time, np.full(more, NEVER, np.int64)])
            self.value = np.concatenate([self.value, np.full(more, np.nan)])
            self.makes = np.concatenate([self.makes, np.zeros(more, np.int8)])


class Registry:
    """Gives numbers to series, inside the load's transaction."""

    def __init__(self, limit: int = MOST) -> None:
        self.limit = limit
        self.latest = Latest()
        self._known: dict[str, dict[Series, int]] = {}
        self._families: dict[tuple[str, str], tuple[str, str]] = {}
        self._next = 1
        self._state: tuple[object, ...] = ()

    def forget(self) -> None:
        """What was remembered in a transaction that was taken back may be wrong."""
        self._state = ()

    def open(self, engine: Engine) -> None:
        """Look whether the tables are as they were left; if not, read from them what each series said last."""
        if self._state and self._state == _state(engine):
            return
        self.latest, self._known, self._families = Latest(), {}, {}
        [(last,)] = engine.rows(f"SELECT coalesce(max(series_id), 0) FROM {TABLE}")
        self._next = int(str(last)) + 1
        self.latest.room(self._next)
        self._read(engine)

    def leave(self, engine: Engine) -> None:
        """Note how the tables are left."""
        self._state = _state(engine)

    def families(self, engine: Engine, source: str, families: Sequence[Family]) -> None:
        """Take in what a sender says about the kinds and units of its series."""
        new = {}
        for one in families:
            said = (one.kind, one.unit)
            if self._families.get((source, one.name)) != said:
                self._families[source, one.name] = new[one.name] = said
        if not new:
            return
        values = ", ".join(f"({', '.join(map(literal, (name, *said)))})" for name, said in new.items())
        told = f"(VALUES {values}) AS told(name, kind, unit)"
        others = (
            f"series.name = told.name AND series.source = {literal(source)} AND series.temporality <> 'delta' "
            "AND (series.kind, series.unit) IS DISTINCT FROM (told.kind, told.unit)"
        )
        changed = engine.rows(f"SELECT series_id, told.kind FROM {TABLE}, {told} WHERE {others}")
        if not changed:
            return
        flow = "CASE told.kind WHEN 'counter' THEN 'cumulative' ELSE '' END"
        engine.write(
            f"UPDATE {TABLE} SET kind = told.kind, unit = told.unit, temporality = {flow} FROM {told} WHERE {others}"
        )
        for number, kind in changed:
            self.latest.makes[int(str(number))] = makes(str(kind), "")
        plain = [str(number) for number, kind in changed if makes(str(kind), "") == PLAIN]
        if plain:
            engine.write(f"UPDATE minutes SET increase = NULL WHERE series_id IN ({', '.join(plain)})")

    def numbers(self, engine: Engine, source: str, series: Sequence[Series], times: Integers) -> Integers:
        """The number of each series, -1 for those beyond the limit."""
        known = self._known.setdefault(source, {})
        found = np.array([known.get(one, 0) for one in series], np.int64)
        if not found.all():
            missing = {series[place]: place for place in np.flatnonzero(found == 0).tolist()[::-1]}
            if sum(map(len, self._known.values())) + len(missing) > _AT_HAND:
                for held in self._known.values():
                    held.clear()
                missing = {series[place]: place for place in range(len(series))[::-1]}
            given = self._give(engine, source, list(missing), times[list(missing.values())])
            known.update((one, number) for one, number in given.items() if number > 0)
            found = np.array([number if (number := known.get(one, 0)) else -1 for one in series], np.int64)
        return found

    def _give(self, engine: Engine, source: str, series: list[Series], times: Integers) -> dict[Series, int]:
        """The numbers of series that are not at hand: those in the table, and new ones."""
        import pyarrow as pa

        keys = [_key(source, one) for one in series]
        asked = pa.table({"key": pa.array(keys, pa.binary())})
        with engine.lent("asked_series", asked):
            rows = engine.rows(f"SELECT key, series_id FROM {TABLE} SEMI JOIN asked_series USING (key)")
        there: dict[object, int] = {bytes(key): int(str(number)) for key, number in rows if isinstance(key, bytes)}
        new: dict[bytes, int] = {}
        for place, key in enumerate(keys):
            if key not in there and self._next <= self.limit:
                there[key], new[key] = self._next, place
                self._next += 1
        if new:
            places = list(new.values())
            self._write_down(engine, source, [series[place] for place in places], list(new), times[places])
        return {one: there.get(key, -1) for one, key in zip(series, keys, strict=True)}

    def _write_down(
        self, engine: Engine, source: str, series: list[Series], keys: list[bytes], times: Integers
    ) -> None:
        import pyarrow as pa

        first = self._next - len(series)
        said = [self._families.get((source, one.name)) if one.temporality != "delta" else None for one in series]
        kinds = [held[0] if held else one.kind for one, held in zip(series, said, strict=True)]
        flows = [
            ("cumulative" if held[0] == "counter" else "") if held else one.temporality
            for one, held in zip(series, said, strict=True)
        ]
        columns: dict[str, Any] = {
            "series_id": pa.array(np.arange(first, self._next, dtype=np.uint32)),
            "name": [one.name for one in series],
            "kind": kinds,
            "unit": [held[1] or one.unit if held else one.unit for one, held in zip(series, said, strict=True)],
            "temporality": flows,
            "labels": [one.labels.decode() for one in series],
            "key": pa.array(keys, pa.binary()),
            "first_seen": pa.array(times.view("datetime64[us]")),
        }
        with engine.lent("new_series", pa.table(columns)):
            engine.write(
                f"INSERT INTO {TABLE} BY NAME SELECT series_id, {literal(source)} AS source, "
                "name, kind, unit, temporality, labels::JSON::VARIANT AS labels, key, first_seen "
                "FROM new_series"
            )
        self.latest.room(self._next)
        made = [makes(kind, flow) for kind, flow in zip(kinds, flows, strict=True)]
        self.latest.makes[first : self._next] = made

    def _read(self, engine: Engine) -> None:
        latest = self.latest
        for number, kind, temporality in engine.rows(f"SELECT series_id, kind, temporality FROM {TABLE}"):
            latest.makes[int(str(number))] = makes(str(kind), str(temporality))
        sql = (
            "SELECT series_id, max(epoch_us(time)), max(epoch_us(time)) FILTER (isfinite(value)), "
            "arg_max(value, (time, coalesce(start, make_timestamp(0)))) FILTER (isfinite(value)) FROM "
            "(SELECT series_id, time, value, start FROM samples UNION ALL BY NAME "
            "SELECT series_id, time, count::DOUBLE AS value, start FROM histograms) GROUP BY series_id"
        )
        for number, seen, time, value in engine.rows(sql):
            place = int(str(number))
            latest.seen[place] = int(str(seen))
            if time is not None:
                latest.time[place], latest.value[place] = int(str(time)), float(str(value))


def _key(source: str, one: Series) -> bytes:
    """What makes a series the same one, however its labels were ordered on the way."""
    text = "\0".join([source, one.name, one.kind, one.unit, one.temporality, ""]).encode() + one.labels
    return blake2b(text, digest_size=16).digest()


def _state(engine: Engine) -> tuple[object, ...]:
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in ("samples", "histograms", TABLE))
    [row] = engine.rows(f"SELECT {counts}")
    return row
