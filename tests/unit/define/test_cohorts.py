"""Cohorts as they are written: whose they are, and what makes no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from truenorth.base.errors import DefinitionErrors
from truenorth.define.graph import resolve_field
from truenorth.define.load import load
from truenorth.define.model import Model

DEFINITIONS = """version: 1
datasets:
  - {name: events, source: events, time: at, fields: [{name: person}, {name: event}, {name: plan}]}
  - {name: people, source: people, primary_key: [person], fields: [{name: person}, {name: country}]}
  - {name: orders, source: orders, time: day, fields: [{name: buyer}, {name: amount}]}
relationships:
  - {name: order_buyer, from: orders, to: people, from_columns: [buyer], to_columns: [person]}
metrics:
  - {name: events_seen, type: simple, dataset: events, agg: count}
cohorts:
  - """


def defined(folder: Path, cohort: str) -> Model:
    """The definitions with a cohort or two."""
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: case\n", "utf-8")
    (folder / "metrics" / "case.yml").write_text(f"{DEFINITIONS}{cohort}\n", "utf-8")
    return load(folder)


BAD = {
    "E_COHORT_CYCLE": "{name: a, any_of: [b], dataset: events, entity: person}\n  - {name: b, all_of: [a]}",
    "E_NAME_NOT_FOUND": "{name: a, any_of: [nobody]}",
    "E_MISSING_KEY": "{name: a, where: \"event = 'x'\"}",
    "E_COHORT_ENTITY": (
        "{name: a, dataset: events, entity: person}\n  - {name: b, dataset: events, entity: plan, all_of: [a]}"
    ),
    "E_BAD_WINDOW": "{name: a, dataset: events, entity: person, within: 3 hours}",
    "E_NO_TIME": "{name: a, dataset: people, entity: person, within: 30 days}",
    "E_BAD_VALUE": "{name: a, dataset: events, entity: person, within: 30 days, stopped: 3 days}",
    "E_DUPLICATE_NAME": "{name: plan, dataset: events, entity: person}",
    "E_FILE_NOT_FOUND": "{name: a, dataset: events, entity: person, file: nowhere.txt}",
}


@pytest.mark.parametrize("code", BAD)
def test_what_makes_no_sense_is_said(tmp_path: Path, code: str) -> None:
    with pytest.raises(DefinitionErrors) as caught:
        defined(tmp_path, BAD[code])
    assert code in {error.code for error in caught.value.errors}


def test_a_cohort_that_reads_itself_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DefinitionErrors) as caught:
        defined(tmp_path, "{name: a, dataset: events, entity: person, where: a}")
    assert "made from itself" in str(caught.value)


def test_a_cohort_is_a_field_where_rows_say_whose_they_are(tmp_path: Path) -> None:
    """Of the events themselves and of people, to whom orders lead."""
    model = defined(tmp_path, "{name: a, dataset: events, entity: person}")
    known = {name: [(field.name, field.expr) for field in one.cohorts] for name, one in model.datasets.items()}
    assert known == {"events": [("a", "person")], "people": [("a", "person")], "orders": []}
    assert resolve_field(model, "orders", "a")[0].end == "people"


def test_what_is_put_together_is_of_the_same_entity(tmp_path: Path) -> None:
    model = defined(tmp_path, "{name: a, dataset: events, entity: person}\n  - {name: b, any_of: [a]}")
    assert (model.cohorts["b"].dataset, model.cohorts["b"].entity) == ("events", "person")
