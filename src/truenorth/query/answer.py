"""The answer: a table and everything that explains it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

from truenorth.base.errors import EngineError
from truenorth.base.period import Span
from truenorth.base.quantity import format_value
from truenorth.base.table import Column, Row, Table, Value
from truenorth.define.model import Metric
from truenorth.query.request import MetricQuery

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = 50


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
    locale: str = "en"
    definitions: tuple[Metric, ...] = ()

    def to_arrow(self) -> pa.Table:
        """The table as a PyArrow table."""
        import pyarrow as pa

        return pa.table({name: list(self.table.column(name)) for name in self.table.names})

    def to_pandas(self) -> Any:
        """The table as a pandas frame (needs pandas)."""
        needed("pandas")
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """The table as a Polars frame (needs polars)."""
        return needed("polars").from_arrow(self.to_arrow())

    def _repr_html_(self) -> str:
        """How a notebook shows it: the first rows as people read them."""
        columns = self.table.columns
        heads = "".join(f"<th>{escape(column.label or column.name)}</th>" for column in columns)
        lines = [
            "".join(f"<td>{shown(row, at, columns[at])}</td>" for at in range(len(row))) for row in self.table.rows
        ]
        body = "".join(f"<tr>{line}</tr>" for line in lines[:SHOWN])
        more = f"<p>{len(lines) - SHOWN:,} more rows</p>" if len(lines) > SHOWN else ""
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{more}"


def shown(row: Row, at: int, column: Column) -> str:
    """One cell of a notebook's table."""
    value = row[at]
    if value is None and column.role == "dimension":
        return "(none)"
    return escape(format_value(value, column.unit, column.currency))


def needed(package: str) -> Any:
    """A package that is not TrueNorth's own; EngineError E_PACKAGE_MISSING when it is not installed."""
    try:
        return import_module(package)
    except ImportError as error:
        hint = f"pip install {package}, or use to_arrow()"
        raise EngineError("E_PACKAGE_MISSING", f"{package} is not installed", hint=hint) from error
