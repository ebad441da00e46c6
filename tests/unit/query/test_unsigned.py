"""Whole numbers that cannot be below zero, as columnar files have them, make balances like others."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from truenorth import workspace

DEFINITIONS = """version: 1
datasets:
  - {name: seats, file: seats.parquet, time: day, fields: [{name: who}, {name: until}, {name: size}]}
metrics:
  - {name: taken, type: movement, dataset: seats, expr: size, entity: who, end: until}
  - {name: left_over, type: movement, balance: taken, part: churn}
"""


@pytest.mark.parametrize("kind", ["utinyint", "uinteger", "ubigint", "tinyint"])
def test_unsigned_amounts_are_taken_away_as_well(tmp_path: Path, kind: str) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Seats\nclock: data\n", "utf-8")
    (tmp_path / "metrics" / "seats.yml").write_text(DEFINITIONS, "utf-8")
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select * from (values (1, date '2025-01-10', date '2025-02-01', 100::{kind}), "
            f"(2, date '2025-02-10', null, 120::{kind})) as rows(who, day, until, size)) "
            f"to '{tmp_path / 'seats.parquet'}' (format parquet)"
        )
    with workspace.open(tmp_path) as opened:
        rows = opened.query("taken", "left_over", grain="month").table.rows
        assert [row[1:] for row in rows] == [(100, 0), (120, 100)]
