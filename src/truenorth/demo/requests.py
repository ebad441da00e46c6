"""How fast and how well it answers: requests by hour with errors and latency buckets, and a sample of single ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truenorth.demo import story
from truenorth.demo.calendar import Days, second_of
from truenorth.demo.columns import moments, numbers, words
from truenorth.demo.draw import SHOP_HOURS, chance, pick, second_of_day, stream
from truenorth.demo.operations import SERVICES

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Route:
    """An address of the product: its share of requests and its usual milliseconds."""

    path: str
    service: str
    share: float
    milliseconds: float
    errors: float


ROUTES = (
    Route("/", "web", 0.16, 95, 0.0012),
    Route("/pricing", "web", 0.06, 88, 0.0010),
    Route("/api/projects", "api", 0.28, 128, 0.0022),
    Route("/api/reports", "api", 0.16, 232, 0.0045),
    Route("/api/tasks", "api", 0.20, 104, 0.0020),
    Route("/search", "search", 0.11, 168, 0.0038),
    Route("/checkout", "checkout", 0.03, 205, 0.0060),
)
PATHS = tuple(route.path for route in ROUTES)
BOUNDS = (100, 300, 1000)
SPREAD = 0.62
REQUESTS_AN_HOUR = 620.0
SAMPLE_A_DAY = 260.0


def request_hour_columns(days: Days, scale: float) -> dict[str, Any]:
    """The table `request_hours`: every hour and route, how many requests, errors, and how long they took."""
    import numpy as np

    random = stream("requests")
    hours = np.arange(int(days.start[0]), days.end, 3600)
    day = np.searchsorted(days.start, hours, side="right") - 1
    local = (hours - days.start[day]) // 3600 % 24
    busy = np.array(SHOP_HOURS)[local] / np.mean(SHOP_HOURS) * (days.visits * (0.4 + 0.6 * days.work))[day]
    hour, route = np.repeat(hours, len(ROUTES)), np.tile(np.arange(len(ROUTES)), len(hours))
    shares = np.array([route.share for route in ROUTES])
    requests = random.poisson(REQUESTS_AN_HOUR * scale * np.repeat(busy, len(ROUTES)) * shares[route])
    slow, wrong = _trouble(hour, route, 3600)
    errors = random.binomial(requests, np.minimum(np.array([r.errors for r in ROUTES])[route] * wrong, 0.93))
    median = np.array([route.milliseconds for route in ROUTES])[route] * slow
    below = [np.round(requests * _share_below(bound, median)).astype("int64") for bound in BOUNDS]
    return {
        "hour": moments(hour),
        "service": words(np.array([SERVICES.index(route.service) for route in ROUTES])[route], SERVICES),
        "route": words(route, PATHS),
        "requests": numbers(requests.astype("int32")),
        "errors": numbers(errors.astype("int32")),
        "up_to_100_ms": numbers(below[0].astype("int32")),
        "up_to_300_ms": numbers((below[1] - below[0]).astype("int32")),
        "up_to_1000_ms": numbers((below[2] - below[1]).astype("int32")),
        "over_1000_ms": numbers((requests - below[2]).astype("int32")),
    }


def request_sample_columns(days: Days, scale: float) -> dict[str, Any]:
    """The table `request_samples`: single requests, one of many, with their milliseconds."""
    import numpy as np

    random = stream("request samples")
    day = np.repeat(np.arange(len(days)), random.poisson(SAMPLE_A_DAY * scale * days.visits))
    started = np.sort(days.moment(day, second_of_day(random, SHOP_HOURS, len(day))))
    route = pick(random, [route.share for route in ROUTES], len(day)).clip(0)
    slow, wrong = _trouble(started, route, 1)
    milliseconds = np.array([r.milliseconds for r in ROUTES])[route] * slow * np.exp(random.normal(0, SPREAD, len(day)))
    failed = chance(random, np.minimum(np.array([r.errors for r in ROUTES])[route] * wrong, 0.93), len(day))
    return {
        "sample_id": numbers(np.arange(1, len(day) + 1, dtype="int32")),
        "started_at": moments(started),
        "service": words(np.array([SERVICES.index(route.service) for route in ROUTES])[route], SERVICES),
        "route": words(route, PATHS),
        "milliseconds": numbers(np.round(milliseconds).astype("int32")),
        "failed": numbers(failed),
    }


def _trouble(moment: NDArray[Any], route: NDArray[Any], width: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """How much slower and more wrong each request is; an incident that fills part of an hour counts in part."""
    import numpy as np

    slow, wrong = np.ones(len(moment)), np.ones(len(moment))
    of_route = np.array([SERVICES.index(route.service) for route in ROUTES])[route]
    for incident in story.INCIDENTS:
        start, end = second_of(incident.started), second_of(incident.resolved)
        overlap = np.clip(np.minimum(moment + width, end) - np.maximum(moment, start), 0, width) / width
        inside = np.where(of_route == SERVICES.index(incident.service), overlap, 0.0)
        slow += inside * (incident.slowness - 1)
        wrong += inside * (incident.errors - 1)
    return slow, wrong


def _share_below(bound: int, median: NDArray[Any]) -> NDArray[Any]:
    """The share of a log-normal time below a bound (a smooth approximation of the normal distribution)."""
    import numpy as np

    z = np.log(bound / median) / SPREAD
    return np.asarray(1 / (1 + np.exp(-1.702 * z)))
