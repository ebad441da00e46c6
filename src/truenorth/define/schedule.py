"""How often something happens: a length of time, or a line of cron."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from truenorth.base.errors import QueryError
from truenorth.base.period import parse_window, shift

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
HINT = 'write it like "1 hour", "1 day", or as cron does: "30 6 * * mon-fri"'
SHORTEST = timedelta(minutes=1)


class Schedule(Struct, frozen=True):
    """`count` units of `grain` after the last time, or by the five fields of `cron` in a zone."""

    count: int = 0
    grain: str = ""
    cron: str = ""

    def next(self, last: datetime, zone: str = "UTC") -> datetime:
        """The first time after the last one; both naive UTC.

        >>> schedule_of("1 day").next(datetime(2026, 3, 1, 6))
        datetime.datetime(2026, 3, 2, 6, 0)
        """
        if not self.cron:
            moved = shift(last, self.count, self.grain)
            return moved if isinstance(moved, datetime) else last
        return _next(self.cron, last, zone)


def schedule_of(text: str) -> Schedule:
    """What a text says; QueryError E_BAD_SCHEDULE when it is neither a length of time nor a line of cron.

    >>> schedule_of("2 hours"), schedule_of("30 6 * * 1-5").cron
    (Schedule(count=2, grain='hour', cron=''), '30 6 * * mon,tue,wed,thu,fri')
    """
    if len(text.split()) == 5:
        cron = _with_days_by_name(text)
        _next(cron, datetime(2026, 1, 1), "UTC")
        return Schedule(cron=cron)
    try:
        count, grain = parse_window(text)
    except QueryError as error:
        raise QueryError("E_BAD_SCHEDULE", f'"{text}" does not say how often', hint=HINT) from error
    if grain == "second" and timedelta(seconds=count) < SHORTEST:
        raise QueryError("E_BAD_SCHEDULE", f'"{text}" is too often', hint="at most once a minute")
    return Schedule(count, grain)


def _with_days_by_name(text: str) -> str:
    """A line of cron with the days of the week by their names: by numbers, libraries disagree on which day 0 is."""
    *fields, days = text.lower().split()
    if fields[2] != "*" and days != "*":
        message = f'"{text}" names days of the month and of the week'
        raise QueryError("E_BAD_SCHEDULE", message, hint="name one and write * for the other")
    if days == "*":
        return " ".join((*fields, days))
    named = {day for part in days.split(",") for day in _days(part, text)}
    return " ".join((*fields, ",".join(day for day in DAYS if day in named)))


def _days(part: str, text: str) -> list[str]:
    if found := re.fullmatch(r"(\w+)(?:-(\w+))?|\*/(\d)", part):
        if found[3] and int(found[3]):
            return list(DAYS[:: int(found[3])])
        numbers = [_number(word) for word in (found[1] or "", found[2] or found[1] or "")]
        if None not in numbers:
            first, last = (int(str(number)) for number in numbers)
            return [DAYS[day % 7] for day in range(first, last + 1 if last >= first else last + 8)]
    raise QueryError("E_BAD_SCHEDULE", f'"{part}" in "{text}" is no day of the week', hint=HINT)


def _number(word: str) -> int | None:
    if word.isdigit():
        return int(word) if int(word) <= 7 else None
    return DAYS.index(word[:3]) if word[:3] in DAYS else None


def _next(cron: str, last: datetime, zone: str) -> datetime:
    from apscheduler.triggers.cron import CronTrigger

    try:
        trigger = CronTrigger.from_crontab(cron, timezone=ZoneInfo(zone))
    except ValueError as error:
        raise QueryError("E_BAD_SCHEDULE", f'"{cron}" is not a line of cron: {error}', hint=HINT) from error
    after = last.replace(tzinfo=UTC)
    found: datetime | None = trigger.get_next_fire_time(after, after)
    if found is None:
        raise QueryError("E_BAD_SCHEDULE", f'"{cron}" never comes', hint=HINT)
    return found.astimezone(UTC).replace(tzinfo=None)
