"""A frame that slides over days gives the same people as gathering the days of each window, gaps and NULLs too."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from truenorth import workspace
from truenorth.query import bitmap

DEFINITIONS = """
version: 1
datasets:
  - {name: events, source: events, time: occurred_at, fields: [{name: who}]}
metrics:
  - {name: people, type: simple, dataset: events, agg: count_distinct, expr: who, unit: people}
  - {name: week, type: cumulative, input_metric: people, window: 7 days, unit: people}
"""

# Thirty people on every fourth day; on 25 January only rows without a person, in May nothing at all.
EVENTS = """
CREATE TABLE events AS
SELECT CASE WHEN day <> 24 THEN (hash(i * 17) % 30)::uinteger END AS who,
       TIMESTAMP '2026-01-01' + INTERVAL (day * 86400 + hash(i) % 86400) SECOND AS occurred_at
FROM (SELECT i, (hash(i * 29) % 30) * 4 AS day FROM range(300) t(i)) AS rows
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Crowd\ntimezone: America/New_York\n", "utf-8")
    (tmp_path / "metrics" / "crowd.yml").write_text(DEFINITIONS, "utf-8")
    with workspace.open(tmp_path, read_only=False) as opened:
        opened._engine.write(EVENTS)
    return tmp_path


def asked(folder: Path, grain: str, span: str) -> tuple[tuple[object, ...], str]:
    with workspace.open(folder, now=datetime(2026, 6, 30)) as opened:
        answer = opened.query("week", grain=grain, range=span)
        return answer.table.rows, answer.sql


@pytest.mark.parametrize("grain", ["day", "week", "month"])
@pytest.mark.parametrize("span", ["2026-01-01..2026-05-31", "2026-01-20..2026-02-03", "all"])
def test_sliding_is_gathering(folder: Path, grain: str, span: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slid, sql = asked(folder, grain, span)
    monkeypatch.setattr(bitmap, "sliding", lambda _: 0)
    gathered, plain = asked(folder, grain, span)
    assert "RANGE BETWEEN INTERVAL 6 DAY PRECEDING" in sql and "RANGE BETWEEN" not in plain
    assert slid == gathered
