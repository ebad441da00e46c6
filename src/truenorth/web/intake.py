"""The pages of what comes in: sources, live events, fields, loads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from urllib.parse import urlencode

import msgspec
from markupsafe import Markup

from truenorth.base.age import age
from truenorth.chart.spark import Spark, spark
from truenorth.collect.ledger import Load
from truenorth.collect.live import Event, Stream, Wanted
from truenorth.collect.schema import Field
from truenorth.collect.status import Status
from truenorth.web.speak import svg
from truenorth.web.view import Chip, Choice

TABS = (
    ("Sources", "/data"),
    ("Live events", "/data/events"),
    ("Schema", "/data/schema"),
    ("Loads", "/data/loads"),
    ("Quarantine", "/data/quarantine"),
    ("Keys", "/data/keys"),
)
STATES = {"live": "ok", "quiet": "", "silent": "stale"}


def tabs(here: str) -> tuple[Choice, ...]:
    """The pages beside each other."""
    return tuple(Choice(label, href, href == here) for label, href in TABS)


@dataclass(frozen=True, slots=True)
class Sending:
    """A source that sends by itself."""

    name: str
    dialect: str
    hour: str
    line: Markup
    seen: str
    total: str
    state: Chip
    href: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A table that is loaded from elsewhere."""

    name: str
    source: str
    loaded: str
    newest: str
    rows: str
    state: Chip


@dataclass(frozen=True, slots=True)
class Sources:
    """The first of the pages."""

    tabs: tuple[Choice, ...]
    summary: str
    capture: str
    sending: tuple[Sending, ...]
    fetched: tuple[Fetched, ...]
    notes: tuple[Choice, ...]


def sources(status: Status, notes: tuple[str, ...] = ()) -> Sources:
    """Every source with its rate and how new it is."""
    failed = {(line.source, line.table): line for line in status.failed}
    sending = tuple(_sending(one, status) for one in status.streams)
    fetched = tuple(
        Fetched(
            name=one.table,
            source=one.source or "import",
            loaded=age(one.loaded_at, status.now),
            newest=f"{one.newest:%-d %b %Y, %H:%M}" if one.newest else "–",
            rows=f"{one.rows:,}",
            state=_outcome(failed.pop((one.source, one.table), None)),
        )
        for one in status.tables
    )
    never = tuple(
        Fetched(line.table, line.source, "never", "–", "0", _outcome(line)) for line in failed.values()
    )  # a table that could not be loaded even once
    worries = (Choice(one.words, "/data/quarantine" if one.quarantined else "") for one in status.worries())
    told = (*(Choice(words, "") for words in notes), *worries)
    return Sources(tabs("/data"), _summary(status), _capture(status), sending, fetched + never, told)


def _outcome(failed: Load | None) -> Chip:
    return Chip("failed", "signal", hint=failed.error) if failed else Chip("loaded", "ok")


def _capture(status: Status) -> str:
    """The collecting process in a line."""
    capture = status.capture
    if capture is None:
        return ""
    waiting = f"{status.waiting / 1e6:.1f} MB wait to be loaded" if status.waiting > 50_000 else "nothing waits"
    return f"Collecting at {capture.url} · {capture.per_minute:,} in the last minute · {waiting}"


def _summary(status: Status) -> str:
    if not status.streams and not status.tables:
        return "nothing came in yet"
    parts = []
    if status.streams:
        parts.append(f"last received {age(max(one.last_seen for one in status.streams), status.now)}")
    if status.tables:
        parts.append(f"last loaded {age(max(one.loaded_at for one in status.tables), status.now)}")
    return " · ".join(parts)


