"""JSON: everything beside the rows, and numbers as exact numbers."""

from __future__ import annotations

import json
from decimal import Decimal

from tests.unit.export.answers import MONTHLY, answer_of
from truenorth.base.table import Column
from truenorth.export.json import to_json


def test_the_shape() -> None:
    data = json.loads(to_json(MONTHLY), parse_float=Decimal)
    assert data["query"]["metrics"] == ["revenue", "rate"]
    assert data["columns"][0] == {"name": "plan", "role": "dimension", "label": "Plan"}
    assert data["columns"][2]["currency"] == "EUR"
    assert data["rows"][0] == {
        "plan": "pro",
        "metric_time__month": "2026-05-01",
        "revenue": Decimal("1234.50"),
        "rate": Decimal("0.031"),
    }
    assert data["rows"][1]["plan"] is None
    assert data["totals"]["revenue"] == Decimal("1330.50")
    assert data["incomplete"] == ["2026-06-01"]
    assert data["range"] == {"start": "2026-05-01", "end": "2026-07-01"}
    assert (data["timezone"], data["as_of"], data["sql"]) == ("Europe/Berlin", "2026-06-20T06:00:00", "SELECT 1")
    assert data["model_version"] == "abc"
    assert data["notes"] == ["2 orders without a customer are in (none)"]


def test_decimals_are_written_digit_by_digit() -> None:
    huge = Decimal("12345678901234567890.123456789")
    assert "12345678901234567890.123456789" in to_json(answer_of([Column("m", "metric")], [[huge]]))
    assert "1234.50" in to_json(MONTHLY)


def test_what_is_no_number_is_null() -> None:
    data = json.loads(to_json(answer_of([Column("m", "metric")], [[float("nan")], [float("inf")]])))
    assert [row["m"] for row in data["rows"]] == [None, None]


def test_the_none_group_and_its_namesake_stay_apart() -> None:
    data = json.loads(to_json(answer_of([Column("plan")], [[None], ["(none)"]])))
    assert [row["plan"] for row in data["rows"]] == [None, "(none)"]
