"""What is said of the rows that a balance sets aside: how many there are, for which reason, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.denomination import denomination
from truenorth.query.dialect import indented
from truenorth.query.fault import FAULTS, UNTIL, named
from truenorth.query.movement import Moving, rows_meant
from truenorth.query.render import looked_up
from truenorth.query.shape import Leg, Plan

CUT = "cut"
# So many rows are shown one by one.
SHOWN = 50


class Tally(Struct, frozen=True):
    """How many rows have a fault, and what they are worth together where that can be told."""

    size: int
    worth: Decimal | None = None
    currency: str = ""


def set_aside(catalog: Catalog, plan: Plan) -> tuple[str, ...]:
    """What is to be said of the rows that the balances of a plan set aside, asked once while the data stays."""
    notes = [note for one in plan.lookups for note in set_aside(catalog, one.plan)]
    versions = catalog.state()
    for leg in legs_of(plan):
        key = ("set aside", *rows_meant(plan, leg), *versions)
        if plan.lookups or key not in catalog.facts:
            writing = asked_of_all(catalog, plan, leg)
            select = tallied(writing, with_lookups(catalog, writing))
            catalog.facts[key] = told(writing.leg.dataset, read(catalog, writing.metric, catalog.rows(select)))
        found = catalog.facts[key]
        assert isinstance(found, tuple)
        notes += found
    return tuple(dict.fromkeys(notes))


def rows_aside(catalog: Catalog, plan: Plan) -> tuple[str, ...]:
    """The first rows that the balances of a plan set aside, each with its id, or whose it is and since when."""
    found: dict[str, list[str]] = {}
    for leg in legs_of(plan):
        writing = asked_of_all(catalog, plan, leg)
        key = list(writing.faults.key) or [*writing.entity.values(), writing.day()]
        dataset = catalog.dataset(writing.leg.dataset)
        names = list(dataset.primary_key) or [*([writing.metric.entity] * len(writing.entity)), writing.leg.time]
        shown = [f"{catalog.dialect.cast(sql, catalog.dialect.text)} AS key_{at}" for at, sql in enumerate(key)]
        rows = reasoned(writing, [f"{named(reasons(writing))} AS reason", *shown])
        order = ", ".join(f"key_{at}" for at in range(len(key)))
        select = with_lookups(catalog, writing) + f"SELECT * FROM (\n{indented(rows)}\n) AS looked"
        select += f"\nWHERE reason IS NOT NULL\nORDER BY {order}, reason\nLIMIT {SHOWN}"
        words = {fault.name: fault.one for fault in FAULTS}
        lines = found.setdefault(select, [])
        for reason, *values in catalog.rows(select) if not lines else ():
            who = ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True) if value is not None)
            lines.append(f"set aside of {dataset.name}: {who or '(none)'} {words[str(reason)]}")
    return tuple(line for lines in found.values() for line in lines)


def legs_of(plan: Plan) -> list[Leg]:
    """The legs of the balances of a plan."""
    return [leg for leg in plan.legs if leg.way == "movement"]


def asked_of_all(catalog: Catalog, plan: Plan, leg: Leg) -> Moving:
    """A balance of a plan, all its rows being asked for."""
    return Moving(catalog, replace(plan, dimensions=(), conditions=(), filters=()), leg)


def reasons(writing: Moving) -> dict[str, str]:
    """What tells each fault of a row of a balance."""
    begins, ends, faults = writing.day(), writing.ending.day(), writing.faults
    found = {"start": f"{begins} IS NULL", "end": f"{ends} < {begins}", **faults.reasons()}
    found["amount"] = " OR ".join([*([found["amount"]] if "amount" in found else []), f"({worth(writing)}) IS NULL"])
    if faults.overlaps:
        found["overlap"] = f"{faults.alias}.{UNTIL} <= {faults.day('started_on')}"
    return found


def worth(writing: Moving) -> str:
    """What a row is worth in its own currency."""
    return writing.measured(replace(writing.metric, convert=""))


def reasoned(writing: Moving, columns: Sequence[str]) -> str:
    """A select of the rows that the conditions of a balance let in."""
    filters = writing.filters(writing.leg.leaves[0])
    where = f"\nWHERE {' AND '.join(filters)}" if filters else ""
    return f"SELECT {', '.join(columns)}\n{writing.source.sql()}{where}"


def with_lookups(catalog: Catalog, writing: Moving) -> str:
    """The metrics that tell which rows are meant at all, as tables before a select."""
    writing.filters(writing.leg.leaves[0])
    used = looked_up(
        catalog,
        replace(
            writing.plan, lookups=tuple(one for one in writing.plan.lookups if one.name in writing.source.rows.met)
        ),
    )
    return f"WITH {', '.join(one.table for one in used.lookups)}\n" if used.lookups else ""


def tallied(writing: Moving, before: str) -> str:
    """A select of how many rows have each fault, and what they are worth in which currencies."""
    faults, why = writing.faults, named(reasons(writing))
    if faults.overlaps:
        until, end = f"{faults.alias}.{UNTIL}", faults.day("ended_on")
        cut = f"{until} IS NOT NULL AND ({end} IS NULL OR {until} < {end})"
        why = f"COALESCE({why}, CASE WHEN {cut} THEN '{CUT}' END)"
    amount = worth(writing)
    if writing.kind(writing.metric) == "float":
        amount = writing.dialect.as_money(amount)
    reference, stated = denomination(writing.catalog, writing.metric)
    code = writing.source.rows.field(reference) if reference else writing.dialect.literal(stated or None)
    rows = reasoned(writing, [f"{why} AS reason", f"{amount} AS amount", f"{code} AS code"])
    told = "reason, count(*) AS size, sum(amount) AS worth, min(code) AS code, max(code) AS other"
    return (
        f"{before}SELECT {told}\nFROM (\n{indented(rows)}\n) AS looked\n"
        "WHERE reason IS NOT NULL\nGROUP BY reason\nORDER BY reason"
    )


def read(catalog: Catalog, metric: Metric, rows: Iterable[tuple[object, ...]]) -> dict[str, Tally]:
    """What was counted, by fault; amounts of several currencies are not added up."""
    found = {}
    reference, stated = denomination(catalog, metric)
    whole = catalog.model.metrics.get(metric.balance, metric)
    money = whole.unit == "currency" or bool(reference or stated)
    unsaid = "" if reference or not money else whole.currency or catalog.model.workspace.currency
    for reason, size, amount, code, other in rows:
        alone = amount is not None and code == other
        shown = Decimal(str(amount)) if alone else None
        found[str(reason)] = Tally(int(str(size)), shown, str(code or unsaid))
    return found


def told(dataset: str, found: Mapping[str, Tally]) -> tuple[str, ...]:
    """What is said of rows that are set aside, and of those that count until others begin.

    >>> told("periods", {"end": Tally(1, Decimal("70.00"), "USD"), "amount": Tally(2)})
    ('3 rows of periods are set aside: 1 ends before it begins (70 USD), 2 have no amount',)
    >>> told("periods", {"cut": Tally(1)})
    ('1 row of periods overlaps the next of its subscription, and counts until that begins',)
    """
    notes = []
    aside = {one: found[one.name] for one in FAULTS if one.name in found}
    if aside:
        said = ", ".join(
            f"{tally.size:,} {one.one if tally.size == 1 else one.more}{amount(tally)}" for one, tally in aside.items()
        )
        size = sum(tally.size for tally in aside.values())
        notes.append(f"{rows_of(size, dataset)} {'is' if size == 1 else 'are'} set aside: {said}")
    if CUT in found:
        size = found[CUT].size
        rest = "overlaps the next of its subscription, and counts until that begins"
        several = "overlap the next of their subscription, and count until that begins"
        notes.append(f"{rows_of(size, dataset)} {rest if size == 1 else several}")
    return tuple(notes)


def rows_of(size: int, dataset: str) -> str:
    """So many rows of a dataset."""
    return f"{size:,} {'row' if size == 1 else 'rows'} of {dataset}"


def amount(tally: Tally) -> str:
    """What rows are worth, in brackets.

    >>> amount(Tally(1, Decimal("1234.50"), "EUR")), amount(Tally(2))
    (' (1,234.5 EUR)', '')
    """
    if tally.worth is None:
        return ""
    shown = f"{tally.worth:,f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return f" ({shown}{f' {tally.currency}' if tally.currency else ''})"
