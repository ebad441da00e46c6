"""Twenty million events of eight hundred thousand people over ninety days, five a visit, as collecting and compaction
leave them: funnels, retention, lifecycle, sessions and rolling months, beside ClickHouse in the same run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from bench.data import FOLDER
from bench.engine import ZONE, Measure, forget, runner
from bench.figure import Figure, median_seconds, medians_in_turns
from bench.peer import PeerMissing
from truenorth.collect.compact import ORDERS
from truenorth.query.request import MetricQuery
from truenorth.query.retention import matrix
from truenorth.store.open import open_engine
from truenorth.store.tables import create

MILLIONS, PEOPLE, LINKED = 20, 800_000, 40_000
NOW = datetime(2026, 4, 1)
# How many events are of each kind, of twenty.
KINDS = {"$pageview": 9, "search": 4, "sign_up": 2, "add_to_cart": 2, "purchase": 1, "share": 1, "export": 1}
COUNTRIES = ("US", "DE", "FR", "GB", "BR", "IN", "JP", "CA", "AU", "NL", "SE", "PL")
EVENTS = """
insert into events (source, dialect, event_id, who, event, time, received_at, seq, properties)
select 'web', 'native', null, who, event, time, time + interval 1 second, 0,
       {{'country': country, 'path': '/' || (hash(i * 3) % 50), 'seconds': (hash(i * 5) % 600)::int}}::variant
