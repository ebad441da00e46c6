"""The runner itself, on a handful of cases of our own: it tells right from wrong, and says what differs."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conformance import run
from conformance.compare import difference

MANIFEST = """
semantic_model:
  name: orders
  node_relation: {schema_name: $source_schema, alias: orders}
  defaults: {agg_time_dimension: ds}
  measures: [{name: orders, agg: count, expr: 1, create_metric: true}]
  dimensions:
    - {name: ds, type: time, type_params: {time_granularity: day}}
    - {name: plan, type: categorical}
  primary_entity: order
---
saved_query:
  name: by_plan
  query_params:
    metrics: [orders]
    group_by: ["Dimension('order__plan')"]
    where: ["{{ Dimension('order__plan') }} = 'pro'"]
"""
ROWS = (
    "SELECT * FROM (VALUES (TIMESTAMP '2026-01-01', 'pro'), ('2026-01-01', 'free'), ('2026-01-06', NULL)) t(ds, plan)"
)
CASES: list[tuple[dict[str, Any], str]] = [
    (
        {"name": "by_day", "metrics": ["orders"], "group_bys": ["metric_time"]},
        "SELECT CAST(ds AS TIMESTAMP) AS metric_time__day, count(*)::DOUBLE AS orders FROM orders GROUP BY ds",
    ),
    (
        {"name": "by_week_cut", "metrics": ["orders"], "group_bys": ["metric_time__week"],
         "time_constraint": ["2026-01-05", "2026-01-05"]},
        "SELECT TIMESTAMP '2026-01-05' AS metric_time__week, 1 AS orders",
    ),
    (
        {"name": "where", "metrics": ["orders"], "group_bys": ["order__plan"], "where": "order__plan IS NULL"},
        "SELECT NULL::VARCHAR AS order__plan, 1 AS orders",
    ),
    ({"name": "saved", "saved_query_name": "by_plan"}, "SELECT 'pro' AS order__plan, 1 AS orders"),
    (
        {"name": "wrong_number", "metrics": ["orders"]},
        "SELECT 4 AS orders",
    ),
    (
        {"name": "unknown_metric", "metrics": ["revenue"]},
        "SELECT 4 AS revenue",
    ),
    (
        {"name": "in_order", "metrics": ["orders"], "group_bys": ["order__plan"], "order_bys": ["-order__plan"],
         "check_order": True},
        "SELECT * FROM (VALUES ('pro', 1), ('free', 1), (NULL, 1)) t(order__plan, orders)",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cases")
    for name in ("tables", "expected", "manifests/shop"):
        (folder / name).mkdir(parents=True)
    (folder / "models.json").write_text('{"SHOP": "shop"}', "utf-8")
    (folder / "manifests" / "shop" / "orders.yaml").write_text(MANIFEST, "utf-8")
    lines = [json.dumps({**case, "model": "SHOP"}) for case, _ in CASES]
    (folder / "cases.jsonl").write_text("\n".join(lines), "utf-8")
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({ROWS}) TO '{folder / 'tables' / 'orders.parquet'}'")
        connection.execute(f"CREATE TABLE orders AS {ROWS}")
        for case, expected in CASES:
            connection.execute(f"COPY ({expected}) TO '{folder / 'expected' / case['name']}.parquet'")
    return folder


def test_each_case_is_right_or_says_what_differs(cases: Path) -> None:
    found = {one.name: one.wrong for one in run.outcomes(cases)}
    assert found["wrong_number"] == "orders=3 instead of orders=4"
    assert found["unknown_metric"].startswith("E_NAME_NOT_FOUND")
    assert {name for name, wrong in found.items() if not wrong} == {
        "by_day",
        "by_week_cut",
        "where",
        "saved",
        "in_order",
    }


def test_what_is_wrong_fails_the_command(
    cases: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["run", str(cases)])
    assert run.main() == 1
    assert "5 right, 0 different on purpose, 2 wrong of 7" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["run", str(cases), "--only", "by_"])
    assert run.main() == 0
    monkeypatch.setattr(run, "ON_PURPOSE", {"wrong_number"})
    monkeypatch.setattr("sys.argv", ["run", str(cases), "--only", "wrong"])
    assert run.main() == 0
    monkeypatch.setattr("sys.argv", ["run", str(cases.parent / "nowhere")])
    assert run.main() == 2


def test_what_differs_on_purpose_is_at_most_seven_and_explained() -> None:
    page = (Path(run.__file__).parent.parent / "docs" / "reference" / "conformance.md").read_text("utf-8")
    assert len(run.ON_PURPOSE) <= 7
    assert {name for name in run.ON_PURPOSE if f"`{name}`" not in page} == set()


@pytest.mark.parametrize(
    ("wanted", "found", "said"),
    [
        ([("a", 1)], [("a", 1.0 + 1e-12)], ""),
        ([("a", Decimal("1.50"))], [("a", 1.5)], ""),
        ([(datetime(2026, 1, 1), 1)], [(date(2026, 1, 1), 1)], ""),
        ([("a", 1), ("b", 2)], [("b", 2), ("a", 1)], ""),
        ([("a", 1), ("a", 1)], [("a", 1)], "1 rows instead of 2; missing: k=a, v=1"),
        ([("a", 1)], [("a", 1), ("a", 1)], "2 rows instead of 1; more: k=a, v=1"),
        ([("a", 1)], [("a", None)], "k=a, v=None instead of k=a, v=1"),
        ([("a", 0)], [("a", False)], "k=a, v=False instead of k=a, v=0"),
        ([(None, 0)], [("None", 0)], "k=None, v=0 instead of k=None, v=0"),
        ([("a", 1.0)], [("a", 1.0 + 1e-7)], "k=a, v=1.0000001 instead of k=a, v=1"),
    ],
)
def test_rows_beside_each_other(wanted: list[Any], found: list[Any], said: str) -> None:
    assert difference(("k", "v"), wanted, ("k", "v"), found) == said


def test_columns_and_order() -> None:
    assert difference(("a", "b"), [(1, 2)], ("b", "a"), [(2, 1)]) == ""
    assert difference(("a",), [(1,)], ("b",), [(1,)]) == "columns ['b'] instead of ['a']"
    assert difference(("a",), [(1,), (2,)], ("a",), [(2,), (1,)], in_order=True) == "a=2 instead of a=1"
