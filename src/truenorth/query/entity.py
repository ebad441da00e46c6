"""METRIC(…) for the naive builder: the number of each entity by itself, written out as a CASE."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from truenorth.base.errors import QueryError
from truenorth.base.table import Value
from truenorth.define.lookup import MetricRef
from truenorth.query.catalog import Catalog

MOST = 200
Entity = tuple[tuple[str, Value], ...]


def by_entity(
    catalog: Catalog, one: MetricRef, keys: Sequence[str], rows: str, number: Callable[[str, Entity], Value]
) -> str:
    """The metric's value as SQL over rows (`rows` is their FROM item), whose own fields are given as `keys`."""
    present = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    found = catalog.rows(f"SELECT DISTINCT {', '.join(keys)} FROM {rows} WHERE {present} LIMIT {MOST + 1}")
    if len(found) > MOST:
        raise QueryError("E_TOO_MANY_ENTITIES", f"{one.text} has more than {MOST} values to work out one by one")
    whens = []
    for row in found:
        entity = tuple((name, known(value)) for name, value in zip(one.by, row, strict=True))
        met = " AND ".join(f"{key} = {catalog.dialect.literal(value)}" for key, value in zip(keys, row, strict=True))
        value = number(one.name, entity)
        whens.append(f"WHEN {met} THEN {catalog.dialect.literal(value)}")
    return f"CASE {' '.join(whens)} END" if whens else "NULL"


def known(value: object) -> Value:
    """An engine's value as one of ours."""
    return value if value is None or isinstance(value, bool | int | float | str | date | Decimal) else str(value)
