"""Financial statements in definitions: read, checked, and which of their lines add up others."""

from __future__ import annotations

from pathlib import Path

import pytest

from truenorth.base.errors import DefinitionErrors
from truenorth.define.load import load
from truenorth.define.model import InputMetric, Metric
from truenorth.define.total import addends

METRICS = """
version: 1
datasets: [{name: ledger, file: ledger.csv, time: month, fields: [{name: month}, {name: amount}]}]
metrics:
  - {name: revenue, type: simple, dataset: ledger, agg: sum, expr: amount}
  - {name: costs, type: simple, dataset: ledger, agg: sum, expr: amount}
"""


def loaded(folder: Path, more: str) -> object:
    """The statements of a workspace."""
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: x\n")
    (folder / "metrics" / "m.yml").write_text(METRICS + more)
    return load(folder).statements


def test_a_statement_has_a_name_and_lines(tmp_path: Path) -> None:
    found = loaded(tmp_path, "statements: [{name: profit_and_loss, lines: [revenue, costs]}]\n")
    assert isinstance(found, dict)
    assert found["profit_and_loss"].title == "Profit and loss"
    assert found["profit_and_loss"].lines == ["revenue", "costs"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{name: a, lines: [revenu]}", 'no metric named "revenu"'),
        ("{name: a, lines: [revenue, revenue]}", 'the statement "a" has "revenue" twice'),
        ("{name: a, lines: []}", 'the statement "a" has no lines'),
        ("{name: a}", '"lines"'),
        ("{name: a, rows: [revenue]}", "lines"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DefinitionErrors) as told:
        loaded(tmp_path, f"statements:\n  - {text}\n")
    assert said in str(told.value)
    assert "m.yml:8" in str(told.value)


def derived(expr: str, *names: str, **keys: str) -> Metric:
    """A derived metric."""
    return Metric("x", "derived", expr=expr, input_metrics=[InputMetric(name, **keys) for name in names])


def test_only_a_plain_sum_is_a_total() -> None:
    assert addends(derived("a - (b - c)", "a", "b", "c")) == {"a": 1, "b": -1, "c": 1}
    assert addends(derived("-a + coalesce(b, 0)", "a", "b")) == {"a": -1, "b": 1}
    for other in ("a / b", "a * 2 + b", "a + a", "a +", "a + 1", "abs(a) + b", "coalesce(a, 1) + b"):
        assert addends(derived(other, "a", "b")) is None
    assert addends(derived("a + b", "a", "b", offset_window="1 month")) is None
    assert addends(Metric("r", "ratio", numerator="a", denominator="b")) is None
