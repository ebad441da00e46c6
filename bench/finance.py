"""A million subscriptions over five years, walked from opening to closing month by month; and the page of a balance
in three currencies, for stretches of time that nobody asked for before."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import httpx

from bench.data import FOLDER
from bench.engine import Measure, forget, runner, workspace
from bench.figure import Figure, median_seconds
from bench.home import acme
from bench.peer import PeerMissing
from truenorth import workspace as workspaces
from truenorth.query.request import MetricQuery
from truenorth.web.app import pages

BARS = {"financial.movements_1m_subs_s": 2.0, "financial.waterfall_page_ms": 150.0}
# Half years and years, each asked once.
STRETCHES = [f"2025-{month:02}..2025-{month + 5:02}" for month in range(1, 8)] + ["2025", "2025-Q3..2026-Q2"]
MOVED = ("opening", "new", "reactivation", "expansion", "contraction", "churn")
SUBSCRIPTIONS = """
copy (
  select i as subscription_id,
         'cus_' || (hash(i) % 700000) as customer_id,
         date '2021-01-01' + (hash(i * 7) % 1826)::int as started_on,
         case when hash(i * 13) % 100 < 60
              then date '2021-01-01' + (hash(i * 7) % 1826)::int + (1 + hash(i * 11) % 900)::int end as ended_on,
         ((1 + hash(i * 17) % 50) * 10)::decimal(18, 2) as monthly_amount,
         ['basic', 'team', 'plus'][1 + (hash(i * 19) % 3)::int] as plan
  from range(1000000) t(i)
) to '{path}' (format parquet)
"""
BOOK = """
version: 1
datasets:
  - name: subscriptions
    source: subscriptions
    primary_key: [subscription_id]
    time: started_on
    fields: [{name: customer_id}, {name: plan}, {name: ended_on}, {name: monthly_amount, unit: currency}]
metrics:
  - {name: mrr, type: movement, dataset: subscriptions, expr: monthly_amount, entity: customer_id, end: ended_on}
  - {name: customers, type: movement, balance: mrr, measure: entities}
""" + "".join(f"  - {{name: mrr_{part}, type: movement, balance: mrr, part: {part}}}\n" for part in MOVED)


def subscriptions() -> Path:
    """The subscriptions as a file, made once."""
    import duckdb

    path = FOLDER / "subscriptions.parquet"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".part")
        with duckdb.connect() as connection:
            connection.execute(SUBSCRIPTIONS.format(path=unfinished))
        unfinished.rename(path)
    return path


def movements(name: str) -> Iterator[Figure | PeerMissing]:
    """Every movement, the balance and the customers of sixty months in one question; each month comes out."""
    asked = runner(workspace("book", BOOK, {"subscriptions": subscriptions()}))
    parts = tuple(f"mrr_{part}" for part in MOVED)
    query = MetricQuery((*parts, "mrr", "customers"), grain="month", range="2021-01..2025-12")

    def ask() -> None:
        forget(asked)
        rows = asked.ask(query, datetime(2026, 1, 1)).table.dicts()
        assert len(rows) == 60
        for row in rows:
            told = [one for one in (row[name] for name in (*parts, "mrr")) if isinstance(one, Decimal)]
            opening, new, back, more, less, gone, closing = told
            assert opening + new + back + more - less - gone == closing

    yield Figure(name, median_seconds(ask, 5, 1), "s", bar=BARS[name])


async def page_times() -> list[float]:
    """How long the page of the contracts' balance takes inside the server, each time for another stretch."""
    times = []
    with workspaces.open(acme()) as opened:
        transport = httpx.ASGITransport(app=pages(opened))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            for turn, stretch in enumerate(STRETCHES):
                started = time.perf_counter()
                reply = await client.get(f"/m/contract_mrr?range={stretch}&grain=month")
                taken = time.perf_counter() - started
                assert reply.status_code == 200, reply.text[:500]
                assert "From opening to closing" in reply.text
                if turn >= 2:
                    times.append(taken * 1000)
    return times


def waterfall(name: str) -> Iterator[Figure | PeerMissing]:
    """The whole page, its waterfall with it."""
    yield Figure(name, statistics.median(asyncio.run(page_times())), "ms", bar=BARS[name])


FIGURES: dict[str, Measure] = {"financial.movements_1m_subs_s": movements, "financial.waterfall_page_ms": waterfall}
