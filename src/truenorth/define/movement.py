"""Balances and their movements: the parts of a balance take what they rest on from the metric that defines it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from truenorth.define.key import Key
from truenorth.define.model import LEVELS as LEVELS
from truenorth.define.model import Metric

# What only the balance says.
OWN = ("dataset", "expr", "entity", "time", "end", "at_zero", "convert", "fixed_on", "policies", "compat")
# What a part says otherwise if it wishes.
COMMON = ("unit", "currency", "domain", "owner", "dimensions", "time_granularity")
# The tools whose choices are known.
PRESETS = ("stripe", "chartmogul", "baremetrics", "paddle")
MOVING = ("movement",)
# The tools that count people, and the types of metrics in which they differ: `define/policy/people.yml` says how.
PEOPLE = ("posthog", "mixpanel", "amplitude", "ga4", "umami", "plausible")
COUNTED = ("funnel", "retention", "sessions", "cumulative")
MOVEMENT = (
    Key("balance", "name", "The movement metric of which this is a part.", types=MOVING, example="mrr"),
    Key(
        "end",
        "text",
        "The field that says from which day a row counts no more; NULL while it lasts.",
        types=MOVING,
        example="ended_on",
    ),
    Key(
        "measure",
        "choice",
        "The amount itself, or how many entities have one.",
        types=MOVING,
        choices=("amount", "entities"),
        default="amount",
    ),
    Key(
        "at_zero",
        "choice",
        "Whether an entity with rows that are worth nothing together is gone or still there.",
        types=MOVING,
        choices=("gone", "present"),
        default="gone",
    ),
    Key(
        "policies",
        "texts",
        "What a balance of subscriptions chooses where tools disagree, by the name of the policy.",
        types=MOVING,
        default="each policy's own",
        example="{discounts: list_price, past_due: after_45_days}",
    ),
    Key(
        "compat",
        "choice",
        "The tool whose choices hold where nothing else is said.",
        types=(*MOVING, *COUNTED),
        choices=(*PRESETS, *PEOPLE),
        example="stripe",
    ),
    Key(
        "reported",
        "texts",
        "What another tool reports of it, by period: `truenorth gap` tells where the difference comes from.",
        example="{2026-01: 12500.00}",
    ),
    Key(
        "reported_by",
        "choice",
        "The tool that reports it, whose choices explain the difference; else they are looked for.",
        choices=(*PRESETS, *PEOPLE),
        example="stripe",
    ),
)


def with_balances(metrics: Mapping[str, Metric]) -> dict[str, Metric]:
    """The metrics, each part of a balance resting on the rows of its balance."""
    return {name: inherited(one, metrics.get(one.balance)) for name, one in metrics.items()}


def inherited(part: Metric, balance: Metric | None) -> Metric:
    """A part with all that its balance says; anything else as it is.

    >>> mrr = Metric("mrr", "movement", dataset="periods", expr="monthly", entity="customer", end="ended_on")
    >>> inherited(Metric("new_mrr", "movement", balance="mrr", part="new"), mrr).expr
    'monthly'
    """
    if balance is None or part.type != "movement" or balance.type != "movement" or balance.balance:
        return part
    keys: dict[str, Any] = {key: getattr(balance, key) for key in OWN}
    for key in COMMON:
        counts = part.measure == "entities" != balance.measure and key in ("unit", "currency")
        if not counts and key not in part.spot.keys and not getattr(part, key):
            keys[key] = getattr(balance, key)
    filters = [text for text in (balance.filter, part.filter) if text]
    keys["filter"] = filters[0] if len(filters) == 1 else " and ".join(f"({text})" for text in filters)
    return replace(part, **keys)
