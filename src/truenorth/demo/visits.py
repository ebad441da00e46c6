"""People who come to the site: visits, how long their pages took, who signed up and who bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truenorth.demo import story
from truenorth.demo.calendar import Days, between, factor_at
from truenorth.demo.columns import moments, numbers, words
from truenorth.demo.draw import SHOP_HOURS, chance, pick, second_of_day, stream

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

CHANNELS = tuple(channel.name for channel in story.CHANNELS)
COUNTRIES = tuple(story.COUNTRIES)
DEVICES = tuple(story.DEVICES)
BUCKETS = tuple(bucket.name for bucket in story.BUCKETS)
PAGES = ("/", "/pricing", "/product", "/blog", "/templates")
PAGE_SHARES = (0.38, 0.17, 0.18, 0.17, 0.10)


@dataclass(frozen=True, slots=True)
class Visits:
    """One value per visit to the site, in the order of time."""

    started: NDArray[Any]
    day: NDArray[Any]
    channel: NDArray[Any]
    device: NDArray[Any]
    country: NDArray[Any]
    visitor: NDArray[Any]
    first: NDArray[Any]
    seconds_to_load: NDArray[Any]
    bucket: NDArray[Any]
    duration: NDArray[Any]
    bought: NDArray[Any]
    signed_up: NDArray[Any]


def site_visits(days: Days, scale: float) -> Visits:
    """All visits, with their outcome."""
    import numpy as np

    random = stream("visits")
    day, channel = _arrivals(random, days, scale)
    started = days.moment(day, second_of_day(random, SHOP_HOURS, len(day)))
    order = np.argsort(started, kind="stable")
    started, day, channel = started[order], day[order], channel[order]
    visitor, first, origin = _visitors(random, len(day))
    country = pick(random, [0.98 * share for share in story.COUNTRIES.values()], len(day))
    device = pick(random, story.DEVICES.values(), len(day))
    country, device = country[origin], device[origin]
    seconds = _load_seconds(random, days, started, day, device)
    bucket = np.searchsorted([bucket.seconds for bucket in story.BUCKETS], seconds, side="left").astype("int16")
    bought = chance(random, _readiness(days, started, day, channel, device, bucket), len(day))
    return Visits(
        started, day, channel, device, country, visitor, first, seconds, bucket,
        duration=_durations(random, bucket, bought),
        bought=bought,
        signed_up=first & chance(random, story.SIGNUP_SHARE * _signup_mood(channel), len(day)),
    )  # fmt: skip


def _arrivals(random: Generator, days: Days, scale: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """The day and the channel of every visit; the last column of the grid is the unknown channel."""
    import numpy as np

    shares = np.array([*(channel.share for channel in story.CHANNELS), story.UNKNOWN_CHANNEL_SHARE])
    expected = story.SITE_VISITS_A_DAY * scale * days.visits[:, None] * shares[None, :]
    campaign = between(days, story.CAMPAIGN_FIRST_DAY, story.CAMPAIGN_LAST_DAY)
    expected[campaign, CHANNELS.index(story.CAMPAIGN_CHANNEL)] *= story.CAMPAIGN_VISITS
    counts = random.poisson(expected)
    day, channel = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), len(shares))
    return day, np.where(channel == len(CHANNELS), -1, channel).astype("int16")


def _visitors(random: Generator, count: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """A visitor number for each visit, whether it is the first of that visitor, and the position of that first one."""
    import numpy as np

    first = random.random(count) < 0.68
    first[0] = True
    known = np.cumsum(first)
    positions = np.flatnonzero(first)
    again = (known - 1 - (known * random.random(count) ** 3).astype("int64")).clip(0)
    number = np.where(first, known - 1, again)
    return number, first, positions[number]


def _load_seconds(
    random: Generator, days: Days, started: NDArray[Any], day: NDArray[Any], device: NDArray[Any]
) -> NDArray[Any]:
    """How long the first page took: a long tail, slower on phones and in trouble, a little better every month."""
    import numpy as np

    slowness = factor_at(started, "slowness", story.INCIDENTS)
    better = 1.10 - 0.16 * day / len(days)
    phone = np.array(list(story.DEVICE_SLOWNESS.values()))[device]
    seconds = 1.29 * better * phone * slowness * np.exp(random.normal(0.0, 0.55, len(day)))
    return np.asarray(np.round(seconds, 3))


def _readiness(
    days: Days,
    started: NDArray[Any],
    day: NDArray[Any],
    channel: NDArray[Any],
    device: NDArray[Any],
    bucket: NDArray[Any],
) -> NDArray[Any]:
    """The probability that a visit ends with an order."""
    import numpy as np

    of_channel = np.array([*(channel.buying for channel in story.CHANNELS), 0.8])[channel]
    of_device = np.array(list(story.DEVICE_BUYING.values()))[device]
    of_bucket = np.array([bucket.buying for bucket in story.BUCKETS])[bucket]
    mood = np.ones(len(days))
    mood[between(days, story.BLACK_FRIDAY_FIRST_DAY, story.BLACK_FRIDAY_LAST_DAY)] = 1.28
    mood[days.index(story.PRICE_CHANGE_DAY) : days.index(story.PRICE_CHANGE_DAY) + 42] = 0.90
    social = channel == CHANNELS.index(story.CAMPAIGN_CHANNEL)
    campaign = between(days, story.CAMPAIGN_FIRST_DAY, story.CAMPAIGN_LAST_DAY)[day] & social
    trouble = factor_at(started, "buying", story.INCIDENTS)
    rate: NDArray[Any] = story.BUYING_RATE * of_channel * of_device * of_bucket * mood[day] * trouble
    return np.where(campaign, rate * story.CAMPAIGN_BUYING, rate)


def _signup_mood(channel: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    return np.asarray(np.array([1.1, 1.2, 1.0, 0.7, 1.1, 0.9, 0.8])[channel])


def _durations(random: Generator, bucket: NDArray[Any], bought: NDArray[Any]) -> NDArray[Any]:
    """Seconds on the site: many leave at once, more so when it is slow; those who buy stay longer."""
    import numpy as np

    patience = np.array([1.08, 1.0, 0.82, 0.62])[bucket]
    stay = 165 * patience * np.exp(random.normal(0.0, 0.85, len(bucket)))
    stay = np.where(random.random(len(bucket)) < 0.3, 4 + 20 * random.random(len(bucket)), stay)
    return np.minimum(np.where(bought, stay + 260, stay), 2_900).astype("int32")


def visitor_columns(visits: Visits, offset: int) -> dict[str, Any]:
    """The table `visitors`: one row per person who came, with the first visit's facts."""
    import numpy as np

    at = np.flatnonzero(visits.first)
    return {
        "visitor_id": numbers((visits.visitor[at] + offset).astype("int32")),
        "first_seen_at": moments(visits.started[at]),
        "channel": words(visits.channel[at], CHANNELS),
        "country": words(visits.country[at], COUNTRIES),
        "device": words(visits.device[at], DEVICES),
    }


def page_load_columns(visits: Visits) -> dict[str, Any]:
    """The table `page_loads`: the first page of every visit."""
    import numpy as np

    count = len(visits.started)
    page = pick(stream("pages"), PAGE_SHARES, count)
    return {
        "page_load_id": numbers(np.arange(1, count + 1, dtype="int32")),
        "loaded_at": moments(visits.started),
        "page": words(page, PAGES),
        "device": words(visits.device, DEVICES),
        "country": words(visits.country, COUNTRIES),
        "seconds": numbers(visits.seconds_to_load),
    }
