"""A recognised table as a dataset is written over it: its fields, its time, and what the rules may use of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from truenorth.discover.cents import SOLD
from truenorth.discover.counting import Condition
from truenorth.discover.exchange import A_WEEK, Quoted
from truenorth.discover.facts import Column, Table, named, plain_sql, unquoted
from truenorth.discover.kind import Recognised
from truenorth.discover.link import Link
from truenorth.discover.money import Money, alike, amount_sql, money_of, plain_amount, taken_off
from truenorth.discover.pick import is_flag, is_group, is_money, is_private, pick, referring
from truenorth.discover.purpose import PURPOSES

AS_UNITS = "taken as whole units; if they are cents, all amounts are 100 times too high"
_LENGTHS = ("milliseconds", "seconds", "minutes", "hours", "days")
# The words by which a kind's own time is preferred to any other.
_OWN = {
    "orders": "order purchase placed booking sale",
    "invoices": "invoice issued billing",
    "payments": "paid payment charge",
    "refunds": "refund",
    "subscriptions": "started start",
    "customers": "created signup registered joined",
    "tickets": "created opened submitted",
    "leads": "created",
    "opportunities": "created",
    "sessions": "started start session",
    "deployments": "deployed finished",
    "incidents": "started",
    "shipments": "shipped",
    "reviews": "created submitted",
    "costs": "date booked month",
    "spend": "date day",
    "campaigns": "start started",
}
_NOT_OWN = frozenset(
    [
        "updated",
        "modified",
        "deleted",
        "birth",
        "expires",
        "synced",
        "loaded",
        "exported",
        "processed",
        "last",
        "recent",
    ]
)
_TELLS_TIME = frozenset(["date", "day", "time", "at", "on", "utc"])
MOST_GROUPS = 6
_DISCOUNTED = ("orders", "order lines")


@dataclass
class Subject:
    """One table as it will be described. `columns` are what it offers; `fields` what is written, by name."""

    table: Table
    kind: str
    known: Recognised
    money: Money
    time: str = ""
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    quoted: Quoted | None = None

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def doubted(self) -> bool:
        """Whether its amounts may be cents as well, and nothing tells."""
        return bool(self.money.doubtful) and self.kind in SOLD

    def find(self, purpose: str, *but: str) -> str:
        """The field for a purpose, or ""; what it is called in the definitions."""
        found = pick(self.table, purpose, but)
        return self.called(found) if found else ""

    def column(self, purpose: str) -> Column | None:
        """The column for a purpose."""
        return pick(self.table, purpose)

    def called(self, column: Column) -> str:
        """What a column is called in expressions; it is declared as a field where its name needs an expression."""
        name = self.renamed.get(column.name, column.name)
        if name not in self.fields and plain_sql(column) != named(name):
            self.fields[name] = self.described(column, name)
        return named(name)

    def or_zero(self, column: Column) -> str:
        """What a number is called in expressions; 0 where a row leaves it empty."""
        name = self.called(column)
        return name if column.filled == self.table.rows else f"coalesce({name}, 0)"

    def described(self, column: Column, name: str) -> dict[str, Any]:
        """A column as a field: its expression where it has one, its unit where it has one."""
        keys: dict[str, Any] = {"name": name}
        expr = amount_sql(column, self.money) or plain_sql(column)
        if self.money.column == column.name and self.money.upper:
            expr = f"upper({plain_sql(column)})"
        if expr != named(name):
            keys["expr"] = expr
        if is_money(column):
            keys["unit"] = "currency"
            if code := self.currency():
                keys["currency"] = code
        elif unit := length_unit(column):
            keys["unit"] = unit
        return keys

    def currency(self) -> str:
        """What `currency:` says of the table's amounts: the field that holds their code, declared here, or the code."""
        if self.money.written is None:
            return "".join(self.money.codes[:1])
        name = self.renamed.get(self.money.column, self.money.column)
        if name not in self.fields:
            self.fields[name] = self.described(self.money.written, name)
        return name

    def computed(self, name: str, expr: str, **keys: Any) -> str:
        """A field of our own; its name, or that of the same field written before."""
        for known in self.fields.values():
            if known.get("expr") == expr:
                return str(known["name"])
        while name in self.fields or self.table.column(name):
            name += "_"
            name = name.rstrip("_") + "_counted"
        self.fields[name] = {"name": name, "expr": expr, **keys}
        return name

    def rates(self) -> dict[str, Any]:
        """What makes the dataset a table of exchange rates; nothing for one that is none."""
        if self.quoted is None:
            return {}
        one = self.quoted
        into = self.called(one.end) if one.end else self.computed("to_currency", f"'{one.into}'")
        names = {
            "date": self.called(one.day),
            "from": self.called(one.start),
            "to": into,
            "rate": self.called(one.rate),
        }
        age = {} if one.lasts == A_WEEK else {"max_age": one.lasts}
        return {key: unquoted(name) for key, name in names.items()} | age

    def amount(self, name: str, expr: str) -> str:
        """A computed amount in the table's currency."""
        code = self.currency()
        return self.computed(name, expr, unit="currency", **({"currency": code} if code else {}))


