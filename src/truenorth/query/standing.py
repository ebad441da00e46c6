"""How a service level objective stands: what each of its windows attained, what is left of the budget, how fast that is
spent, and which alerts this calls for.

All numbers are ratios of sums. The rows of the alert table are those of the Site Reliability Workbook (Google, 2018,
chapter 5, table 5-8, and its row for one day), scaled to the length of the objective's own window: a row speaks up when
a long and a short stretch both burn so fast that the share of the budget it names is gone after the long one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import sqrt

from msgspec.structs import replace

from truenorth.base.errors import TrueNorthError
from truenorth.base.period import Moment, parse_window, shift, truncate
from truenorth.base.table import Value
from truenorth.base.zone import instant, local
from truenorth.define.alert import ALERTS as ALERTS
from truenorth.define.alert import DAY, Alert
from truenorth.define.model import Model
from truenorth.define.slo import Slo, is_calendar
from truenorth.define.when import TIME_NAME
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery

Ask = Callable[[MetricQuery], Answer]
Group = tuple[Value, ...]
HAIR = 1e-9
# How many standard errors 95 % of all shares lie within.
SURE = 1.959963984540054
# Shorter windows are looked at by the hour.
SHORT = 3 * DAY
USUALLY = {"day": DAY, "week": 7 * DAY}


# The stretch by whose rate it is told when the budget ends.
LATELY = DAY


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bad events and all events of a stretch of time."""

    slo: Slo
    bad: float
    total: float

    @property
    def bad_share(self) -> float | None:
        """The share of bad events; over none at all what the objective says of that."""
        if not self.total:
            return {"good": 0.0, "bad": 1.0}.get(self.slo.empty)
        return self.bad / self.total

    @property
    def attained(self) -> float | None:
        """The share of good events."""
        return None if self.bad_share is None else 1 - self.bad_share

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the share of good events lies in 95 of 100 cases, were these events a sample (Wilson's interval).

        >>> [round(one, 4) for one in Stretch(Slo("pay", 99.0, "all"), 1, 100).interval or ()]
        [0.9455, 0.9982]
        """
        if not self.total or not 0 <= self.bad <= self.total:
            return None
        size, rate = self.total, 1 - self.bad / self.total
        middle = rate + SURE**2 / (2 * size)
        spread = SURE * sqrt(rate * (1 - rate) / size + SURE**2 / (4 * size**2))
        low, high = ((middle + sign * spread) / (1 + SURE**2 / size) for sign in (-1, 1))
        return (0.0 if self.bad == self.total else low), (1.0 if not self.bad else high)

    @property
    def burn(self) -> float | None:
        """How many times as fast as evenly the budget is spent."""
        return None if self.bad_share is None else self.bad_share / float(self.slo.budget)

    @property
    def allowed(self) -> float:
        """How many events may be bad."""
        return self.total * float(self.slo.budget)

    @property
    def left(self) -> float | None:
        """The share of the budget that is left, below zero where more was spent than there is."""
        return None if self.burn is None else 1 - self.burn


@dataclass(frozen=True, slots=True)
class Window:
    """A window of an objective up to now: from when, how long it is in all, and what happened in it."""

    words: str
    start: datetime
    period: timedelta
    stretch: Stretch

    @property
    def left(self) -> timedelta | None:
        """What is left of the budget as time in which everything may be bad, at the traffic of the window."""
        left = self.stretch.left
        return None if left is None else self.period * (left * float(self.stretch.slo.budget))

    @property
    def money(self) -> tuple[float, float, float] | None:
        """What is left of the budget as money, and between which bounds that is thought to lie: least, told, most."""
        worth, left = self.stretch.slo.worth, self.stretch.allowed - self.stretch.bad
        if worth is None or self.stretch.left is None:
            return None
        low, high = (worth.value if one is None else one for one in (worth.low, worth.high))
        least, most = sorted((left * low, left * high))
        return least, left * worth.value, most

    @property
    def credit(self) -> float:
        """How much would be owed if it were over now, in percent of what was paid."""
        attained = self.stretch.attained
        tiers = (one.credit for one in self.stretch.slo.credits if attained is not None and attained < one.below / 100)
        return max(tiers, default=0.0)


@dataclass(frozen=True, slots=True)
class Burning:
    """A row of the alert table as it stands: how fast the budget must burn, and how fast it does."""

    alert: Alert
    factor: float
    long: float | None
    short: float | None
    enough: bool = True

    @property
    def state(self) -> str:
        """firing: both stretches burn so fast; recovering: the long one only; rising: the short one only; calm; quiet:
        there were too few events to tell."""
        if not self.enough:
            return "quiet"
        if self.long is None or self.short is None:
            return "unknown"
        words = {(True, True): "firing", (True, False): "recovering", (False, True): "rising"}
        # What burns just so fast does, whatever its last binary digit.
        enough = self.factor * (1 - HAIR)
        return words.get((self.long >= enough, self.short >= enough), "calm")


@dataclass(frozen=True, slots=True)
class Standing:
    """How an objective stands at a naive UTC `now`, of one group or of all. The first window is the one that alerts and
    the end of the budget go by; `rate` is how fast it burnt over the last day."""

    slo: Slo
    group: Group
    now: datetime
    windows: tuple[Window, ...]
    burning: tuple[Burning, ...]
    rate: float | None

    @property
    def state(self) -> str:
        """The worst that is said of it: page, ticket, spent, met or unknown."""
        firing = [one.alert.severity for one in self.burning if one.state == "firing"]
        if firing:
            return "page" if "page" in firing else "ticket"
        left = self.windows[0].stretch.left
        return "unknown" if left is None else "spent" if left < 0 else "met"

    @property
    def ends(self) -> datetime | None:
        """When the budget ends at the rate of the last day; None where it does not, or has already."""
        first = self.windows[0]
        left = first.stretch.left
        if left is None or left <= 0 or not self.rate:
            return None
        lasts = first.period * (left / self.rate)
        if is_calendar(first.words) and self.now + lasts > first.start + first.period:
            return None
        return self.now + lasts if lasts < timedelta(days=3650) else None


def standings(
    model: Model, ask: Ask, slos: Sequence[Slo], by: Sequence[str] = (), now: datetime | None = None
) -> list[Standing]:
    """How objectives stand at a naive UTC `now`, all together, or each group of some fields by itself. Without one it
    is the end of the data, or what the clock on the wall says, as for any question.

    QueryError where the numbers that an objective counts by cannot be asked.
    """
    if not slos:
        return []
    now = now or max(until(model, ask, one) for one in slos)
    lengths = sorted({length for one in ALERTS for length in (one.long, one.short)} | {LATELY})
    spans = {(slo.name, window): span_of(window, now, model) for slo in slos for window in slo.windows}
    starts = {start for start, _ in spans.values()} | {now - length for length in lengths}
    counted = {start: sums(ask, slos, by, (start, now)) for start in sorted(starts)}
    found = []
    for slo in slos:
        groups = dict.fromkeys(group for some in counted.values() for name, group in some if name == slo.name)
        for group in groups or {(): None}:
            found.append(standing(slo, group, now, spans, counted))
    return found


def healthy(
    model: Model, ask: Ask, slos: Sequence[Slo], by: Sequence[str] = ()
) -> tuple[list[Standing], list[tuple[Slo, TrueNorthError]]]:
    """How those objectives stand that can be told, and what is wrong with the others."""
    try:
        return standings(model, ask, slos, by), []
    except TrueNorthError as error:
        if len(slos) < 2:
            return [], [(one, error) for one in slos]
    found, wrong = list[Standing](), list[tuple[Slo, TrueNorthError]]()
    for one in slos:
        some, amiss = healthy(model, ask, [one], by)
        found += some
        wrong += amiss
    return found, wrong


def standing(
    slo: Slo,
    group: Group,
    now: datetime,
    spans: Mapping[tuple[str, str], tuple[datetime, timedelta]],
    counted: Mapping[datetime, Mapping[tuple[str, Group], tuple[float, float]]],
) -> Standing:
    """How one objective stands, of one group, from what was counted since each start."""

    def since(start: datetime) -> Stretch:
        return Stretch(slo, *counted[start].get((slo.name, group), (0.0, 0.0)))

    windows = tuple(Window(words, *spans[slo.name, words], since(spans[slo.name, words][0])) for words in slo.windows)
    burning = tuple(
        Burning(
            one,
            one.factor(windows[0].period),
            since(now - one.long).burn,
            since(now - one.short).burn,
            since(now - one.long).total >= slo.min_events,
        )
        for one in ALERTS
    )
    return Standing(slo, group, now, windows, burning, since(now - LATELY).burn)


def span_of(window: str, now: datetime, model: Model) -> tuple[datetime, timedelta]:
    """When a window that reaches to `now` began, in UTC, and how long it is in all. Days are those of the clock."""
    zone = model.workspace.timezone
    here = local(now, zone)
    if is_calendar(window):
        first = truncate(here.date(), window, model.workspace.week_start, model.fiscal)
        start = instant(first, zone)
        return start, instant(shift(first, 1, window), zone) - start
    count, grain = parse_window(window)
    start = instant(shift(here, -count, grain), zone)
    # A window of days is as long as they usually are, whatever the clock did in it.
    return start, count * USUALLY[grain] if grain in USUALLY else now - start


def sums(
    ask: Ask, slos: Sequence[Slo], by: Sequence[str], span: tuple[datetime, datetime]
) -> dict[tuple[str, Group], tuple[float, float]]:
    """The bad events and all events of a stretch of UTC time, by objective and group."""
    if span[0] >= span[1]:
        return {}
    names = tuple(dict.fromkeys(name for slo in slos for name in (slo.events, slo.counted)))
    answer = ask(MetricQuery(names, tuple(by), range=between(*span), timezone="UTC"))
    found = {}
    for row in answer.table.dicts():
        group = tuple(row[one] for one in by)
        for slo in slos:
            total, counted = (amount(row[name]) for name in (slo.events, slo.counted))
            found[slo.name, group] = (total - counted if slo.counts_good else counted, total)
    return found


@dataclass(frozen=True, slots=True)
class Spending:
    """How the budget of a window was spent: what of it was left after each period, and what would be left if it were
    spent evenly. It is the budget of the whole window: as many events as there were, or, in one that is not over, as
    there will be if it goes on like this."""

    grain: str
    periods: tuple[Moment, ...]
    left: tuple[float, ...]
    even: tuple[float, ...]


def spending(model: Model, ask: Ask, one: Standing, window: Window) -> Spending:
    """How the budget of one of the windows of all groups together was spent up to now; by the hour in a short one."""
    grain, slo = ("hour" if window.period <= SHORT else "day"), one.slo
    zone, counted = model.workspace.timezone, slo.counted
    start, now = (local(moment, zone).replace(tzinfo=None) for moment in (window.start, one.now))
    query = MetricQuery((slo.events, counted), grain=grain, range=between(start, now), fill="zero")
    passed = max((one.now - window.start) / window.period, HAIR)
    whole = window.stretch.allowed / min(passed, 1.0)
    periods, left, even, bad = list[Moment](), list[float](), list[float](), 0.0
    for row in ask(query).table.dicts():
        at = row[f"{TIME_NAME}__{grain}"]
        assert isinstance(at, date)
        total, found = amount(row[slo.events]), amount(row[counted])
        bad += total - found if slo.counts_good else found
        over = min(instant(shift(at, 1, grain), zone), one.now)
        periods.append(at)
        left.append(1 - bad / whole if whole else 1.0)
        even.append(1 - (over - window.start) / window.period)
    return Spending(grain, tuple(periods), tuple(left), tuple(even))


def worst(ask: Ask, one: Standing, window: Window, most: int = 5) -> list[tuple[datetime, Stretch]]:
    """The hours of a window with most bad events, those first."""
    slo = one.slo
    query = MetricQuery((slo.events, slo.counted), grain="hour", range=between(window.start, one.now), timezone="UTC")
    found = []
    for row in ask(query).table.dicts():
        at = row[f"{TIME_NAME}__hour"]
        assert isinstance(at, datetime)
        total, counted = amount(row[slo.events]), amount(row[slo.counted])
        found.append((instant(at, "UTC"), Stretch(slo, total - counted if slo.counts_good else counted, total)))
    bad = [each for each in found if each[1].bad > 0]
    return sorted(bad, key=lambda each: (-each[1].bad, each[0]))[:most]


def until(model: Model, ask: Ask, slo: Slo) -> datetime:
    """Up to when it is known how an objective stands: where the data of its events ends, by the minute."""
    end = instant(ask(MetricQuery((slo.events,), range="1d", timezone="UTC")).as_of, "UTC")
    if model.workspace.clock == "wall":
        return end
    last = MetricQuery((slo.events,), grain="minute", range=between(end - DAY, end), timezone="UTC")
    minutes = ask(replace(last, order=(f"-{TIME_NAME}__minute",), limit=1)).table.rows
    found = minutes[0][0] if minutes else None
    return instant(found, "UTC") + timedelta(minutes=1) if isinstance(found, datetime) else end


def between(start: datetime, end: datetime) -> str:
    """A stretch of UTC time as a range.

    >>> between(datetime(2026, 3, 1), datetime(2026, 3, 1, 0, 5))
    '2026-03-01T00:00:00..2026-03-01T00:05:00'
    """
    return f"{start:%Y-%m-%dT%H:%M:%S}..{end:%Y-%m-%dT%H:%M:%S}"


def amount(value: Value) -> float:
    """A count as a float; nothing is 0."""
    return float(value) if isinstance(value, int | float | Decimal) else 0.0
