"""Capture keys: what a site or program sends its events with. A key names its source and opens nothing else.

A key is shown once. What is kept is its digest, and its first letters, by which a person knows it again.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from truenorth.access.audit import Line, note
from truenorth.access.secret import digest, random_word
from truenorth.base.errors import AccessError, did_you_mean
from truenorth.store.state import State

SOURCE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
LENGTH, SHOWN = 32, 4
# A key that is longer was never one of ours.
LONGEST = 128
WRITTEN = re.compile(rf"(tn_{SOURCE.pattern}_[A-Za-z0-9]{{{SHOWN}}})[A-Za-z0-9]{{{LENGTH - SHOWN}}}")


class Key(Struct, frozen=True):
    """A capture key as it is kept; `prefix` is its visible beginning."""

    id: str
    digest: str
    source: str
    prefix: str
    created: datetime
    used: datetime | None = None
    revoked: datetime | None = None


def hidden(text: str) -> str:
    """A text in which of every key only its visible beginning is left.

    >>> hidden("key=tn_web_0123456789abcdefghijABCDEFGHIJ01&v=1")
    'key=tn_web_0123…&v=1'
    """
    return WRITTEN.sub(r"\1…", text) if "tn_" in text else text


def create_key(state: State, source: str, now: datetime, by: str = "") -> tuple[Key, str]:
    """A new key for a source, and its text, which is not kept; AccessError E_BAD_SOURCE for a name that is none."""
    if not SOURCE.fullmatch(source):
        hint = "a source is named like web, ios or billing-eu: small letters, digits, - and _, at most 40"
        raise AccessError("E_BAD_SOURCE", f'"{source[:80]}" is no name of a source', hint=hint)
    chance = random_word(LENGTH)
    text = f"tn_{source}_{chance}"
    key = Key(random_word(8), digest(text), source, text[: -LENGTH + SHOWN], now)
    with state.writing() as rows:
        rows.add("keys", key)
        note(rows, Line(now, by, "key created", f"{key.prefix}… {key.id}"))
    return key, text


def keys(state: State) -> list[Key]:
    """All keys, the revoked too, by source."""
    with state.reading() as rows:
        return sorted(rows.all(Key, "keys"), key=lambda key: (key.source, key.created))


def revoke_key(state: State, word: str, now: datetime, by: str = "") -> Key:
    """Make a key worthless; `word` is its id, its visible beginning or the key itself.

    AccessError E_KEY_NOT_FOUND when no key that still counts is meant, or more than one.
    """
    standing = [key for key in keys(state) if key.revoked is None]
    meant = [key for key in standing if word.rstrip("…") in (key.id, key.prefix) or key.digest == digest(word)]
    if len(meant) != 1:
        known = [name for key in standing for name in (key.id, key.prefix)]
        hint = did_you_mean(word, known) or "`truenorth key list` shows them"
        what = f'{len(meant)} keys begin with "{word[:80]}"' if meant else f'no key is meant by "{word[:80]}"'
        raise AccessError("E_KEY_NOT_FOUND", what, hint=hint)
    with state.writing() as rows:
        rows.change("keys", {"revoked": now}, id=meant[0].id)
        note(rows, Line(now, by, "key revoked", f"{meant[0].prefix}… {meant[0].id}"))
    return meant[0]


class Keyring:
    """The keys that count, in memory: `verify` asks no database and may be called for every request.

    `refresh` reads them anew; call it about once a second, from a thread that may wait. When it fails, the keys read
    last still count.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._held: dict[str, Key] = {}
        self._used: set[str] = set()

    def refresh(self) -> None:
        """Read the keys; AccessError E_STATE_FAILED when they cannot be read."""
        self._held = {key.digest: key for key in keys(self._state) if key.revoked is None}

    def verify(self, text: str) -> str | None:
        """The source of a key, or None for what is no key that counts."""
        if not text.startswith("tn_") or len(text) > LONGEST:
            return None
        asked = digest(text)
        key = self._held.get(asked)
        if key is None or not hmac.compare_digest(key.digest, asked):
            return None
        self._used.add(key.id)
        return key.source

    def sources(self) -> frozenset[str]:
        """The sources that have a key."""
        return frozenset(key.source for key in self._held.values())

    def note_used(self, now: datetime) -> None:
        """Write down which keys were used since the last call; once a minute is enough."""
        used, self._used = self._used, set()
        if used:
            mark_used(self._state, used, now)


def mark_used(state: State, ids: Iterable[str], now: datetime) -> None:
    """Write down that keys were used."""
    with state.writing() as rows:
        for one in ids:
            rows.change("keys", {"used": now}, id=one)
