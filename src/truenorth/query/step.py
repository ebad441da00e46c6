"""The condition of a step: the keys of both sides, and the partition they share."""

from __future__ import annotations

from collections.abc import Callable

from truenorth.define.graph import Path

FieldSql = Callable[[str, str, str], str]


def equal(field_sql: FieldSql, path: Path, aliases: list[str], there: str) -> list[str]:
    """The equalities under which the row at the end of the aliases meets those that the next step leads to."""
    step = path.steps[len(aliases) - 1]
    found = [
        f"{field_sql(step.start, one, aliases[-1])} = {field_sql(step.end, other, there)}"
        for one, other in zip(step.start_columns, step.end_columns, strict=True)
    ]
    for column, at in step.shared:
        before = path.steps[at].start
        found.append(f"{field_sql(before, column, aliases[at])} = {field_sql(step.end, column, there)}")
    return found
