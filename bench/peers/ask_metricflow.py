"""MetricFlow's answers to the two questions, by its engine within one process. Runs in its own environment."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PROJECT = """
name: shop
version: "1.0"
profile: shop
model-paths: [models]
flags: {send_anonymous_usage_stats: false}
"""
PROFILE = """
shop:
  target: dev
  outputs:
    dev: {{type: duckdb, path: "{path}", threads: 1}}
"""
MODELS = """
models:
  - name: days
    time_spine: {standard_granularity_column: day}
    columns: [{name: day, granularity: day}]
semantic_models:
  - name: orders
    model: ref('orders')
    defaults: {agg_time_dimension: ordered_at}
    entities:
      - {name: order_id, type: primary}
      - {name: customer, type: foreign, expr: customer_id}
    dimensions:
      - {name: ordered_at, type: time, type_params: {time_granularity: day}}
    measures:
      - {name: revenue, agg: sum, expr: amount, create_metric: true}
      - {name: orders_placed, agg: sum, expr: "1", create_metric: true}
      - {name: orders_refunded, agg: sum, expr: "case when refunded then 1 else 0 end", create_metric: true}
  - name: customers
    model: ref('customers')
    entities: [{name: customer, type: primary, expr: customer_id}]
    dimensions: [{name: region, type: categorical}]
metrics:
  - {name: refund_rate, label: Refund rate, type: ratio,
     type_params: {numerator: orders_refunded, denominator: orders_placed}}
"""


def project(folder: Path, data: Path) -> None:
    (folder / "models").mkdir()
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "profiles.yml").write_text(PROFILE.format(path=folder / "shop.duckdb"))
    (folder / "models" / "shop.yml").write_text(MODELS)
    for table in ("orders", "customers"):
        sql = "{{ config(materialized='table') }} select * from read_parquet('%s')" % (data / f"{table}.parquet")
        (folder / "models" / f"{table}.sql").write_text(sql)
    (folder / "models" / "days.sql").write_text(
        "{{ config(materialized='table') }} select day::date as day"
        " from range(date '2024-01-01', date '2027-01-01', interval 1 day) t(day)"
    )
    dbt = Path(sys.executable).parent / "dbt"
    done = subprocess.run([dbt, "--quiet", "run"], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def engine(folder: Path) -> Any:
    os.chdir(folder)
    from dbt_metricflow.cli.cli_configuration import CLIConfiguration

    configuration = CLIConfiguration()
    configuration.setup(configure_file_logging=False)
    return configuration.mf


def main() -> None:
    data = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        project(folder, data)
        asked = engine(folder)
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        def request(name: str) -> Any:
            metric, by = {"simple": ("revenue", "metric_time__day"), "join": ("refund_rate", "customer__region")}[name]
            return MetricFlowQueryRequest.create(metric_names=[metric], group_by_names=[by])

        def median_ms(name: str) -> float:
            times = []
            for turn in range(25):
                asking = request(name)
                started = time.perf_counter()
                asked.explain(asking)
                if turn >= 5:
                    times.append((time.perf_counter() - started) * 1000)
            return statistics.median(times)

        rows = {
            name: sorted((str(row[0])[:10], float(row[1])) for row in asked.query(request(name)).result_df.rows)
            for name in ("simple", "join")
        }
        figures = {f"compile_{name}_ms": median_ms(name) for name in ("simple", "join")}
    print(json.dumps({**figures, "rows": rows}))


if __name__ == "__main__":
    main()
