"""Changes: how much, and whether better or worse."""

from __future__ import annotations

from decimal import Decimal

import pytest

from truenorth.analyze.compare import change, sentence, shown, verdict


def test_absolute_and_relative() -> None:
    step = change(Decimal("120.00"), Decimal("100.00"), "up")
    assert (step.absolute, step.verdict) == (20.0, "better")
    assert step.relative == pytest.approx(0.2)


@pytest.mark.parametrize("base", [0, -5])
def test_no_share_of_zero_or_of_a_loss(base: int) -> None:
    step = change(5, base, "up")
    assert step.relative is None
    assert step.absolute == 5 - base
    assert shown(step, "currency") == (5 - base, "absolute")


@pytest.mark.parametrize(("value", "base"), [(None, 3), (3, None), (None, None)])
def test_a_missing_side_gives_no_change(value: int | None, base: int | None) -> None:
    step = change(value, base, "up")
    assert not step.known
    assert (step.absolute, step.relative, step.verdict) == (None, None, "neutral")


@pytest.mark.parametrize(
    ("absolute", "direction", "expected"),
    [
        (1, "up", "better"),
        (-1, "up", "worse"),
        (1, "down", "worse"),
        (-1, "down", "better"),
        (1, "none", "neutral"),
        (0, "up", "neutral"),
        (None, "up", "neutral"),
    ],
)
def test_verdicts(absolute: float | None, direction: str, expected: str) -> None:
    assert verdict(absolute, direction) == expected


def test_percentages_change_in_points() -> None:
    value, kind = shown(change(0.031, 0.037, "up"), "percent")
    assert kind == "points"
    assert value == pytest.approx(-0.006)


def test_rounding_noise_is_no_change() -> None:
    assert change(0.1 + 0.2, 0.3, "up").verdict == "neutral"


def test_sentences() -> None:
    assert sentence(change(5, 4, "up"), "+25 %", "the week before") == "+25 %, better than the week before"
    assert sentence(change(5, 4, "none"), "+25 %", "the week before") == "+25 % against the week before"
    assert sentence(change(5, 5, "up"), "0 %", "the week before") == "the same as the week before"
    assert sentence(change(5, None, "up"), "–", "last year") == "no value for last year to compare with"
    assert sentence(change(None, 5, "up"), "–", "last year") == "no value"
