"""Passwords: hashed with Argon2, long enough, and otherwise whatever a person likes."""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from truenorth.base.errors import AccessError

LEAST, MOST = 10, 1000
HASHER = PasswordHasher()


def checked(password: str) -> str:
    """The password, or AccessError E_BAD_PASSWORD for one that is too short or too long; there is no other rule."""
    if not LEAST <= len(password) <= MOST:
        what = f"a password has at least {LEAST} letters" if len(password) < LEAST else "this password is too long"
        hint = "a few words in a row are easy to remember and hard to guess"
        raise AccessError("E_BAD_PASSWORD", what, hint=hint)
    return password


def hashed(password: str) -> str:
    """What is kept of a password."""
    return HASHER.hash(_plain(password))


def matches(kept: str, password: str) -> bool:
    """Whether it is the password; `kept` empty means that there is none, and takes as long to say so."""
    nobodys = _nobodys()
    try:
        HASHER.verify(kept or nobodys, _plain(password))
    except (Argon2Error, InvalidHashError):
        return False
    return bool(kept)


def outdated(kept: str) -> bool:
    """Whether it was hashed with other parameters than those of today."""
    return HASHER.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    """What a password is held against where there is no account."""
    return HASHER.hash("nobody has this password")


def _plain(password: str) -> str:
    # The same letters may come in different bytes from different keyboards.
    return unicodedata.normalize("NFKC", password[: MOST + 1])
