"""Parts of nested columns: text unless cast, nothing where a value is of another type, the same for every row.

Five events: amounts 1, 2.5, "many", none, and 4 below a key with a quote. An engine left alone adds 1 and 2.5 to 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from truenorth import workspace
from truenorth.base.errors import DefinitionErrors

EVENTS = (
    '{"plan": "pro", "amount": 1, "cart": {"items": [{"sku": "a"}]}}',
    '{"plan": "free", "amount": 2.5, "page title": "Home"}',
    '{"plan": 3, "amount": "many"}',
    '{"plan": null, "it\'\'s": 4}',
    "{}",
)
DEFINITIONS = """
version: 1
datasets:
  - name: events
    source: events
    time: time
    fields:
      - {name: plan, expr: "properties['plan']"}
      - {name: title, expr: "properties['page title']"}
      - {name: sku, expr: "properties['cart']['items'][1]['sku']"}
      - {name: amount, expr: "cast(properties['amount'] as decimal(18, 2))"}
      - {name: quoted, expr: "cast(properties['it''s'] as integer)"}
metrics:
  - {name: events, type: simple, dataset: events, agg: count}
  - {name: paid, type: simple, dataset: events, agg: sum, expr: amount}
  - {name: quotes, type: simple, dataset: events, agg: sum, expr: quoted}
  - {name: large, type: simple, dataset: events, agg: count, filter: "cast(properties['amount'] as double) > 2"}
"""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[workspace.Workspace]:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\n")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "events.yml").write_text(DEFINITIONS)
    with workspace.open(tmp_path, read_only=False) as made:
        rows = ", ".join(f"(TIMESTAMP '2026-01-05', '{text}'::JSON::VARIANT)" for text in EVENTS)
        made.data.engine.write(f"CREATE TABLE events AS SELECT * FROM (VALUES {rows}) AS given (time, properties)")
        yield made


def answer(opened: workspace.Workspace, *metrics: str, by: str = "", where: str = "") -> dict[object, object]:
    table = opened.query(*metrics, by=by or (), where=where or ()).table
    return {row[0] if by else "all": row[-1] for row in table.rows}


def test_numbers_are_added_as_what_they_are_cast_to(opened: workspace.Workspace) -> None:
    assert answer(opened, "paid") == {"all": Decimal("3.50")}
    assert answer(opened, "quotes") == {"all": 4}
    assert answer(opened, "large") == {"all": 1}


def test_groups_are_texts_and_what_is_not_there_is_none(opened: workspace.Workspace) -> None:
    assert answer(opened, "events", by="plan") == {"pro": 1, "free": 1, "3": 1, None: 2}
    assert answer(opened, "events", by="title") == {"Home": 1, None: 4}
    assert answer(opened, "events", by="sku") == {"a": 1, None: 4}
    assert answer(opened, "events", where="plan = '3'") == {"all": 1}


def test_the_proof_holds(opened: workspace.Workspace) -> None:
    report = opened.verify()
    assert report.passed and opened.check() == ()


def test_a_dot_gets_a_hint(tmp_path: Path) -> None:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\n")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "events.yml").write_text(DEFINITIONS.replace("properties['plan']", "properties.plan"))
    with pytest.raises(DefinitionErrors, match=r"properties\.plan") as caught:
        workspace.open(tmp_path)
    assert caught.value.errors[0].hint == "to read a part of a nested column, write properties['plan']"
