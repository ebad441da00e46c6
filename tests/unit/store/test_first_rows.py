"""The first rows in an order are the first, whatever was deleted before: DuckDB 2.0 passed over row groups by rows
that are deleted, and found none at all."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from truenorth.store.duckdb import DuckDB

FIRST = "SELECT day, n FROM kept ORDER BY day, n"


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_first_row_is_found_after_rows_were_deleted(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    engine = DuckDB("warehouse.duckdb", folder=tmp_path)
    engine.lingers = 30
    engine.write("CREATE TABLE kept (day TIMESTAMP, n TIMESTAMP)")
    for _ in range(60):
        change(engine, draw)
        assert engine.rows(f"{FIRST} LIMIT 1") == engine.rows(FIRST)[:1]
    engine.close()


def change(engine: DuckDB, draw: random.Random) -> None:
    """A row more, the first away, or everything into the file."""
    chance = draw.random()
    if chance < 0.5:
        day = draw.randrange(3)
        engine.write(
            f"INSERT INTO kept SELECT DATE '2026-07-01' + {day}, DATE '2026-07-01' + {day + draw.randrange(3)}"
        )
    elif chance < 0.75:
        for day, n in engine.rows(FIRST)[:1]:
            engine.write(f"DELETE FROM kept WHERE day = '{day}' AND n = '{n}'")
    elif chance < 0.85:
        engine.write("CHECKPOINT")
    elif chance < 0.9:
        engine.close()
