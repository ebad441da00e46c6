"""Unit economics: the statement that standard metrics make by themselves, and all statements there are."""

from __future__ import annotations

from truenorth.define.model import Model, Statement

NAME = "unit_economics"
# What a customer brings, how long they stay, what that comes to, what they cost, and how the two compare.
TEMPLATES = (
    "average_revenue_per_account",
    "recurring_revenue_per_customer",
    "gross_margin",
    "profit_margin",
    "customer_churn_rate",
    "churn_rate",
    "churn_rate_with_new_customers",
    "churn_rate_with_short_stays",
    "gross_revenue_retention",
    "net_revenue_retention",
    "quick_ratio",
    "lifetime_value",
    "lifetime_value_trailing",
    "lifetime_value_with_margin",
    "discounted_lifetime_value",
    "cost_per_acquisition",
    "paid_cac",
    "lagged_cac",
    "cac_payback",
    "ltv_to_cac",
)
FEWEST = 2


def statements_of(model: Model) -> dict[str, Statement]:
    """The statements someone defined, and that of unit economics where there are the metrics for one."""
    implied = unit_economics(model)
    return {**({implied.name: implied} if implied is not None else {}), **model.statements}


def unit_economics(model: Model) -> Statement | None:
    """The metrics of a workspace that tell what a customer brings and costs, in the order in which they are read.

    >>> from truenorth.define.model import Metric, Workspace
    >>> made = {one: Metric(one, "simple", template=one) for one in ("paid_cac", "lifetime_value", "revenue")}
    >>> unit_economics(Model(Workspace("x"), metrics=made)).lines
    ['lifetime_value', 'paid_cac']
    """
    found = [one.name for known in TEMPLATES for one in model.metrics.values() if one.template == known]
    if len(found) < FEWEST:
        return None
    said = "What a customer brings, how long they stay, and what they cost."
    return Statement(NAME, found, label="Unit economics", description=said)
