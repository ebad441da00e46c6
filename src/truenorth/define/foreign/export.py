"""Our definitions as a document of Apache Ossie 0.1.1: what it can say in its words, all of it in ours beside them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from truenorth.base.errors import TrueNorthError
from truenorth.define.attribution import without_credits
from truenorth.define.expression import qualified, substituted
from truenorth.define.foreign.item import Loss
from truenorth.define.foreign.native import keys_of
from truenorth.define.model import Dataset, Metric, Model, Relationship

VERSION = "0.1.1"
DIALECT = "ANSI_SQL"
# The vendors of 0.1.1 are a closed list; what belongs to none of them goes under COMMON.
VENDOR = "COMMON"
OURS = "truenorth"
FUNCTIONS = {"sum": "SUM", "avg": "AVG", "min": "MIN", "max": "MAX", "median": "MEDIAN"}
LOST = {
    "cumulative": ("CUMULATIVE_SEMANTICS_LOSS", "its window is not part of the expression"),
    "snapshot": ("SEMI_ADDITIVE_SEMANTICS_LOSS", "over time it would be summed"),
}

DROPPED = {
    "conversion": "CONVERSION_METRIC_DROPPED",
    "movement": "MOVEMENT_METRIC_DROPPED",
    "attribution": "ATTRIBUTION_METRIC_DROPPED",
    "funnel": "FUNNEL_METRIC_DROPPED",
    "retention": "RETENTION_METRIC_DROPPED",
    "sessions": "SESSIONS_METRIC_DROPPED",
    "paths": "PATHS_METRIC_DROPPED",
    "lifecycle": "LIFECYCLE_METRIC_DROPPED",
    "stickiness": "STICKINESS_METRIC_DROPPED",
    "churn": "CHURN_METRIC_DROPPED",
}


class Unsaid(Exception):
    """Ossie has no words for a metric; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Document:
    """The document as text, and what Ossie's own words leave out."""

    text: str
    losses: tuple[Loss, ...]


def exported(model: Model) -> Document:
    """A model as an Ossie document. Reading it back gives the same definitions."""
    model = without_credits(model)
    losses: list[Loss] = []
    metrics: list[dict[str, Any]] = []
    unsaid: list[dict[str, Any]] = []
    for metric in model.metrics.values():
        said = metric_of(model, metric, losses)
        if said is None:
            unsaid.append(keys_of(metric, "metric"))
        else:
            metrics.append(said)
    own = keys_of(model.workspace, "workspace")
    beside = {"workspace": own, **({"metrics": unsaid} if unsaid else {})}
    semantic: dict[str, Any] = {
        "name": re.sub(r"\W+", "_", model.workspace.name).strip("_").lower() or "metrics",
        "datasets": [dataset_of(one, losses) for one in model.datasets.values()],
        "relationships": [relationship_of(one) for one in model.relationships.values()],
        "metrics": metrics,
        "custom_extensions": [extension(beside)],
    }
    shape = {"version": VERSION, "semantic_model": [{key: value for key, value in semantic.items() if value}]}
    return Document(json.dumps(shape, indent=2, ensure_ascii=False) + "\n", tuple(losses))


def extension(ours: dict[str, Any], expression: str = "") -> dict[str, str]:
    """Our own words as Ossie carries them; `expression` tells later whether its own were changed since."""
    data: dict[str, Any] = {OURS: ours}
    if expression:
        data["expression"] = expression
    return {"vendor_name": VENDOR, "data": json.dumps(data, ensure_ascii=False)}


def spoken(text: str) -> dict[str, Any]:
    """An expression in the one dialect that all can read."""
    return {"dialects": [{"dialect": DIALECT, "expression": text}]}


def dataset_of(dataset: Dataset, losses: list[Loss]) -> dict[str, Any]:
    """A dataset with its fields."""
    if dataset.file:
        why = "Ossie knows tables and queries, not files"
        losses.append(Loss("FILE_SOURCE", dataset.name, why, dataset.spot.at("file")))
    made: dict[str, Any] = {"name": dataset.name, "source": dataset.source or dataset.query or dataset.file}
    if dataset.primary_key:
        made["primary_key"] = dataset.primary_key
    if dataset.unique_keys:
        made["unique_keys"] = dataset.unique_keys
    if dataset.description:
        made["description"] = dataset.description
    fields = [field_of(dataset, one.name, one.expr, one.description, bool(one.unit)) for one in dataset.fields]
    known = {one.name for one in dataset.fields}
    if dataset.time and dataset.time not in known:
        fields.append(field_of(dataset, dataset.time, "", "", False))
    if fields:
        made["fields"] = fields
    made["custom_extensions"] = [extension(keys_of(dataset, "dataset"))]
    return made


