"""What the digits of whole amounts tell: how they end, and whether a column beside them says the same in units."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import structs

from truenorth.discover.facts import Column, Endings
from truenorth.discover.pick import is_money
from truenorth.store.engine import Engine

# What prices end in, as the last two digits of their smallest unit.
PRICED = (0, 49, 50, 90, 95, 98, 99)
_FORMATTED = r"^[^0-9]*[0-9][0-9., ]*[.,][0-9]{2}[^0-9]*$"
_WRITTEN = re.compile(r"[^\d]{0,5}\d[\d., ]*[.,]\d\d[^\d]{0,5}")
_MOST = 40  # pairs of columns that are compared
_FEWEST = 3  # so many different amounts have to agree


def with_endings(engine: Engine, relation: str, columns: Sequence[Column]) -> list[Column]:
    """The columns, of which whole amounts know how they end and which column says the same in units."""
    whole = [one for one in columns if one.type == "integer" and one.filled and is_money(one)]
    if not whole:
        return [*columns]
    asked, pairs = [], _pairs(whole, columns)
    for one in whole:
        ends = f"abs({one.sql}) % 100"
        listed = ", ".join(map(str, PRICED))
        asked += [
            f"count(*) FILTER ({one.sql} <> 0)", f"count(*) FILTER (abs({one.sql}) >= 100)",
            f"count(*) FILTER ({one.sql} <> 0 AND {ends} IN ({listed}))",
        ]  # fmt: skip
    for one, other in pairs:
        units = _hundredfold(other)
        both = f"{one.sql} <> 0 AND {other.sql} IS NOT NULL"
        asked += [
            f"count(*) FILTER ({both} AND {units} IS DISTINCT FROM abs({one.sql}))",
            f"count(DISTINCT {one.sql}) FILTER ({both})",
        ]
    [values] = engine.rows(f"SELECT {', '.join(asked)} FROM {relation} AS rows")
    counts = [int(str(value)) for value in values]
    endings = {
        one.name: Endings(counts[3 * at], counts[3 * at + 1], counts[3 * at + 2]) for at, one in enumerate(whole)
    }
    start = 3 * len(whole)
    for at, (one, other) in enumerate(pairs):
        against, agreeing = counts[start + 2 * at : start + 2 * at + 2]
        if not against and agreeing >= _FEWEST and not endings[one.name].twin:
            endings[one.name] = structs.replace(endings[one.name], twin=other.written)
    return [structs.replace(one, endings=endings.get(one.name)) for one in columns]


def _pairs(whole: Sequence[Column], columns: Sequence[Column]) -> list[tuple[Column, Column]]:
    """Whole amounts with the columns that may say the same in units: numbers with decimals, or texts like $12.00."""
    told = [
        one
        for one in columns
        if one.filled
        and (
            (one.type in ("decimal", "float") and is_money(one))
            or (one.type == "text" and bool(one.sample) and one.share(_WRITTEN) > 0.99)
        )
    ]
    pairs = [(one, other) for one in whole for other in told if set(one.words) & set(other.words)]
    return pairs[:_MOST]


def _hundredfold(column: Column) -> str:
    """What a column says in units as a count of hundredths."""
    if column.type != "text":
        return f"abs(cast(round({column.sql} * 100) as hugeint))"
    digits = f"regexp_replace({column.sql}, '[^0-9]', '', 'g')"
    return f"case when regexp_matches({column.sql}, '{_FORMATTED}') then try_cast({digits} as hugeint) end"
