"""Five hundred objectives over thirty days of minutes, 21.6 million rows: all windows, alerts alone, one budget."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from bench.data import FOLDER
from bench.engine import ZONE, Measure, forget, runner
from bench.figure import Figure, median_seconds
from bench.peer import PeerMissing
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.query.standing import ALERTS, spending, standings, sums

SERVICES, DAYS = 500, 30
NOW = datetime(2026, 1, 1) + timedelta(days=DAYS)
BARS = {"operational.slo_500x8_s": 0.6, "operational.slo_alert_windows_s": 0.1, "operational.budget_curve_ms": 50.0}
ROWS = f"""
create table minutes as
select timestamp '2026-01-01' + to_minutes(minute::int) as at, service::usmallint as service,
       (hash(minute * 7 + service) % 5 = 0)::usmallint as bad,
       (1000 + hash(minute * 11 + service) % 500)::integer as total
from range({DAYS * 24 * 60}) t(minute), range({SERVICES}) u(service) order by minute, service
"""
DEFINITIONS = """
version: 1
datasets:
  - {name: minutes, source: minutes, time: at, fields: [{name: service}, {name: bad}, {name: total}]}
metrics:
  - {name: total, type: simple, dataset: minutes, agg: sum, expr: total}
  - {name: bad, type: simple, dataset: minutes, agg: sum, expr: bad}
slos:
  - {name: kept, total: total, bad: bad, objective: 99.9}
"""


@cache
def fleet() -> Path:
    """A workspace with the minutes of all services, made once."""
    import duckdb

    folder = FOLDER / "fleet"
    (folder / "metrics").mkdir(parents=True, exist_ok=True)
    (folder / "truenorth.yml").write_text(f"version: 1\nname: Bench\nclock: data\ntimezone: {ZONE}\n", "utf-8")
    (folder / "metrics" / "fleet.yml").write_text(DEFINITIONS, "utf-8")
    warehouse = folder / ".truenorth" / "warehouse.duckdb"
    if not warehouse.exists():
        warehouse.parent.mkdir(exist_ok=True)
        part = warehouse.with_suffix(".part")
        part.unlink(missing_ok=True)
        with duckdb.connect(str(part), config={"memory_limit": "6GB"}) as connection:
            connection.execute(ROWS)
        part.rename(warehouse)
    return folder


def every_window(name: str) -> Iterator[Figure | PeerMissing]:
    """How each of 500 objectives stands: its thirty days and the seven stretches of the alerts."""
    asked = runner(fleet())
    model = asked.catalog.model

    def ask() -> None:
        forget(asked)
        found = standings(model, lambda query: asked.ask(query, NOW), list(model.slos.values()), ("service",), NOW)
        assert len(found) == SERVICES and all(one.windows[0].stretch.total > 0 for one in found)

    yield Figure(name, median_seconds(ask, 7, 2), "s", bar=BARS[name])


def alerts(name: str) -> Iterator[Figure | PeerMissing]:
    """The seven stretches of the alerts alone, of all 500."""
    asked = runner(fleet())
    slos = list(asked.catalog.model.slos.values())
    lengths = sorted({length for one in ALERTS for length in (one.long, one.short)})

    def ask() -> None:
        forget(asked)
        for length in lengths:
            found = sums(lambda query: asked.ask(query, NOW), slos, ("service",), (NOW - length, NOW))
            assert len(found) == SERVICES

    yield Figure(name, median_seconds(ask, 7, 2), "s", bar=BARS[name])


def curve(name: str) -> Iterator[Figure | PeerMissing]:
    """How the budget of thirty days was spent, of one of the 500."""
    asked = runner(fleet())
    model = asked.catalog.model

    def ask_one(query: MetricQuery) -> Answer:
        return asked.ask(replace(query, where=("service = 42",)), NOW)

    [one] = standings(model, ask_one, list(model.slos.values()), (), NOW)

    def ask() -> None:
        forget(asked)
        assert len(spending(model, ask_one, one, one.windows[0]).left) >= DAYS

    yield Figure(name, median_seconds(ask, 7, 2) * 1000, "ms", bar=BARS[name])


FIGURES: dict[str, Measure] = {
    "operational.slo_500x8_s": every_window,
    "operational.slo_alert_windows_s": alerts,
    "operational.budget_curve_ms": curve,
}
