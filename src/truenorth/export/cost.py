"""What an incident cost, as sentences and as JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from truenorth.analyze.impact import Estimate
from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.quantity import format_value
from truenorth.query.cost import Cost

FORMS = ("text", "json")
VERDICTS = {
    "lost": "that is a loss which chance does not explain",
    "gained": "that is more than chance explains",
    "noise": "that is not distinguishable from noise",
    "unknown": "there is too little history to say: three weeks before it are needed, and something that is expected",
}
PARTS = {"lost": "lost", "recaptured": "recaptured in the day after", "net": "net"}


def written(found: Cost, form: str, locale: str) -> str:
    """The cost in a format; QueryError E_UNKNOWN_FORMAT for another one."""
    if form not in FORMS:
        hint = did_you_mean(form, FORMS) or f"write --format {' or '.join(FORMS)}"
        raise QueryError("E_UNKNOWN_FORMAT", f'a cost cannot be written as "{form}"', hint=hint)
    return text(found, locale) if form == "text" else json.dumps(as_dict(found), indent=2)


def text(found: Cost, locale: str) -> str:
    """The cost as lines."""
    span = f"{found.start:%Y-%m-%d %H:%M} to {found.end:%Y-%m-%d %H:%M} ({found.timezone})"
    lines = [f"{found.metric.title}, {span}"]
    size = (found.end - found.start) // (
        (found.slots[1] - found.slots[0]) if len(found.slots) > 1 else found.end - found.start
    )
    known = [one for one in found.impact.counted[:size] if one is not None]
    if found.impact.lost is not None:
        would = amount(found, found.impact.lost.told + sum(known), locale)
        lines.append(f"  counted {amount(found, sum(known), locale)}, where {would} would have been usual")
    for name, words in PARTS.items():
        one: Estimate | None = getattr(found.impact, name)
        if one is not None:
            low, high = (amount(found, edge, locale) for edge in one.surely)
            noise = ", not distinguishable from noise" if one.is_noise and name != "lost" else ""
            lines.append(f"  {words}: {amount(found, one.told, locale)} (in 90 of 100 cases {low} to {high}){noise}")
    return "\n".join([*lines, f"  {VERDICTS[found.impact.verdict]}"])


def amount(found: Cost, value: float, locale: str) -> str:
    """A number of the metric: money with its cents, counts whole."""
    unit = found.metric.unit
    told: float | Decimal = round(Decimal(repr(value)), 2) if unit == "currency" else round(value)
    return format_value(told, unit, found.currency, locale)


def as_dict(found: Cost) -> dict[str, Any]:
    """The cost as plain values."""
    parts = {}
    for name in PARTS:
        one: Estimate | None = getattr(found.impact, name)
        parts[name] = one and {"told": one.told, "80": list(one.likely), "90": list(one.surely), "windows": one.windows}
    return {
        "metric": found.metric.name,
        "unit": found.metric.unit,
        "currency": found.currency,
        "timezone": found.timezone,
        "start": found.start.isoformat(),
        "end": found.end.isoformat(),
        "verdict": found.impact.verdict,
        **parts,
        "slots": [one.isoformat() for one in found.slots],
        "expected": list(found.impact.expected),
        "counted": list(found.impact.counted),
    }
