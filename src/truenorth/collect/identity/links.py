"""What clients say about ids, taken in with their events: by rules that keep two people apart.

- Ids that name nobody ("null", "undefined", …) join nobody.
- `identify` and `alias` join an id with a user's, unless that id belongs to a known user already, one who is not the
  same person: then it is refused, and the log says so.
- `merge` joins known users too.
- What was parted by hand stays apart until it is joined by hand.

The first word stands: of two that contradict each other, the second is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from truenorth.collect.identity import log
from truenorth.collect.identity.junk import is_junk
from truenorth.collect.identity.log import MAP, SPLIT, STANDING, TABLE, Line
from truenorth.collect.load.kept import Kept
from truenorth.collect.load.line import instant
from truenorth.collect.load.who import Who
from truenorth.store.engine import Engine

NOBODY = "an id that names nobody"
KNOWN = "it belongs to another known person"
APART = "they were parted by hand"
MOST = 200_000


class Said(NamedTuple):
    """What a client says about two ids."""

    kind: str
    former: str
    current: str


class Pair(NamedTuple):
    """The same by their numbers."""

    kind: str
    former: int
    current: int


class Links:
    """Takes in what clients say about ids, inside the load's transaction."""

    tables: tuple[str, ...] = (TABLE, MAP, "ids")

    def __init__(self, who: Who) -> None:
        self._who = who
        self._settled: set[Said] = set()
        self._lines = -1

    def forget(self) -> None:
        """A transaction was taken back."""
        self._settled.clear()
        self._lines = -1

    def put(self, engine: Engine, kept: Sequence[Kept]) -> None:
        """Write down what is new, and join who belongs together."""
        if not kept:
            return
        first: dict[Said, tuple[int, Kept]] = {}
        for one in kept:
            for link in one.batch.links:
                said = Said(link.kind, link.former, link.current)
                if said not in first or (link.at or one.frame.received_at) < first[said][0]:
                    first[said] = (link.at or one.frame.received_at, one)
        self._look(engine)
        fresh = [said for said in first if said not in self._settled and said.former != said.current]
        if not fresh:
            return
        fresh.sort(key=lambda said: first[said][0])
        numbers = self._numbers(engine, fresh, {said: first[said][0] for said in fresh})
        pairs = [Pair(said.kind, numbers[said.former], numbers[said.current]) for said in fresh]
        decided = Ruling(engine, pairs).decide([is_junk(said.former) or is_junk(said.current) for said in fresh])
        lines = []
        for said, pair, reason in zip(fresh, pairs, decided.reasons, strict=True):
            if reason is not None:
                at, one = first[said]
                lines.append(Line(*pair, instant(at), one.frame.source, one.load_id, reason))
        log.append(engine, lines)
        if decided.moves:
            log.move(engine, decided.moves, decided.members)
        self._lines += len(lines)
        if len(self._settled) + len(fresh) > MOST:
            self._settled.clear()
        self._settled.update(fresh)

    def _look(self, engine: Engine) -> None:
        """Forget what is settled when others wrote to the log."""
        [(lines,)] = engine.rows(f"SELECT coalesce(max(link_id), 0) FROM {TABLE}")
        if int(str(lines)) != self._lines:
            self._settled.clear()
            self._lines = int(str(lines))

    def _numbers(self, engine: Engine, fresh: Sequence[Said], times: dict[Said, int]) -> dict[str, int]:
        when: dict[str, int] = {}
        for said in fresh:
            for name in (said.former, said.current):
                when.setdefault(name, times[said])
        found = self._who.numbers(engine, list(when), np.array(list(when.values()), np.int64))
        return {name: number for name, number in zip(when, found, strict=True) if number is not None}


class Ruling:
    """What becomes of links, one after the other: `reasons` has None for what was said before, "" for what joins, else
    why it does not; `moves` leads from persons to the persons they are now, for all `members` of pairs that joined."""

    def __init__(self, engine: Engine, pairs: Sequence[Pair]) -> None:
        self.pairs = pairs
        self.reasons: list[str | None] = []
        self.members: dict[int, None] = {}
        self._engine = engine
        ids = sorted({number for pair in pairs for number in pair[1:]})
        self._person = self._persons(ids)
        self._now: dict[int, int] = {}
        self._known = self._known_of({self._person.get(number, number) for number in ids})
        self._standing, self._refused = self._said()

    @property
    def moves(self) -> dict[int, int]:
        """From each person that became another to the one it is now."""
        return {person: self._root(person) for person in self._now}

    def decide(self, junk: Iterable[bool]) -> Ruling:
        """Rule on every link in order."""
        for pair, names_nobody in zip(self.pairs, junk, strict=True):
            both = (min(pair[1:]), max(pair[1:]))
            reason = self._reason(pair, names_nobody, both)
            if reason:
                self.reasons.append(None if pair[1:] in self._refused else reason)
                self._refused.add(pair[1:])
            elif both in self._standing:
                self.reasons.append(None)
            else:
                self.reasons.append("")
                self._standing[both] = pair.kind
                self._join(pair)
        return self

    def _reason(self, pair: Pair, names_nobody: bool, both: tuple[int, int]) -> str:
        if names_nobody:
            return NOBODY
        if self._standing.get(both) == SPLIT:
            return APART
        former, current = (self._root(self._person.get(number, number)) for number in pair[1:])
        if former != current and former in self._known and pair.kind != "merge":
            return KNOWN
        return ""

    def _join(self, pair: Pair) -> None:
        one, other = (self._root(self._person.get(number, number)) for number in pair[1:])
        low, high = sorted((one, other))
        if low != high:
            self._now[high] = low
        self._known.add(low)
        self.members |= dict.fromkeys((*pair[1:], low, high))

    def _root(self, person: int) -> int:
        while person in self._now:
            person = self._now[person]
        return person

    def _persons(self, ids: Sequence[int]) -> dict[int, int]:
        """The persons of ids that have a row."""
        rows = self._over("asked", ids, f"SELECT who, person FROM {MAP} SEMI JOIN asked ON asked.number = {MAP}.who")
        return {int(str(who)): int(str(person)) for who, person in rows}

    def _known_of(self, persons: Iterable[int]) -> set[int]:
        """Those persons who are known: an id of theirs was named as a user's."""
        sql = (
            f"SELECT DISTINCT coalesce(person, named.current) FROM (SELECT DISTINCT current FROM {TABLE} WHERE "
            f"refused IS NULL AND kind <> '{SPLIT}') AS named LEFT JOIN {MAP} ON who = named.current "
            "WHERE coalesce(person, named.current) IN (SELECT number FROM asked)"
        )
        return {int(str(person)) for (person,) in self._over("asked", sorted(persons), sql)}

    def _said(self) -> tuple[dict[tuple[int, int], str], set[tuple[int, ...]]]:
        """What stands about the same pairs, and which were refused."""
        ids = sorted({number for pair in self.pairs for number in pair[1:]})
        near = f"FROM {TABLE} SEMI JOIN asked ON asked.number = former WHERE"
        standing = self._over("asked", ids, STANDING.replace(f"FROM {TABLE} WHERE", near))
        refused = self._over("asked", ids, f"SELECT DISTINCT former, current {near} refused IS NOT NULL")
        known = {(int(str(one)), int(str(other))): str(kind) for one, other, kind in standing}
        return known, {(int(str(former)), int(str(current))) for former, current in refused}

    def _over(self, name: str, numbers: Sequence[int], sql: str) -> list[tuple[object, ...]]:
        import pyarrow as pa

        with self._engine.lent(name, pa.table({"number": pa.array(numbers, pa.uint32())})):
            return self._engine.rows(sql)
