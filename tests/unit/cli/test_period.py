"""`truenorth period`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from truenorth.cli.main import main

ORDERS = "order_id,ordered_at,amount\n1,2026-04-10,100.00\n2,2026-04-20,40.00\n"
SHOP = """
version: 1
datasets:
  - {name: orders, file: orders.csv, time: ordered_at, fields: [{name: amount, unit: currency}]}
metrics:
  - {name: revenue, type: simple, domain: financial, dataset: orders, agg: sum, expr: amount, unit: currency}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\n", "utf-8")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "shop.yml").write_text(SHOP, "utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What a command says on standard output."""
    assert main(list(arguments)) == code
    return capsys.readouterr().out


def test_a_month_is_closed_restated_and_opened_again(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "period", "list") == "no period is closed\n"
    assert said(capsys, "period", "close", "2026-04") == "2026-04 is closed for 1 metric: 1 value is kept\n"
    assert "restated" not in said(capsys, "period", "list", "--check")
    (shop / "orders.csv").write_text(ORDERS.replace("40.00", "44.50"), "utf-8")
    assert said(capsys, "period", "list").splitlines()[-1].split() == [
        "revenue", "2026-04-01", "in", "all", "140.00", "144.50", "4.50",
    ]  # fmt: skip
    told = json.loads(said(capsys, "period", "list", "revenue", "--format", "json", "--check", code=1))
    assert [(one["before"], one["now"], one["change"]) for one in told["restated"]] == [("140.00", "144.50", "4.50")]
    assert said(capsys, "period", "reopen", "2026-04") == "2026-04 is open again: 1 value closed no more\n"
    assert said(capsys, "period", "list", "orders") == "no period is closed\n"


def test_what_cannot_be_closed_is_said(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["period", "close", "2026-04", "revenu"]) == 2
    assert 'did you mean "revenue"?' in capsys.readouterr().err
    assert main(["period", "list", "--format", "yaml"]) == 2
    assert "E_UNKNOWN_FORMAT" in capsys.readouterr().err
