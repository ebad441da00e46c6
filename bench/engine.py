"""From a question to SQL, over raw SQL, from a cold start, and the rolling month over 20 million events."""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from msgspec import structs

import truenorth
from bench.data import FACTS, FOLDER, crowd, shop
from bench.figure import Figure, median_seconds
from bench.peer import NEEDS, PeerMissing, answers, environment
from truenorth.define.check import check
from truenorth.define.load import load
from truenorth.query.catalog import Catalog
from truenorth.query.request import MetricQuery
from truenorth.query.run import Runner
from truenorth.store.open import open_engine

NOW = datetime(2026, 1, 1)
# Days of New York throughout. The peers count days of UTC, so their rows are held against ours of UTC.
ZONE = "America/New_York"
KINDS = 20
SIMPLE = MetricQuery(("revenue",), grain="day")
JOIN = MetricQuery(("refund_rate",), by=("customers.region",))
EIGHTY = MetricQuery(
    (*(f"{fact}_{kind}" for fact in FACTS for kind in range(KINDS)), *(f"rate_{kind}" for kind in range(KINDS))),
    by=("region",),
    grain="month",
)
# The same number of metrics over one fact, for a peer that has no time in common between facts.
ONE_FACT = {"sum": "agg: sum, expr: amount", "count": "agg: count", "max": "agg: max, expr: amount"}
EIGHTY_OF_ONE = MetricQuery(
    tuple(f"{word}_{kind}" for word in (*ONE_FACT, "mean") for kind in range(KINDS)), by=("region",), grain="month"
)
BARS = {
    "engine.compile_simple_ms": 0.7,
    "engine.compile_join_ms": 1.4,
    "engine.compile_80_metrics_ms": 40.0,
    "engine.overhead_ms": 2.0,
    "engine.cold_cli_s": 0.42,
    "engine.mau_20m_s": 0.6,
}

SHOP = """
version: 1
datasets:
  - name: orders
    source: orders
    primary_key: [order_id]
    time: ordered_at
    fields: [{name: customer_id}, {name: amount}, {name: refunded}]
  - name: customers
    source: customers
    primary_key: [customer_id]
    fields: [{name: region}]
relationships:
  - {name: order_customer, from: orders, to: customers, from_columns: [customer_id], to_columns: [customer_id]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount, unit: currency}
  - {name: orders_placed, type: simple, dataset: orders, agg: count}
  - {name: orders_refunded, type: simple, dataset: orders, agg: count, filter: refunded}
  - {name: refund_rate, type: ratio, numerator: orders_refunded, denominator: orders_placed, unit: percent}
"""


def many() -> str:
    """Definitions of eighty metrics over three facts, and of eighty over one of them."""
    lines = ["version: 1", "datasets:"]
    lines.append("  - {name: customers, source: customers, primary_key: [customer_id], fields: [{name: region}]}")
    fields = "primary_key: [id], time: seen_at, fields: [{name: amount}, {name: kind}]"
    lines += [f"  - {{name: {fact}, source: {fact}, {fields}}}" for fact in FACTS]
    columns = "from_columns: [customer_id], to_columns: [customer_id]"
    lines.append("relationships:")
    lines += [f"  - {{name: {fact}_of, from: {fact}, to: customers, {columns}}}" for fact in FACTS]
    lines.append("metrics:")
    for kind in range(KINDS):
        for fact in FACTS:
            what = "agg: count" if kind % 2 else "agg: sum, expr: amount"
            lines.append(f"  - {{name: {fact}_{kind}, type: simple, dataset: {fact}, {what}, filter: kind = {kind}}}")
        ratio = f"numerator: {FACTS[0]}_{kind}, denominator: {FACTS[1]}_{kind}"
        lines.append(f"  - {{name: rate_{kind}, type: ratio, {ratio}}}")
        for word, what in ONE_FACT.items():
            one = f"{{name: {word}_{kind}, type: simple, dataset: {FACTS[0]}, {what}, filter: kind = {kind}}}"
            lines.append(f"  - {one}")
        lines.append(f"  - {{name: mean_{kind}, type: ratio, numerator: sum_{kind}, denominator: count_{kind}}}")
    return "\n".join(lines) + "\n"


