"""The StatsD client that most Python programs send with, over both ways: what it counts is what can be asked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.unit.serve.collecting import Collecting, workspace
from truenorth import workspace as workspaces
from truenorth.collect.load.open import open_loader
from truenorth.serve.run import free_port
from truenorth.store.duckdb import DuckDB

DEFINITIONS = """version: 1
metrics:
  - {name: paid, type: increase, series: pay.requests}
  - {name: queue, type: gauge, series: pay.queue}
  - {name: median_wait, type: histogram_quantile, series: pay.wait, percentile: 0.5}
"""


@pytest.mark.parametrize("way", ["UDP", "TCP"])
def test_what_the_client_sends_can_be_asked(tmp_path: Path, way: str) -> None:
    import statsd

    folder = tmp_path / "shop"
    workspace(folder)
    (folder / "metrics" / "pay.yml").write_text(DEFINITIONS, "utf-8")
    port = free_port("127.0.0.1", 0)
    with Collecting(folder, more=("127.0.0.1", str(port))) as collecting:
        kind: Any = statsd.StatsClient if way == "UDP" else statsd.TCPStatsClient
        client = kind("127.0.0.1", port, prefix="pay")
        for _ in range(40):
            client.incr("requests")
        client.incr("requests", 2)
        client.gauge("queue", 7)
        for milliseconds in (3, 60, 70, 8000):
            client.timing("wait", milliseconds)
        client.close()
        # It keeps what has come when it is told to end.
        assert collecting.end() == 0
    engine = DuckDB("warehouse.duckdb", folder=folder / ".truenorth")
    loader = open_loader(engine, folder, lambda: datetime.now(UTC).replace(tzinfo=None))
    while loader.load() is not None:
        pass
    engine.close()
    with workspaces.open(folder) as shop:
        [row] = shop.query("paid", "queue", "median_wait", range="2d").table.rows
    # Two of four took up to 75 ms, one of them up to 50: halfway through what lies between.
    assert row == (42.0, 7.0, pytest.approx(62.5))
