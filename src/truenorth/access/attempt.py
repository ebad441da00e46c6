"""Guessing passwords gets slower with every guess: by address, by account, and by browser.

A browser that an account was signed in with before is counted apart. So a stranger who guesses at the account from many
addresses makes other strangers wait, and not the person whose account it is.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from truenorth.access.secret import digest, random_word
from truenorth.store.state import Rows

FREE = 5
LONGEST = {"address": 900, "browser": 900, "account": 60}
FORGOTTEN = timedelta(days=1)
MOST = 10_000


class Bucket(Struct, frozen=True):
    """What attempts are counted by: a kind, and which address, account or browser."""

    kind: str
    word: str

    @property
    def key(self) -> str:
        return digest(f"{self.kind} {self.word}")


class Attempts(Struct, frozen=True):
    """The attempts of one bucket that did not succeed, and until when it has to wait."""

    bucket: str
    failures: int
    seen: datetime
    until: datetime


def delay(failures: int, longest: int) -> int:
    """The seconds to wait after so many failures: none at first, then each time twice as long.

    >>> [delay(failures, 900) for failures in (1, 4, 5, 6, 9, 99)]
    [0, 0, 1, 2, 16, 900]
    """
    return 0 if failures < FREE else min(longest, 1 << min(failures - FREE, 20))


def buckets(account: str, address: str, browser: str) -> tuple[Bucket, ...]:
    """What an attempt counts for; a browser that is known for the account (`browser` is not empty) counts alone."""
    if browser:
        return (Bucket("browser", browser),)
    return Bucket("address", network(address)), Bucket("account", account)


def network(address: str) -> str:
    """An address as it is counted: of IPv6 the network, because one household has all addresses of it.

    >>> network("2001:db8:1:2:3::4"), network("::ffff:10.0.0.1"), network("x")
    ('2001:db8:1:2::', '10.0.0.1', 'x')
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False).network_address)
    return str(known)


def take(rows: Rows, counted: Sequence[Bucket], now: datetime) -> int:
    """The seconds to wait before another attempt; 0 when it may be made, and then it counts as failed already.

    Counting beforehand leaves nothing to be won by making many attempts at the same moment.
    """
    held = {one: rows.one(Attempts, "attempts", bucket=one.key) for one in counted}
    waits = [(one.until - now).total_seconds() for one in held.values() if one is not None and one.until > now]
    if waits:
        return int(max(waits)) + 1
    for one, before in held.items():
        failures = 1 + (before.failures if before is not None and now - before.seen < FORGOTTEN else 0)
        until = now + timedelta(seconds=delay(failures, LONGEST[one.kind]))
        rows.remove("attempts", bucket=one.key)
        rows.add("attempts", Attempts(one.key, failures, now, until))
    rows.remove_below("attempts", "seen", now - FORGOTTEN)
    rows.keep_newest("attempts", "seen", MOST)
    return 0


def succeeded(rows: Rows, counted: Sequence[Bucket]) -> None:
    """The attempt just counted was right: the account and the browser begin anew, the address gets this one back."""
    for one in counted:
        held = rows.one(Attempts, "attempts", bucket=one.key)
        if one.kind != "address" or held is None:
            rows.remove("attempts", bucket=one.key)
        else:
            rows.change("attempts", {"failures": held.failures - 1, "until": held.seen}, bucket=one.key)


def forgive(rows: Rows, account: str) -> None:
    """Let the account begin anew."""
    rows.remove("attempts", bucket=Bucket("account", account).key)


def browser_word(kept: str, account: str) -> str:
    """A word for a browser's cookie that says the account was signed in there; another password makes it worthless."""
    chance = random_word(22)
    return f"{chance}.{_signed(kept, account, chance)}"


def known_browser(kept: str, account: str, word: str) -> str:
    """Which browser it is, or "" when the word is not one of this account."""
    chance, _, signed = word.partition(".")
    right = hmac.compare_digest(signed.encode(), _signed(kept, account, chance).encode())
    return chance if kept and right else ""


def _signed(kept: str, account: str, chance: str) -> str:
    return hmac.new(kept.encode(), f"{account}\0{chance}".encode(), "sha256").hexdigest()
