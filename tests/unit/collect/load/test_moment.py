"""The time of an event, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.collect.load.stream import DAY, NOON
from truenorth.collect.load.moment import MINUTE, MISSING, times

YEAR = 365 * DAY


def one(client: int, sent: int = MISSING, skewed: bool = True) -> tuple[int, bool, bool]:
    """The time of one event that is received at noon: how far from noon, in minutes."""
    column = [np.array([value], np.int64) for value in (client, sent, NOON)]
    time, corrected, dated = times(*column, np.array([skewed]))
    return (int(time[0]) - NOON) // MINUTE, bool(corrected[0]), bool(dated[0])


def test_a_time_as_sent_stays() -> None:
    assert one(NOON - 3 * MINUTE) == (-3, False, False)
    assert one(NOON - 3 * MINUTE, NOON - MINUTE) == (-3, False, False)
    assert one(NOON - 10 * YEAR) == (-10 * 365 * 24 * 60, False, False)


def test_without_a_time_it_happened_when_it_was_received() -> None:
    assert one(MISSING) == (0, False, False)
    assert one(MISSING, NOON - DAY) == (0, False, False)


@pytest.mark.parametrize(
    ("error", "shift"),
    [
        (5 * MINUTE, 0),
        (5 * MINUTE + 1, 5),
        (7 * MINUTE, 5),
        (7 * MINUTE + 30_000_000 - 1, 5),
        (7 * MINUTE + 30_000_000, 10),
        (60 * MINUTE + 2 * MINUTE, 60),
        (3 * 24 * 60 * MINUTE, 3 * 24 * 60),
    ],
)
def test_a_wrong_clock_is_corrected_in_steps_of_five_minutes(error: int, shift: int) -> None:
    client = NOON - 20 * MINUTE
    assert one(client + error, NOON + error)[0] * MINUTE == (client + error - shift * MINUTE - NOON) // MINUTE * MINUTE
    assert one(client + error, NOON + error)[1] == (shift != 0)
    assert one(client - error, NOON - error)[0] * MINUTE == (client - error + shift * MINUTE - NOON) // MINUTE * MINUTE


def test_a_clock_that_may_not_be_corrected_is_believed() -> None:
    assert one(NOON - 3 * 60 * MINUTE, NOON - 60 * MINUTE, skewed=False) == (-180, False, False)


def test_a_clock_never_set_is_corrected_when_it_says_when_it_sent() -> None:
    assert one(2 * MINUTE, 12 * MINUTE)[0] in (-10, -9, -8, -12, -11)
    assert one(2 * MINUTE, 12 * MINUTE)[1:] == (True, False)


def test_times_that_cannot_be_are_those_of_receiving() -> None:
    assert one(NOON + 60 * MINUTE) == (60, False, False)
    assert one(NOON + 60 * MINUTE + 1) == (0, False, True)
    assert one(YEAR - 1) == (0, False, True)
    assert one(YEAR) == ((YEAR - NOON) // MINUTE, False, False)
    assert one(-(2**62)) == (0, False, True)
    assert one(2**62) == (0, False, True)


def test_events_of_one_client_stay_in_order() -> None:
    client = np.array([NOON + 61 * MINUTE + second * 1_000_000 for second in range(600)], np.int64)
    received = np.full(600, NOON, np.int64)
    sent = np.full(600, NOON + 61 * MINUTE + 4 * MINUTE, np.int64)
    time, corrected, _ = times(client, sent, received, np.ones(600, np.bool_))
    assert corrected.all()
    assert (np.diff(time) == 1_000_000).all()
