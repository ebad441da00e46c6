"""The audit keeps its newest lines."""

from __future__ import annotations

import pytest

from tests.unit.access.conftest import NOW
from truenorth.access import audit
from truenorth.store.state import State


def test_the_oldest_lines_go(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MOST", 3)
    with state.writing() as rows:
        for number in range(6):
            audit.note(rows, audit.Line(NOW, "dana", "tested", str(number)))
        audit.trim(rows)
    assert [line.about for line in audit.lines(state)] == ["5", "4", "3"]
