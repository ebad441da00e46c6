"""PostgreSQL: tables and views by COPY, from one snapshot; changed rows by the transactions that wrote them.

Every row version names the transaction that wrote it (`xmin`), and a snapshot names the oldest one that was not over
(`horizon`). What a later pull has to read is exactly what transactions from that one on have written: rows that were
committed out of order, late, with the same cursor value, without one, or changed without touching it. Where the
database cannot tell (views), or a `lag` is stated, rows are read from the cursor on, less the lag, and never past the
start of a transaction that is still open.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from msgspec.structs import replace
from psycopg import conninfo, sql

from truenorth.base.errors import SourceError
from truenorth.base.period import parse_window
from truenorth.collect.ledger import Load
from truenorth.collect.pull import piece
from truenorth.collect.pull.connector import Column, Delivery, Offer, Passed, Place, Wanted
from truenorth.collect.pull.piece import Fetched, Pieces
from truenorth.collect.pull.secret import name_of, without_secret
from truenorth.collect.pull.table import (
    FIRST,
    GONE_ON,
    LAG,
    LAG_OF_NUMBERS,
    NULL,
    NUMBERS,
    TIMES,
    Mark,
    There,
    changes,
    chosen,
    last_pull,
    mark_of,
    not_found,
    wanted_tables,
)
from truenorth.collect.room import NO_ROOM, Room

PATIENCE = 10
HIDDEN = (
    "the user may not see open transactions (GRANT pg_read_all_stats), so one that stays open for longer than the lag "
    "can be missed"
)
_PLAIN = {
    "bool": ("boolean",),
    **dict.fromkeys(("int2", "int4", "int8", "oid"), ("integer",)),
    **dict.fromkeys(("float4", "float8"), ("float",)),
    **{name: (name,) for name in TIMES},
}
_WIDEST = 38
# Transactions are counted in 32 bits: what is older than half of that cannot be told from what is new.
_REACH = 2**31 - 10_000_000

_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), b.typname, b.typtype, b.typcategory,
  CASE WHEN b.typname = 'numeric' THEN coalesce(nullif(a.atttypmod, -1), nullif(t.typtypmod, -1), -1) ELSE -1 END
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_KEY = """
SELECT a.attname FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = %s AND i.indisprimary ORDER BY k.place
"""
_TABLES = """
SELECT n.nspname || '.' || c.relname, c.oid, greatest(c.reltuples, 0)::bigint, c.relkind IN ('v', 'm')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%%'
  AND n.nspname <> 'information_schema' AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1
"""
# The table by its name in the snapshot: its kind, where it is stored (elsewhere once it was emptied or rewritten), the
# oldest transaction that is not over, and the next one.
_FIND = """
SELECT c.oid, c.relkind::text, CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_filenode(c.oid) END,
  txid_snapshot_xmin(txid_current_snapshot()), txid_snapshot_xmax(txid_current_snapshot())
