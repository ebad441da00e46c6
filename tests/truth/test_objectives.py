"""Service level objectives, worked by hand: what was attained, what of the budget is left, how fast it burns.

Ratios are those of sums (reference: the unweighted mean of slok/sloth#241, #332 and #526 is the trap). The alert table is
that of the Site Reliability Workbook, chapter 5, table 5-8: 14.4, 6 and 1 for 99.9 % over 30 days, and 3 for one day.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pytest import approx

from tests.truth.case import Rows, World
from truenorth.base.errors import DefinitionErrors, QueryError
from truenorth.define.slo import Slo
from truenorth.query.standing import ALERTS, Burning, Standing, Stretch, standings

TRAFFIC = """
datasets:
  - {name: traffic, source: traffic, time: at, fields: [{name: route}, {name: requests}, {name: failed}, {name: plan}]}
metrics:
  - {name: requests, type: simple, dataset: traffic, agg: sum, expr: requests}
  - {name: failed, type: simple, dataset: traffic, agg: sum, expr: failed}
  - {name: worked, type: simple, dataset: traffic, agg: sum, expr: "requests - coalesce(failed, 0)"}
  - {name: calls, type: simple, dataset: traffic, agg: count}
  - {name: slow_calls, type: simple, dataset: traffic, agg: count, filter: failed > 0}
"""
SLOS = """
slos:
  - {name: checkout, total: requests, bad: failed, objective: 99, windows: [2 days, month]}
  - {name: goodly, total: requests, good: worked, objective: 99, windows: [2 days]}
  - {name: calling, total: calls, bad: slow_calls, objective: 90}
  - {name: hopeful, total: requests, bad: failed, objective: 99, empty: good}
  - {name: strict, total: requests, bad: failed, objective: 99, empty: bad}