def _sending(one: Stream, status: Status) -> Sending:
    state = status.state(one)
    label = f"{one.unit} of {one.source} an hour, the last 24 hours"
    line = spark(Spark(tuple(float(count) for count in one.hours), label=label), (150, 26))
    query = urlencode({"source": one.source})
    return Sending(
        name=one.source,
        dialect=one.dialect,
        hour=f"{one.last_hour:,}",
        line=svg(line),
        seen=age(one.last_seen, status.now),
        total=one.amount,
        state=Chip(state, STATES[state]),
        href=f"/data/events?{query}" if one.unit == "events" else "",
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """One event in the list; `facts` are its fields beside the payload."""

    mark: str
    time: str
    name: str
    person: str
    source: str
    received: str
    facts: tuple[tuple[str, str], ...]
    payload: str


@dataclass(frozen=True, slots=True)
class Live:
    """The newest events."""

    tabs: tuple[Choice, ...]
    wanted: Wanted
    events: tuple[Seen, ...]
    paused: bool
    pause: Choice
    sources: tuple[str, ...]
    known: bool
    hidden: bool = False


def live(events: Iterable[Event], wanted: Wanted, known: tuple[tuple[str, ...], datetime], paused: bool) -> Live:
    """The newest events with all that was sent; `known` are the sources there are and the present time. `paused`
    stops the page from looking for newer events."""
    names, now = known
    words = {name: getattr(wanted, name) for name in Wanted.__struct_fields__ if getattr(wanted, name)}
    other = urlencode(words if paused else {**words, "pause": "1"})
    pause = Choice("Go on" if paused else "Pause", "/data/events" + (f"?{other}" if other else ""), paused, key="p")
    seen = tuple(_seen(one, now) for one in events)
    return Live(tabs("/data/events"), wanted, seen, paused, pause, names, bool(names))


def _seen(one: Event, now: datetime) -> Seen:
    times = (("time", one.time), ("sent as", one.client_time), ("sent at", one.sent_at), ("received", one.received_at))
    facts = [(name, f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC".replace(".000000", "")) for name, moment in times if moment]
    texts = (
        ("source", f"{one.source} ({one.dialect})"), ("id", one.event_id), ("user", one.user_id),
        ("anonymous", one.anonymous_id), ("session", one.session_id), ("groups", one.groups),
        ("library", one.library), ("load", str(one.load_id or "")),
    )  # fmt: skip
    facts += [(name, text) for name, text in texts if text]
    mark = f"{one.received_at:%H%M%S%f}-{one.event_id}"
    clock = f"{one.time:%H:%M:%S}"
    person = one.user_id or one.anonymous_id or "–"
    return Seen(mark, clock, one.event, person, one.source, age(one.received_at, now), tuple(facts), _pretty(one))


def _pretty(one: Event) -> str:
    return msgspec.json.format(one.properties.encode(), indent=2).decode() if one.properties else "{}"


@dataclass(frozen=True, slots=True)
class Property:
    """One field of an event."""

    name: str
    types: str
    share: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One event of a source with its fields."""

    source: str
    name: str
    events: str
    seen: str
    properties: tuple[Property, ...]
    href: str


@dataclass(frozen=True, slots=True)
class Schema:
    """Events and their fields."""

    tabs: tuple[Choice, ...]
    kinds: tuple[Kind, ...]
    summary: str


def schema(fields: Iterable[Field]) -> Schema:
    """Every event that ever came in, with its fields, their types, and when they were first and last seen."""
    kinds = tuple(
        _kind(source, event, list(group))
        for (source, event), group in groupby(fields, lambda it: (it.source, it.event))
    )
    summary = f"{len(kinds)} kind{'' if len(kinds) == 1 else 's'} of events"
    return Schema(tabs("/data/schema"), kinds, summary)


def _kind(source: str, event: str, group: list[Field]) -> Kind:
    whole = next(one for one in group if not one.field)
    properties = tuple(
        Property(
            name=one.field,
            types=" or ".join(one.types) or "–",
            share=f"{100 * one.events / whole.events:.0f} %",
            first=_day(one.first_seen),
            last=_day(one.last_seen),
        )
        for one in group
        if one.field
    )
    query = urlencode({"source": source, "event": event})
    first, last = _day(whole.first_seen), _day(whole.last_seen)
    return Kind(
        source=source,
        name=event,
        events=f"{whole.events:,} event{'' if whole.events == 1 else 's'}",
        seen=first if first == last else f"{first} to {last}",
        properties=properties,
        href=f"/data/events?{query}",
    )


def _day(moment: datetime) -> str:
    return f"{moment:%-d %b %Y, %H:%M}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """One line of the ledger."""

    number: str
    when: str
    table: str
    source: str
    kind: str
    read: str
    loaded: str
    rejected: str
    took: str
    file: str
    state: Chip


@dataclass(frozen=True, slots=True)
class Loads:
    """The ledger."""

    tabs: tuple[Choice, ...]
    lines: tuple[Loaded, ...]


KINDS: Mapping[str, str] = {
    "import": "file, by hand",
    "file": "file",
    "whole": "whole table",
    "changed": "changed rows",
    "same": "nothing new",
    "failed": "failed",
    "capture": "captured",
}


def loads(lines: Iterable[Load]) -> Loads:
    """Every load, the newest first."""
    return Loads(tabs("/data/loads"), tuple(_loaded(line) for line in lines))


def _loaded(line: Load) -> Loaded:
    # What is captured is brought in piece by piece as it comes, so its line lasts as long as somebody sends.
    timed = line.started_at if line.kind != "capture" else None
    took = f"{(line.loaded_at - timed).total_seconds():.1f} s" if timed else ""
    state = Chip("loaded", "ok")
    if line.kind == "failed":
        state = Chip("failed", "signal", hint=line.error)
    elif line.replaced_by:
        state = Chip(f"replaced by {line.replaced_by}")
    elif line.rejected:
        state = Chip(f"{line.rejected:,} rejected", "stale")
    return Loaded(
        number=str(line.load_id),
        when=_day(line.loaded_at),
        table=line.table,
        source=line.source or "–",
        kind=KINDS.get(line.kind, line.kind),
        read=f"{line.read:,}",
        loaded=f"{line.loaded:,}",
        rejected=f"{line.rejected:,}",
        took=took,
        file=line.file,
        state=state,
    )
