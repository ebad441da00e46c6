"""One thing, one word: the glossary's words are those of the files, of Python and of the pages."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE
from truenorth.define.keys import KEYS

ROOT = Path(__file__).resolve().parent.parent.parent


def rows() -> list[list[str]]:
    lines = (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()
    table = [line for line in lines if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table]


ROWS = rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_word_means_something(row: list[str]) -> None:
    assert len(row) == 5 and len(row[1].split()) >= 3


@pytest.mark.parametrize("row", [row for row in ROWS if row[2]], ids=lambda row: row[0])
def test_the_word_in_yaml_is_a_key(row: list[str]) -> None:
    known = {key for thing in KEYS.values() for key in thing}
    assert row[2].strip("`") in known


@pytest.mark.parametrize("row", [row for row in ROWS if row[3]], ids=lambda row: row[0])
def test_the_word_in_python_is_there(row: list[str]) -> None:
    module, _, name = row[3].strip("`").rpartition(".")
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("row", [row for row in ROWS if row[4]], ids=lambda row: row[0])
def test_the_word_on_the_page_is_there(row: list[str]) -> None:
    sources = [
        *(PACKAGE / "web").rglob("*.html"),
        *(PACKAGE / "web").rglob("*.py"),
        *(PACKAGE / "decide").rglob("*.py"),
    ]
    text = " ".join(path.read_text("utf-8") for path in sources)
    assert re.search(re.escape(row[4]), text, re.I), f'"{row[4]}" is on no page'


def test_every_structure_word_of_yaml_is_explained() -> None:
    explained = {row[0] for row in ROWS}
    things = {"workspace", "dataset", "field", "relationship", "metric", "target", "test"}
    assert things <= KEYS.keys() and things <= explained


def test_words_stand_once() -> None:
    words = [row[0] for row in ROWS]
    assert len(words) == len(set(words))
