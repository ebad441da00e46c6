"""How much of a period has passed: what is counted over it is divided by that, to tell how fast it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from truenorth.base.period import Moment
from truenorth.base.zone import instant
from truenorth.query.calendar import Calendar
from truenorth.query.catalog import Catalog, Stretch
from truenorth.query.column import Label
from truenorth.query.grouping import is_labels
from truenorth.query.window import Window


def elapsed(catalog: Catalog, calendar: Calendar, windows: Sequence[Window], known: Stretch) -> str:
    """The seconds of a row's period as SQL: those since the first row that is known, up to now; NULL where none are."""
    lengths: dict[tuple[Label, ...], float] = {}
    for window in windows:
        lengths[window.labels] = lengths.get(window.labels, 0) + passed(calendar, window.start, window.end, known)
    if not calendar.times:
        return written(sum(lengths.values()))
    [(usual, _), *_] = Counter(lengths.values()).most_common(1) or [(0.0, 0)]
    cases = [
        f"WHEN {is_labels(catalog.dialect, calendar.times, labels)} THEN {written(length)}"
        for labels, length in lengths.items()
        if length != usual
    ]
    return f"CASE {' '.join(cases)} ELSE {written(usual)} END" if cases else written(usual)


def passed(calendar: Calendar, start: Moment | None, end: Moment | None, known: Stretch) -> float:
    """The seconds of one stretch: none before the first row, and none that are still to come."""
    if known.first is None:
        return 0.0
    first = known.first if isinstance(known.first, datetime) else instant(known.first, calendar.timezone)
    begins = first if start is None else max(first, in_utc(start, calendar.timezone))
    ends = calendar.as_of if end is None else min(calendar.as_of, in_utc(end, calendar.timezone))
    return max(0.0, (ends - begins).total_seconds())


def in_utc(moment: Moment, timezone: str) -> datetime:
    """A moment as a naive time in UTC; most are written in it."""
    if isinstance(moment, datetime) and moment.tzinfo is UTC:
        return moment.replace(tzinfo=None)
    return instant(moment, timezone)


def written(seconds: float) -> str:
    """Seconds as SQL; there is no speed where none have passed."""
    return "NULL" if not seconds else repr(int(seconds) if seconds == int(seconds) else seconds)
