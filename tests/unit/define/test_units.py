"""Units follow from the parts where nothing is stated."""

from __future__ import annotations

import pytest

from truenorth.define.load import load
from truenorth.define.model import Model

DEFINITIONS = """
version: 1
datasets:
  - name: orders
    source: orders
    time: day
    fields: [{name: day}, {name: net, unit: currency}, {name: wait, unit: minutes}, {name: customer}]
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: net, unit: currency, currency: CHF}
  - {name: gross, type: simple, dataset: orders, agg: sum, expr: net}
  - {name: wait_median, type: simple, dataset: orders, agg: median, expr: wait}
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: payers, type: simple, dataset: orders, agg: count_distinct, expr: net}
  - {name: revenue_ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
  - {name: aov, type: ratio, numerator: revenue, denominator: placed}
  - {name: aov_ytd, type: ratio, numerator: revenue_ytd, denominator: placed}
  - {name: share, type: ratio, numerator: revenue, denominator: revenue_ytd}
  - {name: stated, type: ratio, numerator: revenue, denominator: gross_chf, unit: percent}
  - {name: gross_chf, type: simple, dataset: orders, agg: sum, expr: net, unit: currency, currency: CHF}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("units")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Units\n", "utf-8")
    (folder / "metrics" / "orders.yml").write_text(DEFINITIONS, "utf-8")
    return load(folder)


@pytest.mark.parametrize(
    ("name", "unit", "currency"),
    [
        ("revenue", "currency", "CHF"),
        ("gross", "currency", "USD"),
        ("wait_median", "minutes", ""),
        ("placed", "", ""),
        ("payers", "", ""),
        ("revenue_ytd", "currency", "CHF"),
        ("aov", "currency", "CHF"),
        ("aov_ytd", "currency", "CHF"),
        ("share", "ratio", ""),
        ("stated", "percent", ""),
    ],
)
def test_units_follow_from_the_parts(model: Model, name: str, unit: str, currency: str) -> None:
    metric = model.metrics[name]
    assert (metric.unit, metric.currency) == (unit, currency)
