"""Why loading waits is told, for as long as it does and somebody loads."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

from truenorth.collect.hindrance import FILE, hindrance, tell
from truenorth.collect.status import status
from truenorth.store.duckdb import DuckDB


def test_it_is_told_until_it_is_over(tmp_path: Path) -> None:
    assert hindrance(tmp_path) == ""
    (tmp_path / ".truenorth").mkdir()
    tell(tmp_path, "the disk is full")
    assert hindrance(tmp_path) == "the disk is full"
    found = status(DuckDB("none.duckdb", folder=tmp_path), tmp_path, datetime(2026, 7, 1), {})
    assert tuple(one.words for one in found.worries()) == ("what is collected waits to be loaded: the disk is full",)
    tell(tmp_path, "")
    assert hindrance(tmp_path) == ""
    tell(tmp_path / "nowhere", "nobody hears")


def test_who_has_ended_is_hindered_by_nothing(tmp_path: Path) -> None:
    (tmp_path / ".truenorth").mkdir()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / FILE).write_text(f'{{"pid": {ended.pid}, "trouble": "old"}}')
    assert hindrance(tmp_path) == ""
    (tmp_path / FILE).write_text("no json")
    assert hindrance(tmp_path) == ""
