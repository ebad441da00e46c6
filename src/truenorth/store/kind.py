"""The kinds of values that DuckDB knows, in the words of the engine's protocol."""

from __future__ import annotations

ZONED = "TIMESTAMP WITH TIME ZONE"
_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
_WORDS = {
    **{name: "integer" for kind in _INTEGERS for name in (kind, f"U{kind}")},
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "timestamp"),
    **dict.fromkeys(("VARCHAR", "UUID", "ENUM"), "text"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), "float"),
    "DATE": "date",
    ZONED: "timestamptz",
    "BOOLEAN": "boolean",
}
TYPES = {
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
    "integer": "BIGINT",
    "float": "DOUBLE",
    "boolean": "BOOLEAN",
}


def word_of(kind: str) -> str:
    """The protocol's word for one of DuckDB's types.

    >>> word_of("DECIMAL(18,2)")
    'decimal'
    """
    if kind.endswith("]"):
        return "other"
    name = kind.partition("(")[0]
    return "decimal" if name == "DECIMAL" else _WORDS.get(name, "other")


def without_zones(sql: str, kinds: list[str]) -> str:
    """A select whose instants come as naive UTC: Python values of TIMESTAMPTZ would need the package pytz."""
    names = [f"c{position}" for position in range(len(kinds))]
    values = [
        f"{name} AT TIME ZONE 'UTC'" if kind == ZONED else f"{name}::VARCHAR" if ZONED in kind else name
        for name, kind in zip(names, kinds, strict=True)
    ]
    return f"SELECT {', '.join(values)} FROM ({sql.rstrip().rstrip(';')}\n) AS zoned({', '.join(names)})"
