"""Entities told by a whole number of each row: what it leads to is looked up once, and not joined to every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from truenorth.define.graph import entity_columns
from truenorth.define.journey import NAME
from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.journey.columns import whose
from truenorth.query.journey.rows import Flags, Integers
from truenorth.query.owner import Key, key_of

if TYPE_CHECKING:
    import pyarrow as pa

# So many numbers are looked up however few rows there are, and so many for each row.
FEW, SPARSE = 1 << 12, 4


class UnknownNumber(Exception):
    """A number came in after it was looked up whose the numbers are."""


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose each number of a key is, by its place: `who` as in `Rows`, and whether that is `known`.

    `entities` are the values of each entity by its number, where they were numbered; else `who` is the value.
    """

    who: Integers
    known: Flags
    entities: Sequence[tuple[object, ...]] | None = None


def keyed(catalog: Catalog, metric: Metric, time: str) -> Key | None:
    """The key that tells whose the rows of a metric are, which has a `time`; None where no single one does, or it
    reaches too far for so many rows."""
    names = entity_columns(catalog.model, metric.dataset, metric.entity) if NAME.fullmatch(metric.entity) else ()
    if len(names) > 1:
        return None
    expression = catalog.expression(names[0] if names else metric.entity, metric)
    most = max(FEW, SPARSE * catalog.stretch(metric.dataset, time).rows)
    return key_of(catalog, metric.dataset, expression, most)


def whose_place(key: Key, numbers: pa.Array) -> Integers:
    """The places of numbers among those of a key; that of NULL comes last. UnknownNumber where one is none of these."""
    if numbers.null_count:
        numbers = numbers.cast("int64").fill_null(key.high + 1)
    found: Integers = numbers.to_numpy().astype(np.int64, copy=False)
    if len(found) and not key.low <= found.min() <= found.max() <= key.high + 1:
        raise UnknownNumber
    return found - key.low if key.low else found


def owners(catalog: Catalog, key: Key) -> Owners:
    """Whose the numbers of a key are."""
    size = key.high - key.low + 2
    if not key.select:
        return Owners(np.arange(key.low, key.low + size), np.arange(size) < size - 1)
    [_, (_, kind)] = catalog.engine.describe(catalog.apart(key.select))
    changed = f'SELECT * FROM (\n{key.select}\n) AS owned WHERE "key" IS DISTINCT FROM "who 1"'
    # Most numbers stand for themselves: of these nothing has to be read.
    table = cast("pa.Table", catalog.arrow(changed if kind == "integer" else key.select))
    numbers, entities, known = whose(table)
    found = Owners(np.arange(key.low, key.low + size), np.arange(size) < size - 1, entities)
    places = whose_place(key, table.column("key").combine_chunks())
    found.who[places], found.known[places] = numbers, known
    return found
