"""Rows that come again: what of the table makes room for them, and which of them are not to come in."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from truenorth.base.errors import SourceError
from truenorth.collect.kind import ROWS
from truenorth.collect.ledger import MARK
from truenorth.collect.reading import Reading
from truenorth.store.engine import Engine
from truenorth.store.values import quoted


class Room(Struct, frozen=True):
    """Which rows come again: those of loads (`superseded`), or those with the same `keys`.

    Of rows with the same keys the one with the larger `newest` stays. Where the column `gone` is true, the row is no
    more: it does not come in, and what was there under its keys goes. Rows that come `together` may share their keys,
    as the lines of one order do; rows without a key are nobody's, and stand for none.
    """

    superseded: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    newest: str = ""
    gone: str = ""
    together: bool = False


class Made(Struct, frozen=True):
    """How many rows of the table went, and how many staged ones were left out: older than what is there, or gone."""

    replaced: int = 0
    older: int = 0
    gone: int = 0


NO_ROOM, NOTHING_MADE = Room(), Made()


def make_room(engine: Engine, target: str, room: Room, readings: Sequence[Reading]) -> Made:
    """Take away what comes again, and from the staged rows what is not to come in."""
    made = NOTHING_MADE
    if room.superseded:
        numbers = ", ".join(str(int(number)) for number in room.superseded)
        made = Made(replaced=_deleted(engine, target, f"{quoted(MARK)} IN ({numbers})"))
    if not room.keys:
        return made
    values = {reading.name.casefold(): _value(reading, position) for position, reading in enumerate(readings)}
    keys = _keys(room, values, readings)
    if room.together:
        return Made(made.replaced + _replaced(engine, target, keys, "="))
    newest = values.get(room.newest.casefold(), "") if room.newest else ""
    older = _older(engine, target, keys, (room.newest, newest)) if newest else 0
    if not newest:
        _check_once(engine, keys)
    replaced = _replaced(engine, target, keys, "IS NOT DISTINCT FROM")
    gone = _deleted(engine, ROWS, f"coalesce({values[room.gone.casefold()]}, false)") if room.gone else 0
    return Made(replaced, older, gone)


def _keys(room: Room, values: dict[str, str], readings: Sequence[Reading]) -> dict[str, str]:
    """The keys with their values in SQL; SourceError E_COLUMN_NOT_FOUND where one is not among what comes."""
    for name in room.keys:
        if name.casefold() not in values:
            hint = "its columns are " + ", ".join(reading.name for reading in readings)
            raise SourceError("E_COLUMN_NOT_FOUND", f'no column "{name}", which tells the rows apart', hint=hint)
    return {name: values[name.casefold()] for name in room.keys}


def _replaced(engine: Engine, target: str, keys: dict[str, str], like: str) -> int:
    """How many rows of the table had the keys of those that come; they are gone."""
    same = " AND ".join(f"held.{quoted(name)} {like} come.{quoted(name)}" for name in keys)
    come = ", ".join(f"{value} AS {quoted(name)}" for name, value in keys.items())
    return _deleted(engine, target, f"EXISTS (SELECT 1 FROM (SELECT {come} FROM {ROWS}) AS come WHERE {same})")


def _value(reading: Reading, position: int) -> str:
    return reading.sql or f"c{position}"


def _deleted(engine: Engine, target: str, condition: str) -> int:
    """How many rows of a table met a condition; they are gone."""
    [(count,)] = engine.rows(f"SELECT count(*) FROM {target} AS held WHERE {condition}")
    if count:
        engine.write(f"DELETE FROM {target} AS held WHERE {condition}")
    return int(str(count))


def _older(engine: Engine, target: str, keys: dict[str, str], newest: tuple[str, str]) -> int:
    """Leave the newest of each key among the staged rows, and none that is older than the one in the table."""
    name, value = newest
    among = ", ".join(keys.values())
    ranked = f"row_number() OVER (PARTITION BY {among} ORDER BY {value} DESC NULLS LAST, record DESC) AS place"
    doubled = f"record IN (SELECT record FROM (SELECT record, {ranked} FROM {ROWS}) AS ranked WHERE place > 1)"
    come = ", ".join((*(f"{value} AS {quoted(key)}" for key, value in keys.items()), f"{value} AS come_newest"))
    same = " AND ".join(f"there.{quoted(key)} IS NOT DISTINCT FROM come.{quoted(key)}" for key in keys)
    late = (
        f"record IN (SELECT record FROM (SELECT record, {come} FROM {ROWS}) AS come JOIN {target} AS there "
        f"ON {same} AND there.{quoted(name)} > come.come_newest)"
    )
    return _deleted(engine, ROWS, doubled) + _deleted(engine, ROWS, late)


def _check_once(engine: Engine, keys: dict[str, str]) -> None:
    among = ", ".join(keys.values())
    sql = f"SELECT {among} FROM {ROWS} GROUP BY {among} HAVING count(*) > 1 LIMIT 1"
    for row in engine.rows(sql):
        told = ", ".join(f"{name} {value}" for name, value in zip(keys, row, strict=True))
        message = f"{', '.join(keys)} does not tell one row from another: {told} stands more than once"
        hint = "name columns that do under primary_key, or take `cursor` out so that the table is read whole"
        raise SourceError("E_DOUBLED_KEY", message, hint=hint)
