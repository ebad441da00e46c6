"""Secrets that are shown once: random, and kept only as a digest."""

from __future__ import annotations

import hashlib
import secrets
import string

LETTERS = string.ascii_letters + string.digits


def random_word(length: int) -> str:
    """Letters and digits by chance; 22 of them are 131 bits."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def digest(secret: str) -> str:
    """What is kept of a secret. A quick digest is enough for what is random; passwords are hashed in `password`.

    >>> digest("tn_web_x")[:12]
    '0405b1a7793b'
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
