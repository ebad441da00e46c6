"""People: an account is a name and a password. One owner is enough for now."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from truenorth.access.attempt import forgive
from truenorth.access.audit import Line, note
from truenorth.access.password import checked, hashed
from truenorth.access.session import end_sessions
from truenorth.base.errors import AccessError
from truenorth.store.state import Rows, State

LONGEST = 80


class Person(Struct, frozen=True):
    """An account as it is kept; `password` is its hash."""

    name: str
    password: str
    created: datetime


def people(state: State) -> list[Person]:
    """Everybody, by name."""
    with state.reading() as rows:
        return rows.all(Person, "people", order="name")


def plain_name(name: str) -> str:
    """A name as it is kept, whatever its capitals and blanks; AccessError E_BAD_ACCOUNT for none or too long a one.

    >>> plain_name("  Dana ")
    'dana'
    """
    plain = " ".join(name.split()).casefold()
    if not 0 < len(plain) <= LONGEST or not plain.isprintable():
        raise AccessError("E_BAD_ACCOUNT", "an account needs a name", hint=f"at most {LONGEST} letters, such as dana")
    return plain


def set_password(state: State, name: str, password: str, now: datetime, by: str) -> bool:
    """Give an account a password, making the account if there is none; whoever is signed in with it is not any more.

    The result is whether the account is new. AccessError E_BAD_PASSWORD, E_BAD_ACCOUNT.
    """
    who, kept = plain_name(name), hashed(checked(password))
    with state.writing() as rows:
        return write_password(rows, Person(who, kept, now), by)


def write_password(rows: Rows, person: Person, by: str, address: str = "") -> bool:
    """The same within a transaction, the password being hashed."""
    known = rows.one(Person, "people", name=person.name)
    if known is None:
        rows.add("people", person)
    else:
        rows.change("people", {"password": person.password}, name=person.name)
    end_sessions(rows, person.name)
    forgive(rows, person.name)
    word = "password set" if known is None else "password changed"
    note(rows, Line(person.created, by, word, person.name, address))
    return known is None
