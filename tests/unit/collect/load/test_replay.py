"""The quarantine: what lies there is shown, read again once it can be, and never taken in twice."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec import structs

from tests.unit.collect.load.stream import NOON, NOW, Desk, Plain
from truenorth.base.errors import SourceError
from truenorth.collect.load.replay import Replayed, replay
from truenorth.collect.quarantine import piece, pieces
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.dialect import Dialect
from truenorth.collect.receive.request import Refused
from truenorth.collect.receive.route import DIALECTS
from truenorth.collect.spool.frame import Frame


def test_what_lies_there_is_shown(desk: Desk) -> None:
    assert pieces(desk.engine) == ()
    desk.send({"event": "a"}, {"no": 1})
    desk.send({"fail": 1}, source="ios")
    desk.load()
    newest, oldest = pieces(desk.engine)
    assert (newest.id, newest.source, newest.code, newest.raw) == (2, "ios", "E_NOT_DECODED", b"")
    assert (oldest.id, oldest.place, oldest.received_at) == (1, "[1]", datetime(2026, 7, 1, 12))
    assert pieces(desk.engine, source="ios") == (newest,)
    assert pieces(desk.engine, limit=1) == (newest,)
    assert piece(desk.engine, 2).raw == b'[{"fail": 1}]'
    with pytest.raises(SourceError) as caught:
        piece(desk.engine, 3)
    assert caught.value.code == "E_NOT_IN_QUARANTINE"


def test_a_mended_product_reads_it_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.send({"event": "a", "id": "0"})
    desk.send({"event": "b", "id": "2", "fail": 1}, {"event": "c", "id": "1", "at": NOON, "fail": 1}, at=NOON)
    desk.load({"event": "c", "id": "1", "at": NOON})
    assert replay(desk.loader, [1], NOW) == (Replayed(1, reason="RuntimeError: this one breaks"),)
    rows = Plain.rows

    def mended(self: Plain, frame: Frame) -> Batch:
        return rows(self, structs.replace(frame, body=frame.body.replace(b', "fail": 1', b"")))

    monkeypatch.setattr(Plain, "rows", mended)
    assert replay(desk.loader, [1], NOW) == (Replayed(1, taken=1, there=1),)
    assert replay(desk.loader, [1], NOW) == (Replayed(1, reason="it was taken in at 2026-07-01 12:00 UTC"),)
    assert desk.rows("SELECT event FROM events ORDER BY 1") == [("a",), ("b",), ("c",)]
    assert pieces(desk.engine) == ()
    assert [one.replayed_at for one in pieces(desk.engine, done=True)] == [NOW]
    assert desk.rows("SELECT received_at FROM events WHERE event = 'b'") == [(datetime(2026, 7, 1, 12),)]


def test_mended_bytes_are_read_in_its_place(desk: Desk) -> None:
    desk.load({"no": 1})
    assert "JSON" in replay(desk.loader, [1], NOW, b"no")[0].reason
    assert replay(desk.loader, [1], NOW, b"[]")[0].reason == "it holds nothing to take"
    assert replay(desk.loader, [1], NOW, b'[{"event": "mended"}, {"no": 2}]') == (Replayed(1, taken=1),)
    assert desk.rows("SELECT event FROM events") == [("mended",)]
    assert [one.id for one in pieces(desk.engine)] == [2]


def test_what_the_engine_does_not_take_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.send({"event": "a"}, refused=(Refused("E_DOOR", "at the door", b'[{"event": "b"}]'),))
    desk.load()
    monkeypatch.setattr(
        "truenorth.collect.load.events.tallied", lambda *_: (_ for _ in ()).throw(ValueError("not today"))
    )
    assert replay(desk.loader, [1], NOW) == (Replayed(1, reason="not today"),)
    monkeypatch.undo()
    assert replay(desk.loader, [1], NOW) == (Replayed(1, taken=1),)
    assert desk.rows("SELECT event FROM events ORDER BY 1") == [("a",), ("b",)]


def test_the_door_judges_again(desk: Desk) -> None:
    desk.load({"no": 1})
    assert replay(desk.loader, [1], NOW, b"closed") == (Replayed(1, reason="the door is closed"),)
    assert desk.rows("SELECT count(*) FROM events") == [(0,)] and len(pieces(desk.engine)) == 1


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: str(one.name))
def test_what_a_door_refused_is_not_taken_in_behind_it(desk: Desk, dialect: Dialect) -> None:
    """An event without a name, as each dialect writes it; a body of none for those that know no events."""
    path, raw = {
        "native": ("/v1/events", b'{"event": ""}'),
        "posthog": ("/batch/", b'{"event": "", "distinct_id": "u"}'),
        "segment": ("/v1/batch", b'{"type": "track", "event": "a"}'),
        "google": ("/mp/collect", b'{"name": ""}'),
        "amplitude": ("/2/httpapi", b'{"event_type": "", "user_id": "u"}'),
        "umami": ("/api/send", b'{"payload": {"name": 5}}'),
        "plausible": ("/api/event", b'{"n": ""}'),
        "mixpanel": ("/track", b'{"event": "", "properties": {}}'),
    }.get(dialect.name, ("/v1/metrics", b"\xff\xff"))
    desk.loader.dialects = {dialect.name: dialect}
    desk.send(refused=(Refused("E_DOOR", "at the door", raw),))
    desk.load()
    desk.engine.write(f"UPDATE quarantine SET dialect = '{dialect.name}', path = '{path}'")
    assert replay(desk.loader, [1], NOW)[0].reason != ""
    assert desk.rows("SELECT count(*) FROM events") == [(0,)]
