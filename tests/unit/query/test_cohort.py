"""What is left of a balance by when its customers began, from hand-made rows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.query.test_rollforward import DEFINITIONS, ROWS
from tests.unit.query.test_rollforward import billing as billing
from truenorth import workspace
from truenorth.base.errors import QueryError
from truenorth.query import cohort
from truenorth.query.cohort import cohorts_of, told_long
from truenorth.query.request import MetricQuery


def test_each_cohort_by_hand_and_all_of_them_are_the_balance(billing: workspace.Workspace) -> None:
    found = cohorts_of(billing.model, billing.model.metrics["mrr"], MetricQuery(()), "month", billing.query)
    # a and b begin in January with 20.10; b is gone in February and back with 8 in March, when d begins.
    assert [(found.periods[one.begun].month, one.amounts, one.counts) for one in found.found] == [
        (1, (Decimal("20.10"), Decimal("25.25"), Decimal("33.25")), (2, 1, 2)),
        (3, (Decimal("1.00"),), (1,)),
    ]
    assert found.off == 0
    assert found.nobody == 0
    assert found.known == 3


def test_conditions_make_cohorts_of_a_segment(billing: workspace.Workspace) -> None:
    asked = MetricQuery((), where=("plan = 'pro'",))
    found = cohorts_of(billing.model, billing.model.metrics["mrr"], asked, "month", billing.query)
    assert [found.periods[one.begun].month for one in found.found] == [2, 3]
    assert found.off == 0


def test_they_are_rows_for_files(billing: workspace.Workspace) -> None:
    found = cohorts_of(billing.model, billing.model.metrics["mrr"], MetricQuery(()), "month", billing.query)
    rows = told_long(found).table.dicts()
    assert len(rows) == 4
    assert [row["entities"] for row in rows] == [2, 1, 2, 1]
    assert rows[2]["amount"] == Decimal("33.25")


def test_too_many_changes_are_refused_and_not_cut(
    billing: workspace.Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohort, "MOST_CHANGES", 3)
    with pytest.raises(QueryError, match="changed more than 3 times") as told:
        cohorts_of(billing.model, billing.model.metrics["mrr"], MetricQuery(()), "month", billing.query)
    assert told.value.code == "E_TOO_MANY_ROWS"


def test_an_entity_that_is_no_field_is_told_with_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Billing\nclock: data\n")
    (tmp_path / "metrics" / "m.yml").write_text(DEFINITIONS.replace("{name: customer}, ", ""))
    (tmp_path / "periods.csv").write_text(ROWS)
    with workspace.open(tmp_path) as opened:
        with pytest.raises(QueryError, match='followed by "customer", which is no field') as told:
            cohorts_of(opened.model, opened.model.metrics["mrr"], MetricQuery(()), "month", opened.query)
        assert "{name: customer}" in told.value.hint
