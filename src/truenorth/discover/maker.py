"""What is known of a table because a program exports it so: the columns that the canonical tables name by its maker."""

from __future__ import annotations

from truenorth.define.tables import GAP, maker_of, plain, tables
from truenorth.discover.facts import Column, Table

SUBSCRIPTIONS = "subscription_periods"


def program(table: Table) -> str:
    """The program whose subscriptions these are; "" where nothing tells."""
    maker = maker_of(tables()[SUBSCRIPTIONS], [one.name for one in table.columns])
    return maker.name if maker is not None else ""


def made_so(table: Table, role: str) -> Column | None:
    """The one column that a program's export keeps for a column of subscription periods, if it is known to."""
    maker = maker_of(tables()[SUBSCRIPTIONS], [one.name for one in table.columns])
    gaps = set(GAP.findall(maker.columns.get(role, ""))) if maker is not None else set()
    found = [one for one in table.columns if plain(one.name) in gaps and one.filled]
    return found[0] if len(found) == len(gaps) == 1 else None
