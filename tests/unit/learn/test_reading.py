"""What the reader's own history and a bare definition say about how to read a metric."""

from __future__ import annotations

from typing import Any

import pytest

from truenorth.analyze.normal import Normal, normal
from truenorth.base.quantity import THIN
from truenorth.define.model import InputMetric, Metric, Model, NonAdditiveDimension, Workspace
from truenorth.learn.reading import Past, own_sentences, plain_sentences


def said(metric: Metric, values: list[float | None], grain: str = "week", locale: str = "en") -> list[str]:
    return [text.replace(THIN, " ") for text in own_sentences(metric, Past(values, grain), locale, "EUR")]


def metric(**more: Any) -> Metric:
    return Metric("m", "simple", dataset="orders", agg="sum", expr="net", **more)


SAW = [100.0, 110.0] * 5 + [100.0]


def test_the_normal_range_and_the_usual_step_come_from_the_values() -> None:
    # The moves are all 10: limits are the mean of the first ten (105) give or take 2.66 x 10.
    assert said(metric(), SAW) == [
        "By week, yours is usually between 78 and 132.",
        "From one week to the next it usually moves by 10; take less than 33 as chance until it lasts.",
    ]


def test_percent_metrics_move_in_points() -> None:
    lines = said(metric(unit="percent"), [0.030, 0.032] * 5 + [0.030])
    assert lines[0] == "By week, yours is usually between 2.6 and 3.6 %."
    assert lines[1].startswith("From one week to the next it usually moves by 0.2 pt; take less than 0.7 pt as chance")


def test_small_counts_keep_one_digit_and_times_their_own() -> None:
    few = [1.0, 3.0, 2.0, 4.0, 1.0, 2.0, 3.0, 2.0]
    assert said(metric(unit="incidents"), few)[1].endswith("moves by 1; take less than 5.1 as chance until it lasts.")
    assert "2.00 s" in said(metric(unit="seconds"), [value * 2 for value in few])[1]


def test_large_counts_are_whole() -> None:
    lines = said(metric(unit="people"), [value * 1000 for value in SAW])
    assert "between 78,400 and 131,600" in lines[0]
    assert "moves by 10,000;" in lines[1]


def test_money_is_written_as_money_and_in_the_locale() -> None:
    lines = said(metric(unit="currency"), [value * 10 for value in SAW])
    assert "between €784 and €1,316" in lines[0]
    assert "1.316" in said(metric(unit="currency"), [value * 10 for value in SAW], locale="de")[0]


def test_a_range_that_is_known_already_is_used() -> None:
    usual = normal([50, 60] * 5)
    lines = own_sentences(metric(), Past(SAW[:10], "week", usual), "en", "EUR")
    assert lines[0] == "By week, yours is usually between 28 and 82."


@pytest.mark.parametrize(("step", "word"), [(10.0, "rises"), (-10.0, "falls")])
def test_a_trend_is_named(step: float, word: str) -> None:
    noise = [3.0, -2.0, 4.0, -3.0, 1.0, -4.0, 2.0, 0.0] * 3
    values: list[float | None] = [1000 + step * at + extra for at, extra in enumerate(noise)]
    assert said(metric(), values)[0].endswith(f"around a line that {word}.")


def test_little_history_is_said() -> None:
    assert said(metric(), [1.0, 2.0, None]) == [
        "There is not enough history yet to say what is normal: 2 complete weeks, and 6 are needed."
    ]
    assert "1 complete month," in said(metric(), [1.0], "month")[0]


def test_what_is_not_judged_says_why_and_not_that_history_is_short() -> None:
    unknown = Normal((), (), (), (), "unknown", "a running total is not judged; look at the metric that it adds up")
    (first, *_) = own_sentences(metric(), Past([1.0] * 90, "day", unknown), "en", "EUR")
    assert first == "A running total is not judged; look at the metric that it adds up."


def test_a_calendars_own_grain_is_said_in_words() -> None:
    running = Metric("m", "cumulative", input_metric="n", grain_to_date="retail_month")
    assert any("every retail month;" in line for line in plain_sentences(Model(Workspace("Shop")), running))


