"""sidemantic's answers to the two questions: warm compile times and rows to compare. Runs in its own environment."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

from sidemantic import Dimension, Metric, Model, Relationship, SemanticLayer

SIMPLE = {"metrics": ["orders.revenue"], "dimensions": ["orders.ordered_at__day"]}
JOIN = {"metrics": ["orders.refund_rate"], "dimensions": ["customers.region"]}


def layer(folder: Path) -> SemanticLayer:
    made = SemanticLayer()
    for table in ("orders", "customers"):
        made.adapter.execute(f"create table {table} as select * from read_parquet('{folder / table}.parquet')")
    made.add_model(
        Model(
            name="customers",
            table="customers",
            primary_key="customer_id",
            dimensions=[Dimension(name="region", type="categorical", sql="region")],
        )
    )
    made.add_model(
        Model(
            name="orders",
            table="orders",
            primary_key="order_id",
            relationships=[Relationship(name="customers", type="many_to_one", foreign_key="customer_id")],
            dimensions=[Dimension(name="ordered_at", type="time", sql="ordered_at", granularity="day")],
            metrics=[
                Metric(name="revenue", agg="sum", sql="amount"),
                Metric(name="orders_placed", agg="count"),
                Metric(name="orders_refunded", agg="count", filters=["refunded"]),
                Metric(
                    name="refund_rate",
                    type="ratio",
                    numerator="orders.orders_refunded",
                    denominator="orders.orders_placed",
                ),
            ],
        )
    )
    return made


def median_ms(asked: SemanticLayer, question: dict[str, list[str]]) -> float:
    times = []
    for turn in range(55):
        started = time.perf_counter()
        asked.compile(**question)
        if turn >= 5:
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def main() -> None:
    asked = layer(Path(sys.argv[1]))
    rows = {}
    for name, question in (("simple", SIMPLE), ("join", JOIN)):
        rows[name] = sorted((str(row[0])[:10], float(row[1])) for row in asked.query(**question).fetchall())
    print(
        json.dumps(
            {"compile_simple_ms": median_ms(asked, SIMPLE), "compile_join_ms": median_ms(asked, JOIN), "rows": rows}
        )
    )


if __name__ == "__main__":
    main()
