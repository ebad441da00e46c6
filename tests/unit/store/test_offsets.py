"""Times that are written with an offset are instants, however a query looks at them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from truenorth.store.open import open_engine

INSTANT = datetime(2026, 8, 21, 14, 53, 52)


def test_an_instant_in_a_csv_file_keeps_its_offset_when_only_its_cast_is_asked(tmp_path: Path) -> None:
    (tmp_path / "things.csv").write_text("id,happened\n1,2026-08-21T16:53:52+02:00\n2,2026-08-21T14:53:52+00:00\n")
    engine = open_engine("duckdb::memory:", tmp_path)
    rows = engine.rows(f"SELECT id, CAST(happened AS TIMESTAMP) FROM {engine.scan('', 'things.csv')} ORDER BY id")
    engine.close()
    assert rows == [(1, INSTANT), (2, INSTANT)]
