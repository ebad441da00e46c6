"""Attribution: the rows that a metric gives credit to stand beside the conversions that earned it.

The credit of a metric is a dataset of its own, made for it: one row for each conversion and touch, pointing to both.
So everything that can be asked of rows can be asked of credit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import CLOCK, parse_window
from truenorth.define.key import Key
from truenorth.define.model import CREDIT_OF, AttributionModel, Dataset, Field, Metric, Model, Relationship

ATTRIBUTING = ("attribution",)
# What the columns of credit are called: words that no field can have.
CREDIT, TOUCH_KEY, CONVERSION_KEY = "credit", "touch key", "conversion key"
TOUCH, CONVERSION = "touch", "conversion"
ATTRIBUTION = (
    Key(
        "model",
        "choice",
        "Which touches before a conversion get the credit for it: the first, the last, the last that is not `direct`, "
        "each the same, 40 % to the first and to the last and 20 % to those between, or the more the later they came.",
        types=ATTRIBUTING,
        required_for=ATTRIBUTING,
        choices=get_args(AttributionModel),
    ),
    Key(
        "direct",
        "sql",
        "The condition that a touch is direct: somebody who came by themselves.",
        types=ATTRIBUTING,
        example="channel = 'direct'",
    ),
    Key(
        "half_life",
        "text",
        "How much earlier a touch gets half the credit, for model: time_decay.",
        types=ATTRIBUTING,
        default="7 days",
        example="7 days",
    ),
)
MODEL_WORDS = {
    "first": "first touch",
    "last": "last touch",
    "last_non_direct": "last non-direct touch",
    "linear": "linear",
    "position": "position 40-20-40",
    "time_decay": "time decay",
}
HALF_LIFE = "7 days"
SECONDS = {**CLOCK, "day": 86_400, "week": 604_800}
Defined = tuple[dict[str, Dataset], dict[str, Relationship], dict[str, Metric]]


def credit_of(dataset: str) -> str:
    """The metric whose credit a dataset holds; "" for any other.

    >>> credit_of("credit of first_touch"), credit_of("orders")
    ('first_touch', '')
    """
    return dataset.removeprefix(CREDIT_OF) if dataset.startswith(CREDIT_OF) else ""


def model_words(metric: Metric) -> str:
    """The model of an attribution metric in words.

    >>> model_words(Metric("decayed", "attribution", model="time_decay", half_life="1 day"))
    'time decay, half-life 1 day'
    """
    found = MODEL_WORDS.get(metric.model, "")
    return f"{found}, half-life {metric.half_life or HALF_LIFE}" if metric.model == "time_decay" else found


def half_life(metric: Metric) -> int:
    """The seconds after which a touch counts half; QueryError E_BAD_WINDOW where that is no one length.

    >>> half_life(Metric("decayed", "attribution", model="time_decay"))
    604800
    """
    text = metric.half_life or HALF_LIFE
    count, grain = parse_window(text)
    if grain not in SECONDS:
        raise QueryError(
            "E_BAD_WINDOW",
            f'a half-life of "{text}" is not always as long',
            hint='write it in weeks, days or hours, like "7 days"',
        )
    return count * SECONDS[grain]


def with_credits(
    datasets: Mapping[str, Dataset], relationships: Mapping[str, Relationship], metrics: Mapping[str, Metric]
) -> Defined:
    """The definitions, each attribution metric resting on a dataset of its credit."""
    found: Defined = dict(datasets), dict(relationships), dict(metrics)
    for metric in metrics.values():
        if metric.type in ATTRIBUTING:
            credited(metric, found)
    return found


def without_credits(model: Model) -> Model:
    """The model as it was written: without the rows that were made for credit."""
    relationships = {name: one for name, one in model.relationships.items() if not credit_of(one.from_)}
    metrics = {
        name: replace(one, dataset="", agg="", expr="") if one.type in ATTRIBUTING else one
        for name, one in model.metrics.items()
    }
    return replace(model, datasets=model.defined, relationships=relationships, metrics=metrics)


def sides_of(model: Model, dataset: str) -> list[Metric]:
    """The touches and the conversions between whose rows credit stands, and the metric itself; none for other rows."""
    metric = model.metrics.get(credit_of(dataset))
    return [model.metrics[metric.base_metric], model.metrics[metric.conversion_metric], metric] if metric else []


def credited(metric: Metric, found: Defined) -> None:
    """Adds the dataset of one metric's credit, which points to its touches and conversions, if these are known."""
    datasets, relationships, metrics = found
    touches, conversions = metrics.get(metric.base_metric), metrics.get(metric.conversion_metric)
    if touches is None or conversions is None:
        return
    if any(one.type != "simple" or one.dataset not in datasets for one in (touches, conversions)):
        return
    there = datasets[conversions.dataset]
    time = conversions.time or there.time
    known = there.field(time) or Field(time)
    name = f"{CREDIT_OF}{metric.name}"
    ends = {}
    for role, key, side in ((TOUCH, TOUCH_KEY, touches), (CONVERSION, CONVERSION_KEY, conversions)):
        to = datasets[side.dataset].primary_key
        columns = [f"{key} {at}" for at in range(1, len(to) + 1)]
        ends[role] = Relationship(f"{metric.name}_{role}", name, side.dataset, columns, to, role=role, spot=metric.spot)
    if not time or not all(one.to_columns for one in ends.values()):
        return
    fields = [Field(time, granularity=known.granularity, timezone=known.timezone)]
    datasets[name] = Dataset(name, time=time, fields=fields, label=f"Credit of {metric.title}", spot=metric.spot)
    relationships.update({one.name: one for one in ends.values()})
    metrics[metric.name] = replace(metric, dataset=name, agg="sum", expr=CREDIT)
