"""How much is gathered for a load: little at once, much a row group at a time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.unit.collect.load.stream import Desk, Plain
from truenorth.collect.load.gather import Gathered, Gathering, Limits
from truenorth.collect.spool.segment import Position

LIMITS = Limits(rows=100, bytes=10_000, seconds=0.5, many=20, longest=2.0)


@pytest.mark.parametrize(
    ("rows", "seconds", "over"),
    [(1, 0.4, False), (1, 0.5, True), (19, 0.6, True), (20, 0.6, False), (99, 1.9, False), (99, 2.0, True)],
)
def test_much_is_worth_waiting_for(rows: int, seconds: float, over: bool) -> None:
    gathering = Gathering(Path(), {}, LIMITS)
    assert gathering._waited(Gathered(Position(), rows=rows), seconds) is over


@pytest.mark.parametrize(
    ("rows", "size", "seconds", "enough"),
    [(99, 9_999, 0.0, False), (100, 1, 0.0, True), (1, 10_000, 0.0, True), (1, 1, 2.1, True)],
)
def test_a_load_has_its_size(rows: int, size: int, seconds: float, enough: bool) -> None:
    gathering = Gathering(Path(), {}, LIMITS)
    began = time.monotonic() - seconds
    assert gathering._enough(Gathered(Position(), rows=rows, bytes=size), began) is enough


def test_what_waits_is_read_up_to_that_size(desk: Desk) -> None:
    for number in range(12):
        desk.send(*({"event": "a", "n": number} for _ in range(30)))
    gathering = Gathering(desk.folder / "spool", {"plain": Plain()}, LIMITS)
    first = gathering.gather(Position(), lambda: True)
    assert (first.rows, len(first.kept), first.ends[-1]) == (120, 4, first.position)
    second = gathering.gather(first.position, lambda: True)
    assert second.rows == 120
    third = gathering.gather(second.position, lambda: True)
    assert gathering.gather(third.position, lambda: True).kept == []
