"""One app over a changing workspace: pages are rebuilt when the definitions are new."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from tests.unit.serve.asking import asked
from truenorth.base.errors import DefinitionError
from truenorth.serve.app import guarded
from truenorth.serve.live import Live


class Words:
    """A workspace that is one word."""

    def __init__(self, folder: Path) -> None:
        self.text = (folder / "a.yml").read_text("utf-8")
        if self.text == "wrong":
            raise DefinitionError("E_WRONG", "not good")

    def close(self) -> None:
        pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yml").write_text("one", "utf-8")
    return tmp_path


def change(folder: Path, text: str) -> None:
    file = folder / "a.yml"
    later = file.stat().st_mtime_ns + 1_000_000_000
    file.write_text(text, "utf-8")
    os.utime(file, ns=(later, later))


def app_on(folder: Path, built: list[str], every: float = 0.0) -> ASGIApp:
    def build(words: Words, problems: tuple[str, ...]) -> ASGIApp:
        built.append(words.text)
        return PlainTextResponse(f"{words.text} {' '.join(problems)}".strip())

    return guarded(Live(folder, lambda: Words(folder)), build, every)


def page(app: ASGIApp) -> str:
    return asked(app)[2]


def test_pages_are_built_once_for_a_version(folder: Path) -> None:
    built: list[str] = []
    app = app_on(folder, built)
    assert [page(app) for _ in range(3)] == ["one", "one", "one"]
    assert built == ["one"]


def test_a_saved_definition_is_on_the_next_page(folder: Path) -> None:
    app = app_on(folder, [])
    assert page(app) == "one"
    change(folder, "two")
    assert page(app) == "two"


def test_a_wrong_definition_is_told_on_the_last_good_page(folder: Path) -> None:
    app = app_on(folder, [])
    page(app)
    change(folder, "wrong")
    assert page(app) == "one E_WRONG: not good"


def test_the_files_are_not_looked_at_for_every_request(folder: Path) -> None:
    app = app_on(folder, [], every=3600)
    page(app)
    change(folder, "two")
    assert page(app) == "one"


def test_the_guard_stands_before_the_pages(folder: Path) -> None:
    assert asked(app_on(folder, []), host="evil.example")[0] == 403
