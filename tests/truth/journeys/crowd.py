"""Worlds of people who did something at some time, written a line each: `who time event country`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from hypothesis import strategies as st

from tests.truth.case import NOW, Rows, World
from truenorth.base.table import Value
from truenorth.query.verify import verify

TYPES = {"person": "text", "at": "timestamp", "event": "text", "country": "text"}
EVENTS = (
    "{name: events, source: events, time: at, fields: [{name: person}, {name: event}, {name: country, label: Country}]}"
)
LEFT_OUT = ["2025-01-01", "visit", "DE"]
# Who, how many hours after New Year's Eve, where.
SEEN = st.tuples(st.sampled_from("pqr"), st.integers(0, 24 * 45), st.sampled_from(["DE", "FR", None]))


def crowd(text: str, metrics: Iterable[str], workspace: str = "", types: dict[str, str] = TYPES) -> World:
    """A world of lines; `-` is nobody, an event or a country that is left out is a visit from DE."""
    rows: list[Sequence[Value]] = []
    for line in text.strip().splitlines():
        who, at, *rest = line.split()
        event, country = (*rest, *LEFT_OUT[len(rest) + 1 :])
        time = datetime.fromisoformat(at)
        moment = time.date() if types["at"] == "date" else time
        rows.append((None if who == "-" else who, moment, event, None if country == "-" else country))
    return told(rows, metrics, workspace, types)


def told(
    rows: Sequence[Sequence[Value]], metrics: Iterable[str], workspace: str = "", types: dict[str, str] = TYPES
) -> World:
    """A world of rows."""
    listed = "\n".join(f"  - {{{one}}}" for one in metrics)
    definitions = f"datasets:\n  - {EVENTS}\nmetrics:\n{listed}\n"
    return World(definitions, workspace=workspace, events=Rows(types, rows))


def proven(world: World, engine: str, names: Sequence[str], now: datetime = NOW) -> None:
    """Both builders tell the same of a world."""
    runner = world.on(engine)
    report = verify(runner.catalog, lambda query: runner.ask(query, now), now, names, 6)
    assert report.passed, [str(one) for one in report.failures[:3]]
