"""What everybody is asked about: 500,000 orders of 20,000 customers, three small facts of many kinds, and 20 million
events of 800,000 people."""

from __future__ import annotations

from pathlib import Path

import duckdb

FOLDER = Path(__file__).parent / ".data"

CUSTOMERS = """
copy (
  select i as customer_id, ['north', 'south', 'east', 'west', 'islands', 'abroad'][1 + (hash(i) % 6)::int] as region
  from range(1, 20001) t(i)
) to '{path}' (format parquet)
"""

ORDERS = """
copy (
  select i as order_id,
         (1 + hash(i * 7) % 20000)::bigint as customer_id,
         timestamp '2025-01-01' + interval (hash(i * 13) % 31536000) second as ordered_at,
         (5 + (hash(i * 3) % 50000) / 100.0)::decimal(18, 2) as amount,
         (hash(i * 11) % 20 = 0) as refunded
  from range(1, 500001) t(i)
) to '{path}' (format parquet)
"""

# Three facts of twenty kinds each, so that every month, region and kind has rows.
FACTS = ("visits", "tickets", "returns")
FACT = """
copy (
  select i as id,
         (1 + hash(i * {seed}) % 20000)::bigint as customer_id,
         timestamp '2025-01-01' + interval (hash(i * {seed} * 3) % 31536000) second as seen_at,
         (5 + (hash(i * {seed} * 7) % 50000) / 100.0)::decimal(18, 2) as amount,
         (hash(i * {seed} * 11) % 20)::int as kind
  from range(1, 40001) t(i)
) to '{path}' (format parquet)
"""

# A person is seen on about 25 days of 180; integers, as capture gives them.
EVENTS = """
copy (
  select (hash(i * 17) % 800000)::uinteger as who,
         timestamp '2026-01-01' + interval (hash(i * 29) % 15552000) second as occurred_at
  from range(0, 20000000) t(i)
) to '{path}' (format parquet)
"""


def _make(name: str, sql: str, **words: int) -> Path:
    path = FOLDER / name
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".part")
        con = duckdb.connect()
        con.execute(sql.format(path=unfinished, **words))
        con.close()
        unfinished.rename(path)
    return path


def shop() -> Path:
    """The folder with orders.parquet, customers.parquet and the three small facts."""
    for seed, name in enumerate(FACTS, 2):
        _make(f"{name}.parquet", FACT, seed=seed)
    _make("customers.parquet", CUSTOMERS)
    return _make("orders.parquet", ORDERS).parent


def crowd() -> Path:
    """The file with 20 million events."""
    return _make("crowd.parquet", EVENTS)
