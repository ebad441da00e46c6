"""Tables of databases: what a source asks for, what a pull leaves for the next, and how a table's shape changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from msgspec import Struct

from truenorth.base.errors import SourceError, did_you_mean
from truenorth.collect.ledger import Load
from truenorth.collect.pull.connector import Wanted
from truenorth.define.model import Source
from truenorth.define.rules.source import into

NULL = "\\N"
NO_DATE = "0000-00-00"  # as MySQL writes that there is none
LAG = "10 minutes"
LAG_OF_NUMBERS = 10_000
TIMES = ("date", "timestamp", "timestamptz")
NUMBERS = ("integer", "decimal", "UBIGINT")


class There(Struct, frozen=True):
    """A column as the database has it: its type in the database's words, the SQL that reads it, our words for it."""

    name: str
    native: str
    sql: str
    types: tuple[str, ...]


class Mark(Struct, frozen=True):
    """What a pull leaves for the next: the table's shape, which one it was, and how far its transactions were seen."""

    shape: dict[str, str] = {}
    table: str = ""
    horizon: int = 0

    def __str__(self) -> str:
        return json.dumps({"shape": self.shape, "table": self.table, "horizon": self.horizon}, ensure_ascii=False)


def wanted_tables(source: Source) -> tuple[Wanted, ...]:
    """The tables that a source names."""
    return tuple(
        Wanted(
            one.name,
            one.from_ or one.name,
            into(source, one),
            tuple(one.primary_key),
            one.cursor,
            tuple(one.columns),
            one.lag or source.lag,
            one.full or source.full,
        )
        for one in source.tables
    )


def last_pull(known: Sequence[Load]) -> tuple[Load, Mark] | None:
    """The newest load that a pull left, with its mark; None when there is none to go on from."""
    for load in known:
        if load.kind in ("whole", "changed") and load.mark:
            return load, mark_of(load.mark)
    return None


def mark_of(text: str) -> Mark:
    """A mark as the ledger keeps it."""
    held = json.loads(text)
    return Mark(held["shape"], held["table"], held["horizon"])


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """How a table's columns changed, in words."""
    words = [f"new column: {name}" for name in now if name not in before]
    words += [f"column gone: {name}" for name in before if name not in now]
    both = [name for name in now if name in before and before[name] != now[name]]
    words += [f"{name} is {now[name]} now, it was {before[name]}" for name in both]
    return (*words, "so the table was read whole") if words else ()


def chosen(wanted: Wanted, there: Sequence[There], key: Sequence[str]) -> tuple[list[There], tuple[str, ...]]:
    """The columns to read, and the primary key; SourceError when one is named that the table does not have."""
    names = [one.name for one in there]
    for name in (*wanted.columns, *wanted.primary_key, *filter(None, (wanted.cursor,))):
        if name not in names:
            hint = did_you_mean(name, names) or "its columns are " + ", ".join(names)
            raise SourceError("E_COLUMN_NOT_FOUND", f'no column "{name}" in {wanted.there}', hint=hint)
    keys = wanted.primary_key or tuple(key)
    if wanted.cursor and not keys:
        message = f"{wanted.there} has no primary key, so its changed rows cannot be put in place of what they were"
        hint = "name columns that tell rows apart: primary_key: [id]; or take `cursor` out, to read it whole each time"
        raise SourceError("E_NO_PRIMARY_KEY", message, hint=hint)
    needed = {*wanted.columns, *keys, *filter(None, (wanted.cursor,))}
    return [one for one in there if not wanted.columns or one.name in needed], keys


def not_found(table: str, known: Sequence[str]) -> SourceError:
    """The error for a table that is not there, with the nearest that are."""
    plain = {name: name.rpartition(".")[2] for name in known}
    near = did_you_mean(table, known) or did_you_mean(table.rpartition(".")[2], plain.values())
    hint = near or ("there are " + ", ".join(known[:8]) if known else "the user may read none")
    return SourceError("E_TABLE_NOT_FOUND", f'no table "{table}" that may be read', hint=hint)


GONE_ON = "an earlier pull broke off, and this one went on where it stopped"
FIRST = "from now on only rows that changed are read; those deleted there go when the table is read whole"
