"""Units that follow from others, so that nobody writes them twice: a sum of money is money, so is money per order."""

from __future__ import annotations

from msgspec.structs import replace

from truenorth.define.model import Metric, Model

KEEPING = ("sum", "avg", "min", "max", "median", "percentile")
Unit = tuple[str, str]


def with_units(model: Model) -> Model:
    """The model with the unit and currency of every metric that states none and whose parts tell."""
    told: dict[str, Unit] = {}
    metrics = {name: unit_told(model, metric, told) for name, metric in model.metrics.items()}
    return replace(model, metrics=metrics)


def unit_told(model: Model, metric: Metric, told: dict[str, Unit]) -> Metric:
    """A metric with the unit that its parts tell; its own word goes first."""
    unit, currency = unit_of(model, metric.name, told)
    return metric if metric.unit or not unit else replace(metric, unit=unit, currency=metric.currency or currency)


def unit_of(model: Model, name: str, told: dict[str, Unit]) -> Unit:
    """The unit and currency of a metric, stated or told; ("", "") when neither."""
    if name not in told:
        metric = model.metrics[name]
        told[name] = (metric.unit, metric.currency) if metric.unit else inferred(model, metric, told)
    return told[name]


def inferred(model: Model, metric: Metric, told: dict[str, Unit]) -> Unit:
    """What the parts of a metric tell of its unit."""
    if metric.type in ("simple", "snapshot") and metric.agg in KEEPING:
        field = model.datasets[metric.dataset].field(metric.expr)
        return (field.unit, metric.currency) if field else ("", "")
    if metric.type == "cumulative":
        return unit_of(model, metric.input_metric, told)
    if metric.calculates_rate:
        return "percent", ""
    if metric.type == "conversion":
        return unit_of(model, metric.base_metric if metric.count_by == "base" else metric.conversion_metric, told)
    if metric.type == "ratio":
        above, below = unit_of(model, metric.numerator, told), unit_of(model, metric.denominator, told)
        return above if above[0] == "currency" and below[0] != "currency" else ("", "")
    return "", ""
