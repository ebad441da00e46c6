"""What one try of a check saw, and the row that is kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from truenorth.define.probe import HERE


class Outcome(Struct):
    """What a try saw; `error` says why it came to nothing. Times are in milliseconds, `certificate_expires` in
    microseconds since 1970 UTC."""

    error: str = ""
    connected: bool = False
    duration: float = 0.0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    certificate_expires: int | None = None
    answers: Sequence[str] = ()
    code: str = ""


class Result(Struct, frozen=True):
    """One try as it is kept: `time` is when it began, in microseconds since 1970 UTC; `failed` are the conditions that
    did not hold, with what was there instead; `degraded` whether it was up and not well."""

    check: str
    time: int
    ok: bool
    location: str = HERE
    degraded: bool = False
    duration_ms: float | None = None
    status: int | None = None
    error: str = ""
    certificate_expires: int | None = None
    failed: list[str] = []


class Refusal(Exception):
    """A try that came to nothing, in words for a person."""
