"""MetricFlow's answers to the questions, by its engine within one process. Runs in its own environment."""

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
"""
METRICS = """
metrics:
  - {name: refund_rate, label: Refund rate, type: ratio,
     type_params: {numerator: orders_refunded, denominator: orders_placed}}
"""
FACTS = ("visits", "tickets", "returns")
KINDS = range(20)
NAMES = [*(f"{fact}_{kind}" for fact in FACTS for kind in KINDS), *(f"rate_{kind}" for kind in KINDS)]


def definitions() -> str:
    """The semantic models and metrics: the shop's, and eighty metrics over three facts."""
    lines = [MODELS.rstrip()]
    for fact in FACTS:
        lines += [
            f"  - name: {fact}",
            f"    model: ref('{fact}')",
            "    defaults: {agg_time_dimension: seen_at}",
            "    entities:",
        ]
        lines += [
            f"      - {{name: {fact}_id, type: primary, expr: id}}",
            "      - {name: customer, type: foreign, expr: customer_id}",
        ]
        lines += [
            "    dimensions:",
            "      - {name: seen_at, type: time, type_params: {time_granularity: day}}",
            "    measures:",
        ]
        for kind in KINDS:
            worth = "1" if kind % 2 else "amount"
            expr = f"case when kind = {kind} then {worth} end"
            lines.append(f'      - {{name: {fact}_{kind}, agg: sum, expr: "{expr}", create_metric: true}}')
    lines.append(METRICS.rstrip())
    for kind in KINDS:
        parts = f"numerator: visits_{kind}, denominator: tickets_{kind}"
        lines.append(f"  - {{name: rate_{kind}, label: Rate {kind}, type: ratio, type_params: {{{parts}}}}}")
    return "\n".join(lines) + "\n"


def project(folder: Path, data: Path) -> None:
    (folder / "models").mkdir()
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "profiles.yml").write_text(PROFILE.format(path=folder / "shop.duckdb"))
    (folder / "models" / "shop.yml").write_text(definitions())
    for table in ("orders", "customers", *FACTS):
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
            metrics, by = {
                "simple": (["revenue"], ["metric_time__day"]),
                "join": (["refund_rate"], ["customer__region"]),
                "eighty": (NAMES, ["metric_time__month", "customer__region"]),
            }[name]
            return MetricFlowQueryRequest.create(metric_names=metrics, group_by_names=by)

        def median_ms(name: str) -> float:
            times = []
            for turn in range(25):
                asking = request(name)
                started = time.perf_counter()
                asked.explain(asking)
                if turn >= 5:
                    times.append((time.perf_counter() - started) * 1000)
            return statistics.median(times)

        rows: dict[str, Any] = {
            name: sorted((str(row[0])[:10], float(row[1])) for row in asked.query(request(name)).result_df.rows)
            for name in ("simple", "join")
        }
        table = asked.query(request("eighty")).result_df
        at = {name: position for position, name in enumerate(table.column_names)}
        month, region = at["metric_time__month"], at["customer__region"]
        rows["eighty"] = sorted(
            (f"{str(row[month])[:10]} {row[region]} {name}", float(row[at[name]]))
            for row in table.rows
            for name in NAMES
        )
        figures = {f"compile_{name}_ms": median_ms(name) for name in ("simple", "join", "eighty")}
    print(json.dumps({**figures, "rows": rows}))


if __name__ == "__main__":
    main()
