"""`truenorth adopt` and `export-definitions` from the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from truenorth.cli.main import main

MODELS = """
semantic_models:
  - name: orders
    model: ref('orders')
    defaults: {agg_time_dimension: ordered_at}
    dimensions: [{name: ordered_at, type: time}, {name: plan, type: categorical}]
    measures: [{name: orders_placed, agg: count, expr: "1", create_metric: true}]
saved_queries:
  - {name: daily, query_params: {metrics: [orders_placed]}}
"""


@pytest.fixture
def dbt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dbt").mkdir()
    (tmp_path / "dbt" / "orders.yml").write_text(MODELS, "utf-8")
    return tmp_path


def test_what_was_carried_and_what_was_not(dbt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adopt", "dbt", "--into", "mine"]) == 0
    out = capsys.readouterr().out
    assert "read dbt, legacy: 1 dataset, 0 relationships, 1 metric" in out
    assert "truenorth.yml, metrics/orders.yml" in out
    assert "SAVED_QUERY_DROPPED\n    orders.yml:9:5  daily:" in out
    assert (dbt / "mine" / "truenorth.yml").read_text("utf-8") == "version: 1\nname: Mine\n"


def test_showing_writes_nothing(dbt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adopt", "dbt", "--show"]) == 0
    assert "name: orders_placed" in capsys.readouterr().out
    assert [path.name for path in dbt.iterdir()] == ["dbt"]


def test_files_that_are_there_are_kept(dbt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adopt", "dbt", "--into", "mine"]) == 0
    place = dbt / "mine" / "metrics" / "orders.yml"
    place.write_text("version: 1\n# mine\n", "utf-8")
    assert main(["adopt", "dbt", "--into", "mine"]) == 2
    assert "E_FILE_EXISTS" in capsys.readouterr().err
    assert main(["adopt", "dbt", "--into", "mine", "--replace"]) == 0
    assert "replaced metrics/orders.yml" in capsys.readouterr().out
    assert main(["adopt", "dbt", "--into", "dbt/orders.yml"]) == 2
    assert "E_FOLDER_TAKEN" in capsys.readouterr().err


def test_out_to_ossie_and_back(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export-definitions", "--to", "ossie", "-o", "small.json"]) == 0
    assert json.loads((small / "small.json").read_text("utf-8"))["version"] == "0.1.1"
    assert main(["adopt", "small.json", "--into", "back"]) == 0
    capsys.readouterr()
    assert main(["export-definitions", "--to", "ossie"]) == 0
    here = capsys.readouterr().out
    assert main(["export-definitions", "--to", "ossie", "-w", "back"]) == 0
    assert capsys.readouterr().out == here


def test_a_format_nobody_reads(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export-definitions", "--to", "osie"]) == 2
    assert 'E_UNKNOWN_TARGET: definitions cannot be written as "osie"' in capsys.readouterr().err
