"""Our objectives as rules of Prometheus: recorded shares of bad events over each stretch, and alerts on how they burn.

The recorded names are those that dashboards for Sloth read. Every share is the sum of the bad over the sum of all, over
the whole period too, and never a mean of shares of shorter stretches. What no plain counters tell is not exported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import yaml

from truenorth.base.errors import QueryError
from truenorth.base.period import parse_window
from truenorth.define.alert import ALERTS
from truenorth.define.foreign.item import Loss
from truenorth.define.model import Metric, Model
from truenorth.define.slo import Slo, is_calendar

QUOTED = r"'((?:[^']|'')*)'"
HELD = r"(?:coalesce\((\w+), ''\)|(\w+))"
# Conditions on one label, with the operator that asks the same of it and how its value is written there.
TESTS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(text, re.IGNORECASE), op, how)
    for text, op, how in (
        (rf"{HELD} = {QUOTED}", "=", "plain"),
        (rf"{HELD} (?:<>|!=) {QUOTED}", "!=", "plain"),
        (rf"{HELD} in \((.+)\)", "=~", "listed"),
        (rf"{HELD} not in \((.+)\)", "!~", "listed"),
        (rf"{HELD} like {QUOTED}", "=~", "like"),
        (rf"{HELD} not like {QUOTED}", "!~", "like"),
        (rf"regexp_matches\({HELD}, {QUOTED}\)", "=~", "pattern"),
        (rf"not regexp_matches\({HELD}, {QUOTED}\)", "!~", "pattern"),
        (r"try_cast\((?:coalesce\((\w+), ''\)|(\w+)) as double\) = ([\d.e+-]+)", "=", "number"),
    )
)
APART = re.compile(r"\s+and\s+(?=(?:[^']*'[^']*')*[^']*$)", re.IGNORECASE)
MONTHS = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365, "fiscal_quarter": 90, "fiscal_year": 365}
STRETCHES = sorted({length for one in ALERTS for length in (one.short, one.long)})


class Unsaid(Exception):
    """Why an objective cannot be told in rules; `code` names the loss."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules as text, and the objectives that are not among them."""

    text: str
    losses: tuple[Loss, ...]


def exported(model: Model) -> Rules:
    """All objectives that plain counters tell, each as a group of rules."""
    groups, losses = [], []
    for slo in model.slos.values():
        try:
            groups.append({"name": f"truenorth-{slo.name}", "rules": list(rules_of(model, slo))})
        except Unsaid as error:
            losses.append(Loss(error.code, slo.name, error.why, slo.spot.at("name")))
    text = yaml.safe_dump({"groups": groups}, sort_keys=False, allow_unicode=True, width=1000)
    return Rules(text, tuple(losses))


def rules_of(model: Model, slo: Slo) -> Iterator[dict[str, Any]]:
    """The recorded shares of an objective, what it says of itself, and its alerts."""
    period = period_of(slo)
    # The labels by which dashboards for Sloth tell objectives apart.
    named = {"sloth_id": slo.name, "sloth_service": model.workspace.name, "sloth_slo": slo.name}
    for length in (*STRETCHES, period):
        labels = {**named, "sloth_window": promised(length)}
        yield {"record": share_over(length), "expr": share(model, slo, length), "labels": labels}
    told = f'sloth_id="{slo.name}"'
    whole, budget = f"{share_over(period)}{{{told}}}", str(slo.budget)
    facts = {
        "slo:objective:ratio": f"vector({1 - slo.budget})",
        "slo:error_budget:ratio": f"vector({budget})",
        "slo:time_period:days": f"vector({period / timedelta(days=1):g})",
        "slo:current_burn_rate:ratio": f"{share_over(STRETCHES[0])}{{{told}}} / {budget}",
        "slo:period_burn_rate:ratio": f"{whole} / {budget}",
        "slo:period_error_budget_remaining:ratio": f"1 - {whole} / {budget}",
    }
    yield from ({"record": name, "expr": text, "labels": {**named}} for name, text in facts.items())
    for severity in dict.fromkeys(one.severity for one in ALERTS):
        rows = [one for one in ALERTS if one.severity == severity]
        burning = [
            " and ".join(
                f"max without (sloth_window) ({share_over(length)}{{{told}}} > {one.factor(period):.4g} * {budget})"
                for length in (one.long, one.short)
            )
            for one in rows
        ]
        yield {
            "alert": f"{slo.name}_burns",
            "expr": "\nor\n".join(f"({one})" for one in burning),
            "labels": {"severity": severity, **named},
            "annotations": {"summary": f"{slo.title}: the budget burns too fast"},
        }


