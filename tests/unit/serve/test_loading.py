"""Loading beside the pages: on and on, through whatever troubles the warehouse has."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from truenorth.serve.loading import MUCH, Loading


class Sick:
    """Fails twice, then loads."""

    def __init__(self) -> None:
        self.calls = 0
        self.well = threading.Event()

    def waiting(self) -> int:
        """Nothing waits."""
        return 0

    def load(self, until: Callable[[], bool]) -> None:
        """One load."""
        self.calls += 1
        if self.calls < 3:
            raise OSError(f"trouble {self.calls}")
        self.well.set()
        while not until():
            until()


def test_it_tries_again_and_stops_when_told() -> None:
    loader = Sick()
    loading = Loading(loader, pause=0.01)
    loading.start()
    assert loader.well.wait(60)
    loading.stop()
    assert loader.calls >= 3
    assert loading.trouble == ""
    assert "loading" not in [thread.name for thread in threading.enumerate()]


def test_what_was_never_started_can_be_stopped() -> None:
    Loading(Sick()).stop()


def test_why_it_waits_is_told_once_and_that_it_goes_on() -> None:
    loader, told = Sick(), []
    loading = Loading(loader, pause=0.01, told=told.append)
    loading.start()
    assert loader.well.wait(60)
    loading.stop()
    assert told[:2] == ["trouble 1", "trouble 2"]
    assert told[2:] == [""]


class Flooded:
    """More comes in than it loads."""

    def __init__(self) -> None:
        self.turns: list[tuple[float, float]] = []
        self.enough = threading.Event()

    def waiting(self) -> int:
        """More each time."""
        return 2 * MUCH * (1 + len(self.turns))

    def load(self, until: Callable[[], bool]) -> None:
        """A load that takes its time."""
        began = time.monotonic()
        time.sleep(0.02)
        self.turns.append((began, time.monotonic()))
        if len(self.turns) == 3:
            self.enough.set()


def test_where_more_comes_than_is_loaded_it_rests_as_long_as_it_worked() -> None:
    loader = Flooded()
    loading = Loading(loader)
    loading.start()
    assert loader.enough.wait(60)
    loading.stop()
    (_, ended), (began, _) = loader.turns[:2]
    assert began - ended >= 0.02
