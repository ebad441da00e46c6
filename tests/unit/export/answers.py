"""Small answers to write in every format."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from truenorth.base.period import Span
from truenorth.base.table import Column, table_of
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery

MONTHLY = Answer(
    query=MetricQuery(metrics=("revenue", "rate"), by=("plan",), grain="month", totals=True),
    table=table_of(
        [
            Column("plan", "dimension", "Plan"),
            Column("metric_time__month", "time", "Month"),
            Column("revenue", "metric", "Revenue", "currency", "EUR", "up"),
            Column("rate", "metric", "Conversion rate", "percent", "", "up"),
        ],
        [
            ["pro", date(2026, 5, 1), Decimal("1234.50"), 0.031],
            [None, date(2026, 5, 1), Decimal("-3.00"), None],
            ["pro", date(2026, 6, 1), Decimal("99.00"), 0.5],
        ],
    ),
    span=Span(date(2026, 5, 1), date(2026, 7, 1)),
    timezone="Europe/Berlin",
    as_of=datetime(2026, 6, 20, 6, 0),
    totals={"revenue": Decimal("1330.50"), "rate": 0.04},
    incomplete=(date(2026, 6, 1),),
    notes=("2 orders without a customer are in (none)",),
    additivity={"revenue": "additive", "rate": "algebraic"},
    sql="SELECT 1",
    model_version="abc",
)


def answer_of(columns: list[Column], rows: list[list[object]], **query: object) -> Answer:
    """An answer with these columns and rows and nothing else of interest."""
    metrics = tuple(column.name for column in columns if column.role == "metric")
    return Answer(
        query=MetricQuery(metrics=metrics, **query),  # type: ignore[arg-type]
        table=table_of(columns, rows),  # type: ignore[arg-type]
        span=Span(),
        timezone="UTC",
        as_of=datetime(2026, 6, 30),
    )