def subjects_of(
    tables: Sequence[tuple[Table, Recognised]], links: Sequence[Link], rates: Mapping[str, Quoted]
) -> list[Subject]:
    """The tables as subjects; where one was concluded to count cents, so do those tied to it that may."""
    # A rate is no amount.
    found = [subject_of(*one, Money() if one[0].name in rates else None) for one in tables]
    for subject in found:
        subject.quoted = rates.get(subject.name)
        subject.time = subject.quoted.day.name if subject.quoted else subject.time
    cents = {one.name for one in found if one.money.inferred}
    tied = {
        end: other for link in links for end, other in ((link.from_, link.to), (link.to, link.from_)) if other in cents
    }
    return [
        subject_of(one.table, one.known, alike(one.money, tied[one.name]))
        if one.money.doubtful and one.kind in SOLD and one.name in tied
        else one
        for one in found
    ]


def subject_of(table: Table, known: Recognised, money: Money | None = None) -> Subject:
    """The table with its fields written and its time chosen."""
    table = taken_off(table) if known.kind in _DISCOUNTED else table
    made = Subject(table, known.kind, known, money or money_of(table))
    if made.doubted:
        names = ", ".join(made.money.doubtful)
        made.unsure.append(f"whether {names} count cents, as all are whole: {AS_UNITS}")
    for column in table.columns:
        if column.name in made.money.cents:
            new = plain_amount(column.name)
            made.renamed[column.name] = new if new == column.name or not table.column(new) else column.name
    time = time_of(table, known.kind)
    for column in table.columns:
        if worth_a_field(column, table, time):
            name = made.renamed.get(column.name, column.name)
            made.fields[name] = made.described(column, name)
            if is_group(column):
                made.groups.append(name)
    made.time = time.name if time else ""
    made.groups = sorted(made.groups, key=lambda one: -_telling(made, one))[:MOST_GROUPS]
    return made


def time_of(table: Table, kind: str) -> Column | None:
    """The time that says when a row happened."""
    own = set(_OWN.get(kind, "").split())
    purpose = PURPOSES["happened"]
    ranked = []
    for at, one in enumerate(table.columns):
        if not one.timed or not one.filled:
            continue
        said = set(one.words)
        worth = (
            purpose.weight(one)
            + 2 * (one.words == ("time",))
            + 2 * bool(own & said)
            + (4 if own & said and purpose.against & said & own else 0)
        )
        worth -= 5 * bool(said & _NOT_OWN) + 6 * (one.filled < 0.5 * table.rows) + (one.filled < 0.9 * table.rows)
        ranked.append((worth, -at, one))
    best = max(ranked, key=lambda rank: rank[:2], default=None)
    if best is None or (best[0] < -3 and kind in ("customers", "products", "campaigns")):
        return None
    return _moment_of(table, best[2])


def _moment_of(table: Table, chosen: Column) -> Column:
    """The moment whose day is told beside it, as an export's `event_date` beside its `event_timestamp`.

    Of two that tell the same, the finer keeps the order of a day, and its days begin where the workspace says.
    """
    about = set(chosen.words) - _TELLS_TIME
    if chosen.type != "date" or not about:
        return chosen
    finer = (one for one in table.columns if one.timed and one.type != "date" and one.filled >= chosen.filled)
    return next((one for one in finer if set(one.words) - _TELLS_TIME == about), chosen)


def worth_a_field(column: Column, table: Table, time: Column | None) -> bool:
    """Whether a person would write a column down: keys, times, amounts, groups; nothing private, empty or alike."""
    if not column.filled or (is_private(column) and column.name not in table.key):
        return False
    if column.name in table.key or column is time or is_money(column) or referring(column):
        return True
    if column.inside:
        return is_group(column) or (column.numeric and column.distinct > 1)
    if column.timed or is_flag(column):
        return True
    if column.numeric:
        return column.distinct > 1
    return is_group(column) or (
        column.type == "text" and column.distinct == 1 and PURPOSES["currency"].weight(column) > 0
    )


def length_unit(column: Column) -> str:
    """The unit of a length of time, where the column's name says it."""
    said = column.words
    if not column.numeric or {"id", "count", "per"} & set(said):
        return ""
    if {"time", "duration", "latency", "elapsed", "took", "response"} & set(said) or (
        said[-1:] and said[-1] in _LENGTHS[:4]
    ):
        short = "seconds" if said[-1:] == ("s",) else ""
        return next((one for one in said if one in _LENGTHS), short)
    return ""


def _telling(made: Subject, name: str) -> float:
    """How much a group tells: some words that people ask by, and a handful of values rather than two or sixty."""
    column = made.table.column(name)
    if column is None:
        return 0.0
    asked = {
        "country",
        "channel",
        "plan",
        "source",
        "category",
        "region",
        "segment",
        "status",
        "device",
        "type",
        "medium",
    }
    few = 1.0 if 3 <= len(column.values) <= 20 else 0.3
    said = 2.0 if asked & set(column.words) else 0.0
    return said + few - (1.5 if "currency" in column.words else 0.0)
