"""How a scorecard speaks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.unit.decide.board import metric
from truenorth.analyze.compare import change
from truenorth.base.quantity import THIN
from truenorth.decide.target import Goal, Stretch
from truenorth.decide.words import (
    amount,
    amount_parts,
    change_words,
    goal_words,
    initials,
    range_words,
    stretch_words,
    than,
)

MONEY = {"unit": "currency", "currency": "EUR"}


def plain(text: str) -> str:
    """Without the thin space between a number and its unit."""
    return text.replace(THIN, " ")


@pytest.mark.parametrize(
    ("value", "keys", "text"),
    [
        (79.33, {}, "79"),
        (2.0, {}, "2"),
        (5.9999999999, {}, "6"),
        (0.47, {}, "0.47"),
        (Decimal("12.00"), {}, "12"),
        (1234, {}, "1,234"),
        (284600, MONEY, "€284.6k"),
        (0.0314, {"unit": "percent"}, "3.1 %"),
        (412, {"unit": "milliseconds"}, "412 ms"),
        (None, {}, "–"),
    ],
)
def test_amounts(value: float | None, keys: dict[str, str], text: str) -> None:
    assert plain(amount(value, metric(**keys), "en")) == text


def test_the_unit_stands_apart() -> None:
    assert amount_parts(0.0314, metric(unit="percent"), "en") == ("3.1", "%")


@pytest.mark.parametrize(
    ("value", "base", "unit", "text"),
    [
        (0.031, 0.037, "percent", "−0.6 pt"),
        (104.1, 100, "", "+4.1 %"),
        (90, 100, "currency", "−10.0 %"),
        (5, 0, "", "+5"),
        (-5, 0, "currency", "−€5.00"),
        (7, None, "", "–"),
    ],
)
def test_changes(value: float, base: float | None, unit: str, text: str) -> None:
    assert plain(change_words(change(value, base, "up"), unit, "EUR" if unit == "currency" else "", "en")) == text


def test_ranges_say_their_unit_once() -> None:
    assert plain(range_words(0.031, 0.042, metric(unit="percent"), "en")) == "3.1–4.2 %"
    assert plain(range_words(15800, 25000, metric(**MONEY), "en")) == "€15.8k–€25.0k"
    assert plain(range_words(-0.35, 0.44, metric(unit="percent"), "en")) == "−35.0–44.0 %"
    assert range_words(0, 0, metric(), "en") == "0"


def a_goal(**keys: object) -> Goal:
    return Goal(
        **{"value": 70.0, "every": "month", "way": "scaled", "share": 1.0, "expected": 1.0, "state": "ahead"} | keys
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("goal", "direction", "text"),
    [
        (a_goal(), "up", "has reached its share of the monthly target, 70"),
        (a_goal(state="on pace"), "up", "just below its share of the monthly target, 70"),
        (a_goal(state="behind"), "up", "below its share of the monthly target, 70"),
        (a_goal(way="as is", state="behind"), "up", "below its target of 70"),
        (a_goal(way="as is", state="behind"), "down", "above its target of 70"),
        (a_goal(way="as is"), "down", "within its target of 70"),
        (a_goal(state="unknown"), "up", "target 70"),
        (a_goal(value=None, note="its target is per month"), "up", "its target is per month"),
        (
            a_goal(way="to date", share=0.4, expected=0.5, reached=28.0),
            "up",
            "40 % of the monthly target of 70, with 50 % of the month gone",
        ),
        (
            a_goal(way="to date", share=0.4, expected=1.0, reached=28.0),
            "down",
            "40 % of the monthly limit of 70 used, over the whole month",
        ),
        (
            a_goal(way="to date", value=0.0, share=None, reached=3.0, expected=0.5),
            "down",
            "3 of the monthly limit of 0 used, with 50 % of the month gone",
        ),
    ],
)
def test_goals(goal: Goal, direction: str, text: str) -> None:
    assert plain(goal_words(goal, metric(direction=direction), "en")) == text


@pytest.mark.parametrize(
    ("owner", "letters"),
    [
        ("dana.miller@acme.example", "DM"),
        ("Mo Rahman", "MR"),
        ("Ana de la Cruz", "AC"),
        ("finance", "FI"),
        ("x", "X"),
        ("", ""),
        ("@", ""),
    ],
)
def test_initials(owner: str, letters: str) -> None:
    assert initials(owner) == letters


def test_what_is_compared_with() -> None:
    assert than("day", "prev") == "the day before"
    assert than("week", "year") == "the same week last year"
    assert than("year", "year") == "the year before"


@pytest.mark.parametrize(
    ("stretch", "text"),
    [
        (Stretch(date(2026, 6, 22), "week"), "22 – 28 June 2026"),
        (Stretch(date(2026, 6, 29), "week"), "29 June – 5 July 2026"),
        (Stretch(date(2025, 12, 29), "week"), "29 December 2025 – 4 January 2026"),
        (Stretch(date(2026, 6, 30), "day"), "30 June 2026"),
        (Stretch(date(2026, 6, 30), "hour"), "30 June 2026"),
        (Stretch(date(2026, 6, 1), "month"), "June 2026"),
        (Stretch(date(2026, 4, 1), "quarter"), "Q2 2026"),
        (Stretch(date(2026, 1, 1), "year"), "2026"),
    ],
)
def test_periods(stretch: Stretch, text: str) -> None:
    assert stretch_words(stretch, "en") == text


def test_periods_in_another_language() -> None:
    assert stretch_words(Stretch(date(2026, 6, 22), "week"), "de") == "22. Juni 2026 – 28. Juni 2026"
