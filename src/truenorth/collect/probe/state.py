"""What results make of time: stretches in which something was up, degraded, down, in maintenance or unknown.

A location has its own runs, and a check its states, upon which enough locations agree. All of it is computed from
results and definitions alone: computed anew from any moment on it comes out the same. Times are in microseconds since
1970 UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct
from msgspec.structs import replace

from truenorth.base.zone import instant, local_day
from truenorth.define.probe import DAYS, Check, Maintenance

MICROSECOND = timedelta(microseconds=1)
QUARTER = 900_000_000
STATES = ("up", "degraded", "down", "maintenance", "unknown")
SILENT, UNSURE = "nothing was heard", "fails, and is tried again"


class Try(Struct, frozen=True):
    """What a result says: whether it was well, and why not."""

    time: int
    ok: bool
    degraded: bool = False
    reason: str = ""


class Run(Struct, frozen=True):
    """A stretch of one state, and why."""

    started: int
    ended: int
    state: str
    reason: str = ""


class Rule(Struct, frozen=True):
    """How a check's results are read."""

    every: int
    patience: int
    retries: int = 0
    quorum: int = 1
    maintenance: tuple[Maintenance, ...] = ()
    timezone: str = "UTC"

    @property
    def back(self) -> int:
        """How far before a result others may look different because of it."""
        return (self.retries + 3) * self.patience


def rule_of(check: Check, timezone: str) -> Rule:
    """How the results of a check are read; silence is for more than two periods and a try."""
    every = check.period // MICROSECOND
    patience = 2 * every + check.patience // MICROSECOND
    return Rule(every, patience, int(check.retries), int(check.quorum), tuple(check.maintenance), timezone)


def seen(tries: Sequence[Try], rule: Rule, before: Run | None = None) -> list[Run]:
    """The runs of one location, up to its last result; `before` is the run that the first lies in, if that is known.

    >>> second = 1_000_000
    >>> tries = [Try(second * at, ok) for at, ok in ((0, True), (30, False), (60, False), (90, True))]
    >>> [(run.started // second, run.state) for run in seen(tries, Rule(30 * second, 70 * second, retries=1))]
    [(0, 'up'), (30, 'down'), (90, 'up')]
    """
    return runs_of(marks_of(tries, rule, before), tries[-1].time) if tries else []


def marks_of(tries: Sequence[Try], rule: Rule, before: Run | None) -> Iterator[tuple[int, str, str]]:
    """Since when which state holds, and why; a failure that is not confirmed in the end leaves no mark."""
    state, last = before.state if before else "unknown", tries[0].time
    failing = list[Try]()
    if before:
        yield last, before.state, before.reason
    for one in tries:
        if one.time - last > rule.patience:
            yield from unsure(failing, state)
            yield last + rule.every, "unknown", SILENT
            state, failing = "unknown", []
        last = one.time
        if one.ok:
            began = failing[0].time if failing and state == "unknown" else one.time
            if began < one.time:
                yield began, "up", ""
            state, failing = ("degraded" if one.degraded else "up"), []
            yield one.time, state, one.reason if one.degraded else ""
            continue
        failing.append(one)
        if state == "down" or len(failing) > rule.retries:
            yield failing[0].time, "down", failing[0].reason
            state, failing = "down", []
    yield from unsure(failing, state)


def unsure(failing: Sequence[Try], state: str) -> Iterator[tuple[int, str, str]]:
    """Failures that are not confirmed yet: nothing is known where nothing was before, else all is as it was."""
    if failing:
        yield failing[0].time, state, UNSURE if state == "unknown" else ""


def runs_of(marks: Iterable[tuple[int, str, str]], until: int) -> list[Run]:
    """The runs between marks in order; like ones that follow each other are one, for the reason of the first."""
    found = list[Run]()
    for at, state, reason in marks:
        if found and found[-1].state == state:
            continue
        if found:
            found[-1] = replace(found[-1], ended=at)
        found.append(Run(at, at, state, reason))
    if found:
        found[-1] = replace(found[-1], ended=max(until, found[-1].started))
    return [one for one in found if one.ended > one.started or one is found[-1]]


