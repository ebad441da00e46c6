"""What the report says of rows that do not count, and what stands on a first page."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.discover.newcomer import begin, values, written


def test_rows_left_out_are_said_for_each_metric(tmp_path: Path) -> None:
    rows = [f"{i},{i % 5},{10 * i}.50,{'paid' if i % 4 else 'cancelled'},2026-03-{i:02} 10:00:00" for i in range(1, 21)]
    lines = [f"{i},{1 + i % 20},p{i % 3},2,5.25" for i in range(1, 41)]
    made = written(
        tmp_path,
        orders=["order_id,customer_id,total,status,ordered_at", *rows],
        order_lines=["line_id,order_id,product,quantity,price", *lines],
    )
    assert values(made, "order_count", "units_sold") == [15, 60]
    [sales] = [one for one in made.found if one.startswith("orders: order_count, revenue,")]
    assert sales.endswith("count 15 of 20 rows (is_sale)")
    [sold] = [one for one in made.found if one.startswith("order_lines: units_sold,")]
    assert sold.endswith("count 30 of 40 rows (orders.is_sale)")
    [lost] = [one for one in made.found if "cancelled_order_rate_lost" in one]
    assert lost.endswith("counts 5 of 20 rows (status = 'cancelled')")


def test_one_currency_stands_on_the_first_page(tmp_path: Path) -> None:
    rows = [
        f"{i},{i % 5},{10 * i}.50,{('EUR', 'EUR', 'USD', 'GBP')[i % 4]},paid,2026-03-{i:02} 10:00:00"
        for i in range(1, 29)
    ]
    made = written(tmp_path, orders=["order_id,customer_id,total,currency,status,ordered_at", *rows])
    assert {"revenue_eur", "revenue_usd", "revenue_gbp"} <= set(made.metrics)
    shown = [one for one in made.home if one.startswith("revenue_")]
    assert shown[0] == "revenue_eur"
    assert made.home.index("order_count") < made.home.index("revenue_usd")


def test_pieces_in_lists_of_items_are_units_sold(tmp_path: Path) -> None:
    lines = []
    for i in range(1, 21):
        items = [{"sku": f"s{n}", "qty": n + i % 2, "unit_price": 2.5} for n in range(1, 1 + i % 3 + (i % 3 == 0))]
        order = {"id": i, "status": "paid" if i % 5 else "cancelled", "placed_at": f"2026-03-{i:02}T10:00:00Z"}
        lines.append(json.dumps(order | {"total": 10.0 * i, "line_items": items}))
    path = tmp_path / "orders.ndjson"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    made = begin(tmp_path / "ws", path)
    sold = sum(
        sum(one["qty"] for one in json.loads(line)["line_items"])
        for line in lines
        if json.loads(line)["status"] == "paid"
    )
    assert values(made, "order_count", "units_sold", "items_per_order") == [16, sold, sold / 16]
