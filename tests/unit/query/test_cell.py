"""Where a metric looks from a cell, on days and by the clock, as the naive builder works it out."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.truth.test_calendars import RETAIL
from truenorth.query.cell import Cell, Elsewhere

NEW_YORK = "America/New_York"


def elsewhere() -> Elsewhere:
    return Elsewhere(RETAIL.on("duckdb").catalog, NEW_YORK, date(2026, 4, 1))


def test_hours_are_hours_that_pass() -> None:
    # The clock jumped on 8 March 2026, so that day has 23 hours.
    found = elsewhere().moved(Cell(date(2026, 3, 9), date(2026, 3, 10)), "24 hours")
    assert found is not None
    assert found.start == datetime(2026, 3, 8, 4, tzinfo=UTC)
    assert found.end == datetime(2026, 3, 9, 4, tzinfo=UTC)


def test_a_stretch_within_a_day_keeps_the_time_of_the_clock() -> None:
    start, end = datetime(2026, 3, 9, 13, tzinfo=UTC), datetime(2026, 3, 9, 14, tzinfo=UTC)
    found = elsewhere().moved(Cell(start, end), "2 days")
    assert found is not None
    # 09:00 in New York, before the clock jumped.
    assert (found.start, found.end) == (datetime(2026, 3, 7, 9), datetime(2026, 3, 7, 10))


def test_a_calendar_has_nothing_before_its_first_period() -> None:
    assert elsewhere().moved(Cell(date(2026, 1, 2), date(2026, 1, 3)), "1 retail_month") is None
    found = elsewhere().moved(Cell(date(2026, 1, 6), date(2026, 1, 7)), "1 retail_month")
    assert found is not None
    assert (found.start, found.end) == (date(2026, 1, 2), date(2026, 1, 3))
