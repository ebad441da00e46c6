"""What engines spell differently, in one place: literals, casts, periods, percentiles, small tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite

from msgspec import Struct

from truenorth.base.errors import EngineError
from truenorth.base.period import CLOCK, FINEST, FISCAL, MONTHS, WEEK_STARTS
from truenorth.define import exact

Day = date
# What engines call the parts of a date: DuckDB, ClickHouse.
PARTS = {
    "hour_of_day": ("hour", "toHour"),
    "day_of_week": ("isodow", "toDayOfWeek"),
    "day_of_month": ("day", "toDayOfMonth"),
    "day_of_year": ("dayofyear", "toDayOfYear"),
    "week_of_year": ("weekofyear", "toISOWeek"),
    "month_of_year": ("month", "toMonth"),
    "quarter_of_year": ("quarter", "toQuarter"),
    "year_number": ("year", "toYear"),
}


class Dialect(Struct, frozen=True):
    """The words of one engine; `null` wraps a type so that it may hold NULL.

    `widest` is the integer to add up in where a sum of integers would overflow in silence.
    """

    name: str
    null: str
    date: str
    timestamp: str
    text: str
    double: str
    earliest: Day
    latest: Day
    widest: str = ""
    whole: str = "BIGINT"

    def type(self, word: str) -> str:
        """A type that may hold NULL."""
        return self.null.format(word)

    def cast(self, sql: str, word: str) -> str:
        return f"CAST({sql} AS {self.type(word)})"

    def as_date(self, sql: str) -> str:
        return self.cast(sql, self.date)

    def as_double(self, sql: str) -> str:
        return self.cast(sql, self.double)

    def as_money(self, sql: str) -> str:
        """Floating money as exact decimal, so that cents add up; ClickHouse would cut 10.2 down to 10.19999999."""
        if self.name == "clickhouse":
            return self.cast(f"toString(round({sql}, 8))", "DECIMAL(28, 8)")
        return self.cast(sql, "DECIMAL(28, 8)")

    def whole_of(self, sql: str) -> str:
        """A number as a whole one of up to 38 digits."""
        return exact.LARGE[self.name].format(sql)

    def widest_of(self, sql: str) -> str:
        """A number as the widest whole one that the engine has."""
        return exact.WIDEST[self.name].format(sql)

    def cut(self, above: str, below: str) -> str:
        """A whole number over another, what is left over cut off."""
        return exact.cut(above, below, self.name)

    def over(self, above: str, below: str) -> str:
        """A whole number over another above zero, rounded half up, without leaving whole numbers."""
        return f"({self.cut(f'2 * {above} + {below}', f'2 * {below}')})"

    def quotient(self, above: str, below: str) -> str:
        """A value over another as money: a decimal of 12 places, rounded half up; NULL over zero."""
        return exact.quotient(above, below, self.name)

    def placed(self, whole: str, places: int, kind: str) -> str:
        """A whole number of the smallest pieces as a decimal of so many places."""
        return exact.placed(whole, places, kind, self.name)

    def as_utc(self, sql: str) -> str:
        """An instant as the naive UTC time; DuckDB's own cast asks its zone rules row by row, ten times slower."""
        return f"make_timestamp(epoch_us({sql}))" if self.name == "duckdb" else self.cast(sql, self.timestamp)

    def milliseconds(self, sql: str) -> str:
        """A day or a time as whole milliseconds since 1970."""
        moment = self.cast(sql, self.timestamp)
        return f"toUnixTimestamp64Milli({moment})" if self.name == "clickhouse" else f"epoch_ms({moment})"

    def microseconds(self, sql: str) -> str:
        """A day or a time as whole microseconds since 1970."""
        moment = self.cast(sql, self.timestamp)
        return f"toUnixTimestamp64Micro({moment})" if self.name == "clickhouse" else f"epoch_us({moment})"

    def literal(self, value: object) -> str:
        """A value as SQL text that can only ever be that value."""
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, datetime):
            return f"{self.timestamp_word()}'{value.isoformat(sep=' ')}'{self.timestamp_end()}"
        if isinstance(value, date):
            return (
                self.as_date(f"'{value.isoformat()}'") if self.name == "clickhouse" else f"DATE '{value.isoformat()}'"
            )
        if isinstance(value, int | Decimal):
            return str(value)
        if isinstance(value, float):
            if not isfinite(value):
                return self.as_double(f"'{value!r}'")
            # Without an exponent engines take it for a decimal of its own width, whose products soon overflow.
            return str(value) if "e" in repr(value) else f"{value!r}e0"
        text = str(value).replace("'", "''")
        return f"'{text.replace(chr(92), chr(92) * 2)}'" if self.name == "clickhouse" else f"'{text}'"

    def timestamp_word(self) -> str:
        return "toDateTime64(" if self.name == "clickhouse" else "TIMESTAMP "

    def timestamp_end(self) -> str:
        return ", 6, 'UTC')" if self.name == "clickhouse" else ""

    def truncate(self, sql: str, grain: str, week_start: str, fiscal: int = 1) -> str:
        """The first day of the period of a local time (or its hour), as a date (or a time)."""
        if grain == FINEST and self.name == "clickhouse":
            return f"toStartOfMillisecond({sql})"
        if grain.endswith("_minutes"):
            length = f"INTERVAL {CLOCK[grain] // 60} MINUTE"
            return (
                f"toStartOfInterval({sql}, {length})" if self.name == "clickhouse" else f"time_bucket({length}, {sql})"
            )
        if grain in CLOCK or grain == FINEST:
            return f"date_trunc('{grain}', {sql})"
        if grain in FISCAL:
            grain, back = grain.removeprefix("fiscal_"), fiscal - 1
            if back % MONTHS[grain]:
                first = f"date_trunc('month', {self.as_date(sql)})"
                moved = self.as_date(f"{first} - INTERVAL {back % MONTHS[grain]} MONTH")
                return self.as_date(f"date_trunc('{grain}', {moved}) + INTERVAL {back % MONTHS[grain]} MONTH")
        if grain == "day":
            return self.as_date(sql)
        if grain == "week" and WEEK_STARTS[week_start]:
            ahead = 7 - WEEK_STARTS[week_start]
            day = self.as_date(sql)
            return self.as_date(f"date_trunc('week', {day} + INTERVAL {ahead} DAY) - INTERVAL {ahead} DAY")
        return self.as_date(f"date_trunc('{grain}', {sql})")

    def part(self, sql: str, part: str) -> str:
        """A part of a local time as a whole number; weeks are ISO weeks and begin on Monday, which is 1."""
        words = PARTS[part]
        word = words[1] if self.name == "clickhouse" else words[0]
        return self.cast(f"{word}({sql})", self.whole)

    def own_local_day(self, sql: str, instant: bool, written: str, zone: str) -> str:
        """The local day of a time by the engine's own zone rules, for checking ours against."""
        here = self.own_local(sql, instant, written, zone)
        return self.as_date(f"toDate32({here})" if self.name == "clickhouse" else here)

    def own_local(self, sql: str, instant: bool, written: str, zone: str) -> str:
        """The local time of a time by the engine's own zone rules."""
        if self.name == "clickhouse":
            read = sql if instant or written == "UTC" else f"toDateTime64(toString({sql}), 6, {self.literal(written)})"
            return f"toTimeZone({read}, {self.literal(zone)})"
        read = sql if instant else f"({sql} AT TIME ZONE {self.literal(written)})"
        return f"({read} AT TIME ZONE {self.literal(zone)})"

    def percentile(self, sql: str, share: float, kind: str = "continuous") -> str:
        """The exact percentile: interpolated between neighbours, or the value of the rank itself."""
        if kind == "discrete":
            return self.of_rank(sql, share)
        if self.name == "clickhouse":
            return f"quantileExactInclusive({share})({self.as_double(sql)})"
        return f"quantile_cont({self.as_double(sql)}, {share})"

    def of_rank(self, sql: str, share: float) -> str:
        """The value that at least that share of the values does not exceed."""
        if self.name != "clickhouse":
            return f"quantile_disc({sql}, {share})"
        rank = f"greatest(1, count({sql}) - floor(count({sql}) - {share} * count({sql})))"
        return f"if(count({sql}) = 0, NULL, arraySort(groupArray({sql}))[toInt64({rank})])"

    def first(self, sql: str, by: str) -> str:
        """The value, of those that are not NULL, where another is least."""
        return f"{'argMin' if self.name == 'clickhouse' else 'arg_min'}({sql}, {by})"

    def last(self, sql: str, by: str) -> str:
        """The value, of those that are not NULL, where another is greatest."""
        return f"{'argMax' if self.name == 'clickhouse' else 'arg_max'}({sql}, {by})"

    def each_of(self, size: str) -> str:
        """A row for each whole number from 0 to below a size, which is the number."""
        if self.name == "clickhouse":
            return f"CAST(arrayJoin(range(toUInt64({size}))) AS Int32)"
        return f"CAST(unnest(range({size})) AS INTEGER)"

    def values(self, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[object]]) -> str:
        """A small table written out; `columns` are (name, type)."""
        if self.name == "clickhouse":
            return self.clickhouse_values(", ".join(f"{name} {self.type(word)}" for name, word in columns), rows)
        body = ",\n    ".join("(" + ", ".join(self.literal(value) for value in row) + ")" for row in rows)
        names = ", ".join(name for name, _ in columns)
        return f"SELECT * FROM (VALUES\n    {body}) AS spine({names})"

    def clickhouse_values(self, shape: str, rows: Sequence[Sequence[object]]) -> str:
        """ClickHouse reads a small table's values as text of the stated types."""
        escaped = shape.replace("'", "\\'")
        written = ",\n    ".join("(" + ", ".join(self.bare(value) for value in row) + ")" for row in rows)
        return f"SELECT * FROM VALUES('{escaped}',\n    {written})"

    def bare(self, value: object) -> str:
        """A date or time as quoted text, anything else as its literal."""
        if isinstance(value, datetime):
            return f"'{value.isoformat(sep=' ')}'"
        return f"'{value.isoformat()}'" if isinstance(value, date) else self.literal(value)


