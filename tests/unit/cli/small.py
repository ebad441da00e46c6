"""A small workspace for the command line: one file of orders, four metrics."""

from __future__ import annotations

from pathlib import Path

from truenorth.cli.main import main

TRUENORTH = "version: 1\nname: Small\nclock: data\ncurrency: EUR\n"
ORDERS = (
    "order_id,ordered_at,plan,amount\n"
    "1,2026-01-05,pro,100\n"
    "2,2026-01-06,free,20\n"
    "3,2026-02-01,,3\n"
    "4,2026-02-02,pro,50\n"
)
METRICS = """version: 1
datasets:
  - name: orders
    file: orders.csv
    primary_key: [order_id]
    time: ordered_at
    fields:
      - {name: plan}
      - {name: amount}
metrics:
  - name: revenue
    type: simple
    dataset: orders
    agg: sum
    expr: amount
    unit: currency
    direction: up
    domain: financial
    tests: [{equals: 173}, {where: "plan = 'pro'", equals: 150}]
  - {name: orders, type: simple, dataset: orders, agg: count}
  - {name: aov, type: ratio, numerator: revenue, denominator: orders, unit: currency}
"""


def make(folder: Path, metrics: str = METRICS) -> Path:
    """Write the workspace into a folder."""
    (folder / "metrics").mkdir(parents=True)
    (folder / "truenorth.yml").write_text(TRUENORTH, "utf-8")
    (folder / "orders.csv").write_text(ORDERS, "utf-8")
    (folder / "metrics" / "orders.yml").write_text(metrics, "utf-8")
    return folder


def run(*words: str) -> int:
    """The exit code of a command."""
    try:
        return main(list(words))
    except SystemExit as stop:
        return int(stop.code or 0)