def share(model: Model, slo: Slo, length: timedelta) -> str:
    """The share of bad events over a stretch: of sums."""
    if slo.slice:
        raise Unsaid("SLICES_DROPPED", "slices of time are no counters: Prometheus has no rule for them")
    by = f" by ({', '.join(slo.dimensions)})" if slo.dimensions else ""
    of = {name: f"sum{by} (rate({selector(model, name)}[{promised(length)}]))" for name in (slo.counted, slo.events)}
    counted, events = of[slo.counted], of[slo.events]
    if slo.counts_good:
        return f"({events} - {counted}) / {events}"
    none = f" or 0 * {events}"
    return f"({counted}{none}) / {events}"


def selector(model: Model, name: str) -> str:
    """The series that a metric counts, as a selector; Unsaid where it counts anything else."""
    metric = model.metrics[name]
    dataset = model.datasets.get(metric.dataset)
    plain = metric.type == "increase" or (metric.type == "simple" and metric.agg == "sum")
    if not plain or metric.expr != "increase" or dataset is None or not dataset.series:
        raise Unsaid("METRIC_DROPPED", f'"{name}" is no plain counter of collected series')
    labels = ", ".join(matchers(metric))
    return f"{dataset.series}{{{labels}}}" if labels else dataset.series


def matchers(metric: Metric) -> Iterator[str]:
    """The conditions of a metric as matchers of labels."""
    for one in APART.split(metric.filter.strip()) if metric.filter.strip() else ():
        yield matcher(one.strip().removeprefix("(").removesuffix(")") if one.count("(") == 0 else one.strip(), metric)


def matcher(condition: str, metric: Metric) -> str:
    """One condition as a matcher.

    >>> matcher("code like '5%'", Metric("failed", "increase"))
    'code=~"5.*"'
    >>> matcher("coalesce(job, '') not in ('a', 'b.c')", Metric("failed", "increase"))
    'job!~"a|b\\\\\\\\.c"'
    """
    for test, op, how in TESTS:
        if found := test.fullmatch(condition):
            label, value = found[1] or found[2], found[3]
            text = WRITTEN[how](value).replace("\\", "\\\\").replace('"', '\\"')
            return f'{label}{op}"{text}"'
    raise Unsaid("FILTER_DROPPED", f'"{metric.name}" has a condition that no matcher of labels asks: {condition}')


def plain(value: str) -> str:
    """A text of SQL as itself."""
    return value.replace("''", "'")


def listed(value: str) -> str:
    """Several texts as alternatives of a pattern."""
    return "|".join(re.escape(plain(one)) for one in re.findall(QUOTED, value))


def like(value: str) -> str:
    """A pattern of SQL as one of Prometheus, which must fit the whole."""
    return re.escape(plain(value)).replace("%", ".*").replace("_", ".")


def pattern(value: str) -> str:
    """A pattern without the marks that make it fit the whole."""
    text = plain(value)
    inside = re.fullmatch(r"\^\(\?:(.*)\)\$", text)
    return inside[1] if inside else f".*(?:{text}).*"


WRITTEN: dict[str, Callable[[str], str]] = {
    "plain": plain,
    "listed": listed,
    "like": like,
    "pattern": pattern,
    "number": lambda value: f"{float(value):g}",
}


def period_of(slo: Slo) -> timedelta:
    """How long the first window of an objective is; a month is told as thirty days, for rules know no calendar."""
    window = slo.windows[0]
    if is_calendar(window):
        return timedelta(days=MONTHS[window])
    try:
        count, grain = parse_window(window)
    except QueryError as error:
        raise Unsaid("WINDOW_DROPPED", error.message) from None
    known = {"hour": 1 / 24, **MONTHS}
    if grain not in known:
        raise Unsaid("WINDOW_DROPPED", f"a window of {window} is too short for rules")
    return timedelta(days=count * known[grain])


def share_over(length: timedelta) -> str:
    """The name under which the share of bad events over a stretch is recorded."""
    return f"slo:sli_error:ratio_rate{promised(length)}"


def promised(length: timedelta) -> str:
    """A length as Prometheus writes it.

    >>> promised(timedelta(hours=6)), promised(timedelta(days=30)), promised(timedelta(minutes=5))
    ('6h', '30d', '5m')
    """
    seconds = int(length.total_seconds())
    size, unit = next((size, unit) for size, unit in ((86400, "d"), (3600, "h"), (60, "m")) if seconds % size == 0)
    return f"{seconds // size}{unit}"
