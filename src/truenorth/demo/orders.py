"""Money in: first payments, renewals and extras as orders, and the invoices of the subscriptions."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from truenorth.demo import story
from truenorth.demo.calendar import Days, between, month_starts, second_of
from truenorth.demo.columns import dates, moments, money, numbers, words
from truenorth.demo.customers import PLANS, Customers
from truenorth.demo.draw import SHOP_HOURS, chance, second_of_day, stream
from truenorth.demo.visits import CHANNELS, COUNTRIES, Visits

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

KINDS = ("first payment", "renewal", "extra")
STATUSES = ("paid", "refunded", "failed")
FIRST_PAYMENT, RENEWAL, EXTRA = range(3)
UNKNOWN_CUSTOMER = 9_000_000
WEEKS_A_MONTH = 365.25 / 12 / 7


@dataclass(frozen=True, slots=True)
class Orders:
    """One value per order; `customer` counts from 0, -1 is nobody, `session` likewise."""

    ordered: NDArray[Any]
    day: NDArray[Any]
    kind: NDArray[Any]
    session: NDArray[Any]
    customer: NDArray[Any]
    plan: NDArray[Any]
    channel: NDArray[Any]
    country: NDArray[Any]
    cents: NDArray[Any]

    def taken(self, order: NDArray[Any]) -> Orders:
        """The orders at these positions."""
        return Orders(*(getattr(self, field.name)[order] for field in fields(self)))


def all_orders(customers: Customers, visits: Visits, session_number: NDArray[Any], days: Days) -> Orders:
    """Every order, by time."""
    import numpy as np

    random = stream("orders")
    monthly, weekly = _renewals(random, customers, days), _weekly_renewals(random, customers, days)
    parts = [_checkouts(random, customers, visits, session_number, days), monthly, weekly]
    joined = Orders(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Orders)))
    return joined.taken(np.argsort(joined.ordered, kind="stable"))


def _checkouts(
    random: Generator, customers: Customers, visits: Visits, session_number: NDArray[Any], days: Days
) -> Orders:
    """First payments of new customers, and extras that others buy in the shop."""
    import numpy as np

    visit = np.flatnonzero(visits.bought)
    owner = np.full(len(visits.bought), -1)
    fresh = np.flatnonzero(customers.visit >= 0)
    owner[customers.visit[fresh]] = fresh
    customer, day = owner[visit], visits.day[visit]
    kind = np.where(customer >= 0, FIRST_PAYMENT, EXTRA)
    customer = np.where(kind == EXTRA, _somebody(random, customers, day), customer)
    plan = np.where(kind == EXTRA, np.minimum(customers.plan[customer], 2), customers.plan[customer])
    price = _price(customers, days, customer, day)
    extra = np.round(np.array([95, 165, 320])[plan.clip(0, 2)] * np.exp(random.normal(0, 0.45, len(visit)))) * 100 - 100
    ordered = np.minimum(visits.started[visit] + 90 + (120 * random.random(len(visit))).astype("int64"), days.end - 1)
    return Orders(
        ordered, day, kind, session_number[visit].astype("int64"), customer, plan,
        visits.channel[visit], visits.country[visit], np.where(kind == EXTRA, extra, price).astype("int64"),
    )  # fmt: skip


def _somebody(random: Generator, customers: Customers, day: NDArray[Any]) -> NDArray[Any]:
    """A customer who is there on each of these days, never the big account."""
    import numpy as np

    known = np.searchsorted(customers.start[1:], day, side="left") + 1
    chosen = 1 + (random.random(len(day)) * (known - 1)).astype("int64")
    for _ in range(12):
        gone = np.flatnonzero(customers.end[chosen] <= day)
        chosen[gone] = 1 + (random.random(len(gone)) * (known[gone] - 1)).astype("int64")
    return chosen


def _renewals(random: Generator, customers: Customers, days: Days) -> Orders:
    """Every subscription but the largest is paid each month, at the customer's own share of the month."""
    import numpy as np

    starts = np.array([*(days.index(day) for day in month_starts()), len(days)])
    place = (customers.start * 7 + np.arange(len(customers)) * 11) % 97 / 97
    ordinary = np.flatnonzero(customers.plan < len(PLANS) - 1)
    customer, month = (axis.ravel() for axis in np.meshgrid(ordinary, np.arange(len(starts) - 1), indexing="ij"))
    day = starts[month] + (place[customer] * np.diff(starts)[month]).astype("int64")
    return _charges(random, customers, days, customer, day)


def _weekly_renewals(random: Generator, customers: Customers, days: Days) -> Orders:
    """Large accounts pay by the week, each on its own working day."""
    import numpy as np

    large = np.flatnonzero(customers.plan == len(PLANS) - 1)
    mondays = np.flatnonzero(days.weekday == 0)
    customer, monday = (axis.ravel() for axis in np.meshgrid(large, mondays, indexing="ij"))
    part = _charges(random, customers, days, customer, monday + customer % 5)
    weekly = np.round(part.cents / WEEKS_A_MONTH).astype("int64")
    return Orders(
        part.ordered, part.day, part.kind, part.session, part.customer, part.plan, part.channel, part.country, weekly
    )


