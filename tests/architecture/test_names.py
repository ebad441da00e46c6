"""Names say what a thing is; every module says what it is for; nothing below the front door reads the clock."""

from __future__ import annotations

import ast
import re

from tests.architecture.tree import FLOORS, modules

EMPTY_WORDS = re.compile(r"Manager|Helper|Util|Factory|Impl$|^Base[A-Z]|^Abstract|Misc|Wrapper")
EMPTY_FILES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "types", "impl"}
CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}


def test_no_empty_names() -> None:
    classes = [
        f"{module.place}:{node.lineno} {node.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and EMPTY_WORDS.search(node.name)
    ]
    files = [module.place for module in modules() if module.path.stem in EMPTY_FILES]
    assert classes + files == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [module.place for module in modules() if len((ast.get_docstring(module.tree) or "").split()) < 3]
    assert silent == []


def test_nobody_below_the_front_door_reads_the_clock() -> None:
    readers = [
        f"{module.place}:{node.lineno}"
        for module in modules()
        if FLOORS.get(module.room, 99) < FLOORS["workspace"]
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in CLOCK
    ]
    assert readers == []


def test_silenced_checks_name_the_check() -> None:
    bare = [
        f"{module.place}:{number}"
        for module in modules()
        for number, line in enumerate(module.path.read_text("utf-8").splitlines(), 1)
        if re.search(r"#\s*type:\s*ignore(?!\[)|#\s*noqa(?!:)", line)
    ]
    assert bare == []
