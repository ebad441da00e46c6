"""What each period of an answer stands beside: the range before, a year before, the same weekdays, a fixed period."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.period import CLOCK, MONTHS, Moment, Span, day_of, day_past, spoken, wall
from truenorth.base.range import parse_range, to_date_grain
from truenorth.base.zone import instant, local, zone_of
from truenorth.query.calendar import Calendar
from truenorth.query.request import MetricQuery
from truenorth.query.window import Window, shifted

# How far back something is looked at; 0 of a unit is its beginning.
Step = tuple[int, str]
BACK = ("prev", "year", "prev_by_weekday", "year_by_weekday")
WORDS = f"{', '.join(BACK)}, or a period such as 2025-12"


class Comparison(Struct, frozen=True):
    """Windows moved back by a step, or put beside those of a fixed span; `until` is where time has come to."""

    step: Step | None = None
    beside: Span | None = None
    until: Moment | None = None
    named: str = ""

    @property
    def words(self) -> str:
        """How far back it lies, or the fixed period's own name."""
        if self.step is None:
            return self.named
        count, grain = self.step
        if count == 1:
            return f"{'a' if grain == 'year' else 'the'} {spoken(grain)} before"
        return f"{count:,} {spoken(grain)}s before"

    @property
    def within_days(self) -> bool:
        """Whether it looks at parts of days."""
        edges = (self.until, *((self.beside.start, self.beside.end) if self.beside else ()))
        return any(isinstance(edge, datetime) for edge in edges) or (self.step is not None and self.step[1] in CLOCK)

    def by_days(self) -> Comparison:
        """The same for what is counted over whole days."""
        return self if self.until is None else replace(self, until=day_past(self.until))

    def earlier(self, windows: tuple[Window, ...], calendar: Calendar) -> tuple[Window, ...]:
        """The windows that those of the answer stand beside; one that has none of its own is left out.

        A period that has not ended is compared with as much of the other one as has passed of it.
        """
        if self.beside is not None:
            return self.placed(windows, replace(calendar, span=self.beside, only=()).windows(), calendar.timezone)
        assert self.step is not None
        return apart(
            shifted(self.passed(windows, calendar.timezone), *self.step, calendar.reckoning), calendar.timezone
        )

    def passed(self, windows: tuple[Window, ...], zone: str) -> tuple[Window, ...]:
        """The windows as far as they are over; one that has not begun is left out."""
        if self.until is None:
            return windows
        until = instant(self.until, zone)
        begun = list(windows)
        while begun and (start := begun[-1].start) is not None and instant(start, zone) >= until:
            begun.pop()
        if begun and ((end := begun[-1].end) is None or instant(end, zone) > until):
            begun[-1] = replace(begun[-1], end=self.until)
        return tuple(begun)

    def placed(self, windows: tuple[Window, ...], others: tuple[Window, ...], zone: str) -> tuple[Window, ...]:
        """Each window beside the one at the same place of the fixed span, as far as time has come."""
        found = []
        for window, other in zip(self.passed(windows, zone), others, strict=False):
            end = other.end
            if window.end == self.until and self.until and window.start and other.start and end:
                reached = moved(other.start, local_wall(self.until, zone) - local_wall(window.start, zone))
                end = min(end, reached, key=lambda moment: instant(moment, zone))
            found.append(replace(window, start=other.start, end=end))
        return tuple(found)


def local_wall(value: Moment, zone: str) -> datetime:
    """What the clock on the wall of a zone shows at a moment."""
    return wall(value.astimezone(zone_of(zone)) if isinstance(value, datetime) and value.tzinfo else value)


def moved(value: Moment, length: timedelta) -> Moment:
    """A moment later by a length: a day stays a day where the length is whole days."""
    if isinstance(value, datetime) or not length % timedelta(days=1):
        return value + length
    return wall(value) + length


def apart(windows: tuple[Window, ...], zone: str) -> tuple[Window, ...]:
    """The windows without those that look again at what one before them has looked at: 29 February a year before."""
    found: list[Window] = []
    for window in windows:
        last = found[-1].end if found else None
        if last is None or window.start is None or not before(window.start, last, zone):
            found.append(window)
    return tuple(found)


def before(one: Moment, other: Moment, zone: str) -> bool:
    """Whether a moment comes before another; days are told apart without a zone."""
    if isinstance(one, datetime) or isinstance(other, datetime):
        return instant(one, zone) < instant(other, zone)
    return one < other


def comparison(query: MetricQuery, calendar: Calendar, clock: str, last: date | None) -> Comparison:
    """What a question is compared with; `last` is the last day with data, after which nothing can be compared."""
    until = time_reached(calendar, last)
    if query.vs not in BACK:
        return Comparison(beside=fixed(query.vs, calendar, clock), until=until, named=query.vs)
    return Comparison(step=step_back(query, calendar), until=until)


