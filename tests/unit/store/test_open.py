"""From the word in truenorth.yml to an engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from truenorth.base.errors import EngineError
from truenorth.store.open import open_engine


def test_duckdb_paths_start_at_the_folder(tmp_path: Path) -> None:
    engine = open_engine("duckdb:data/w.duckdb", tmp_path)
    engine.write("CREATE TABLE a AS SELECT 1 AS n")
    assert (tmp_path / "data" / "w.duckdb").is_file()
    engine.close()
    absolute = open_engine(f"duckdb:{tmp_path}/data/w.duckdb", Path("/nowhere"), read_only=True)
    assert absolute.tables() == ("a",)
    absolute.close()


@pytest.mark.parametrize(
    ("warehouse", "hint"),
    [
        ("duckbd:x.duckdb", 'did you mean "duckdb"?'),
        ("clickhouse:server", 'did you mean "clickhouse"?'),
        ("postgres://x", "use one of"),
        ("duckdb:", "duckdb"),
        ("", "use one of"),
    ],
)
def test_an_unknown_engine_names_the_known(warehouse: str, hint: str) -> None:
    with pytest.raises(EngineError) as raised:
        open_engine(warehouse, Path())
    assert raised.value.code == "E_UNKNOWN_ENGINE"
    assert f'"{warehouse}"' in raised.value.message
    assert hint in raised.value.hint
