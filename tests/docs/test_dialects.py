"""The reference of dialects knows every dialect, and each path it names is taken by the dialect that it stands under."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from truenorth.collect.receive.request import Request
from truenorth.collect.receive.route import DIALECTS, dialect, route
from truenorth.store.tables import TABLES

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "dialects.md"
PATH = re.compile(r"`(GET|POST) (/[^`]*)`")


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", PAGE.read_text("utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_dialect_has_its_section() -> None:
    assert set(sections()) - {"What holds for all"} == {one.name for one in DIALECTS}


@pytest.mark.parametrize("name", [one.name for one in DIALECTS])
def test_the_paths_are_taken(name: str) -> None:
    paths = PATH.findall(sections()[name])
    assert paths
    for method, path in paths:
        concrete = re.sub(r"<[^>]*>", "x", path)
        found = route(Request(method, concrete, "", {}, b"", 0))
        assert found is not None and found[0].name == name, path
        said = found[0].receive(found[1]).reply
        assert said.status not in (404, 405) or "/static/" in path, path
        prefixed = route(Request(method, f"/ingest/{name}{concrete}", "", {}, b"", 0))
        assert prefixed is not None and prefixed[0] is dialect(name)


def test_the_columns_are_those_of_the_table() -> None:
    named = set(re.findall(r"`(\w+)`", re.search(r"\| column.*?\n\n", PAGE.read_text("utf-8"), re.S)[0]))
    assert named <= {column.split()[0] for column in TABLES["events"]}
