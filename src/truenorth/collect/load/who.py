"""A dense number for every id that events name: given once, at the load, and never to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from truenorth.collect.load.moment import Times
from truenorth.store.engine import Engine

TABLE = "ids"
MOST = 400_000
LONGEST = 200


_EARLIER = f"""
UPDATE {TABLE} SET first_seen = fresh.time
FROM (SELECT who, min(time) AS time FROM {{rows}} GROUP BY who) AS fresh
WHERE {TABLE}.who = fresh.who AND fresh.time < {TABLE}.first_seen
"""


def move_back(engine: Engine, rows: str) -> None:
    """Ids are first seen when their earliest event was, also one that comes late; `rows` have `who` and `time`."""
    engine.write(_EARLIER.format(rows=rows))


class Who:
    """Gives numbers to ids, inside the load's transaction; remembers the ids it saw last."""

    def __init__(self) -> None:
        self._known: dict[str | None, int] = {}
        self._last = 0

    def forget(self) -> None:
        """What was given in a transaction that was taken back was not given."""
        self._known.clear()
        self._last = 0

    def numbers(self, engine: Engine, ids: Sequence[str | None], time: Times) -> list[int | None]:
        """The number of each id, None where there is none; new ids get the next ones."""
        [(last,)] = engine.rows(f"SELECT coalesce(max(who), 0) FROM {TABLE}")
        if int(str(last)) != self._last:
            # Somebody else gave numbers meanwhile, or ours were taken back.
            self._known.clear()
            self._last = int(str(last))
        known = self._known
        found = list(map(known.get, ids))
        missing = {}
        if None in found:
            for position, (name, number) in enumerate(zip(ids, found, strict=True)):
                if number is None and name and name not in missing:
                    missing[name] = position
        if missing:
            given = self._find(engine, missing)
            given |= self._give(engine, [name for name in missing if name not in given], missing, time)
            found = [number if number or not name else given[name] for name, number in zip(ids, found, strict=True)]
            self._remember(given)
        return found

    def _find(self, engine: Engine, names: Iterable[str]) -> dict[str, int]:
        """Those ids that have a number in the table."""
        import pyarrow as pa

        if not self._last:
            return {}
        with engine.lent("asked_ids", pa.table({"id": pa.array(list(names), pa.string())})):
            rows = engine.rows(f"SELECT {TABLE}.id, {TABLE}.who FROM {TABLE} SEMI JOIN asked_ids USING (id)")
        return {str(name): int(str(number)) for name, number in rows}

    def _give(self, engine: Engine, names: list[str], first: dict[str, int], time: Times) -> dict[str, int]:
        """New numbers for ids."""
        import pyarrow as pa

        if not names:
            return {}
        numbers = np.arange(self._last + 1, self._last + 1 + len(names), dtype=np.uint32)
        seen = pa.array(time[[first[name] for name in names]], pa.timestamp("us"))
        columns = pa.table({"who": pa.array(numbers), "id": pa.array(names, pa.string()), "first_seen": seen})
        with engine.lent("new_ids", columns):
            engine.write(f"INSERT INTO {TABLE} SELECT who, id, first_seen FROM new_ids")
        self._last += len(names)
        return dict(zip(names, numbers.tolist(), strict=True))

    def _remember(self, given: dict[str, int]) -> None:
        if len(self._known) + len(given) > MOST:
            self._known.clear()
        if len(given) <= MOST:
            self._known.update((name, number) for name, number in given.items() if len(name) <= LONGEST)
