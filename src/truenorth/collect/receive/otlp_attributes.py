"""Attributes of OpenTelemetry as plain values, and as the labels of a series."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

import msgspec

Plain = None | bool | int | float | str | list[Any] | dict[str, Any]
_DEEP = 32


def plain(value: Any, deep: int = 0) -> Plain:
    """An AnyValue as JSON knows it: bytes as base64, numbers that JSON cannot write as text."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    held = getattr(value, kind)
    if kind == "double_value":
        return float(held) if math.isfinite(held) else str(held)
    if kind == "bytes_value":
        return b64encode(held).decode()
    if kind in ("array_value", "kvlist_value") and deep >= _DEEP:
        return "…"
    if kind == "array_value":
        return [plain(one, deep + 1) for one in held.values]
    if kind == "kvlist_value":
        return attributes(held.values, deep + 1)
    if kind in ("string_value", "bool_value", "int_value"):
        return held  # type: ignore[no-any-return]
    return None


def attributes(pairs: Iterable[Any], deep: int = 0) -> dict[str, Plain]:
    """Key-value pairs as a mapping; of two with one name the first stays."""
    found: dict[str, Plain] = {}
    for pair in pairs:
        found.setdefault(pair.key, plain(pair.value, deep))
    return found


def scope_of(scope: Any) -> dict[str, Plain]:
    """A scope's attributes, with its name and version."""
    named = {f"otel.scope.{word}": text for word in ("name", "version") if (text := getattr(scope, word))}
    return {**attributes(scope.attributes), **named}


def labels(resource: dict[str, Plain], scope: dict[str, Plain], point: dict[str, Plain]) -> bytes:
    """All attributes of a series as one JSON object in the order of names.

    Names stay as they were sent. Where a point, its scope and its resource use one name for different values, the
    nearest keeps it; the other is found as `scope.<name>` or `resource.<name>`.

    >>> labels({"service.name": "shop", "route": "/"}, {}, {"route": "/cart"})
    b'{"resource.route":"/","route":"/cart","service.name":"shop"}'
    """
    found = dict(point)
    for prefix, others in (("scope.", scope), ("resource.", resource)):
        for name, value in others.items():
            if name not in found:
                found[name] = value
            elif found[name] != value:
                found.setdefault(prefix + name, value)
    return msgspec.json.encode(dict(sorted(found.items())))
