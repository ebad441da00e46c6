"""One measured figure, beside a peer's where there is one, and the bar it is held to."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`bar` is the most that ours may be, `bar_ratio` the most it may be of the peer's; the least, where `higher` is
    better."""

    name: str
    ours: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    bar: float | None = None
    bar_ratio: float | None = None
    higher: bool = False

    @property
    def ratio(self) -> float | None:
        return self.ours / self.peer_value if self.peer_value else None

    @property
    def holds(self) -> bool:
        return not (misses(self.ours, self.bar, self.higher) or misses(self.ratio, self.bar_ratio, self.higher))

    def as_dict(self) -> dict[str, object]:
        """The line in results.jsonl."""
        return {
            "name": self.name,
            "ours": round(self.ours, 4),
            "unit": self.unit,
            "peer": self.peer,
            "peer_value": None if self.peer_value is None else round(self.peer_value, 4),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
        }


def misses(value: float | None, bar: float | None, higher: bool) -> bool:
    """Whether a value is on the wrong side of a bar."""
    if value is None or bar is None:
        return False
    return value < bar if higher else value > bar


def median_seconds(work: Callable[[], object], times: int, warm: int = 3) -> float:
    """The median duration of a piece of work, after a few turns that do not count."""
    taken = []
    for turn in range(warm + times):
        started = time.perf_counter()
        work()
        if turn >= warm:
            taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def medians_in_turns(
    first: Callable[[], object], second: Callable[[], object], times: int, warm: int = 3
) -> tuple[float, float]:
    """The median durations of two pieces of work that are held against each other: in turns, so that both meet the
    same machine."""
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(warm + times):
        for work, durations in zip((first, second), taken, strict=True):
            started = time.perf_counter()
            work()
            if turn >= warm:
                durations.append(time.perf_counter() - started)
    return statistics.median(taken[0]), statistics.median(taken[1])
