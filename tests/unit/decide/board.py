"""Answers as a workspace would give them, for scorecards."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from truenorth.base.period import Span
from truenorth.base.table import Column, table_of
from truenorth.define.model import Metric, Model, Workspace
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery

AS_OF = datetime(2026, 6, 30)
LAST_MONDAY = date(2026, 6, 22)


def weeks(count: int, last: date = LAST_MONDAY) -> list[date]:
    """The last weeks, oldest first."""
    return [last - timedelta(weeks=back) for back in reversed(range(count))]


def metric(name: str = "m", **keys: Any) -> Metric:
    """A metric; a sum of something unless said otherwise."""
    return Metric(**{"name": name, "type": "simple", "agg": "sum", "domain": "financial", "direction": "up"} | keys)


def model(*metrics: Metric, **keys: Any) -> Model:
    """A model of these metrics."""
    return Model(Workspace(name="Test", **keys), metrics={each.name: each for each in metrics})


def answer(
    of: Model,
    starts: list[Any],
    incomplete: tuple[Any, ...] = (),
    grain: str = "week",
    additivity: dict[str, str] | None = None,
    **values: list[Any],
) -> Answer:
    """An answer with one column a metric; `name__previous` is the comparison of `name`."""
    columns = [Column(f"metric_time__{grain}", "time")]
    for name in values:
        whose, _, rest = name.partition("__")
        one = of.metrics[whose]
        role = "previous" if rest else "metric"
        columns.append(Column(name, role, one.title, one.unit, one.currency, one.direction, whose if rest else ""))
    return Answer(
        query=MetricQuery(tuple(values), grain=grain),
        table=table_of(columns, list(zip(starts, *values.values(), strict=True))),
        span=Span(),
        timezone="Europe/Berlin",
        as_of=AS_OF,
        incomplete=incomplete,
        notes=("a note",),
        additivity=additivity or dict.fromkeys(of.metrics, "additive"),
    )
