"""The next requests are gathered while a load is brought in; none is lost or brought twice, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.collect.load.stream import Desk, Plain
from truenorth.base.errors import EngineError
from truenorth.collect.load.ahead import Ahead
from truenorth.collect.load.gather import Gathered, Gathering, Limits
from truenorth.collect.spool.segment import Position

BRIEF = Limits(seconds=0.01)


def never() -> bool:
    return False


def at_once() -> bool:
    return True


@pytest.fixture
def ahead(desk: Desk) -> Iterator[Ahead]:
    opened = Ahead(Gathering(desk.folder / "spool", {"plain": Plain()}, BRIEF))
    yield opened
    opened.drop()


def events(gathered: Gathered) -> list[str]:
    return [name for one in gathered.kept for name in one.batch.events.event]


def test_what_was_gathered_ahead_is_taken(desk: Desk, ahead: Ahead) -> None:
    ahead.begin(Position(), never)
    desk.send({"event": "a"})
    assert events(ahead.take(Position(), never)) == ["a"]


def test_what_lies_behind_another_place_is_gathered_anew(desk: Desk, ahead: Ahead) -> None:
    desk.send({"event": "a"})
    first = ahead.take(Position(), at_once)
    desk.send({"event": "b"})
    ahead.begin(first.position, never)
    assert events(ahead.take(Position(), at_once)) == ["a", "b"]


def test_what_cannot_be_gathered_is_told_to_who_takes_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    gathering = Gathering(desk.folder / "spool", {}, BRIEF)
    monkeypatch.setattr(gathering, "gather", lambda *_: (_ for _ in ()).throw(OSError("the disk is gone")))
    ahead = Ahead(gathering)
    ahead.begin(Position(), never)
    with pytest.raises(OSError, match="the disk is gone"):
        ahead.take(Position(), never)


def test_every_event_comes_once_while_the_engine_fails_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, BRIEF)
    whole = desk.engine.write
    turns = iter([False, True] * 40)

    def fail(sql: str) -> None:
        if sql.startswith("INSERT INTO events") and next(turns):
            raise EngineError("E_SQL", "IO Error: the disk is full")
        whole(sql)

    monkeypatch.setattr(desk.engine, "write", fail)
    for number in range(8):
        desk.send({"id": f"e{number}", "event": "seen", "n": number})
        try:
            desk.loader.load(never)
        except EngineError:
            desk.send({"id": f"late{number}", "event": "seen", "n": -number})
            desk.loader.load(never)
    monkeypatch.undo()
    while desk.loader.load():
        pass
    found = [str(name) for (name,) in desk.rows("SELECT event_id FROM events")]
    assert len(found) == len(set(found))
    assert {name for name in found if name.startswith("e")} == {f"e{number}" for number in range(8)}
    assert len(found) > 8
    desk.close()
