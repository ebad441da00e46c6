"""The table of keys says the same as the model, and everything that rests on it can trust it."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest

from truenorth.base import period
from truenorth.define import spelling
from truenorth.define.keys import GRAINS, KEYS, METRIC_TYPES, THINGS, Key, Thing, reference
from truenorth.define.sources import SOURCE_TYPES

# Which cohorts the rows of a dataset know is made from the definitions of these.
MADE = ("dataset", "cohorts")
BECOMING = [thing for thing in THINGS.values() if thing.becomes is not None]
ALL = [(thing, key) for thing in THINGS.values() for key in thing.keys]


def fields(thing: Thing) -> dict[str, msgspec.structs.FieldInfo]:
    assert thing.becomes is not None
    return {field.name: field for field in msgspec.structs.fields(thing.becomes)}


@pytest.mark.parametrize("thing", BECOMING, ids=lambda thing: thing.name)
def test_keys_are_the_attributes_of_the_model(thing: Thing) -> None:
    keys = [key.attribute for key in thing.keys if key.name != "version"]
    assert keys == [name for name in fields(thing) if name != "spot" and (thing.name, name) != MADE]


@pytest.mark.parametrize("thing", BECOMING, ids=lambda thing: thing.name)
def test_a_key_is_required_where_the_model_has_no_default(thing: Thing) -> None:
    required = {key.attribute for key in thing.keys if key.required and key.name != "version"}
    assert required == {field.name for field in fields(thing).values() if field.required and field.name != "spot"}


def literals(hint: Any) -> set[str]:
    """The words that a type allows, "" left out."""
    found: set[str] = set()
    for part in get_args(hint):
        found |= {part} if isinstance(part, str) else literals(part)
    return found - {""}


@pytest.mark.parametrize("thing", BECOMING, ids=lambda thing: thing.name)
def test_choices_are_the_words_that_the_model_allows(thing: Thing) -> None:
    for key in thing.keys:
        if key.name != "version":
            hint = fields(thing)[key.attribute].type
            allowed = {"choice": literals(hint), "grain": set(period.GRAINS)}.get(key.kind, set())
            assert set(key.choices) == allowed, key.name


@pytest.mark.parametrize("thing", BECOMING, ids=lambda thing: thing.name)
def test_stated_defaults_of_choices_are_the_defaults_of_the_model(thing: Thing) -> None:
    for key in thing.keys:
        if key.kind == "choice" and not key.required:
            assert key.default == fields(thing)[key.attribute].default, key.name


@pytest.mark.parametrize(("thing", "key"), ALL, ids=lambda one: one.name)
def test_every_key_is_described_and_leads_to_a_thing(thing: Thing, key: Key) -> None:
    assert key.about.endswith((".", ":"))
    assert (key.thing in THINGS) == (key.kind in ("thing", "things"))
    assert bool(key.choices) == (key.kind in ("choice", "grain"))
    words = SOURCE_TYPES if thing.name == "source" else METRIC_TYPES
    assert set(key.types) | set(key.required_for) <= set(words)
    assert not key.required_for or set(key.required_for) <= set(key.types)
    assert thing.key(key.name) is key


def test_other_spellings_lead_to_our_keys_and_hide_none_of_them() -> None:
    for thing, words in spelling.KEYS.items():
        assert not set(words) & set(KEYS[thing]), thing
        assert {other.ours for other in words.values()} - {""} <= set(KEYS[thing]), thing
        assert all(other.ours or other.note for other in words.values())


def test_other_values_lead_to_our_choices_and_hide_none_of_them() -> None:
    for (thing, name), words in spelling.VALUES.items():
        key = KEYS[thing][name]
        assert not set(words) & set(key.choices), name
        assert {other.ours for other in words.values()} <= set(key.choices), name
        assert all(word == word.lower() for word in words)


def test_the_reference_has_every_key_once() -> None:
    rows = reference()
    assert [(row["thing"], row["key"]) for row in rows] == [(thing.name, key.name) for thing, key in ALL]
    assert GRAINS == ("hour", "day", "week", "month", "quarter", "year")