"""
# January's last day is quiet; the 30th has few requests, and half of them fail; the 1st of February has many.
SHOP = World(
    TRAFFIC + SLOS,
    now=datetime(2026, 2, 4),
    traffic="""
        at timestamp        | route text | requests integer | failed integer | plan text
        2026-01-30 10:00:00 | /pay       | 10               | 5              | pro
        2026-01-31 10:00:00 | /pay       | 990              | 0              | free
        2026-02-01 09:00:00 | /pay       | 300              | 1              |
        2026-02-01 09:30:00 | /cart      | 700              | 3              | pro
        2026-02-03 12:00:00 | /cart      | 500              |                | pro
        """,
)


def rows(engine: str, *names: str, **asked: Any) -> list[Any]:
    return [list(row) for row in SHOP.rows(engine, *names, **asked)]


def test_a_window_is_the_ratio_of_its_sums_and_no_mean_of_ratios(engine: str) -> None:
    # 50 % and 100 % are no 75 %: 995 of 1000 worked.
    [[_, share, attained]] = rows(engine, "checkout", "checkout__attained", range="2026-01-31", grain="day")
    assert share == approx(1.0)
    assert attained == approx(0.995)


@pytest.mark.parametrize(
    ("on", "told"),
    [
        # Two days up to its end: 5 of 1000 failed, where 10 might have.
        ("2026-01-31", (0.995, 0.5, 0.5, 1000, 10.0)),
        # 4 of 1990, where 19.9 might have.
        ("2026-02-01", (1 - 4 / 1990, 4 / 19.9, 1 - 4 / 19.9, 1990, 19.9)),
        # Nothing came on the 2nd: the day before stands alone.
        ("2026-02-02", (0.996, 0.4, 0.6, 1000, 10.0)),
        ("2026-02-03", (1.0, 0.0, 1.0, 500, 5.0)),
        # The 29th and 30th: half of ten.
        ("2026-01-30", (0.5, 50.0, -49.0, 10, 0.1)),
    ],
)
def test_what_is_left_of_a_rolling_budget(engine: str, on: str, told: tuple[float, ...]) -> None:
    names = ("attained", "spent", "left", "events", "allowed")
    [found] = rows(engine, *(f"checkout__{name}" for name in names), range=on)
    assert [float(value) for value in found] == approx(list(told))


@pytest.mark.parametrize(
    ("on", "attained", "left"),
    [
        ("2026-01-31", 0.995, 0.5),
        # The month begins anew: nothing of January counts in it.
        ("2026-02-01", 0.996, 0.6),
        ("2026-02-02", 0.996, 0.6),
        ("2026-02-03", 1 - 4 / 1500, 1 - 4 / 15),
    ],
)
def test_a_window_of_the_calendar_begins_anew(engine: str, on: str, attained: float, left: float) -> None:
    [[_, one, other]] = rows(engine, "checkout__attained_month", "checkout__left_month", range=on, grain="day")
    assert (one, other) == (approx(attained), approx(left))


def test_the_first_window_has_two_names(engine: str) -> None:
    [found] = rows(engine, "checkout__left", "checkout__left_2_days", range="2026-02-01")
    assert found[0] == found[1] == approx(1 - 4 / 19.9)


def test_good_and_bad_tell_the_same(engine: str) -> None:
    names = ("checkout", "goodly", "checkout__left", "goodly__left")
    for row in rows(engine, *names, grain="day", range="2026-01-30..2026-02-03"):
        assert row[1] == (approx(row[2]) if row[2] is not None else None)
        assert row[3] == (approx(row[4]) if row[4] is not None else None)


def test_counts_of_rows_are_events_as_well(engine: str) -> None:
    # Three of five calls had a failure; a tenth may.
    [[share, left]] = rows(engine, "calling", "calling__left", range="all")
    assert (share, left) == (approx(0.4), approx(1 - 0.6 / 0.1))


@pytest.mark.parametrize(("name", "share"), [("checkout", None), ("hopeful", 1.0), ("strict", 0.0)])
def test_what_no_events_are_worth_is_said(engine: str, name: str, share: float | None) -> None:
    [[_, found]] = rows(engine, name, grain="day", range="2026-02-02", fill=True)
    assert found == share


def test_how_fast_the_budget_burns(engine: str) -> None:
    found = rows(engine, "checkout__burn_rate", grain="day", range="2026-01-30..2026-02-01")
    assert [row[1] for row in found] == [approx(50.0), approx(0.0), approx(0.4)]


def test_each_group_has_its_own_budget_and_nobody_is_lost(engine: str) -> None:
    found = rows(engine, "checkout__left", "checkout__events", by="plan", range="2026-02-01")
    assert sorted(found, key=str) == [
        ["free", approx(1.0), 990],
        ["pro", approx(1 - 3 / 7), 700],
        [None, approx(1 - 1 / 3), 300],
    ]


def standing(world: World, engine: str, now: datetime, name: str = "pay", by: tuple[str, ...] = ()) -> list[Standing]:
    runner = world.on(engine)
    model = runner.catalog.model
    return standings(model, lambda query: runner.ask(query, now), [model.slos[name]], by, now)


@pytest.mark.parametrize(
    ("window", "factors"),
    [
        ("30 days", [14.4, 6.0, 3.0, 1.0]),
        ("28 days", [13.44, 5.6, 2.8, 0.9333333]),
        ("7 days", [3.36, 1.4, 0.7, 0.2333333]),
        ("week", [3.36, 1.4, 0.7, 0.2333333]),
    ],
)
def test_the_alert_table_is_scaled_to_the_window(engine: str, window: str, factors: list[float]) -> None:
    world = minutes(window, [])
    [one] = standing(world, engine, datetime(2026, 2, 27, 12))
    assert [row.factor for row in one.burning] == [approx(factor) for factor in factors]


def minutes(window: str, failing: list[tuple[int, int]], zone: str = "UTC", **keys: Any) -> World:
    """10,000 requests in each of the last minutes of some days before noon of 27 February 2026; of each of the last
    `minutes` of `failing` so many fail, in the minutes that lie between it and the one before."""
    noon, found, done = datetime(2026, 2, 27, 12), [], 0
    for until, failed in [*failing, (72 * 60, 0)]:
        found += [[noon - timedelta(minutes=at + 1), 10_000, failed] for at in range(done, until)]
        done = until
    table = Rows({"at": "timestamp", "requests": "integer", "failed": "integer"}, found)
    words = f"{{name: pay, total: requests, bad: failed, objective: 99.9, windows: [{window}]}}"
    fields = TRAFFIC.replace("[{name: route}, {name: requests}, {name: failed}, {name: plan}]", "[{name: requests}]")
    return World(f"{fields}\nslos:\n  - {words}\n", workspace=f"timezone: {zone}\n", traffic=table)


@pytest.mark.parametrize(
    ("failing", "states"),
    [
        # 144 of 10,000 burn 14.4 times as fast as evenly, for an hour: just enough for the first row. Over two hours
        # that is 7.2, over six 2.4, over a day 0.6.
        ([(60, 144)], ["firing", "rising", "rising", "rising"]),
        ([(60, 143)], ["calm", "rising", "rising", "rising"]),
        # The last five minutes are well again.
        ([(5, 0), (60, 160)], ["recovering", "rising", "rising", "rising"]),
        # Only the last five minutes burn, 100 times as fast: 8.3 over the hour, 1.4 over six.
        ([(5, 1000)], ["rising", "rising", "rising", "rising"]),
        # Six hours at 6 times: the second row, not the first; 1.5 over the day, 0.5 over three.
        ([(360, 60)], ["calm", "firing", "rising", "rising"]),
        # A day at 3 times.
        ([(1440, 30)], ["calm", "calm", "firing", "firing"]),
        # Three days just as fast as evenly.
        ([(4320, 10)], ["calm", "calm", "calm", "firing"]),
        ([(4320, 9)], ["calm", "calm", "calm", "calm"]),
    ],
)
def test_each_row_speaks_up_when_both_of_its_stretches_burn(
    engine: str, failing: list[tuple[int, int]], states: list[str]
) -> None:
    [one] = standing(minutes("30 days", failing), engine, datetime(2026, 2, 27, 12))
    assert [row.state for row in one.burning] == states
    assert [row.alert for row in one.burning] == list(ALERTS)


@pytest.mark.parametrize(
    ("states", "worst"),
    [(["firing", "calm", "firing", "calm"], "page"), (["rising", "calm", "firing", "calm"], "ticket")],
)
def test_the_worst_alert_is_the_state(states: list[str], worst: str) -> None:
    shown = {"firing": (9.0, 9.0), "rising": (0.0, 9.0), "calm": (0.0, 0.0)}
    burning = tuple(Burning(alert, 5.0, *shown[one]) for alert, one in zip(ALERTS, states, strict=True))
    assert Standing(Slo("pay", 99.0, "all"), (), datetime(2026, 1, 1), (), burning, None).state == worst


def test_when_the_budget_ends_if_it_goes_on_like_the_last_day(engine: str) -> None:
    # 72 hours of 10,000 a minute; in the last day 20 of 10,000 failed: twice as fast as evenly. A third of all requests
    # of the window failed twice as often as allowed, so two thirds of the budget are spent and one third is left: it
    # lasts a sixth of 30 days.
    [one] = standing(minutes("30 days", [(1440, 20)]), engine, datetime(2026, 2, 27, 12))
    assert one.windows[0].stretch.left == approx(1 / 3)
    assert one.rate == approx(2.0)
    assert one.ends == datetime(2026, 2, 27, 12) + timedelta(days=5)
    assert one.state == "met"


def test_a_calendar_window_that_ends_before_its_budget_does_has_no_such_day(engine: str) -> None:
    [one] = standing(minutes("week", [(1440, 1)]), engine, datetime(2026, 2, 27, 12))
    assert one.windows[0].start == datetime(2026, 2, 23)
    assert one.ends is None


def test_without_events_nothing_is_known(engine: str) -> None:
    [one] = standing(SHOP, engine, datetime(2025, 6, 1), "checkout")
    assert one.state == "unknown" and one.rate is None and one.ends is None
    assert {row.state for row in one.burning} == {"unknown"}


# In New York clocks go forward on 8 March 2026 at 2:00 (7:00 UTC) and back on 1 November.
CLOCKS = World(
    f"{TRAFFIC}slos:\n  - {{name: pay, total: requests, bad: failed, objective: 50, windows: [2 days, 48 hours, day]}}\n",
    workspace="timezone: America/New_York\n",
    now=datetime(2026, 12, 1),
    traffic="""
        at timestamp        | route text | requests integer | failed integer | plan text
        2026-03-07 04:30:00 | /a         | 1                | 1              |
        2026-03-07 05:30:00 | /a         | 10               | 1              |
        2026-03-08 04:30:00 | /a         | 100              | 1              |
        2026-03-08 05:30:00 | /a         | 1000             | 1              |
        2026-03-09 03:30:00 | /a         | 10000            | 1              |
        2026-10-31 03:30:00 | /a         | 1                | 1              |
        2026-10-31 04:30:00 | /a         | 10               | 1              |
        2026-11-01 03:30:00 | /a         | 100              | 1              |
        2026-11-01 05:30:00 | /a         | 1000             | 1              |
        2026-11-02 04:30:00 | /a         | 10000            | 1              |
        """,
)


@pytest.mark.parametrize(
    ("now", "events"),
    [
        # Midnight after the day of 23 hours: two days are 47 hours, from 7 March 0:00 (5:00 UTC); 48 begin an hour
        # earlier.
        (datetime(2026, 3, 9, 4), {"2 days": 11110, "48 hours": 11111, "day": 0}),
        (datetime(2026, 3, 9, 3, 59), {"2 days": 11110, "48 hours": 11111, "day": 11000}),
        # Midnight after the day of 25 hours: two days are 49, from 31 October 0:00 (4:00 UTC).
        (datetime(2026, 11, 2, 5), {"2 days": 11110, "48 hours": 11100, "day": 0}),
        (datetime(2026, 11, 2, 4, 59), {"2 days": 11110, "48 hours": 11100, "day": 11000}),
    ],
)
def test_days_are_those_of_the_clock_and_hours_those_that_pass(
    engine: str, now: datetime, events: dict[str, int]
) -> None:
    [one] = standing(CLOCKS, engine, now)
    assert {window.words: window.stretch.total for window in one.windows} == events


@pytest.mark.parametrize(
    ("on", "events"), [("2026-03-07", 111), ("2026-03-08", 11110), ("2026-10-31", 111), ("2026-11-01", 11110)]
)
def test_questions_by_day_have_the_same_windows(engine: str, on: str, events: int) -> None:
    [(_, found)] = CLOCKS.rows(engine, "pay__events", grain="day", range=on)
    assert found == events


@pytest.mark.parametrize("seed", range(6))
def test_random_traffic_is_what_a_slow_count_says(engine: str, seed: int) -> None:
    chance = random.Random(seed)
    zone = chance.choice(["UTC", "America/New_York", "Asia/Kathmandu"])
    window, objective = chance.choice(["2 days", "5 days", "1 week"]), chance.choice([90, 99, 99.9, 99.95])
    first, found = datetime(2026, 2, 20), []
    for hour in range(24 * 25):
        # Hours without traffic, hours without a row, counts that are not known.
        if chance.random() < 0.3:
            continue
        total = chance.choice([0, 0, 1, 20, 3000])
        failed = chance.choice([0, 0, min(total, 1), total // 7, None])
        found.append([first + timedelta(hours=hour, minutes=chance.randrange(60)), total, failed])
    table = Rows({"at": "timestamp", "requests": "integer", "failed": "integer"}, found)
    slo = f"{{name: pay, total: requests, bad: failed, objective: {objective}, windows: [{window}, month]}}"
    fields = TRAFFIC.replace("[{name: route}, {name: requests}, {name: failed}, {name: plan}]", "[{name: requests}]")
    world = World(
        f"{fields}\nslos:\n  - {slo}\n", workspace=f"timezone: {zone}\n", now=datetime(2026, 3, 20), traffic=table
    )
    names = ("pay", "pay__attained", "pay__left", "pay__attained_month", "pay__burn_rate")
    told = world.rows(engine, *names, grain="day", range="2026-02-24..2026-03-10", fill=True)
    budget = (100 - objective) / 100
    for today, share, attained, left, month, burn in told:
        assert isinstance(today, date)
        back = today - timedelta(days={"2 days": 2, "5 days": 5, "1 week": 7}[window] - 1)
        here = counted(found, zone, today, today)
        rolling, calendar = counted(found, zone, back, today), counted(found, zone, today.replace(day=1), today)
        assert share == near(here), (seed, today)
        assert attained == near(rolling), (seed, today)
        assert month == near(calendar), (seed, today)
        assert left == (None if rolling is None else approx(1 - (1 - rolling) / budget, abs=1e-9))
        assert burn == (None if here is None else approx((1 - here) / budget, abs=1e-9))


def near(value: float | None) -> Any:
    return None if value is None else approx(value, abs=1e-12)


def counted(found: list[Any], zone: str, first: date, last: date) -> float | None:
    """The share of good requests of some local days, row by row."""
    from zoneinfo import ZoneInfo

    total = bad = 0
    for at, requests, failed in found:
        here = at.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).date()
        if first <= here <= last:
            total, bad = total + requests, bad + (failed or 0)
    return 1 - bad / total if total else None


@pytest.mark.parametrize(
    ("slo", "code", "said"),
    [
        ("{name: a, total: requests, objective: 99}", "E_MISSING_KEY", "neither good nor bad"),
        ("{name: a, total: requests, good: worked, bad: failed, objective: 99}", "E_KEY_CONFLICT", "both good and bad"),
        ("{name: a, total: request, bad: failed, objective: 99}", "E_NAME_NOT_FOUND", "requests"),
        ("{name: a, total: requests, bad: gone, objective: 99}", "E_NAME_NOT_FOUND", 'no metric named "gone"'),
        ("{name: a, total: requests, bad: failed, objective: 0.999}", "E_BAD_VALUE", "objective: 99.9"),
        ("{name: a, total: requests, bad: failed, objective: 100}", "E_BAD_VALUE", "between 0 and 100"),
        ("{name: a, total: requests, bad: failed, objective: -3}", "E_BAD_VALUE", "between 0 and 100"),
        ("{name: a, total: requests, bad: failed, objective: 99, windows: [soon]}", "E_BAD_WINDOW", "30 days"),
        ("{name: a, total: requests, bad: failed, objective: 99, windows: []}", "E_BAD_VALUE", "no window"),
        ("{name: a, total: requests, bad: failed, objective: 99, windows: [day, day]}", "E_BAD_VALUE", "twice"),
        ("{name: requests, total: calls, bad: slow_calls, objective: 99}", "E_DUPLICATE_NAME", "called like a metric"),
        ("{name: a, total: ever, bad: failed, objective: 99}", "E_UNSAFE_REAGGREGATION", "cumulative"),
        ("{name: a, total: requests, errors: failed, objective: 99}", "E_OTHER_SPELLING", "bad"),
        ("{name: a, total: requests, bad: failed}", "E_MISSING_KEY", "objective"),
        ("{name: a, total: requests, bad: failed, objective: 99, min_events: -1}", "E_BAD_VALUE", "never"),
        (
            "{name: a, total: requests, bad: failed, objective: 99, credits: [{below: 999, credit: 1}]}",
            "E_BAD_VALUE",
            "percentage",
        ),
        (
            "{name: a, total: requests, bad: failed, objective: 99, credits: [{below: 99}]}",
            "E_MISSING_KEY",
            "credit",
        ),
    ],
)
def test_what_is_wrong_with_an_objective_is_told_at_its_place(slo: str, code: str, said: str) -> None:
    ever = "  - {name: ever, type: cumulative, input_metric: requests}\n"
    world = World(f"{TRAFFIC}{ever}slos:\n  - {slo}\n", traffic=SHOP.tables["traffic"])
    with pytest.raises(DefinitionErrors) as caught:
        world.on("duckdb")
    told = [one for one in caught.value.errors if one.code == code]
    assert told, str(caught.value)
    assert any(said in str(one) for one in told), str(caught.value)
    assert all(one.where is not None and one.where.file == "metrics/case.yml" for one in told)


def test_a_number_that_an_objective_does_not_have_is_not_found(engine: str) -> None:
    with pytest.raises(QueryError) as caught:
        SHOP.rows(engine, "checkout__lefd")
    assert caught.value.code == "E_NAME_NOT_FOUND"


AGREED = World(
    f"""{TRAFFIC}
