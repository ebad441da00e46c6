"""The answer: a table and everything that explains it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from truenorth.base.period import Span
from truenorth.base.table import Table, Value
from truenorth.query.request import MetricQuery

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows with units, totals, what is incomplete, what was left out, the SQL and the plan."""

    query: MetricQuery
    table: Table
    span: Span
    timezone: str
    as_of: datetime
    totals: dict[str, Value] = field(default_factory=dict)
    incomplete: tuple[date | datetime, ...] = ()
    notes: tuple[str, ...] = ()
    additivity: dict[str, str] = field(default_factory=dict)
    sql: str = ""
    plan: str = ""
    timings: dict[str, float] = field(default_factory=dict)
    model_version: str = ""

    def to_arrow(self) -> pa.Table:
        """The table as a PyArrow table."""
        import pyarrow as pa

        return pa.table({name: list(self.table.column(name)) for name in self.table.names})

    def to_pandas(self) -> Any:
        """The table as a pandas frame (needs pandas)."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """The table as a Polars frame (needs polars)."""
        import polars

        return polars.from_arrow(self.to_arrow())
