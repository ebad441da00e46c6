"""Local days and periods in arrays are those of the calendar, across every change of the clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truenorth.base.period import truncate
from truenorth.base.zone import local
from truenorth.query.journey.frame import EPOCH, SECOND, Frame
from truenorth.query.window import Window

ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe")
MOMENT = st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1))


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@settings(max_examples=40, deadline=None)
@given(st.lists(MOMENT, min_size=1, max_size=8), st.sampled_from(ZONES))
def test_local_days_are_those_on_the_wall(moments: list[datetime], zone: str) -> None:
    days = Frame((), zone).local_days(np.array([microseconds(one) for one in moments]))
    assert [EPOCH.date() + timedelta(days=int(one)) for one in days] == [local(one, zone).date() for one in moments]


@settings(max_examples=40, deadline=None)
@given(
    MOMENT,
    st.sampled_from(("day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year")),
    st.sampled_from(("monday", "sunday", "saturday")),
    st.sampled_from((1, 2, 4, 10)),
)
def test_a_period_is_known_by_its_number(moment: datetime, grain: str, week_start: str, fiscal: int) -> None:
    frame = Frame((), "Europe/Berlin", week_start, fiscal)
    [number] = frame.periods(np.array([microseconds(moment)]), grain)
    first = truncate(local(moment, "Europe/Berlin").date(), grain, week_start, fiscal)
    assert frame.period_start(int(number), grain) == first
    before = datetime(first.year, first.month, first.day, 12) - timedelta(days=1)
    assert frame.periods(np.array([microseconds(before)]), grain)[0] == number - 1


@pytest.mark.parametrize("zone", ZONES)
def test_hours_are_those_that_pass(zone: str) -> None:
    begin = microseconds(datetime(2026, 3, 28))
    at = np.arange(begin, begin + 48 * 3600 * SECOND, 1800 * SECOND)
    frame = Frame((), zone)
    numbers = frame.periods(at, "hour")
    assert set(np.diff(numbers)) <= {0, 1}
    for number, one in zip(numbers, at, strict=True):
        start = frame.period_start(int(number), "hour")
        assert isinstance(start, datetime) and local(start, zone).minute == 0
        assert 0 <= one - microseconds(start) < 3600 * SECOND


def test_windows_hold_their_start_and_not_their_end() -> None:
    windows = (
        Window((date(2026, 3, 8),), date(2026, 3, 8), date(2026, 3, 9)),
        Window((date(2026, 3, 9),), date(2026, 3, 9), date(2026, 3, 10)),
    )
    # New York: the clock goes forward on 8 March 2026, a day of 23 hours.
    frame = Frame(windows, "America/New_York")
    at = np.array([microseconds(datetime(2026, 3, day, hour)) for day, hour in ((8, 4), (8, 5), (9, 4), (10, 4))])
    places, labels = frame.within(at)
    assert (places.tolist(), labels.tolist()) == ([1, 2], [0, 1])


def test_windows_that_overlap_hold_a_time_once_each() -> None:
    windows = (Window((1,), date(2026, 1, 1), date(2026, 1, 4)), Window((2,), date(2026, 1, 3), date(2026, 1, 6)))
    at = np.array([microseconds(datetime(2026, 1, day)) for day in (1, 3, 5, 6)])
    places, labels = Frame(windows).within(at)
    assert sorted(zip(places.tolist(), labels.tolist(), strict=True)) == [(0, 0), (1, 0), (1, 1), (2, 1)]


def test_open_windows_hold_everything() -> None:
    frame = Frame((Window((), None, None),))
    assert frame.within(np.array([-(10**18), 0, 10**18]))[0].tolist() == [0, 1, 2]
    assert frame.span == (None, None)


def test_dates_are_never_shifted() -> None:
    window = Window((), date(2026, 1, 1), date(2026, 1, 2))
    frame = Frame((window,), "America/New_York", dated=True)
    at = np.array([microseconds(datetime(2026, 1, day)) for day in (1, 2)])
    assert frame.within(at)[0].tolist() == [0]
    assert frame.period_start(int(frame.periods(at, "day")[0]), "day") == date(2026, 1, 1)
