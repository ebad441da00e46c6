"""A metric tried out before anybody keeps it: written as a file would have it, and held to the same rules."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from truenorth.base.errors import DefinitionError
from truenorth.define.check import examine, raise_all
from truenorth.define.keys import FILE
from truenorth.define.model import Model
from truenorth.define.read import FAILED, Reading
from truenorth.define.settled import settle
from truenorth.define.units import with_units
from truenorth.define.yaml import read_document

# What errors name as the file.
FILE_NAME = "explored"
PLAIN = re.compile(r"[A-Za-z_][\w.]*( \w+)*|(0|[1-9]\d{0,5})( \w+)?")
WORDS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
Value = str | bool | Sequence[str] | Sequence[Mapping[str, str]]


def written(keys: Mapping[str, Value]) -> str:
    """The lines of a file that define a metric.

    >>> print(written({"name": "paid", "type": "funnel", "steps": [{"name": "came", "filter": "event = 'come'"}]}))
    version: 1
    metrics:
      - name: paid
        type: funnel
        steps:
          - {name: came, filter: "event = 'come'"}
    <BLANKLINE>
    """
    lines = ["version: 1", "metrics:"]
    for at, (key, value) in enumerate(keys.items()):
        lead = "    " if at else "  - "
        if isinstance(value, bool):
            lines.append(f"{lead}{key}: {str(value).lower()}")
        elif isinstance(value, str):
            lines.append(f"{lead}{key}: {quoted(value)}")
        elif all(isinstance(one, str) for one in value) and value:
            lines.append(f"{lead}{key}: [{', '.join(quoted(str(one)) for one in value)}]")
        else:
            lines += [f"{lead}{key}:", *(f"      - {{{flowing(one)}}}" for one in value if isinstance(one, Mapping))]
    return "\n".join([*lines, ""])


def flowing(keys: Mapping[str, str]) -> str:
    """Keys and texts on one line."""
    return ", ".join(f"{name}: {quoted(text)}" for name, text in keys.items())


def quoted(text: str) -> str:
    """A text as YAML has it, in quotes where it needs them.

    >>> quoted("7 days"), quoted("no"), quoted("a: b")
    ('7 days', '"no"', '"a: b"')
    """
    plain = PLAIN.fullmatch(text) is not None and text.lower() not in WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)


def tried(model: Model, text: str) -> Model:
    """The model with the one metric that a text defines among its own; DefinitionErrors with all that is wrong."""
    errors: list[DefinitionError] = []
    document = read_document(text, FILE_NAME)
    errors += document.errors
    values = Reading(FILE_NAME, errors, bool(document.errors)).thing(document.root, FILE) if document.root else FAILED
    found = (
        {}
        if not isinstance(values, dict)
        else {one.name: one for one in values.get("metrics", []) if one is not FAILED}
    )
    raise_all(errors)
    settled = settle(model.datasets, found)
    wide, wrong = examine(replace(model, datasets=settled.datasets, metrics={**model.metrics, **settled.metrics}))
    raise_all([one for one in wrong if one.where is not None and one.where.file == FILE_NAME])
    return with_units(wide)
