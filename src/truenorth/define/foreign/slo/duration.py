"""Lengths of time as Prometheus and OpenSLO write them, as windows and slices of ours."""

from __future__ import annotations

import re

from truenorth.define.slices import LENGTHS

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwy])")
WORDS = {"m": "minute", "h": "hour", "d": "day", "w": "week", "M": "month", "Q": "quarter", "Y": "year", "y": "year"}
CALENDAR = {"d": "day", "w": "week", "M": "month", "m": "month", "Q": "quarter", "Y": "year", "y": "year"}
UNITS = {"second": "s", "minute": "m", "hour": "h", "day": "d", "week": "w", "month": "M", "quarter": "Q", "year": "Y"}


def seconds(text: str) -> float | None:
    """How many seconds a length has; None where it is none.

    >>> seconds("1h30m"), seconds("200ms"), seconds("soon")
    (5400.0, 0.2, None)
    """
    parts = PART.findall(text)
    if not parts or "".join(map("".join, parts)) != text:
        return None
    return float(sum(float(many) * SECONDS[unit] for many, unit in parts))


def window(text: str) -> str:
    """A length that ends now, as our windows are written; "" where it is none.

    >>> window("28d"), window("2w"), window("1M"), window("1d12h"), window("0d")
    ('28 days', '2 weeks', '1 month', '36 hours', '')
    """
    alone = re.fullmatch(r"0*([1-9]\d*)([mhdwMQYy])", text)
    if alone:
        return many(int(alone[1]), WORDS[alone[2]])
    length = seconds(text)
    if not length or length % 60:
        return ""
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if length % size == 0:
            return many(int(length // size), unit)
    return ""


def many(count: int, noun: str) -> str:
    """So many of something."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def calendar(text: str) -> str:
    """A grain of the calendar that begins anew, as our windows are written; "" where there is none so long.

    >>> calendar("1M"), calendar("1w"), calendar("2w")
    ('month', 'week', '')
    """
    alone = re.fullmatch(r"0*1([dwMmQYy])", text)
    return CALENDAR[alone[1]] if alone else {"3M": "quarter", "12M": "year", "7d": "week"}.get(text, "")


def slice_of(text: str) -> tuple[str, bool]:
    """The longest slice of ours that is no longer, and whether it is as long; "" where all are longer.

    >>> slice_of("5m"), slice_of("7m"), slice_of("30s"), slice_of("10")
    (('5 minutes', True), ('5 minutes', False), ('', False), ('10 minutes', True))
    """
    length = seconds(f"{text}m" if text.isdigit() else text)
    if length is None:
        return "", False
    fitting = [(size, name) for name, size in LENGTHS.items() if size <= length]
    if not fitting:
        return "", False
    size, name = max(fitting)
    return name.replace("_", " ") if "_" in name else f"1 {name}", size == length
