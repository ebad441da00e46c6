"""Events, sessions and page views: who used the product, how often, and what they did."""

from __future__ import annotations

import re

from truenorth.discover.book import Book
from truenorth.discover.counting import among, both, there
from truenorth.discover.facts import Column, named
from truenorth.discover.pick import is_flag, person, pick, referring
from truenorth.discover.purchase import BUY, bought, seen_as
from truenorth.discover.rule.first import first_events
from truenorth.discover.subject import Subject, length_unit
from truenorth.discover.word import plain_name
from truenorth.discover.world import World, also, variants

_UP = r"(user[ _-]*)?sign(ed)?[ _-]*up([ _-]*completed)?|register(ed)?|(account|user)[ _-]*created"
_VIEW = r"(\[\w+\] )?\$?page[ _-]*view(ed)?|viewed[ _-]*page|screen[ _-]*view(ed)?|\$screen|page"
# What people did that has a name of its own: the pattern of its event, the metric, its label, unit and weight.
_KNOWN = (
    (_VIEW, "page_views", "Page views", "views", 6.0),
    (_UP, "signups", "Sign-ups", "signups", 8.0),
    (BUY, "purchases", "Purchases", "purchases", 8.0),
    (r"first[ _-]*(visit|open)", "new_users", "New users", "people", 6.0),
    (r"session[ _-]*start(ed)?", "session_starts", "Session starts", "sessions", 1.0),
)
_QUIET = re.compile(r"\$?(identify|set|group|create_alias|feature_flag_called|groupidentify|merge_dangerously)", re.I)
_OTHERS = ("anonymous", "device", "visitor", "pseudo")
_YES = ("1", "true", "yes")
_MOST = 6  # so many other events have a metric of their own
# Events that tell how people get on come before others that are more frequent; what happens by itself comes last.
_STEPS = re.compile(
    r".*(cart|basket|checkout|payment|lead|trial|subscri|invit|activat|onboard|upgrad|cancel|creat|complet|shar|search|"
    r"log[ _-]*in|sign[ _-]*in|install|download|book|contact).*",
    re.I,
)
_BY_ITSELF = re.compile(r".*(scroll|engagement|heartbeat|ping|impression|web[ _-]*vitals|autocapture|leave).*", re.I)


def events(world: World, subject: Subject) -> None:
    """The metrics of a stream of events."""
    book, where = Book(world, subject, "customer"), both(there(subject.table))
    who, event = who_of(subject), pick(subject.table, "event")
    name = world.free("event_count", subject)
    count = book.standard(name, {"where": where}, 5) if name == "event_count" else ""
    count = count or book.count(name, "Events", where, 5, unit="events")
    if who and "active_users" not in world.taken:
        active(book, who, where, count)
    session = sessions_in(book, where)
    if event is not None:
        _by_name(book, event, who, where)
        _pages(book, event, session, where)
    _engagement(book, session, where)
    if who:
        first_events(world, subject, who)


def who_of(subject: Subject) -> str:
    """The field that says who: of several ids the person's own, where it is known."""
    found = person(subject.table)
    if found is None:
        return ""
    # Web analytics count people by the browser's id, which is there before anybody signs in, and stays.
    if (pseudo := seen_as(subject.table)) is not None and pseudo.filled >= found.filled:
        subject.notes.append(f"people are counted by {pseudo.written}, as web analytics count them")
        return subject.called(pseudo)
    others = [one for one in subject.table.columns if one.name != found.name and not one.inside and one.filled]
    others = [one for one in others if referring(one).split()[-1:] and referring(one).split()[-1] in _OTHERS]
    if found.filled == subject.table.rows or not others:
        return subject.called(found)
    other = max(others, key=lambda one: one.filled)
    first, second = subject.called(found), subject.called(other)
    if found.type != other.type:
        first, second = f"cast({first} as varchar)", f"cast({second} as varchar)"
    subject.unsure.append(
        f"who is behind rows without {found.written}: they count by {other.written}, so that somebody seen before and "
        "after signing in may count twice"
    )
    return subject.computed("person", f"coalesce({first}, {second})")


