"""Attribution metrics are checked before anything is asked, and what credit rests on is nobody's dataset."""

from __future__ import annotations

from pathlib import Path

import pytest

from truenorth.base.errors import DefinitionErrors
from truenorth.define.attribution import without_credits
from truenorth.define.foreign.export import exported
from truenorth.define.graph import fields_of, graph
from truenorth.define.journey import JOURNEYS
from truenorth.define.load import load
from truenorth.define.model import Model
from truenorth.define.read import one_of
from truenorth.define.series import TYPES as SERIES

ROWS = """version: 1
datasets:
  - {name: visits, source: visits, primary_key: [id], time: at, fields: [{name: person}, {name: channel}]}
  - {name: orders, source: orders, primary_key: [id], time: at, fields: [{name: person}, {name: amount, unit: currency}, {name: channel}]}
  - {name: loose, source: loose, time: at, fields: [{name: person}]}
  - {name: timeless, source: timeless, primary_key: [id], fields: [{name: person}]}
metrics:
  - {name: still, type: simple, dataset: timeless, agg: count}
  - {name: touches, type: simple, dataset: visits, agg: count}
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: biggest, type: simple, dataset: orders, agg: max, expr: amount}
  - {name: shaken, type: simple, dataset: loose, agg: count}
  - {name: share, type: ratio, numerator: revenue, denominator: touches}
"""
GOOD = "type: attribution, base_metric: touches, conversion_metric: revenue, entity: person"


def loaded(folder: Path, metric: str) -> Model:
    """The model of a workspace with one more metric."""
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: case\n", "utf-8")
    (folder / "metrics" / "a.yml").write_text(f"{ROWS}  - {{name: credit, {metric}}}\n", "utf-8")
    return load(folder)


def refused(folder: Path, metric: str) -> list[tuple[str, str]]:
    """The codes and hints of what is wrong with one more metric."""
    with pytest.raises(DefinitionErrors) as raised:
        loaded(folder, metric)
    return [(error.code, error.hint) for error in raised.value.errors]


@pytest.mark.parametrize(
    ("metric", "code", "hint"),
    [
        (GOOD, "E_MISSING_KEY", "add model: first, last, last_non_direct, linear, position or time_decay"),
        (
            f"{GOOD}, model: shapley",
            "E_BAD_VALUE",
            "it is first, last, last_non_direct, linear, position or time_decay",
        ),
        (f"{GOOD}, model: last_non_direct", "E_MISSING_KEY", "add direct: \"channel = 'direct'\""),
        (f"{GOOD}, model: first, half_life: 3 days", "E_KEY_NOT_ALLOWED", "it belongs to model: time_decay"),
        (f"{GOOD}, model: first, direct: channel is null", "E_KEY_NOT_ALLOWED", "it belongs to model: last_non_direct"),
        (
            f"{GOOD}, model: first, dataset: orders",
            "E_KEY_NOT_ALLOWED",
            f"it belongs to type: {one_of(('simple', 'snapshot', 'movement', *JOURNEYS, *SERIES))}",
        ),
        (
            f"{GOOD}, model: time_decay, half_life: 1 month",
            "E_BAD_WINDOW",
            'write it in weeks, days or hours, like "7 days"',
        ),
        (f"{GOOD}, model: time_decay, half_life: soon", "E_BAD_WINDOW", 'write it like "28 days" or "1 month"'),
        (f"{GOOD}, model: first, filter: chanel = 'ads'", "E_NAME_NOT_FOUND", 'did you mean "channel"?'),
        (
            GOOD.replace("revenue", "biggest") + ", model: first",
            "E_UNSAFE_REAGGREGATION",
            "name one with agg: count or sum",
        ),
        (GOOD.replace("revenue", "share") + ", model: first", "E_UNSAFE_REAGGREGATION", "name a simple metric"),
        (
            GOOD.replace("touches", "shaken") + ", model: first",
            "E_PRIMARY_KEY_REQUIRED",
            "state the primary_key of loose",
        ),
        (GOOD.replace("touches", "still") + ", model: first", "E_NO_TIME", 'add time: … to the dataset "timeless"'),
        (GOOD.replace("touches", "touchs") + ", model: first", "E_NAME_NOT_FOUND", 'did you mean "touches"?'),
    ],
)
def test_what_is_wrong_is_told_with_the_way_out(tmp_path: Path, metric: str, code: str, hint: str) -> None:
    assert refused(tmp_path, metric) == [(code, hint)]


def test_credit_is_a_dataset_that_nobody_else_sees(tmp_path: Path) -> None:
    model = loaded(tmp_path, f"{GOOD}, model: first")
    assert list(model.defined) == ["visits", "orders", "loose", "timeless"]
    assert graph(model).reached("orders") == ["orders"]
    assert graph(model).reached("credit of credit") == ["credit of credit", "visits", "orders"]
    shown = [choice.name for choice in fields_of(model, "credit")]
    assert shown == ["visits.person", "channel", "person", "orders.channel"]
    assert model.metrics["credit"].unit == "currency"
    plain = without_credits(model)
    assert (list(plain.datasets), plain.relationships, plain.metrics["credit"].dataset) == (list(model.defined), {}, "")


def test_credit_is_dropped_from_a_document_of_another_tool_and_said_so(tmp_path: Path) -> None:
    document = exported(loaded(tmp_path, f"{GOOD}, model: first"))
    assert "credit of" not in document.text
    assert [loss.code for loss in document.losses if "credit" in loss.what] == ["ATTRIBUTION_METRIC_DROPPED"]
