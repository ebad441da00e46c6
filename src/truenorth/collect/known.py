"""Which rows of a table had come in by a time: told by the ledger of loads."""

from __future__ import annotations

from datetime import datetime

from truenorth.base.errors import QueryError
from truenorth.collect import ledger
from truenorth.define.model import Dataset
from truenorth.store.engine import Engine
from truenorth.store.tables import TABLES
from truenorth.store.values import literal

NOTHING = "1 = 0"


def known_at(engine: Engine, dataset: Dataset, moment: datetime) -> str:
    """The condition that a row of a dataset's table had come in by a naive UTC moment; "" when all had.

    QueryError E_AS_OF_UNSUPPORTED where that cannot be told: of what no load brought, and of what was replaced since.
    """
    table = dataset.source
    if not table or engine.abilities.dialect != "duckdb":
        what = (
            "a query" if dataset.query else "read from its file as it is today" if dataset.file else "not loaded here"
        )
        raise unsupported(dataset, what, "import its rows into a table, so that each load is remembered")
    if table == "events":
        return f"received_at <= TIMESTAMP {literal(moment.isoformat(sep=' '))}"
    if table in TABLES:
        raise unsupported(dataset, "not kept with the time at which it came", "ask what rests on events")
    lines = ledger.loads(engine, table)
    return by_loads(engine, dataset, [one for one in lines if one.kind not in ("same", "failed")], moment)


def by_loads(engine: Engine, dataset: Dataset, lines: list[ledger.Load], moment: datetime) -> str:
    """The same by the loads that brought rows, the newest first."""
    if not lines:
        raise unsupported(dataset, "not loaded by truenorth", "truenorth import and truenorth pull remember each load")
    when = {one.load_id: one.loaded_at for one in lines}
    known = [one for one in lines if one.loaded_at <= moment]
    late = [one for one in lines if one.loaded_at > moment]
    if not late:
        return ""
    gone = [one.replaced_by for one in known if when.get(one.replaced_by, datetime.min) > moment]
    lost = next((one for one in reversed(late) if one.replaced or one.load_id in gone), None)
    if lost is not None:
        words = f"changed by load {lost.load_id} of {lost.loaded_at:%Y-%m-%d}, which replaced rows of it"
        raise unsupported(dataset, words, f"ask what was known since {max(one.loaded_at for one in lines):%Y-%m-%d}")
    if not known:
        return NOTHING
    target = engine.scan(dataset.source, "")
    if ledger.MARK in dict(engine.describe(f"SELECT * FROM {target}")):
        return f"{ledger.MARK} IN ({', '.join(str(one.load_id) for one in known)})"
    [(rows,)] = engine.rows(f"SELECT count(*) FROM {target}")
    if int(str(rows)) != sum(one.loaded for one in lines):
        raise unsupported(dataset, "changed by others than its loads", "keep tables that are imported to their imports")
    # Loads add rows behind those that are there.
    return f"rowid < {sum(one.loaded for one in known)}"


def unsupported(dataset: Dataset, what: str, hint: str) -> QueryError:
    """The error for what cannot be told as it was known."""
    message = f'what was known then of "{dataset.name}" cannot be told: it is {what}'
    return QueryError("E_AS_OF_UNSUPPORTED", message, hint=hint)