def active(book: Book, who: str, where: str, count: str, whom: str = "") -> None:
    """How many different people there were in a day, a week, a month, and any period; `whom` says who they are, where
    it is not plain that rows are people's doings."""
    slots = {"person": who, "active": where}

    def text(when: str) -> str:
        return f"{whom}, {when}." if whom else ""

    day = book.standard("daily_active_users", slots, 10, text("on the last day of each period shown"))
    people = f"{day}_people" if day else ""
    part = {"people": people} if people else {}
    book.standard("weekly_active_users", slots | part, 8, text("in the 7 days up to the end of each period shown"))
    book.standard("monthly_active_users", slots | part, 9, text("in the 28 days up to the end of each period shown"))
    everyone = book.standard("active_users", slots, 7, text("in each period shown"))
    if count:
        parts = {"events": count, "people": people or everyone}
        book.standard("events_per_user", parts, 5) or book.ratio(
            "events_per_user",
            "Events per user",
            (count, everyone),
            5,
            description="Events by the people who caused them.",
        )


def sessions_in(book: Book, where: str) -> str:
    """How many visits there were, where rows name theirs; the field that does, or ""."""
    subject = book.subject
    column, found = subject.column("session"), seen_as(subject.table) or person(subject.table)
    if column is None or column.distinct < 2 or subject.table.key == (column.name,):
        return ""
    session = subject.called(column)
    # Web analytics count sessions by a number that is a person's own: others may have the same.
    if "ga" in column.words and found is not None:
        own = f"concat({subject.called(found)}, '.', cast({session} as varchar))"
        known = f"{session} is not null and {subject.called(found)} is not null"
        session = subject.computed("session", f"case when {known} then {own} end")
    if column.type == "integer" and float(str(column.low)) < 0:
        subject.notes.append(f"{column.written} below 0 stands for no session")
        where = also(where, f"{session} >= 0")
    count = book.standard("session_count", {"session": session, "where": where}, 6)
    count = count or book.people("session_count", "Sessions", session, where, 6, unit="sessions")
    people = "active_users" if "active_users" in book.world.taken else ""
    book.ratio("sessions_per_user", "Sessions per user", (count, people), 3)
    return session


def _pages(book: Book, event: Column, session: str, where: str) -> None:
    """How many pages a visit has."""
    views = [value for value in event.values if re.fullmatch(_VIEW, value, re.I)]
    if session and views:
        slots = {"session": session, "viewed": among(event, views), "where": where}
        book.standard("pages_per_session", slots, 3)


def _engagement(book: Book, session: str, where: str) -> None:
    """How many visits were engaged, and for how long people looked, where the events of web analytics say it."""
    subject, everyone = book.subject, "active_users" if "active_users" in book.world.taken else ""
    told = next((one for one in subject.table.columns if set(one.words) == {"session", "engaged"}), None)
    yes = [value for value in told.values if value.lower() in _YES] if told is not None else []
    if session and told is not None and (told.type == "boolean" or yes):
        subject.called(told)
        held = also(named(told.name) if told.type == "boolean" else among(told, yes), where)
        engaged = book.people("engaged_sessions", "Engaged sessions", session, held, 3, unit="sessions")
        text = "Of all sessions, the share that an event called engaged."
        keys = {"unit": "percent", "description": text}
        book.ratio("engagement_rate", "Engagement rate", (engaged, "session_count"), 4, **keys)
    lasting = next((one for one in subject.table.columns if {"engagement", "time"} <= set(one.words)), None)
    if lasting is not None and (unit := length_unit(lasting)):
        text = "The time for which people had the pages before them."
        shown = {"filter": where, "unit": unit, "description": text}
        total = book.rows("sum", "engagement_time", "Engagement time", subject.called(lasting), shown, 1)
        book.ratio("engagement_time_per_user", "Engagement time per user", (total, everyone), 3, unit=unit)


