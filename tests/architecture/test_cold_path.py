"""A cold question from the terminal loads only what it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# The libraries that a plain question may load, with what they load themselves, and the rooms it goes through.
LIBRARIES = {"duckdb", "msgspec", "typer", "annotated_doc", "shellingham", "typing_extensions"}
ROOMS = {"base", "cli", "define", "export", "query", "store", "workspace"}
# Once definitions are read and checked, and as long as nothing else is asked for.
READING = {"check", "foreign", "load", "read", "schema", "templates", "units", "yaml"}
PROVING = {"diff", "naive", "oracle", "sound", "statement", "test", "verify"}
ELSEWHERE = {f"define.{name}" for name in READING} | {f"query.{name}" for name in PROVING} | {"store.clickhouse"}

ASK = """
import json, sys
sys.argv = ["truenorth", "query", "revenue", "--by", "plan", "--range", "all"]
from truenorth.cli.main import main
try:
    code = main()
except SystemExit as stop:
    code = stop.code
print(json.dumps({"code": code or 0, "modules": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest workspace: one CSV file and one metric."""
    folder = tmp_path_factory.mktemp("cold")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Cold\nclock: data\n", "utf-8")
    (folder / "orders.csv").write_text(
        "order_id,ordered_at,plan,amount\n1,2026-01-05,pro,100\n2,2026-01-06,free,20\n3,2026-02-01,,3\n", "utf-8"
    )
    (folder / "metrics" / "orders.yml").write_text(
        "version: 1\n"
        "datasets:\n"
        "  - name: orders\n"
        "    file: orders.csv\n"
        "    primary_key: [order_id]\n"
        "    time: ordered_at\n"
        "    fields:\n"
        "      - {name: plan}\n"
        "      - {name: amount}\n"
        "metrics:\n"
        "  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}\n",
        "utf-8",
    )
    return folder


def ask(workspace: Path) -> tuple[str, set[str]]:
    """What the terminal shows, and the modules that were loaded for it."""
    done = subprocess.run([sys.executable, "-c", ASK], cwd=workspace, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    shown, _, last = done.stdout.rstrip("\n").rpartition("\n")
    told = json.loads(last)
    assert told["code"] == 0, shown
    return shown, set(told["modules"])


def libraries(modules: set[str]) -> set[str]:
    """The libraries among modules, without Python's own and what every start of Python loads."""
    found = {name.split(".")[0].removeprefix("_") for name in modules if not name.startswith("truenorth")}
    known = {name.removeprefix("_") for name in (*sys.stdlib_module_names, *startup())}
    return {name for name in found - known if not name.startswith(("sysconfigdata", "cython_"))}


def startup() -> set[str]:
    """What Python loads here before anything is asked of it."""
    said = "import sys; print(*{name.split('.')[0] for name in sys.modules})"
    return set(subprocess.run([sys.executable, "-c", said], capture_output=True, text=True).stdout.split())


def own(modules: set[str]) -> set[str]:
    """Our own modules, named by their place below the package."""
    return {name.removeprefix("truenorth.") for name in modules if name.startswith("truenorth.")}


def test_a_first_question_loads_the_parsers_and_nothing_else(workspace: Path) -> None:
    shown, modules = ask(workspace)
    assert "100" in shown and "(none)" in shown
    assert libraries(modules) - LIBRARIES - {"yaml", "sqlglot", "sqlglotc", "mypy_extensions"} == set()
    assert {name.split(".")[0] for name in own(modules)} <= ROOMS


def test_a_second_question_loads_only_what_it_needs(workspace: Path) -> None:
    ask(workspace)
    _, modules = ask(workspace)
    assert libraries(modules) == LIBRARIES
    assert {name.split(".")[0] for name in own(modules)} == ROOMS
    assert own(modules) & ELSEWHERE == set()
