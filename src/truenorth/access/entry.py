"""Signing in and out: one answer for a wrong name and a wrong password, and no guessing at speed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from msgspec import Struct

from truenorth.access.attempt import Bucket, browser_word, buckets, known_browser, succeeded, take
from truenorth.access.audit import Line, note, trim
from truenorth.access.password import checked, hashed, matches, outdated
from truenorth.access.person import Person, plain_name, write_password
from truenorth.access.session import begin_session, end_session, end_sessions, session_of
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


class Change(Struct, frozen=True):
    """Another password for a person, and the one there is."""

    person: str
    current: str
    fresh: str


class Tried(Struct, frozen=True):
    """A password that was looked at: for whom, what it counted for, and whether it was right."""

    known: Person | None
    counted: tuple[Bucket, ...]
    right: bool

    @property
    def kept(self) -> str:
        """What is kept of the right one."""
        return self.known.password if self.known else ""

    def stands(self, rows: Rows, account: str) -> bool:
        """Whether it was right and still is: a hash takes a while, and the account may have changed meanwhile."""
        return self.right and rows.one(Person, "people", name=account) == self.known


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
        tried = _try(state, account, password, visitor, now)
        with state.writing() as rows:
            if tried.stands(rows, account):
                succeeded(rows, tried.counted)
                kept = _renewed(rows, account, tried.kept, password)
                return _enter(rows, Person(account, kept, now), visitor)
            # A name that is none may be a password in the wrong place.
            note(rows, Line(now, account if tried.known else "", "sign-in failed", "", visitor.address))
            trim(rows)
    hint = "try again; the owner sets a new password with `truenorth password` in the terminal"
    raise AccessError("E_WRONG_PASSWORD", "this name and this password do not belong together", hint=hint)


def change_password(state: State, change: Change, visitor: Visitor, now: datetime) -> Entered:
    """Another password for somebody who is signed in and knows the one there is; all other sessions end.

    AccessError E_BAD_PASSWORD for a new one that is too short, E_WRONG_PASSWORD or TooManyAttempts for the old one:
    who found a browser open guesses at it no faster than anybody else.
    """
    account, fresh = change.person, checked(change.fresh)
    with _in_turn():
        tried = _try(state, account, change.current, visitor, now)
        with AT_ONCE:
            kept = hashed(fresh) if tried.right else ""
        with state.writing() as rows:
            if tried.stands(rows, account):
                succeeded(rows, tried.counted)
                write_password(rows, Person(account, kept, now), account, visitor.address)
                return Entered(account, begin_session(rows, account, now), browser_word(kept, account))
            note(rows, Line(now, account, "password change failed", "", visitor.address))
            trim(rows)
    raise AccessError("E_WRONG_PASSWORD", "this is not the password there is", hint="write the one you signed in with")


def sign_out_elsewhere(state: State, person: str, session: str, now: datetime) -> int:
    """End all sessions of a person but one; the result is how many there were."""
    with state.writing() as rows:
        ended = end_sessions(rows, person, session)
        note(rows, Line(now, person, "signed out elsewhere", f"{ended} session{'' if ended == 1 else 's'}"))
    return ended


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


def _try(state: State, account: str, password: str, visitor: Visitor, now: datetime) -> Tried:
    """Look at a password, unless there were too many before it."""
    with state.writing() as rows:
        known = rows.one(Person, "people", name=account)
        kept = known.password if known else ""
        counted = buckets(account, visitor.address, known_browser(kept, account, visitor.browser))
        wait = take(rows, counted, now)
    if wait:
        raise TooManyAttempts(wait)
    with AT_ONCE:
        return Tried(known, counted, matches(kept, password))


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
