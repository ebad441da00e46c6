"""What an incident cost in a metric: the metric is asked slot by slot for the weeks before it, during it and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from truenorth.analyze.impact import WEEKS, Impact, impact
from truenorth.base.errors import QueryError
from truenorth.base.period import CLOCK
from truenorth.base.zone import instant, local
from truenorth.define.graph import metric as metric_of
from truenorth.define.model import Metric, Model
from truenorth.define.when import TIME_NAME
from truenorth.query.answer import Answer
from truenorth.query.kinds import ADDITIVITY
from truenorth.query.request import MetricQuery

Ask = Callable[[MetricQuery], Answer]
Stretch = tuple[datetime, datetime]
# Shorter incidents are looked at by the quarter of an hour.
SHORT = timedelta(hours=3)
AFTER = timedelta(days=1)
# Weeks of which each slot is compared with those before it, and weeks that are tried.
HISTORY = timedelta(weeks=WEEKS + 4)


@dataclass(frozen=True, slots=True)
class Cost:
    """What an incident cost in a metric; `start` and `end` are naive local times, `slots` where each slot begins."""

    metric: Metric
    currency: str
    timezone: str
    start: datetime
    end: datetime
    slot: str
    slots: tuple[datetime, ...]
    impact: Impact


def cost(
    model: Model, ask: Ask, name: str, incident: Stretch, others: Sequence[Stretch] = (), where: Sequence[str] = ()
) -> Cost:
    """The cost of an incident, in naive local times of the workspace; QueryError for a metric of which stretches do not
    add up, or for an incident that ends before it begins."""
    metric, zone = metric_of(model, name), model.workspace.timezone
    check(model, metric, incident)
    slot = "hour" if incident[1] - incident[0] >= SHORT else "15_minutes"
    step = timedelta(seconds=CLOCK[slot])
    start, end = floor(incident[0], step), -((-(incident[1] - datetime.min)) // step) * step + datetime.min
    first, last = start - HISTORY, end + AFTER
    span = f"{first:%Y-%m-%dT%H:%M:%S}..{last:%Y-%m-%dT%H:%M:%S}"
    answer = ask(MetricQuery((name,), grain=slot, range=span, where=tuple(where)))
    values, known = by_slot(answer, f"{TIME_NAME}__{slot}", name)
    past = (
        local(instant(answer.as_of, zone), zone).replace(tzinfo=None) if answer.as_of.tzinfo is None else answer.as_of
    )
    past = floor(past.replace(tzinfo=None), step)
    begun = min(known, default=past)
    slots = [first + number * step for number in range((min(last, past) - first) // step)]
    series = [None if at < begun or (at in values and values[at] is None) else values.get(at, 0.0) for at in slots]
    place = (start - first) // step
    told = impact(
        series,
        place,
        min((end - first) // step, len(series)),
        timedelta(days=1) // step,
        AFTER // step,
        [((floor(low, step) - first) // step, (high - first) // step + 1) for low, high in others],
    )
    currency = (metric.currency or model.workspace.currency) if metric.unit == "currency" else ""
    return Cost(metric, currency, zone, start, end, slot, tuple(slots[place:]), told)


def check(model: Model, metric: Metric, incident: Stretch) -> None:
    """That stretches of the metric add up, and that the incident has a length."""
    if ADDITIVITY[metric.type](metric, model) != "additive":
        message = f'what "{metric.name}" lost cannot be told: its values of hours do not add up'
        hint = "name a metric that is counted or summed, such as orders or revenue"
        raise QueryError("E_UNSAFE_REAGGREGATION", message, hint=hint)
    if incident[0] >= incident[1]:
        message = f"an incident from {incident[0]} to {incident[1]} has no length"
        raise QueryError("E_BAD_RANGE", message, hint="it ends after it begins")


def floor(moment: datetime, step: timedelta) -> datetime:
    """Where the slot of a moment begins."""
    return moment - (moment - datetime.min) % step


def by_slot(answer: Answer, time: str, name: str) -> tuple[dict[datetime, float | None], list[datetime]]:
    """The values by what the clock on the wall showed; an hour that was shown twice is not known. And the slots with a
    value."""
    found: dict[datetime, float | None] = {}
    known = []
    for row in answer.table.dicts():
        moment, value = row[time], row[name]
        if not isinstance(moment, datetime):
            continue
        wall = moment.replace(tzinfo=None)
        number = float(value) if isinstance(value, int | float | Decimal) else 0.0
        found[wall] = None if wall in found else number
        known += [wall] if value is not None else []
    return found, known
