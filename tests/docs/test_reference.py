"""The reference is what the product is: written anew it would say the same, and nothing is left out."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from scripts import reference
from truenorth.define import keys

ROOT = Path(__file__).resolve().parent.parent.parent
REFERENCE = ROOT / "docs" / "reference"
SOURCE = ROOT / "src" / "truenorth"


def page(name: str) -> str:
    path = REFERENCE / name
    assert path.exists(), f"docs/reference/{name} is missing: run `make docs`"
    return path.read_text("utf-8")


def sections(name: str) -> set[str]:
    return set(re.findall(r"^## (.+)$", page(name), re.M))


@pytest.mark.parametrize("name", sorted(reference.PAGES))
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert page(name) == reference.text(name), f"docs/reference/{name} is out of date: run `make docs`"


def test_every_key_in_yaml_is_an_attribute_of_the_model_and_the_other_way_round() -> None:
    for thing in keys.THINGS.values():
        if thing.becomes is None:
            continue
        attributes = {field.encode_name for field in msgspec.structs.fields(thing.becomes)} - {"spot"}
        # Which cohorts its rows know is made from the definitions of these.
        attributes -= {"cohorts"} if thing.name == "dataset" else set()
        assert set(thing.names) - {"version"} == attributes, thing.name


def test_every_key_has_words_and_its_row() -> None:
    text = page("yaml.md")
    for row in keys.reference():
        assert row["about"].endswith((".", "?")), f"{row['thing']}.{row['key']} says nothing"
        assert f"| `{row['key']}` | {reference.cell(row['about'])}" in text


def test_every_metric_type_has_its_section() -> None:
    assert sections("metric-types.md") == set(keys.METRIC_TYPES)


def test_every_command_and_flag_explains_itself() -> None:
    silent = []
    for name, command in reference.commands():
        if not command.help:
            silent.append(name)
        silent += [f"{name} {row[0]}" for row in reference.parameters(command) if not row[1]]
    assert silent == []


def test_every_address_explains_itself() -> None:
    assert [path for path, _, about in reference.routes() if not about] == []


def test_every_standard_metric_has_its_section() -> None:
    on_disk = {path.stem for path in (SOURCE / "define" / "template").glob("*.yml")}
    assert sections("templates.md") == on_disk | {"Canonical tables"}


def test_every_canonical_table_has_its_section() -> None:
    text = "\n".join(reference.templates_page())
    on_disk = {path.stem for path in (SOURCE / "define" / "table").glob("*.yml")}
    assert on_disk and [name for name in on_disk if f"\n### {name}\n" not in text] == []
