"""Signing in and out: one answer for a wrong name and a wrong password, and no guessing at speed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from msgspec import Struct

from truenorth.access.attempt import browser_word, buckets, known_browser, succeeded, take
from truenorth.access.audit import Line, note, trim
from truenorth.access.password import checked, hashed, matches, outdated
from truenorth.access.person import Person, plain_name, write_password
from truenorth.access.session import begin_session, end_session, session_of
from truenorth.base.errors import AccessError
from truenorth.store.state import Rows, State

# A hash takes 64 MiB and half a core: so many at once, so many waiting for that, and everybody else comes again.
AT_ONCE = threading.BoundedSemaphore(2)
WAITING = threading.BoundedSemaphore(8)


class Visitor(Struct, frozen=True):
    """Where somebody comes from: the address, and what the cookies of the browser say."""

    address: str = ""
    session: str = ""
    browser: str = ""


class Entered(Struct, frozen=True):
    """Somebody signed in: the words for the cookies of session and browser."""

    person: str
    session: str
    browser: str


class TooManyAttempts(AccessError):
    """An attempt was not even looked at; `wait` are the seconds after which another may be."""

    def __init__(self, wait: int) -> None:
        hint = f"wait {wait} second{'s' if wait != 1 else ''}; the owner can always use `truenorth password`"
        super().__init__("E_TOO_MANY_ATTEMPTS", "there were too many attempts to sign in", hint=hint)
        self.wait = wait


def sign_in(state: State, name: str, password: str, visitor: Visitor, now: datetime) -> Entered:
    """Sign somebody in; AccessError E_WRONG_PASSWORD or TooManyAttempts, whether there is such an account or not."""
    with _in_turn():
        account = _account(name)
        with state.writing() as rows:
            known = rows.one(Person, "people", name=account)
            kept = known.password if known else ""
            counted = buckets(account, visitor.address, known_browser(kept, account, visitor.browser))
            wait = take(rows, counted, now)
        if wait:
            raise TooManyAttempts(wait)
        with AT_ONCE:
            right = matches(kept, password)
        with state.writing() as rows:
            if right and rows.one(Person, "people", name=account) == known:
                succeeded(rows, counted)
                return _enter(rows, Person(account, _renewed(rows, account, kept, password), now), visitor)
            # A name that is none may be a password in the wrong place.
            note(rows, Line(now, account if known else "", "sign-in failed", "", visitor.address))
            trim(rows)
    hint = "try again; the owner sets a new password with `truenorth password` in the terminal"
    raise AccessError("E_WRONG_PASSWORD", "this name and this password do not belong together", hint=hint)


def set_up(state: State, name: str, password: str, visitor: Visitor, now: datetime) -> Entered:
    """Make the first account and sign in; AccessError E_SET_UP_ALREADY when there is one meanwhile."""
    who = Person(plain_name(name), hashed(checked(password)), now)
    with state.writing() as rows:
        if rows.count("people"):
            raise AccessError("E_SET_UP_ALREADY", "there is an account already", hint="sign in with it")
        write_password(rows, who, who.name)
        return _enter(rows, who, visitor)


def sign_out(state: State, session: str, now: datetime) -> None:
    """End a session."""
    held = session_of(state, session, now)
    with state.writing() as rows:
        end_session(rows, session)
        if held is not None:
            note(rows, Line(now, held.person, "signed out"))


def _enter(rows: Rows, who: Person, visitor: Visitor) -> Entered:
    """A session of its own; the one that the browser came with ends."""
    if visitor.session:
        end_session(rows, visitor.session)
    note(rows, Line(who.created, who.name, "signed in", "", visitor.address))
    return Entered(who.name, begin_session(rows, who.name, who.created), browser_word(who.password, who.name))


def _renewed(rows: Rows, account: str, kept: str, password: str) -> str:
    """The hash with today's parameters."""
    if not outdated(kept):
        return kept
    fresh = hashed(password)
    rows.change("people", {"password": fresh}, name=account)
    return fresh


def _account(name: str) -> str:
    try:
        return plain_name(name)
    except AccessError:
        return ""


@contextmanager
def _in_turn() -> Iterator[None]:
    if not WAITING.acquire(blocking=False):
        raise TooManyAttempts(1)
    try:
        yield
    finally:
        WAITING.release()
