"""A cold question from the terminal loads only what it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("pyarrow", "pandas", "polars", "pydantic", "sqlalchemy", "starlette", "granian", "jinja2", "resvg_py", "chdb")

ASK = """
import json, sys
sys.argv = ["truenorth", "query", "revenue", "--by", "plan", "--range", "all"]
from truenorth.cli.main import main
try:
    code = main()
except SystemExit as stop:
    code = stop.code
print(json.dumps({"code": code or 0, "modules": sorted({name.split(".")[0] for name in sys.modules})}))
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


def ask(workspace: Path) -> tuple[str, dict[str, object]]:
    done = subprocess.run([sys.executable, "-c", ASK], cwd=workspace, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    shown, _, last = done.stdout.rstrip("\n").rpartition("\n")
    return shown, json.loads(last)


def test_a_cold_question_loads_no_heavy_library(workspace: Path) -> None:
    shown, first = ask(workspace)
    assert first["code"] == 0, shown
    assert "100" in shown and "(none)" in shown
    loaded = first["modules"]
    assert isinstance(loaded, list)
    assert [name for name in HEAVY if name in loaded] == []


def test_a_second_question_does_not_parse_again(workspace: Path) -> None:
    ask(workspace)
    _, second = ask(workspace)
    loaded = second["modules"]
    assert isinstance(loaded, list)
    assert [name for name in ("yaml", "sqlglot") if name in loaded] == []
