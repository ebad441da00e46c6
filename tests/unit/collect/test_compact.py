"""A warehouse written anew holds the same rows in less room."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.collect.load.fleet import MINUTE, T0, series
from tests.unit.collect.load.fleet import Desk as Fleet
from tests.unit.collect.load.stream import DAY, NOON, SECOND, Desk
from truenorth.base.errors import EngineError
from truenorth.collect.compact import compact, size
from truenorth.store.duckdb import DuckDB
from truenorth.store.rewrite import rewritten


@pytest.fixture
def full(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    for place in range(4):
        desk.load(
            *({"event": f"e{n % 3}", "id": f"{place}-{n}", "at": NOON - n * SECOND - place * DAY} for n in range(500))
        )
    desk.engine.write("CREATE VIEW seen AS SELECT event FROM events")
    desk.engine.write("CREATE SCHEMA other")
    desk.engine.write("CREATE TABLE other.kept AS SELECT 7 AS a, uuid() AS b")
    desk.engine.write("CREATE TABLE gone AS SELECT range AS a, hash(range) AS b FROM range(200000)")
    desk.engine.write("DROP TABLE gone")
    return desk


ALL = "SELECT event_id, event, time, properties::JSON::VARCHAR, who FROM events ORDER BY ALL"


def test_the_rows_stay_and_the_room_goes(full: Desk) -> None:
    before = {sql: full.rows(sql) for sql in (ALL, "SELECT * FROM event_keys ORDER BY ALL", "SELECT * FROM other.kept")}
    version = full.engine.version("events", "")
    told = compact(full.engine, full.engine.path)
    assert (told.events, told.samples) == (2000, 0)
    assert told.after < told.before
    assert told.after == size(full.engine.path)
    assert {sql: full.rows(sql) for sql in before} == before
    assert full.rows("SELECT count(*) FROM seen") == [(2000,)]
    assert full.engine.version("events", "") != version
    assert not list(full.folder.glob("*.rewritten*"))
    full.close()


def test_loading_goes_on_and_knows_what_came_before(full: Desk) -> None:
    compact(full.engine, full.engine.path)
    full.load({"event": "e0", "id": "0-0", "at": NOON}, {"event": "new", "id": "new", "at": NOON})
    assert full.rows("SELECT count(*) FROM events") == [(2001,)]
    assert full.rows("SELECT event FROM events LIMIT 2") == [("e0",), ("e0",)]
    full.close()


def test_a_file_that_another_holds_stays_as_it_is(full: Desk) -> None:
    full.engine.patience = 0.2
    path = full.engine.path
    assert path is not None
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('here', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "here\n"
        with pytest.raises(EngineError) as caught:
            full.engine.rewrite({})
    assert caught.value.code == "E_WAREHOUSE_LOCKED"
    assert len(full.rows(ALL)) == 2000
    full.close()


BESIDE = """
import sys, time
from pathlib import Path
from truenorth.base.errors import EngineError
from truenorth.store.duckdb import DuckDB
pages, loader = (DuckDB("warehouse.duckdb", folder=Path(sys.argv[1])) for _ in range(2))
loader.lingers = 60.0
begun = time.monotonic()
print(pages.rows("SELECT count(*) FROM events"))
try:
    loader.write("CREATE TABLE more AS SELECT 1 AS a")
except EngineError as error:
    print(error.code)
print(pages.rows("SELECT count(*) FROM events"), time.monotonic() - begun < 30)
"""


def test_other_processes_read_while_it_is_written_anew_and_do_not_write(
    full: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    def slowly(cursor: Any, fresh: Path, orders: Mapping[str, str]) -> None:
        command = [sys.executable, "-c", BESIDE, str(full.folder)]
        told.append(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout)
        rewritten(cursor, fresh, orders)

    monkeypatch.setattr("truenorth.store.duckdb.rewritten", slowly)
    full.engine.rewrite({})
    assert told == ["[(2000,)]\nE_WAREHOUSE_LOCKED\n[(2000,)] True\n"]
    assert full.rows("SELECT count(*) FROM events") == [(2000,)]
    assert not [one for one in full.folder.iterdir() if one.suffix in (".held", ".wanted", ".rewritten")]
    full.load({"event": "e0"})
    full.close()


def test_it_waits_for_no_engine_beside_it(full: Desk) -> None:
    full.engine.lingers = 30.0
    full.load({"event": "e0"})
    pages = DuckDB("warehouse.duckdb", read_only=True, folder=full.folder)
    assert pages.rows("SELECT count(*) FROM events") == [(2001,)]
    with pytest.raises(EngineError, match="another part of this program"):
        full.engine.rewrite({})
    pages.close()
    full.engine.rewrite({})
    assert pages.rows("SELECT count(*) FROM events") == [(2001,)]
    pages.close()
    full.close()


def test_in_memory_and_without_a_file_there_is_nothing_to_do(tmp_path: Path) -> None:
    memory = DuckDB()
    memory.write("CREATE TABLE events AS SELECT 1 AS a")
    assert compact(memory, memory.path).events == 1
    none = DuckDB("none.duckdb", folder=tmp_path)
    assert compact(none, none.path).after == 0


def test_when_it_fails_the_old_file_stands(full: Desk) -> None:
    with pytest.raises(EngineError):
        full.engine.rewrite({"events": "no_such_column"})
    assert len(full.rows(ALL)) == 2000
    assert not list(full.folder.glob("*.rewritten*"))
    full.load({"event": "e0"})
    full.close()


def test_points_stand_series_by_series_and_loading_goes_on(tmp_path: Path) -> None:
    desk = Fleet(engine=DuckDB("warehouse.duckdb", folder=tmp_path))
    for step in range(5):
        desk.points(*((series(pod=str(pod)), T0 + step * MINUTE, 0, float(step)) for pod in range(4)))
    alls = [f"SELECT * FROM {table} ORDER BY ALL" for table in ("samples", "minutes")]
    before = [desk.engine.rows(sql) for sql in alls]
    told = compact(desk.engine, desk.engine.path)
    assert told.samples == 20
    assert [desk.engine.rows(sql) for sql in alls] == before
    numbers = [int(str(number)) for (number,) in desk.engine.rows("SELECT series_id FROM samples")]
    assert numbers == sorted(numbers)
    desk.points((series(pod="1"), T0 + 9 * MINUTE, 0, 9.0))
    assert desk.minutes()['{"pod":"1"}requests', T0 + 9 * MINUTE][0] == 5.0
    desk.engine.close()