def field_of(dataset: Dataset, name: str, expr: str, description: str, amount: bool) -> dict[str, Any]:
    """A field; amounts are measured, everything else can be grouped by."""
    made: dict[str, Any] = {"name": name, "expression": spoken(ansi(expr or quoted(name)))}
    if not amount:
        made["dimension"] = {"is_time": name == dataset.time}
    if description:
        made["description"] = description
    return made


def quoted(name: str) -> str:
    """A column as SQL."""
    return name if name.isidentifier() else '"' + name.replace('"', '""') + '"'


def ansi(text: str) -> str:
    """A row's expression in standard SQL; as it is where the parser cannot tell."""
    try:
        return substituted(text, {})
    except TrueNorthError:
        return text


def relationship_of(one: Relationship) -> dict[str, Any]:
    """A relationship: its words are Ossie's."""
    made = {"name": one.name, "from": one.from_, "to": one.to}
    columns = {"from_columns": one.from_columns, "to_columns": one.to_columns}
    return {**made, **columns, "custom_extensions": [extension(keys_of(one, "relationship"))]}


def metric_of(model: Model, metric: Metric, losses: list[Loss]) -> dict[str, Any] | None:
    """A metric as an expression; None (and noted) where Ossie has no words for it."""
    try:
        expression = expression_of(model, metric)
    except Unsaid as error:
        code = DROPPED.get(metric.type, "METRIC_DROPPED")
        losses.append(Loss(code, metric.name, str(error), metric.spot.at("name")))
        return None
    if metric.type in LOST:
        code, why = LOST[metric.type]
        losses.append(Loss(code, metric.name, why, metric.spot.at("name")))
    if isinstance(metric.fill_nulls_with, float):
        losses.append(Loss("FILL_LOSS", metric.name, "periods without rows stay empty", metric.spot.at("name")))
    made: dict[str, Any] = {"name": metric.name, "expression": spoken(expression)}
    if metric.description:
        made["description"] = metric.description
    if metric.label:
        made["ai_context"] = {"synonyms": [metric.label]}
    made["custom_extensions"] = [extension(keys_of(metric, "metric"), expression)]
    return made


def expression_of(model: Model, metric: Metric, filters: tuple[str, ...] = ()) -> str:
    """A metric as one SQL expression over datasets, the filters of those that use it pushed in."""
    filters = (*filters, *([metric.filter] if metric.filter else []))
    if metric.type in ("simple", "snapshot"):
        return aggregated(model, metric, filters)
    if metric.type == "ratio":
        above, below = (expression_of(model, model.metrics[n], filters) for n in (metric.numerator, metric.denominator))
        return formula("above / NULLIF(below, 0)", {"above": above, "below": below})
    if metric.type == "cumulative":
        return expression_of(model, model.metrics[metric.input_metric], filters)
    if metric.type != "derived":
        raise Unsaid(f"Ossie has no {metric.type} metrics")
    names = {}
    for given in metric.input_metrics:
        if given.offset_window or getattr(given, "offset_to_grain", ""):
            raise Unsaid("Ossie cannot look at an earlier time")
        inner = (*filters, *([given.filter] if given.filter else []))
        names[given.alias or given.name] = expression_of(model, model.metrics[given.name], inner)
    return formula(metric.expr, names)


def aggregated(model: Model, metric: Metric, filters: tuple[str, ...]) -> str:
    """One aggregation with its conditions inside."""
    home = metric.dataset
    key = model.datasets[home].primary_key if home in model.datasets else []
    # COUNT(*) would not say of what; a key that is never NULL counts the same.
    row = qualified(quoted(key[0]), home) if key and metric.agg == "count" else ""
    try:
        of = qualified(metric.expr, home) if metric.expr else row
        conditions = [qualified(one, home) for one in dict.fromkeys(filters)]
    except TrueNorthError as error:
        raise Unsaid(error.message) from None
    held = " AND ".join(f"({one})" if len(conditions) > 1 else one for one in conditions)
    inner = of
    if held:
        inner = f"CASE WHEN {held} THEN {of or '1'} END"
    if metric.agg == "count":
        return f"COUNT({inner or '*'})"
    if metric.agg == "count_distinct":
        return f"COUNT(DISTINCT {inner})"
    if metric.agg == "percentile":
        word = "PERCENTILE_DISC" if getattr(metric, "percentile_type", "") == "discrete" else "PERCENTILE_CONT"
        return f"{word}({metric.percentile:g}) WITHIN GROUP (ORDER BY {inner})"
    if metric.agg not in FUNCTIONS:
        raise Unsaid(f"Ossie has no aggregation {metric.agg}")
    return f"{FUNCTIONS[metric.agg]}({inner})"


def formula(text: str, names: dict[str, str]) -> str:
    """A formula with the expressions of its inputs in it."""
    try:
        return substituted(text, names)
    except TrueNorthError as error:
        raise Unsaid(error.message) from None
