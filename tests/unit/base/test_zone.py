"""Zones folded into offsets, held against the zone rules themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truenorth.base.errors import QueryError
from truenorth.base.zone import instant, local, local_steps, next_hour, offset_at, steps, zone_of

ZONES = [
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Apia",
    "Pacific/Chatham",
]
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2036, 12, 31))
BOUNDED = settings(derandomize=True, deadline=None, max_examples=150, database=None)


def folded(value: datetime, pieces: tuple[tuple[datetime | None, int], ...]) -> int:
    """The offset of the piece that a time lies in, as the SQL looks it up."""
    return next(offset for until, offset in pieces if until is None or value < until)


@BOUNDED
@given(zone=st.sampled_from(ZONES), first=TIMES, seconds=st.integers(0, 600 * 86_400))
def test_pieces_hold_the_offset_of_every_moment_inside(zone: str, first: datetime, seconds: int) -> None:
    last = first + timedelta(seconds=seconds)
    pieces = steps(zone, first, last)
    for share in range(9):
        moment = first + (last - first) * share / 8
        assert (
            folded(moment, pieces) == moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset().total_seconds()
        )  # type: ignore[union-attr]


@BOUNDED
@given(zone=st.sampled_from(ZONES), moment=TIMES)
def test_local_pieces_lead_back_to_the_instant(zone: str, moment: datetime) -> None:
    """A wall time that is shown once leads back to its instant, one shown twice to its first passing."""
    wall = moment.replace(tzinfo=ZoneInfo(zone), fold=0)
    pieces = local_steps(zone, (moment - timedelta(days=400)).date(), (moment + timedelta(days=400)).date())
    there = moment - timedelta(seconds=folded(moment, pieces))
    if wall.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == moment:
        assert there == wall.astimezone(UTC).replace(tzinfo=None)


@BOUNDED
@given(zone=st.sampled_from(ZONES), day=st.dates(date(1990, 1, 1), date(2036, 12, 31)))
def test_hours_of_a_day_follow_each_other_until_the_next(zone: str, day: date) -> None:
    current, end = instant(day, zone), instant(day + timedelta(days=1), zone)
    count = 0
    while current < end:
        assert local(current, zone).date() == day
        following = next_hour(current, zone)
        assert current < following <= current + timedelta(minutes=90)
        current, count = following, count + 1
    assert current == end
    assert count in (0, 23, 24, 25) or zone in ("Pacific/Apia", "Africa/Casablanca")


def test_known_changes() -> None:
    assert steps("Europe/Berlin", datetime(2025, 1, 1), datetime(2026, 1, 1)) == (
        (datetime(2025, 3, 30, 1), 3600),
        (datetime(2025, 10, 26, 1), 7200),
        (None, 3600),
    )
    assert steps("UTC", datetime(2025, 1, 1), datetime(2026, 1, 1)) == ((None, 0),)
    assert offset_at(datetime(2025, 7, 1), "Asia/Kathmandu") == 20_700


def test_an_instant_of_each_kind_of_moment() -> None:
    assert instant(date(2025, 7, 1), "Europe/Berlin") == datetime(2025, 6, 30, 22)
    assert instant(datetime(2025, 7, 1, 12), "Europe/Berlin") == datetime(2025, 7, 1, 10)
    aware = datetime(2025, 7, 1, 12, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert instant(aware, "Europe/Berlin") == datetime(2025, 7, 1, 3)
    assert instant(date(2018, 11, 4), "America/Sao_Paulo") == datetime(2018, 11, 4, 3)


@pytest.mark.parametrize("name", ["", "Berlin", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe", "a\0b"])
def test_what_is_no_zone(name: str) -> None:
    with pytest.raises(QueryError) as raised:
        zone_of(name)
    assert raised.value.code == "E_UNKNOWN_TIMEZONE"
