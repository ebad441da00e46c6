"""Targets: which is in force, what it means for another grain, and whether the metric keeps pace."""

from __future__ import annotations

from datetime import date

import pytest

from tests.unit.decide.board import metric
from truenorth.decide.target import Goal, Stretch, active, converted, goal
from truenorth.define.model import Target

JANUARY = Target(100.0, "month", "2026-01-01", "2026-03-31")
APRIL = Target(300.0, "month", "2026-04-01")
WEEK = Stretch(date(2026, 6, 22), "week")
JUNE = Stretch(date(2026, 6, 1), "month")


def reached(goal: Goal | None) -> Goal:
    assert goal is not None
    return goal


def test_the_target_of_the_day_is_in_force() -> None:
    both = [JANUARY, APRIL]
    assert active(both, date(2025, 12, 31)) is None
    assert active(both, date(2026, 1, 1)) is JANUARY
    assert active(both, date(2026, 3, 31)) is JANUARY
    assert active(both, date(2026, 4, 1)) is APRIL
    assert active([JANUARY], date(2026, 4, 1)) is None


def test_of_two_targets_the_later_one_holds() -> None:
    replaced = Target(120.0, "month", "2026-02-01")
    assert active([JANUARY, replaced], date(2026, 2, 1)) is replaced


def test_an_undated_target_holds_always() -> None:
    assert active([Target(5.0)], date(1999, 1, 1)) == Target(5.0)


def test_a_sum_is_scaled_by_days() -> None:
    # 30 days of June hold 300, so a week holds 7 x 300 / 30
    found = converted(metric(targets=[APRIL]), "additive", WEEK)
    assert found is not None
    assert found.value == pytest.approx(70)
    assert (found.way, found.every) == ("scaled", "month")


def test_a_week_across_two_months_takes_days_of_both() -> None:
    # 29-30 June at 300/30 a day, 1-5 July at 300/31 a day
    found = converted(metric(targets=[APRIL]), "additive", Stretch(date(2026, 6, 29), "week"))
    assert found is not None
    assert found.value == pytest.approx(2 * 300 / 30 + 5 * 300 / 31)


def test_a_week_across_two_targets_takes_days_of_both() -> None:
    # 30-31 March at 100/31 a day, 1-5 April at 300/30 a day
    found = converted(metric(targets=[JANUARY, APRIL]), "additive", Stretch(date(2026, 3, 30), "week"))
    assert found is not None
    assert found.value == pytest.approx(2 * 100 / 31 + 5 * 300 / 30)


def test_a_longer_period_adds_the_targets_of_its_parts() -> None:
    found = converted(metric(targets=[JANUARY, APRIL]), "additive", Stretch(date(2026, 1, 1), "quarter"))
    assert found is not None
    assert found.value == pytest.approx(300)
    year = converted(metric(targets=[JANUARY, APRIL]), "additive", Stretch(date(2026, 1, 1), "year"))
    assert year is not None
    assert year.value == pytest.approx(3 * 100 + 9 * 300)


def test_a_target_that_begins_within_the_period_is_left_out_and_says_so() -> None:
    found = converted(metric(targets=[APRIL]), "additive", Stretch(date(2026, 3, 30), "week"))
    assert found is not None
    assert (found.value, found.way) == (None, "omitted")
    assert "begins on 2026-04-01" in found.note


@pytest.mark.parametrize(
    "keys",
    [
        {"type": "ratio", "agg": "", "unit": "currency"},
        {"unit": "percent", "type": "derived", "agg": ""},
        {"agg": "percentile"},
        {"agg": "avg"},
        {"type": "snapshot"},
        {"type": "cumulative", "window": "28 days"},
    ],
)
def test_a_rate_or_a_level_holds_at_any_grain(keys: dict[str, str]) -> None:
    found = converted(metric(targets=[APRIL], **keys), "algebraic", WEEK)
    assert found is not None
    assert (found.value, found.way) == (300.0, "as is")


def test_a_distinct_count_is_left_out_when_the_grains_differ() -> None:
    people = metric(targets=[APRIL], agg="count_distinct")
    found = converted(people, "holistic", WEEK)
    assert found is not None
    assert found.value is None
    assert found.note == "its target is per month; a distinct count cannot be scaled to a week"
    same = converted(people, "holistic", JUNE)
    assert same is not None
    assert same.value == 300.0


