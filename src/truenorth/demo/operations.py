"""Whether it works: incidents, deployments, checks from outside, and what people wrote to support."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from truenorth.demo import story
from truenorth.demo.calendar import Days, between, second_of
from truenorth.demo.columns import dates, moments, numbers, texts, words
from truenorth.demo.draw import SHOP_HOURS, WORK_HOURS, chance, pick, second_of_day, stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

SERVICES = ("web", "api", "checkout", "search")
SEVERITIES = ("sev1", "sev2", "sev3")
CHECK_EVERY = 600
CATEGORIES = ("how to", "billing", "bug", "access", "performance")
URGENCIES = ("low", "normal", "urgent")


def incident_columns() -> dict[str, Any]:
    """The table `incidents`: as the story tells them."""
    import numpy as np

    told = story.INCIDENTS
    return {
        "incident_id": numbers(np.arange(1, len(told) + 1, dtype="int32")),
        "started_at": moments(np.array([second_of(incident.started) for incident in told])),
        "resolved_at": moments(np.array([second_of(incident.resolved) for incident in told])),
        "service": texts([incident.service for incident in told]),
        "severity": texts([incident.severity for incident in told]),
        "title": texts([incident.title for incident in told]),
    }


def annotation_columns(days: Days) -> dict[str, Any]:
    """The table `annotations`: dated remarks for the charts."""
    import numpy as np

    told = story.ANNOTATIONS
    return {
        "annotation_id": numbers(np.arange(1, len(told) + 1, dtype="int32")),
        "happened_on": dates(np.array([days.index(remark.happened_on) for remark in told]) + days.number[0]),
        "label": texts([remark.label for remark in told]),
        "kind": texts([remark.kind for remark in told]),
        "metric": texts([remark.metric for remark in told]),
    }


def deployment_columns(days: Days) -> dict[str, Any]:
    """The table `deployments`: about eleven a week, some of which had to be taken back."""
    import numpy as np

    random = stream("deployments")
    rate = np.where(days.weekday < 5, 2.3, 0.12) * np.where(days.visits < days.visits.mean() * 0.6, 0.4, 1.0)
    day = np.repeat(np.arange(len(days)), random.poisson(rate))
    deployed = np.sort(days.moment(day, second_of_day(random, WORK_HOURS, len(day))))
    service = pick(random, (0.34, 0.38, 0.14, 0.139), len(day)).clip(0)
    failed = chance(random, 0.055, len(day))
    weak = int(np.searchsorted(deployed, second_of(story.WEAK_RELEASE.started) - 600))
    deployed[weak] = second_of(story.WEAK_RELEASE.started) - 600
    service[weak], failed[weak] = SERVICES.index(story.WEAK_RELEASE.service), True
    serial = np.array([int((service[: n + 1] == code).sum()) for n, code in enumerate(service)])
    return {
        "deployment_id": numbers(np.arange(1, len(day) + 1, dtype="int32")),
        "deployed_at": moments(deployed),
        "service": words(service, SERVICES),
        "version": texts([f"{4 + n // 400}.{n % 400}" for n in serial]),
        "failed": numbers(failed),
    }


def check_columns(days: Days) -> dict[str, Any]:
    """The table `checks`: every ten minutes each service is asked whether it is up."""
    import numpy as np

    random = stream("checks")
    first = int(days.start[0])
    times = np.arange(first, days.end, CHECK_EVERY)
    checked, service = np.repeat(times, len(SERVICES)), np.tile(np.arange(len(SERVICES)), len(times))
    failing, slow = np.full(len(checked), 0.0005), np.ones(len(checked))
    for incident in story.INCIDENTS:
        inside = (checked >= second_of(incident.started)) & (checked < second_of(incident.resolved))
        inside &= service == SERVICES.index(incident.service)
        failing[inside], slow[inside] = incident.failing, incident.slowness
    up = ~chance(random, failing, len(checked))
    milliseconds = np.array([120, 85, 150, 70])[service] * slow * np.exp(random.normal(0, 0.3, len(checked)))
    return {
        "checked_at": moments(checked),
        "service": words(service, SERVICES),
        "up": numbers(up),
        "response_milliseconds": numbers(np.round(milliseconds).astype("int32"), up),
    }


def ticket_columns(days: Days, scale: float, customers: int) -> dict[str, Any]:
    """The table `tickets`: more on working days, many in an outage; some from people who are no customers."""
    import numpy as np

    random = stream("tickets")
    trouble = np.ones(len(days))
    trouble[between(days, story.WEAK_RELEASE.started.date(), story.WEAK_RELEASE.resolved.date())] = 2.1
    trouble[days.index(story.OUTAGE.started.date())] = 6.0
    trouble[days.index(story.PRICE_CHANGE_DAY) : days.index(story.PRICE_CHANGE_DAY) + 10] = 1.7
    day = np.repeat(np.arange(len(days)), random.poisson(8.5 * scale * days.work * trouble * days.visits**0.5))
    opened = np.sort(days.moment(day, second_of_day(random, SHOP_HOURS, len(day))))
    waiting = 48 * trouble[day] ** 0.7 * np.exp(random.normal(0, 0.9, len(day)))
    answered = (opened + waiting * 60 < days.end) & ~chance(random, 0.015, len(day))
    closed = opened + ((waiting / 60 + np.exp(random.normal(2.2, 1.1, len(day)))) * 3600).astype("int64")
    who = 1 + (random.random(len(day)) * customers).astype("int32")
    return {
        "ticket_id": numbers(np.arange(1, len(day) + 1, dtype="int32")),
        "customer_id": numbers(who, ~chance(random, 0.08, len(day))),
        "opened_at": moments(opened),
        "first_response_minutes": numbers(np.round(waiting, 1), answered),
        "resolved_at": moments(closed, (closed < days.end) & answered),
        "category": words(_categories(random.random(len(day)), trouble[day]), CATEGORIES),
        "severity": words(pick(random, (0.3, 0.58, 0.12), len(day)).clip(0), URGENCIES),
    }


def _categories(share: NDArray[Any], trouble: NDArray[Any]) -> NDArray[Any]:
    """In trouble, more tickets are about faults and slowness."""
    import numpy as np

    calm = np.searchsorted((0.36, 0.60, 0.80, 0.93), share)
    stormy = np.searchsorted((0.10, 0.38, 0.72, 0.78), share)
    return np.where(trouble > 1, stormy, calm)
