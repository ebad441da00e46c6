"""MySQL and MariaDB: tables and views row by row, from one snapshot; changed rows by their cursor, less a lag.

MySQL does not tell which transaction wrote a row. What is read again is therefore said by the cursor: from its largest
value on, less the lag, and never past the start of a transaction that is still open (where the user may see those).
"""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pymysql
from msgspec.structs import replace
from pymysql.connections import Connection
from pymysql.converters import conversions
from pymysql.cursors import SSCursor

from truenorth.base.errors import SourceError, did_you_mean
from truenorth.base.period import parse_window, shift
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
    NO_DATE,
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

PORT = 3306
PATIENCE = 10
_WIDEST = 38
_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint", "year")
_BINARY = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob")
_SHAPES = ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon")
_SHAPES_TOO = ("geometrycollection", "geomcollection")
_UNREACHABLE = (1040, 1044, 1045, 1049, 1130, 2002, 2003, 2005, 2006, 2013, 2026)
_NO_ACCESS = (1142, 1143, 1370)
_TLS = ("disabled", "required", "verify_ca", "verify_identity")

_COLUMNS = """
SELECT column_name, column_type, data_type, coalesce(numeric_precision, 0), coalesce(numeric_scale, 0)
FROM information_schema.columns WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position
"""
_KEY = """
SELECT column_name FROM information_schema.statistics
WHERE table_schema = %s AND table_name = %s AND index_name = 'PRIMARY' ORDER BY seq_in_index
"""
_TABLES = """
SELECT table_name, coalesce(table_rows, 0), coalesce(create_time, ''), table_type LIKE '%%VIEW'
FROM information_schema.tables WHERE table_schema = %s ORDER BY table_name
"""
_OPEN = """
SELECT least(utc_timestamp(6), coalesce(min(trx_started), utc_timestamp(6)))
FROM information_schema.innodb_trx WHERE trx_mysql_thread_id <> connection_id()
"""
_SNAPSHOT = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"


