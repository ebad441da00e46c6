"""Sessions: random, kept as a digest, over after a while."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.unit.access.conftest import NOW
from truenorth.access.session import IDLE, WHOLE, begin_session, end_session, end_sessions, session_of, sessions_of
from truenorth.store.state import State

MINUTE = timedelta(minutes=1)


def begun(state: State, person: str = "dana") -> str:
    with state.writing() as rows:
        return begin_session(rows, person, NOW)


def test_a_session_is_somebodys(state: State) -> None:
    word = begun(state)
    held = session_of(state, word, NOW)
    assert held is not None and (held.person, held.created) == ("dana", NOW)
    assert begun(state) != word


def test_only_the_whole_word_opens_it(state: State) -> None:
    word = begun(state)
    for wrong in ("", word[:-1], word + "x", word.swapcase(), "x" * len(word), "'" * len(word)):
        assert session_of(state, wrong, NOW) is None


def test_the_word_is_not_kept(state: State, tmp_path: Path) -> None:
    word = begun(state)
    state.close()
    assert word.encode() not in b"".join(path.read_bytes() for path in (tmp_path / ".truenorth").iterdir())


def test_it_ends_when_it_is_not_used(state: State) -> None:
    word = begun(state)
    assert session_of(state, word, NOW + IDLE) is None
    assert session_of(state, word, NOW + IDLE - MINUTE) is not None
    assert session_of(state, word, NOW + 2 * IDLE - 2 * MINUTE) is not None


def test_it_ends_however_much_it_is_used(state: State) -> None:
    word, now = begun(state), NOW
    while now < NOW + WHOLE - IDLE:
        now += IDLE - MINUTE
        assert session_of(state, word, now) is not None
    assert session_of(state, word, NOW + WHOLE - MINUTE) is not None
    assert session_of(state, word, NOW + WHOLE) is None


def test_being_seen_is_not_written_down_every_time(state: State) -> None:
    word = begun(state)
    held = session_of(state, word, NOW + MINUTE / 2)
    assert held is not None and held.seen == NOW
    session_of(state, word, NOW + 2 * MINUTE)
    held = session_of(state, word, NOW + 2 * MINUTE)
    assert held is not None and held.seen == NOW + 2 * MINUTE


def test_one_or_all_are_ended(state: State) -> None:
    first, second, other = begun(state), begun(state), begun(state, "mo")
    with state.writing() as rows:
        end_session(rows, first)
    assert session_of(state, first, NOW) is None
    with state.writing() as rows:
        assert end_sessions(rows, "dana") == 1
    assert session_of(state, second, NOW) is None
    assert session_of(state, other, NOW) is not None


def test_all_but_one_are_ended(state: State) -> None:
    first, second, other = begun(state), begun(state), begun(state, "mo")
    assert [one.person for one in sessions_of(state, "dana", NOW)] == ["dana", "dana"]
    with state.writing() as rows:
        assert end_sessions(rows, "dana", second) == 1
    assert session_of(state, first, NOW) is None and session_of(state, second, NOW) is not None
    with state.writing() as rows:
        assert end_sessions(rows, "dana", other) == 1
    assert session_of(state, second, NOW) is None and session_of(state, other, NOW) is not None


def test_ended_sessions_are_not_listed(state: State) -> None:
    begun(state)
    assert len(sessions_of(state, "dana", NOW + MINUTE)) == 1
    assert sessions_of(state, "dana", NOW + WHOLE) == [] == sessions_of(state, "nobody", NOW)


def test_ended_ones_are_taken_away_with_the_next_sign_in(state: State) -> None:
    begun(state)
    with state.writing() as rows:
        begin_session(rows, "dana", NOW + WHOLE + MINUTE)
        assert rows.count("sessions") == 1
