"""Definitions said in words: what is counted, over which rows, looking how far back."""

from __future__ import annotations

from truenorth.base.period import spoken
from truenorth.define.model import Dataset, Metric, Model

PLAIN_AGGREGATIONS = {
    "sum": "sum of {what}",
    "count": "number of {what}",
    "count_distinct": "number of different {what}",
    "avg": "average of {what}",
    "min": "smallest {what}",
    "max": "largest {what}",
    "median": "median of {what}",
    "first": "first {what}",
    "last": "last {what}",
}
STANDS_FOR = {
    "last": "on the last day of each period",
    "first": "on the first day of each period",
    "avg": "on average over the days",
}
PARTS = {
    "closing": "at the end of each period",
    "opening": "at the beginning of each period",
    "net": "at the end of each period, less what there was at its beginning",
    "new": "of those who never had any before",
    "reactivation": "of those who have some again",
    "expansion": "that those who had some gained",
    "contraction": "that those who still have some lost",
    "churn": "of those who have none any more",
    "transfer_in": "that came from other groups",
    "transfer_out": "that went to other groups",
    "fx": "that exchange rates alone added or took",
}


def counted(model: Model, metric: Metric, rows: str = "") -> str:
    """What a metric over rows computes: "sum of net over 1,204 orders where status = 'paid'"."""
    dataset = model.datasets.get(metric.dataset)
    place = (dataset.label.lower() if dataset else "") or metric.dataset.replace("_", " ")
    over = f"{rows} {place}" if rows else place
    if metric.type == "movement":
        who = metric.entity.removesuffix("_id").replace("_", " ")
        settled = metric.name in model.written and not model.written[metric.name].expr
        amounts = "monthly amounts" if settled else aggregated(metric, dataset)
        what = amounts if metric.measure == "amount" else f"number of different {who}s"
        condition = within(metric.filter)
        return f"{what} of {over} {PARTS[metric.part]}" + (f" {condition}" if condition else "")
    if metric.agg == "count" and not metric.expr:
        text = f"number of {place}"
    else:
        text = f"{aggregated(metric, dataset)} over {over}"
    day = f" {STANDS_FOR[metric.non_additive_dimension.window_agg]}" if metric.non_additive_dimension else ""
    condition = within(metric.filter)
    return text + day + (f" {condition}" if condition else "")


def aggregated(metric: Metric, dataset: Dataset | None) -> str:
    """The aggregation and what goes into it."""
    field = dataset.field(metric.expr) if dataset else None
    named = metric.expr.isidentifier()
    what = (field.label.lower() if field else "") or (metric.expr.replace("_", " ") if named else metric.expr)
    if metric.agg == "count_distinct" and named and not what.endswith("s"):
        what = f"{what}s"
    if metric.agg == "percentile" and metric.percentile is not None:
        return f"{ordinal(metric.percentile)} percentile of {what}"
    return PLAIN_AGGREGATIONS.get(metric.agg, "{what}").format(what=what)


def ordinal(share: float) -> str:
    """A percentile's name.

    >>> ordinal(0.95), ordinal(0.5), ordinal(0.999), ordinal(0.01)
    ('95th', '50th', '99.9th', '1st')
    """
    text = f"{share * 100:.6g}"
    if "." in text or text[-2:] in ("11", "12", "13"):
        return f"{text}th"
    return text + {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th")


def window_words(metric: Metric) -> str:
    """How far a cumulative metric looks back from each period's end."""
    if metric.window == "1 day":
        return "on the last day of each period"
    if metric.window:
        return f"in the {spoken(metric.window)} up to the end of each period"
    if metric.grain_to_date:
        return f"from the start of the {spoken(metric.grain_to_date)} to the end of each period"
    return "from the beginning to the end of each period"


def within(condition: str) -> str:
    """A filter as a clause, or "".

    >>> within("status = 'paid'")
    "where status = 'paid'"
    """
    return f"where {condition}" if condition else ""