DUCKDB = Dialect("duckdb", "{}", "DATE", "TIMESTAMP", "VARCHAR", "DOUBLE", date(1, 1, 1), date(9999, 12, 31))
CLICKHOUSE = Dialect(
    "clickhouse",
    "Nullable({})",
    "Date32",
    "DateTime64(6, 'UTC')",
    "String",
    "Float64",
    date(1900, 1, 1),
    date(2299, 1, 1),
    "Int128",
    "Int64",
)
DIALECTS = {"duckdb": DUCKDB, "clickhouse": CLICKHOUSE}


def dialect_of(name: str) -> Dialect:
    """The dialect of an engine; EngineError E_UNKNOWN_ENGINE otherwise."""
    if name not in DIALECTS:
        raise EngineError("E_UNKNOWN_ENGINE", f'no SQL dialect named "{name}"', hint="one of " + ", ".join(DIALECTS))
    return DIALECTS[name]


def quote(name: str) -> str:
    """A name as an identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def indented(text: str) -> str:
    """The same lines, two spaces in; left as they are when a quoted text goes over several lines."""
    if any(line.count("'") % 2 or line.count('"') % 2 for line in text.split("\n")):
        return text
    return "  " + text.replace("\n", "\n  ")


def listed(columns: list[str], word: str = "SELECT") -> str:
    """A select list, one column a line."""
    return f"{word}\n  " + ",\n  ".join(columns)