slos:
  - name: pay
    total: requests
    bad: failed
    objective: 99
    windows: [2 days, month]
    min_events: 400
    credits: [{{below: 99.9, credit: 10}}, {{below: 99, credit: 25}}, {{below: 50, credit: 100}}]
""",
    traffic=SHOP.tables["traffic"],
)


@pytest.mark.parametrize(
    ("now", "owed", "left"),
    [
        # 99.5 % of two days: less than 99.9, not less than 99. Half of 1 % of 48 hours is left.
        (datetime(2026, 2, 1), 10.0, timedelta(minutes=14.4)),
        # Half of ten requests.
        (datetime(2026, 1, 31), 25.0, timedelta(hours=48) * 0.01 * -49),
        # 4 of 1,000.
        (datetime(2026, 2, 3), 10.0, timedelta(hours=48) * 0.01 * 0.6),
        # Nothing failed among 500.
        (datetime(2026, 2, 4), 0.0, timedelta(hours=48) * 0.01),
    ],
)
def test_what_is_owed_and_left_as_time(engine: str, now: datetime, owed: float, left: timedelta) -> None:
    [one] = standing(AGREED, engine, now)
    first = one.windows[0]
    assert first.credit == owed
    assert first.left is not None and first.left.total_seconds() == approx(left.total_seconds(), abs=1e-3)


def test_few_events_call_for_nobody(engine: str) -> None:
    # Ten requests of which half fail burn 50 times as fast as evenly: too few to wake somebody.
    [one] = standing(AGREED, engine, datetime(2026, 1, 30, 10, 1))
    assert {row.state for row in one.burning} == {"quiet"}
    [one] = standing(AGREED, engine, datetime(2026, 2, 1, 9, 31))
    assert "quiet" not in {row.state for row in one.burning}


@pytest.mark.parametrize(
    ("bad", "total", "low", "high"),
    [
        # Worked with Wilson's formula at z = 1.96: 1 of 100, none of 10, all of 10.
        (1, 100, 0.9455, 0.9982),
        (0, 10, 0.7225, 1.0),
        (10, 10, 0.0, 0.2775),
    ],
)
def test_how_sure_a_share_is(bad: float, total: float, low: float, high: float) -> None:
    found = Stretch(Slo("a", 99.0, "all"), bad, total).interval
    assert found == (approx(low, abs=1e-4), approx(high, abs=1e-4))
    assert Stretch(Slo("a", 99.0, "all"), 0, 0).interval is None


def test_a_stretch_without_events_says_what_its_objective_says() -> None:
    assert Stretch(Slo("a", 99.0, "all"), 0, 0).left is None
    assert Stretch(Slo("a", 99.0, "all", empty="good"), 0, 0).left == 1
    assert Stretch(Slo("a", 99.0, "all", empty="bad"), 0, 0).left == approx(-99)


# Slices of time

BY_SLICE = """
  - {name: by_day, objective: 60, total: requests, bad: failed, slice: 1 day, slice_objective: 99, windows: [4 days]}
  - {name: hopeful_days, objective: 60, total: requests, bad: failed, slice: 1 day, slice_objective: 99, windows: [4 days], empty: good}
  - {name: strict_days, objective: 60, total: requests, bad: failed, slice: 1 day, slice_objective: 99, windows: [4 days], empty: bad}
  - {name: busy_hours, objective: 60, value: requests, slice: 1 hour, above: 500, windows: [7 days]}