FROM pg_class c WHERE c.oid = to_regclass(%s)
"""
_BEHIND = "SELECT (now() AT TIME ZONE 'UTC') - now()::timestamp"
# The oldest transaction that is open now; none of its rows can have an older time of the server's clock.
_OPEN = """
SELECT least(clock_timestamp(), min(xact_start)), bool_or(query = '<insufficient privilege>')
FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()
"""


class Postgres:
    """A PostgreSQL database, read only."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._held: psycopg.Connection[tuple[Any, ...]] | None = None
        # How far the server's own clock is behind UTC: a timestamp without a zone may have been written by it.
        self._behind = timedelta()
        self._unchecked = False

    def offers(self) -> tuple[Offer, ...]:
        """The tables and views that may be read."""
        with self._explained():
            return tuple(
                Offer(name, tuple(Column(o.name, o.types) for o in there), self._key(table), _times(there), rows, view)
                for name, table, rows, view in self._rows(_TABLES)
                if (there := self._columns(table))
            )

    def wanted(self) -> tuple[Wanted, ...]:
        """The tables that the source names."""
        return wanted_tables(self._place.source)

    def fetch(self, wanted: Wanted, known: tuple[Load, ...], folder: Path, full: bool) -> Iterator[Delivery | Passed]:
        """The table, whole or what changed, as of one moment."""
        with self._explained():
            [(open_since, hidden)] = self._rows(_OPEN)
            self._rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                table = self._table(wanted, None if hidden else open_since)
                delivery, select = table.read(known, folder / "rows.csv", full)
                before = last_pull(known)
                if before is None and table.counted and not wanted.limit:
                    delivery = self._in_pieces(table, delivery)
                else:
                    delivery = replace(delivery, rows=self._copy(select, delivery.file))
            finally:
                self._rows("ROLLBACK")
        yield delivery
        if GONE_ON in delivery.notes and wanted.cursor:
            # What changed since the first of the pieces was fetched.
            yield from self.fetch(wanted, (Load(wanted.into, kind="whole", mark=delivery.mark),), folder, False)

    def close(self) -> None:
        """End the connection."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def _table(self, wanted: Wanted, open_since: datetime | None) -> _Table:
        """The table that is meant, in the snapshot of this transaction."""
        name = sql.Identifier(*wanted.there.split("."))
        found = self._rows(_FIND, [name.as_string(None)])
        if not found:
            raise not_found(wanted.there, [str(row[0]) for row in self._rows(_TABLES)])
        [(table, kind, storage, horizon, next_one)] = found
        columns, key = chosen(wanted, self._columns(table), self._key(table))
        identity = f"{table}.{storage}" if storage else str(table)
        mark = Mark({one.name: one.native for one in columns}, identity, horizon)
        told = kind in ("r", "p", "m") and not wanted.lag
        return _Table(wanted, name, columns, key, mark, next_one, told, (open_since, self._behind))

    def _in_pieces(self, table: _Table, delivery: Delivery) -> Delivery:
        """The whole table, in pieces that stay when this breaks off; those of an earlier pull are not fetched again."""
        pieces = Pieces(self._place.folder, self._place.source.name, table.wanted.into)
        had = pieces.before()
        if had.mark and table.news(mark_of(had.mark)):
            pieces.forget()
            had = Fetched()
        done = had if had.mark else Fetched(mark=delivery.mark)
        upto = "-"
        while upto:
            bound = self._open().execute(table.bound(done.upto)).fetchall()
            upto = str(bound[0][0]) if bound else ""
            rows = done.rows + self._copy(table.piece(done.upto, upto), pieces.file, "ab")
            done = replace(done, upto=upto, rows=rows, size=pieces.file.stat().st_size)
            if upto:
                pieces.keep(done)
        pieces.handed_over(delivery.file)
        notes = (*delivery.notes, GONE_ON) if had.mark else delivery.notes
        return replace(delivery, rows=done.rows, mark=done.mark, notes=notes)

    def _columns(self, table: int) -> tuple[There, ...]:
        return tuple(_column(*row) for row in self._rows(_COLUMNS, [table]))

    def _key(self, table: int) -> tuple[str, ...]:
        return tuple(str(row[0]) for row in self._rows(_KEY, [table]))

    def _rows(self, statement: str, values: list[object] | None = None) -> list[tuple[Any, ...]]:
        cursor = self._open().execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def _copy(self, select: sql.Composed, file: Path, mode: str = "wb") -> int:
        """Write the rows into a file; how many there are."""
        copying = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, NULL {})").format(select, sql.Literal(NULL))
        held = self._open()
        statement = copying.as_bytes(held)
        if self._unchecked:
            # Such a server looks at no bytes, so it is not asked to make UTF-8 of them: that would break off here.
            self._rows("SET LOCAL client_encoding = 'SQL_ASCII'")
        with file.open(mode) as out, held.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for data in copy:
                    out.write(data)
            return _copied(cursor)

    def _open(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._held is None:
            secret = self._place.password()
            given: dict[str, str | int] = {"application_name": "truenorth", "connect_timeout": PATIENCE}
            words = conninfo.make_conninfo(self._place.source.url, **given, **({"password": secret} if secret else {}))
            held = psycopg.connect(words, autocommit=True)
            self._unchecked = held.info.parameter_status("server_encoding") == "SQL_ASCII"
            [behind] = held.execute(_BEHIND).fetchone() or [timedelta()]
            self._behind = max(behind, timedelta())
            held.execute("SET client_encoding = 'UTF8'")
            held.execute("SET timezone = 'UTC'")
            held.execute("SET datestyle = 'ISO'")
            held.execute("SET statement_timeout = 0")
            self._held = held
        return self._held

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except psycopg.OperationalError as error:
            self.close()
            raise self._failure("E_SOURCE_UNREACHABLE", error, "check the address, the user and the password") from None
        except psycopg.Error as error:
            raise self._failure("E_SOURCE_FAILED", error, "") from None

    def _failure(self, code: str, error: psycopg.Error, hint: str) -> SourceError:
        said = str(error).strip().partition("\n")[0] or type(error).__name__
        place = self._place
        if "password authentication" in said or "no password supplied" in said:
            hint = f"give the password as {name_of(place.source)} in the environment or in .truenorth/secrets"
        elif "permission denied" in said:
            hint = "let the user read it: GRANT SELECT ON … TO …"
        return SourceError(code, f"PostgreSQL says: {without_secret(said, place.password())}", hint=hint)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table in a snapshot: what is wanted of it, its columns and key, and what the snapshot tells.

    `told` is whether its rows name the transactions that wrote them; `open_since` when the oldest open one began (None
    where the user may not see that), and how far the server's clock is behind UTC.
    """

    wanted: Wanted
    name: sql.Identifier
    columns: list[There]
    key: tuple[str, ...]
    mark: Mark
    next_one: int
    told: bool
    open_since: tuple[datetime | None, timedelta]

    def read(self, known: tuple[Load, ...], file: Path, full: bool) -> tuple[Delivery, sql.Composed]:
        """What to deliver, and the select that gives its rows."""
        before = last_pull(known)
        news: tuple[str, ...] = ()
        condition: sql.Composed | None = None
        if before is not None and self.wanted.cursor and not full:
            news = self.news(before[1])
            condition = None if news else self._changed(*before)
        columns = tuple(Column(one.name, one.types) for one in self.columns)
        delivery = Delivery(
            file,
            "whole" if condition is None else "changed",
            self.wanted.there,
            columns,
            NULL,
            room=Room(keys=self.key) if self.wanted.cursor else NO_ROOM,
            mark=str(self.mark),
            cursor=self.wanted.cursor,
            until="" if self.told else self._until(),
            notes=news or self._notes(first=before is None),
        )
        select = self._select()
        if condition is not None:
            select += sql.SQL(" WHERE ") + condition
        return delivery, select + sql.SQL(f" LIMIT {self.wanted.limit}" if self.wanted.limit else "")

    def _select(self) -> sql.Composed:
        listed = sql.SQL(", ").join(sql.SQL(one.sql).format(sql.Identifier(one.name)) for one in self.columns)
        return sql.SQL("SELECT {} FROM {}").format(listed, self.name)

    @property
    def counted(self) -> bool:
        """Whether it can be fetched in pieces: its key is one whole number, and what changes meanwhile is told."""
        whole = [one.name for one in self.columns if one.types == ("integer",)]
        return len(self.key) == 1 and self.key[0] in whole and (self.told or not self.wanted.cursor)

    def bound(self, after: str) -> sql.Composed:
        """The select of the key with which a piece ends; no row where the rest is the last one."""
        key = sql.Identifier(self.key[0])
        select = sql.SQL("SELECT {} FROM {}").format(key, self.name) + self._between(after, "")
        return select + sql.SQL(" ORDER BY {} OFFSET {} LIMIT 1").format(key, sql.Literal(piece.ROWS - 1))

    def piece(self, after: str, upto: str) -> sql.Composed:
        """The select of the rows of a piece."""
        return self._select() + self._between(after, upto)

    def _between(self, after: str, upto: str) -> sql.Composed:
        key = sql.Identifier(self.key[0])
        bounds = [(">", after), ("<=", upto)]
        conditions = [sql.SQL(f"{{}} {sign} {{}}").format(key, sql.Literal(int(end))) for sign, end in bounds if end]
        held = sql.SQL(" AND ").join(conditions)
        return sql.SQL(" WHERE ") + held if conditions else sql.SQL("{}").format(held)

    def _notes(self, first: bool) -> tuple[str, ...]:
        notes = [FIRST] if self.wanted.cursor and first and not self.wanted.full else []
        if self.wanted.cursor and not self.told and self.open_since[0] is None:
            notes.append(HIDDEN)
        return tuple(notes)

    def news(self, before: Mark) -> tuple[str, ...]:
        """Why changed rows alone would not do."""
        if before.shape != self.mark.shape:
            return changes(before.shape, self.mark.shape)
        if before.table != self.mark.table:
            return ("the table was emptied, rewritten or made anew, so it was read whole",)
        if self.told and not 0 <= self.next_one - before.horizon < _REACH:
            return ("the last pull was too long ago to tell what changed since, so the table was read whole",)
        return ()

    def _changed(self, load: Load, before: Mark) -> sql.Composed:
        """The condition that rows written since a pull meet, and perhaps some that were read before."""
        if self.told:
            horizon = sql.Literal(str(before.horizon % 2**32))
            return sql.SQL("age({}.xmin) <= age({}::xid)").format(self.name, horizon)
        column, kind = sql.Identifier(self.wanted.cursor), self._cursor().native
        since = sql.SQL("{}::" + kind).format(sql.Literal(load.cursor))
        if self._cursor().types[0] in TIMES:
            length = "{} {}".format(*parse_window(self.wanted.lag or LAG))
            since = sql.SQL("({} - {}::interval)").format(since, sql.Literal(length))
        elif self._cursor().types[0].startswith(NUMBERS):
            lag = int(self.wanted.lag) if self.wanted.lag.strip().isdigit() else LAG_OF_NUMBERS
            since = sql.SQL("({} - {})").format(since, sql.Literal(lag))
        if not load.cursor:
            return sql.SQL("true").format()
        return sql.SQL("({column} >= {since} OR {column} IS NULL)").format(column=column, since=since)

    def _cursor(self) -> There:
        return next(one for one in self.columns if one.name == self.wanted.cursor)

    def _until(self) -> str:
        """The time from which on rows may come that are not to be seen yet, for cursors that are times."""
        moment, behind = self.open_since
        if moment is None or not self.wanted.cursor or self._cursor().types[0] not in TIMES:
            return ""
        return str(moment if self._cursor().types[0] == "timestamptz" else moment - behind)


