"""The same metrics in another currency than they are defined in: those whose amounts are converted anyway."""

from __future__ import annotations

from msgspec.structs import replace

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.define.model import Metric, Model
from truenorth.define.units import with_units
from truenorth.query.rates import currencies, is_currency


def in_currency(model: Model, code: str) -> Model:
    """The model with all amounts that are converted in one currency; QueryError E_BAD_CURRENCY where that is none."""
    if not is_currency(code):
        hint = did_you_mean(code.strip().upper(), currencies()) or "write three capital letters, such as EUR"
        raise QueryError("E_BAD_CURRENCY", f'"{code}" is no currency', hint=hint)
    metrics = {name: moved(metric, code) for name, metric in model.metrics.items()}
    return with_units(replace(model, metrics=metrics, version=f"{model.version} in {code}"))


def moved(metric: Metric, code: str) -> Metric:
    """A metric in another currency; what it is told by its parts is forgotten, to be told anew."""
    if metric.convert:
        return replace(metric, currency=code)
    stated = "currency" in metric.spot.keys
    return metric if stated or metric.dataset or metric.unit != "currency" else replace(metric, currency="")
