"""Whether what came back is what was expected; a condition that does not hold says what was there instead."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from msgspec import Struct

from truenorth.base.age import lasting
from truenorth.collect.probe.outcome import Outcome
from truenorth.define.condition import Condition, Worth

LONGEST = 100
# So much of a body is held against a pattern.
SEARCHED = 1 << 16
ABSENT = object()
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


def failed(conditions: Iterable[Condition], outcome: Outcome, now: int) -> list[str]:
    """The conditions that do not hold, each with the value that was there; `now` is in microseconds.

    >>> from truenorth.define.condition import condition
    >>> failed([condition("status == 200")], Outcome(status=503), 0)
    ['status == 200: status was 503']
    """
    return [f"{one.condition}: {one.was}" for one in judged(conditions, outcome, now) if not one.holds]


class Judged(Struct, frozen=True):
    """One condition, whether it holds, and what was there."""

    condition: str
    holds: bool
    was: str


def judged(conditions: Iterable[Condition], outcome: Outcome, now: int) -> list[Judged]:
    """All conditions, held against what came back."""
    seen = Seen(outcome, now)
    values = [(one, seen.value(one)) for one in conditions]
    return [Judged(one.text, holds(one, value), said(one, value, seen)) for one, value in values]


class Seen:
    """An outcome as conditions ask about it."""

    def __init__(self, outcome: Outcome, now: int) -> None:
        self.outcome = outcome
        self.now = now

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return self.outcome.body.decode("utf-8", "replace").strip()

    @cached_property
    def json(self) -> Any:
        """What the body says as JSON; ABSENT where it is none."""
        try:
            return json.loads(self.outcome.body)
        except (ValueError, RecursionError):
            return ABSENT

    def value(self, one: Condition) -> Any:
        """What a condition asks of; ABSENT where there is no such thing."""
        found = self.subject(one)
        if not one.counted:
            return found
        return len(found) if isinstance(found, str | list | dict) else ABSENT

    def subject(self, one: Condition) -> Any:
        """What is there before it is counted."""
        if one.subject == "body":
            return inside(self.json, one.path) if one.path or (one.counted and self.json is not ABSENT) else self.text
        if one.subject == "header":
            return self.outcome.headers.get(str(one.path[0]), ABSENT)
        if one.subject == "certificate_expires":
            ends = self.outcome.certificate_expires
            return ABSENT if ends is None else (ends - self.now) / 1000
        name = {"dns.answers": "answers", "dns.code": "code"}.get(one.subject, one.subject)
        found = getattr(self.outcome, name)
        return ABSENT if found is None else found


def inside(value: Any, path: Iterable[str | int]) -> Any:
    """What lies at the end of a path; ABSENT where nothing does."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else ABSENT
        else:
            value = value.get(step, ABSENT) if isinstance(value, dict) else ABSENT
    return value


def holds(one: Condition, value: Any) -> bool:
    """Whether a comparison is true of a value; what is not there is like null and nothing else."""
    if value is ABSENT:
        return (one.sign == "==") if one.value is None else one.sign == "!="
    if one.sign in ("==", "!="):
        return same(value, one.value) == (one.sign == "==")
    if one.sign == "contains":
        return contains(value, one.value)
    if one.sign == "matches":
        return isinstance(value, str) and re.search(str(one.value), value[:SEARCHED]) is not None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and COMPARE[one.sign](value, one.value)


def same(value: Any, other: Worth) -> bool:
    """Whether two values are one; true is not 1, and a body that reads 5 is."""
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, str) and isinstance(other, float):
        return value == f"{other:g}"
    return bool(value == other)


def contains(value: Any, part: Worth) -> bool:
    """Whether a text, a list or the names of an object have something in them."""
    if isinstance(value, str):
        return isinstance(part, str) and part in value
    return isinstance(value, list | tuple | dict) and any(same(one, part) for one in value)


def said(one: Condition, value: Any, seen: Seen) -> str:
    """What was there, for a person."""
    if value is ABSENT:
        if one.subject == "body" and one.path and seen.json is ABSENT:
            return "the body is no JSON"
        return f"there is no {one.shown}"
    if one.subject in ("duration", "certificate_expires"):
        return f"{one.shown} was {time_said(value)}"
    return f"{one.shown} was {shown(value)}"


def time_said(milliseconds: float) -> str:
    """A length of time in words.

    >>> time_said(812), time_said(-86_400_000)
    ('812 ms', '1 day ago')
    """
    if milliseconds < 0:
        return f"{lasting(-milliseconds / 1000)} ago"
    return f"{milliseconds:.0f} ms" if milliseconds < 60_000 else lasting(milliseconds / 1000)


def shown(value: Any) -> str:
    """A value as conditions write it, cut where it is long.

    >>> shown("it"), shown([1, 2]), shown(None)
    ("'it'", '[1, 2]', 'null')
    """
    if isinstance(value, str):
        text = value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
        return f"'{' '.join(text.split())}'"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