def test_a_running_total_heads_for_its_target() -> None:
    year = metric(type="cumulative", grain_to_date="year", targets=[Target(1200.0, "year", "2026-01-01")])
    found = converted(year, "", JUNE)
    assert found is not None
    assert found.value == 1200.0
    assert found.expected == pytest.approx(181 / 365)
    other = converted(metric(type="cumulative", grain_to_date="year", targets=[APRIL]), "", JUNE)
    assert other is not None
    assert other.value is None


def test_without_a_target_there_is_no_goal() -> None:
    assert goal(metric(), "additive", WEEK, {WEEK.start: 5.0}) is None


@pytest.mark.parametrize(
    ("value", "direction", "state"),
    [
        (70.0, "up", "ahead"),
        (67.0, "up", "on pace"),
        (66.0, "up", "behind"),
        (70.0, "down", "ahead"),
        (73.0, "down", "on pace"),
        (74.0, "down", "behind"),
        (70.0, "none", "unknown"),
    ],
)
def test_the_pace_of_a_sum_has_some_slack(value: float, direction: str, state: str) -> None:
    found = reached(goal(metric(targets=[APRIL], direction=direction), "additive", WEEK, {WEEK.start: value}))
    assert found.state == state
    assert found.share == pytest.approx(value / 70)


@pytest.mark.parametrize(
    ("value", "direction", "state"),
    [(0.9995, "up", "ahead"), (0.9994, "up", "behind"), (0.9995, "down", "ahead"), (0.9996, "down", "behind")],
)
def test_a_rate_is_met_or_not(value: float, direction: str, state: str) -> None:
    uptime = metric(type="ratio", unit="percent", direction=direction, targets=[Target(0.9995, "month")])
    assert reached(goal(uptime, "algebraic", WEEK, {WEEK.start: value})).state == state


def test_days_are_added_up_towards_a_monthly_target() -> None:
    days = {date(2026, 6, day): 8.0 for day in range(1, 16)}
    found = reached(goal(metric(targets=[APRIL]), "additive", Stretch(date(2026, 6, 15), "day"), days))
    assert (found.way, found.value, found.reached) == ("to date", 300.0, 120.0)
    assert found.share == pytest.approx(0.4)
    assert found.expected == pytest.approx(0.5)
    assert found.state == "behind"


def test_a_series_that_begins_too_late_is_not_added_up() -> None:
    days = {date(2026, 6, day): 8.0 for day in range(2, 16)}
    found = reached(goal(metric(targets=[APRIL]), "additive", Stretch(date(2026, 6, 15), "day"), days))
    assert (found.way, found.value) == ("scaled", pytest.approx(10))


def test_later_days_do_not_count_yet() -> None:
    days = {date(2026, 6, day): 10.0 for day in range(1, 31)}
    found = reached(goal(metric(targets=[APRIL]), "additive", Stretch(date(2026, 6, 15), "day"), days))
    assert found.reached == 150.0
    assert found.state == "ahead"


def test_months_are_added_up_towards_a_yearly_target() -> None:
    months = {date(2026, month, 1): 100.0 for month in range(1, 7)}
    yearly = metric(targets=[Target(1200.0, "year", "2026-01-01")])
    found = reached(goal(yearly, "additive", JUNE, months))
    assert (found.way, found.reached) == ("to date", 600.0)
    assert found.expected == pytest.approx(181 / 365)


def test_weeks_do_not_fit_into_months_and_are_not_added_up() -> None:
    found = reached(goal(metric(targets=[APRIL]), "additive", WEEK, {WEEK.start: 70.0, date(2026, 6, 1): 70.0}))
    assert (found.way, found.reached) == ("scaled", 70.0)


def test_a_target_of_zero_has_no_share_but_a_state() -> None:
    incidents = metric(direction="down", targets=[Target(0.0, "week")])
    assert reached(goal(incidents, "additive", WEEK, {WEEK.start: 0.0})).state == "ahead"
    missed = reached(goal(incidents, "additive", WEEK, {WEEK.start: 1.0}))
    assert (missed.state, missed.share) == ("behind", None)


def test_no_value_no_state() -> None:
    found = reached(goal(metric(targets=[APRIL]), "additive", WEEK, {WEEK.start: None}))
    assert (found.state, found.share) == ("unknown", None)
    assert found.value == pytest.approx(70)
