"""What tools that count people do by default, where they differ: keys of a metric that `compat` sets and that the gap
ledger exchanges one by one. The choices are data, in `define/policy/people.yml`.

A habit is the value that a tool gives to a key of a funnel, a retention, sessions, or of how many are active.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from msgspec import Struct, convert
from msgspec.structs import replace

from truenorth.base.errors import DefinitionError, did_you_mean
from truenorth.define.graph import computed_from
from truenorth.define.model import Metric, Model

FILE = "people.yml"
UNSAID = Metric("", "simple")


class Habit(Struct, frozen=True, forbid_unknown_fields=True):
    """A key on which tools differ: the question it answers, what is meant where nothing is said, and who says what."""

    question: str
    vendors: dict[str, str]
    default: str = ""


@lru_cache(maxsize=1)
def _read() -> dict[str, dict[str, Habit]]:
    import yaml

    text = (files("truenorth.define") / "policy" / FILE).read_text(encoding="utf-8")
    return convert(yaml.load(text, Loader=yaml.CSafeLoader), dict[str, dict[str, Habit]])


def habits(kind: str) -> Mapping[str, Habit]:
    """The keys of a type of metric on which tools differ.

    >>> habits("funnel")["reentry"].vendors["mixpanel"], habits("simple")
    ('first', {})
    """
    return _read().get(kind, {})


def tools(kind: str) -> tuple[str, ...]:
    """The tools of which something is known for a type of metric.

    >>> tools("cumulative")
    ('posthog', 'mixpanel', 'ga4')
    """
    return tuple(dict.fromkeys(tool for one in habits(kind).values() for tool in one.vendors))


def ours(metric: Metric) -> dict[str, str]:
    """What a metric itself does, by key.

    >>> ours(Metric("paid", "funnel", window="7 days"))
    {'window': '7 days', 'reentry': 'best', 'exclude': 'fail'}
    """
    return {key: getattr(metric, key) or one.default for key, one in habits(metric.type).items()}


def theirs(metric: Metric, tool: str) -> dict[str, str]:
    """What a tool does otherwise or alike, by key, as far as it is known."""
    return {key: one.vendors[tool] for key, one in habits(metric.type).items() if tool in one.vendors}


def with_habits(metrics: Mapping[str, Metric]) -> dict[str, Metric]:
    """The metrics, each with what its `compat` chooses for the keys that it does not say.

    >>> with_habits({"paid": Metric("paid", "funnel", compat="mixpanel", window="1 day")})["paid"].reentry
    'first'
    """
    return {name: used(one) for name, one in metrics.items()}


def used(metric: Metric) -> Metric:
    """A metric with the habits of its tool."""
    if not metric.compat or metric.of or metric.grain_to_date:
        return metric
    keys: dict[str, Any] = {
        key: value
        for key, value in theirs(metric, metric.compat).items()
        if key not in metric.spot.keys and getattr(metric, key) == getattr(UNSAID, key)
    }
    return replace(metric, **keys) if keys else metric


def followed(model: Model, name: str) -> Metric | None:
    """The first metric with habits that a metric rests on: a journey, or how many are active in a window."""
    for one in computed_from(model, name):
        found = model.metrics.get(one.of, one) if one.of else one
        if not habits(found.type):
            continue
        given = model.metrics.get(found.input_metric)
        if found.type != "cumulative" or (found.window and given is not None and given.agg == "count_distinct"):
            return found
    return None


def with_choices(model: Model, metric: Metric, choices: Mapping[str, str]) -> Model:
    """The model as it were if a metric chose otherwise; its numbers follow it."""
    keys: dict[str, Any] = dict(choices)
    family = (one for one in model.metrics.values() if metric.name in (one.name, one.of))
    return replace(model, metrics={**model.metrics, **{one.name: replace(one, **keys) for one in family}})


def unknown(metric: Metric, name: str, word: str) -> DefinitionError | None:
    """What is wrong with a choice that somebody writes; None where nothing is. A length of time may be any."""
    known = habits(metric.type)
    if name not in known:
        hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
        return DefinitionError("E_UNKNOWN_POLICY", f'no choice of a {metric.type} metric is called "{name}"', hint=hint)
    given = list(dict.fromkeys([*known[name].vendors.values(), ours(metric)[name]]))
    if word not in given and not any(character.isdigit() for character in word):
        hint = did_you_mean(word, given) or f"such as {', '.join(given)}"
        return DefinitionError("E_UNKNOWN_POLICY", f'"{name}" cannot be "{word}"', hint=hint)
    return None
