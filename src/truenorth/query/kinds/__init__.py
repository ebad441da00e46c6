"""One file per kind of metric: how its value is put together, and whether parts add up."""

from __future__ import annotations

from collections.abc import Callable

from truenorth.define.model import Metric
from truenorth.query.kinds import cumulative, derived, ratio, simple, snapshot
from truenorth.query.shape import Lens, Planner

VALUES: dict[str, Callable[[Planner, Metric, Lens], str]] = {
    "simple": simple.value,
    "snapshot": snapshot.value,
    "ratio": ratio.value,
    "derived": derived.value,
    "cumulative": cumulative.value,
}
ADDITIVITY: dict[str, Callable[[Metric], str]] = {
    "simple": simple.additivity,
    "snapshot": snapshot.additivity,
    "ratio": ratio.additivity,
    "derived": derived.additivity,
    "cumulative": cumulative.additivity,
}
