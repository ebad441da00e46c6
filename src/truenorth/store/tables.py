"""The canonical tables: what collected data looks like, whichever way it came in."""

from __future__ import annotations

from collections.abc import Iterable

from truenorth.store.engine import Engine

TABLES: dict[str, tuple[str, ...]] = {
    "events": (
        "source VARCHAR",
        "dialect VARCHAR",
        "event_id VARCHAR",
        "who UINTEGER",
        "event VARCHAR",
        "time TIMESTAMP",
        "client_time TIMESTAMP",
        "sent_at TIMESTAMP",
        "received_at TIMESTAMP",
        "seq UINTEGER",
        "anonymous_id VARCHAR",
        "user_id VARCHAR",
        "session_id VARCHAR",
        "groups VARIANT",
        "properties VARIANT",
        "library VARCHAR",
        "load_id BIGINT",
    ),
    "event_keys": ("day DATE", "key UHUGEINT"),
    "event_fields": (
        "source VARCHAR",
        "event VARCHAR",
        "field VARCHAR",
        "types VARCHAR[]",
        "first_seen TIMESTAMP",
        "last_seen TIMESTAMP",
        "events UBIGINT",
    ),
    "ids": ("who UINTEGER", "id VARCHAR", "first_seen TIMESTAMP"),
    "identity": (
        "link_id BIGINT",
        "kind VARCHAR",
        "former UINTEGER",
        "current UINTEGER",
        "said_at TIMESTAMP",
        "source VARCHAR",
        "load_id BIGINT",
        "refused VARCHAR",
    ),
    "people": ("who UINTEGER", "person UINTEGER"),
    "series": (
        "series_id UINTEGER",
        "source VARCHAR",
        "name VARCHAR",
        "kind VARCHAR",
        "unit VARCHAR",
        "temporality VARCHAR",
        "labels VARIANT",
        "key BLOB",
        "first_seen TIMESTAMP",
    ),
    "samples": ("series_id UINTEGER", "time TIMESTAMP", "value DOUBLE", "start TIMESTAMP"),
    "minutes": (
        "series_id UINTEGER",
        "minute TIMESTAMP",
        "increase DOUBLE",
        "n UINTEGER",
        "min DOUBLE",
        "max DOUBLE",
        "last DOUBLE",
        "sum DOUBLE",
    ),
    "bounds": ("bounds_id UINTEGER", "bounds DOUBLE[]"),
    "histograms": (
        "series_id UINTEGER",
        "time TIMESTAMP",
        "start TIMESTAMP",
        "bounds_id UINTEGER",
        "counts UBIGINT[]",
        "sum DOUBLE",
        "count UBIGINT",
        "min DOUBLE",
        "max DOUBLE",
    ),
    "check_results": (
        "name VARCHAR",
        "location VARCHAR",
        "time TIMESTAMP",
        "ok BOOLEAN",
        "degraded BOOLEAN",
        "duration_ms DOUBLE",
        "status INTEGER",
        "error VARCHAR",
        "certificate_expires TIMESTAMP",
        "failed VARCHAR[]",
    ),
    "check_runs": (
        "name VARCHAR",
        "location VARCHAR",
        "started TIMESTAMP",
        "ended TIMESTAMP",
        "state VARCHAR",
        "reason VARCHAR",
    ),
    "check_states": ("name VARCHAR", "started TIMESTAMP", "ended TIMESTAMP", "state VARCHAR", "reason VARCHAR"),
    "check_quarters": (
        "name VARCHAR",
        "time TIMESTAMP",
        "up DOUBLE",
        "degraded DOUBLE",
        "down DOUBLE",
        "maintenance DOUBLE",
        "unknown DOUBLE",
    ),
    "check_rules": ("name VARCHAR", "rules VARCHAR"),
    "quarantine": (
        "quarantine_id BIGINT",
        "source VARCHAR",
        "dialect VARCHAR",
        "path VARCHAR",
        "code VARCHAR",
        "reason VARCHAR",
        "place VARCHAR",
        "raw BLOB",
        "received_at TIMESTAMP",
        "load_id BIGINT",
        "replayed_at TIMESTAMP",
        "form VARCHAR",
        "query VARCHAR",
        "agent VARCHAR",
    ),
    "arrivals": (
        "load_id BIGINT",
        "requests UBIGINT",
        "repeated UBIGINT",
        "corrected UBIGINT",
        "dated UBIGINT",
        "first_at TIMESTAMP",
        "last_at TIMESTAMP",
        "dialect VARCHAR",
    ),
    "arrival_minutes": ("load_id BIGINT", "minute TIMESTAMP", "rows UBIGINT"),
    "period_closings": (
        "metric VARCHAR",
        "period DATE",
        "grain VARCHAR",
        "dimension VARCHAR",
        "member VARCHAR",
        "value VARCHAR",
        "currency VARCHAR",
        "closed_at TIMESTAMP",
        "closed_by VARCHAR",
        "reason VARCHAR",
        "reopened_at TIMESTAMP",
    ),
    "spool_position": ("segment BIGINT", "place BIGINT"),
    "unsettled": ("first TIMESTAMP", "last TIMESTAMP"),
}


def create(name: str) -> str:
    """The statement that makes a canonical table when it is not there.

    >>> create("event_keys")
    'CREATE TABLE IF NOT EXISTS event_keys (day DATE, key UHUGEINT)'
    """
    return f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(TABLES[name])})"


def missing(name: str, held: Iterable[str]) -> list[str]:
    """The columns of a canonical table that are not among those held."""
    there = set(held)
    return [column for column in TABLES[name] if column.partition(" ")[0] not in there]


def is_foreign(name: str, held: Iterable[str]) -> bool:
    """Whether a table of a canonical name holds something else.

    >>> is_foreign("event_keys", ["day", "key"]), is_foreign("event_keys", ["id"])
    (False, True)
    """
    return 2 * len(missing(name, held)) > len(TABLES[name])


def is_held(engine: Engine, name: str) -> bool:
    """Whether a canonical table is there, and is ours."""
    if name not in engine.tables():
        return False
    return not is_foreign(name, (column for column, _ in engine.describe(f"SELECT * FROM {name}")))
