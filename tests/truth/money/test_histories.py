"""Little histories of subscriptions with walks worked out by hand: what lasts, changes, pauses, moves and is not sound."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.truth.case import World
from tests.truth.money.book import COUNTED, MOVED, book, definitions, line, walk

HEAD = "customer text | plan text | region text | starts date | ends date  | amount decimal\n"
D = Decimal


def history(rows: str, balance: str = "", **more: datetime) -> World:
    """A world of rows `customer | plan | starts | ends | amount`, all of one region."""
    lines = [line.split("|") for line in rows.strip().splitlines()]
    full = "\n".join(" | ".join([one[0], one[1], "eu", *one[2:]]) for one in lines)
    return book(HEAD + full, balance, **more)


def test_overlapping_subscriptions_of_one_customer_are_one_balance(engine: str) -> None:
    world = history("""
        a | p | 2025-01-10 | 2025-03-10 | 100
        a | q | 2025-02-01 | 2025-04-01 | 50
    """)
    found = walk(world, engine, grain="month", range="2025-01..2025-04")
    assert found == {
        date(2025, 1, 1): line(new=100, closing=100),
        date(2025, 2, 1): line(opening=100, expansion=50, closing=150),
        date(2025, 3, 1): line(opening=150, contraction=100, closing=50),
        date(2025, 4, 1): line(opening=50, churn=50),
    }
    assert [row[1] for row in world.rows(engine, "customers", grain="month", range="2025-01..2025-04")] == [1, 1, 1, 0]


def test_a_change_on_one_day_is_no_churn(engine: str) -> None:
    world = history("""
        a | p | 2025-01-10 | 2025-02-10 | 100
        a | p | 2025-02-10 |            | 130
        b | p | 2025-02-10 | 2025-02-10 | 999
    """)
    found = walk(world, engine, grain="day", range="2025-02-09..2025-02-11")
    assert found == {
        date(2025, 2, 9): line(opening=100, closing=100),
        date(2025, 2, 10): line(opening=100, expansion=30, closing=130),
        date(2025, 2, 11): line(opening=130, closing=130),
    }


def test_a_pause_is_churn_and_a_return_is_reactivation_unless_within_one_period(engine: str) -> None:
    world = history("""
        a | p | 2025-01-10 | 2025-02-05 | 100
        a | p | 2025-02-20 | 2025-03-05 | 80
        a | p | 2025-05-01 |            | 80
    """)
    months = walk(world, engine, grain="month", range="2025-01..2025-05")
    assert months == {
        date(2025, 1, 1): line(new=100, closing=100),
        date(2025, 2, 1): line(opening=100, contraction=20, closing=80),
        date(2025, 3, 1): line(opening=80, churn=80),
        date(2025, 4, 1): line(),
        date(2025, 5, 1): line(reactivation=80, closing=80),
    }
    days = walk(world, engine, grain="day", range="2025-02")
    assert days[date(2025, 2, 5)] == line(opening=100, churn=100)
    assert days[date(2025, 2, 20)] == line(reactivation=80, closing=80)
    quarters = walk(world, engine, grain="quarter", range="2025-Q1..2025-Q2")
    assert list(quarters.values()) == [line(), line(reactivation=80, closing=80)]


def test_come_gone_and_back_within_one_month_is_new(engine: str) -> None:
    world = history("""
        a | p | 2025-01-03 | 2025-01-10 | 100
        a | p | 2025-01-20 |            | 60
    """)
    assert walk(world, engine, range="2025-01") == {(): line(new=60, closing=60)}
    assert walk(world, engine, COUNTED, range="2025-01") == {(): line(new=1, closing=1)}


def test_rows_without_a_place_in_time_or_an_amount_count_nowhere(engine: str) -> None:
    world = history("""
        a | p | 2025-01-10 |            | 100
        b | p | 2025-02-10 | 2025-02-09 | 70
        c | p |            | 2025-03-09 | 70
        d | p |            |            | 70
        e | p | 2025-01-11 |            |
    """)
    assert walk(world, engine, grain="quarter", range="2025-Q1") == {date(2025, 1, 1): line(new=100, closing=100)}
    assert world.value(engine, "customers", range="2025-03") == 1


def test_rows_of_nobody_count_as_one_in_amounts_and_not_among_customers(engine: str) -> None:
    world = history("""
          | p | 2025-01-10 | 2025-02-10 | 100
          | p | 2025-02-10 |            | 130
        a | p | 2025-02-11 |            | 1
    """)
    assert walk(world, engine, range="2025-02") == {(): line(opening=100, new=1, expansion=30, closing=131)}
    assert walk(world, engine, COUNTED, range="2025-02") == {(): line(new=1, closing=1)}


def test_what_begins_later_is_not_there_yet_and_what_ends_later_still_is(engine: str) -> None:
    world = history(
        """
        a | p | 2025-01-10 | 2025-09-01 | 100
        b | p | 2025-01-20 | 2025-03-10 | 40
        c | p | 2025-08-01 |            | 70
        """,
        now=datetime(2025, 4, 16, 12),
    )
    assert world.value(engine, "mrr") == 100
    months = walk(world, engine, grain="month")
    assert months == {
        date(2025, 1, 1): line(new=140, closing=140),
        date(2025, 2, 1): line(opening=140, closing=140),
        date(2025, 3, 1): line(opening=140, churn=40, closing=100),
        date(2025, 4, 1): line(opening=100, closing=100),
    }
    assert walk(world, engine) == {(): line(new=100, closing=100)}
    # Periods that have not begun are not known.
    ahead = world.rows(engine, "mrr", "mrr_new", grain="month", range="2025-04..2025-09", fill=True)
    assert ahead == [(date(2025, 4, 1), 100, 0), *((date(2025, month, 1), None, None) for month in range(5, 10))]
    assert world.rows(engine, "mrr", "mrr_churn", range="2025-08..2025-09") == [(None, None)]


def test_the_last_of_february_and_of_the_year_are_days_like_others(engine: str) -> None:
    world = history("""
        a | p | 2024-02-29 | 2025-02-28 | 100
        b | p | 2023-12-31 | 2024-02-29 | 30
        c | p | 2024-12-31 | 2025-01-01 | 7
    """)
    found = walk(world, engine, grain="month", range="2023-12..2025-02")
    assert {start: values for start, values in found.items() if any(values[1:8])} == {
        date(2023, 12, 1): line(new=30, closing=30),
        date(2024, 2, 1): line(opening=30, new=100, churn=30, closing=100),
        date(2024, 12, 1): line(opening=100, new=7, closing=107),
        date(2025, 1, 1): line(opening=107, churn=7, closing=100),
        date(2025, 2, 1): line(opening=100, churn=100),
    }
    years = walk(world, engine, grain="year", range="2023..2025")
    assert [values[-1] for values in years.values()] == [30, 107, 0]


def test_another_plan_is_a_transfer_and_what_is_left_expansion(engine: str) -> None:
    world = history("""
        a | basic | 2025-01-10 | 2025-02-10 | 40
        a | team  | 2025-02-10 |            | 100
        b | basic | 2025-01-10 |            | 40
    """)
    found = walk(world, engine, by="plan", range="2025-02")
    assert found == {
        "basic": line(opening=80, transfer_out=40, closing=40),
        "team": line(expansion=60, transfer_in=40, closing=100),
    }
    assert walk(world, engine, range="2025-02") == {(): line(opening=80, expansion=60, closing=140)}
    moved = world.rows(engine, "customers_transfer_out", "customers_transfer_in", by="plan", range="2025-02")
    assert moved == [("basic", 1, 0), ("team", 0, 1)]


def test_three_segments_at_once_are_set_off_the_largest_first(engine: str) -> None:
    # Lost: 50 of basic. Gained: 30 of team, 40 of plus. Plus takes 40 of the 50, team the last 10.
    world = history("""
        a | basic | 2025-01-10 | 2025-02-10 | 50
        a | team  | 2025-02-11 |            | 30
        a | plus  | 2025-02-12 |            | 40
    """)
    assert walk(world, engine, by="plan", range="2025-02") == {
        "basic": line(opening=50, transfer_out=50),
        "plus": line(transfer_in=40, closing=40),
        "team": line(expansion=20, transfer_in=10, closing=30),
    }


def test_several_segments_in_one_row_of_the_answer_count_a_customer_once(engine: str) -> None:
    world = history("""
        a | basic | 2025-01-10 | 2025-02-10 | 50
        a | team  | 2025-01-10 |            | 30
        a | plus  | 2025-02-12 |            | 50
        b | lone  | 2025-01-01 |            | 5
        c | basic | 2025-01-01 |            | 9
    """)
    where = "plan in ('basic', 'team', 'plus')"
    assert walk(world, engine, where=where, range="2025-02") == {(): line(opening=89, closing=89)}
    assert world.value(engine, "customers", where=where, range="2025-02") == 2
    assert walk(world, engine, COUNTED, where=where, range="2025-02") == {(): line(opening=2, closing=2)}
    rest = world.rows(engine, "mrr", "customers", by="plan", range="2025-02", limit=1, other=True, order="plan")
    assert rest == [("basic", "group", 9, 1), (None, "other", 85, 2)]


def test_nothing_of_a_plan_is_its_own_group(engine: str) -> None:
    world = history("""
        a | basic | 2025-01-10 | 2025-02-10 | 50
        a |       | 2025-02-10 |            | 50
    """)
    found = walk(world, engine, by="plan", range="2025-02")
    assert found == {"basic": line(opening=50, transfer_out=50), None: line(transfer_in=50, closing=50)}


@pytest.mark.parametrize(("at_zero", "there"), [("gone", 0), ("present", 1)])
def test_who_has_rows_worth_nothing_is_gone_or_present(engine: str, at_zero: str, there: int) -> None:
    world = history(
        """
        a | free | 2025-01-10 | 2025-02-10 | 0
        a | paid | 2025-02-10 | 2025-03-10 | 20
        a | free | 2025-03-10 |            | 0
        """,
        f", at_zero: {at_zero}",
    )
    asked = [row[1] for row in world.rows(engine, "customers", grain="month", range="2025-01..2025-03")]
    assert asked == [there, 1, there]
    march = walk(world, engine, range="2025-03")
    assert march == {(): line(opening=20, **({"contraction": 20} if there else {"churn": 20}))}


def test_a_credit_below_zero_is_a_balance_too(engine: str) -> None:
    world = history("""
        a | p | 2025-01-10 |            | -30
        b | p | 2025-01-10 | 2025-02-10 | 10
        b | p | 2025-02-10 |            | -10
    """)
    assert walk(world, engine, grain="month", range="2025-01..2025-02") == {
        date(2025, 1, 1): line(new=-20, closing=-20),
        date(2025, 2, 1): line(opening=-20, contraction=20, closing=-40),
    }


@pytest.mark.parametrize("kind", ["integer", "float"])
def test_amounts_of_any_kind_add_up_exactly(engine: str, kind: str) -> None:
    amounts = ("1", "2", "3") if kind == "integer" else ("10.2", "0.2", "-24.7")
    rows = "\n".join(f"a | p | eu | 2025-01-0{at} | 2025-02-01 | {one}" for at, one in enumerate(amounts, 1))
    world = book(HEAD.replace("decimal", kind) + rows)
    found = walk(world, engine, grain="month", range="2025-01..2025-02")
    whole = sum(D(one) for one in amounts)
    assert found == {
        date(2025, 1, 1): line(new=whole, closing=whole),
        date(2025, 2, 1): line(opening=whole, churn=whole),
    }
    assert isinstance(found[date(2025, 1, 1)][-1], int if kind == "integer" else D)


def test_days_are_those_of_the_zone_asked_in(engine: str) -> None:
    # Begun at 23:30 on 31 January in New York, which is 1 February in UTC; ended at 20:00 on 28 February there.
    head = "customer text | plan text | region text | starts timestamp | ends timestamp | amount decimal\n"
    world = book(head + "a | p | eu | 2025-02-01T04:30:00 | 2025-03-01T01:00:00 | 10")
    here = walk(world, engine, grain="month", range="2025-01..2025-03")
    there = walk(world, engine, grain="month", range="2025-01..2025-03", timezone="America/New_York")
    new, gone = line(new=10, closing=10), line(opening=10, churn=10)
    assert list(here.values()) == [new, gone]
    assert list(there.values()) == [new, gone, line()]


def test_a_window_nets_once_more_and_a_balance_before_is_a_metric(engine: str) -> None:
    world = history("""
        a | p | 2025-01-10 | 2025-02-05 | 100
        a | p | 2025-03-20 |            | 80
        b | p | 2025-01-10 | 2025-02-05 | 7
    """)
    rows = world.rows(engine, "lost_in_90_days", "mrr_churn", grain="month", range="2025-02..2025-04")
    assert rows == [(date(2025, 2, 1), 0, 107), (date(2025, 3, 1), 0, 0), (date(2025, 4, 1), 7, 0)]


def test_compared_with_the_month_before(engine: str) -> None:
    world = history("""
        a | p | 2025-01-10 | 2025-02-05 | 100
        b | p | 2025-01-20 |            | 80
    """)
    [row] = world.ask(engine, "mrr", "mrr_churn", range="2025-02", vs="prev").table.dicts()
    assert (row["mrr"], row["mrr__previous"], row["mrr_churn"], row["mrr_churn__previous"]) == (80, 180, 100, 0)


def test_conditions_of_a_part_choose_its_rows(engine: str) -> None:
    world = World(
        definitions().replace("balance: mrr, part: churn}", "balance: mrr, part: churn, filter: plan = 'p'}"),
        subscriptions=HEAD + "a | p | eu | 2025-01-10 | 2025-02-05 | 100\na | q | eu | 2025-01-10 | 2025-06-01 | 10",
    )
    # Of the rows of p alone, a is gone.
    assert world.rows(engine, "mrr_churn", "mrr_contraction", range="2025-02") == [(100, 100)]


def test_every_part_is_a_level_or_what_came_and_went(engine: str) -> None:
    world = history("a | p | 2025-01-10 | | 100")
    answer = world.ask(engine, *MOVED, grain="month", range="2025-01..2025-02", totals=True)
    assert set(answer.additivity.values()) == {"semi-additive"}
    assert answer.totals["mrr_closing"] == 100 and answer.totals["mrr_opening"] == 0
    assert answer.totals["mrr_new"] == 100


UNSOUND = """
    a | p | 2025-01-10 |            | 100
    b | p | 2025-02-10 | 2025-02-09 | 70
    c | p | 2025-03-09 | 2025-02-09 |
    d | q |            |            | 70
    e | q | 2025-01-11 |            |
