"""Control limits against worked examples, and the promises around them: gaps, trends, bounds, unfinished periods."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from truenorth.analyze.normal import normal, steps

# Worked by hand: the ten values sum to 119, mean 11.9; moving ranges 2 1 2 1 1 3 2 1 2 sum to 15, mean 15/9 = 1.6667;
# limits 11.9 ± 2.66 x 1.6667 = 11.9 ± 4.4333 = 7.4667 and 16.3333.
WORKED = [10, 12, 11, 13, 12, 11, 14, 12, 13, 11]
MEAN = 11.9
RANGE = 15 / 9


def test_limits_follow_the_worked_example() -> None:
    result = normal(WORKED)
    assert result.centre[0] == pytest.approx(11.9)
    assert result.low[0] == pytest.approx(7.46667, abs=1e-5)
    assert result.high[-1] == pytest.approx(16.33333, abs=1e-5)
    assert result.sigma == pytest.approx(2.66 * RANGE / 3)
    assert (result.state, result.signals, result.trending) == ("normal", (), False)


def test_median_limits_follow_the_worked_example() -> None:
    # sorted: 10 11 11 11 12 12 12 13 13 14, median 12; moving ranges sorted: 1 1 1 1 2 2 2 2 3, median 2
    result = normal(WORKED, spread="median")
    assert result.centre[0] == pytest.approx(12)
    assert result.high[0] == pytest.approx(12 + 3.145 * 2)


def test_median_spread_of_zero_falls_back_to_the_mean() -> None:
    result = normal([0, 0, 0, 0, 3, 0, 0, 0, 0, 0], spread="median")
    assert result.high[0] == pytest.approx(2.66 * 6 / 9)


def test_screened_limits_leave_out_the_jumps_of_an_outlier() -> None:
    values = [10, 12, 11, 13, 12, 11, 40, 12, 13, 11, 12, 11]
    moves = [2, 1, 2, 1, 1, 29, 28, 1, 2, 1, 1]
    assert normal(values).sigma == pytest.approx(2.66 * sum(moves) / len(moves) / 3)
    calm = [move for move in moves if move < 28]
    assert normal(values, spread="screened").sigma == pytest.approx(2.66 * sum(calm) / len(calm) / 3)


def test_a_point_outside_the_limits_is_a_signal() -> None:
    result = normal([*WORKED, 30], baseline=10)
    assert [(s.index, s.rule, s.side) for s in result.signals] == [(10, "limit", "high")]
    assert (result.state, result.reason) == ("signal", "above its normal range")


def test_a_point_on_the_limit_is_not_a_signal() -> None:
    high = normal(WORKED).high[0]
    assert high is not None
    assert normal([*WORKED, high], baseline=10).state == "normal"
    assert normal([*WORKED, high + 0.001], baseline=10).state == "signal"


def test_below_the_limits() -> None:
    result = normal([*WORKED, 2], baseline=10)
    assert result.signals[-1].side == "low"
    assert result.reason == "below its normal range"


def test_eight_in_a_row_on_one_side_are_a_signal_seven_are_not() -> None:
    base = [10, 14] * 6
    assert normal([*base[:-1], 11, *[13] * 7], baseline=12).state == "normal"
    result = normal([*base[:-1], 11, *[13] * 8], baseline=12)
    assert result.reason == "8 in a row above its average"
    run = result.signals[-1]
    assert (run.rule, run.index, run.since) == ("run", 19, 12)


def test_a_value_at_the_centre_ends_a_run() -> None:
    base = [10, 14] * 6
    centre = normal(base).centre[0]
    assert centre is not None
    assert normal([*base, 13, 13, 13, 13, centre, 13, 13, 13, 13], baseline=12).state == "normal"


def test_three_of_four_near_a_limit_are_a_signal() -> None:
    # centre 11.9, limit at +4.43: nearer to the limit than to the centre is beyond 14.12
    near = normal([*WORKED, 14.5, 12, 14.5, 14.5], baseline=10)
    assert near.reason == "three of the last four near the upper end of its normal range"
    assert near.signals[-1].since == 10
    assert normal([*WORKED, 14.5, 12, 12, 14.5], baseline=10).state == "normal"
    assert normal([*WORKED, 14.5, 14.5, 14.5, 12], baseline=10).state == "normal"


def test_the_strongest_rule_gives_the_reason() -> None:
    result = normal([*WORKED, *[30] * 9], baseline=10)
    assert [s.rule for s in result.signals_at(18)] == ["limit", "near", "run"]
    assert result.reason == "above its normal range"


@pytest.mark.parametrize("values", [[], [1], [1, 2, 3, 4, 5], [None] * 30, [1, None, 2, None, 3]])
def test_fewer_than_six_values_say_so(values: list[float | None]) -> None:
    result = normal(values)
    assert result.state == "unknown"
    assert result.reason.startswith("not enough history")
    assert len(result.low) == len(values)
    assert set(result.low) <= {None}


def test_six_values_are_enough() -> None:
    assert normal([3, 4, 3, 4, 3, 4]).state == "normal"


def test_gaps_neither_break_nor_count() -> None:
    gappy = [value for pair in zip(WORKED, [None] * 10, strict=True) for value in pair]
    whole, holed = normal(WORKED), normal(gappy)
    assert holed.sigma == pytest.approx(whole.sigma)
    assert holed.centre[0] == pytest.approx(MEAN)
    assert len(holed.low) == 20
    assert all(low is not None for low in holed.low)


def test_an_unfinished_period_is_never_judged_nor_used() -> None:
    judged = normal(WORKED)
    result = normal([*WORKED, 0.1], skip={10})
    assert result.state == "normal"
    assert result.centre[0] == judged.centre[0]
    assert result.high[10] is not None


def test_a_steady_climb_is_not_a_signal() -> None:
    noise = random.Random(4)
    values = [100 + 5 * week + noise.gauss(0, 4) for week in range(26)]
    result = normal(values)
    assert result.trending
    assert result.state == "normal"
    assert [signal for signal in result.signals if signal.rule == "limit"] == []
    first, last = result.centre[0], result.centre[-1]
    assert first is not None and last is not None
    assert last - first == pytest.approx(125, abs=12)


def test_a_drop_out_of_a_climb_is_a_signal_although_the_value_is_high() -> None:
    noise = random.Random(4)
    values = [100 + 5 * week + noise.gauss(0, 4) for week in range(26)]
    values[-1] = 190.0
    result = normal(values, spread="screened")
    assert result.trending
    assert result.signals_at(25)[0].side == "low"
    assert max(values[:18]) < 200


def test_a_step_to_a_new_level_is_a_signal_not_a_trend() -> None:
    noise = random.Random(7)
    values = [(100 if week < 13 else 130) + noise.gauss(0, 3) for week in range(26)]
    result = normal(values)
    assert not result.trending
    assert result.state == "signal"
    assert result.reason.endswith("in a row above its average") or result.reason.startswith("above")


def test_noise_alone_has_no_trend_and_few_signals() -> None:
    trends = signals = 0
    for seed in range(200):
        noise = random.Random(seed)
        result = normal([noise.gauss(100, 10) for _ in range(26)])
        trends += result.trending
        signals += bool([s for s in result.signals_at(25) if s.rule == "limit"])
    assert trends <= 6
    assert signals <= 6


def test_percent_stays_between_zero_and_one() -> None:
    uptime = [0.999, 1.0, 0.998, 1.0, 0.999, 1.0, 0.97, 1.0]
    result = normal(uptime, unit="percent")
    assert set(result.high) == {1.0}
    churn = normal([0.01, 0.0, 0.03, 0.0, 0.02, 0.0, 0.01], unit="percent")
    assert set(churn.low) == {0.0}


def test_a_percent_metric_that_may_be_negative_or_above_one_is_not_bounded() -> None:
    growth = normal([-0.2, 1.4, 0.1, -0.3, 1.2, 0.4, 0.0], unit="percent")
    low, high = growth.low[0], growth.high[0]
    assert low is not None and high is not None
    assert low < -0.3
    assert high > 1.4


def test_a_clipped_limit_does_not_make_small_values_signals() -> None:
    counts = [0, 1, 0, 5, 0, 1, 0, 4, 0, 0, 0, 0]
    result = normal(counts)
    assert set(result.low) == {0.0}
    assert result.state == "normal"


def test_a_constant_series_is_normal_until_it_moves() -> None:
    assert normal([7] * 12).state == "normal"
    moved = normal([*[7] * 12, 8], baseline=12)
    assert moved.state == "signal"
    assert moved.signals[-1].rule == "limit"


def test_decimals_count_as_numbers() -> None:
    assert normal([Decimal(value) for value in WORKED]).centre == normal(WORKED).centre


def test_a_daily_series_is_judged_against_its_own_weekdays() -> None:
    noise = random.Random(1)
    week = [100, 104, 103, 101, 98, 40, 35]
    values = [week[day % 7] + noise.gauss(0, 2) for day in range(28)]
    plain, seasonal = normal(values), normal(values, season=7)
    assert seasonal.sigma < plain.sigma / 3
    assert seasonal.state == "normal"
    values[-1] = 70.0
    assert normal(values).state == "normal"
    assert normal(values, season=7, baseline=27).reason == "above its normal range"


def test_weekdays_need_three_weeks() -> None:
    values = [100, 104, 103, 101, 98, 40, 35] * 2
    assert normal(values, season=7).centre == normal(values).centre


def test_the_limits_come_from_the_baseline_alone() -> None:
    assert normal([*WORKED, 500, 500], baseline=10).centre[0] == normal(WORKED).centre[0]


def test_a_level_is_judged_by_its_moves() -> None:
    # moves 2 1 2 1 2 2 1, mean 11/7; moving ranges 1 1 1 1 0 1, mean 5/6: a move may be 11/7 ± 2.66 x 5/6
    result = steps([10, 12, 13, 15, 16, 18, 20, 21, 15], baseline=8)
    centre, reach = 11 / 7, 2.66 * 5 / 6
    assert result.low[0] is None
    assert result.low[8] == pytest.approx(21 + centre - reach)
    assert result.high[8] == pytest.approx(21 + centre + reach)
    assert (result.state, result.reason) == ("signal", "moved down more than it normally does")


def test_a_drifting_level_is_mostly_normal_where_its_values_would_be_signals() -> None:
    by_value = by_move = 0
    for seed in range(50):
        noise = random.Random(seed)
        level = [1000.0]
        for _ in range(25):
            level.append(level[-1] + noise.gauss(0, 5))
        by_value += normal(level, baseline=25).state == "signal"
        by_move += steps(level, baseline=25).state == "signal"
    assert by_value > 25
    assert by_move <= 5


def test_a_level_needs_seven_values() -> None:
    assert steps([1, 2, 3, 4, 5, 6]).reason == "not enough history: 6 values, 7 needed to say what is normal"
    assert steps([1, 2, 1, 2, 1, 2, 1]).state == "normal"


def test_the_range_of_a_level_keeps_its_bounds() -> None:
    share = [0.98, 0.99, 0.97, 0.99, 0.98, 0.99, 0.97, 0.98, 0.99]
    highs = [high for high in steps(share, unit="percent").high if high is not None]
    assert max(highs) == 1.0


def test_the_unfinished_period_of_a_level_is_not_judged() -> None:
    result = steps([10, 12, 11, 13, 12, 11, 14, 12, 1], skip={8})
    assert result.state == "normal"
    assert result.high[8] is not None


def test_a_long_time_without_a_rare_thing_is_no_signal() -> None:
    rare = [0, 0, 1, 0, 0, 0, 2, 0, 0, 1, *[0] * 12]
    assert normal(rare, spread="screened").state == "normal"
    often = [5, 4, 6, 5, 4, 6, 5, 4, 6, 5, *[0] * 12]
    assert normal(often, spread="screened", baseline=10).state == "signal"