from (
  select i,
         (case when hash(visit * 41) % 20 = 0 then {people} + hash(visit * 17) % {linked}
               else hash(visit * 17) % {people} end)::uinteger as who,
         [{kinds}][1 + (hash(i * 7) % 20)::int] as event,
         timestamp '2026-01-01 05:00:00'
           + to_microseconds((hash(visit * 29) % 7776000000000)::bigint)
           + to_microseconds(((i % 5) * 97531000 + hash(i) % 60000000)::bigint) as time,
         [{countries}][1 + (hash(hash(visit * 17) % {people}) % 12)::int] as country
  from (select i, i // 5 as visit from range({first}, {past}) t(i))
)
"""
STEPS = ", ".join(f"{{name: {name}, filter: \"event = '{name}'\"}}" for name in ("sign_up", "add_to_cart", "purchase"))
PERSON = "coalesce(people.person, who)"
DEFINITIONS = f"""
version: 1
datasets:
  - name: events
    source: events
    time: time
    fields:
      - {{name: event}}
      - {{name: who}}
      - {{name: country, expr: "properties['country']"}}
  - {{name: people, source: people, primary_key: [who], fields: [{{name: person}}]}}
relationships:
  - {{name: event_person, from: events, to: people, from_columns: [who], to_columns: [who]}}
metrics:
  - {{name: people_seen, type: simple, dataset: events, agg: count_distinct, expr: "{PERSON}"}}
  - {{name: mau, type: cumulative, input_metric: people_seen, window: 28 days}}
  - {{name: bought, type: funnel, dataset: events, entity: "{PERSON}", window: 1 day, steps: [{STEPS}]}}
  - {{name: back, type: retention, dataset: events, entity: "{PERSON}", period: day, first: in_range}}
  - {{name: state, type: lifecycle, dataset: events, entity: "{PERSON}", period: week}}
  - {{name: fresh, type: lifecycle, of: state, part: new}}
  - {{name: returning, type: lifecycle, of: state, part: returning}}
  - {{name: risen, type: lifecycle, of: state, part: resurrecting}}
  - {{name: dormant, type: lifecycle, of: state, part: dormant}}
  - {{name: stays, type: sessions, dataset: events, entity: "{PERSON}"}}
  - {{name: stay, type: sessions, of: stays, part: median_duration}}
  - {{name: entered, type: funnel, of: bought, part: entered}}
  - {{name: carted, type: funnel, of: bought, part: reached, step: add_to_cart}}
  - {{name: paid, type: funnel, of: bought, part: converted}}
"""


def crowd(millions: int = MILLIONS) -> Path:
    """A workspace with the events, made once; tables in the order in which compaction leaves them."""
    import duckdb

    folder = FOLDER / f"people_{millions}"
    (folder / "metrics").mkdir(parents=True, exist_ok=True)
    (folder / "truenorth.yml").write_text(f"version: 1\nname: Bench\nclock: data\ntimezone: {ZONE}\n", "utf-8")
    (folder / "metrics" / "people.yml").write_text(DEFINITIONS, "utf-8")
    warehouse = folder / ".truenorth" / "warehouse.duckdb"
    if not warehouse.exists():
        warehouse.parent.mkdir(exist_ok=True)
        part = warehouse.with_suffix(".part")
        part.unlink(missing_ok=True)
        with duckdb.connect(str(part), config={"memory_limit": "6GB"}) as connection:
            for name in ("events", "people"):
                connection.execute(create(name))
            kinds = ", ".join(f"'{name}'" for name, size in KINDS.items() for _ in range(size))
            countries = ", ".join(f"'{name}'" for name in COUNTRIES)
            for first in range(0, millions * 1_000_000, 1_000_000):
                connection.execute(
                    EVENTS.format(
                        kinds=kinds, countries=countries, people=PEOPLE, linked=LINKED, first=first,
                        past=first + 1_000_000,
                    )
                )  # fmt: skip
            connection.execute(
                f"insert into people select {PEOPLE} + i, (hash(i) % {PEOPLE})::uinteger from range({LINKED}) t(i)"
            )
        opened = open_engine(f"duckdb:{part.name}", part.parent)
        opened.rewrite(ORDERS)
        opened.close()
        part.rename(warehouse)
    return folder


@dataclass(frozen=True)
class ClickHouse:
    """The same events in a table of ClickHouse, sorted as it likes, with each event's person written beside it."""

    session: Any

    def rows(self, sql: str) -> str:
        """What a select says, as CSV."""
        return str(self.session.query(sql, "CSV")).strip()


@cache
def clickhouse() -> ClickHouse:
    """ClickHouse within this process, over the events; PeerMissing where it is not installed."""
    from pyarrow import parquet

    try:
        from chdb import session
    except ImportError as error:
        raise PeerMissing("chdb is not installed: make ready-all") from error
    folder = crowd()
    path, file, ready = folder / "clickhouse", folder / "events.parquet", folder / "clickhouse.ready"
    opened = session.Session(str(path))
    if not ready.exists():
        engine = open_engine("duckdb:.truenorth/warehouse.duckdb", folder, read_only=True)
        parquet.write_table(engine.arrow(RESOLVED), file)
        opened.query("drop database if exists bench")
        opened.query("create database bench")
        opened.query(
            "create table bench.events (who UInt32, event LowCardinality(String), time DateTime64(6, 'UTC'), "
            "country LowCardinality(String)) engine = MergeTree order by (who, time)"
        )
        opened.query(f"insert into bench.events select * from file('{file}')")
        opened.query("optimize table bench.events final")
        file.unlink()
        ready.touch()
    return ClickHouse(opened)


RESOLVED = """
select coalesce(person, events.who)::uinteger as who, event, time, properties['country']::varchar as country
from events left join people on people.who = events.who
"""
MET = ", ".join(f"event = '{name}'" for name in ("sign_up", "add_to_cart", "purchase"))
WINDOW_FUNNEL = f"""
select countIf(level >= 1), countIf(level >= 2), countIf(level >= 3)
from (
  select who, windowFunnel(86400000000)(toUInt64(toUnixTimestamp64Micro(time)), {MET}) as level
  from bench.events where event in ('sign_up', 'add_to_cart', 'purchase') group by who
)
"""


@dataclass
class Question:
    """A question that nobody asked before, whenever it is asked; its rows are as many as it should have."""

    query: MetricQuery
    size: int
    millions: int = MILLIONS

    def __post_init__(self) -> None:
        self.asked = runner(crowd(self.millions))
        self.rows: list[tuple[Any, ...]] = []

    def __call__(self) -> None:
        forget(self.asked)
        self.rows = list(self.asked.ask(self.query, NOW).table.rows)
        assert len(self.rows) == self.size, self.rows


def plain_funnel(name: str) -> Iterator[Figure | PeerMissing]:
    """Three steps within a day of the first, each person's best attempt: the same numbers as windowFunnel."""
    ask = Question(FUNNEL, 1)
    try:
        peer = clickhouse()
    except PeerMissing as missing:
        yield missing
        yield Figure(name, median_seconds(ask, 7, 2), "s")
        return
    ours, theirs = medians_in_turns(ask, partial(peer.rows, WINDOW_FUNNEL), 7, 2)
    [row], said = ask.rows, peer.rows(WINDOW_FUNNEL)
    assert said == ",".join(map(str, row)), (said, row)
    yield Figure(name, ours, "s", "clickhouse windowFunnel", theirs, None, 1.2)


def funnel_by_country(name: str) -> Iterator[Figure | PeerMissing]:
    """The same by the country of the entry, beside the plain one."""
    grouped = replace(FUNNEL, by=("country",))
    ours, plain = medians_in_turns(Question(grouped, len(COUNTRIES)), Question(FUNNEL, 1), 7, 2)
    yield Figure(name, ours, "s", "the plain funnel", plain, None, 1.5)


def asked_in(name: str, query: MetricQuery, rows: int) -> Iterator[Figure | PeerMissing]:
    """A question that is held to a number of seconds."""
    yield Figure(name, median_seconds(Question(query, rows), 7, 2), "s", bar=BARS[name])


def retention(name: str) -> Iterator[Figure | PeerMissing]:
    """Thirty days of beginners by the thirty days after each, all cells in one question."""
    asked = runner(crowd())

    def ask() -> None:
        forget(asked)
        found = matrix(asked, BACK, NOW, 30)
        assert (len(found.cohorts), len(found.buckets)) == (30, 30), (len(found.cohorts), len(found.buckets))

    yield Figure(name, median_seconds(ask, 7, 2), "s", bar=BARS[name])


def memory(name: str) -> Iterator[Figure | PeerMissing]:
    """The most memory that a process of its own takes for all of these questions."""
    code = "from bench.people import every, peak; every(); print(peak())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parent.parent
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    yield Figure(name, float(done.stdout.split()[-1]), "GB", bar=BARS[name])


def every() -> None:
    """Each question once."""
    for query, rows in ((FUNNEL, 1), (LIFECYCLE, WEEKS), (SESSIONS, 90), (MAU, 90)):
        asked = runner(crowd())
        assert len(asked.ask(query, NOW).table) == rows
    matrix(runner(crowd()), BACK, NOW, 30)


def peak() -> float:
    """Gigabytes that this program took at most; what the one that started it took is not in it."""
    [line] = [one for one in Path("/proc/self/status").read_text("utf-8").splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) * 1024 / 1e9


def growth(name: str) -> Iterator[Figure | PeerMissing]:
    """The plain funnel over 5, 20 and 50 million events: seconds for each million, which must not grow."""
    found = {one: median_seconds(Question(FUNNEL, 1, one), 5, 2) / one for one in (5, MILLIONS, 50)}
    for millions, seconds in found.items():
        yield Figure(f"{name}_{millions}m", seconds * 1000, "ms per million", "5 million", found[5] * 1000, None, 1.25)


FUNNEL = MetricQuery(("entered", "carted", "paid"))
BACK = MetricQuery(("back",), range="2026-01-01..2026-01-30")
LIFECYCLE = MetricQuery(("fresh", "returning", "risen", "dormant"), grain="week", range="2026-01-05..2026-03-29")
WEEKS = 12
SESSIONS = MetricQuery(("stays", "stay"), grain="day", range="2026-01-01..2026-03-31")
MAU = MetricQuery(("mau",), grain="day", range="2026-01-01..2026-03-31")
BARS = {
    "customer.retention_30x30_s": 0.8,
    "customer.lifecycle_s": 0.8,
    "customer.sessions_s": 1.5,
    "customer.mau_90d_s": 0.6,
    "customer.memory_gb": 2.0,
}
FIGURES: dict[str, Measure] = {
    "customer.funnel_3_steps_s": plain_funnel,
    "customer.funnel_by_country_s": funnel_by_country,
    "customer.retention_30x30_s": retention,
    "customer.lifecycle_s": partial(asked_in, query=LIFECYCLE, rows=WEEKS),
    "customer.sessions_s": partial(asked_in, query=SESSIONS, rows=90),
    "customer.mau_90d_s": partial(asked_in, query=MAU, rows=90),
    "customer.memory_gb": memory,
    "customer.funnel_growth": growth,
}