def _charges(random: Generator, customers: Customers, days: Days, customer: NDArray[Any], day: NDArray[Any]) -> Orders:
    """Payments of these customers on these days where the subscription runs; those of the outage follow later."""
    import numpy as np

    runs = (day < len(days)) & (day > customers.start[customer] + 20) & (day < customers.end[customer])
    customer, day = customer[runs], day[runs]
    ordered = days.moment(day, second_of_day(random, SHOP_HOURS, len(day)))
    wait = _waiting_days(random, ordered)
    ordered, day = ordered + wait * 86_400, day + wait
    cents = _price(customers, days, customer, day)
    nobody = np.full(len(day), -1)
    return Orders(
        ordered, day, np.full(len(day), RENEWAL), nobody, customer, customers.plan[customer].astype("int64"),
        customers.channel[customer], customers.country[customer], cents,
    )  # fmt: skip


def _price(customers: Customers, days: Days, customer: NDArray[Any], day: NDArray[Any]) -> NDArray[Any]:
    """What each of these customers pays a month, as of these days."""
    import numpy as np

    before = customers.cents_on(0, days.index(story.PRICE_CHANGE_DAY))[customer]
    after = customers.cents_on(len(days), days.index(story.PRICE_CHANGE_DAY))[customer]
    return np.asarray(np.where(day >= days.index(story.PRICE_CHANGE_DAY), after, before))


def _waiting_days(random: Generator, ordered: NDArray[Any]) -> NDArray[Any]:
    """A payment that fails in an incident is tried again two days later, in a long one after five."""
    import numpy as np

    wait = np.zeros(len(ordered), dtype="int64")
    for incident in story.INCIDENTS:
        inside = (ordered >= second_of(incident.started)) & (ordered < second_of(incident.resolved))
        fails = inside & chance(random, 1 - incident.buying, len(ordered))
        wait[fails] = 2 if incident.minutes < 1_440 else 5
    return wait


def order_columns(orders: Orders, days: Days) -> tuple[dict[str, Any], NDArray[Any]]:
    """The table `orders`, and the money of each day in cents for the books."""
    import numpy as np

    random, count = stream("payments"), len(orders.day)
    discount = _discounts(random, orders, days)
    status = np.where(chance(random, 0.012, count), 1, np.where(chance(random, 0.009, count), 2, 0))
    net = orders.cents - discount
    refunded = np.where(status == 1, net, 0)
    share = (0.325 - 0.030 * orders.day / len(days)) * np.exp(random.normal(0, 0.08, count))
    weak = between(days, story.WEAK_RELEASE.started.date(), story.WEAK_RELEASE.resolved.date())
    share = np.where(weak[orders.day], share * 1.12, share)
    cost = np.where(status == 2, 0, np.round(net * share)).astype("int64")
    customer = orders.customer + 1
    lost = (orders.kind == EXTRA) & chance(random, 0.02, count)
    customer = np.where(lost, UNKNOWN_CUSTOMER + np.arange(count) % 97, customer)
    unnamed = (orders.kind == EXTRA) & chance(random, 0.015, count)
    taken = np.where(status == 2, 0, net - refunded)
    return {
        "order_id": numbers(np.arange(1, count + 1, dtype="int32")),
        "session_id": numbers(orders.session.astype("int32"), orders.session > 0),
        "customer_id": numbers(customer.astype("int32"), ~unnamed),
        "ordered_at": moments(orders.ordered),
        "ordered_on": dates(days.number[orders.day]),
        "kind": words(orders.kind, KINDS),
        "plan": words(orders.plan, PLANS),
        "channel": words(orders.channel, CHANNELS),
        "country": words(orders.country, COUNTRIES),
        "amount": money(orders.cents),
        "discount": money(discount),
        "refunded": money(refunded),
        "cost": money(cost),
        "status": words(status, STATUSES),
    }, np.bincount(orders.day, weights=taken, minlength=len(days))


def _discounts(random: Generator, orders: Orders, days: Days) -> NDArray[Any]:
    """Coupons at the checkout: now and then, and for nearly everyone in Black Friday week."""
    import numpy as np

    count = len(orders.day)
    sale = between(days, story.BLACK_FRIDAY_FIRST_DAY, story.BLACK_FRIDAY_LAST_DAY)[orders.day]
    share = np.where(sale, 0.20, 0.10)
    given = (orders.kind != RENEWAL) & chance(random, np.where(sale, 0.8, 0.14), count)
    return np.where(given, np.round(orders.cents * share), 0).astype("int64")


def invoice_columns(customers: Customers, days: Days) -> dict[str, Any]:
    """The table `invoices`: one for every customer and month with a running subscription, paid some days later."""
    import numpy as np

    random = stream("invoices")
    parts = []
    starts = [days.index(day) for day in month_starts()]
    for first, following in zip(starts, [*starts[1:], len(days)], strict=True):
        at = np.flatnonzero((customers.start < following) & (customers.end > first))
        issued = np.maximum(customers.start[at], first)
        cents = customers.cents_on(first, days.index(story.PRICE_CHANGE_DAY))[at]
        parts.append((at, issued, np.full(len(at), first), cents))
    at, issued, period, cents = (np.concatenate(column) for column in zip(*parts, strict=True))
    paid = issued + np.round(np.exp(random.normal(1.7, 0.9, len(at)))).astype("int64")
    home = customers.country[at] == COUNTRIES.index("Germany")
    return {
        "invoice_id": numbers(np.arange(1, len(at) + 1, dtype="int32")),
        "customer_id": numbers((at + 1).astype("int32")),
        "issued_on": dates(days.number[0] + issued),
        "period_start": dates(days.number[0] + period),
        "amount": money(cents),
        "tax": money(np.where(home, np.round(cents * 0.19), 0).astype("int64")),
        "currency_code": words(np.zeros(len(at), dtype="int8"), ("EUR",)),
        "paid_on": dates(days.number[0] + paid, (paid < len(days)) & ~chance(random, 0.008, len(at))),
    }
