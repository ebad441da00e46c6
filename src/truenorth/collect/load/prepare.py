"""The canonical tables as this version writes them: made, given what is new, or found to be somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from truenorth.base.errors import EngineError
from truenorth.collect.load import minutes
from truenorth.store.engine import Engine
from truenorth.store.tables import TABLES, create, is_foreign, missing
from truenorth.store.values import quoted

# What older rows hold in a column that is new.
FILLED: dict[tuple[str, str], Callable[[Engine], None]] = {(minutes.TABLE, "sum"): minutes.add_sums}


def prepare(engine: Engine, wanted: Iterable[str]) -> None:
    """Make the tables that are missing and add the columns that are, inside a transaction.

    EngineError E_TABLE_TAKEN when a table of that name holds something else.
    """
    there = set(engine.tables())
    for name in wanted:
        if name not in TABLES:
            continue
        if name not in there:
            engine.write(create(name))
            continue
        held = {str(row[0]) for row in engine.rows(f"DESCRIBE {quoted(name)}")}
        if is_foreign(name, held):
            message = f'the table "{name}" holds something else than what is collected: {", ".join(sorted(held))}'
            raise EngineError("E_TABLE_TAKEN", message, hint="import it under another name; what is collected waits")
        for column in missing(name, held):
            engine.write(f"ALTER TABLE {quoted(name)} ADD COLUMN {column}")
            fill = FILLED.get((name, column.partition(" ")[0]))
            if fill is not None:
                fill(engine)
