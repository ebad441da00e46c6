"""Lengths of time in microseconds: those that are the same on every day."""

from __future__ import annotations

from datetime import datetime, timedelta

from truenorth.base.period import parse_window, shift

BEGIN = datetime(2000, 1, 1)


def microseconds(text: str) -> int:
    """A length in seconds to weeks.

    >>> microseconds("30 minutes")
    1800000000
    """
    return (shift(BEGIN, *parse_window(text)) - BEGIN) // timedelta(microseconds=1)
