"""Metrics as they will be written: bound from the standard ones where there is one, else defined plainly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from truenorth.base.errors import DefinitionError
from truenorth.define.templates import bind, template
from truenorth.discover.word import texts


class Made(Struct, frozen=True):
    """A metric with the parts it brings, parts first; `weight` says how telling it is for a home page."""

    mappings: tuple[dict[str, Any], ...]
    weight: float = 0.0

    @property
    def name(self) -> str:
        return str(self.mappings[-1]["name"])


def standard(name: str, dataset: str, slots: Mapping[str, str], words: str = "", called: str = "") -> Made | None:
    """A standard metric bound to a dataset; None where there is no such template, or its slots are others."""
    given = {slot: value for slot, value in slots.items() if value}
    try:
        mappings = bind(template(name), dataset, given, called)
    except DefinitionError:
        return None
    if words:
        mappings[-1]["description"] = words
    return Made(tuple(mappings))


def plain(mapping: Mapping[str, Any]) -> Made:
    """A metric of our own."""
    return Made((ordered(mapping),))


_ORDER = texts(
    "name label domain description type template dataset balance measure part agg percentile expr filter entity "
    "time end numerator denominator input_metric input_metrics window unit currency convert per direction "
    "fill_nulls_with dimensions slots tests"
)


def ordered(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The keys in the order in which a person would write them; empty ones left out."""
    kept = {key: value for key, value in mapping.items() if value not in ("", None, [], {})}
    return dict(sorted(kept.items(), key=lambda pair: _ORDER.index(pair[0]) if pair[0] in _ORDER else 99))
