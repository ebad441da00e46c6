"""From the spool to the tables: every acknowledged request once, whatever is in it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.collect.load.stream import DAY, NOON, NOW, SECOND, Desk, add
from truenorth.base.errors import EngineError
from truenorth.collect.live import streams
from truenorth.collect.load.exact import exact
from truenorth.collect.load.kept import MINUTE, Kept
from truenorth.collect.load.open import open_loader
from truenorth.collect.receive.batch import Batch, Points, Series
from truenorth.collect.receive.request import Refused
from truenorth.collect.schema import fields
from truenorth.collect.spool.frame import Frame
from truenorth.collect.spool.segment import packed
from truenorth.store.duckdb import DuckDB
from truenorth.store.values import literal


def test_an_event_is_found_with_all_its_fields(desk: Desk) -> None:
    item = {"id": "a", "event": "signed up", "at": NOON - 5 * SECOND, "sent": NOON - SECOND, "who": "u1"}
    assert desk.load(item | {"device": "d1", "session": "s", "plan": "pro", "n": 3, "deep": {"list": [1, None]}})
    row = desk.rows("SELECT * EXCLUDE (groups, properties), properties::JSON::VARCHAR FROM events")
    assert row == [
        (
            "web",
            "plain",
            "a",
            1,
            "signed up",
            datetime(2026, 7, 1, 11, 59, 55),
            datetime(2026, 7, 1, 11, 59, 55),
            datetime(2026, 7, 1, 11, 59, 59),
            datetime(2026, 7, 1, 12),
            0,
            "d1",
            "u1",
            "s",
            "test",
            1,
            '{"deep":{"list":[1,null]},"n":3,"plan":"pro"}',
        )
    ]
    assert desk.rows("SELECT properties.plan::VARCHAR, properties.n::INT, properties.none FROM events") == [
        ("pro", 3, None)
    ]


def test_nothing_waits_is_nothing_loaded(desk: Desk) -> None:
    assert desk.load() is None
    assert desk.engine.tables() == ()


def test_a_load_goes_on_where_the_last_one_ended(desk: Desk) -> None:
    desk.load({"event": "a"}, {"event": "b"})
    desk.send({"event": "c"})
    again = desk.fresh(desk.engine)
    again.load()
    assert again.load() is None
    assert desk.rows("SELECT event FROM events ORDER BY event") == [("a",), ("b",), ("c",)]


def test_two_loaders_of_one_spool_do_not_load_twice(desk: Desk) -> None:
    other = desk.fresh(desk.engine)
    desk.load({"event": "a"})
    desk.send({"event": "b"})
    assert other.position() == desk.loader.position()
    other.load()
    desk.loader.load()
    desk.send({"event": "c"})
    desk.loader.load()
    desk.loader.load()
    assert desk.rows("SELECT event FROM events ORDER BY event") == [("a",), ("b",), ("c",)]


def test_segments_that_are_in_are_deleted(desk: Desk) -> None:
    desk.send({"event": "a"})
    desk.spool._end_segment()
    desk.send({"event": "b"})
    assert len(list((desk.folder / "spool").glob("*.seg"))) == 2
    desk.load()
    assert len(list((desk.folder / "spool").glob("*.seg"))) == 1
    assert desk.rows("SELECT count(*) FROM events") == [(2,)]


# Nothing twice


def test_the_same_event_comes_once(desk: Desk) -> None:
    event = {"id": "x", "event": "a", "at": NOON}
    desk.load(event, event, {"id": "y", "event": "a", "at": NOON})
    desk.load(event)
    desk.send(event)
    desk.send(event, {"id": "z", "event": "a", "at": NOON})
    desk.load()
    assert desk.rows("SELECT event_id FROM events ORDER BY 1") == [("x",), ("y",), ("z",)]
    assert desk.rows("SELECT rows_read, rows_loaded FROM loads") == [(7, 3)]
    assert desk.rows("SELECT repeated, requests FROM arrivals") == [(4, 4)]


def test_the_same_event_sent_years_later_is_known(desk: Desk) -> None:
    event = {"id": "x", "event": "a", "at": NOON}
    desk.load(event)
    desk.load({"id": "other", "event": "a", "at": NOON + 900 * DAY}, at=NOON + 900 * DAY)
    desk.load(event, at=NOON + 3000 * DAY)
    assert desk.rows("SELECT event_id FROM events ORDER BY 1") == [("other",), ("x",)]


def test_ids_are_those_of_a_source_and_a_dialect(desk: Desk) -> None:
    event = {"id": "x", "event": "a", "at": NOON}
    desk.load(event, source="web")
    desk.load(event, source="ios")
    desk.load(event, source="ios")
    assert desk.rows("SELECT source FROM events ORDER BY 1") == [("ios",), ("web",)]


def test_events_without_an_id_are_never_the_same(desk: Desk) -> None:
    desk.load({"event": "a"}, {"event": "a"})
    desk.load({"event": "a"})
    assert desk.rows("SELECT count(*) FROM events") == [(3,)]
    assert desk.rows("SELECT count(*) FROM event_keys") == [(0,)]


def test_an_id_without_a_time_is_known_whenever_it_comes_again(desk: Desk) -> None:
    desk.load({"id": "x", "event": "a"})
    desk.load({"id": "x", "event": "a"}, at=NOON + 400 * DAY)
    assert desk.rows("SELECT count(*) FROM events") == [(1,)]
    assert desk.rows("SELECT day::VARCHAR FROM event_keys") == [("0001-01-01",)]


def test_a_time_that_slips_over_midnight_is_the_same_event(desk: Desk) -> None:
    midnight = NOON // DAY * DAY
    desk.load({"id": "x", "event": "a", "at": midnight - SECOND})
    desk.load({"id": "x", "event": "a", "at": midnight + SECOND})
    desk.load({"id": "y", "event": "a", "at": midnight + SECOND})
    desk.load({"id": "y", "event": "a", "at": midnight - SECOND})
    assert desk.rows("SELECT event_id FROM events ORDER BY 1") == [("x",), ("y",)]


def test_absurd_times_are_deduped_and_kept(desk: Desk) -> None:
    for _ in range(2):
        desk.load({"id": "a", "event": "e", "at": 2**62}, {"id": "b", "event": "e", "at": -(2**62)})
    assert desk.rows("SELECT event_id, time, client_time FROM events ORDER BY 1") == [
        ("a", datetime(2026, 7, 1, 12), None),
        ("b", datetime(2026, 7, 1, 12), None),
    ]
    assert desk.rows("SELECT dated FROM arrivals") == [(2,)]


# Who


def test_an_id_is_first_seen_with_its_earliest_event(desk: Desk) -> None:
    late, early = {"event": "late", "who": "u", "at": NOON}, {"event": "early", "who": "u", "at": NOON - SECOND}
    desk.load(late, early, {"event": "a", "who": "v", "at": NOON})
    seen = "SELECT id, first_seen FROM ids ORDER BY id"
    assert desk.rows(seen) == [("u", datetime(2026, 7, 1, 11, 59, 59)), ("v", datetime(2026, 7, 1, 12))]
    desk.load({"event": "b", "who": "v", "at": NOON - DAY}, {"event": "b", "who": "u", "at": NOON})
    assert desk.rows(seen) == [("u", datetime(2026, 7, 1, 11, 59, 59)), ("v", datetime(2026, 6, 30, 12))]


def test_ids_get_numbers_that_stay(desk: Desk) -> None:
    desk.load({"event": "a", "device": "d1"}, {"event": "a", "who": "u1", "device": "d1"}, {"event": "a"})
    desk.fresh(desk.engine)
    desk.load({"event": "a", "device": "d1"}, {"event": "a", "device": "d2"}, {"event": "a", "who": "u1"})
    assert desk.rows("SELECT who, id FROM ids ORDER BY who") == [(1, "d1"), (2, "u1"), (3, "d2")]
    assert desk.rows("SELECT who FROM events ORDER BY rowid") == [(1,), (2,), (None,), (1,), (3,), (2,)]


def test_another_loader_finds_the_numbers(desk: Desk) -> None:
    desk.load({"event": "a", "device": "d1"})
    other = desk.fresh(desk.engine)
    desk.send({"event": "a", "device": "d1"}, {"event": "a", "device": "d2"})
    other.load()
    desk.loader.load()
    desk.load({"event": "a", "device": "d3"}, {"event": "a", "device": "d2"})
    desk.loader.load()
    assert desk.rows("SELECT id, who FROM ids ORDER BY who") == [("d1", 1), ("d2", 2), ("d3", 3)]
    assert desk.rows("SELECT who FROM events ORDER BY rowid") == [(1,), (1,), (2,), (3,), (2,)]


# What cannot be taken


def test_what_is_refused_lies_in_the_quarantine(desk: Desk) -> None:
    desk.send({"event": "a"}, {"no": 1}, refused=(Refused("E_DOOR", "at the door", b"raw", "[7]"),))
    loaded = desk.load()
    assert loaded is not None
    assert (loaded.loaded, loaded.refused) == (1, 2)
    assert desk.rows("SELECT quarantine_id, source, code, reason, place, raw, load_id FROM quarantine ORDER BY 1") == [
        (1, "web", "E_DOOR", "at the door", "[7]", b"raw", 1),
        (2, "web", "E_NO", "it says no", "[1]", b'{"no": 1}', 1),
    ]
    assert desk.rows("SELECT rows_rejected FROM loads") == [(2,)]


def test_a_request_that_breaks_its_dialect_is_set_aside_whole(desk: Desk) -> None:
    desk.send({"event": "a"})
    desk.send({"fail": 1})
    desk.send({"event": "b"})
    desk.load()
    assert desk.rows("SELECT event FROM events ORDER BY 1") == [("a",), ("b",)]
    [(code, reason, raw)] = desk.rows("SELECT code, reason, raw FROM quarantine")
    assert (code, reason, raw) == ("E_NOT_DECODED", "RuntimeError: this one breaks", b'[{"fail": 1}]')


def test_a_request_of_an_unknown_dialect_is_set_aside_whole(desk: Desk) -> None:
    desk.spool.write([packed(Frame("web", "snowy", "", "/s", "", NOON, 1, b"{}"))])
    desk.load()
    assert desk.rows("SELECT code, dialect, raw FROM quarantine") == [("E_UNKNOWN_DIALECT", "snowy", b"{}")]


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        ({"raw": '{"a": '}, '{"$unreadable":"{\\"a\\": "}'),
        ({"raw": '{"a": "\\ud800"}'}, '{"$unreadable":"{\\"a\\": \\"\\\\ud800\\"}"}'),
    ],
)
def test_properties_that_are_no_json_are_kept_as_text(desk: Desk, item: dict[str, str], shown: str) -> None:
    desk.send({"event": "good", "id": "g"})
    desk.send({"event": "bad", "id": "b"} | item)
    desk.load()
    assert desk.rows("SELECT event, properties::JSON::VARCHAR FROM events ORDER BY 1") == [
        ("bad", shown),
        ("good", "{}"),
    ]
    assert desk.rows("SELECT count(*) FROM event_keys") == [(2,)]


@pytest.mark.parametrize("item", [{"at": 2**70}, {"who": "\ud800"}, {"event": "\udfff"}, {"sent": -(2**65)}])
def test_values_that_no_column_holds_lose_no_event(desk: Desk, item: dict[str, object]) -> None:
    desk.send({"event": "good", "id": "g"})
    desk.send({"event": "bad", "id": "b"} | item)
    desk.send({"event": "good", "id": "h"})
    desk.load()
    assert desk.rows("SELECT event_id FROM events ORDER BY 1") == [("b",), ("g",), ("h",)]


def test_a_request_that_no_care_helps_is_set_aside_whole(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.send({"event": "a"})
    desk.send({"event": "b", "raw": "{}"})
    monkeypatch.setattr("truenorth.collect.load.events.MENDED", "error({0})")
    monkeypatch.setattr(
        "truenorth.collect.load.events.tallied", lambda *_: (_ for _ in ()).throw(ValueError("no care helps"))
    )
    desk.load()
    assert desk.rows("SELECT code, raw FROM quarantine ORDER BY 1") == [
        ("E_NOT_LOADED", b'[{"event": "a"}]'),
        ("E_NOT_LOADED", b'[{"event": "b", "raw": "{}"}]'),
    ]
    assert desk.load() is None


def test_an_engine_that_is_not_well_keeps_everything_waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.send({"event": "a"})
    write = DuckDB.write

    def full(self: DuckDB, sql: str) -> None:
        if "INSERT INTO events" in sql:
            raise EngineError("E_SQL", "IO Error: No space left on device")
        write(self, sql)

    monkeypatch.setattr(DuckDB, "write", full)
    for _ in range(3):
        with pytest.raises(EngineError, match="No space"):
            desk.load()
    monkeypatch.setattr(DuckDB, "write", write)
    desk.load()
    assert desk.rows("SELECT event FROM events") == [("a",)]
    assert "quarantine" in desk.engine.tables()
    assert desk.rows("SELECT count(*) FROM quarantine") == [(0,)]


def test_broken_bytes_of_the_spool_are_told_of(desk: Desk) -> None:
    desk.send({"event": "a"})
    [segment] = (desk.folder / "spool").glob("*.seg")
    size = segment.stat().st_size
    desk.send({"event": "b"})
    desk.send({"event": "c"})
    with segment.open("r+b") as file:
        file.seek(size + 30)
        file.write(b"\0\0\0\0")
    desk.load()
    assert desk.rows("SELECT event FROM events ORDER BY 1") == [("a",), ("c",)]
    [(code, place)] = desk.rows("SELECT code, place FROM quarantine")
    assert code == "E_SPOOL_BROKEN"
    assert "/broken/" in str(place)


# The ledger


def test_a_line_a_source_and_day(desk: Desk) -> None:
    desk.load({"event": "a"})
    desk.load({"event": "a"}, source="ios")
    desk.load({"event": "b"}, {"event": "c"})
    desk.load({"event": "d"}, at=NOON + DAY)
    assert desk.rows(
        "SELECT load_id, table_name, source, kind, file, rows_read, rows_loaded FROM loads ORDER BY 1"
    ) == [
        (1, "events", "web", "capture", "2026-07-01", 3, 3),
        (2, "events", "ios", "capture", "2026-07-01", 1, 1),
        (3, "events", "web", "capture", "2026-07-02", 1, 1),
    ]
    assert desk.rows("SELECT event, load_id FROM events ORDER BY 1") == [
        ("a", 1),
        ("a", 2),
        ("b", 1),
        ("c", 1),
        ("d", 3),
    ]
    assert desk.rows("SELECT load_id, requests, last_at::VARCHAR FROM arrivals ORDER BY 1") == [
        (1, 2, "2026-07-01 12:00:00"),
        (2, 1, "2026-07-01 12:00:00"),
        (3, 1, "2026-07-02 12:00:00"),
    ]


def test_a_request_of_two_kinds_of_rows_tells_once_what_was_refused(tmp_path: Path) -> None:
    frame = Frame("web", "both", "", "/", "", NOON, 2, b"", (Refused("E_NO", "no", b"raw"),))
    series = Series("heat", "gauge", "", "", b"{}")
    points = Points([series], np.array([NOON]), np.zeros(1, np.int64), np.array([1.5]))
    batch = Batch(points=points)
    add(batch, 0, {"event": "a"})
    engine = DuckDB("warehouse.duckdb", folder=tmp_path)
    loaded = open_loader(engine, tmp_path, lambda: NOW).take([Kept(frame, batch)])
    assert (loaded.read, loaded.loaded, loaded.refused) == (2, 2, 1)
    assert engine.rows("SELECT table_name, rows_loaded, rows_rejected FROM loads ORDER BY 1") == [
        ("events", 1, 1),
        ("samples", 1, 0),
    ]
    assert engine.rows("SELECT count(*) FROM quarantine") == [(1,)]
    engine.close()


def test_a_number_too_large_for_64_bits_is_kept_as_its_text(desk: Desk) -> None:
    held = {"a": 2**64, "b": -(2**63) - 1, "c": 2**64 - 1, "d": -(2**63), "e": {"f": [10**400, 1.5]}, "g": "9" * 20}
    assert desk.load({"event": "a", **held}, {"event": "b", "n": 1})
    [(kept,), (other,)] = desk.rows("SELECT properties::JSON::VARCHAR FROM events ORDER BY event")
    texts = {"a": str(2**64), "b": str(-(2**63) - 1), "e": {"f": [str(10**400), 1.5]}}
    assert json.loads(str(kept)) == {**held, **texts}
    assert json.loads(str(other)) == {"n": 1}
    assert {one.field: one.types for one in fields(desk.engine, "web", "a")}["a"] == ("text",)


@given(st.recursive(st.integers(-(2**70), 2**70) | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3)))
@settings(max_examples=60, deadline=None)
def test_numbers_are_as_they_were_or_the_text_they_were(value: object) -> None:
    def same(sent: object, kept: object) -> bool:
        if isinstance(sent, list):
            return isinstance(kept, list) and all(map(same, sent, kept)) and len(sent) == len(kept)
        return kept == sent if isinstance(sent, str) or -(2**63) <= int(str(sent)) < 2**64 else kept == str(sent)

    [text] = exact(pa.array([json.dumps({"v": value})])).to_pylist()
    [(engine_says,)] = DuckDB().rows(f"SELECT {literal(text)}::JSON::VARIANT::JSON::VARCHAR")
    assert same(value, json.loads(str(engine_says))["v"])


@pytest.mark.parametrize("text", ['{"a": 1e400}', '{"a":1E999}', "[1e+5000,2]"])
def test_what_no_double_holds_is_kept_as_its_text(text: str) -> None:
    [mended] = exact(pa.array([text])).to_pylist()
    assert json.loads(mended) == json.loads(text, parse_float=str)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["web", "ios"]),
            st.integers(-1500, 0),
            st.lists(st.sampled_from(["", "x", "y"]), max_size=3),
        ),
        max_size=6,
    )
)
@settings(max_examples=6, deadline=None)
def test_what_each_source_sent_is_told_without_counting_it(requests: list[tuple[str, int, list[str]]]) -> None:
    with TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        for source, ago, ids in requests:
            items = [{"event": "e", **({"id": one, "at": NOON} if one else {})} for one in ids]
            desk.load(*items, source=source, at=NOON + ago * MINUTE + 7 * SECOND)
        now = datetime(2026, 7, 1, 12, 0, 30)
        told = {
            one.source: (one.dialect, one.unit, one.total, sum(one.hours), one.last_hour)
            for one in streams(desk.engine, now)
        }
        ago = "date_diff('minute', date_trunc('minute', received_at), TIMESTAMP '2026-07-01 12:00:00') // 60"
        counts = f"count(*), count(*) FILTER ({ago} < 24), count(*) FILTER ({ago} < 1)"
        counted = desk.rows(f"SELECT source, {counts} FROM events GROUP BY 1") if desk.engine.tables() else []
        assert told == {source: ("plain", "events", *rest) for source, *rest in counted}
        desk.close()


# The tables


def test_a_table_of_the_same_name_is_left_alone_and_everything_waits(desk: Desk) -> None:
    desk.engine.write("CREATE TABLE events AS SELECT 1 AS order_id, 2 AS amount")
    desk.send({"event": "a"})
    with pytest.raises(EngineError, match="amount, order_id") as caught:
        desk.load()
    assert caught.value.code == "E_TABLE_TAKEN"
    assert desk.rows("SELECT * FROM events") == [(1, 2)]
    desk.engine.write("ALTER TABLE events RENAME TO orders")
    desk.load()
    assert desk.rows("SELECT event FROM events") == [("a",)]


def test_tables_of_an_older_version_get_what_is_new(desk: Desk) -> None:
    desk.load({"event": "a"})
    desk.engine.write("ALTER TABLE quarantine DROP COLUMN agent")
    desk.loader = desk.fresh(desk.engine)
    desk.load({"no": 1})
    assert desk.rows("SELECT agent FROM quarantine") == [("",)]


def test_the_schema_grows_with_what_was_new_and_with_nothing_else(desk: Desk) -> None:
    item = {"id": "a", "event": "view", "at": NOON, "n": 1, 'odd "/~ name': "x"}
    desk.load(item)
    desk.load(item, {"id": "b", "event": "view", "at": NOON - DAY, "n": "many"})
    found = {one.field: one for one in fields(desk.engine)}
    assert found[""].events == 2
    assert (found["n"].types, found["n"].events) == (("integer", "text"), 2)
    assert (found["n"].first_seen, found["n"].last_seen) == (datetime(2026, 6, 30, 12), datetime(2026, 7, 1, 12))
    assert (found['odd "/~ name'].types, found['odd "/~ name'].events) == (("text",), 1)
