"""Flags that hold several words: given again and again, or with commas between them."""

from __future__ import annotations

from collections.abc import Iterable


def listed(words: Iterable[str] | None) -> tuple[str, ...]:
    """All words of a flag in order.

    >>> listed(["plan,channel", "country"])
    ('plan', 'channel', 'country')
    """
    return tuple(part.strip() for word in words or () for part in word.split(",") if part.strip())
