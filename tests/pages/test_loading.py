"""A page asked for while another process writes to the warehouse for longer than a page waits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from truenorth import workspace
from truenorth.store.duckdb import DuckDB
from truenorth.web.app import pages

DEFINITIONS = """
version: 1
datasets:
  - {name: orders, source: orders, time: day, fields: [{name: day}]}
metrics:
  - {name: orders, type: simple, dataset: orders, agg: count, unit: orders}
"""
HOLD = "import duckdb, sys, time; held = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(60)"


def test_it_says_that_data_is_being_loaded(tmp_path: Path, client_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\nclock: data\n")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "shop.yml").write_text(DEFINITIONS)
    file = ".truenorth/warehouse.duckdb"
    DuckDB(file, folder=tmp_path).write("CREATE TABLE orders AS SELECT DATE '2026-06-30' AS day")
    monkeypatch.setattr(DuckDB, "patience", 0.1)
    get = client_of(pages(workspace.open(tmp_path)))
    command = [sys.executable, "-c", HOLD, str(tmp_path / file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline().strip() == "held"
            for path in ("/", "/m/orders"):
                response = get(path)
                assert response.status_code == 503
                assert "New data is being loaded" in response.text
                assert str(holder.pid) not in response.text
            assert get("/m/orders.json").json()["code"] == "E_WAREHOUSE_LOCKED"
        finally:
            holder.kill()
    assert get("/").status_code == get("/m/orders").status_code == 200