CROWD = """
version: 1
datasets:
  - {name: events, source: events, time: occurred_at, fields: [{name: who}]}
metrics:
  - {name: people, type: simple, dataset: events, agg: count_distinct, expr: who, unit: people}
  - {name: mau, type: cumulative, input_metric: people, window: 28 days, unit: people}
"""


def workspace(name: str, definitions: str, tables: dict[str, Path], timezone: str = ZONE) -> Path:
    """A workspace whose warehouse holds the tables, made once."""
    import duckdb

    folder = FOLDER / name
    (folder / "metrics").mkdir(parents=True, exist_ok=True)
    (folder / "truenorth.yml").write_text(f"version: 1\nname: Bench\nclock: data\ntimezone: {timezone}\n", "utf-8")
    (folder / "metrics" / "bench.yml").write_text(definitions, "utf-8")
    warehouse = folder / ".truenorth" / "warehouse.duckdb"
    if not warehouse.exists():
        warehouse.parent.mkdir(exist_ok=True)
        part = warehouse.with_suffix(".part")
        part.unlink(missing_ok=True)
        with duckdb.connect(str(part)) as connection:
            for table, path in tables.items():
                connection.execute(f"create table {table} as select * from read_parquet('{path}')")
        part.rename(warehouse)
    return folder


@cache
def shop_workspace() -> Path:
    folder = shop()
    return workspace("shop", SHOP, {name: folder / f"{name}.parquet" for name in ("orders", "customers")})


@cache
def shop_runner() -> Runner:
    return runner(shop_workspace())


@cache
def many_runner() -> Runner:
    """Eighty metrics over three facts around the customers."""
    folder = shop()
    tables = {name: folder / f"{name}.parquet" for name in ("customers", *FACTS)}
    return runner(workspace("many", many(), tables))


def runner(folder: Path) -> Runner:
    model = check(load(folder))
    return Runner(Catalog(model, open_engine(model.workspace.warehouse, folder, read_only=True)))


def forget(asked: Runner) -> None:
    """Nothing remembered of earlier questions: neither their answers nor their rows."""
    asked.answers.clear()
    asked.kept.clear()
    asked.catalog.refresh()


def rows_of(asked: Runner, query: MetricQuery) -> list[list[Any]]:
    """Our numbers by days of UTC in the shape of the peers' ones: what it is a number of, and the number."""
    table = asked.ask(structs.replace(query, timezone="UTC"), NOW).table
    keys = len(table.columns) - len(query.metrics)
    found = []
    for row in table.rows:
        group = " ".join(str(value)[:10] for value in row[:keys])
        for name, value in zip(query.metrics, row[keys:], strict=True):
            found.append([f"{group} {name}" if len(query.metrics) > 1 else group, float(value)])  # type: ignore[arg-type]
    return sorted(found)


def agree(ours: list[list[Any]], theirs: list[list[Any]]) -> bool:
    return len(ours) == len(theirs) and all(
        mine[0] == other[0] and abs(mine[1] - other[1]) <= 1e-9 * max(1.0, abs(other[1]))
        for mine, other in zip(ours, theirs, strict=True)
    )


def compiled(name: str, query: MetricQuery, kind: str, asked: Callable[[], Runner]) -> Iterator[Figure | PeerMissing]:
    """Warm, from question to SQL text, and less than any peer that can be asked and whose answers are ours."""
    runner_ = asked()
    ours = median_seconds(lambda: runner_.compile(query, NOW), 50, 5) * 1000
    rows = rows_of(runner_, query)
    easier = rows_of(runner_, EIGHTY_OF_ONE) if query is EIGHTY else rows
    for peer in NEEDS:
        try:
            said = answers(peer)
        except PeerMissing as missing:
            yield missing
            yield Figure(name, ours, "ms", bar=BARS[name])
            continue
        if kind not in said["rows"]:
            continue
        if not agree(easier if said.get("of_one_fact") and kind == "eighty" else rows, said["rows"][kind]):
            yield PeerMissing(f"{peer} answers {name} differently, so its time does not count")
            continue
        yield Figure(name, ours, "ms", peer, said[f"compile_{kind}_ms"], BARS[name], 1.0)


