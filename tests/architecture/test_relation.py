"""Every reading of a dataset goes through one door, so that row filters cannot be forgotten."""

from __future__ import annotations

import ast

from tests.architecture.tree import modules

DOOR = "query/catalog.py"
# What names the rows of a dataset: its table, file and select, and an engine's reading of them.
NAMES_ROWS = {"source", "file", "query"}


def attributes(place: str) -> list[ast.Attribute]:
    tree = next(module.tree for module in modules() if module.place == place)
    return [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]


def test_only_the_catalog_asks_an_engine_for_a_table_or_file() -> None:
    wrong = [
        module.place
        for module in modules()
        if not module.place.startswith(("store/", "testing/", "collect/"))
        for node in attributes(module.place)
        if node.attr == "scan" and module.place != DOOR
    ]
    assert wrong == []


def test_only_the_catalog_reads_all_rows_of_a_dataset() -> None:
    readers = {module.place for module in modules() for node in attributes(module.place) if node.attr == "all_rows"}
    assert readers == {DOOR, "query/permitted.py"}


def test_no_other_part_of_the_planner_knows_where_a_dataset_lies() -> None:
    """A dataset's `source`, `file` and `query` are read by the catalog alone, and by what only places errors."""
    found = set()
    for module in modules():
        if not module.place.startswith("query/") or module.place == DOOR:
            continue
        for node in attributes(module.place):
            of = node.value.id if isinstance(node.value, ast.Name) else ""
            if node.attr in NAMES_ROWS and of in ("dataset", "one", "other", "target"):
                found.add(module.place)
    assert found <= {"query/sound.py"}


def test_rows_are_asked_for_through_the_catalog() -> None:
    """An engine's own complaint may show a value of a hidden row."""
    wrong = [
        module.place
        for module in modules()
        if module.place.startswith("query/") and module.place != DOOR
        for node in attributes(module.place)
        if node.attr == "rows" and isinstance(node.value, ast.Attribute) and node.value.attr == "engine"
    ]
    assert wrong == []
