"""When an event happened: the time as sent, corrected only where the client's clock is plainly wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Marks = NDArray[np.bool_]

MINUTE = 60_000_000
STEP = 5 * MINUTE
AHEAD = 60 * MINUTE
# Nobody collected events before 1971: such a time is a clock that was never set.
FIRST = 365 * 24 * 60 * MINUTE
MISSING = np.iinfo(np.int64).min


def times(client: Times, sent: Times, received: Times, skewed: Marks) -> tuple[Times, Marks, Marks]:
    """(time, corrected, dated): the times of events in microseconds, which of them were shifted by the clock's error,
    and which have the time of receiving instead, because theirs cannot be. What was not said is `MISSING`.

    - The client's clock is wrong by `sent - received`. Up to 5 minutes are left alone: the way takes a while. Beyond,
      the time is shifted by that error in whole steps of 5 minutes (the half rounded away from zero), so that events
      of one client stay in order.
    - A time more than an hour after receiving, or before 1971, is no time: the event gets that of receiving.
    - Without a time the event happened when it was received.
    """
    unsaid = client == MISSING
    error = np.where(skewed & (sent != MISSING) & ~unsaid, sent - received, 0)
    away = np.abs(error)
    steps = (away + STEP // 2) // STEP * STEP
    shift = np.where(away > STEP, np.sign(error) * steps, 0)
    time = np.where(unsaid, received, client) - shift
    wrong = (time > received + AHEAD) | (time < FIRST)
    return np.where(wrong, received, time), (shift != 0) & ~wrong, wrong
