"""What is wrong with a row of a balance, so that it is set aside: for the first of these reasons, and for no other.

What a dataset says of itself tells what is looked for: its `primary_key`, that no row has the id of another; its roles,
that quantities, intervals and terms are some, and that no two rows of a subscription count on the same day. Rows are
only looked at one beside another where the data has such rows at all, which is asked once while it stays.
"""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from truenorth.define.model import Metric
from truenorth.define.path import names_of
from truenorth.define.roles import WRONG
from truenorth.define.settled import bindings
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import quote
from truenorth.query.key import counted, twice

# The columns that rows are marked with: why one is set aside, and the day on which the next of its subscription begins.
ASIDE, UNTIL = quote("set aside"), quote("counts until")
COPY, VERSIONS = quote("copy"), quote("versions")


class Fault(Struct, frozen=True):
    """One thing that may be wrong, as it is said of one row and of several."""

    name: str
    one: str
    more: str


FAULTS = (
    Fault("start", "has no start", "have no start"),
    Fault("end", "ends before it begins", "end before they begin"),
    Fault("copy", "repeats another word for word", "repeat another word for word"),
    Fault("id", "has the id of another", "have the id of another"),
    Fault("quantity", "has a quantity below zero", "have a quantity below zero"),
    Fault("interval", "has no known interval", "have no known interval"),
    Fault("interval_count", "has a term without length", "have a term without length"),
    Fault("amount", "has no amount", "have no amount"),
    Fault("overlap", "begins on the day of another of its subscription", "begin on the day of another of theirs"),
)