"""


def test_an_answer_says_which_rows_count_nowhere(engine: str) -> None:
    world = history(UNSOUND)
    left = "4 rows of subscriptions are set aside: 1 has no start (70), 2 end before they begin (70), 1 has no amount"
    assert world.ask(engine, "mrr", range="2025").notes == (left,)
    assert world.ask(engine, "mrr", "customers", by="plan", where="plan = 'p'").notes == (left,)
    assert history("a | p | 2025-01-10 | | 1").ask(engine, "mrr").notes == ()
    one = history("a | p | 2025-01-10 | | 1\nb | p | | 2025-01-10 | 1")
    assert one.ask(engine, "mrr").notes == ("1 row of subscriptions is set aside: 1 has no start (1)",)


def test_an_answer_says_over_what_movements_are_netted(engine: str) -> None:
    world = history("a | p | 2025-01-10 | | 100")
    notes = {
        "movements are netted by customer over each month": {"grain": "month"},
        "movements are netted by customer over each quarter": {"grain": "quarter"},
        "movements are netted by customer over the whole range": {},
    }
    for note, asked in notes.items():
        assert world.ask(engine, "mrr", "mrr_new", range="2025", **asked).notes == (note,)
    assert world.ask(engine, "mrr", "mrr_opening", "arr", "customers", grain="month").notes == ()
    said = world.ask(engine, "lost_in_90_days", grain="month", range="2025-01").notes
    assert said == ("movements are netted by customer over the 90 days up to the end of each period",)
