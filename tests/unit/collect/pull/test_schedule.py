"""When a source is due: by its schedule, ever later after failures, at once when it never was pulled."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from truenorth.collect.pull.lock import FOLDER
from truenorth.collect.pull.schedule import Last, due, last_of, next_time, note
from truenorth.define.model import Source

NOON = datetime(2026, 7, 1, 12)
TILL = Source("till", "files", every="1 hour")


def test_what_was_never_pulled_is_due_and_what_has_no_schedule_never() -> None:
    assert due([TILL, Source("hand", "files")], {}, NOON) == ("till",)


@pytest.mark.parametrize(
    ("every", "failures", "wait"),
    [
        ("1 hour", 0, timedelta(hours=1)),
        ("30 6 * * *", 0, timedelta(hours=16, minutes=30)),
        ("1 day", 1, timedelta(minutes=1)),
        ("1 day", 2, timedelta(minutes=2)),
        ("1 day", 5, timedelta(minutes=16)),
        ("1 minute", 8, timedelta(hours=1)),
        ("1 minute", 1000, timedelta(hours=1)),
    ],
)
def test_when_it_is_next(every: str, failures: int, wait: timedelta) -> None:
    source = Source("till", "files", every=every)
    last = Last(NOON, failures)
    assert next_time(source, last, "Europe/Berlin") == NOON + wait
    assert due([source], {"till": last}, NOON + wait, "Europe/Berlin") == ("till",)
    assert due([source], {"till": last}, NOON + wait - timedelta(seconds=1), "Europe/Berlin") == ()


def test_the_last_pull_is_remembered(tmp_path: Path) -> None:
    assert last_of(tmp_path, "till") is None
    (tmp_path / FOLDER).mkdir(parents=True)
    for failed, failures in ((True, 1), (True, 2), (False, 0), (True, 1)):
        note(tmp_path, "till", NOON, failed)
        assert last_of(tmp_path, "till") == Last(NOON, failures)
    (tmp_path / FOLDER / "till.json").write_text("{")
    assert last_of(tmp_path, "till") is None


def test_every_pull_leaves_a_note(well: Any) -> None:
    well.define("name: till, type: files, files: till.csv, every: 1 hour")
    well.all()
    assert last_of(well.folder, "till") == Last(well.now, 1)
    well.file("till.csv", "id,n\n1,1\n")
    well.all()
    assert last_of(well.folder, "till") == Last(well.now, 0)