class Faults:
    """What is looked for in the rows of one balance; all SQL is over its dataset under its own name."""

    def __init__(self, catalog: Catalog, metric: Metric) -> None:
        self.catalog = catalog
        self.metric = metric
        self.dataset = catalog.dataset(metric.dataset)
        settled = (metric.balance or metric.name) in catalog.model.written
        self.roles = bindings(self.dataset) if settled else set()
        self.alias = quote(self.dataset.name)

    @cached_property
    def origin(self) -> str:
        """The rows marked with what is only told beside others, as a FROM item; "" where there is nothing to mark."""
        if self.overlaps:
            return self.followed()
        return f"{self.told()} AS {self.alias}" if self.repeats else ""

    @cached_property
    def repeats(self) -> bool:
        """Whether any rows have the same id."""
        key = tuple(self.dataset.primary_key)
        return bool(key) and twice(self.catalog, self.dataset.name, key)[0] > 0

    @cached_property
    def overlaps(self) -> bool:
        """Whether any row still lasts when the next one of its subscription begins."""
        name = self.dataset.name
        if "subscription_id" not in self.roles or not twice(self.catalog, name, ("subscription_id",))[0]:
            return False
        end = self.day("ended_on")
        late = f"{self.alias}.{UNTIL} IS NOT NULL AND ({end} IS NULL OR {self.alias}.{UNTIL} < {end})"
        sql = f"SELECT count(*) FROM {self.followed()} WHERE {late}"
        return counted(self.catalog, name, ("overlaps", name, self.catalog.version(name), sql), lambda: sql)[0] > 0

    def reasons(self) -> dict[str, str]:
        """What tells each fault of a row that stands in it, but for those that a balance has anyhow."""
        found = {}
        if self.repeats:
            known = " AND ".join(f"{one} IS NOT NULL" for one in self.key)
            found["copy"] = f"{known} AND {self.alias}.{COPY} > 1"
            found["id"] = f"{known} AND {self.alias}.{VERSIONS} > 1"
        return found | {name: self.sql(text) for name, text in WRONG.items() if name in self.roles}

    @property
    def key(self) -> list[str]:
        return [self.catalog.field_sql(self.dataset.name, name, self.alias) for name in self.dataset.primary_key]

    def asked(self) -> list[str]:
        """All that may be asked of a row, as SQL."""
        names = asked_of(self.catalog, self.metric)
        return [self.catalog.field_sql(self.dataset.name, name, self.alias) for name in names]

    def sql(self, text: str) -> str:
        """An expression over fields of the dataset itself."""
        expression = self.catalog.expression(text, self.metric)
        names = {one: self.catalog.field_sql(self.dataset.name, one, self.alias) for one in expression.refs}
        return f"({expression.render(self.catalog.dialect.name, names)})"

    def day(self, role: str) -> str:
        """The day in a role, as policies read it."""
        return self.sql(f"CAST({role} AS DATE)")

    def told(self) -> str:
        """The rows, each with the fault that it has, as far as policies do not matter."""
        edges = {}
        if self.roles:
            edges["start"] = f"{self.day('started_on')} IS NULL"
            edges["end"] = f"{self.day('ended_on')} < {self.day('started_on')}"
        rows = self.numbered() if self.repeats else self.catalog.relation(self.dataset.name)
        return f"(SELECT {self.alias}.*, {named(edges | self.reasons())} AS {ASIDE} FROM {rows} AS {self.alias})"

    def numbered(self) -> str:
        """The rows, each with the number of its copy, and how many rows of its id differ."""
        same = ", ".join(self.asked())
        copy = f"row_number() OVER (PARTITION BY {same} ORDER BY {self.key[0]})"
        rows = (
            f"SELECT {self.alias}.*, {copy} AS {COPY} FROM {self.catalog.relation(self.dataset.name)} AS {self.alias}"
        )
        first = f"sum(CASE WHEN {self.alias}.{COPY} = 1 THEN 1 ELSE 0 END)"
        versions = f"{first} OVER (PARTITION BY {', '.join(self.key)})"
        return f"(SELECT {self.alias}.*, {versions} AS {VERSIONS} FROM ({rows}) AS {self.alias})"

    def followed(self) -> str:
        """The rows, each with the day on which the next of its subscription begins; of equals, the one that ends last
        is the next."""
        start, end = self.day("started_on"), self.day("ended_on")
        who = self.catalog.field_sql(self.dataset.name, "subscription_id", self.alias)
        fine = f"{self.alias}.{ASIDE} IS NULL AND {who} IS NOT NULL AND ({end} IS NULL OR {start} < {end})"
        # Usage stands beside what is paid for anyhow.
        apart = [who, *([self.sql("COALESCE(metered, FALSE)")] if "metered" in self.roles else [])]
        apart.append(f"CASE WHEN {fine} THEN 1 ELSE 0 END")
        order = ", ".join([start, f"{end} NULLS LAST", *(f"{one} NULLS LAST" for one in self.asked())])
        frame = "ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING"
        following = f"min({start}) OVER (PARTITION BY {', '.join(apart)} ORDER BY {order} {frame})"
        until = f"CASE WHEN {fine} THEN {following} END AS {UNTIL}"
        return f"(SELECT {self.alias}.*, {until} FROM {self.told()} AS {self.alias}) AS {self.alias}"

    def ended(self, begins: str, ends: str) -> str:
        """The end of a row: no later than the next of its subscription begins."""
        if not self.overlaps:
            return ends
        until = f"{self.alias}.{UNTIL}"
        return (
            f"CASE WHEN {until} IS NULL OR {ends} <= {until} THEN {ends} "
            f"WHEN {until} < {begins} THEN {begins} ELSE {until} END"
        )

    def counts(self) -> list[str]:
        """The conditions that a row is not marked as one to be set aside."""
        return [f"{self.alias}.{ASIDE} IS NULL"] if self.origin else []


def asked_of(catalog: Catalog, metric: Metric) -> tuple[str, ...]:
    """The names of all that may be asked of a row of a balance: what its dataset says, and the columns it reads."""
    texts = [text for text in (metric.expr, metric.filter, metric.end) if text]
    refs = [
        ref for text in texts for ref in catalog.expression(text, metric).refs if "." not in ref and "__" not in ref
    ]
    return tuple(dict.fromkeys([*names_of(catalog.model, catalog.dataset(metric.dataset)), *refs]))


def named(reasons: dict[str, str]) -> str:
    """The first fault of a row, as SQL; NULL where it has none.

    >>> named({"end": "ends < begins", "start": "begins IS NULL"})
    "CASE WHEN begins IS NULL THEN 'start' WHEN ends < begins THEN 'end' END"
    """
    found = [f"WHEN {reasons[one.name]} THEN '{one.name}'" for one in FAULTS if one.name in reasons]
    return f"CASE {' '.join(found)} END" if found else "NULL"
