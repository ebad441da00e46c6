"""Times as clients write them, as microseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 253_402_300_799_999_999
_FIRST = -62_135_596_800_000_000
# A number is of the unit in which it lies nearest to today: seconds until the year 5138, and so on.
_UNITS = ((10**11, 1_000_000), (10**14, 1_000), (10**17, 1))


def instant(value: Any) -> int | None:
    """The time that a text or a number says; None when it says none, or one outside of the years 1 to 9999.

    Takes ISO 8601 and RFC 3339 with any offset (UTC without one), a space for the T, a date alone, RFC 2822, and
    seconds, milliseconds, microseconds or nanoseconds since 1970 by their size.

    >>> instant("1970-01-01T00:00:01.5+00:00"), instant(1_500), instant("1970-01-02"), instant("soon")
    (1500000, 1500000000, 86400000000, None)
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return _otherwise(value.strip())
        if value.isdigit() and len(value) != 8:
            return _from_number(int(value))
        return _microseconds(moment)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _from_number(value)


def is_instant(value: Any) -> bool:
    """Whether `instant` finds a time; quicker where that is easily told."""
    if isinstance(value, str) and len(value) > 10:
        try:
            if 1 < datetime.fromisoformat(value).year < 9999:
                return True
        except ValueError:
            pass
    return instant(value) is not None


def are_instants(values: Sequence[Any]) -> bool:
    """Whether `instant` finds a time in each; much quicker when all are ISO 8601.

    >>> are_instants(["2026-06-01T08:00:00.000Z", 1_500]), are_instants(["2026-06-01T08:00:00Z", "soon"])
    (True, False)
    """
    try:
        years = {datetime.fromisoformat(value).year for value in values}
        if min(years) > 1 and max(years) < 9999 and min(map(len, values)) > 10:
            return True
    except (TypeError, ValueError):
        pass
    return all(map(is_instant, values))


def _microseconds(moment: datetime) -> int | None:
    try:
        since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    except OverflowError:
        return None
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds


def _otherwise(text: str) -> int | None:
    try:
        return _from_number(float(text) if "." in text or "e" in text else int(text))
    except ValueError:
        pass
    try:
        return _microseconds(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        pass
    try:
        return _microseconds(datetime.fromisoformat(text))
    except ValueError:
        return None


def _from_number(number: float) -> int | None:
    size = abs(number)
    if not size < 10**21:
        return None
    for end, factor in _UNITS:
        if size < end:
            found = round(number * factor)
            break
    else:
        found = round(number / 1_000)
    return found if _FIRST <= found <= _LAST else None
