"""Definitions are re-read when saved; a wrong one leaves the last good model and says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from truenorth.base.errors import DefinitionError, DefinitionErrors, Place
from truenorth.serve.live import Live, state_of


class Opened:
    """What a test opens: the text of the one file, and whether it was closed."""

    def __init__(self, folder: Path) -> None:
        self.text = (folder / "truenorth.yml").read_text("utf-8")
        self.closed = False
        if "wrong" in self.text:
            place = Place("truenorth.yml", 2, 3)
            raise DefinitionErrors([DefinitionError("E_ONE", "first", where=place), DefinitionError("E_TWO", "second")])

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path, "good")
    return tmp_path


def save(folder: Path, text: str) -> None:
    """Save with a time of its own, as if a second had passed."""
    file = folder / "truenorth.yml"
    later = file.stat().st_mtime_ns + 1_000_000_000 if file.exists() else 1_000_000_000_000_000_000
    file.write_text(text, "utf-8")
    os.utime(file, ns=(later, later))


def live_on(folder: Path) -> Live[Opened]:
    return Live(folder, lambda: Opened(folder))


def test_nothing_happens_without_a_change(folder: Path) -> None:
    live = live_on(folder)
    first = live.current
    assert not live.refresh()
    assert (live.current, live.version) == (first, 1)


def test_a_saved_file_is_read(folder: Path) -> None:
    live = live_on(folder)
    save(folder, "better")
    assert live.refresh()
    assert (live.current.text, live.version, live.problems) == ("better", 2, ())


def test_a_mistake_keeps_the_last_good_model_and_is_told(folder: Path) -> None:
    live = live_on(folder)
    save(folder, "wrong")
    assert live.refresh()
    assert live.current.text == "good"
    assert not live.current.closed
    assert live.problems == ("truenorth.yml:2:3: E_ONE: first", "E_TWO: second")
    assert live.version == 2
    assert not live.refresh()
    save(folder, "mended")
    assert live.refresh()
    assert (live.current.text, live.problems) == ("mended", ())


def test_the_old_one_answers_until_the_next_change(folder: Path) -> None:
    live = live_on(folder)
    first = live.current
    save(folder, "second")
    live.refresh()
    assert not first.closed
    second = live.current
    save(folder, "third")
    live.refresh()
    assert first.closed
    assert not second.closed
    live.close()
    assert second.closed
    assert live.current.closed


def test_a_mistake_at_the_start_is_not_hidden(folder: Path) -> None:
    save(folder, "wrong")
    with pytest.raises(DefinitionErrors):
        live_on(folder)


def test_what_counts_as_a_definition(folder: Path) -> None:
    before = state_of(folder)
    for name in ("notes.txt", ".truenorth/cache.yml", ".git/x.yml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x", "utf-8")
    assert state_of(folder) == before
    (folder / "metrics" / "deep").mkdir(parents=True)
    (folder / "metrics" / "deep" / "a.yaml").write_text("x", "utf-8")
    assert len(state_of(folder)) == 2
    (folder / "metrics" / "deep" / "a.yaml").unlink()
    assert state_of(folder) == before


def test_a_folder_that_is_gone_has_no_state(tmp_path: Path) -> None:
    assert state_of(tmp_path / "gone") == ()
