"""The part of a load that takes results of checks in: once each, and with them the states and seconds they make.

States are made anew from as far back as a result can change them. What a check says may change; then all of its states
are made anew, so that its whole history is told by one rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from truenorth.base.errors import TrueNorthError, did_you_mean
from truenorth.collect.load import states
from truenorth.collect.load.kept import Kept, Tallies, Tally
from truenorth.collect.probe.outcome import Result
from truenorth.collect.probe.state import Rule, rule_of
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.request import Refused
from truenorth.define.cache import load_cached
from truenorth.define.model import Model
from truenorth.store.engine import Engine
from truenorth.store.values import literal

TABLE, RULES = "check_results", "check_rules"
Rules = Mapping[str, Rule]


class Defined:
    """The rules of a workspace's checks as they are now; while its definitions are wrong, those read last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rules: Rules = {}

    def __call__(self) -> Rules:
        with suppress(TrueNorthError):
            self._rules = rules_of(load_cached(self._folder))
        return self._rules


def rules_of(model: Model) -> Rules:
    """How the results of each check are read."""
    return {one.name: rule_of(one, model.workspace.timezone) for one in model.checks.values()}


class ResultRows:
    """The part that takes results in."""

    tables: tuple[str, ...] = (TABLE, *states.TABLES, RULES)

    def __init__(self, rules: Callable[[], Rules]) -> None:
        self._rules = rules

    def has(self, batch: Batch) -> bool:
        """Whether a request brings results."""
        return bool(batch.results)

    def forget(self) -> None:
        """A transaction was taken back: nothing is remembered here."""

    def put(self, engine: Engine, kept: Sequence[Kept], careful: bool) -> Tallies:
        """Write the results that were not there, and what follows from them."""
        rules = self._rules()
        tallies = {one.load_id: Tally() for one in kept}
        fresh = dict[tuple[str, str, int], Result]()
        known = held(engine, [one.time for each in kept for one in each.batch.results])
        for each in kept:
            _refuse(each, rules)
            tally = tallies[each.load_id]
            for one in each.batch.results:
                key = (one.check, one.location, one.time)
                if one.check not in rules:
                    continue
                tally.read += 1
                if key not in known and key not in fresh:
                    fresh[key] = one
                    tally.loaded += 1
                    tally.add_minutes(np.array([each.frame.received_at], np.int64))
        if fresh:
            store(engine, list(fresh.values()))
        derive(engine, list(fresh.values()), rules)
        return tallies


def derive(engine: Engine, fresh: Sequence[Result], rules: Rules) -> None:
    """Bring the states up to date after results that came in, and those of checks that say something else now."""
    changed = altered(engine, rules, {one.check for one in fresh})
    since = dict[tuple[str, str], int]()
    for one in fresh:
        key = (one.check, one.location)
        since[key] = min(one.time, since.get(key, one.time))
    states.bring_up(engine, since, rules, changed)


def altered(engine: Engine, rules: Rules, names: Iterable[str]) -> set[str]:
    """The checks among those that came whose rule is another than the one their states were made by; noted anew."""
    there = {str(name): str(text) for name, text in engine.rows(f"SELECT name, rules FROM {RULES}")}
    texts = {name: msgspec.json.encode(rules[name]).decode() for name in names}
    found = {name for name, text in texts.items() if there.get(name) != text}
    if found:
        listed = ", ".join(map(literal, sorted(found)))
        engine.write(f"DELETE FROM {RULES} WHERE name IN ({listed})")
        values = ", ".join(f"({literal(name)}, {literal(texts[name])})" for name in sorted(found))
        engine.write(f"INSERT INTO {RULES} VALUES {values}")
    return found & there.keys()


def held(engine: Engine, times: Sequence[int]) -> set[tuple[str, str, int]]:
    """The results of these times that are there already."""
    if not times:
        return set()
    between = f"{states.stamp(min(times))} AND {states.stamp(max(times))}"
    sql = f"SELECT name, location, epoch_us(time) FROM {TABLE} WHERE time BETWEEN {between}"
    return {(str(name), str(location), int(str(time))) for name, location, time in engine.rows(sql)}


def store(engine: Engine, results: Sequence[Result]) -> None:
    """Write results down."""
    import pyarrow as pa

    columns: dict[str, Any] = {
        "name": [one.check for one in results],
        "location": [one.location for one in results],
        "time": pa.array([one.time for one in results], pa.timestamp("us")),
        "ok": [one.ok for one in results],
        "degraded": [one.degraded for one in results],
        "duration_ms": pa.array([one.duration_ms for one in results], pa.float64()),
        "status": pa.array([one.status for one in results], pa.int32()),
        "error": [one.error for one in results],
        "certificate_expires": pa.array([one.certificate_expires for one in results], pa.timestamp("us")),
        "failed": pa.array([one.failed for one in results], pa.list_(pa.string())),
    }
    with engine.lent("new_results", pa.table(columns)):
        engine.write(f"INSERT INTO {TABLE} BY NAME SELECT * FROM new_results")


def _refuse(one: Kept, rules: Rules) -> None:
    """Say once which results are of no check that is defined."""
    unknown = dict.fromkeys(result.check for result in one.batch.results if result.check not in rules)
    told = {piece.place for piece in one.batch.refused}
    for name in unknown.keys() - told:
        hint = did_you_mean(name, rules) or "define it under checks:"
        raw = msgspec.json.encode([result for result in one.batch.results if result.check == name])
        one.batch.refused.append(Refused("E_UNKNOWN_CHECK", f'no check is named "{name}"; {hint}', raw, name))
