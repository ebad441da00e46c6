"""The states of checks as tables: what each location saw, upon what they agree, and the seconds of each quarter hour.

They are made from the results, from a moment on; what lies before it stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from truenorth.collect.probe.state import QUARTER, STATES, Rule, Run, Try, agreed, moment, quarters, seen
from truenorth.store.engine import Engine
from truenorth.store.values import literal

RUNS, AGREED, QUARTERS = "check_runs", "check_states", "check_quarters"
TABLES = (RUNS, AGREED, QUARTERS)
# Results that come later than this make all states of their check anew.
LATE = 3_600_000_000
# A check and a location; of a table without locations, or for all of them, "".
Of = tuple[str, str]
Made = dict[Of, tuple[int, list[Run]]]


def bring_up(engine: Engine, since: Mapping[Of, int], rules: Mapping[str, Rule], anew: Iterable[str]) -> None:
    """Make the states anew as far as results from these times on may change them, and all of those of some checks."""
    whole = set(anew)
    known = rows_of(engine, RUNS, {of: at - LATE - rules[of[0]].back for of, at in since.items()})
    starts: dict[Of, int] = {}
    for of, at in since.items():
        last = known[of][-1].ended if of in known else None
        if last is None or at < last - LATE:
            whole.add(of[0])
        else:
            starts[of] = min(at, last) - rules[of[0]].back
    made: Made = {}
    for of, tries in tries_of(engine, starts).items():
        first = tries[0].time
        before = next((run for run in reversed(known[of]) if run.started <= first <= run.ended), None)
        if before is None or first >= since[of]:
            whole.add(of[0])
        elif of[0] not in whole:
            made[of] = first, joined(known[of], seen(tries, rules[of[0]], before), first)
    made = {of: one for of, one in made.items() if of[0] not in whole}
    for of, tries in tries_of(engine, {(name, ""): 0 for name in whole}).items():
        made[of] = 0, seen(tries, rules[of[0]])
    write(engine, RUNS, made)
    agree(engine, {name: min(at for (one, _), (at, _) in made.items() if one == name) for name, _ in made}, rules)


def agree(engine: Engine, starts: Mapping[str, int], rules: Mapping[str, Rule]) -> None:
    """Upon what the locations of checks agree from a time on, and its seconds."""
    runs: dict[str, dict[str, Sequence[Run]]] = {name: {} for name in starts}
    for (name, location), held in rows_of(engine, RUNS, wide(starts, rules)).items():
        runs[name][location] = held
    before = rows_of(engine, AGREED, wide(starts, rules))
    made: Made = {}
    for name, at in starts.items():
        found = agreed(runs[name], rules[name], at)
        made[name, ""] = at, joined(before.get((name, ""), ()), found, at)
    write(engine, AGREED, made)
    seconds(engine, starts)


def wide(starts: Mapping[str, int], rules: Mapping[str, Rule]) -> dict[Of, int]:
    """All that may matter from these times on."""
    return {(name, ""): at - rules[name].back for name, at in starts.items()}


def joined(before: Sequence[Run], made: Sequence[Run], at: int) -> list[Run]:
    """Runs made from a time on, with the one before them that reaches as far."""
    found = list(made)
    earlier = next((run for run in reversed(before) if run.started < at <= run.ended), None)
    if earlier is None or not found:
        return found
    if earlier.state == found[0].state:
        return [replace(found[0], started=earlier.started, reason=earlier.reason), *found[1:]]
    return [replace(earlier, ended=found[0].started), *found]


def seconds(engine: Engine, starts: Mapping[str, int]) -> None:
    """The seconds of all quarters of an hour that are not over before a time."""
    import pyarrow as pa

    whole = {(name, ""): at - at % QUARTER for name, at in starts.items()}
    rows = [
        (name, quarter, told)
        for (name, _), runs in rows_of(engine, AGREED, whole).items()
        for quarter, told in quarters(runs, whole[name, ""])
    ]
    with engine.lent("asked", places_of(whole)):
        same = "held.name = asked.name AND held.time >= asked.at"
        engine.write(f"DELETE FROM {QUARTERS} AS held WHERE EXISTS (SELECT 1 FROM asked WHERE {same})")
    columns: dict[str, Any] = {"name": [name for name, _, _ in rows]}
    columns["time"] = pa.array([at for _, at, _ in rows], pa.timestamp("us"))
    columns |= {state: pa.array([told[state] for *_, told in rows], pa.float64()) for state in STATES}
    with engine.lent("new_quarters", pa.table(columns)):
        engine.write(f"INSERT INTO {QUARTERS} BY NAME SELECT * FROM new_quarters")


def write(engine: Engine, table: str, made: Mapping[Of, tuple[int, Sequence[Run]]]) -> None:
    """Put runs in the place of all that reach a time or lie behind it."""
    import pyarrow as pa

    located = table == RUNS
    same = "held.name = asked.name AND held.ended >= asked.at" + (" AND held.location = asked.location" * located)
    with engine.lent("asked", places_of({of: at for of, (at, _) in made.items()})):
        engine.write(f"DELETE FROM {table} AS held WHERE EXISTS (SELECT 1 FROM asked WHERE {same})")
    rows = [(of, run) for of, (_, runs) in made.items() for run in runs]
    columns: dict[str, Any] = {"name": [of[0] for of, _ in rows]}
    columns |= {"location": [of[1] for of, _ in rows]} if located else {}
    columns |= {
        key: pa.array([getattr(run, key) for _, run in rows], pa.timestamp("us")) for key in ("started", "ended")
    }
    columns |= {key: [getattr(run, key) for _, run in rows] for key in ("state", "reason")}
    with engine.lent("new_runs", pa.table(columns)):
        engine.write(f"INSERT INTO {table} BY NAME SELECT * FROM new_runs")


def rows_of(engine: Engine, table: str, since: Mapping[Of, int]) -> dict[Of, list[Run]]:
    """The runs of a table that are not over before a time, in order."""
    if not since:
        return {}
    located = table == RUNS
    location = "held.location" if located else "''"
    with engine.lent("asked", places_of(since)):
        rows = engine.rows(
            f"SELECT held.name, {location}, epoch_us(started), epoch_us(ended), state, reason FROM {table} AS held "
            f"JOIN asked ON held.name = asked.name AND asked.location IN ('', {location}) "
            f"WHERE held.ended >= asked.at AND held.ended >= {stamp(min(since.values()))} ORDER BY started, ended"
        )
    found: dict[Of, list[Run]] = {}
    for name, where, started, ended, state, reason in rows:
        run = Run(int(str(started)), int(str(ended)), str(state), str(reason))
        found.setdefault((str(name), str(where)), []).append(run)
    return found


def tries_of(engine: Engine, since: Mapping[Of, int]) -> dict[Of, list[Try]]:
    """The results from a time on, in order."""
    if not since:
        return {}
    with engine.lent("asked", places_of(since)):
        rows = engine.rows(
            "SELECT held.name, held.location, epoch_us(time), ok, degraded, error, failed FROM check_results AS held "
            "JOIN asked ON held.name = asked.name AND asked.location IN ('', held.location) "
            f"WHERE held.time >= asked.at AND held.time >= {stamp(min(since.values()))} ORDER BY time"
        )
    found: dict[Of, list[Try]] = {}
    for name, where, time, ok, degraded, error, failed in rows:
        told = [str(error)] if error else [str(one) for one in failed] if isinstance(failed, list) else []
        one = Try(int(str(time)), bool(ok), bool(degraded), told[0] if told else "")
        found.setdefault((str(name), str(where)), []).append(one)
    return found


def stamp(at: int) -> str:
    """A time in SQL.

    >>> stamp(0)
    "TIMESTAMP '1970-01-01 00:00:00'"
    """
    return f"TIMESTAMP {literal(moment(max(at, 0)).isoformat(sep=' '))}"


def places_of(since: Mapping[Of, int]) -> object:
    """Times by check and location, as a table."""
    import pyarrow as pa

    columns = {
        "name": pa.array([name for name, _ in since], pa.string()),
        "location": pa.array([where for _, where in since], pa.string()),
        "at": pa.array(list(since.values()), pa.timestamp("us")),
    }
    return pa.table(columns)
