"""Chosen values: what a page, a URL or a caller gives for a field, read as the field's own type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation


def understood(values: Iterable[object], kind: str) -> list[object]:
    """The values as a field of that type word holds them; what cannot be one of its values is left out.

    >>> understood(["3", 3.5, "three", None], "integer")
    [3]
    """
    texts = (written(value) for value in values if value is not None)
    return [value for text in texts if (value := READ.get(kind, str)(text)) is not None]


def written(value: object) -> str:
    """A chosen value as text, whatever type a page or a caller gave it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def whole(text: str) -> int | None:
    """A text as an integer, if it is one."""
    found = number(text)
    return int(found) if found is not None and found == found.to_integral_value() else None


def number(text: str) -> Decimal | None:
    """A text as a number, if it is one."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def real(text: str) -> float | None:
    """A text as a floating number, if it is one."""
    try:
        return float(text)
    except ValueError:
        return None


def moment(text: str) -> datetime | None:
    """A text as a naive UTC time, if it is one."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def day(text: str) -> date | None:
    """A text as a day, if it is one."""
    found = moment(text)
    return found.date() if found is not None and found.time() == time.min else None


def flag(text: str) -> bool | None:
    """A text as true or false, if it is one of them."""
    return {"true": True, "false": False}.get(text.lower())


READ: dict[str, Callable[[str], object]] = {
    "integer": whole,
    "decimal": number,
    "float": real,
    "boolean": flag,
    "date": day,
    "timestamp": moment,
    "timestamptz": moment,
}
