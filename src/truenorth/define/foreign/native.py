"""Our own definitions as plain keys and values again, only what was written."""

from __future__ import annotations

from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from truenorth.define.keys import THINGS, Key, Thing

ABSENT = object()


def keys_of(one: Struct, thing: str) -> dict[str, Any]:
    """A definition's keys as they stand in YAML: those that were written, or that differ from what goes without."""
    shape = THINGS[thing]
    return {key.name: value for key in shape.keys if (value := value_of(one, key, shape)) is not ABSENT}


def value_of(one: Struct, key: Key, shape: Thing) -> Any:
    """The value of one key as YAML has it; ABSENT where it was not written."""
    if key.kind == "version" or not hasattr(one, key.attribute):
        return ABSENT
    value = getattr(one, key.attribute)
    spot = getattr(one, "spot", None)
    written = spot.keys if spot is not None else {}
    absent = key.name not in written if written else value in ("", [], {}, None, unsaid(type(one), key.attribute))
    if absent and not key.required:
        return ABSENT
    return None if key.kind == "worth" and value == "null" else plain(value, key, shape)


@cache
def unsaid(kind: type[Struct], attribute: str) -> object:
    """What a definition has that does not say a key; of lists and such, which are made anew each time, nothing."""
    return next((one.default for one in fields(kind) if one.name == attribute), None)


def plain(value: Any, key: Key, shape: Thing) -> Any:
    """A value of the model as YAML has it."""
    if isinstance(value, Struct):
        return keys_of(value, key.thing)
    if isinstance(value, list | tuple):
        return [plain(one, key, shape) for one in value]
    if isinstance(value, float) and value == int(value):
        return int(value)
    return value
