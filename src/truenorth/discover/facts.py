"""What is known of a table nobody has described: its columns with their types, values, extent and keys."""

from __future__ import annotations

import re
from datetime import date, datetime

from msgspec import Struct

from truenorth.discover.word import texts, words
from truenorth.store.values import quoted

NUMBERS = ("integer", "decimal", "float")
TIMES = ("date", "timestamp", "timestamptz")
Worth = object
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Words of SQL that a name in an expression would be taken for.
_TAKEN = frozenset(
    texts(
        "all and any as asc asof at between by case cast check column current_date date desc distinct else end exists "
        "false fetch for from full group having in inner interval into is join key lateral left like limit natural "
        "not null offset on only or order outer pivot position primary qualify right row rows sample select set some "
        "table then time timestamp to true union unique unpivot user using value values when where window with"
    )
)


def named(name: str) -> str:
    """A column's name in an expression, in quotes only where it needs them."""
    return name if _PLAIN.fullmatch(name) and name.lower() not in _TAKEN else quoted(name)


def unquoted(name: str) -> str:
    """A column's name as definitions have it, of its name in SQL.

    >>> unquoted('"interval"'), unquoted("day")
    ('interval', 'day')
    """
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def source_sql(source: str) -> str:
    """A table as a person writes it in SQL: in quotes only where it needs them."""
    return ".".join(map(named, source.split(".")))


def from_item(source: str) -> str:
    """A table, or one of a schema, as an item of FROM.

    >>> from_item("sales.orders")
    '"sales"."orders"'
    """
    return ".".join(map(quoted, source.split(".")))


class Endings(Struct, frozen=True):
    """How whole amounts end: how many are not 0, reach 100, and end as prices do; and the `twin` in units, if any."""

    counted: int = 0
    large: int = 0
    priced: int = 0
    twin: str = ""


class Column(Struct, frozen=True):
    """One column, or a value inside of one. `expr` is its SQL over the table's columns, "" for the column `name`.

    One that is `turned` is written below zero and meant above it: it is read with its sign turned.
    """

    name: str
    written: str
    type: str
    expr: str = ""
    filled: int = 0
    distinct: int = 0
    low: Worth = None
    high: Worth = None
    top: tuple[tuple[str, int], ...] = ()
    sample: tuple[str, ...] = ()
    inside: str = ""
    exact: bool = False
    endings: Endings | None = None
    turned: bool = False

    @property
    def sql(self) -> str:
        """The value in SQL over the table's own columns."""
        value = self.expr or quoted(self.name)
        return f"(-({value}))" if self.turned else value

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its name as the data has it; of a value inside a column only its own."""
        if not self.inside:
            return words(self.written)
        own = words(self.written.rpartition(".")[2])
        # The id inside of `customer` is the customer's.
        return words(self.written) if own == ("id",) else own

    @property
    def values(self) -> tuple[str, ...]:
        """All its values as texts, the most frequent first, where there are few."""
        return tuple(value for value, _ in self.top)

    @property
    def numeric(self) -> bool:
        return self.type in NUMBERS

    @property
    def timed(self) -> bool:
        return self.type in TIMES

    @property
    def below_zero(self) -> bool:
        """Whether its numbers are written as what is taken off or leaves: some below zero, none above it."""
        known = self.numeric and self.low is not None and self.high is not None
        return known and float(str(self.low)) < 0 and float(str(self.high)) <= 0

    @property
    def last(self) -> datetime | None:
        """The last time it holds, for a column of times."""
        return moment(self.high) if self.timed else None

    def share(self, pattern: re.Pattern[str]) -> float:
        """Which part of the values looked at matches a pattern as a whole."""
        return sum(pattern.fullmatch(one) is not None for one in self.sample) / max(1, len(self.sample))


def plain_sql(column: Column) -> str:
    """A column's value as a person writes it in SQL.

    >>> plain_sql(Column("off", "off", "decimal", turned=True)), plain_sql(Column("off", "off", "decimal"))
    ('-off', 'off')
    """
    value = column.expr or named(column.name)
    if not column.turned:
        return value
    return f"-{value}" if value in (named(column.name), named(column.written)) else f"-({value})"


class Table(Struct, frozen=True):
    """Rows of one kind. `source` is a table of the warehouse; `query` a select over such tables instead."""

    name: str
    source: str
    rows: int
    columns: tuple[Column, ...]
    query: str = ""
    key: tuple[str, ...] = ()
    origin: str = ""
    note: str = ""
    kind: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its name."""
        return words(self.name)

    def column(self, name: str) -> Column | None:
        """The column of that name, if there is one."""
        return next((one for one in self.columns if one.name == name), None)


def rows_of(table: Table, called: str = "") -> str:
    """The rows of a table as a person writes them behind FROM, under a name where they need one.

    >>> rows_of(Table("o", "orders", 1, ())), rows_of(Table("o", "", 1, (), "select 1"))
    ('orders', '(select 1) as rows')
    """
    if table.query:
        return f"({table.query}) as {called or 'rows'}"
    return source_sql(table.source) + (f" as {called}" if called else "")


def moment(value: Worth) -> datetime | None:
    """A date or time as a naive time; None for anything else."""
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None
