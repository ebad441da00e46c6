"""Paying customers: when they came, what they subscribed to, when they left, and the recurring revenue of every day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truenorth.demo import story
from truenorth.demo.calendar import Days, month_starts
from truenorth.demo.columns import dates, money, numbers, texts, words
from truenorth.demo.draw import pick, stream
from truenorth.demo.visits import CHANNELS, COUNTRIES, Visits

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

PLANS = tuple(plan.name for plan in story.PLANS)
SEGMENTS = ("small", "medium", "large")
FIRST_WORDS = (
    "Alder", "Amber", "Arbor", "Aster", "Birch", "Bright", "Cedar", "Clear", "Cobalt", "Copper", "Coral", "Delta",
    "Dune", "Ember", "Fern", "Fjord", "Flint", "Forest", "Garnet", "Glen", "Granite", "Harbour", "Hazel", "Heron",
    "Indigo", "Iris", "Ivory", "Juniper", "Kestrel", "Lagoon", "Larch", "Linden", "Lumen", "Maple", "Marble", "Meadow",
    "Nimbus", "North", "Oak", "Olive", "Onyx", "Opal", "Otter", "Pearl", "Pine", "Quartz", "Raven", "River",
    "Rowan", "Saffron", "Sage", "Slate", "Sparrow", "Spruce", "Stone", "Summit", "Tern", "Tidal", "Topaz", "Vale",
    "Velvet", "Willow", "Winter", "Wren",
)  # fmt: skip
SECOND_WORDS = (
    "Analytics", "Architects", "Bakery", "Bikes", "Books", "Care", "Clinic", "Coffee", "Consulting", "Design",
    "Energy", "Events", "Finance", "Foods", "Furniture", "Games", "Gardens", "Health", "Hotels", "Insurance",
    "Interiors", "Labs", "Legal", "Logistics", "Marketing", "Mobility", "Outdoor", "Pharma", "Printing", "Properties",
    "Robotics", "School", "Security", "Shoes", "Software", "Solar", "Studio", "Systems", "Textiles", "Tools",
    "Toys", "Travel", "Ventures", "Watches", "Wines", "Works",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Customers:
    """One value per customer; `start` and `end` are days (end may lie after the story: still there)."""

    start: NDArray[Any]
    end: NDArray[Any]
    plan: NDArray[Any]
    channel: NDArray[Any]
    country: NDArray[Any]
    cents: NDArray[Any]
    visit: NDArray[Any]

    def __len__(self) -> int:
        return len(self.start)

    def cents_on(self, day: NDArray[Any] | int, price_day: int) -> NDArray[Any]:
        """What each pays a month, as of a day: the pro plan became dearer for everyone."""
        import numpy as np

        dearer = (self.plan == PLANS.index(story.PRICE_CHANGE_PLAN)) & (np.asarray(day) >= price_day)
        raised = np.round(self.cents * story.PRICE_CHANGE_FACTOR)
        return np.asarray(np.where(dearer, raised, self.cents), dtype="int64")


def all_customers(visits: Visits, days: Days, scale: float) -> Customers:
    """Those of before the story (the big account first), then those who buy for the first time in it."""
    import numpy as np

    random = stream("customers")
    old = max(2, round(story.CUSTOMERS_AT_START * scale))
    buying = np.flatnonzero(visits.bought)
    fresh = buying[random.random(len(buying)) < story.NEW_CUSTOMER_SHARE]
    visit = np.concatenate([np.full(old, -1), fresh])
    count, new = len(visit), visit >= 0
    before = np.sort(-1 - (640 * random.random(old) ** 1.4).astype("int64"))
    start = np.concatenate([before, visits.day[fresh]])
    channel = np.where(new, visits.channel[visit], pick(random, [c.share * c.buying for c in story.CHANNELS], count))
    country = np.where(new, visits.country[visit], pick(random, [0.985 * s for s in story.COUNTRIES.values()], count))
    plan = pick(random, [plan.share for plan in story.PLANS], count).clip(0)
    cents = _prices(random, plan)
    plan[0], cents[0], start[0] = len(PLANS) - 1, round(story.LOST_ACCOUNT_AMOUNT * 100 * scale), -600
    country[0], channel[0] = COUNTRIES.index("Germany"), CHANNELS.index("partners")
    end = _leaving_days(random, days, start, plan, channel)
    end[0] = days.index(story.LOST_ACCOUNT_DAY)
    return Customers(start, end, plan, channel, country, cents, visit)


def _prices(random: Generator, plan: NDArray[Any]) -> NDArray[Any]:
    """The list price; a large account negotiates its own."""
    import numpy as np

    prices = np.array([plan.price for plan in story.PLANS])[plan]
    agreed = np.round(prices * np.exp(random.normal(0, 0.3, len(plan))) / 10) * 10
    return np.asarray(np.round(np.where(plan == len(PLANS) - 1, agreed, prices) * 100), dtype="int64")


def _leaving_days(
    random: Generator, days: Days, start: NDArray[Any], plan: NDArray[Any], channel: NDArray[Any]
) -> NDArray[Any]:
    """The first day without a subscription: each month some of those who were there at its start leave."""
    import numpy as np

    ordinary = np.array([plan.leaving for plan in story.PLANS])[plan]
    of_channel = np.array([*(channel.leaving for channel in story.CHANNELS), 1.1])[channel]
    end = np.full(len(start), len(days) + 10_000)
    price_month = _month(days, days.index(story.PRICE_CHANGE_DAY))
    weak_month = _month(days, days.index(story.WEAK_RELEASE.started.date()))
    for month in range(int(days.month[-1]) + 1):
        inside = np.flatnonzero(days.month == month)
        first, length = int(inside[0]), len(inside)
        young = np.where(first - start < 100, 1.35, 1.0)
        rate = ordinary * of_channel * young
        if price_month <= month <= price_month + 1:
            rate = np.where(plan == PLANS.index(story.PRICE_CHANGE_PLAN), rate * 2.1, rate)
        if month == weak_month + 1:
            rate = rate * 1.2
        leaves = (start < first) & (end > len(days)) & (random.random(len(start)) < rate)
        end[leaves] = (first + (random.random(len(start)) * length).astype("int64"))[leaves]
    return end


def _month(days: Days, day: int) -> int:
    return int(days.month[day])


def company_names(count: int) -> list[str]:
    """Different plain company names, the big account first."""
    names = [story.LOST_ACCOUNT]
    for number in range(1, count):
        place = number * 1_237 % (len(FIRST_WORDS) * len(SECOND_WORDS))
        first, second = divmod(place, len(SECOND_WORDS))
        repeat = number // (len(FIRST_WORDS) * len(SECOND_WORDS))
        names.append(f"{FIRST_WORDS[first]} {SECOND_WORDS[second]}" + (f" {repeat + 1}" if repeat else ""))
    return names


def customer_columns(customers: Customers, days: Days) -> dict[str, Any]:
    """The table `customers`."""
    import numpy as np

    segment = np.array([SEGMENTS.index(plan.segment) for plan in story.PLANS])[customers.plan]
    return {
        "customer_id": numbers(np.arange(1, len(customers) + 1, dtype="int32")),
        "company": texts(company_names(len(customers))),
        "country": words(customers.country, COUNTRIES),
        "segment": words(segment, SEGMENTS),
        "channel": words(customers.channel, CHANNELS),
        "became_customer_on": dates(customers.start + days.number[0]),
    }


def subscription_columns(customers: Customers, days: Days) -> dict[str, Any]:
    """The table `subscriptions`: one a customer, with the amount paid now (or last)."""
    import numpy as np

    number = np.arange(1, len(customers) + 1, dtype="int32")
    last = np.minimum(customers.end, len(days)) - 1
    return {
        "subscription_id": numbers(number),
        "customer_id": numbers(number),
        "plan": words(customers.plan, PLANS),
        "started_on": dates(customers.start + days.number[0]),
        "ended_on": dates(customers.end + days.number[0], customers.end < len(days)),
        "monthly_amount": money(customers.cents_on(last, days.index(story.PRICE_CHANGE_DAY))),
        "currency_code": words(np.zeros(len(customers), dtype="int8"), ("EUR",)),
    }


def subscription_month_columns(customers: Customers, days: Days) -> dict[str, Any]:
    """The table `subscription_months`: each customer in each month in which a subscription ran."""
    import numpy as np

    parts = []
    starts = [days.index(day) for day in month_starts()]
    for first, following in zip(starts, [*starts[1:], len(days)], strict=True):
        at = np.flatnonzero((customers.start < following) & (customers.end >= first))
        here = customers.start[at] < first
        gone = customers.end[at] < following
        cents = np.where(gone, 0, customers.cents_on(first, days.index(story.PRICE_CHANGE_DAY))[at])
        parts.append((np.full(len(at), days.number[first]), at, here, gone, cents))
    month, at, here, gone, cents = (np.concatenate(column) for column in zip(*parts, strict=True))
    return {
        "month_start": dates(month),
        "customer_id": numbers((at + 1).astype("int32")),
        "plan": words(customers.plan[at], PLANS),
        "channel": words(customers.channel[at], CHANNELS),
        "country": words(customers.country[at], COUNTRIES),
        "active_at_start": numbers(here),
        "cancelled": numbers(here & gone),
        "mrr": money(cents),
    }


def mrr_day_columns(customers: Customers, days: Days) -> dict[str, Any]:
    """The table `mrr_days`: who was there and what they pay a month, by day, plan, channel and country."""
    import numpy as np

    group = (customers.plan * 8 + customers.channel + 1) * 16 + customers.country + 1
    kinds, place = np.unique(group, return_inverse=True)
    shape = (len(kinds), len(days) + 1)
    started, ended, amount = (np.zeros(shape, dtype="int64") for _ in range(3))
    price_day, last = days.index(story.PRICE_CHANGE_DAY), len(days)
    begin, end = np.maximum(customers.start, 0), np.minimum(customers.end, last)
    np.add.at(started, (place, begin), 1)
    np.add.at(ended, (place, end), 1)
    np.add.at(amount, (place, begin), customers.cents_on(begin, price_day))
    np.add.at(amount, (place, end), -customers.cents_on(end - 1, price_day))
    change = customers.cents_on(price_day, price_day) - customers.cents
    there = (customers.start < price_day) & (customers.end > price_day)
    np.add.at(amount, (place[there], np.full(there.sum(), price_day)), change[there])
    active, amount = (started - ended).cumsum(axis=1), amount.cumsum(axis=1)
    opening = active - started + ended
    opening[:, 0] = active[:, 0]
    started[:, 0] = 0
    kind, day = np.nonzero((opening + active)[:, :last] > 0)
    order = np.argsort(day, kind="stable")
    kind, day = kind[order], day[order]
    code = kinds[kind]
    return {
        "day": dates(days.number[day]),
        "plan": words(code // 128, PLANS),
        "channel": words(code // 16 % 8 - 1, CHANNELS),
        "country": words(code % 16 - 1, COUNTRIES),
        "customers_at_start": numbers(opening[kind, day].astype("int32")),
        "started": numbers(started[kind, day].astype("int32")),
        "cancelled": numbers(ended[kind, day].astype("int32")),
        "customers": numbers(active[kind, day].astype("int32")),
        "mrr": money(amount[kind, day]),
    }
