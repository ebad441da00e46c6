"""Which sources are due: by their schedule after a pull that went well, ever later after pulls that failed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from truenorth.collect.pull.lock import FOLDER
from truenorth.define.model import Source
from truenorth.define.schedule import schedule_of

FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=1)


class Last(Struct, frozen=True):
    """When a source was pulled last, and how often that failed in a row."""

    started: datetime
    failures: int = 0


def due(sources: Iterable[Source], lasts: Mapping[str, Last], now: datetime, zone: str = "UTC") -> tuple[str, ...]:
    """The names of the sources whose time has come; `now` is naive UTC, `zone` the one that schedules are meant in.

    >>> till = Source("till", "files", every="1 hour")
    >>> due([till], {"till": Last(datetime(2026, 7, 1, 12))}, datetime(2026, 7, 1, 12, 59))
    ()
    """
    return tuple(one.name for one in sources if one.every and next_time(one, lasts.get(one.name), zone) <= now)


def next_time(source: Source, last: Last | None, zone: str = "UTC") -> datetime:
    """When a source with a schedule is pulled next: at once when it never was."""
    if last is None:
        return datetime.min
    if last.failures:
        return last.started + min(FIRST * (1 << min(last.failures - 1, 10)), LONGEST)
    return schedule_of(source.every).next(last.started, zone)


def last_of(folder: Path, source: str) -> Last | None:
    """What the last pull of a source left behind."""
    with suppress(OSError, ValueError, KeyError):
        held = json.loads(_file(folder, source).read_text("utf-8"))
        return Last(datetime.fromisoformat(held["started"]), int(held["failures"]))
    return None


def note(folder: Path, source: str, started: datetime, failed: bool) -> None:
    """Leave behind when a source was pulled, and whether that failed."""
    before = last_of(folder, source)
    failures = (before.failures if before else 0) + 1 if failed else 0
    fresh = _file(folder, source).with_suffix(".part")
    with suppress(OSError):
        fresh.write_text(json.dumps({"started": started.isoformat(), "failures": failures}), "utf-8")
        fresh.replace(_file(folder, source))


def _file(folder: Path, source: str) -> Path:
    return folder / FOLDER / f"{source}.json"
