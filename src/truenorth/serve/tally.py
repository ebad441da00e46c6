"""What has come in, told to the pages: `.truenorth/capture.json`, written anew about once a second."""

from __future__ import annotations

import os
from collections import Counter, defaultdict, deque
from pathlib import Path
from typing import Any

import msgspec

NAME = "capture.json"
SECONDS, MINUTES = 60, 60
MINUTE = 60_000_000


class Line:
    """What one source sent in one dialect since the process began."""

    def __init__(self) -> None:
        self.requests = 0
        self.events = 0
        self.bytes = 0
        self.last_seen = 0
        self.refused: Counter[str] = Counter()
        self.denied: Counter[str] = Counter()
        self.minutes: dict[int, int] = {}
        self._lately: deque[int] = deque(maxlen=SECONDS)
        self._before = 0

    def tick(self, now: int) -> None:
        """A second has passed."""
        self._lately.append(self.events - self._before)
        self._before = self.events
        oldest = now // MINUTE - MINUTES
        for minute in [minute for minute in self.minutes if minute <= oldest]:
            del self.minutes[minute]

    def shown(self, now: int) -> dict[str, Any]:
        """As the file tells it; `minutes` are the last sixty, the present one last."""
        last = now // MINUTE
        return {
            "requests": self.requests,
            "events": self.events,
            "bytes": self.bytes,
            "last_seen": self.last_seen,
            "per_minute": sum(self._lately),
            "minutes": [self.minutes.get(minute, 0) for minute in range(last - MINUTES + 1, last + 1)],
            "refused": dict(self.refused),
            "denied": dict(self.denied),
        }


class Tally:
    """Counts requests by source and dialect. A source is only ever one that has a key, so there are few lines."""

    def __init__(self) -> None:
        self.lines: defaultdict[tuple[str, str], Line] = defaultdict(Line)
        self.denied: Counter[str] = Counter()

    def kept(self, source: str, dialect: str, events: int, size: int, now: int) -> None:
        """A request was acknowledged."""
        line = self.lines[source, dialect]
        line.requests += 1
        line.events += events
        line.bytes += size
        line.last_seen = now
        minute = now // MINUTE
        line.minutes[minute] = line.minutes.get(minute, 0) + events

    def refuse(self, source: str, dialect: str, code: str) -> None:
        """A piece of a request was not taken."""
        self.lines[source, dialect].refused[code] += 1

    def deny(self, source: str, dialect: str, reason: str) -> None:
        """A whole request was turned away; without a source, nobody knows whose it was."""
        if source:
            self.lines[source, dialect].denied[reason] += 1
        else:
            self.denied[f"{dialect} {reason}".strip()] += 1

    def shown(self, now: int) -> dict[str, Any]:
        """All lines, a second having passed since the last time."""
        for line in self.lines.values():
            line.tick(now)
        sources = [
            {"source": source, "dialect": dialect, **line.shown(now)} for (source, dialect), line in self.lines.items()
        ]
        return {"sources": sources, "denied": dict(self.denied)}


def write_status(folder: Path, told: dict[str, Any]) -> None:
    """Replace the file as a whole; only its user may read it."""
    fresh = folder / f"{NAME}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(told))
    os.replace(fresh, folder / NAME)
