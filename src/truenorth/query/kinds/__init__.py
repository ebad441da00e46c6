"""One file per kind of metric: how its value is put together, and whether parts add up."""

from __future__ import annotations

from collections.abc import Callable

from truenorth.define.model import Metric, Model
from truenorth.define.series import TYPES as SERIES
from truenorth.query.kinds import (
    attribution,
    conversion,
    cumulative,
    derived,
    funnel,
    movement,
    paths,
    presence,
    ratio,
    retention,
    series,
    sessions,
    simple,
    slices,
    snapshot,
)
from truenorth.query.shape import Lens, Planner

VALUES: dict[str, Callable[[Planner, Metric, Lens], str]] = {
    "simple": simple.value,
    "snapshot": snapshot.value,
    "ratio": ratio.value,
    "derived": derived.value,
    "cumulative": cumulative.value,
    "conversion": conversion.value,
    "movement": movement.value,
    "attribution": attribution.value,
    "funnel": funnel.value,
    "retention": retention.value,
    "sessions": sessions.value,
    "paths": paths.value,
    "slices": slices.value,
    **dict.fromkeys(("lifecycle", "stickiness", "churn"), presence.value),
    **dict.fromkeys(SERIES, series.value),
}
ADDITIVITY: dict[str, Callable[[Metric, Model], str]] = {
    "simple": simple.additivity,
    "snapshot": snapshot.additivity,
    "ratio": ratio.additivity,
    "derived": derived.additivity,
    "cumulative": cumulative.additivity,
    "conversion": conversion.additivity,
    "movement": movement.additivity,
    "attribution": attribution.additivity,
    "funnel": funnel.additivity,
    "retention": retention.additivity,
    "sessions": sessions.additivity,
    "paths": paths.additivity,
    "slices": slices.additivity,
    **dict.fromkeys(("lifecycle", "stickiness", "churn"), presence.additivity),
    **dict.fromkeys(SERIES, series.additivity),
}