def test_no_history_says_nothing() -> None:
    assert said(metric(), []) == []
    assert said(metric(), [None, None]) == []
    assert own_sentences(metric(), Past(SAW), "en", "EUR") == ()


def test_days_are_compared_with_their_own_weekday() -> None:
    week = [100.0, 100.0, 100.0, 100.0, 100.0, 20.0, 10.0]
    lines = said(metric(), [value + (at // 7) for at, value in enumerate(week * 4)], "day")
    assert lines[1].startswith("From one day to the same weekday a week later it usually moves by 1;")


def test_a_level_is_judged_by_its_steps() -> None:
    level = Metric("mau", "cumulative", input_metric="people", window="28 days", unit="people")
    lines = said(level, [1000.0, 1010, 1005, 1015, 1020, 1012, 1022, 1030, 1025])
    # The steps before the last are 4.29 on average; 2.66 x their mean move of 11.33 on both sides, from 1,030.
    assert lines[0] == "Judging by its usual steps, the latest week was to lie between 1,004 and 1,064."


def test_what_never_moves_is_said() -> None:
    assert said(metric(), [5.0] * 8)[1] == "From one week to the next it has not moved at all."


def test_gaps_are_not_moves() -> None:
    with_gaps: list[float | None] = [value for pair in zip(SAW, [None] * 11, strict=True) for value in pair]
    assert len(said(metric(), with_gaps)) == 1


def test_the_same_values_say_the_same() -> None:
    assert said(metric(), SAW) == said(metric(), SAW)


REVENUE = Metric("revenue", "simple", dataset="orders", agg="sum", expr="net", label="Revenue")
COSTS = Metric("costs", "simple", dataset="orders", agg="sum", expr="cost", label="IT costs")
KNOWN = Model(Workspace("Acme"), {}, {}, {"revenue": REVENUE, "costs": COSTS})


@pytest.mark.parametrize(
    ("given", "start"),
    [
        (metric(direction="up"), "Up is good."),
        (metric(direction="down"), "Down is good."),
        (metric(), "Neither way is good by itself"),
    ],
)
def test_the_direction_comes_first(given: Metric, start: str) -> None:
    assert plain_sentences(KNOWN, given)[0].startswith(start)


@pytest.mark.parametrize(
    ("given", "part"),
    [
        (
            Metric("m", "ratio", numerator="revenue", denominator="costs"),
            "which of the two moved: revenue, or IT costs.",
        ),
        (Metric("m", "ratio", numerator="revenue", denominator="costs"), "never the average of the parts"),
        (
            Metric(
                "m", "derived", expr="a - b", input_metrics=[InputMetric("revenue", "a"), InputMetric("costs", "b")]
            ),
            "computed from revenue and IT costs",
        ),
        (
            Metric(
                "m", "derived", expr="a / b", input_metrics=[InputMetric("revenue", "a"), InputMetric("revenue", "b")]
            ),
            "computed from revenue;",
        ),
        (Metric("m", "cumulative", input_metric="revenue", window="28 days"), "looks back over 28 days"),
        (Metric("m", "cumulative", input_metric="revenue", grain_to_date="year"), "begins anew with every year"),
        (Metric("m", "cumulative", input_metric="revenue"), "adds up everything so far"),
        (
            Metric(
                "m", "snapshot", dataset="d", agg="sum", non_additive_dimension=NonAdditiveDimension("day", "first")
            ),
            "a month shows its first day",
        ),
        (metric(), "Its parts add up to the total"),
        (Metric("m", "simple", dataset="d", agg="count_distinct", expr="p"), "parts can add up to more than the total"),
        (Metric("m", "simple", dataset="d", agg="median", expr="p"), "cannot be added or averaged"),
    ],
)
def test_the_definition_says_how_to_read_it(given: Metric, part: str) -> None:
    assert part in " ".join(plain_sentences(KNOWN, given))
