"""The scorecard: bands, values, changes, signals, targets and the sentence, from one answer."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.decide.board import AS_OF, LAST_MONDAY, answer, metric, model, weeks
from truenorth.base.quantity import THIN
from truenorth.base.table import Table
from truenorth.decide.card import Card
from truenorth.decide.scorecard import Scorecard, scorecard
from truenorth.decide.series import shape_of
from truenorth.define.model import InputMetric, Metric, Model, Target

STEADY = [100, 104, 98, 101, 103, 97, 100, 102, 99, 101, 100, 98]


def board(of: Model, vs: str = "prev", grain: Any = "week", **columns: Any) -> Scorecard:
    starts = columns.pop("starts", None) or weeks(len(next(iter(columns.values()))))
    return scorecard(of, [answer(of, starts, columns.pop("incomplete", ()), grain, **columns)], grain, vs, AS_OF)


def only(of: Model, vs: str = "prev", **columns: Any) -> Card:
    (card,) = board(of, vs, **columns).cards
    return card


def plain(text: str) -> str:
    return text.replace(THIN, " ")


def test_three_bands_in_order_and_no_empty_ones() -> None:
    of = model(
        metric("revenue"),
        metric("dau", domain="customer"),
        metric("uptime", domain="operational"),
        metric("odd", domain=""),
    )
    score = board(of, revenue=STEADY, dau=STEADY, uptime=STEADY, odd=STEADY)
    assert [band.title for band in score.bands] == ["Customers", "Operations", "Money", "Others"]
    assert [band.subtitle for band in score.bands][:3] == [
        "what people do and whether they stay",
        "whether it works, and how fast",
        "what it earns and what it costs",
    ]
    assert [card.name for card in score.cards] == ["dau", "uptime", "revenue", "odd"]
    assert [band.domain for band in board(model(metric()), m=STEADY).bands] == ["financial"]


def test_cards_follow_the_order_of_home() -> None:
    of = model(metric("a"), metric("b"), metric("c"), home=["c", "a"])
    assert [card.name for card in board(of, a=STEADY, b=STEADY, c=STEADY).cards] == ["c", "a", "b"]


def test_value_change_and_words() -> None:
    of = model(metric(unit="currency", currency="EUR", label="Revenue", owner="dana.miller@acme.example"))
    card = only(of, m=[Decimal(value) for value in [*STEADY[:-1], 110]])
    assert (card.label, card.value, card.text, card.initials) == ("Revenue", Decimal(110), "€110", "DM")
    assert plain(card.change_text) == "+10.0 %"
    assert plain(card.change_sentence) == "+10.0 %, better than the week before"
    assert card.verdict == "better"
    assert (card.start, card.period, card.fresh, card.stale) == (
        LAST_MONDAY,
        "week of 22 Jun",
        "to 28 Jun",
        False,
    )


def test_percent_metrics_change_in_points() -> None:
    of = model(metric(type="ratio", unit="percent", direction="down"))
    card = only(of, m=[0.04] * 11 + [0.046])
    assert plain(card.change_sentence) == "+0.6 pt, worse than the week before"


def test_a_change_too_small_to_see_is_neither_better_nor_worse() -> None:
    card = only(model(metric(type="ratio", unit="percent")), m=[0.5, 0.4] * 5 + [0.4, 0.400001])
    assert card.verdict == "neutral"
    assert card.change_sentence == "about the same as the week before"


def test_the_incomplete_week_is_drawn_but_neither_shown_nor_judged() -> None:
    starts = weeks(13, date(2026, 6, 29))
    card = only(model(metric()), m=[*STEADY, 3], starts=starts, incomplete=(starts[-1],))
    assert card.value == STEADY[-1]
    assert (card.points[-1].value, card.points[-1].complete) == (3.0, False)
    assert card.state == "normal"
    assert card.points[-2].complete


def test_last_year_comes_from_the_comparison_column() -> None:
    of = model(metric())
    card = only(of, "year", m=STEADY, m__previous=[50] * 11 + [49])
    assert plain(card.change_text) == "+100.0 %"
    assert card.change_sentence.endswith("better than the same week last year")


def test_last_year_comes_from_the_series_when_it_reaches_back() -> None:
    values = [float(at) for at in range(1, 54)]
    assert only(model(metric()), "year", m=values).change.base == 1.0
    assert only(model(metric()), "year", m=values[:52]).change.base is None


def test_months_are_compared_with_the_same_month_last_year() -> None:
    starts = [date(2025 + (4 + at) // 12, (4 + at) % 12 + 1, 1) for at in range(14)]
    assert only(model(metric()), "year", m=list(range(14)), starts=starts, grain="month").change.base == 1.0


def test_rows_may_come_in_any_order() -> None:
    of = model(metric())
    whole = answer(of, weeks(12), m=STEADY)
    shuffled = list(whole.table.rows)
    random.Random(3).shuffle(shuffled)
    mixed = replace(whole, table=Table(whole.table.columns, tuple(shuffled)))
    assert scorecard(of, [mixed], "week", "prev", AS_OF) == scorecard(of, [whole], "week", "prev", AS_OF)


def test_a_missing_week_is_no_week_before() -> None:
    starts = weeks(13)
    del starts[-2]
    card = only(model(metric()), m=STEADY, starts=starts)
    assert card.change.base is None
    assert card.change_sentence == "no value for the week before to compare with"


def test_a_signal_says_why_with_numbers() -> None:
    card = only(model(metric()), m=[*STEADY, 140])
    assert card.signal
    assert card.reason.startswith("above its normal range of 9")
    assert card.points[-1].signal
    assert not any(point.signal for point in card.points[:-1])
    high = card.points[-1].high
    assert high is not None
    assert high < 140


def test_the_newest_value_does_not_widen_its_own_range() -> None:
    calm, wild = only(model(metric()), m=[*STEADY, 101]), only(model(metric()), m=[*STEADY, 900])
    assert [point.high for point in calm.points] == [point.high for point in wild.points]


def test_a_signal_that_goes_on_says_since_when() -> None:
    card = only(model(metric()), m=[*STEADY * 2, 140, 141])
    assert card.reason.endswith("since 15 Jun")
    assert not card.mover.news
    assert only(model(metric()), m=[*STEADY * 2, 101, 141]).mover.news


def test_little_history_is_said() -> None:
    card = only(model(metric()), m=[1, 2, 3])
    assert card.state == "unknown"
    assert card.reason.startswith("not enough history")


def test_zeros_before_the_first_data_are_no_history() -> None:
    of = model(metric("a"), metric("b", direction="down"))
    score = board(of, a=[0] * 10 + STEADY, b=[0] * 15 + [1, 0, 2, 0, 1, 0, 1])
    first, second = score.cards
    assert len(first.points) == 12
    assert first.state == "normal"
    assert [point.value for point in second.points][:5] == [0.0] * 5


def test_a_level_is_judged_by_its_moves() -> None:
    noise = random.Random(5)
    stock = [1000.0]
    for _ in range(25):
        stock.append(stock[-1] + noise.gauss(0, 10))
    levels = [{"type": "snapshot"}, {"type": "cumulative", "window": "28 days"}]
    for keys in levels:
        assert only(model(metric(**keys)), m=stock).state == "normal"
        fallen = only(model(metric(**keys)), m=[*stock, stock[-1] - 120])
        assert fallen.reason.startswith("moved down more than it normally does, outside ")


def test_a_ratio_of_levels_is_a_level() -> None:
    of = model(
        metric("mrr", type="snapshot"),
        metric("customers", type="snapshot"),
        metric("arpa", type="ratio", numerator="mrr", denominator="customers"),
    )
    drift = [100.0 + at // 4 for at in range(24)]
    card = next(
        card for card in board(of, mrr=drift, customers=drift, arpa=[*drift, 90][1:]).cards if card.name == "arpa"
    )
    assert card.reason.startswith("moved down")


def test_what_is_derived_from_levels_is_a_level_and_a_window_of_one_day_is_none() -> None:
    lost = metric("lost", type="cumulative", window="1 month")
    customers = metric("customers", type="snapshot")
    daily = metric("daily", type="cumulative", window="1 day")
    of = model(lost, customers, daily)

    def derived(*names: str) -> Metric:
        return metric(type="derived", input_metrics=[InputMetric(name) for name in names])

    assert shape_of(of, derived("lost", "customers")) == "level"
    assert shape_of(of, derived("lost", "daily")) == "flow"
    assert shape_of(of, daily) == "flow"
    assert shape_of(of, lost) == "level"


def test_no_data_is_stale_and_not_an_error() -> None:
    of = model(metric("a"), metric("b"))
    first, second = board(of, a=[*STEADY[:-2], None, None], b=STEADY).cards
    assert (first.value, first.text, first.stale, first.state) == (None, "–", True, "unknown")
    assert first.fresh == "no data since week of 8 Jun"
    assert second.state == "normal"
    nothing = only(model(metric()), m=[None] * 12)
    assert (nothing.fresh, nothing.stale) == ("no data", True)


def test_no_rows_at_all() -> None:
    of = model(metric())
    score = scorecard(of, [answer(of, [], m=[])], "week", "prev", AS_OF)
    (card,) = score.cards
    assert (card.value, card.state, card.points, card.period) == (None, "unknown", (), "")
    assert score.period == "no complete period yet"
    assert score.headline == "There is too little history yet to say what is normal."


def test_a_target_is_scaled_paced_and_said() -> None:
    of = model(metric(targets=[Target(300.0, "month", "2026-01-01")]))
    card = only(of, m=STEADY)
    assert card.goal is not None
    assert (card.goal.state, card.goal.value) == ("ahead", pytest.approx(70))
    assert card.target_text == "70"
    assert card.goal_text == "has reached its share of the monthly target, 70"
    assert only(model(metric()), m=STEADY).goal_text == "no target"


def test_the_page_as_a_whole() -> None:
    of = model(metric("a", label="Errors", direction="down"), metric("b"), metric("c"))
    score = board(of, a=[*STEADY, 160], b=[*STEADY, 100], c=[*STEADY, 99])
    assert (score.grain, score.vs, score.than, score.period) == ("week", "prev", "the week before", "22 – 28 June 2026")
    assert (score.as_of, score.timezone, score.notes) == (AS_OF, "Europe/Berlin", ("a note",))
    assert plain(score.headline).startswith("Errors changed most: 160, +63.3 %, worse than the week before (above its ")
    assert score.headline.endswith("Two others are within the normal range.")


def test_metrics_without_enough_history_are_not_called_normal() -> None:
    of = model(metric("a"), metric("b"))
    score = board(of, a=STEADY, b=[None] * 9 + [1, 2, 3])
    assert score.headline == "The one key metric is within its normal range."


def test_the_currency_is_the_answers() -> None:
    of = model(metric(unit="currency", currency="EUR"))
    without = model(metric(unit="currency"))
    given = answer(of, weeks(12), m=STEADY)
    assert scorecard(without, [given], "week", "prev", AS_OF).cards[0].text == "€98.00"


def test_only_as_many_points_as_a_card_has_room_for() -> None:
    card = only(model(metric()), m=list(range(100, 140)))
    assert len(card.points) == 26
    assert card.points[-1].start == LAST_MONDAY


def test_a_running_total_is_not_judged() -> None:
    of = model(metric(type="cumulative", grain_to_date="year"))
    card = only(of, m=[100 * at for at in range(1, 13)])
    assert (card.state, card.points[-1].high) == ("unknown", None)
    assert card.reason == "a running total is not judged; look at the metric that it adds up"
