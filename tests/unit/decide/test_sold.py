"""Price, volume and mix out of the answers of a page: which metrics are prices, and where parts make the whole."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from truenorth import workspace
from truenorth.decide.sold import Trade, is_price, names_of, price_of, trade
from truenorth.learn.values import together
from truenorth.query.request import MetricQuery

DEFINITIONS = """
version: 1
datasets:
  - name: lines
    file: lines.csv
    time: day
    fields: [{name: day}, {name: plan}, {name: shop}, {name: pieces}, {name: who}, {name: net, unit: currency}, {name: spent, unit: currency}]
metrics:
  - {name: sales, type: simple, dataset: lines, agg: sum, expr: net, unit: currency, direction: up, dimensions: [plan]}
  - {name: cost, type: simple, dataset: lines, agg: sum, expr: spent, unit: currency, direction: down}
  - {name: pieces, type: simple, dataset: lines, agg: sum, expr: pieces}
  - {name: buyers, type: simple, dataset: lines, agg: count_distinct, expr: who}
  - {name: margin, type: derived, expr: sales - cost, input_metrics: [{name: sales}, {name: cost}], unit: currency}
  - {name: price, type: ratio, numerator: sales, denominator: pieces, unit: currency, dimensions: [plan, shop]}
  - {name: margin_each, type: ratio, numerator: margin, denominator: pieces, unit: currency, dimensions: [plan, shop]}
  - {name: per_buyer, type: ratio, numerator: sales, denominator: buyers, unit: currency, dimensions: [plan]}
  - {name: cost_share, type: ratio, numerator: cost, denominator: sales, unit: percent}
"""
# Basic: 100 at 10, then 120 at 11; pro: 50 at 40, then 80 at 38; a unit costs 4 and 20, then 5 and 20.
ROWS = """day,plan,shop,pieces,who,net,spent
2026-01-05,basic,a,100,x,1000.00,400.00
2026-01-06,pro,,50,y,2000.00,1000.00
2026-02-05,basic,a,120,x,1320.00,600.00
2026-02-06,pro,,80,y,3040.00,1600.00
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    folder: Path = tmp_path_factory.mktemp("sold")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Sold\ncurrency: EUR\n")
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS)
    (folder / "lines.csv").write_text(ROWS)
    with workspace.open(folder) as opened:
        yield opened


def told(shop: workspace.Workspace, name: str, range_: str = "2026-02", *, vs: str = "prev") -> Trade | None:
    """The change behind a price as its page would ask for it, by plan and by shop."""
    metric = shop.model.metrics[name]
    whole = shop.query(MetricQuery(together(metric), range=range_, vs=vs))
    names = tuple(dict.fromkeys((*together(metric), *names_of(shop.model, metric))))
    boards = [(field, shop.query(MetricQuery(names, by=(field,), range=range_, vs=vs))) for field in ("plan", "shop")]
    return trade(shop.model, metric, whole, boards, "plan")


def test_sales_by_volume_mix_and_price(shop: workspace.Workspace) -> None:
    """The numbers of tests/unit/analyze/test_bridge.py."""
    found = told(shop, "price")
    assert found is not None and (found.field, found.amount.name, found.quantity.name) == ("plan", "sales", "pieces")
    assert found.told.effects == {"volume": 1000, "mix": 400, "price": -40}
    assert found.told.now - found.told.before == Decimal("1360.00")


def test_a_margin_by_cost_as_well(shop: workspace.Workspace) -> None:
    """A margin of 6 and 20 each: 1,600 before. Volume 1,600 / 3; mix -13.33 x 6 + 13.33 x 20; cost 120 x -1."""
    found = told(shop, "margin_each")
    assert found is not None
    effects = found.told.effects
    assert effects["price"] == -40 and effects["cost"] == -120
    assert round(effects["volume"], 4) == Decimal("533.3333") and round(effects["mix"], 4) == Decimal("186.6667")
    assert sum(effects.values()) == Decimal("2160.00") - Decimal("1600.00")


def test_which_metrics_are_prices(shop: workspace.Workspace) -> None:
    model = shop.model
    prices = [name for name, one in model.metrics.items() if is_price(model, one)]
    assert prices == ["price", "margin_each"]
    assert price_of(model, "sales") is model.metrics["price"] and price_of(model, "pieces") is None


def test_nothing_is_told_where_nothing_is_compared(shop: workspace.Workspace) -> None:
    assert told(shop, "price", vs="") is None
    assert told(shop, "per_buyer") is None
    # Before January there is nothing.
    assert told(shop, "price", "2026-01") is None
