"""Every code that the reading and checking of definitions can give is shown by a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from truenorth.base.errors import DefinitionError, DefinitionErrors, Place
from truenorth.define.expression import parse
from truenorth.define.load import load

HERE = Path(__file__).parent
SOURCE = HERE.parents[2] / "src" / "truenorth" / "define"
CODE = re.compile(r"\bE_[A-Z_]+\b")


def test_every_code_has_a_test() -> None:
    files = [path for path in SOURCE.rglob("*.py") if path.name not in ("templates.py", "add.py")]
    given = {code for path in files for code in CODE.findall(path.read_text("utf-8"))}
    shown = {code for path in HERE.rglob("test_*.py") for code in CODE.findall(path.read_text("utf-8"))}
    assert given - shown == set()


def test_a_template_in_an_expression_made_elsewhere_is_refused_too() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse("{{ Dimension('order__status') }} = 'paid'", Place("metrics/a.yml", 3, 5))
    assert (caught.value.code, str(caught.value.where)) == ("E_TEMPLATE_IN_EXPRESSION", "metrics/a.yml:3:5")


def test_a_metric_that_is_looked_up_by_what_a_dataset_does_not_have_is_refused(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: case\n", "utf-8")
    text = """version: 1
datasets: [{name: orders, source: orders, fields: [{name: status}]}]
metrics:
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: odd, type: simple, dataset: orders, agg: count, filter: METRIC(placed BY stauts) > 1}
"""
    (tmp_path / "metrics" / "a.yml").write_text(text, "utf-8")
    with pytest.raises(DefinitionErrors) as raised:
        load(tmp_path)
    told = [(error.code, error.hint) for error in raised.value.errors]
    assert told == [("E_NOT_GROUPABLE", 'did you mean "status"?')]
