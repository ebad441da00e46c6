"""Columns whose names differ from a field's, or from the product's own words, only in their capitals."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import truenorth


def test_a_column_named_amount_with_a_capital_is_summed(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Deals\nclock: data\n", "utf-8")
    (tmp_path / "deals.csv").write_text("Id,CloseDate,Amount\n1,2026-01-05,100.5\n2,2026-01-06,20\n", "utf-8")
    (tmp_path / "metrics" / "deals.yml").write_text(
        "version: 1\n"
        "datasets:\n"
        "  - {name: deals, file: deals.csv, primary_key: [Id], time: CloseDate, fields: [{name: Amount, unit: currency}]}\n"
        "metrics:\n"
        "  - {name: amount, type: simple, dataset: deals, agg: sum, expr: Amount, unit: currency}\n",
        "utf-8",
    )
    with truenorth.open(tmp_path) as opened:
        assert opened.check() == ()
        assert Decimal(str(opened.query("amount").table.rows[0][0])) == Decimal("120.5")
