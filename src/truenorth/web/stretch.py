"""The stretch of time beside the one shown, as an explicit range: what `[` and `]` lead to."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from truenorth.base.errors import QueryError
from truenorth.base.period import Span, day_of, days_in_month, shift, wall, whole_length


def beside(span: Span, as_of: datetime) -> tuple[str, str]:
    """The ranges of the same length just before and just after; empty where there is none to ask for.

    Whole months move by months, all else by days. Nothing comes after where the data ends.

    >>> beside(Span(date(2026, 3, 1), date(2026, 4, 1)), datetime(2026, 6, 30))
    ('2026-02', '2026-04')
    >>> beside(Span(date(2026, 6, 24), date(2026, 7, 1)), datetime(2026, 7, 1))
    ('2026-06-17..2026-06-23', '')
    """
    start, end = span.start, span.end
    if start is None or end is None or isinstance(start, datetime) or isinstance(end, datetime) or start >= end:
        return "", ""
    count, grain = whole_length(start, end)
    try:
        before = written(day_of(shift(start, -count, grain)), start)
    except QueryError:
        before = ""
    if wall(end) >= wall(as_of):
        return before, ""
    try:
        return before, written(end, day_of(shift(end, count, grain)))
    except QueryError:
        return before, ""


def written(start: date, end: date) -> str:
    """A stretch of days in ISO: one year, quarter, month or day by its name, all else with both ends.

    >>> written(date(2026, 4, 1), date(2026, 7, 1)), written(date(2026, 4, 1), date(2026, 4, 2))
    ('2026-Q2', '2026-04-01')
    """
    last = end - timedelta(days=1)
    if start.day == 1 and last.day == days_in_month(last.year, last.month):
        months = (last.year - start.year) * 12 + last.month - start.month + 1
        if months == 1:
            return start.isoformat()[:7]
        if months == 3 and start.month % 3 == 1:
            return f"{start.isoformat()[:4]}-Q{(start.month + 2) // 3}"
        if months == 12 and start.month == 1:
            return start.isoformat()[:4]
    return str(start) if start == last else f"{start}..{last}"
