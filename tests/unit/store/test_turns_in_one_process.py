"""Several engines of one process on one file: they open it at the same moment, and none stumbles over another."""

from __future__ import annotations

from pathlib import Path
from threading import Barrier, Thread

from truenorth.store.duckdb import DuckDB


def test_engines_that_open_a_file_at_the_same_moment(tmp_path: Path) -> None:
    DuckDB("w.duckdb", folder=tmp_path).write("CREATE TABLE t AS SELECT 1 AS n")
    found: list[object] = []

    def ask(start: Barrier) -> None:
        engine = DuckDB("w.duckdb", folder=tmp_path)
        start.wait()
        found.append(engine.rows("SELECT n FROM t"))
        engine.close()

    for _ in range(30):
        start = Barrier(4)
        threads = [Thread(target=ask, args=(start,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [[(1,)]] * 120
