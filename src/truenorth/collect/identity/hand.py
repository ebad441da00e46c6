"""Joining and parting ids by hand: one more line of the log, which one more line takes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from truenorth.base.errors import SourceError
from truenorth.collect.identity import log
from truenorth.collect.identity.log import MAP, SPLIT, STANDING, TABLE, Line
from truenorth.store.engine import Engine
from truenorth.store.values import literal

BY_HAND = "by hand"


class Known(Struct, frozen=True):
    """One id of a person."""

    id: str
    who: int
    first_seen: datetime | None
    events: int


class Told(Struct, frozen=True):
    """One line of the log, with the ids as they are written."""

    at: datetime | None
    kind: str
    former: str
    current: str
    source: str
    refused: str


class Person(Struct, frozen=True):
    """All that is known about who an id is."""

    person: int
    ids: tuple[Known, ...]
    lines: tuple[Told, ...]

    @property
    def events(self) -> int:
        """How many events the person has."""
        return sum(one.events for one in self.ids)


def merge(engine: Engine, former: str, current: str, now: datetime) -> bool:
    """Join two ids, and all that each is joined with; False when a line joins them already."""
    with engine.transaction(TABLE, MAP, "ids"):
        log.prepare(engine)
        one, other = numbers(engine, former, current)
        if one == other or standing(engine).get((min(one, other), max(one, other)), SPLIT) != SPLIT:
            return False
        log.append(engine, [Line("merge", one, other, now, BY_HAND)])
        log.rebuild(engine)
    return True


def split(engine: Engine, former: str, current: str, now: datetime) -> tuple[str, ...]:
    """Part two ids, or with "" as the second an id from all it was joined with directly; from whom it was parted.

    SourceError E_NOT_LINKED when no line joins them: then they are one person through others, who are named.
    """
    with engine.transaction(TABLE, MAP, "ids"):
        log.prepare(engine)
        one, *others = numbers(engine, former, *([current] if current else []))
        pairs = [pair for pair, kind in standing(engine).items() if kind != SPLIT and one in pair]
        joined = [high if low == one else low for low, high in pairs]
        parted = [number for number in joined if not others or number in others]
        if not parted:
            raise not_linked(engine, former, current, joined)
        log.append(engine, [Line(SPLIT, one, number, now, BY_HAND) for number in parted])
        log.rebuild(engine)
        return names(engine, parted)


def show(engine: Engine, name: str) -> Person:
    """The person that an id belongs to."""
    there = set(engine.tables())
    if "ids" not in there:
        raise unknown(name)
    [who] = numbers(engine, name)
    found = engine.rows(f"SELECT person FROM {MAP} WHERE who = {who}") if MAP in there else []
    person = int(str(found[0][0])) if found else who
    own = f"SELECT who FROM {MAP} WHERE person = {person} UNION SELECT {person}" if found else f"SELECT {person}"
    events = "LEFT JOIN (SELECT who, count(*) AS n FROM events GROUP BY who) AS counts USING (who)"
    count = ("coalesce(n, 0)", events) if "events" in there else ("0", "")
    ids = engine.rows(
        f"SELECT id, who, first_seen, {count[0]} FROM ids {count[1]} WHERE who IN ({own}) ORDER BY first_seen, who"
    )
    lines = said_about(engine, own) if TABLE in there else ()
    return Person(
        person,
        tuple(Known(str(row[0]), int(str(row[1])), moment(row[2]), int(str(row[3]))) for row in ids),
        lines,
    )


def named(engine: Engine, numbers: Sequence[int]) -> dict[int, str]:
    """The ids of numbers, as far as there are any."""
    if "ids" not in set(engine.tables()) or not numbers:
        return {}
    wanted = ", ".join(str(int(one)) for one in numbers)
    return {int(str(who)): str(name) for name, who in engine.rows(f"SELECT id, who FROM ids WHERE who IN ({wanted})")}


def newest(engine: Engine, most: int = 50) -> tuple[Known, ...]:
    """The ids that were seen for the first time most lately; how many events they have is not looked up."""
    if "ids" not in set(engine.tables()):
        return ()
    rows = engine.rows(
        f"SELECT id, who, first_seen, 0 FROM ids ORDER BY first_seen DESC NULLS LAST, who DESC LIMIT {most}"
    )
    return tuple(Known(str(row[0]), int(str(row[1])), moment(row[2]), 0) for row in rows)


def said_about(engine: Engine, own: str) -> tuple[Told, ...]:
    """The lines of the log about some ids, given as a select of their numbers."""
    rows = engine.rows(
        f"SELECT said_at, kind, a.id, b.id, source, coalesce(refused, '') FROM {TABLE} "
        "JOIN ids AS a ON a.who = former JOIN ids AS b ON b.who = current "
        f"WHERE former IN ({own}) OR current IN ({own}) ORDER BY link_id"
    )
    return tuple(Told(moment(row[0]), *(str(text) for text in row[1:])) for row in rows)


def numbers(engine: Engine, *ids: str) -> list[int]:
    """The numbers of ids; SourceError E_UNKNOWN_ID for one that nobody sent."""
    found = []
    for name in ids:
        rows = engine.rows(f"SELECT who FROM ids WHERE id = {literal(name)}")
        if not rows:
            raise unknown(name)
        found.append(int(str(rows[0][0])))
    return found


def names(engine: Engine, some: list[int]) -> tuple[str, ...]:
    """The ids of numbers, in the order of the numbers."""
    wanted = ", ".join(map(str, sorted(some)))
    return tuple(str(name) for (name,) in engine.rows(f"SELECT id FROM ids WHERE who IN ({wanted}) ORDER BY who"))


def standing(engine: Engine) -> dict[tuple[int, int], str]:
    """What the last line about each two ids says."""
    return {(int(str(one)), int(str(other))): str(kind) for one, other, kind in engine.rows(STANDING)}


def unknown(name: str) -> SourceError:
    """Nobody sent that id."""
    hint = "ids are written exactly as they were sent; `truenorth status` says whether anything came in"
    return SourceError("E_UNKNOWN_ID", f'no event and no link names "{name}"', hint=hint)


def not_linked(engine: Engine, former: str, current: str, joined: list[int]) -> SourceError:
    """No line joins the two."""
    if not current:
        return SourceError("E_NOT_LINKED", f'"{former}" is joined with nobody')
    others = ", ".join(f'"{name}"' for name in names(engine, joined)) if joined else "nobody"
    hint = f'"{former}" is joined with {others}; part it from one of them' if joined else ""
    return SourceError("E_NOT_LINKED", f'no line joins "{former}" with "{current}"', hint=hint)


def moment(value: object) -> datetime | None:
    """A time of the warehouse."""
    return value if isinstance(value, datetime) else None
