"""Links to one page for somebody without an account: that page as it was asked for, to be looked at until a day.

The link is a random word. Which page it opens is kept with its digest: nothing in the link can be changed to see more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from truenorth.access.audit import Line, note
from truenorth.access.secret import digest, random_word
from truenorth.base.errors import AccessError, did_you_mean
from truenorth.store.state import State

LENGTH = 43
DAYS, MOST_DAYS = 7, 365
# What has ended is still listed for a while, then taken away.
LISTED = timedelta(days=90)


class Page(Struct, frozen=True):
    """What a link opens: a path of ours, the question behind its `?`, and what it is called."""

    path: str
    query: str
    title: str


class Share(Struct, frozen=True):
    """A link as it is kept."""

    id: str
    digest: str
    path: str
    query: str
    title: str
    person: str
    created: datetime
    expires: datetime
    revoked: datetime | None = None

    def ended(self, now: datetime) -> str:
        """How the link ended, in a word; "" while it opens its page."""
        return "revoked" if self.revoked is not None else "expired" if self.expires <= now else ""


def create_share(state: State, page: Page, days: int, now: datetime, by: str = "") -> tuple[Share, str]:
    """A new link to a page and its word, which is not kept; AccessError E_BAD_SHARE for days that are none."""
    if not 1 <= days <= MOST_DAYS:
        raise AccessError("E_BAD_SHARE", f"a link cannot last {days} days", hint=f"choose 1 to {MOST_DAYS}")
    word = random_word(LENGTH)
    made = Share(
        random_word(8), digest(word), page.path, page.query, page.title[:200], by, now, now + timedelta(days=days)
    )
    with state.writing() as rows:
        rows.remove_below("shares", "expires", now - LISTED)
        rows.add("shares", made)
        note(rows, Line(now, by, "link made", f"{made.id} {page.path}"[:500]))
    return made, word


def shares(state: State) -> list[Share]:
    """All links, the newest first."""
    with state.reading() as rows:
        return rows.all(Share, "shares", order="-created")


def revoke_share(state: State, word: str, now: datetime, by: str = "") -> Share:
    """End a link, by its id or its word; AccessError E_SHARE_NOT_FOUND for one that opens nothing anyhow."""
    secret = digest(word.rstrip("/").rpartition("/")[2])
    open_ones = [one for one in shares(state) if not one.ended(now)]
    meant = next((one for one in open_ones if word == one.id or secret == one.digest), None)
    if meant is None:
        hint = did_you_mean(word, [one.id for one in open_ones]) or "`truenorth share list` shows them"
        raise AccessError("E_SHARE_NOT_FOUND", f'no link is meant by "{word[:80]}"', hint=hint)
    with state.writing() as rows:
        rows.change("shares", {"revoked": now}, id=meant.id)
        note(rows, Line(now, by, "link revoked", f"{meant.id} {meant.path}"[:500]))
    return meant


def opened_share(state: State, word: str, now: datetime) -> Share | None:
    """The link of a word, or None when it opens nothing (any more)."""
    if len(word) != LENGTH:
        return None
    with state.reading() as rows:
        held = rows.one(Share, "shares", digest=digest(word))
    return held if held is not None and not held.ended(now) else None
