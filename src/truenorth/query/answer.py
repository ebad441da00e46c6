"""The answer: a table and everything that explains it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

from truenorth.base.errors import EngineError
from truenorth.base.period import Span
from truenorth.base.table import Column, Table, Value
from truenorth.define.model import Metric
from truenorth.query.request import MetricQuery

if TYPE_CHECKING:
    import pyarrow as pa


# What a row's time columns hold: the value where there is one, all of them where there are several.
Period = Value | tuple[Value, ...]


def period(labels: Sequence[Value]) -> Period:
    """The time columns' values of a row as one thing.

    >>> period((2026,)), period((2026, 1))
    (2026, (2026, 1))
    """
    return labels[0] if len(labels) == 1 else tuple(labels)


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """Rows with units, totals, what is incomplete, what was left out, the SQL and the plan.

    `incomplete` are the periods still filling and those of `cut`, of which the range holds only a part. With several
    time columns a period is all of its values together.
    `shown` draws it for a Python prompt ("text") and a notebook ("html"); the workspace that answers gives it.
    """

    query: MetricQuery
    table: Table
    span: Span
    timezone: str
    as_of: datetime
    totals: dict[str, Value] = field(default_factory=dict)
    incomplete: tuple[Period, ...] = ()
    cut: tuple[Period, ...] = ()
    notes: tuple[str, ...] = ()
    additivity: dict[str, str] = field(default_factory=dict)
    sql: str = ""
    plan: str = ""
    timings: dict[str, float] = field(default_factory=dict)
    model_version: str = ""
    locale: str = "en"
    definitions: tuple[Metric, ...] = ()
    shown: Callable[[Answer, str], str] | None = field(default=None, compare=False)

    def period_of(self, row: Sequence[Value]) -> Period:
        """The period of a row, as `incomplete` names it; None without time columns."""
        own = [value for value, column in zip(row, self.table.columns, strict=True) if column.role == "time"]
        return period(own) if own else None

    def to_arrow(self) -> pa.Table:
        """The table as a PyArrow table: days are dates, exact numbers decimals, a column without values has a type."""
        import pyarrow as pa

        return pa.table({column.name: self._arrow(column) for column in self.table.columns})

    def _arrow(self, column: Column) -> pa.Array:
        """One column; decimals and floats together (which no engine gives, but a fill may) are floats."""
        import pyarrow as pa

        values = list(self.table.column(column.name))
        if {Decimal, float} <= {type(value) for value in values}:
            values = [float(value) if isinstance(value, Decimal) else value for value in values]
        made = pa.array(values)
        if pa.types.is_null(made.type):
            made = made.cast({"time": pa.date32(), "dimension": pa.string()}.get(column.role, pa.float64()))
        return made

    def to_pandas(self) -> Any:
        """The table as a pandas frame (needs pandas): times are datetime64, exact numbers stay Decimal."""
        needed("pandas")
        return self.to_arrow().to_pandas(date_as_object=False)

    def to_polars(self) -> Any:
        """The table as a Polars frame (needs polars)."""
        return needed("polars").from_arrow(self.to_arrow())

    def __repr__(self) -> str:
        """How a Python prompt shows it: the first rows as people read them."""
        if self.shown is None:
            return f"<Answer {', '.join(self.query.metrics)}: {len(self.table):,} rows>"
        return self.shown(self, "text")

    def _repr_html_(self) -> str | None:
        """How a notebook shows it: its chart and its first rows."""
        return None if self.shown is None else self.shown(self, "html")


def needed(package: str) -> Any:
    """A package that is not TrueNorth's own; EngineError E_PACKAGE_MISSING when it is not installed."""
    try:
        return import_module(package)
    except ImportError as error:
        hint = f"pip install {package}, or use to_arrow()"
        raise EngineError("E_PACKAGE_MISSING", f"{package} is not installed", hint=hint) from error
