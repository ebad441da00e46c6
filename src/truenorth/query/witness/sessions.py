"""Sessions read plainly: entity by entity, row by row, each row put into the visit that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import mean

from msgspec import Struct

from truenorth.base.period import parse_window, shift
from truenorth.base.table import Value
from truenorth.define.model import Metric
from truenorth.define.sessions import CAP, ENGAGED_AFTER, IDLE
from truenorth.query.creditor import Reading


class Event(Struct, frozen=True):
    """A row of an entity: when it was, the session that it names, whether it opens one, is a view, is key, whether it
    lies in the cell that is asked for, and whether a session that begins with it does."""

    moment: datetime
    name: object = None
    opens: bool = True
    view: bool = True
    key: bool = False
    inside: bool = True
    begins: bool = True


class Visit:
    """A session that is being put together."""

    def __init__(self) -> None:
        self.rows: list[Event] = []
        self.joined: list[Event] = []

    @property
    def start(self) -> datetime:
        return self.rows[0].moment

    @property
    def seconds(self) -> float:
        """How long it lasts: from its first to its last row."""
        return (self.rows[-1].moment - self.start) / timedelta(seconds=1)

    @property
    def events(self) -> list[Event]:
        """All that happened in it."""
        return [*self.rows, *self.joined]

    def counts(self, by_last: bool) -> bool:
        """Whether a row that is its first (or last) lies in the cell."""
        edge = self.rows[-1 if by_last else 0].moment
        return self.rows[0].begins and any(one.inside for one in self.rows if one.moment == edge)


def turn(one: Event) -> tuple[object, ...]:
    """Rows of one time: those that name a session first, by their names, each before those that do not open one."""
    return one.moment, one.name is None, not one.opens, one.name if one.name is not None else ""


def visits(events: Iterable[Event], idle: timedelta, cap: timedelta) -> list[Visit]:
    """The sessions of one entity."""
    found: list[Visit] = []
    named: dict[object, Visit] = {}
    apart: list[Event] = []
    current = Visit()
    since = last = datetime.min
    for one in sorted(events, key=turn):
        is_open = bool(found) and one.moment - last <= idle and one.moment - since <= cap
        if not one.opens:
            if one.name is not None:
                apart.append(one)
            elif is_open:
                current.joined.append(one)
            continue
        if one.name is not None:
            if one.name not in named:
                named[one.name] = Visit()
                found.append(named[one.name])
            current, since = named[one.name], one.moment
        elif not is_open:
            current, since = Visit(), one.moment
            found.append(current)
        current.rows.append(one)
        last = one.moment
    for one in apart:
        if one.name in named:
            named[one.name].joined.append(one)
    return found


def followed(reading: Reading, metric: Metric, met: Sequence[str], begun: Sequence[str] = ()) -> Value:
    """A number of the sessions that begin (or end, where the metric looks at exits) where some conditions are met, and
    begin where others are."""

    def flag(text: str, otherwise: str) -> str:
        return f"CASE WHEN {reading.rendered(metric, text) if text else otherwise} THEN 1 ELSE 0 END"

    opens = flag(metric.opens, "1 = 1")
    flags = [opens, flag(metric.view, "1 = 1") if metric.view else opens, flag(metric.key, "1 = 0")]
    named = [reading.rendered(metric, metric.session) if metric.session else "NULL"]
    inside = [f"CASE WHEN {' AND '.join(one) or '1 = 1'} THEN 1 ELSE 0 END" for one in (met, begun)]
    moment, who = reading.moment(metric, reading.in_days(metric)), reading.who(metric, metric)
    people: dict[tuple[object, ...], list[Event]] = {}
    for row in reading.read(metric, [moment, *flags, *inside, *named, *who]):
        if None not in row[7:] and isinstance(row[0], date):
            event = Event(instant(row[0]), None if row[6] == "" else row[6], *(bool(one) for one in row[1:6]))
            people.setdefault(row[7:], []).append(event)
    by_last = metric.by_row == "exit"
    length = {key: length_of(getattr(metric, key) or other) for key, other in DEFAULTS.items()}
    found = [
        [one for one in visits(events, length["idle"], length["cap"]) if one.counts(by_last)]
        for events in people.values()
    ]
    return number_of(metric, found, length["engaged_after"])


DEFAULTS = {"idle": IDLE, "cap": CAP, "engaged_after": ENGAGED_AFTER}


def instant(moment: date) -> datetime:
    """A moment without its zone; a day as the time it begins."""
    return moment.replace(tzinfo=None) if isinstance(moment, datetime) else datetime(*moment.timetuple()[:3])


def length_of(text: str) -> timedelta:
    """A length that is the same on every day."""
    begin = datetime(2000, 1, 1)
    return shift(begin, *parse_window(text)) - begin


def number_of(metric: Metric, people: Iterable[Sequence[Visit]], engaged_after: timedelta) -> Value:
    """A number of the sessions of each entity."""
    lists = [one for one in people if one]
    found = [visit for one in lists for visit in one]
    if metric.part == "people":
        return len(lists)
    if metric.part == "sessions":
        return len(found)
    engaged = [one for one in found if is_engaged(one, engaged_after.total_seconds())]
    bounced = [one for one in found if bounces(metric, one, one in engaged)]
    if metric.part in ("engaged", "bounces"):
        return len(engaged if metric.part == "engaged" else bounced)
    if not found:
        return None
    if metric.part in ("engagement_rate", "bounce_rate"):
        return len(engaged if metric.part == "engagement_rate" else bounced) / len(found)
    if metric.part in ("events_per_session", "views_per_session"):
        each = [len(one.events) if metric.part.startswith("events") else viewed(one) for one in found]
        return sum(each) / len(found)
    lasted = sorted(one.seconds for one in found)
    if metric.part == "duration":
        return mean(lasted)
    place = (0.5 if metric.part == "median_duration" else 0.9) * (len(lasted) - 1)
    low, high = lasted[int(place)], lasted[min(int(place) + 1, len(lasted) - 1)]
    return low + (high - low) * (place - int(place))


def viewed(visit: Visit) -> int:
    """How many views a session has."""
    return sum(one.view for one in visit.events)


def is_engaged(visit: Visit, seconds: float) -> bool:
    """Whether a session is engaged, as Google Analytics 4 counts it."""
    return visit.seconds >= seconds or any(one.key for one in visit.events) or viewed(visit) >= 2


def bounces(metric: Metric, visit: Visit, engaged: bool) -> bool:
    """Whether a session bounces."""
    if metric.bounce == "not_engaged":
        return not engaged
    with_key = metric.bounce == "one_view_no_key" and any(one.key for one in visit.events)
    return viewed(visit) <= 1 and not with_key