def _copied(cursor: psycopg.Cursor[tuple[Any, ...]]) -> int:
    """How many rows the server says that it copied."""
    return cursor.rowcount


def _times(there: tuple[There, ...]) -> tuple[str, ...]:
    return tuple(one.name for one in there if one.types[0] in ("timestamp", "timestamptz"))


def _column(name: str, native: str, base: str, kind: str, category: str, modifier: int) -> There:
    """A column with the SQL that reads it as text that comes back exactly, and our words for its type."""
    if base in _PLAIN and kind in ("b", "d") and category != "A":
        return There(name, native, "{}", _PLAIN[base])
    if base == "numeric":
        width, scale = (modifier - 4) >> 16 & 0xFFFF, ((modifier - 4 & 0x7FF) ^ 1024) - 1024
        fixed = modifier >= 4 and width <= _WIDEST and 0 <= scale <= width
        return There(name, native, "{}", (f"decimal({width},{scale})",) if fixed else ("decimal", "float"))
    if base == "money":
        return There(name, native, "{}::numeric", ("decimal", "float"))
    if category == "A" or kind == "c":
        return There(name, native, "to_json({})::text", ("text",))
    if base == "bytea":
        return There(name, native, "encode({}, 'hex')", ("text",))
    return There(name, native, "{}::text", ("text",))
