"""The state database: private, shared by processes, brought up to date, and clear about what is wrong with it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from msgspec import Struct
from sqlalchemy import create_engine

from tests.servers import Database
from truenorth.base.errors import AccessError
from truenorth.store.state import State, open_state
from truenorth.store.state_tables import TABLES

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456)
ADD = """
import sys
from datetime import datetime
from pathlib import Path
from msgspec import Struct
from truenorth.store.state import open_state

class Attempt(Struct):
    bucket: str
    failures: int
    seen: datetime
    until: datetime

now = datetime(2026, 3, 2)
state = open_state(Path(sys.argv[1]))
with state.writing() as rows:
    rows.add("attempts", Attempt(sys.argv[2], 0, now, now))
for _ in range(25):
    with state.writing() as rows:
        held = rows.one(Attempt, "attempts", bucket="all")
        if held is None:
            rows.add("attempts", Attempt("all", 1, now, now))
        else:
            rows.change("attempts", {"failures": held.failures + 1}, bucket="all")
"""


class Person(Struct):
    name: str
    password: str
    created: datetime


class Attempt(Struct):
    bucket: str
    failures: int
    seen: datetime = NOW
    until: datetime = NOW


def people(state: State) -> list[Person]:
    with state.reading() as rows:
        return rows.all(Person, "people", order="name")


def add(state: State, *names: str) -> None:
    with state.writing() as rows:
        for name in names:
            rows.add("people", Person(name, "x", NOW))


def test_nothing_is_opened_before_something_is_asked(tmp_path: Path) -> None:
    open_state(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_only_its_user_may_read_it(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    add(state, "dana")
    files = sorted((tmp_path / ".truenorth").iterdir())
    assert [path.name for path in files] == ["state.db", "state.db-shm", "state.db-wal"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    state.close()


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    add(state, "dana")
    state.close()
    (tmp_path / ".truenorth" / "state.db").chmod(0o644)
    again = open_state(tmp_path)
    assert len(people(again)) == 1
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / ".truenorth").iterdir()} == {0o600}
    again.close()


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    add(state, "dana", "Ünal <o'b>")
    state.close()
    assert people(open_state(tmp_path)) == [Person("dana", "x", NOW), Person("Ünal <o'b>", "x", NOW)]


def test_a_turn_happens_whole_or_not_at_all(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    with pytest.raises(ZeroDivisionError), state.writing() as rows:
        rows.add("people", Person("dana", "x", NOW))
        assert 1 / 0
    assert people(state) == []


def test_rows_are_changed_and_removed(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    add(state, "ann", "bo", "cy")
    with state.writing() as rows:
        assert rows.change("people", {"password": "y"}, name="bo") == 1
        assert rows.remove("people", name="cy") == 1
        assert rows.remove("people", name="nobody") == 0
        assert rows.count("people") == 2
        assert rows.one(Person, "people", name="bo") == Person("bo", "y", NOW)
        assert rows.one(Person, "people", name="cy") is None
        assert [one.name for one in rows.all(Person, "people", order="-name")] == ["bo", "ann"]
        assert rows.remove_below("people", "name", "b") == 1


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    with state.writing() as rows:
        for number in range(10):
            rows.add("attempts", Attempt(str(number), number))
        rows.keep_newest("attempts", "failures", 20)
        assert rows.count("attempts") == 10
        rows.keep_newest("attempts", "failures", 3)
        assert [one.failures for one in rows.all(Attempt, "attempts", "failures")] == [7, 8, 9]


def test_processes_take_turns_from_the_first_moment(tmp_path: Path) -> None:
    """Three processes find no database, make one at once, and count together."""
    started = [
        subprocess.Popen([sys.executable, "-c", ADD, str(tmp_path), str(at)], stderr=subprocess.PIPE) for at in range(3)
    ]
    assert [(one.communicate(timeout=60)[1], one.returncode) for one in started] == [(b"", 0)] * 3
    with open_state(tmp_path).reading() as rows:
        held = {one.bucket: one.failures for one in rows.all(Attempt, "attempts")}
    assert held == {"0": 0, "1": 0, "2": 0, "all": 75}


def test_who_comes_while_another_process_makes_the_file_waits(tmp_path: Path) -> None:
    (tmp_path / ".truenorth").mkdir()
    other = sqlite3.connect(tmp_path / ".truenorth" / "state.db", isolation_level=None, check_same_thread=False)
    other.execute("begin exclusive")
    timer = threading.Timer(0.3, lambda: other.execute("rollback"))
    timer.start()
    state = open_state(tmp_path)
    assert people(state) == []
    timer.join()
    other.close()
    state.close()


def test_threads_take_turns(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: add(state, f"p{at:02d}"), range(40)))
    assert len(people(state)) == 40


def test_the_migrations_make_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    assert people(state) == []
    engine = create_engine(state.url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []
    engine.dispose()
    state.close()


def test_a_state_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    assert people(state) == []
    with state.writing() as rows:
        rows._connection.exec_driver_sql("update alembic_version set version_num = 'r9999'")
    state.close()
    with pytest.raises(AccessError) as caught:
        people(open_state(tmp_path))
    assert caught.value.code == "E_STATE_NEWER"


@pytest.mark.parametrize("word", ["", "sqlite:", "sqlite", "mysql://a:geheim@b/c", "postgresql:db", "x", "sqlite://"])
def test_another_kind_of_database_is_refused(tmp_path: Path, word: str) -> None:
    with pytest.raises(AccessError) as caught:
        open_state(tmp_path, word)
    assert caught.value.code == "E_UNKNOWN_STATE"
    assert "geheim" not in str(caught.value)


def test_where_the_state_is(tmp_path: Path) -> None:
    assert open_state(tmp_path, "sqlite:here.db").url.database == str(tmp_path / "here.db")
    assert open_state(tmp_path, "sqlite:///here.db").url.database == str(tmp_path / "here.db")
    assert open_state(tmp_path, f"sqlite:{tmp_path}/there.db").url.database == str(tmp_path / "there.db")
    assert open_state(tmp_path, "postgres://dana@db/x").url.render_as_string() == "postgresql+psycopg://dana@db/x"


def test_a_database_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(AccessError) as caught:
        people(open_state(tmp_path, "postgresql://dana@127.0.0.1:1/none"))
    assert caught.value.code == "E_STATE_FAILED"
    assert "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize("word", ["postgresql://dana:geheim@db/none", "postgresql://dana@db/none?password=geheim"])
def test_an_address_with_a_password_is_refused_and_not_repeated(tmp_path: Path, word: str) -> None:
    with pytest.raises(AccessError) as caught:
        open_state(tmp_path, word)
    assert caught.value.code == "E_SECRET_IN_FILE"
    assert "geheim" not in str(caught.value)


def test_a_folder_that_may_not_be_written_to_says_so(tmp_path: Path) -> None:
    (tmp_path / ".truenorth").write_text("a file where the folder would be")
    with pytest.raises(AccessError) as caught:
        people(open_state(tmp_path))
    assert caught.value.code == "E_STATE_FAILED"


def test_it_is_the_same_in_postgresql(tmp_path: Path, postgres: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made once by several threads at the same time, counted together, unchanged by being opened again."""
    monkeypatch.setenv("PGPASSWORD", postgres.password)
    states = [open_state(tmp_path, postgres.url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda at: add(states[at % 4], f"p{at}"), range(12)))
    state = open_state(tmp_path, postgres.url)
    assert [one.created for one in people(state)] == [NOW] * 12
    with state.writing() as rows:
        for number in range(5):
            rows.add("attempts", Attempt(str(number), number))
        rows.keep_newest("attempts", "failures", 2)
        assert rows.change("attempts", {"failures": 9}, bucket="4") == 1
        assert [one.failures for one in rows.all(Attempt, "attempts", "-failures")] == [9, 3]
    with pytest.raises(ZeroDivisionError), state.writing() as rows:
        assert rows.remove("people") == 12
        assert 1 / 0
    assert len(people(state)) == 12
    for one in (state, *states):
        one.close()
    assert list(tmp_path.iterdir()) == []
