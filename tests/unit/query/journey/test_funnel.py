"""The kernel of funnels against the plain follower, for every option, and what must hold however rows arrive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from truenorth.base.table import Value
from truenorth.define.funnel import place_of, share_of
from truenorth.define.model import Exclusion, FunnelStep, Metric
from truenorth.query.journey import funnel, trail
from truenorth.query.journey.frame import EPOCH, SECOND, Frame
from truenorth.query.journey.outcome import told
from truenorth.query.journey.rows import rows_of
from truenorth.query.window import Window
from truenorth.query.witness.funnel import Event, number_of, share

BEGIN = datetime(2025, 3, 1)
QUARTER = timedelta(minutes=15)
AS_OF = BEGIN + 10 * QUARTER
FRAME = Frame((Window((), None, None),), as_of=(AS_OF - EPOCH) // timedelta(microseconds=1))

# person, quarter hour, marks (three steps, two exclusions), asked, group, held
Row = tuple[int, int, int, bool, int, int]
MARKS = st.sampled_from([1, 2, 4, 1, 2, 4, 8, 16, 0, 3, 6, 5, 7, 9, 10, 18])
ROW = st.tuples(
    st.integers(0, 1), st.integers(0, 7), MARKS, st.sampled_from([True, True, False]), *[st.integers(0, 1)] * 2
)


def alike(row: Row) -> tuple[int, ...]:
    """What tells rows of one time apart: of those that are alike none is the first, whatever group they are of."""
    return row[0], row[1], row[2] & 7


ROWS = st.lists(ROW, max_size=12, unique_by=alike)
STEPS = [FunnelStep(name, name) for name in "abc"]
PLAIN = Metric("m", "funnel", window="1 hour", steps=STEPS)


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    orders: list[Literal["ordered", "strict", "any"]] = ["ordered", "ordered", "strict", "any"]
    order = draw(st.sampled_from(orders))
    steps = list(STEPS)
    if order != "any" and draw(st.booleans()):
        steps[1] = replace(steps[1], optional=True)
    exclusions = [Exclusion("x")] if draw(st.booleans()) else []
    if order != "any" and exclusions and draw(st.booleans()):
        ends = [("", "b"), ("b", "")] if not steps[1].optional else [("a", "c")]
        exclusions.append(Exclusion("y", *draw(st.sampled_from(ends))))
    attribution = draw(st.sampled_from(["entry", "first", "last", "all", "b"]))
    # Of attempts that are alike in every time but of other values none is the one whose group counts.
    held = ["h"] if attribution in ("entry", "all") and draw(st.booleans()) else []
    return Metric(
        "m",
        "funnel",
        window="1 hour",
        steps=steps,
        order=order,
        reentry=draw(st.sampled_from(["best", "best", "first"])),
        count=draw(st.sampled_from(["entities", "entities", "entries"])),
        hold=held,
        exclusions=exclusions,
        exclude=draw(st.sampled_from(["fail", "remove"])),
        attribution=attribution,
    )


PARTS = [("entered", ""), ("reached", "b"), ("converted", ""), ("excluded", ""), ("immature", "")]
PARTS += [("median_time", "b"), ("p90_time", "")]


def numbers(metric: Metric, rows: Sequence[Row], frame: Frame = FRAME) -> dict[tuple[str, int], Value]:
    """What the kernel tells of every part and group."""
    columns = list(zip(*rows, strict=True)) or [()] * 6
    who, at, marks, asked, group, held = columns
    # The bits of exclusions that this funnel does not have mean nothing; a strict one sees every row.
    known, every = (1 << 3 + len(metric.exclusions)) - 1, int(metric.order == "strict")
    marks = tuple(one & known | every << 3 + len(metric.exclusions) for one in marks)
    moments = [(BEGIN + one * QUARTER - EPOCH) // timedelta(microseconds=1) for one in at]
    read = rows_of(who, moments, marks, asked, group, **{"held 1": held})
    outcomes = funnel.follow(metric, read.taken(read.marks != 0), frame)
    found: dict[tuple[str, int], Value] = {}
    for part, step in PARTS:
        looked = replace(metric, part=part, step=step)
        for (_, number), value in told(outcomes, funnel.measured(looked, outcomes)).items():
            found[part, number] = value
    return {key: value for key, value in found.items() if value}


def witnessed(metric: Metric, rows: Sequence[Row]) -> dict[tuple[str, int], Value]:
    """The same told by the plain follower."""
    found: dict[tuple[str, int], Value] = {}
    for number in {row[4] for row in rows}:
        people: dict[int, dict[int, list[Event]]] = {}
        for who, at, marks, asked, group, held in rows:
            steps = tuple(one for one in (1, 2, 3) if marks >> one - 1 & 1)
            ends = tuple(one for one in (1, 2) if marks >> one + 2 & 1 and one <= len(metric.exclusions))
            event = Event(BEGIN + at * QUARTER, steps, asked, group == number, ends)
            if metric.order == "strict" or steps or ends:
                people.setdefault(who, {}).setdefault(held if metric.hold else 0, []).append(event)
        lists = [list(one.values()) for one in people.values()]
        for part, step in PARTS:
            value = number_of(replace(metric, part=part, step=step), lists, AS_OF)
            if value:
                found[part, number] = value
    return found


@settings(max_examples=150, deadline=None)
@given(metrics(), ROWS)
def test_kernel_and_plain_follower_agree(metric: Metric, rows: list[Row]) -> None:
    assert numbers(metric, rows) == witnessed(metric, rows)


@settings(max_examples=100, deadline=None)
@given(ROWS, st.booleans())
def test_the_latest_entry_tells_the_best_attempt(rows: list[Row], grouped: bool) -> None:
    """Where every row is one step at most, and everybody of one group, this is the way that is taken."""
    own = [(*row[:2], row[2] & -row[2], row[3], row[0] if grouped else 0, row[5]) for row in rows]
    assert numbers(PLAIN, own) == witnessed(PLAIN, own)


@settings(max_examples=30, deadline=None)
@given(metrics(), ROWS)
def test_rows_that_fit_no_number_are_followed_alike(metric: Metric, rows: list[Row]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(trail, "WORD", 20)
        assert numbers(metric, rows) == witnessed(metric, rows)


@settings(max_examples=30, deadline=None)
@given(metrics(), ROWS)
def test_rows_that_are_dealt_out_are_followed_alike(metric: Metric, rows: list[Row]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(trail, "CHUNK", 2)
        assert numbers(metric, rows) == witnessed(metric, rows)


@settings(max_examples=40, deadline=None)
@given(metrics(), ROWS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(metric: Metric, rows: list[Row], random: Random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert numbers(metric, shuffled) == numbers(metric, rows)


@settings(max_examples=40, deadline=None)
@given(metrics(), ROWS)
def test_rows_delivered_twice_change_nothing_where_none_is_two_steps(metric: Metric, rows: list[Row]) -> None:
    single = [row for row in rows if (row[2] & 7).bit_count() <= 1]
    assert numbers(metric, [*single, *single[::2]]) == numbers(metric, single)


def total(metric: Metric, rows: Sequence[Row], part: str, step: str = "") -> int:
    """A count of a part over all groups."""
    value = numbers(metric, [(*row[:4], 0, row[5]) for row in rows]).get((part, 0), 0)
    assert isinstance(value, int)
    return value


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_wider_windows_and_looser_orders_never_lower(rows: list[Row]) -> None:
    strict, ordered, loose = (
        total(replace(PLAIN, order=one), rows, "converted") for one in ("strict", "ordered", "any")
    )
    assert strict <= ordered <= loose <= total(replace(PLAIN, order="any"), rows, "entered")
    assert ordered <= total(PLAIN, rows, "reached", "b") <= total(PLAIN, rows, "entered")
    for order in ("strict", "ordered", "any"):
        wide = replace(PLAIN, order=order, window="2 hours")
        assert total(wide, rows, "converted") >= total(replace(PLAIN, order=order), rows, "converted")
        assert total(wide, rows, "reached", "b") >= total(replace(PLAIN, order=order), rows, "reached", "b")


@settings(max_examples=30, deadline=None)
@given(metrics(), ROWS, ROWS)
def test_rows_that_are_no_step_change_nothing(metric: Metric, rows: list[Row], others: list[Row]) -> None:
    loose = replace(metric, order="ordered" if metric.order == "strict" else metric.order)
    added = [*rows, *((*row[:2], 32, *row[3:]) for row in others)]
    assert numbers(loose, added) == numbers(loose, rows)


@settings(max_examples=30, deadline=None)
@given(metrics(), ROWS)
def test_merging_people_is_giving_them_one_name(metric: Metric, rows: list[Row]) -> None:
    """Two people who turn out to be one count as their rows under either name do."""
    one, other = [(0, *row[1:]) for row in rows], [(1, *row[1:]) for row in rows]
    assert numbers(metric, one) == numbers(metric, other)


@settings(max_examples=30, deadline=None)
@given(metrics(), ROWS)
def test_no_more_convert_than_enter(metric: Metric, rows: list[Row]) -> None:
    for numbered in (0, 1):
        own = [row for row in rows if row[4] == numbered]
        entered = total(metric, own, "entered")
        assert total(metric, own, "converted") <= entered >= total(metric, own, "immature")
        assert total(metric, own, "reached", "b") <= entered


def test_the_place_of_a_step_and_of_what_it_is_a_share_of() -> None:
    assert place_of(replace(PLAIN, step="b")) == 2
    assert share_of(replace(PLAIN, step="c", against="previous")) == 2
    assert share_of(replace(PLAIN, step="a", against="previous")) == 1


def test_the_interval_of_a_share_is_wilsons() -> None:
    """8 of 10: 0.4902 to 0.9433, the example of Brown, Cai and DasGupta (2001) and of R's binom.confint."""
    assert round(share("low", 8, 10), 4) == 0.4902
    assert round(share("high", 8, 10), 4) == 0.9433


def test_months_are_those_of_the_calendar() -> None:
    days = np.array([(datetime(2025, 1, 31) - EPOCH).days, (datetime(2024, 1, 31) - EPOCH).days]) * 86_400 * SECOND
    past = funnel.limits(days, "1 month") // (86_400 * SECOND)
    assert [str(EPOCH.date() + timedelta(days=int(one))) for one in past] == ["2025-02-28", "2024-02-29"]
