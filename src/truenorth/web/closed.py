"""What of a metric is closed: as it was reported, and as it would be told today."""

from __future__ import annotations

from truenorth.base.period import period_label
from truenorth.base.quantity import NONE, format_value
from truenorth.base.table import Value
from truenorth.decide.closing import Closed, read
from truenorth.web.question import Asked
from truenorth.web.speak import tidy
from truenorth.web.view import Cell, Row, Sheet

HEAD = ("Period", "Reported", "Today", "Restated by", "Closed on", "By", "Reason")


def closed(asked: Asked) -> Sheet | None:
    """The closed periods of the whole metric, the newest first; None when none is closed, rows are left out, or it is
    told as it was known once or in another currency."""
    own = [one for one in asked.closed if not one.dimension]
    if not own or asked.state.where or asked.state.as_of or asked.state.currency:
        return None
    restated = {one.closed: one for one in asked.restated}

    def written(value: Value, currency: str) -> str:
        return NONE if value is None else format_value(tidy(value), asked.metric.unit, currency)

    def row(one: Closed) -> Row:
        changed = restated.get(one)
        before = read(one.value, 0.0 if asked.metric.unit in ("percent", "ratio") else None)
        told = written(before, one.currency)
        cells = (
            Cell(told),
            Cell(written(changed.now, one.currency) if changed else told, "worse" if changed else ""),
            Cell(written(changed.change, one.currency) if changed else "–", "worse" if changed else ""),
            Cell(f"{one.closed_at:%-d %b %Y}"),
            Cell(one.closed_by, "text"),
            Cell(one.reason or "–", "text"),
        )
        return Row(period_label(one.period, one.grain, asked.model.workspace.locale, asked.model.fiscal), cells)

    count = sum(1 for one in own if one in restated)
    words = f"{count} of {len(own)} would be reported otherwise today: rows have come or changed since."
    rows = tuple(row(one) for one in reversed(own))
    return Sheet(f"Closed periods of {asked.metric.title}", HEAD, rows, words if count else "")
