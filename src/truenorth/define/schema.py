"""The JSON Schema of definitions, for editors: one for definition files, truenorth.yml among its definitions."""

from __future__ import annotations

from typing import Any

from truenorth.define.keys import METRIC_TYPES, THINGS, Key, Thing
from truenorth.define.sources import SOURCE_TYPES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ONE_OF_ORIGINS = ("source", "file", "query", "series", "histogram")
SCALAR = {"type": ["string", "number", "boolean"]}


def json_schema(kind: str = "") -> dict[str, Any]:
    """The schema of a definition file (`file`), of truenorth.yml (`workspace`), or of either ("")."""
    root: dict[str, Any]
    if kind:
        root = {"$ref": f"#/$defs/{kind}"}
    else:
        root = {"if": {"required": ["name"]}, "then": {"$ref": "#/$defs/workspace"}, "else": {"$ref": "#/$defs/file"}}
    return {
        "$schema": DIALECT,
        "title": "TrueNorth definitions",
        "description": "Metrics as code: truenorth.yml and the files of definitions beside it.",
        **root,
        "$defs": {thing.name: of_thing(thing) for thing in THINGS.values()},
    }


def of_thing(thing: Thing) -> dict[str, Any]:
    """One mapping: its keys, no others, and the rules between them; or its name alone."""
    if thing.bare:
        return {"anyOf": [{"type": "string"}, of_mapping(thing)]}
    return of_mapping(thing)


def of_mapping(thing: Thing) -> dict[str, Any]:
    """One mapping: its keys, no others, and the rules between them."""
    shape: dict[str, Any] = {
        "type": "object",
        "description": thing.about,
        "properties": {key.name: of_key(key) for key in thing.keys},
        "additionalProperties": False,
    }
    required = [key.name for key in thing.keys if key.required]
    if required:
        shape["required"] = required
    if thing.name == "dataset":
        shape["oneOf"] = [{"required": [key]} for key in ONE_OF_ORIGINS]
    if thing.name == "metric":
        shape["allOf"] = [of_type(thing, word) for word in METRIC_TYPES]
    if thing.name == "source":
        shape["allOf"] = [of_type(thing, word) for word in SOURCE_TYPES]
    return shape


def of_type(thing: Thing, word: str) -> dict[str, Any]:
    """What holds for one type of metric or source: the keys it needs and the keys it may not have."""
    needed = [key.name for key in thing.keys if word in key.required_for]
    foreign = {key.name: False for key in thing.keys if key.types and word not in key.types}
    return {
        "if": {"properties": {"type": {"const": word}}, "required": ["type"]},
        "then": {"required": needed, "properties": foreign},
    }


def of_key(key: Key) -> dict[str, Any]:
    """One key: what it holds, what it means, and an example."""
    shape: dict[str, Any] = {"description": described(key), **of_kind(key)}
    if key.example and key.kind in ("text", "sql", "name", "paths", "date"):
        shape["examples"] = [key.example]
    return shape


def described(key: Key) -> str:
    """The meaning, with the types it belongs to and its default."""
    parts = [key.about]
    if key.types:
        parts.append(f"For type: {', '.join(key.types)}.")
    if key.default:
        parts.append(f"Default: {key.default}.")
    return " ".join(parts)


def of_kind(key: Key) -> dict[str, Any]:
    """The type of a key's value."""
    kinds: dict[str, dict[str, Any]] = {
        "text": SCALAR,
        "sql": SCALAR,
        "name": {"type": "string", "pattern": "^(?!.*__)[A-Za-z_][A-Za-z0-9_]*$"},
        "names": {"type": "array", "items": {"type": "string"}},
        "paths": {"anyOf": [SCALAR, {"type": "array", "items": {"type": "string"}}]},
        "lists": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        "number": {"type": "number"},
        "worth": {"anyOf": [{"type": ["number", "null"]}, {"const": "carry"}]},
        "date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "version": {"const": 1},
        "value": {"type": ["number", "string", "null"]},
        "choice": {"enum": list(key.choices)},
        "grain": {"type": "string", "examples": list(key.choices)},
        "flag": {"type": "boolean"},
        "texts": {"type": "object", "additionalProperties": SCALAR},
        "thing": {"$ref": f"#/$defs/{key.thing}"},
        "things": {"type": ["array", "null"], "items": {"$ref": f"#/$defs/{key.thing}"}},
    }
    return kinds[key.kind]