def agreed(locations: Mapping[str, Sequence[Run]], rule: Rule, since: int) -> list[Run]:
    """What the runs of all locations come to, from a time on: down where enough of them say so; nothing is known
    where too few are heard to say so, and none of them says that it works. Maintenance goes before all that."""
    until = max((runs[-1].ended for runs in locations.values() if runs), default=0)
    told = {name: lasting(runs, rule, until) for name, runs in locations.items() if runs}
    if not told:
        return []
    begin = max(since, min(runs[0].started for runs in told.values()))
    windows = [one for one in stretches(rule, begin, until) if one[1] > begin]
    ends = {one for runs in told.values() for run in runs for one in (run.started, run.ended)}
    ends |= {one for window in windows for one in window}
    places = sorted({begin, until, *(one for one in ends if begin < one < until)})
    marks = [(at, *verdict(told, rule, at, windows)) for at in places]
    return runs_of(marks, until)


def lasting(runs: Sequence[Run], rule: Rule, until: int) -> list[Run]:
    """The runs of a location up to a time: the last goes on while its next result may still come; when it has not
    come, nothing is known since it was due."""
    last = runs[-1]
    silent = until - last.ended > rule.patience
    return [*runs[:-1], replace(last, ended=last.ended + rule.every if silent else until)]


def verdict(
    told: Mapping[str, Sequence[Run]], rule: Rule, at: int, windows: Sequence[tuple[int, int]]
) -> tuple[str, str]:
    """The state at a moment, and why."""
    if any(start <= at < end for start, end in windows):
        return "maintenance", ""
    found = {name: run for name, runs in told.items() if (run := at_moment(runs, at)) and run.state != "unknown"}
    down = {name: run for name, run in found.items() if run.state == "down"}
    if len(down) >= rule.quorum:
        name, run = min(down.items(), key=lambda one: one[0])
        return "down", run.reason if len(told) == 1 else f"{name}: {run.reason}"
    well = [run for run in found.values() if run.state != "down"]
    if any(run.state == "up" for run in well):
        return "up", ""
    if well:
        return "degraded", well[0].reason
    if down:
        return "unknown", f"{len(down)} of {rule.quorum} locations that must say so say that it is down"
    silent = next((run.reason for runs in told.values() if (run := at_moment(runs, at))), SILENT)
    return "unknown", silent


def at_moment(runs: Sequence[Run], at: int) -> Run | None:
    """The run that a moment lies in."""
    for run in reversed(runs):
        if run.started <= at and (at < run.ended or (run is runs[-1] and at == run.ended)):
            return run
    return None


def stretches(rule: Rule, start: int, end: int) -> list[tuple[int, int]]:
    """Announced maintenance that touches a stretch of time."""
    found = list[tuple[int, int]]()
    for one in rule.maintenance:
        zone = one.timezone or rule.timezone
        if one.start:
            found.append((once(one.start, zone), once(one.end, zone)))
            continue
        day = local_day(moment(start), zone) - timedelta(days=1)
        while day <= local_day(moment(end), zone):
            if DAYS[day.weekday()] in one.days:
                found.append(weekly(one, day, zone))
            day += timedelta(days=1)
    return sorted(each for each in found if each[0] <= end and each[1] >= start)


def once(text: str, zone: str) -> int:
    """A local time that is written out."""
    return micros(instant(datetime.fromisoformat(text), zone))


def weekly(one: Maintenance, day: date, zone: str) -> tuple[int, int]:
    """What begins on a local day; it may end on the next one."""
    began, over = time.fromisoformat(one.from_), time.fromisoformat(one.to)
    last = day if over > began else day + timedelta(days=1)
    return micros(instant(datetime.combine(day, began), zone)), micros(instant(datetime.combine(last, over), zone))


def quarters(states: Sequence[Run], since: int) -> Iterator[tuple[int, dict[str, float]]]:
    """How many seconds of each quarter of an hour something was in each state, from a time on."""
    found: dict[int, dict[str, float]] = {}
    for one in states:
        at = max(one.started, since)
        while at < one.ended:
            quarter = at - at % QUARTER
            until = min(one.ended, quarter + QUARTER)
            seconds = found.setdefault(quarter, dict.fromkeys(STATES, 0.0))
            seconds[one.state] += (until - at) / 1e6
            at = until
    yield from sorted(found.items())


def micros(value: datetime) -> int:
    """A naive UTC time in microseconds."""
    return (value - datetime(1970, 1, 1)) // MICROSECOND


def moment(value: int) -> datetime:
    """Microseconds as a naive UTC time."""
    return datetime.fromtimestamp(value / 1e6, UTC).replace(tzinfo=None)
