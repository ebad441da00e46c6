"""Errors as people, programs and pull requests read them."""

from __future__ import annotations

import json

from truenorth.base.errors import DefinitionError, DefinitionErrors, Place
from truenorth.define.report import FORMATS, write

FIRST = DefinitionError("E_BAD_UNIT", 'no unit "%"', where=Place("metrics/a,b.yml", 3, 5), hint="write unit: percent")
SECOND = DefinitionError("E_YAML", "two\nlines", where=Place("truenorth.yml", 1, 1))
NOWHERE = DefinitionError("E_WORKSPACE_NOT_FOUND", "nothing here", hint="truenorth demo")
BOTH = DefinitionErrors([FIRST, SECOND])


def test_text_has_place_code_message_and_advice() -> None:
    assert write([BOTH]) == (
        "metrics/a,b.yml:3:5  E_BAD_UNIT\n"
        '  no unit "%"\n'
        "  → write unit: percent\n"
        "truenorth.yml:1:1  E_YAML\n"
        "  two\nlines\n"
        "2 mistakes in 2 files"
    )
    assert write([FIRST], folder="acme").startswith("acme/metrics/a,b.yml:3:5  E_BAD_UNIT\n")
    assert write([NOWHERE]) == "E_WORKSPACE_NOT_FOUND\n  nothing here\n  → truenorth demo\n1 mistake"


def test_json_is_the_one_shape_of_an_error() -> None:
    shown = json.loads(write([BOTH, NOWHERE], "json", folder="acme"))
    assert shown["errors"][0] == {
        "code": "E_BAD_UNIT",
        "message": 'no unit "%"',
        "hint": "write unit: percent",
        "where": {"file": "acme/metrics/a,b.yml", "line": 3, "column": 5},
    }
    assert shown["errors"][2]["where"] is None
    assert shown["ok"] is False
    assert json.loads(write([], "json")) == {"ok": True, "errors": []}


def test_github_annotations_are_escaped() -> None:
    assert write([BOTH, NOWHERE], "github", folder=".").splitlines() == [
        '::error file=metrics/a%2Cb.yml,line=3,col=5,title=E_BAD_UNIT::no unit "%25"; write unit: percent',
        "::error file=truenorth.yml,line=1,col=1,title=E_YAML::two%0Alines",
        "::error title=E_WORKSPACE_NOT_FOUND::nothing here; truenorth demo",
    ]


def test_nothing_wrong_is_nothing_to_say() -> None:
    assert [write([], form) for form in FORMATS if form != "json"] == ["", ""]