def overhead(name: str) -> Iterator[Figure | PeerMissing]:
    """What asking us costs over asking the engine for the same SQL, in turns, so that both meet the same machine."""
    asked = shop_runner()
    sql = asked.compile(SIMPLE, NOW)[1].sql
    differences = []
    for turn in range(45):
        forget(asked)
        started = time.perf_counter()
        asked.ask(SIMPLE, NOW)
        between = time.perf_counter()
        asked.catalog.engine.rows(sql)
        ended = time.perf_counter()
        if turn >= 5:
            differences.append((between - started) - (ended - between))
    yield Figure(name, max(0.0, statistics.median(differences) * 1000), "ms", bar=BARS[name])


def seconds_of(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    def run() -> None:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
        if done.returncode:
            raise PeerMissing(f"{Path(command[0]).name} fails: {(done.stderr or done.stdout).strip()[-200:]}")

    return median_seconds(run, 9, 2)


PEER_MODELS = """
models:
  - name: orders
    table: orders
    primary_key: order_id
    dimensions: [{name: ordered_at, type: time, sql: ordered_at, granularity: day}]
    metrics: [{name: revenue, agg: sum, sql: amount}]
"""


def cold(name: str) -> Iterator[Figure | PeerMissing]:
    """A question from the terminal, a new process each time, against a warehouse that nobody else has open.

    Both are measured as installed, which is with their bytecode: pip compiled the peer, and we stand in a checkout.
    """
    compileall.compile_dir(Path(truenorth.__file__).parent, quiet=1)
    data = shop()
    folder = workspace("cold", SHOP, {name: data / f"{name}.parquet" for name in ("orders", "customers")})
    question = ["query", "revenue", "--grain", "month", "--format", "csv"]
    ours = seconds_of([str(Path(sys.executable).parent / "truenorth"), *question], folder, dict(os.environ))
    (folder / "models").mkdir(exist_ok=True)
    (folder / "models" / "orders.yml").write_text(PEER_MODELS, "utf-8")
    try:
        command = str(environment("sidemantic") / "sidemantic")
        database = str((folder / ".truenorth" / "warehouse.duckdb").resolve())
        asked = ["query", "--metric", "orders.revenue", "--dimension", "orders.ordered_at__month"]
        theirs = seconds_of([command, *asked, "--models", "models", "--db", database], folder, dict(os.environ))
    except PeerMissing as missing:
        yield missing
        yield Figure(name, ours, "s", bar=BARS[name])
        return
    yield Figure(name, ours, "s", "sidemantic", theirs, BARS[name], 0.46)


def rolling_month(name: str) -> Iterator[Figure | PeerMissing]:
    """28-day people for 90 days, out of 20 million events of 800 thousand people, by days of New York."""
    folder = workspace("crowd", CROWD, {"events": crowd()})
    asked = runner(folder)
    query = MetricQuery(("mau",), grain="day", range="2026-03-01..2026-05-29")

    def ask() -> None:
        forget(asked)
        assert len(asked.ask(query, datetime(2026, 6, 30)).table) == 90

    yield Figure(name, median_seconds(ask, 5, 1), "s", bar=BARS[name])


Measure = Callable[[str], Iterator[Figure | PeerMissing]]
FIGURES: dict[str, Measure] = {
    "engine.compile_simple_ms": partial(compiled, query=SIMPLE, kind="simple", asked=shop_runner),
    "engine.compile_join_ms": partial(compiled, query=JOIN, kind="join", asked=shop_runner),
    "engine.compile_80_metrics_ms": partial(compiled, query=EIGHTY, kind="eighty", asked=many_runner),
    "engine.overhead_ms": overhead,
    "engine.cold_cli_s": cold,
    "engine.mau_20m_s": rolling_month,
}
