"""An answer as JSON: everything that explains it beside the rows, decimals exact."""

from __future__ import annotations

from typing import Any

import msgspec

from truenorth.base.table import Value
from truenorth.query.answer import Answer

ENCODER = msgspec.json.Encoder(decimal_format="number")


def to_json(answer: Answer) -> str:
    """The whole answer, indented; ends with a newline."""
    return msgspec.json.format(ENCODER.encode(as_dict(answer)), indent=2).decode() + "\n"


def as_dict(answer: Answer) -> dict[str, Any]:
    """The shape of an answer in JSON, the same in every face: rows are objects, NULL is null."""
    return {
        "query": msgspec.to_builtins(answer.query),
        "columns": [
            {
                key: getattr(column, key)
                for key in ("name", "role", "label", "unit", "currency", "per", "direction", "of")
                if getattr(column, key) or key in ("name", "role")
            }
            for column in answer.table.columns
        ],
        "rows": [{name: _finite(value) for name, value in row.items()} for row in answer.table.dicts()],
        "totals": {name: _finite(value) for name, value in answer.totals.items()},
        "incomplete": list(answer.incomplete),
        "cut": list(answer.cut),
        "notes": list(answer.notes),
        "additivity": answer.additivity,
        "range": {"start": answer.span.start, "end": answer.span.end},
        "timezone": answer.timezone,
        "as_of": answer.as_of,
        "model_version": answer.model_version,
        "sql": answer.sql,
    }


def _finite(value: Value) -> Value:
    """JSON has no infinity and no "not a number"."""
    return None if isinstance(value, float) and value - value != 0 else value