def _by_name(book: Book, event: Column, who: str, where: str) -> None:
    """What people did: page views, sign-ups, purchases, and the most frequent of the rest."""
    book.subject.called(event)
    told: set[str] = set()
    for pattern, name, label, unit, weight in _KNOWN:
        values = [value for value in event.values if re.fullmatch(pattern, value, re.I)]
        if not values:
            continue
        told |= set(values)
        held = also(among(event, values), where)
        made = book.standard(name, {"where": held}, weight) if name == "page_views" else ""
        made = made or book.count(book.world.free(name, book.subject), label, held, weight, unit=unit)
        if made in ("signups", "purchases") and who:
            title = f"People with {label.lower()}"
            people = book.people(f"people_with_{made}", title, who, held, 2, unit="people")
            if made == "signups" and "active_users" in book.world.taken:
                text = "Of the people who did anything in a period, the share that signed up."
                keys = {"unit": "percent", "description": text}
                book.ratio("signup_rate", "Share of people who signed up", (people, "active_users"), 3, **keys)
            if made == "purchases" and "active_users" in book.world.taken:
                text = "Of the people who did anything in a period, the share that bought."
                slots = {"person": who, "converted": among(event, values), "where": where}
                book.standard("conversion_rate", slots, 6, text)
    rest = [value for value in event.values if value not in told and not _QUIET.fullmatch(value)]
    rest.sort(key=lambda value: 0 if _STEPS.fullmatch(value) else 2 if _BY_ITSELF.fullmatch(value) else 1)
    for value in rest[:_MOST]:
        name = book.world.free(f"{plain_name(value)}_events", book.subject)
        if len(name) <= 50:
            book.count(name, f"{_human(value)} events", also(among(event, [value]), where), 2, unit="events")
    _worth(book, event, where)


def _human(value: str) -> str:
    return re.sub(r"[\s_$-]+", " ", value).strip().capitalize()


def _worth(book: Book, event: Column, where: str) -> None:
    """What purchases among the events brought, where they say it."""
    buys = bought(event)
    total = book.subject.column("total") or book.subject.column("price")
    if not buys or total is None or "revenue" in book.world.taken:
        return
    text = f"What the events {' and '.join(buys)} say they brought."
    held = also(among(event, buys), where)
    amount = book.subject.called(total)
    keys = {"domain": "financial", "description": text}
    for variant in variants(book.subject):
        where, label = also(held, variant.condition), f"Revenue of events{variant.label}"
        book.money(f"event_revenue{variant.suffix}", label, amount, where, 6, **keys)


def sessions(world: World, subject: Subject) -> None:
    """The metrics of a table with one row a visit."""
    book, where, who = Book(world, subject, "customer"), both(there(subject.table)), who_of(subject)
    if subject.table.key or subject.column("session") is None:
        book.count(world.free("session_count", subject), "Sessions", where, 7, unit="sessions")
    else:
        sessions_in(book, where)
    if who and "active_users" not in world.taken:
        active(book, who, where, "")
    duration = subject.column("duration")
    if duration is not None:
        slots = {"duration": subject.called(duration), "unit": length_unit(duration) or "seconds", "where": where}
        book.standard("session_duration", slots, 5)
    for one in subject.table.columns:
        _of_visits(book, one, where)


def _of_visits(book: Book, column: Column, where: str) -> None:
    """What a column says of visits: whether they led to something, how many pages they had."""
    said = set(column.words)
    bad = {"bounced", "bounce"} & said
    if is_flag(column) and (bad or {"converted", "conversion", "purchase"} & said):
        name = "bounce_rate" if bad else "session_conversion_rate"
        hits = book.count(f"{name}_sessions", "Such sessions", also(named(column.name), where), 0, unit="sessions")
        label, parts = name.replace("_", " ").capitalize(), (hits, "session_count")
        book.ratio(name, label, parts, 5, unit="percent", direction="down" if bad else "up")
    elif column.type == "integer" and {"page", "view"} <= said:
        keys = {"filter": where, "unit": "views"}
        name = book.world.free("page_views", book.subject)
        book.rows("sum", name, "Page views", book.subject.called(column), keys, 4)


def page_views(world: World, subject: Subject) -> None:
    """The metrics of a table with one row a view."""
    book, where, who = Book(world, subject, "customer"), both(there(subject.table)), who_of(subject)
    count = book.count(world.free("page_views", subject), "Page views", where, 7, unit="views")
    if who and "active_users" not in world.taken:
        active(book, who, where, count)
    if session := sessions_in(book, where):
        book.standard("pages_per_session", {"session": session, "where": where}, 5)
    duration = subject.column("duration")
    if duration is not None and {"load", "time"} & set(duration.words):
        slots = {"duration": subject.called(duration), "unit": length_unit(duration) or "milliseconds", "where": where}
        book.standard("page_load_time", slots, 4)
