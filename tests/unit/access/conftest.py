"""A state of its own for every test, and a clock that stands where it is put."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from truenorth.store.state import State, open_state

NOW = datetime(2026, 3, 2, 9, 0)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """An empty state."""
    opened = open_state(tmp_path)
    yield opened
    opened.close()
