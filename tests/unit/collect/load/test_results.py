"""Results of checks into tables: each once, and states that are the same whether made at once or bit by bit."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from truenorth.collect.load.kept import Kept
from truenorth.collect.load.results import ResultRows
from truenorth.collect.probe.outcome import Result
from truenorth.collect.probe.state import Rule
from truenorth.collect.receive.batch import Batch
from truenorth.collect.spool.frame import Frame
from truenorth.store.duckdb import DuckDB
from truenorth.store.tables import create

SECOND, T0 = 1_000_000, 1_767_225_600_000_000
RULE = Rule(30 * SECOND, 70 * SECOND, retries=1)


class Desk:
    """A warehouse into which results are put."""

    def __init__(self, **rules: Rule) -> None:
        self.engine, self.rules = DuckDB(), rules
        self.part = ResultRows(lambda: self.rules)
        for table in self.part.tables:
            self.engine.write(create(table))

    def put(self, results: Sequence[Result]) -> tuple[int, int, list[str]]:
        batch = Batch(results=list(results))
        frame = Frame("checks", "checks", "", "", "", T0, len(results), b"", ())
        with self.engine.transaction():
            [tally] = self.part.put(self.engine, [Kept(frame, batch)], careful=False).values()
        return tally.read, tally.loaded, [one.code for one in batch.refused]

    def held(self, table: str) -> list[tuple[Any, ...]]:
        order = "name, time" if table == "check_quarters" else "name, started"
        return self.engine.rows(f"SELECT * FROM {table} ORDER BY {order}, 3, 4")


def results(*told: tuple[int, bool], check: str = "shop", location: str = "here") -> list[Result]:
    return [Result(check, T0 + at * SECOND, ok, location, error="" if ok else "timeout") for at, ok in told]


def test_each_result_is_kept_once_and_makes_states_and_seconds() -> None:
    desk = Desk(shop=RULE)
    told = results((0, True), (30, False), (60, False), (90, True), (120, True))
    assert desk.put(told) == (5, 5, [])
    assert desk.put(told) == (5, 0, [])
    states = desk.engine.rows(
        "SELECT epoch(started)::BIGINT, epoch(ended)::BIGINT, state, reason FROM check_states ORDER BY 1"
    )
    first = T0 // SECOND
    assert states == [
        (first, first + 30, "up", ""),
        (first + 30, first + 90, "down", "timeout"),
        (first + 90, first + 120, "up", ""),
    ]
    assert desk.engine.rows("SELECT up, down, unknown FROM check_quarters") == [(60.0, 60.0, 0.0)]


def test_results_of_no_check_are_set_aside() -> None:
    desk = Desk(shop=RULE)
    assert desk.put([*results((0, True)), *results((0, True), check="shp")]) == (1, 1, ["E_UNKNOWN_CHECK"])


def test_a_check_that_says_something_else_is_told_anew_from_the_beginning() -> None:
    desk = Desk(shop=RULE)
    desk.put(results((0, True), (30, False), (60, True), (90, True)))
    assert desk.engine.rows("SELECT sum(down) FROM check_quarters") == [(0.0,)]
    desk.rules = {"shop": Rule(30 * SECOND, 70 * SECOND, retries=0)}
    desk.put(results((120, True)))
    assert desk.engine.rows("SELECT sum(down) FROM check_quarters") == [(30.0,)]


@pytest.mark.parametrize("seed", range(12))
def test_bit_by_bit_comes_to_the_same_as_at_once(seed: int) -> None:
    draw = random.Random(seed)
    rule = Rule(30 * SECOND, 70 * SECOND, retries=draw.randrange(3), quorum=draw.choice((1, 2)))
    told: list[Result] = []
    for location in ("here", "there"):
        at, ok = 0, True
        while at < 7200:
            at += 30 if draw.random() > 0.03 else draw.randrange(30, 900)
            ok = ok if draw.random() > 0.15 else not ok
            told += results((at, ok), location=location)
    whole, bits = Desk(shop=rule), Desk(shop=rule)
    whole.put(told)
    waiting = sorted(told, key=lambda one: one.time + draw.choice((0, 0, 0, 600)) * SECOND)
    while waiting:
        size = draw.randrange(1, 30)
        bits.put(waiting[:size])
        waiting = waiting[size:]
    for table in ("check_states", "check_quarters"):
        assert whole.held(table) == bits.held(table), table
    [(seconds, first, last)] = whole.engine.rows(
        "SELECT (SELECT sum(up + degraded + down + maintenance + unknown) FROM check_quarters), min(started), max(ended) "
        "FROM check_states"
    )
    assert seconds == (last - first).total_seconds()
