"""A small table of plain Python values: what an engine answers and every face shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

Value = None | bool | int | float | Decimal | str | date | datetime
Row = tuple[Value, ...]


class Column(Struct, frozen=True):
    """One column: `role` is time, dimension or metric; `of` names the metric a comparison belongs to.

    The role `row` is that of the column which says of each row what it is: a group, the rest of them, a subtotal.
    """

    name: str
    role: str = "dimension"
    label: str = ""
    unit: str = ""
    currency: str = ""
    direction: str = ""
    of: str = ""
    per: str = ""


class Table(Struct, frozen=True):
    """Columns and rows; NULL is None and stays None until it is shown.

    >>> table = Table((Column("plan"), Column("revenue", "metric")), (("pro", 3), (None, 4)))
    >>> table.column("revenue")
    (3, 4)
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def index(self, name: str) -> int:
        """The position of a column; KeyError when there is none of that name."""
        for position, column in enumerate(self.columns):
            if column.name == name:
                return position
        raise KeyError(name)

    def column(self, name: str) -> tuple[Value, ...]:
        """All values of one column, top to bottom."""
        position = self.index(name)
        return tuple(row[position] for row in self.rows)

    def dicts(self) -> list[dict[str, Value]]:
        """The rows as name-value pairs."""
        names = self.names
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def where(self, **wanted: Value) -> Table:
        """The rows whose named columns equal the given values (None matches None)."""
        positions = [(self.index(name), value) for name, value in wanted.items()]
        return Table(self.columns, tuple(row for row in self.rows if all(row[at] == value for at, value in positions)))


def table_of(columns: Sequence[Column], rows: Sequence[Sequence[Value]]) -> Table:
    """A table from any sequences.

    >>> len(table_of([Column("a")], [[1], [2]]))
    2
    """
    return Table(tuple(columns), tuple(tuple(row) for row in rows))
