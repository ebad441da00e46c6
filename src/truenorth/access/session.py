"""Sessions: who is signed in. A session is a random word in a cookie, kept as a digest, and ends by itself.

It ends a week after it was used last, thirty days after it began, with sign-out, and with a change of the password.
Each sign-in begins another one, so that a word which somebody put into a browser beforehand is worth nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from truenorth.access.secret import digest, random_word
from truenorth.store.state import Rows, State

IDLE = timedelta(days=7)
WHOLE = timedelta(days=30)
# Being seen is written down at most so often.
SEEN = timedelta(minutes=1)
LENGTH = 43


class Session(Struct, frozen=True):
    """A session as it is kept."""

    digest: str
    person: str
    created: datetime
    seen: datetime


def begin_session(rows: Rows, person: str, now: datetime) -> str:
    """The word of a new session; those that have ended are taken away."""
    rows.remove_below("sessions", "created", now - WHOLE)
    rows.remove_below("sessions", "seen", now - IDLE)
    word = random_word(LENGTH)
    rows.add("sessions", Session(digest(word), person, now, now))
    return word


def session_of(state: State, word: str, now: datetime) -> Session | None:
    """The session of a word, or None for one that is unknown or has ended."""
    if len(word) != LENGTH:
        return None
    with state.reading() as rows:
        held = rows.one(Session, "sessions", digest=digest(word))
    if held is None or now - held.created >= WHOLE or now - held.seen >= IDLE:
        return None
    if now - held.seen >= SEEN:
        with state.writing() as rows:
            rows.change("sessions", {"seen": now}, digest=held.digest)
    return held


def end_session(rows: Rows, word: str) -> None:
    """End one session."""
    rows.remove("sessions", digest=digest(word))


def end_sessions(rows: Rows, person: str, but: str = "") -> int:
    """End all sessions of a person, but one if its word is given; the result is how many there were."""
    kept = rows.one(Session, "sessions", digest=digest(but)) if but else None
    ended = rows.remove("sessions", person=person)
    if kept is None or kept.person != person:
        return ended
    rows.add("sessions", kept)
    return ended - 1


def sessions_of(state: State, person: str, now: datetime) -> list[Session]:
    """The sessions of a person that have not ended, the one that was seen last first."""
    with state.reading() as rows:
        held = rows.all(Session, "sessions", order="-seen", person=person)
    return [one for one in held if now - one.created < WHOLE and now - one.seen < IDLE]
