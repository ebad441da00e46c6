"""Plain values and the words for their types, the same for every engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from truenorth.base.table import Table, Value

WORDS = ("date", "timestamp", "timestamptz", "decimal", "integer", "float", "text", "boolean", "other")


def quoted(name: str) -> str:
    """A name as a quoted identifier, whatever is in it.

    >>> quoted('we"ird')
    '"we""ird"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a SQL literal.

    >>> literal("O'Hara")
    "'O''Hara'"
    """
    return "'" + text.replace("'", "''") + "'"


def word_of(values: Iterable[Value]) -> str:
    """The type word that holds all the values; text when they differ or are all None.

    >>> word_of([1, None, 2.5])
    'float'
    """
    found = {_word(value) for value in values if value is not None}
    if len(found) == 1:
        return found.pop()
    for mixed, word in (({"integer", "decimal"}, "decimal"), ({"integer", "float"}, "float")):
        if found and found <= mixed:
            return word
    return "text"


def _word(value: Value) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "float"
    if isinstance(value, Decimal):
        return "decimal"
    if isinstance(value, datetime):
        return "timestamptz" if value.tzinfo else "timestamp"
    return "date" if isinstance(value, date) else "text"


def types_of(table: Table, types: dict[str, str]) -> list[tuple[str, str]]:
    """(name, word) of each column: as told, else by its values."""
    return [(name, types.get(name) or word_of(table.column(name))) for name in table.names]


def decimal_type(values: Sequence[Value]) -> tuple[int, int]:
    """Width and scale that hold all the values exactly; at least (18, 2).

    >>> decimal_type([Decimal("1.5"), Decimal("0.12345")])
    (18, 5)
    """
    scale, whole = 2, 1
    for value in values:
        if value is None:
            continue
        parts = Decimal(str(value)).as_tuple()
        exponent = parts.exponent if isinstance(parts.exponent, int) else 0
        scale = max(scale, -exponent)
        whole = max(whole, len(parts.digits) + exponent)
    return (18, scale) if whole + scale <= 18 else (38, scale)


def plain_text(value: Value) -> str | None:
    """A value as the text that every engine reads back as the same value; None stays None."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        instant = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return instant.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)
