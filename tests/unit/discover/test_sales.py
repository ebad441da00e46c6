"""Deals, campaigns and histories of a sales program's export: what is added up, and what is not."""

from __future__ import annotations

from pathlib import Path

from tests.unit.discover.newcomer import values, written


def test_a_deal_without_an_amount_is_none_of_nothing(tmp_path: Path) -> None:
    stages = ["Closed Won", "Closed Won", "Closed Won", "Closed Lost", "Prospecting", "Closed Won"]
    amounts = ["100", "", "300", "500", "", "50"]
    deals = [
        f"o{i},{stage},{amount},2026-02-0{i + 1},2026-01-0{i + 1}"
        for i, (stage, amount) in enumerate(zip(stages, amounts, strict=True))
    ]
    steps = [f"h{i},o{i % 6},Prospecting,{amounts[i % 6]},2026-01-1{i % 9}" for i in range(18)]
    spent = [f"c{i},Fair {i},{1000 * i}.00,{700 * i}.00,2026-01-0{i},2025-12-0{i}" for i in range(1, 6)]
    made = written(
        tmp_path,
        Opportunity=["Id,StageName,Amount,CloseDate,CreatedDate", *deals],
        OpportunityHistory=["Id,OpportunityId,StageName,Amount,CreatedDate", *steps],
        Campaign=["Id,Name,BudgetedCost,ActualCost,StartDate,CreatedDate", *spent],
    )
    assert values(made, "won_opportunities", "won_revenue", "average_deal_size") == [4, 450, 150]
    assert [float(str(one)) for one in values(made, "campaign_count", "marketing_spend")] == [5, 10500]
    assert "opportunity_history_count" in made.metrics
    assert "opportunity_history_amount" not in made.metrics
