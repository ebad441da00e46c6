"""A balance from opening to closing, over hand-made months; the parts need not be metrics of their own."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from truenorth import workspace
from truenorth.base.errors import QueryError
from truenorth.query.request import MetricQuery
from truenorth.query.rollforward import Rollforward, rollforward, summed

# In January a and b begin; in February a grows and b leaves; in March b is back, and c comes and goes again.
ROWS = """id,customer,plan,monthly,began,ended
1,a,basic,10.10,2026-01-05,2026-02-10
2,a,pro,25.25,2026-02-10,
3,b,basic,10.00,2026-01-20,2026-02-20
4,b,basic,8.00,2026-03-02,
5,c,basic,99.00,2026-03-10,2026-03-20
6,d,pro,1.00,2026-03-31,
"""
DEFINITIONS = """
version: 1
datasets:
  - {name: periods, file: periods.csv, primary_key: [id], time: began, fields: [
      {name: id}, {name: customer}, {name: plan}, {name: began}, {name: ended}, {name: monthly, unit: currency}]}
metrics:
  - {name: mrr, type: movement, dataset: periods, expr: monthly, entity: customer, end: ended, unit: currency}
  - {name: new_mrr, type: movement, balance: mrr, part: new}
  - {name: people, type: movement, balance: mrr, measure: entities}
"""


@pytest.fixture(scope="module")
def billing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    """The workspace."""
    folder = tmp_path_factory.mktemp("billing")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Billing\ncurrency: EUR\nclock: data\n")
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS)
    (folder / "periods.csv").write_text(ROWS)
    with workspace.open(folder) as opened:
        yield opened


def told(billing: workspace.Workspace, where: str = "", over: str = "2026-01..2026-03") -> Rollforward:
    """The roll-forward of MRR by month."""
    query = MetricQuery((), range=over, where=(where,) if where else ())
    return rollforward(billing.model, billing.model.metrics["mrr"], query, "month", billing.query)


def by_part(found: Rollforward, at: int) -> dict[str, object]:
    """What moved in a month; the whole range for -1."""
    walk = found.whole if at < 0 else found.periods[at]
    return {one.part: value for one, value in zip(found.steps, walk.values, strict=True) if value}


def test_each_month_comes_out_by_hand(billing: workspace.Workspace) -> None:
    found = told(billing)
    assert by_part(found, 0) == {"new": Decimal("20.10"), "closing": Decimal("20.10")}
    assert by_part(found, 1) == {
        "opening": Decimal("20.10"), "expansion": Decimal("15.15"), "churn": Decimal("10.00"),
        "closing": Decimal("25.25"),
    }  # fmt: skip
    assert by_part(found, 2) == {
        "opening": Decimal("25.25"), "reactivation": Decimal("8.00"), "new": Decimal("1.00"),
        "closing": Decimal("34.25"),
    }  # fmt: skip
    assert found.holds
    assert [one.off for one in found.periods] == [0, 0, 0]


def test_the_whole_range_is_netted_anew(billing: workspace.Workspace) -> None:
    found = told(billing)
    assert by_part(found, -1) == {"new": Decimal("34.25"), "closing": Decimal("34.25")}
    assert found.entities is not None
    assert by_part(found.entities, -1) == {"new": 3, "closing": 3}
    assert by_part(found.entities, 1) == {"opening": 2, "churn": 1, "closing": 1}


def test_what_moves_between_segments_is_a_step_only_where_it_moved(billing: workspace.Workspace) -> None:
    pro = told(billing, "plan = 'pro'")
    assert by_part(pro, 1) == {
        "transfer_in": Decimal("10.10"), "expansion": Decimal("15.15"), "closing": Decimal("25.25"),
    }  # fmt: skip
    assert pro.holds
    assert "transfer_in" not in [one.part for one in told(billing).steps]


def test_parts_that_nobody_defined_can_be_asked_for_and_are_not_listed(billing: workspace.Workspace) -> None:
    answer = billing.query("mrr__churn", "mrr__entities_churn", grain="month", range="2026-02")
    assert answer.table.rows[0][1:] == (Decimal("10.00"), 1)
    assert answer.table.columns[1].unit == "currency"
    assert "mrr__churn" not in billing.model.metrics
    assert "SELECT" in billing.explain("mrr__churn")[1]
    with pytest.raises(QueryError, match='no metric named "mrr__chrn"'):
        billing.query("mrr__chrn")


def test_sums_stay_exact() -> None:
    assert summed([Decimal("0.10"), Decimal("0.20"), Decimal("-0.30")]) == 0
    assert summed([3, -3]) == 0
    assert summed([0.1, 0.2, -0.3]) == 0
