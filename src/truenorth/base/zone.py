"""Time zones folded into plain offsets, so that no engine's own zone rules are needed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from truenorth.base.errors import QueryError
from truenorth.base.period import Moment

Step = tuple[datetime | None, int]
FIRST, LAST_YEAR = datetime(1900, 1, 1), 2100


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name; QueryError E_UNKNOWN_TIMEZONE otherwise."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = 'use a name such as "UTC", "Europe/Berlin" or "America/New_York"'
        raise QueryError("E_UNKNOWN_TIMEZONE", f'no time zone named "{name}"', hint=hint) from None


def instant(value: Moment, name: str) -> datetime:
    """The naive UTC time of a local midnight, of a naive local time, or of an aware time.

    >>> instant(date(2026, 7, 1), "America/New_York")
    datetime.datetime(2026, 7, 1, 4, 0)
    """
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone_of(name))
    try:
        return value.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        # The ends of the calendar stand for "ever", in every zone.
        return value.replace(tzinfo=None)


def local(value: datetime, name: str) -> datetime:
    """The aware local time of a naive UTC time.

    >>> local(datetime(2026, 7, 1, 4), "America/New_York").hour
    0
    """
    try:
        return value.replace(tzinfo=UTC).astimezone(zone_of(name))
    except OverflowError:
        return value.replace(tzinfo=zone_of(name))


def next_hour(value: datetime, name: str) -> datetime:
    """The naive UTC time of the next full hour on the local clock; later than an hour only where that jumps by less.

    >>> next_hour(datetime(2026, 3, 29, 0), "Europe/Berlin")
    datetime.datetime(2026, 3, 29, 1, 0)
    """
    here, after = local(value, name), value + timedelta(hours=1)
    if here.minute == 0 and (offset_at(after, name) - offset_at(value, name)) % 3600 == 0:
        return after
    return instant(here.replace(minute=0, second=0, tzinfo=None) + timedelta(hours=1), name)


def local_day(value: date | datetime, name: str) -> date:
    """The local day of a naive UTC time; a date is never shifted.

    >>> local_day(datetime(2026, 7, 1, 2), "America/New_York")
    datetime.date(2026, 6, 30)
    """
    return local(value, name).date() if isinstance(value, datetime) else value


def offset_at(value: datetime, name: str) -> int:
    """Seconds that local time is ahead of UTC at a naive UTC time."""
    ahead = local(value, name).utcoffset()
    return int(ahead.total_seconds()) if ahead is not None else 0


@lru_cache(maxsize=4096)
def changes_in(name: str, year: int) -> tuple[tuple[datetime, int], ...]:
    """The (naive UTC instant, new offset) of each change of a zone's offset in a year."""
    found: list[tuple[datetime, int]] = []
    left = datetime(year, 1, 1)
    while left.year == year:
        right = left + timedelta(days=7)
        before, after = offset_at(left, name), offset_at(right, name)
        if before != after:
            found.append((turning_point(left, right, name), after))
        left = right
    return tuple(change for change in found if change[0].year == year)


def turning_point(left: datetime, right: datetime, name: str) -> datetime:
    """The first second between two instants at which the later offset holds."""
    before = offset_at(left, name)
    while right - left > timedelta(seconds=1):
        middle = left + timedelta(seconds=(right - left).total_seconds() // 2)
        left, right = (middle, right) if offset_at(middle, name) == before else (left, middle)
    return right


@lru_cache(maxsize=1024)
def steps(name: str, start: datetime, end: datetime) -> tuple[Step, ...]:
    """(until, offset) pieces that cover the naive UTC stretch; the last piece has no `until`.

    Years in which no zone keeps changing, such as 9999 for "never", add no pieces.

    >>> steps("America/New_York", datetime(2026, 1, 1), datetime(2026, 6, 1))
    ((datetime.datetime(2026, 3, 8, 7, 0), -18000), (None, -14400))
    """
    found: list[Step] = []
    start = max(start, FIRST)
    offset = offset_at(start, name)
    for year in range(start.year, min(end.year, LAST_YEAR) + 1):
        for at, after in changes_in(name, year):
            if start < at < end:
                found.append((at, offset))
                offset = after
    return (*found, (None, offset))


def local_steps(name: str, start: date, end: date) -> tuple[Step, ...]:
    """(until, offset) pieces by naive LOCAL time; a repeated hour counts as its first passing."""
    pieces = steps(name, datetime(start.year, start.month, start.day), datetime(end.year, end.month, end.day))
    found: list[Step] = []
    for (until, offset), (_, after) in zip(pieces, (*pieces[1:], pieces[-1]), strict=True):
        turn = None if until is None else until + timedelta(seconds=max(offset, after))
        found.append((turn, offset))
    return tuple(found)
