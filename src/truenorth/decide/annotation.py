"""What happened and when: the notes that stand on the line of a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from truenorth.base.errors import EngineError
from truenorth.store.engine import Engine

TABLE = "annotations"
COLUMNS = ("happened_on", "label", "kind", "metric")


@dataclass(frozen=True, slots=True)
class Annotation:
    """Something that happened on a day: a price change, an outage, a campaign; `metric` empty means all metrics."""

    happened_on: date
    label: str
    kind: str = ""
    metric: str = ""


def read_annotations(engine: Engine) -> tuple[Annotation, ...]:
    """The rows of the table `annotations` in order of time; none where there is no such table."""
    if TABLE not in engine.tables():
        return ()
    columns = [name for name, _ in engine.describe(f'SELECT * FROM "{TABLE}"')]
    if not {"happened_on", "label"} <= set(columns):
        hint = f"its columns are {', '.join(COLUMNS)}"
        raise EngineError("E_COLUMN_NOT_FOUND", f'"{TABLE}" has no happened_on or no label', hint=hint)
    picked = ", ".join(
        f'"{name}"' if name in columns else "NULL" for name in ("happened_on", "label", "kind", "metric")
    )
    rows = engine.rows(f'SELECT {picked} FROM "{TABLE}" WHERE "happened_on" IS NOT NULL ORDER BY 1, 2')
    return tuple(Annotation(day(row[0]), str(row[1] or ""), str(row[2] or ""), str(row[3] or "")) for row in rows)


def day(value: object) -> date:
    """A date, or the day of a time."""
    if isinstance(value, datetime):
        return value.date()
    assert isinstance(value, date)
    return value
