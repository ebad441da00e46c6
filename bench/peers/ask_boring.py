"""boring-semantic-layer's answers to the two questions, to SQL through Ibis. Runs in its own environment."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis
from boring_semantic_layer import time_dimension, to_semantic_table


def main() -> None:
    folder = Path(sys.argv[1])
    con = ibis.duckdb.connect()
    orders_table = con.create_table("orders", con.read_parquet(folder / "orders.parquet"))
    customers_table = con.create_table("customers", con.read_parquet(folder / "customers.parquet"))
    customers = to_semantic_table(customers_table, name="customers").with_dimensions(
        customer_id=lambda t: t.customer_id, region=lambda t: t.region
    )
    orders = (
        to_semantic_table(orders_table, name="orders")
        .with_dimensions(
            ordered_at=time_dimension(lambda t: t.ordered_at, smallest_time_grain="TIME_GRAIN_DAY"),
            customer_id=lambda t: t.customer_id,
        )
        .with_measures(
            revenue=lambda t: t.amount.sum(),
            orders_placed=lambda t: t.count(),
            orders_refunded=lambda t: t.count(where=t.refunded),
        )
        .with_measures(refund_rate=lambda t: t.orders_refunded / t.orders_placed)
    )
    joined = orders.join_one(customers, lambda left, right: left.customer_id == right.customer_id)

    def simple() -> Any:
        return orders.query(dimensions=["ordered_at"], measures=["revenue"], time_grain="TIME_GRAIN_DAY")

    def join() -> Any:
        return joined.query(dimensions=["customers.region"], measures=["orders.refund_rate"])

    def median_ms(question: Callable[[], Any]) -> float:
        times = []
        for turn in range(35):
            started = time.perf_counter()
            question().sql()
            if turn >= 5:
                times.append((time.perf_counter() - started) * 1000)
        return statistics.median(times)

    rows = {}
    for name, question in (("simple", simple), ("join", join)):
        frame = question().execute()
        rows[name] = sorted((str(row[0])[:10], float(row[1])) for row in frame.itertuples(index=False))
    print(json.dumps({"compile_simple_ms": median_ms(simple), "compile_join_ms": median_ms(join), "rows": rows}))


if __name__ == "__main__":
    main()