"""
SLICED = World(TRAFFIC + "slos:" + BY_SLICE, now=datetime(2026, 2, 4), traffic=SHOP.tables["traffic"])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        # Of 31 January to 3 February, the 1st had 99.6 %, the 31st and the 3rd all; nothing is known of the 2nd.
        ("by_day", [1.0, 3]),
        ("hopeful_days", [1.0, 4]),
        ("strict_days", [0.75, 4]),
    ],
)
def test_an_objective_of_slices_counts_slices(engine: str, name: str, told: list[float]) -> None:
    asked = {"range": "2026-02-03", "grain": "day"}
    [[_, *found]] = [list(row) for row in SLICED.rows(engine, f"{name}__attained", f"{name}__events", **asked)]
    assert found == told


def now_of(world: World, engine: str, name: str) -> Standing:
    runner = world.on(engine)
    model = runner.catalog.model
    return standings(model, lambda query: runner.ask(query, world.now), [model.slos[name]], (), world.now)[0]


def test_a_value_is_good_within_its_bound(engine: str) -> None:
    # The hours with requests had 10, 990, 300 + 700 and 500: more than 500 in two of four.
    assert SLICED.value(engine, "busy_hours") == approx(0.5)
    stretch = now_of(SLICED, engine, "busy_hours").windows[0].stretch
    assert (stretch.bad, stretch.total) == (2, 4)


def test_a_budget_is_money_where_a_bad_event_has_a_price(engine: str) -> None:
    keys = "total: requests, bad: failed, objective: 99, windows: [2 days]"
    priced = f"{{name: paid, {keys}, worth: {{value: 10, low: 5, high: 30}}}}"
    world = World(f"{TRAFFIC}slos:\n  - {priced}\n", now=datetime(2026, 2, 2), traffic=SHOP.tables["traffic"])
    # 19.9 of 1990 might have failed, and 4 did.
    assert now_of(world, engine, "paid").windows[0].money == approx((79.5, 159.0, 477.0))


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("total: requests, bad: failed, slice: 7 minutes, slice_objective: 99", "E_BAD_WINDOW"),
        ("total: requests, bad: failed, slice: 1 hour", "E_MISSING_KEY"),
        ("total: requests, bad: failed, slice_objective: 99", "E_MISSING_KEY"),
        ("total: requests, bad: failed, slice: 1 hour, slice_objective: 0", "E_BAD_VALUE"),
        ("total: requests, bad: failed, below: 3", "E_KEY_NOT_ALLOWED"),
        ("value: requests, slice: 1 hour", "E_MISSING_KEY"),
        ("value: requests, below: 3", "E_MISSING_KEY"),
        ("value: requests, bad: failed, slice: 1 hour, below: 3", "E_KEY_CONFLICT"),
        ("bad: failed", "E_MISSING_KEY"),
        ("total: requests, bad: failed, worth: {value: 3, low: 5}", "E_BAD_VALUE"),
    ],
)
def test_what_an_objective_of_slices_lacks_is_told(keys: str, code: str) -> None:
    with pytest.raises(DefinitionErrors) as caught:
        World(f"{TRAFFIC}slos:\n  - {{name: wrong, objective: 99, {keys}}}\n", traffic=SHOP.tables["traffic"]).on(
            "duckdb"
        )
    assert code in [error.code for error in caught.value.errors]
