"""Loading beside the pages: on and on, through whatever troubles the warehouse has."""

from __future__ import annotations

import threading
from collections.abc import Callable

from truenorth.serve.loading import Loading


class Sick:
    """Fails twice, then loads."""

    def __init__(self) -> None:
        self.calls = 0
        self.well = threading.Event()

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
    assert loader.well.wait(5)
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
    assert loader.well.wait(5)
    loading.stop()
    assert told[:2] == ["trouble 1", "trouble 2"]
    assert told[2:] == [""]
