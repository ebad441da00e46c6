"""What changed most: by distance from the metric's own normal, and always the same sentence."""

from __future__ import annotations

import math
import random

import pytest

from truenorth.analyze.movers import Mover, deviation, headline, movers
from truenorth.analyze.normal import normal

REVENUE = Mover("revenue", "Revenue", 0.4, False, "+90 % against the week before")
ERRORS = Mover(
    "error_rate", "Error rate", 5.0, True, "+0.2 pt, worse than the week before", "above its normal range", True
)
UPTIME = Mover("uptime", "Uptime", -4.0, True, "−0.1 pt", "below its normal range", True)


def test_deviation_is_in_sigmas() -> None:
    result = normal([10, 12, 11, 13, 12, 11, 14, 12, 13, 11])
    assert deviation(result, 0, 10) == pytest.approx((10 - 11.9) / result.sigma)
    assert deviation(normal([1, 2]), 0, 1) == 0.0
    assert deviation(result, 0, None) == 0.0
    assert deviation(normal([7] * 12), 3, 7) == 0.0
    assert deviation(normal([7] * 12), 3, 8) == math.inf


def test_a_large_percentage_within_the_normal_range_does_not_lead() -> None:
    assert [mover.name for mover in movers([REVENUE, UPTIME, ERRORS])] == ["error_rate", "uptime", "revenue"]


def test_the_order_given_does_not_matter() -> None:
    crowd = [Mover(name, name.upper(), 3.0, True) for name in "abcdefg"]
    expected = headline(crowd)
    for seed in range(5):
        shuffled = crowd[:]
        random.Random(seed).shuffle(shuffled)
        assert headline(shuffled) == expected
    assert expected == "A stands out most. B, C, D and three more also stand out."


def test_the_sentence_names_the_cause_the_others_and_the_calm() -> None:
    assert headline([REVENUE, UPTIME, ERRORS]) == (
        "Error rate changed most: +0.2 pt, worse than the week before (above its normal range). "
        "Uptime also stands out. One other is within the normal range."
    )


def test_news_leads_before_a_signal_that_goes_on() -> None:
    old = Mover("spend", "Spend", 40.0, True, "1,120", "above its normal range since 15 Jun")
    assert headline([old, ERRORS]).startswith("Error rate changed most")
    assert headline([old]) == "Spend stands out most: 1,120 (above its normal range since 15 Jun)."


def test_calm_weeks_are_allowed() -> None:
    assert headline([REVENUE]) == "The one key metric is within its normal range."
    assert headline([REVENUE] * 15) == "All 15 key metrics are within their normal range."
    assert headline([]) == "There is too little history yet to say what is normal."
