"""Definitions with marks: a ‸ stands right before each place at which an error is expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from truenorth.base.errors import DefinitionErrors, TrueNorthError
from truenorth.define.load import load
from truenorth.define.model import Model

MARK = "‸"

WORKSPACE = "version: 1\nname: Acme\n"

# What most cases refer to: orders of customers, tickets of customers, one metric of each kind's input.
GROUND = """\
version: 1
datasets:
  - name: orders
    source: orders
    primary_key: [order_id]
    time: ordered_at
    fields:
      - {name: net, expr: amount - discount, unit: currency, currency: currency_code}
      - {name: channel}
  - name: customers
    source: customers
    primary_key: [customer_id]
    fields: [{name: region}, {name: segment}]
  - name: timeless
    source: timeless
relationships:
  - {name: order_customer, from: orders, to: customers, from_columns: [customer_id], to_columns: [customer_id]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: net, unit: currency}
  - {name: order_count, type: simple, dataset: orders, agg: count}
  - {name: things, type: simple, dataset: timeless, agg: count}
  - {name: people, type: simple, dataset: customers, agg: count, time: joined_at}
  - {name: aov, type: ratio, numerator: revenue, denominator: order_count}
"""


def write(folder: Path, **texts: str) -> dict[str, str]:
    """Writes files without their marks: `workspace`, and definitions by name; returns what was given, by path."""
    given = {"truenorth.yml": texts.pop("workspace", WORKSPACE)}
    given |= {f"metrics/{name}.yml": text for name, text in texts.items()}
    for path, text in given.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace(MARK, ""), "utf-8")
    return given


def marks(text: str) -> list[tuple[int, int]]:
    """The places of the marks, as they are once the marks are gone."""
    places = []
    for number, line in enumerate(text.split("\n"), 1):
        for before in range(line.count(MARK)):
            places.append((number, len(MARK.join(line.split(MARK)[: before + 1])) - before + 1))
    return places


def wrong(folder: Path) -> tuple[TrueNorthError, ...]:
    """The errors of a workspace, of which there must be some."""
    with pytest.raises(DefinitionErrors) as caught:
        load(folder)
    return caught.value.errors


def expect(folder: Path, codes: str, **texts: str) -> tuple[TrueNorthError, ...]:
    """Loads marked files and holds the errors to the codes and to the marks; returns the errors."""
    given = write(folder, **texts)
    errors = wrong(folder)
    places = {path: marks(text) for path, text in given.items()}
    found = [(error.code, error.where and (error.where.file, error.where.line, error.where.column)) for error in errors]
    marked = sorted((path, *place) for path, all_places in places.items() for place in all_places)
    assert found == list(zip(codes.split(), marked, strict=True))
    return errors


def good(folder: Path, **texts: str) -> Model:
    """The model of files that must be right."""
    write(folder, **texts)
    return load(folder)