def fixed(words: str, calendar: Calendar, clock: str) -> Span:
    """The span of a fixed period."""
    try:
        here = local(calendar.as_of, calendar.timezone)
        span = parse_range(words, here, clock=clock, week_start=calendar.week_start, fiscal=calendar.fiscal)
    except QueryError as error:
        hint = did_you_mean(words, BACK) or WORDS
        raise QueryError("E_UNKNOWN_COMPARISON", f'nothing to compare with is named "{words}"', hint=hint) from error
    if not span.bounded:
        raise QueryError("E_UNKNOWN_COMPARISON", f'"{words}" has no beginning or no end', hint=WORDS)
    return span


def step_back(query: MetricQuery, calendar: Calendar) -> Step:
    """How far a comparison looks back."""
    unit = to_date_grain(query.range)
    if query.vs == "prev" and unit is not None:
        return (52, "week") if unit == "year" and calendar.grain == "week" else (1, unit)
    if query.vs == "year_by_weekday":
        return 52, "week"
    if query.vs == "prev_by_weekday":
        assert calendar.span.start is not None and calendar.span.end is not None
        days = (day_past(calendar.span.end) - day_of(calendar.span.start)).days
        return max(1, -(-days // 7)), "week"
    return calendar.step_back(query.vs)


def time_reached(calendar: Calendar, last: date | None) -> Moment | None:
    """The full hour that time has come to, or the end of data that lies ahead; None where all asked time is over."""
    here = local(calendar.as_of, calendar.timezone)
    hour = here.replace(minute=0, second=0, microsecond=0)
    until: Moment = hour if hour == here else local(calendar.as_of + timedelta(hours=1), calendar.timezone)
    if isinstance(until, datetime):
        until = until.replace(minute=0, second=0, microsecond=0)
        until = until.date() if until.hour == 0 else until
    if last is not None and last >= day_past(until):
        until = last + timedelta(days=1)
    end = calendar.span.end
    return until if end is not None and wall(end) > wall(until) else None


def notes(found: Comparison, calendar: Calendar, windows: tuple[Window, ...]) -> Iterable[str]:
    """What has to be said of a comparison: what it leaves out, and where parts and total differ."""
    passed = found.passed(windows, calendar.timezone)
    if passed and passed != windows[: len(passed)]:
        end = moment_words(found.until or date.max)
        yield f"what has not ended is compared with as much of what it stands beside: as much as had passed by {end}"
    if found.beside is not None:
        yield from fixed_notes(found, calendar, len(windows))
    elif calendar.grain == "day" and found.step is not None and found.step[1] in MONTHS:
        yield from uneven(found, calendar, passed)


def moment_words(until: Moment) -> str:
    """A moment as people write it; a midnight is the day before."""
    if isinstance(until, datetime):
        return f"{until:%Y-%m-%d %H:%M}"
    return f"{until - timedelta(days=1)}"


def fixed_notes(found: Comparison, calendar: Calendar, own: int) -> Iterable[str]:
    """That a fixed period is longer or shorter than what it stands beside."""
    assert found.beside is not None
    here, there = (days_of(span) for span in (calendar.span, found.beside))
    if here and there and here != there:
        yield f"{days(here)} compared with {days(there)} of {found.named}"
    others = len(replace(calendar, span=found.beside, only=()).windows())
    if calendar.grain and others > own:
        grains = f"{others - own:,} {spoken(calendar.grain)}{'s' if others - own > 1 else ''}"
        yield f"{grains} of {found.named} that nothing stands beside: only in the total"


def uneven(found: Comparison, calendar: Calendar, passed: tuple[Window, ...]) -> Iterable[str]:
    """Days that have no day of their own before, and days before that no day stands beside."""
    assert found.step is not None
    words = found.words
    moved_back = shifted(passed, *found.step, calendar.reckoning)
    own = apart(moved_back, calendar.timezone)
    if alone := len(moved_back) - len(own):
        yield f"{days(alone)} of which the number is missing {words}: not compared"
    whole = found.earlier((Window((), calendar.span.start, calendar.span.end),), calendar)
    left = days_in(whole) - days_in(own)
    if left > 0 and not calendar.only:
        yield f"{days(left)} {words} that no day of the answer stands beside: only in the total"


def days_in(windows: Iterable[Window]) -> int:
    """How many days windows touch together."""
    return sum(days_of(Span(one.start, one.end)) for one in windows)


def days(count: int) -> str:
    """A number of days in words."""
    return f"{count:,} day{'' if count == 1 else 's'}"


def days_of(span: Span) -> int:
    """How many days a span touches; 0 when it is open."""
    if span.start is None or span.end is None:
        return 0
    return (day_past(span.end) - day_of(span.start)).days
