"""A state of its own for every test, and a clock that stands where it is put."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from truenorth.access import password
from truenorth.store.state import State, open_state

NOW = datetime(2026, 3, 2, 9, 0)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """An empty state."""
    opened = open_state(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> PasswordHasher:
    """Hashes that take no time, for tests in which many are made."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(password, "HASHER", hasher)
    password._nobodys.cache_clear()
    return hasher
