"""What came in last, with which fields, and how collecting goes: on a dozen events written by hand."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.collect.told import tell
from truenorth.base.errors import TrueNorthError
from truenorth.collect import ledger, schema
from truenorth.collect.live import Wanted, newest, streams
from truenorth.collect.status import status
from truenorth.store.duckdb import DuckDB
from truenorth.store.tables import create
from truenorth.store.values import literal

NOW = datetime(2026, 3, 10, 12)
MINUTE = timedelta(minutes=1)


def put(engine: DuckDB, *rows: tuple[str, str, timedelta, dict[str, object]]) -> None:
    """Events of a source, so long ago, with properties, noted as a load does."""
    engine.write(create("events"))
    values = []
    for place, (source, event, ago, properties) in enumerate(rows):
        moment = f"TIMESTAMP '{NOW - ago}'"
        text = literal(json.dumps(properties))
        values.append(
            f"({literal(source)}, 'native', 'e{place}', 1, {literal(event)}, {moment}, NULL, NULL, {moment}, {place}, "
            f"'a{place}', NULL, NULL, NULL, {text}::JSON::VARIANT, 'sdk 1', 1)"
        )
    engine.write(f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT * FROM (VALUES {', '.join(values)}) AS fresh ("
                 "source, dialect, event_id, who, event, time, client_time, sent_at, received_at, seq, anonymous_id, "
                 "user_id, session_id, groups, properties, library, load_id)")  # fmt: skip
    engine.write("INSERT INTO events SELECT * FROM fresh")
    for source, _, ago, _ in rows:
        tell(engine, source, "native", NOW - ago)
    schema.note(engine, "(SELECT * REPLACE (properties::JSON AS properties) FROM fresh)")


@pytest.fixture
def engine() -> DuckDB:
    made = DuckDB()
    with made.transaction():
        put(
            made,
            ("web", "view", 90 * MINUTE, {"url": "/a", "n": 1}),
            ("web", "view", 2 * MINUTE, {"url": "/b", "n": 1.5, "quo'te \"d": [1]}),
            ("web", "plain", 3 * MINUTE, {}),
            ("ios", "view", 26 * 60 * MINUTE, {"url": None, "deep": {"a": 1}, "ok": True}),
        )
    return made


def test_fields_have_types_first_and_last_seen(engine: DuckDB) -> None:
    found = {(one.source, one.event, one.field): one for one in schema.fields(engine)}
    assert found["web", "view", ""].events == 2
    assert found["web", "view", "n"].types == ("integer", "number")
    assert found["web", "view", "n"].first_seen == NOW - 90 * MINUTE
    assert found["web", "view", "n"].last_seen == NOW - 2 * MINUTE
    assert found["web", "view", "quo'te \"d"].types == ("list",)
    assert found["web", "view", "quo'te \"d"].events == 1
    assert found["web", "plain", ""].events == 1
    assert {name: one.types for (source, _, name), one in found.items() if source == "ios" and name} == {
        "url": ("null",),
        "deep": ("object",),
        "ok": ("boolean",),
    }
    assert [one.event for one in schema.fields(engine, "web") if not one.field] == ["view", "plain"]


def test_a_later_load_widens_types_and_times(engine: DuckDB) -> None:
    with engine.transaction():
        put(engine, ("web", "view", timedelta(days=3), {"n": "many"}))
    n = next(one for one in schema.fields(engine, "web", "view") if one.field == "n")
    assert n.types == ("integer", "number", "text")
    assert (n.first_seen, n.last_seen, n.events) == (NOW - timedelta(days=3), NOW - 2 * MINUTE, 3)


def test_a_field_that_is_not_in_the_sample_has_its_type_all_the_same(
    engine: DuckDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "SAMPLE", 1)
    with engine.transaction():
        put(engine, ("web", "view", MINUTE, {"n": 1}), ("web", "view", MINUTE, {"late": "x"}))
    assert next(one for one in schema.fields(engine, "web") if one.field == "late").types == ("text",)


def test_newest_events_first_and_filtered(engine: DuckDB) -> None:
    assert [(one.source, one.event) for one in newest(engine, Wanted())] == [
        ("web", "view"), ("web", "plain"), ("web", "view"), ("ios", "view"),
    ]  # fmt: skip
    assert [one.event_id for one in newest(engine, Wanted(source="web", event="view"))] == ["e1", "e0"]
    assert [one.event_id for one in newest(engine, Wanted(person="a3"))] == ["e3"]
    assert [one.event_id for one in newest(engine, Wanted(text="/B"))] == ["e1"]
    assert newest(engine, Wanted(event="' OR 1=1 --")) == ()
    assert json.loads(newest(engine, Wanted(person="a1"))[0].properties) == {"url": "/b", "n": 1.5, "quo'te \"d": [1]}


def test_rates_by_hour(engine: DuckDB) -> None:
    web, ios = streams(engine, NOW)
    assert (web.source, web.total, web.last_hour, web.hours[-2]) == ("web", 3, 2, 1)
    assert (ios.source, ios.total, sum(ios.hours)) == ("ios", 1, 0)


def test_status_tells_live_from_silent_and_what_failed(engine: DuckDB, tmp_path: Path) -> None:
    engine.write("CREATE TABLE orders AS SELECT TIMESTAMP '2026-03-09 08:00:00' AS ordered_at")
    with engine.transaction():
        ledger.write_down(engine, ledger.Load("orders", 1, 1, loaded_at=NOW - MINUTE, source="shop", kind="whole"))
        ledger.write_down(
            engine, ledger.Load("bills", loaded_at=NOW, source="billing", kind="failed", error="no answer")
        )
        engine.write(create("quarantine"))
        engine.write("INSERT INTO quarantine (quarantine_id) VALUES (1)")
    found = status(engine, tmp_path, NOW, {"orders": "ordered_at"})
    assert [found.state(one) for one in found.streams] == ["live", "silent"]
    assert [(one.table, one.newest) for one in found.tables] == [("orders", datetime(2026, 3, 9, 8))]
    assert [found.outcome(one) for one in found.tables] == ["loaded"]
    assert tuple(one.words for one in found.worries()) == (
        "billing could not be loaded: no answer",
        "1 piece lies in the quarantine: kept, not counted",
    )


def test_an_empty_warehouse_has_no_status_to_worry_about(tmp_path: Path) -> None:
    empty = DuckDB()
    found = status(empty, tmp_path, NOW, {})
    assert (found.streams, found.tables, found.worries()) == ((), (), ())
    assert newest(empty, Wanted()) == () and schema.fields(empty) == ()


def test_notes_belong_to_the_load_and_go_with_it(engine: DuckDB) -> None:
    with pytest.raises(TrueNorthError), engine.transaction():
        put(engine, ("web", "lost", MINUTE, {"x": 1}))
        engine.write("SELECT no_such_column FROM events")
    assert not [one for one in schema.fields(engine) if one.event == "lost"]


def test_the_collecting_process_is_told_while_it_runs(engine: DuckDB, tmp_path: Path) -> None:
    told = {
        "url": "http://127.0.0.1:8322", "pid": os.getpid(), "blocked": "the disk is full", "denied": {"posthog 401": 3},
        "sources": [{"source": "web", "dialect": "native", "events": 9, "per_minute": 7}],
        "spool": {"bytes": 5, "segments": 1, "free": 0},
    }  # fmt: skip
    (tmp_path / ".truenorth").mkdir()
    file = tmp_path / ".truenorth" / "capture.json"
    file.write_text(json.dumps(told))
    found = status(engine, tmp_path, NOW, {})
    assert found.capture is not None and (found.capture.per_minute, found.capture.spool.bytes) == (7, 5)
    assert tuple(one.words for one in found.worries()) == (
        "nothing can be collected now: the disk is full",
        "3 requests were turned away: posthog 401",
    )
    file.write_text(json.dumps({**told, "pid": 2**22 + 1}))
    assert status(engine, tmp_path, NOW, {}).capture is None
    file.write_text("{")
    assert status(engine, tmp_path, NOW, {}).capture is None


def test_tables_of_others_that_are_called_alike_are_not_read(tmp_path: Path) -> None:
    engine = DuckDB()
    engine.write("CREATE TABLE events AS SELECT 1 AS user_id, TIMESTAMP '2026-03-09 08:00:00' AS occurred_at")
    assert newest(engine, Wanted()) == () and streams(engine, NOW) == ()
    assert status(engine, tmp_path, NOW, {}).worries() == ()
