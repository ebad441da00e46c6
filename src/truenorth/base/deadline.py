"""How long a question may take: whoever works at it looks here whether it is to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Timer
from time import monotonic

from truenorth.base.errors import QueryError

HINT = "ask about a shorter range or fewer steps, or raise `question_seconds:` in truenorth.yml"
_asked: ContextVar[tuple[float, float] | None] = ContextVar("asked", default=None)


@contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """Everything inside has so many seconds; what is asked inside a question shares its time."""
    if not seconds or _asked.get() is not None:
        yield
        return
    token = _asked.set((monotonic() + seconds, seconds))
    try:
        yield
    finally:
        _asked.reset(token)


def left() -> float | None:
    """How many seconds there are still, none or fewer when the time is over; None where there is no limit.

    >>> with within(60):
    ...     left() > 59
    True
    """
    asked = _asked.get()
    return None if asked is None else asked[0] - monotonic()


def check() -> None:
    """Raises QueryError E_TOO_SLOW when the time is over."""
    asked = _asked.get()
    if asked is not None and asked[0] <= monotonic():
        seconds = f"{asked[1]:g} second{'' if asked[1] == 1 else 's'}"
        raise QueryError("E_TOO_SLOW", f"the question was stopped after {seconds}", hint=HINT)


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Stops what is done inside when the time is over; whatever that complains of is then E_TOO_SLOW."""
    seconds = left()
    if seconds is None:
        yield
        return
    check()
    timer = Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception:
        check()
        raise
    finally:
        timer.cancel()