class MySQL:
    """A MySQL or MariaDB database, read only."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._held: Connection[SSCursor] | None = None
        # How far the server's own clock is behind UTC: a DATETIME may have been written by it.
        self._behind = timedelta()

    def offers(self) -> tuple[Offer, ...]:
        """The tables and views that may be read."""
        with self._explained():
            offers = []
            for name, rows, _, view in self._rows(_TABLES, self._schema):
                there = self._columns(self._schema, str(name))
                columns = tuple(Column(one.name, one.types) for one in there)
                times = tuple(one.name for one in there if one.types[0] in ("timestamp", "timestamptz"))
                key, shown = self._key(self._schema, str(name)), str(view) == "1"
                offers.append(Offer(str(name), columns, key, times, int(str(rows)), shown))
            return tuple(offers)

    def wanted(self) -> tuple[Wanted, ...]:
        """The tables that the source names."""
        return wanted_tables(self._place.source)

    def fetch(self, wanted: Wanted, known: tuple[Load, ...], folder: Path, full: bool) -> Iterator[Delivery | Passed]:
        """The table, whole or what changed, as of one moment."""
        with self._explained():
            open_since = self._open_since()
            self._rows(_SNAPSHOT)
            try:
                table = self._table(wanted, open_since)
                delivery, select, values = table.read(known, folder / "rows.csv", full)
                if last_pull(known) is None and table.counted and not wanted.limit:
                    delivery, none = self._in_pieces(table, delivery)
                    rows = delivery.rows
                else:
                    rows, none = self._copy(select, values, delivery)
                notes = [f"{name}: {count:,} times {NO_DATE}, read as no date" for name, count in none.items()]
                delivery = replace(delivery, rows=rows, notes=(*delivery.notes, *notes))
            finally:
                self._rows("ROLLBACK")
        yield delivery
        if GONE_ON in delivery.notes and wanted.cursor:
            # What changed since the first of the pieces was fetched.
            first = Load(wanted.into, kind="whole", mark=delivery.mark, cursor=delivery.until)
            yield from self.fetch(wanted, (first,), folder, False)

    def close(self) -> None:
        """End the connection."""
        if self._held is not None:
            self._held.close()
            self._held = None

    @property
    def _schema(self) -> str:
        return unquote(urlsplit(self._place.source.url).path.strip("/"))

    def _open_since(self) -> datetime | None:
        """When the oldest open transaction began; None where the user may not see others'."""
        try:
            [(since,)] = self._rows(_OPEN)
        except pymysql.err.MySQLError:
            return None
        return datetime.fromisoformat(str(since))

    def _table(self, wanted: Wanted, open_since: datetime | None) -> _Table:
        schema, _, name = wanted.there.rpartition(".")
        schema = schema or self._schema
        there = self._columns(schema, name)
        known = {str(row[0]): str(row[2]) for row in self._rows(_TABLES, schema)}
        if not there:
            raise not_found(wanted.there, list(known))
        columns, key = chosen(wanted, there, self._key(schema, name))
        mark = Mark({one.name: one.native for one in columns}, known.get(name, ""))
        return _Table(wanted, f"{quoted(schema)}.{quoted(name)}", columns, key, mark, open_since, self._behind)

    def _in_pieces(self, table: _Table, delivery: Delivery) -> tuple[Delivery, Counter[str]]:
        """The whole table, in pieces that stay when this breaks off; those of an earlier pull are not fetched again."""
        pieces = Pieces(self._place.folder, self._place.source.name, table.wanted.into)
        had = pieces.before()
        if had.mark and table.news(mark_of(had.mark)):
            pieces.forget()
            had = Fetched()
        done = had if had.mark else Fetched(mark=delivery.mark, until=delivery.until)
        upto, none = "-", Counter[str]()
        while upto:
            select, bound, values = table.piece(done.upto)
            last = self._rows(bound, *values)
            upto = _plain(last[0][0]) if last else ""
            until = f"{select} AND {quoted(table.key[0])} <= %s" if upto else select
            count, zeros = self._copy(until, [*values, *filter(None, (upto,))], delivery, pieces.file)
            none.update(zeros)
            done = replace(done, upto=upto, rows=done.rows + count, size=pieces.file.stat().st_size)
            if upto:
                pieces.keep(done)
        pieces.handed_over(delivery.file)
        notes = (*delivery.notes, GONE_ON) if had.mark else delivery.notes
        return replace(delivery, rows=done.rows, mark=done.mark, until=done.until, notes=notes), none

    def _columns(self, schema: str, table: str) -> tuple[There, ...]:
        rows = self._rows(_COLUMNS, schema, table)
        return tuple(_column(*map(str, row[:3]), width=int(str(row[3])), scale=int(str(row[4]))) for row in rows)

    def _key(self, schema: str, table: str) -> tuple[str, ...]:
        return tuple(str(row[0]) for row in self._rows(_KEY, schema, table))

    def _rows(self, statement: str, *values: str) -> list[tuple[object, ...]]:
        with self._open().cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def _copy(
        self, select: str, values: list[str], delivery: Delivery, file: Path | None = None
    ) -> tuple[int, Counter[str]]:
        """The rows as CSV, None without quotes, everything else in quotes; how many there are, and the zero dates.

        They go into the delivery's file, or are added to another.
        """
        times = [at for at, one in enumerate(delivery.columns) if one.types[0] in TIMES]
        count, none = 0, Counter[str]()
        path, mode = (file, "a") if file is not None else (delivery.file, "w")
        with self._open().cursor() as cursor, path.open(mode, encoding="utf-8", newline="") as out:
            cursor.execute(select, values or None)
            while given := cursor.fetchmany(1000):
                rows = [list(row) for row in given]
                for at in times:
                    for row in rows:
                        if _is_zero(row[at]):
                            none[delivery.columns[at].name] += 1
                            row[at] = None
                out.writelines(",".join(_told(value) for value in row) + "\n" for row in rows)
                count += len(rows)
        return count, none

    def _open(self) -> Connection[SSCursor]:
        if self._held is None:
            parts = urlsplit(self._place.source.url)
            options = dict(parse_qsl(parts.query))
            given: dict[str, Any] = {"ssl": tls(options)}
            # Values come as the server writes them: Python's own types could not hold all of them.
            given["conv"] = {kind: encode for kind, encode in conversions.items() if not isinstance(kind, int)}
            held: Connection[SSCursor] = pymysql.connect(
                host=parts.hostname or "localhost",
                port=parts.port or PORT,
                user=unquote(parts.username or ""),
                password=self._place.password(),
                database=self._schema,
                charset="utf8mb4",
                cursorclass=SSCursor,
                connect_timeout=PATIENCE,
                autocommit=True,
                **given,
            )
            self._held = held
            [(behind,)] = self._rows("SELECT greatest(0, timestampdiff(SECOND, now(), utc_timestamp()))")
            self._behind = timedelta(seconds=int(str(behind)))
            for setting in ("time_zone = '+00:00'", "net_write_timeout = 600", "sql_mode = ''"):
                self._rows(f"SET SESSION {setting}")
            self._rows("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return self._held

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            # So the driver says that a password cannot be sent without either.
            hint = "connect with TLS (?ssl_mode=required), or pip install cryptography"
            raise SourceError("E_PACKAGE_MISSING", str(error), hint=hint) from None
        except pymysql.err.MySQLError as error:
            failure = self._failure(error)
            if failure.code == "E_SOURCE_UNREACHABLE":
                self._held = None
            raise failure from None

    def _failure(self, error: pymysql.err.MySQLError) -> SourceError:
        number, said = (*error.args, "", "")[:2] if error.args else (0, "")
        place = self._place
        text = without_secret(str(said or type(error).__name__).partition("\n")[0], place.password())
        hint = ""
        if number == 1045:
            hint = f"give the password as {name_of(place.source)} in the environment or in .truenorth/secrets"
        elif number in _UNREACHABLE:
            hint = "check the address, the user and the password"
        elif number in _NO_ACCESS:
            hint = "let the user read it: GRANT SELECT ON … TO …"
        code = "E_SOURCE_UNREACHABLE" if number in _UNREACHABLE else "E_SOURCE_FAILED"
        return SourceError(code, f"MySQL says: {text}", hint=hint)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table in a snapshot: what is wanted of it, its columns and key, and since when a transaction is open."""

    wanted: Wanted
    name: str
    columns: list[There]
    key: tuple[str, ...]
    mark: Mark
    open_since: datetime | None
    behind: timedelta

    def read(self, known: tuple[Load, ...], file: Path, full: bool) -> tuple[Delivery, str, list[str]]:
        """What to deliver, and the select that gives its rows, with its values."""
        before = last_pull(known)
        news: tuple[str, ...] = ()
        condition, values = "", list[str]()
        if before is not None and self.wanted.cursor and not full:
            news = self.news(before[1])
            if not news:
                condition, values = self._changed(before[0])
        delivery = Delivery(
            file,
            "changed" if condition else "whole",
            self.wanted.there,
            tuple(Column(one.name, one.types) for one in self.columns),
            NULL,
            room=Room(keys=self.key) if self.wanted.cursor else NO_ROOM,
            mark=str(self.mark),
            cursor=self.wanted.cursor,
            until=self._until(),
            notes=news or self._notes(first=before is None),
        )
        limit = f" LIMIT {self.wanted.limit}" if self.wanted.limit else ""
        return delivery, f"{self._select()}{condition}{limit}", values

    def _select(self) -> str:
        listed = ", ".join(one.sql.format(quoted(one.name)) for one in self.columns)
        return f"SELECT {listed} FROM {self.name}"

    @property
    def counted(self) -> bool:
        """Whether it can be fetched in pieces: its key is one whole number, its cursor tells what changes meanwhile."""
        whole = [one.name for one in self.columns if one.types in (_INT, ("UBIGINT",))]
        return len(self.key) == 1 and self.key[0] in whole and bool(self._until() or not self.wanted.cursor)

    def piece(self, after: str) -> tuple[str, str, list[str]]:
        """The select of what comes after a key, that of the key with which the piece ends, and their values."""
        key = quoted(self.key[0])
        condition = f" WHERE {key} > %s" if after else " WHERE true"
        bound = f"SELECT {key} FROM {self.name}{condition} ORDER BY {key} LIMIT 1 OFFSET {piece.ROWS - 1}"
        return self._select() + condition, bound, [after] if after else []

    def news(self, before: Mark) -> tuple[str, ...]:
        if before.shape != self.mark.shape:
            return changes(before.shape, self.mark.shape)
        if before.table != self.mark.table:
            return ("the table was emptied, rewritten or made anew, so it was read whole",)
        return ()

    def _notes(self, first: bool) -> tuple[str, ...]:
        notes = [FIRST] if self.wanted.cursor and first and not self.wanted.full else []
        if self.wanted.cursor and self.open_since is None:
            notes.append(HIDDEN)
        return tuple(notes)

    def _changed(self, load: Load) -> tuple[str, list[str]]:
        """The condition that rows written since a pull meet, and perhaps some that were read before."""
        column, kind = quoted(self.wanted.cursor), self._cursor.types[0]
        if not load.cursor:
            return " WHERE true", []
        since = load.cursor
        if kind in TIMES:
            count, grain = parse_window(self.wanted.lag or LAG)
            since = str(shift(datetime.fromisoformat(since).replace(tzinfo=None), -count, grain))
        elif kind.startswith(NUMBERS):
            lag = int(self.wanted.lag) if self.wanted.lag.strip().isdigit() else LAG_OF_NUMBERS
            return f" WHERE ({column} >= %s - {lag} OR {column} IS NULL)", [since]
        none = f" OR {column} = '{NO_DATE}'" if kind in TIMES else ""
        return f" WHERE ({column} >= %s OR {column} IS NULL{none})", [since]

    @property
    def _cursor(self) -> There:
        return next(one for one in self.columns if one.name == self.wanted.cursor)

    def _until(self) -> str:
        """The time from which on rows may come that are not to be seen yet, for cursors that are times."""
        if self.open_since is None or not self.wanted.cursor or self._cursor.types[0] not in TIMES:
            return ""
        return str(self.open_since - (timedelta() if self._cursor.types[0] == "timestamptz" else self.behind))


HIDDEN = (
    "the user may not see open transactions (GRANT PROCESS ON *.*), so one that stays open for longer than the lag "
    "can be missed"
)


def quoted(name: str) -> str:
    """A name as MySQL quotes it.

    >>> quoted("or`der")
    '`or``der`'
    """
    return "`" + name.replace("`", "``") + "`"


def tls(options: Mapping[str, str]) -> ssl.SSLContext | None:
    """How the connection is secured, by the words of the address: `ssl_mode`, `ssl_ca`, `ssl_cert`, `ssl_key`.

    A certificate of one's own without a mode means the strictest, `verify_identity`.
    """
    mode = options.get("ssl_mode", "verify_identity" if "ssl_ca" in options else "").lower()
    if mode in ("", "disabled"):
        return None
    if mode not in _TLS:
        hint = did_you_mean(mode, _TLS) or f"it is {', '.join(_TLS)}"
        raise SourceError("E_BAD_URL", f'ssl_mode cannot be "{mode}"', hint=hint)
    try:
        context = ssl.create_default_context(cafile=options.get("ssl_ca"))
        if "ssl_cert" in options:
            context.load_cert_chain(options["ssl_cert"], options.get("ssl_key"))
    except OSError as error:
        hint = "see the files that ssl_ca, ssl_cert and ssl_key name"
        raise SourceError("E_SOURCE_UNREACHABLE", f"no certificate: {error.strerror or error}", hint=hint) from None
    context.check_hostname = mode == "verify_identity"
    context.verify_mode = ssl.CERT_NONE if mode == "required" else ssl.CERT_REQUIRED
    return context


def _plain(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _is_zero(value: object) -> bool:
    return isinstance(value, bytes | str) and value[:10] in (NO_DATE, NO_DATE.encode())


def _told(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    return NULL if value is None else '"' + str(value).replace('"', '""') + '"'


def _column(name: str, native: str, kind: str, *, width: int, scale: int) -> There:
    """A column with the SQL that reads it as text that comes back exactly, and our words for its type."""
    if native.startswith("tinyint(1)"):
        return There(name, native, "{}", ("boolean", "integer"))
    if kind == "bit":
        words = ("boolean", "integer") if width == 1 else ("integer", "UBIGINT")
        return There(name, native, "({} + 0)", words)
    if kind in _INTEGERS:
        return There(name, native, "{}", ("UBIGINT",) if native.startswith("bigint") and "unsigned" in native else _INT)
    if kind == "decimal":
        fixed = width <= _WIDEST and scale <= width
        return There(name, native, "{}", (f"decimal({width},{scale})",) if fixed else ("decimal", "float"))
    if kind in ("float", "double"):
        # A FLOAT is written with six digits only, unless it is made a DOUBLE first.
        return There(name, native, "({} + 0e0)", ("float",))
    if kind in ("date", "datetime", "timestamp"):
        return There(name, native, "{}", ({"datetime": "timestamp", "timestamp": "timestamptz"}.get(kind, kind),))
    if kind in _BINARY:
        return There(name, native, "lower(hex({}))", ("text",))
    if kind in (*_SHAPES, *_SHAPES_TOO):
        return There(name, native, "ST_AsText({})", ("text",))
    return There(name, native, "{}", ("text",))


_INT = ("integer",)
