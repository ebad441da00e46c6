"""Definitions shown in the README and in the reference are definitions: they load and pass the check."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from truenorth.define.check import check
from truenorth.define.keys import METRIC_TYPES
from truenorth.define.load import load

ROOT = Path(__file__).resolve().parent.parent.parent
YAML = re.compile(r"^```yaml\n(.*?)^```$", re.S | re.M)
FRAME = """
version: 1
datasets:
  - name: orders
    source: orders
    primary_key: [order_id]
    time: ordered_at
    fields: [{name: amount}, {name: status}, {name: refunded}, {name: customer_id}]
  - {name: visits, source: visits, primary_key: [visit_id], time: visited_at, fields: [{name: customer_id}]}
  - {name: events, source: events, time: occurred_at, fields: [{name: person}]}
  - {name: customers, source: customers, time: signed_up_at, fields: [{name: customer_id}]}
  - {name: stock_days, source: stock_days, time: day, fields: [{name: units}]}
  - name: subscription_periods
    source: subscription_periods
    time: started_on
    fields: [{name: customer_id}, {name: monthly_amount}, {name: ended_on}]
metrics:
  - {name: visits, type: simple, dataset: visits, agg: count}
  - {name: orders_placed, type: simple, dataset: orders, agg: count}
  - {name: refunded_orders, type: simple, dataset: orders, agg: count, filter: refunded}
  - {name: people, type: simple, dataset: events, agg: count_distinct, expr: person}
  - {name: signups, type: simple, dataset: customers, agg: count}
"""


def workspace(folder: Path, definitions: str) -> Path:
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Docs\n", "utf-8")
    (folder / "metrics" / "docs.yml").write_text(definitions, "utf-8")
    return folder


def test_the_example_of_every_metric_type_passes_the_check(tmp_path: Path) -> None:
    shown = YAML.findall((ROOT / "docs" / "reference" / "metric-types.md").read_text("utf-8"))
    indented = "".join(f"  {line}\n" for block in shown for line in block.splitlines())
    model = check(load(workspace(tmp_path, FRAME + indented)))
    assert {metric.type for metric in model.metrics.values()} == set(METRIC_TYPES)


@pytest.mark.parametrize("page", ["README.md"])
def test_whole_files_shown_pass_the_check(page: str, tmp_path: Path) -> None:
    (shown,) = YAML.findall((ROOT / page).read_text("utf-8"))
    (tmp_path / "orders.csv").write_text("order_id,ordered_at,amount,discount,channel\n1,2026-01-01,5,0,web\n", "utf-8")
    model = check(load(workspace(tmp_path, shown)))
    assert set(model.metrics) == {"revenue"}
