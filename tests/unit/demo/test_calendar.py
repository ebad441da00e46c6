"""Days begin at local midnight, and two of them a year are not 24 hours long."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from truenorth.demo import story
from truenorth.demo.calendar import factor_at, month_starts, second_of, story_days


def test_days_of_23_and_25_hours() -> None:
    days = story_days()
    assert len(days) == 546
    assert days.length[days.index(date(2025, 3, 30))] == 23 * 3600
    assert days.length[days.index(date(2025, 10, 26))] == 25 * 3600
    assert days.length[days.index(date(2026, 3, 29))] == 23 * 3600
    assert int((days.length == 86_400).sum()) == 543


def test_local_midnight_in_winter_and_summer() -> None:
    days = story_days()
    assert datetime.fromtimestamp(int(days.start[0]), UTC) == datetime(2024, 12, 31, 23, tzinfo=UTC)
    assert datetime.fromtimestamp(days.end, UTC) == datetime(2026, 6, 30, 22, tzinfo=UTC)


def test_a_second_of_a_short_day_stays_in_it() -> None:
    days = story_days()
    short = days.index(date(2026, 3, 29))
    last = days.moment(np.array([short]), np.array([86_399]))
    assert days.start[short + 1] - 2 <= last[0] < days.start[short + 1]


def test_months_are_whole() -> None:
    assert month_starts()[0] == date(2025, 1, 1)
    assert month_starts()[-1] == date(2026, 6, 1)
    assert len(month_starts()) == 18


def test_an_incident_counts_from_its_start_and_not_at_its_end() -> None:
    begins, ends = second_of(story.OUTAGE.started), second_of(story.OUTAGE.resolved)
    moments = np.array([begins - 1, begins, ends - 1, ends])
    assert list(factor_at(moments, "buying", story.INCIDENTS)) == [1.0, 0.0, 0.0, 1.0]
