"""sidemantic's answers to the questions: warm compile times and rows to compare. Runs in its own environment.

It has no time that several facts share, so its eighty metrics are of one fact, which is easier.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

from sidemantic import Dimension, Metric, Model, Relationship, SemanticLayer

SIMPLE = {"metrics": ["orders.revenue"], "dimensions": ["orders.ordered_at__day"]}
JOIN = {"metrics": ["orders.refund_rate"], "dimensions": ["customers.region"]}
KINDS = range(20)
NAMES = [f"{word}_{kind}" for word in ("sum", "count", "max", "mean") for kind in KINDS]
EIGHTY = {"metrics": [f"visits.{name}" for name in NAMES], "dimensions": ["visits.seen_at__month", "customers.region"]}


def layer(folder: Path) -> SemanticLayer:
    made = SemanticLayer()
    for table in ("orders", "customers", "visits"):
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
    simple = [
        Metric(
            name=f"{word}_{kind}",
            agg=word,
            filters=[f"kind = {kind}"],
            **({} if word == "count" else {"sql": "amount"}),
        )
        for word in ("sum", "count", "max")
        for kind in KINDS
    ]
    ratios = [
        Metric(name=f"mean_{kind}", type="ratio", numerator=f"visits.sum_{kind}", denominator=f"visits.count_{kind}")
        for kind in KINDS
    ]
    made.add_model(
        Model(
            name="visits",
            table="visits",
            primary_key="id",
            relationships=[Relationship(name="customers", type="many_to_one", foreign_key="customer_id")],
            dimensions=[
                Dimension(name="seen_at", type="time", sql="seen_at", granularity="day"),
                Dimension(name="kind", type="numeric", sql="kind"),
            ],
            metrics=[*simple, *ratios],
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
    rows["eighty"] = sorted(
        (f"{str(month)[:10]} {region} {name}", float(value))
        for month, region, *values in asked.query(**EIGHTY).fetchall()
        for name, value in zip(NAMES, values, strict=True)
    )
    questions = {"simple": SIMPLE, "join": JOIN, "eighty": EIGHTY}
    times = {f"compile_{name}_ms": median_ms(asked, question) for name, question in questions.items()}
    print(json.dumps({**times, "rows": rows, "of_one_fact": True}))


if __name__ == "__main__":
    main()
