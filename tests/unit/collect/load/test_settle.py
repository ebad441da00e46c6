"""Loaded in haste, settled when there is time: the same events, stored as others are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.collect.load.stream import NOON, SECOND, Desk
from truenorth.collect.compact import compact
from truenorth.collect.load.gather import Limits

GROUP = 122_880
ITEMS = [{"id": f"e{n}", "event": "seen", "n": n, "plan": "pro", "deep": {"list": [1, None]}} for n in range(20)]
ALL = (
    "SELECT * REPLACE (groups::JSON::VARCHAR AS groups, properties::JSON::VARCHAR AS properties) "
    "FROM events ORDER BY event_id"
)


@pytest.fixture
def late(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose requests come in when they are 5 seconds old, of which the loader bears 3."""
    opened = Desk(tmp_path, Limits(seconds=0.05, quiet=0.0, group=20))
    yield opened
    opened.close()


def by_field(desk: Desk) -> bool:
    """Whether properties are stored field by field, beside the whole."""
    parts = desk.rows("SELECT column_path FROM pragma_storage_info('events') WHERE column_name = 'properties'")
    return any(str(path).split(", ")[1] == "2" for (path,) in parts)


def owed(desk: Desk) -> int:
    """How many loads wait to be settled."""
    return int(str(desk.rows("SELECT count(*) FROM unsettled")[0][0]))


def test_a_row_group_in_haste_is_stored_whole_and_settled_by_field(tmp_path: Path) -> None:
    late = Desk(tmp_path, Limits(seconds=0.05, quiet=0.0))
    loaded = late.load(*({"event": "seen", "n": n, "plan": "pro"} for n in range(GROUP)))
    assert loaded and loaded.loaded == GROUP
    assert (owed(late), by_field(late)) == (1, False)
    assert late.loader.load(lambda: False) is None
    assert (owed(late), by_field(late)) == (0, True)
    assert late.rows("SELECT count(*), sum(properties.n::INT), min(properties.plan::VARCHAR) FROM events") == [
        (GROUP, GROUP * (GROUP - 1) // 2, "pro")
    ]
    late.close()


def test_settling_changes_no_event(late: Desk) -> None:
    late.load({"id": "other", "event": "earlier"}, at=NOON - SECOND)
    late.load(*ITEMS)
    before = late.rows(ALL)
    assert owed(late) == 1
    assert late.loader.load(lambda: False) is None
    assert owed(late) == 0
    assert late.rows(ALL) == before
    assert len(before) == 21


def test_what_comes_in_time_is_stored_at_once(late: Desk) -> None:
    late.load(*ITEMS, at=NOON + 4 * SECOND)
    assert owed(late) == 0


def test_few_that_are_late_are_no_reason_to_hurry(late: Desk) -> None:
    late.load(*ITEMS[:19])
    assert owed(late) == 0


def test_what_was_in_haste_is_found_by_the_next_loader(late: Desk) -> None:
    late.load(*ITEMS)
    again = late.fresh(late.engine)
    assert again.load(lambda: True) is None
    assert owed(late) == 1, "whoever is stopped settles nothing"
    assert again.load(lambda: False) is None
    assert owed(late) == 0


def test_compacting_settles_everything(late: Desk) -> None:
    late.load(*ITEMS)
    before = late.rows(ALL)
    compact(late.engine, late.engine.path)
    assert owed(late) == 0
    assert late.rows(ALL) == before
