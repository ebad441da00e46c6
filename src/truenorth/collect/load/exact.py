"""Numbers that no number of the engine holds exactly, kept as the text that was sent."""

from __future__ import annotations

import json
import math
from typing import Any

LONG = r"-[0-9]{19}|[0-9]{20}|[0-9][eE]\+?[0-9]{3,}[,}\] \t\r\n]"
LEAST, MOST = -(2**63), 2**64 - 1


def exact(column: Any) -> Any:
    """An Arrow column of JSON in which whole numbers beyond 64 bits, and numbers too large for a double, are texts.

    The engine would make doubles of them, which are other numbers. What is no JSON stays as it is.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.fill_null(pc.match_substring_regex(column, LONG), False)
    if not pc.any(found).as_py():
        return column
    mended = [_mended(text) for text in column.filter(found).to_pylist()]
    return pc.replace_with_mask(column, found, pa.array(mended, column.type))


def _mended(text: str) -> str:
    """One value in which each such number is a text.

    >>> _mended('{"id":18446744073709551616,"n":1.5}')
    '{"id":"18446744073709551616","n":1.5}'
    """
    try:
        value = json.loads(text, parse_int=_whole, parse_float=_finite)
        return json.dumps(value, separators=(",", ":"))
    except (ValueError, RecursionError):
        return text


def _whole(text: str) -> int | str:
    # A number of thousands of digits is compared by its length alone: reading it would take long.
    if len(text) > 20:
        return text
    number = int(text)
    return number if LEAST <= number <= MOST else text


def _finite(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text
