"""Contracts of teams in three currencies: a row for each stretch at one price, and the exchange rates of workdays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truenorth.demo.calendar import Days
from truenorth.demo.columns import dates, money, numbers, words
from truenorth.demo.draw import stream

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

TEAMS = 420
BEFORE = 0.45  # the share of teams that were there before the story
# Cents for a seat and a month.
PLANS = (("team", 1_200), ("business", 1_900), ("enterprise", 3_400))
# Share of the teams, and the price list beside that in euros.
CURRENCIES = (("EUR", 0.52, 1.0), ("USD", 0.31, 1.1), ("GBP", 0.17, 0.85))
INTERVALS = ("month", "year")
YEARLY = 10  # months that a year costs
# What happens to a team, and how often beside the others.
STEPS = (
    ("more seats", 0.44), ("fewer seats", 0.14), ("larger plan", 0.11), ("smaller plan", 0.04), ("a discount", 0.06),
    ("a pause", 0.06), ("leaving", 0.15),
)  # fmt: skip
EVERY = 130  # days between them on average
# What a euro was worth on the first day, and how restless it is from day to day.
RATES = (("USD", 1.0800, 0.0042), ("GBP", 0.8400, 0.0031))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A contract at one price; days count from the first of the story, `end` is the first day without it."""

    contract: int
    start: int
    end: int
    plan: int
    seats: int
    discount: int


@dataclass(frozen=True, slots=True)
class Contracts:
    """Every stretch, and of each contract its currency and whether a year is paid at once."""

    stretches: tuple[Stretch, ...]
    currency: NDArray[Any]
    yearly: NDArray[Any]

    def cents(self, one: Stretch) -> int:
        """The list price of a seat for a term, in the contract's own currency."""
        monthly = round(PLANS[one.plan][1] * CURRENCIES[self.currency[one.contract]][2])
        return monthly * (YEARLY if self.yearly[one.contract] else 1)


def all_contracts(days: Days, scale: float) -> Contracts:
    """What every team did, from its first day to the end of the story."""
    import numpy as np

    random = stream("contracts")
    count = max(12, round(TEAMS * scale))
    old = round(count * BEFORE)
    start = np.concatenate([-random.integers(1, 500, old), np.sort(random.integers(0, len(days), count - old))])
    stretches = tuple(one for number in range(count) for one in _life(random, number, int(start[number]), len(days)))
    shares = [share for _, share, _ in CURRENCIES]
    return Contracts(stretches, random.choice(len(CURRENCIES), count, p=shares), random.random(count) < 0.35)


def _life(random: Generator, contract: int, day: int, last: int) -> list[Stretch]:
    """The stretches of one contract, one after the other; a team that left may come back."""
    plan, seats, discount = int(random.choice(len(PLANS), p=(0.55, 0.33, 0.12))), _seats(random), 0
    found: list[Stretch] = []
    while day < last:
        after = day + 14 + int(random.exponential(EVERY))
        step = STEPS[int(random.choice(len(STEPS), p=[share for _, share in STEPS]))][0]
        found.append(Stretch(contract, day, after, plan, seats, discount))
        day = after
        if step in ("a pause", "leaving"):
            if step == "leaving" and random.random() > 0.3:
                break
            day += 30 + int(random.random() * 90)
        plan = min(plan + 1, len(PLANS) - 1) if step == "larger plan" else max(plan - (step == "smaller plan"), 0)
        change = 1 + int(seats * random.random() * 0.4)
        seats = seats + change if step == "more seats" else max(2, seats - change * (step == "fewer seats"))
        discount = 10 * int(random.integers(1, 3)) if step == "a discount" else discount
    return found


def _seats(random: Generator) -> int:
    return 3 + int(random.lognormal(2.1, 0.9))


def period_columns(contracts: Contracts, days: Days) -> dict[str, Any]:
    """The table `contract_periods`."""
    import numpy as np

    stretches = contracts.stretches
    of = np.array([one.contract for one in stretches])
    end = np.array([one.end for one in stretches])
    seats = np.array([one.seats for one in stretches], dtype="int32")
    cents = np.array([contracts.cents(one) for one in stretches], dtype="int64")
    percent = np.array([one.discount for one in stretches], dtype="int64")
    return {
        "period_id": numbers(np.arange(1, len(stretches) + 1, dtype="int32")),
        "contract_id": numbers((of + 1).astype("int32")),
        "team_id": numbers((of + 1).astype("int32")),
        "plan": words(np.array([one.plan for one in stretches]), [name for name, _ in PLANS]),
        "started_on": dates(np.array([one.start for one in stretches]) + days.number[0]),
        "ended_on": dates(end + days.number[0], end <= len(days)),
        "seats": numbers(seats),
        "price": money(cents),
        "currency_code": words(contracts.currency[of], [code for code, _, _ in CURRENCIES]),
        "term": words(contracts.yearly[of].astype("int8"), INTERVALS),
        "discount": money(cents * seats * percent // 100),
    }


def rate_columns(days: Days) -> dict[str, Any]:
    """The table `exchange_rates`: what a euro is worth, on workdays of the story and a year and a half before it."""
    import numpy as np

    random = stream("exchange rates")
    before = 540
    number = np.arange(days.number[0] - before, days.number[-1] + 1)
    workday = (number + 3) % 7 < 5  # 1 January 1970 was a Thursday
    day, code, rate = [], [], []
    for at, (_, first, restless) in enumerate(RATES):
        walk = first * np.exp(np.cumsum(random.normal(0, restless, len(number))) * 0.5)
        day.append(number[workday])
        code.append(np.full(workday.sum(), at))
        rate.append(np.round(walk[workday] * 10_000).astype("int64"))
    return {
        "day": dates(np.concatenate(day)),
        "from_currency": words(np.zeros(2 * workday.sum(), dtype="int8"), ("EUR",)),
        "to_currency": words(np.concatenate(code), [name for name, _, _ in RATES]),
        "rate": money(np.concatenate(rate), decimals=4),
    }
