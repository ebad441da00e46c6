"""Every test stands in a small workspace of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.small import make


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a small workspace, which is also where the command runs."""
    folder = make(tmp_path / "small")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("TRUENORTH_DEBUG", raising=False)
    return folder
