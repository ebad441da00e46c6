"""Policies are data: every choice has its words and can be settled, and what is written wrongly is told with its place."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truenorth.base.errors import DefinitionErrors
from truenorth.define.expression import parse
from truenorth.define.load import load
from truenorth.define.model import Model
from truenorth.define.movement import PRESETS
from truenorth.define.policies import LISTS, chosen, held, held_by, policies, unknown
from truenorth.define.roles import ROLES
from truenorth.define.settled import GAP, with_policies

ROLE_LIST = "customer_id: who, started_on: begun, ended_on: over, amount: price"


def loaded(folder: Path, metric: str, roles: str = ROLE_LIST, extra: str = "") -> Model:
    (folder / "metrics").mkdir(exist_ok=True)
    (folder / "truenorth.yml").write_text("version: 1\nname: case\n", "utf-8")
    text = f"""version: 1
datasets:
  - {{name: periods, source: periods, time: begun, roles: {{{roles}}}}}
metrics:
  - {{name: mrr, type: movement, dataset: periods{metric}}}
{extra}
"""
    (folder / "metrics" / "a.yml").write_text(text, "utf-8")
    return load(folder)


def wrong(folder: Path, metric: str, roles: str = ROLE_LIST) -> list[tuple[str, str]]:
    with pytest.raises(DefinitionErrors) as raised:
        loaded(folder, metric, roles)
    return [(error.code, error.hint) for error in raised.value.errors]


def ends(model: Model) -> str:
    field = model.datasets["periods"].field("mrr_ends")
    assert field is not None
    return field.expr


@pytest.mark.parametrize("name", sorted(policies()))
def test_a_policy_has_words_defaults_and_known_gaps(name: str) -> None:
    one = policies()[name]
    assert one.name == name and one.question.endswith("?")
    assert set(one.vendors) == set(PRESETS)
    for word in (one.default, *one.vendors.values()):
        assert unknown(name, word) is None
    for choice in one.choices.values():
        assert choice.label and choice.explanation.endswith(".")
        texts = [text for key in LISTS for text in getattr(choice.rewrites, key)]
        gaps = {gap for text in texts for gap in GAP.findall(text)}
        assert gaps <= {*ROLES, "start", "end", "days"}
        for text in texts:
            parse(GAP.sub(lambda gap: "1" if gap[1] == "days" else gap[1], text))


def test_what_is_not_said_is_of_the_preset_or_the_default(tmp_path: Path) -> None:
    assert chosen({"past_due": "after_7_days"}, "stripe")["past_due"] == "after_7_days"
    assert chosen({}, "stripe")["past_due"] == "until_unpaid"
    assert chosen({})["past_due"] == "after_30_days"
    extra = "  - {name: new_mrr, type: movement, balance: mrr, part: new}"
    model = loaded(tmp_path, ", compat: paddle, policies: {tax: included}", extra=extra)
    by = {one.policy: (one.choice, one.by) for one in held(model, "new_mrr")}
    assert by["tax"] == ("included", "said") and by["discounts"] == ("list_price", "paddle")
    assert held_by(model, ["new_mrr", "mrr"])[0].startswith("policies of mrr: annualisation average_month (paddle), ")
    assert len(held_by(model, ["new_mrr", "mrr"])) == 1


def test_policies_of_columns_that_are_not_there_change_nothing(tmp_path: Path) -> None:
    metric = loaded(tmp_path, "").metrics["mrr"]
    assert (metric.filter, metric.time, metric.end, metric.entity) == ("", "mrr_begins", "mrr_ends", "customer_id")
    assert metric.unit == "currency" and "discount" not in metric.expr


def test_a_filter_of_its_own_holds_beside_those_of_policies(tmp_path: Path) -> None:
    roles = f"{ROLE_LIST}, metered: by_use"
    metric = loaded(tmp_path, ", filter: live", roles).metrics["mrr"]
    assert metric.filter == "(live) and (NOT COALESCE(CAST(metered AS BOOLEAN), FALSE))"


def test_a_model_is_settled_anew_under_other_policies_and_back(tmp_path: Path) -> None:
    roles = f"{ROLE_LIST}, metered: by_use, paused_on: stopped"
    extra = "  - {name: new_mrr, type: movement, balance: mrr, part: new, filter: live}"
    model = loaded(tmp_path, ", filter: live", roles, extra)
    other = with_policies(model, {"metered": "when_used", "pauses": "continued"})
    assert other.metrics["mrr"].filter == "live"
    assert other.metrics["new_mrr"].filter == "(live) and (live)"
    assert "paused_on" in ends(model) and "paused_on" not in ends(other)
    again = with_policies(other, {"metered": "excluded", "pauses": "stopped"})
    for name in ("mrr", "new_mrr"):
        one, back = model.metrics[name], again.metrics[name]
        assert (one.expr, one.filter, one.time, one.end) == (back.expr, back.filter, back.time, back.end)
    assert [field.name for field in again.datasets["periods"].fields] == [
        field.name for field in model.datasets["periods"].fields
    ]


@pytest.mark.parametrize(
    ("metric", "code", "hint"),
    [
        (", policies: {discount: all}", "E_UNKNOWN_POLICY", 'did you mean "discounts"?'),
        (", policies: {discounts: al}", "E_UNKNOWN_POLICY", 'did you mean "all"?'),
        (", policies: {past_due: after_days}", "E_UNKNOWN_POLICY", 'did you mean "after_30_days"?'),
        (", policies: {trials: x}", "E_UNKNOWN_POLICY", "it is excluded, counted"),
        (
            ", compat: strip",
            "E_BAD_VALUE",
            'did you mean "stripe"? It is stripe, chartmogul, baremetrics, paddle, posthog, mixpanel, amplitude, ga4, umami or plausible',
        ),
        (
            ", policies: {tax: included}, end: over",
            "E_KEY_CONFLICT",
            "take it out, or take policies: and compat: out and say all of it",
        ),
    ],
)
def test_a_wrong_choice_is_told_with_its_place(tmp_path: Path, metric: str, code: str, hint: str) -> None:
    assert wrong(tmp_path, metric) == [(code, hint)]


def test_a_wrong_role_is_told_with_its_place(tmp_path: Path) -> None:
    assert wrong(tmp_path, "", f"{ROLE_LIST}, statuss: x") == [("E_UNKNOWN_ROLE", 'did you mean "status"?')]
    told = wrong(tmp_path, "", "customer_id: who, started_on: begun, ended_on: over")
    hint = "bind it to a column: roles: {amount: unit_amount * 0.01}, or list a field of that name"
    assert told == [("E_MISSING_ROLE", hint)]
    codes = [code for code, _ in wrong(tmp_path, "", f"{ROLE_LIST}, status: 'lower('")]
    assert codes == ["E_BAD_EXPRESSION"]


MONEY = st.decimals(-(10**10), 10**10, places=4, allow_nan=False, allow_infinity=False)
BELOW = st.decimals(Decimal("-5000"), Decimal("5000"), places=2, allow_nan=False, allow_infinity=False)


@given(MONEY, BELOW)
def test_an_exact_division_is_rounded_half_away_from_zero(above: Decimal, below: Decimal) -> None:
    sql = parse("exact_div(a, b)").render("duckdb", {"a": f"({above:f})", "b": f"({below:f})"})
    [(found,)] = duckdb.execute(f"SELECT {sql}").fetchall()
    if below == 0:
        assert found is None
        return
    scaled = int(above * 10**4) * 10**12 * 10**2, int(below * 10**2) * 10**4
    sign = 1 if (scaled[0] < 0) == (scaled[1] < 0) else -1
    whole = (2 * abs(scaled[0]) + abs(scaled[1])) // (2 * abs(scaled[1]))
    assert found == Decimal(sign * whole).scaleb(-12)
