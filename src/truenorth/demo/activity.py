"""People who use the product: accounts, the days on which they were active, their sessions and events, who stayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truenorth.demo import story
from truenorth.demo.calendar import Days, factor_at
from truenorth.demo.columns import dates, moments, numbers, words
from truenorth.demo.draw import WORK_HOURS, pick, second_of_day, stream
from truenorth.demo.visits import BUCKETS, CHANNELS, COUNTRIES, DEVICES, Visits

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

PLANS = ("free", *(plan.name for plan in story.PLANS))
PLAN_SHARES = (0.62, 0.17, 0.15, 0.055, 0.005)
EVENTS = ("project opened", "report viewed", "task edited", "search", "comment added", "export", "teammate invited")
EVENT_SHARES = (0.27, 0.22, 0.21, 0.13, 0.10, 0.05, 0.02)
CHUNK = 4_096
EVENTS_A_SESSION = 2.3
WEEK_FOUR = 28


@dataclass(frozen=True, slots=True)
class People:
    """One value per account; `start` is the day of sign-up, negative before the story begins."""

    start: NDArray[Any]
    visit: NDArray[Any]
    channel: NDArray[Any]
    country: NDArray[Any]
    device: NDArray[Any]
    plan: NDArray[Any]
    life: NDArray[Any]
    keenness: NDArray[Any]

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Active:
    """One value per person and day of use, in the order of days."""

    person: NDArray[Any]
    day: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Sessions:
    """One value per session in the product."""

    started: NDArray[Any]
    person: NDArray[Any]
    device: NDArray[Any]
    bucket: NDArray[Any]
    events: NDArray[Any]
    duration: NDArray[Any]


def all_people(visits: Visits, scale: float) -> People:
    """Those who were there before the story begins, then those who sign up in it."""
    import numpy as np

    random = stream("people")
    old = max(1, round(story.USERS_AT_START * scale))
    visit = np.concatenate([np.full(old, -1), np.flatnonzero(visits.signed_up)])
    count = len(visit)
    new = visit >= 0
    before = -1 - (540 * random.random(count) ** 1.6).astype("int64")
    drawn = pick(random, [channel.share for channel in story.CHANNELS], count)
    country = pick(random, [0.98 * share for share in story.COUNTRIES.values()], count)
    device = pick(random, story.DEVICES.values(), count)
    keenness = np.clip(random.beta(1.4, 3.0, count), 0.05, 0.9)
    return People(
        start=np.where(new, visits.day[visit], before),
        visit=visit,
        channel=np.where(new, visits.channel[visit], drawn),
        country=np.where(new, visits.country[visit], country),
        device=np.where(new, visits.device[visit], device),
        plan=pick(random, PLAN_SHARES, count),
        life=_lives(random, new),
        keenness=np.where(new, keenness, np.maximum(keenness, 0.25)),
    )


def _lives(random: Generator, new: NDArray[Any]) -> NDArray[Any]:
    """Days until a person stops coming: some look once, some try for a few weeks, the others stay."""
    import numpy as np

    kind = random.random(len(new))
    tried = 1 + random.exponential(16, len(new))
    stays = 30 + random.exponential(430, len(new))
    life = np.where(kind < 0.27, 1 + random.exponential(2, len(new)), np.where(kind < 0.49, tried, stays))
    return np.where(new, life, 540 + random.exponential(520, len(new))).astype("int64")


def active_days(people: People, days: Days) -> Active:
    """Who came on which day."""
    import numpy as np

    random = stream("activity")
    persons, dates_of = [], []
    day = np.arange(len(days))[None, :]
    for first in range(0, len(people), CHUNK):
        part = slice(first, first + CHUNK)
        start, life = people.start[part, None], people.life[part, None]
        probability = people.keenness[part, None] * days.work[None, :]
        came = random.random(probability.shape) < probability
        came = (came & (day >= start) & (day < start + life)) | (day == start)
        person, when = np.nonzero(came)
        persons.append(person + first)
        dates_of.append(when)
    person, when = np.concatenate(persons), np.concatenate(dates_of)
    order = np.argsort(when, kind="stable")
    return Active(person[order], when[order])


def product_sessions(people: People, active: Active, visits: Visits, days: Days) -> Sessions:
    """One session a day of use, sometimes two; the first one follows the sign-up."""
    import numpy as np

    random = stream("sessions")
    row = np.repeat(np.arange(len(active.day)), 1 + (random.random(len(active.day)) < 0.11))
    person, day = active.person[row], active.day[row]
    started = days.moment(day, second_of_day(random, WORK_HOURS, len(row)))
    signing_up = (people.start[person] == day) & (np.diff(row, prepend=-1) > 0)
    after = visits.started[people.visit[person]] + 150
    started = np.where(signing_up, np.minimum(after, days.end - 60), started)
    elsewhere = random.random(len(row)) < 0.12
    device = np.where(elsewhere, pick(random, story.DEVICES.values(), len(row)), people.device[person])
    slowness = factor_at(started, "slowness", story.INCIDENTS)
    seconds = 1.12 * slowness * np.exp(random.normal(0.0, 0.5, len(row)))
    bucket = np.searchsorted([bucket.seconds for bucket in story.BUCKETS], seconds, side="left").astype("int16")
    events = 1 + random.poisson(EVENTS_A_SESSION, len(row))
    duration = events * 95 * np.exp(random.normal(0.0, 0.45, len(row)))
    duration = np.minimum(np.minimum(duration, 2_800), days.end - 1 - started).astype("int32")
    return Sessions(started, person, device, bucket, events, duration)


def account_columns(people: People, visits: Visits, days: Days, visitor_offset: int) -> dict[str, Any]:
    """The table `accounts`: everyone who may appear in the events."""
    import numpy as np

    number = np.arange(1, len(people) + 1, dtype="int32")
    return {
        "user_id": numbers(number),
        "visitor_id": numbers(visitor_of(people, visits, visitor_offset)),
        "signed_up_on": dates(people.start + days.number[0]),
        "channel": words(people.channel, CHANNELS),
        "country": words(people.country, COUNTRIES),
        "device": words(people.device, DEVICES),
        "plan": words(people.plan, PLANS),
    }


def visitor_of(people: People, visits: Visits, offset: int) -> NDArray[Any]:
    """The visitor behind each account; those from before the story have the first numbers."""
    import numpy as np

    number = np.where(people.visit >= 0, visits.visitor[people.visit] + offset, np.arange(1, len(people) + 1))
    return number.astype("int32")


def signup_columns(people: People, visits: Visits, days: Days, visitor_offset: int) -> dict[str, Any]:
    """The table `signups`: the accounts opened during the story."""
    import numpy as np

    at = np.flatnonzero(people.visit >= 0)
    return {
        "user_id": numbers((at + 1).astype("int32")),
        "visitor_id": numbers(visitor_of(people, visits, visitor_offset)[at]),
        "signed_up_at": moments(np.minimum(visits.started[people.visit[at]] + 120, days.end - 61)),
        "channel": words(people.channel[at], CHANNELS),
        "country": words(people.country[at], COUNTRIES),
        "device": words(people.device[at], DEVICES),
        "plan": words(people.plan[at], PLANS),
    }


def user_day_columns(people: People, active: Active, days: Days) -> dict[str, Any]:
    """The table `user_days`: one row per person and day of use, for quick distinct counts."""
    who = active.person
    return {
        "user_id": numbers((who + 1).astype("int32")),
        "day": dates(days.number[active.day]),
        "plan": words(people.plan[who], PLANS),
        "channel": words(people.channel[who], CHANNELS),
        "country": words(people.country[who], COUNTRIES),
        "device": words(people.device[who], DEVICES),
    }


def retention_columns(people: People, active: Active, days: Days) -> dict[str, Any]:
    """The table `retention_users`: who came back in which week after the sign-up, once the fifth week is over."""
    import numpy as np

    flags = np.zeros((len(people), 5), dtype=bool)
    week = (active.day - people.start[active.person]) // 7
    early = (week >= 0) & (week < 5)
    flags[active.person[early], week[early]] = True
    at = np.flatnonzero((people.visit >= 0) & (people.start + WEEK_FOUR + 7 <= len(days)))
    return {
        "user_id": numbers((at + 1).astype("int32")),
        "signed_up_on": dates(days.number[0] + people.start[at]),
        "measured_on": dates(days.number[0] + people.start[at] + WEEK_FOUR + 6),
        "channel": words(people.channel[at], CHANNELS),
        "country": words(people.country[at], COUNTRIES),
        "device": words(people.device[at], DEVICES),
        "active_week_1": numbers(flags[at, 1]),
        "active_week_4": numbers(flags[at, 4]),
    }


def session_columns(visits: Visits, people: People, used: Sessions, visitor_offset: int) -> tuple[dict[str, Any], Any]:
    """The table `sessions` (site and product together, by time) and the session number of each visit and use."""
    import numpy as np

    started = np.concatenate([visits.started, used.started])
    order = np.argsort(started, kind="stable")
    number = np.empty(len(order), dtype="int32")
    number[order] = np.arange(1, len(order) + 1)
    site = len(visits.started)
    who = used.person
    visitor = np.concatenate([visits.visitor + visitor_offset, visitor_of(people, visits, visitor_offset)[who]])
    user = np.concatenate([np.zeros(site, dtype="int32"), (who + 1).astype("int32")])[order]

    def both(of_visits: NDArray[Any], of_uses: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([of_visits, of_uses])[order]

    never = np.zeros(len(who), dtype=bool)
    table = {
        "session_id": numbers(np.arange(1, len(order) + 1, dtype="int32")),
        "kind": words(order >= site, ("site", "product")),
        "visitor_id": numbers(visitor[order].astype("int32")),
        "user_id": numbers(user, user > 0),
        "started_at": moments(started[order]),
        "duration_seconds": numbers(both(visits.duration, used.duration)),
        "channel": words(both(visits.channel, people.channel[who]), CHANNELS),
        "device": words(both(visits.device, used.device), DEVICES),
        "country": words(both(visits.country, people.country[who]), COUNTRIES),
        "latency_bucket": words(both(visits.bucket, used.bucket), BUCKETS),
        "bought": numbers(both(visits.bought, never)),
    }
    return table, number


def event_columns(people: People, used: Sessions, session_number: Any, visitor: NDArray[Any]) -> dict[str, Any]:
    """The table `product_events`: what people did in the product, by time."""
    import numpy as np

    random = stream("events")
    session = np.repeat(np.arange(len(used.events)), used.events)
    share = random.random(len(session))
    occurred = used.started[session] + (share * used.duration[session]).astype("int64")
    order = np.argsort(occurred, kind="stable")
    session, occurred = session[order], occurred[order]
    who = used.person[session]
    return {
        "event_id": numbers(np.arange(1, len(session) + 1, dtype="int32")),
        "user_id": numbers((who + 1).astype("int32")),
        "visitor_id": numbers(visitor[who]),
        "session_id": numbers(session_number[session]),
        "event": words(pick(random, EVENT_SHARES, len(session)), EVENTS),
        "occurred_at": moments(occurred),
        "device": words(used.device[session], DEVICES),
        "country": words(people.country[who], COUNTRIES),
        "latency_bucket": words(used.bucket[session], BUCKETS),
    }
