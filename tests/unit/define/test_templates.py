"""The standard metrics are complete, their toys compute, and their texts keep the house's form."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from truenorth.base.errors import DefinitionError
from truenorth.base.quantity import DURATIONS
from truenorth.define.templates import PLACEHOLDER, Template, Toy, find_template, template, templates

FIELD_METRICS = {
    "page_load_time": "operational",
    "error_rate": "operational",
    "uptime": "operational",
    "response_time": "operational",
    "incident_count": "operational",
    "user_retention": "customer",
    "active_users": "customer",
    "session_duration": "customer",
    "daily_active_users": "customer",
    "monthly_active_users": "customer",
    "churn_rate": "customer",
    "conversion_rate": "customer",
    "revenue_growth": "financial",
    "profit_margin": "financial",
    "cost_per_acquisition": "financial",
    "order_count": "customer",
    "revenue": "financial",
    "average_order_value": "financial",
    "buyers": "customer",
    "revenue_per_customer": "financial",
    "new_customers": "customer",
    "refund_rate": "financial",
    "return_rate": "customer",
    "units_sold": "operational",
    "items_per_order": "customer",
    "discount_rate": "financial",
    "cancelled_order_rate": "operational",
    "invoiced_revenue": "financial",
    "collected_revenue": "financial",
    "paying_customers": "customer",
    "average_revenue_per_account": "financial",
    "payment_failure_rate": "operational",
    "unpaid_invoice_rate": "financial",
    "new_subscriptions": "customer",
    "cancelled_subscriptions": "customer",
    "new_users": "customer",
    "event_count": "operational",
    "events_per_user": "customer",
    "weekly_active_users": "customer",
    "page_views": "operational",
    "session_count": "customer",
    "pages_per_session": "customer",
    "tickets_opened": "operational",
    "first_response_time": "operational",
    "resolution_time": "operational",
    "resolution_rate": "operational",
    "request_count": "operational",
    "records_created": "customer",
    "leads_created": "customer",
    "lead_conversion_rate": "customer",
    "opportunities_created": "customer",
    "pipeline_created": "financial",
    "won_revenue": "financial",
    "win_rate": "customer",
    "average_deal_size": "financial",
    "sales_cycle": "operational",
    "marketing_spend": "financial",
    "mrr": "financial",
    "arr": "financial",
    "paying_subscribers": "customer",
    "gross_mrr_churn": "financial",
    "net_mrr_churn": "financial",
    "net_mrr_churn_without_reactivation": "financial",
    "customer_churn_rate": "customer",
    "churn_rate_with_new_customers": "customer",
    "churn_rate_with_short_stays": "customer",
    "net_revenue_retention": "financial",
    "gross_revenue_retention": "financial",
    "quick_ratio": "financial",
    "recurring_revenue_per_customer": "financial",
    "lifetime_value": "financial",
    "lifetime_value_with_margin": "financial",
    "lifetime_value_trailing": "financial",
    "discounted_lifetime_value": "financial",
    "mrr_growth": "financial",
    "cmgr": "financial",
    "paid_cac": "financial",
    "lagged_cac": "financial",
    "cac_payback": "financial",
    "ltv_to_cac": "financial",
    "roas": "financial",
    "mer": "financial",
    "attributed_revenue": "financial",
    "click_through_rate": "customer",
    "cost_per_click": "financial",
    "cost_per_mille": "financial",
    "gross_margin": "financial",
    "contribution_margin": "financial",
    "operating_margin": "financial",
    "net_burn": "financial",
    "runway": "financial",
    "burn_multiple": "financial",
    "rule_of_40": "financial",
    "magic_number": "financial",
    "quarterly_growth": "financial",
    "yearly_growth": "financial",
    "gross_merchandise_value": "financial",
    "repeat_purchase_rate": "customer",
    "cart_abandonment": "customer",
    "weighted_pipeline": "financial",
    "chained_net_revenue_retention": "financial",
    "chained_gross_revenue_retention": "financial",
    "new_active_users": "customer",
    "returning_users": "customer",
    "resurrected_users": "customer",
    "dormant_users": "customer",
    "stickiness_ratio": "customer",
    "active_days": "customer",
    "regular_users": "customer",
    "activity_churn": "customer",
    "inactivity_churn": "customer",
    "activation_rate": "customer",
    "funnel_conversion": "customer",
    "anonymous_active_users": "customer",
    "identified_active_users": "customer",
    "day_1_retention": "customer",
    "day_7_retention": "customer",
    "day_30_retention": "customer",
    "week_4_retention": "customer",
    "month_3_retention": "customer",
    "unbounded_retention": "customer",
    "cohort_revenue_retention": "financial",
    "lcp_p75": "operational",
    "inp_p75": "operational",
    "cls_p75": "operational",
    "fcp_p75": "operational",
    "ttfb_p75": "operational",
    "bounce_rate": "customer",
    "engagement_rate": "customer",
}
TOYS = [(name, pitfall.title, pitfall.toy) for name, one in templates().items() for pitfall in one.pitfalls]
TYPES: dict[type, str] = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "VARCHAR", date: "DATE"}


def sql_type(values: list[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if datetime in kinds:
        return "TIMESTAMP"
    return "DOUBLE" if float in kinds else TYPES[kinds.pop()]


def answer(toy: Toy, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        columns = [f'"{name}" {sql_type([row[at] for row in toy.rows])}' for at, name in enumerate(toy.columns)]
        connection.execute(f"create table toy ({', '.join(columns)})")
        connection.executemany(
            f"insert into toy values ({', '.join('?' * len(columns))})", [list(row) for row in toy.rows]
        )
        return connection.execute(sql).fetchall()


def texts(one: Template) -> list[str]:
    pitfalls = [text for trap in one.pitfalls for text in (trap.title, trap.text, trap.toy.why)]
    ways = [text for trap in one.pitfalls for text in (trap.toy.wrong_how, trap.toy.right_how)]
    others = [text for other in one.variants for text in (other.name, other.difference)]
    return [
        one.label,
        one.kind_note,
        one.question,
        one.formula,
        *one.how_to_read,
        *pitfalls,
        *ways,
        *others,
        *(slot.description for slot in one.slots.values()),
        *(other.difference for other in one.elsewhere),
    ]


def test_the_standard_metrics_are_there_in_their_domains() -> None:
    assert {name: one.domain for name, one in templates().items()} == FIELD_METRICS


@pytest.mark.parametrize(("name", "title", "toy"), TOYS, ids=[f"{name}: {title}" for name, title, _ in TOYS])
def test_both_numbers_of_a_toy_are_computed_by_their_sql(name: str, title: str, toy: Toy) -> None:
    for sql, expected in ((toy.wrong_sql, toy.wrong), (toy.right_sql, toy.right)):
        rows = answer(toy, sql)
        assert len(rows) == 1
        assert float(rows[0][0]) == pytest.approx(expected, abs=1e-9)
    assert toy.wrong != toy.right


@pytest.mark.parametrize(("name", "title", "toy"), TOYS, ids=[f"{name}: {title}" for name, title, _ in TOYS])
def test_a_toy_is_small_and_whole(name: str, title: str, toy: Toy) -> None:
    assert 2 <= len(toy.rows) <= 6
    assert {len(row) for row in toy.rows} == {len(toy.columns)}


@pytest.mark.parametrize("name", FIELD_METRICS)
def test_a_template_is_complete(name: str) -> None:
    one = template(name)
    assert one.question.endswith("?")
    assert 3 <= len(one.how_to_read) <= 5
    assert 2 <= len(one.pitfalls) <= 3
    assert len(one.variants) >= 3
    assert len(one.elsewhere) >= 3
    assert len(one.sources) >= 2
    assert one.aliases
    assert one.direction in ("up", "down")
    assert all(text.strip() == text and text for text in texts(one))


@pytest.mark.parametrize("name", FIELD_METRICS)
def test_the_note_says_which_kind_of_metric_it_is_and_what_that_means(name: str) -> None:
    one = template(name)
    assert one.kind_note.split(":")[0].split()[1] == one.domain
    assert len(one.kind_note.split()) > 20


@pytest.mark.parametrize("name", FIELD_METRICS)
def test_sentences_end_and_need_no_internet(name: str) -> None:
    one = template(name)
    sentences = [one.kind_note, *one.how_to_read, *(trap.toy.why for trap in one.pitfalls)]
    sentences += [trap.text for trap in one.pitfalls] + [other.difference for other in (*one.variants, *one.elsewhere)]
    assert [text for text in sentences if not text.endswith((".", "?"))] == []
    assert [text for text in (*texts(one), *one.sources) if "http" in text or "www." in text] == []
    assert [text for text in texts(one) if "'" in text.replace("''", "") or '"' in text] == []


@pytest.mark.parametrize("name", FIELD_METRICS)
def test_related_metrics_exist_and_are_others(name: str) -> None:
    related = template(name).related
    assert len(set(related)) == len(related) >= 3
    assert name not in related
    assert set(related) <= set(FIELD_METRICS)


@pytest.mark.parametrize("name", FIELD_METRICS)
def test_every_gap_has_a_slot_and_every_slot_is_used(name: str) -> None:
    one = template(name)
    gaps = set(PLACEHOLDER.findall(str(one.definition)))
    assert gaps - {"name"} == set(one.slots)
    assert one.definition[-1]["name"] == "{name}"
    assert len(one.parts) == len(one.definition) - 1
    assert not set(one.parts) & set(one.slots)


@pytest.mark.parametrize("name", FIELD_METRICS)
def test_units_are_known_and_counts_are_plain_nouns(name: str) -> None:
    one = template(name)
    units = {one.unit, *(trap.toy.unit for trap in one.pitfalls)}
    nouns = units - {"percent", "currency", *DURATIONS}
    assert all(noun.isalpha() and noun.islower() for noun in nouns)


def test_names_and_aliases_belong_to_one_template() -> None:
    names = [name for one in templates().values() for name in (one.name, *one.aliases)]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() and name.replace("_", "").isalnum() for name in names)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("dau", "daily_active_users"),
        ("MAU", "monthly_active_users"),
        ("p95 latency", "response_time"),
        ("cac", "cost_per_acquisition"),
        ("CPA", "cost_per_acquisition"),
        ("availability", "uptime"),
        ("page-load-time", "page_load_time"),
        ("churn_rate", "churn_rate"),
    ],
)
def test_people_find_a_template_by_the_word_they_use(word: str, name: str) -> None:
    assert template(word).name == name


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(DefinitionError, match="churn") as caught:
        template("chrun_rate")
    assert caught.value.code == "E_UNKNOWN_TEMPLATE"
    assert 'did you mean "churn_rate"' in caught.value.hint
    assert find_template("chrun_rate") is None


def test_a_name_like_nothing_gets_the_list() -> None:
    with pytest.raises(DefinitionError) as caught:
        template("zzz")
    assert all(name in caught.value.hint for name in FIELD_METRICS)
