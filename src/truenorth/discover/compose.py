"""The definitions as they will stand in files: datasets, relationships and metrics, made of what was found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from truenorth.base.unit import singular
from truenorth.discover.counting import both
from truenorth.discover.facts import source_sql
from truenorth.discover.link import Link, contained
from truenorth.discover.made import Made, ordered
from truenorth.discover.pick import is_flag, referring
from truenorth.discover.rule import (
    billing,
    calls,
    growth,
    line,
    moving,
    orders,
    other,
    recurring,
    service,
    standing,
    support,
    usage,
    work,
)
from truenorth.discover.subject import AS_UNITS, Subject
from truenorth.discover.world import World

# In this order, as later ones use the metrics of earlier ones.
RULES = (
    ("orders", orders.orders), ("order lines", line.order_lines), ("customers", orders.customers),
    ("subscriptions", recurring.subscriptions), ("subscription months", standing.subscription_months),
    ("recurring movements", moving.recurring_movements),
    ("payments", billing.payments), ("invoices", billing.invoices),
    ("refunds", billing.refunds), ("opportunities", growth.opportunities), ("leads", growth.leads),
    ("spend", growth.spend), ("campaigns", growth.campaigns),
    ("costs", growth.costs), ("events", usage.events), ("sessions", usage.sessions),
    ("page views", usage.page_views), ("tickets", support.tickets), ("requests", service.requests),
    ("calls", calls.calls),
    ("incidents", service.incidents), ("checks", service.checks), ("deployments", service.deployments),
    ("reviews", service.reviews), ("shipments", service.shipments), ("tasks", work.tasks),
    ("activity", other.other), ("other", other.other),
    ("opportunity history", other.other),
)  # fmt: skip
MOST_DIMENSIONS = 6
# Kinds of which several tables have metrics of their own; of others the likeliest has, and the rest is counted.
SEVERAL = ("customers", "events", "activity", "reviews", "costs", "other", "opportunity history")

TOLD_APART = ("events", "activity", "other")  # kinds that may repeat one event of a stream of all


def composed(world: World) -> None:
    """Everything that is made of what was found, in the world's groups."""
    for kind, rule in RULES:
        for at, subject in enumerate(world.of(kind)):
            if kind in TOLD_APART and (stream := _stream_of(world, subject)):
                subject.notes.append(f"each row is one of {stream}, by its id: counted there, and not again here")
            elif at and kind not in SEVERAL:
                subject.unsure.append(f"whether these are {kind} like those of {world.of(kind)[0].name}: only counted")
                other.other(world, subject)
            else:
                rule(world, subject)
    work.taking_part(world)
    other.standing_now(world)
    for subject in world.subjects:
        world.group(subject)
    _relate(world)
    for group in world.groups.values():
        group.datasets.insert(0, dataset(group.subject))
        group.metrics = [_with_doubt(group.subject, _with_dimensions(world, one)) for one in group.metrics]


def _stream_of(world: World, subject: Subject) -> str:
    """The larger table of events in which every row of a table stands too, with the same id; "" for none."""
    key = subject.table.column(subject.table.key[0]) if len(subject.table.key) == 1 else None
    if key is None or key.type != "text" or str(key.low).isdigit():
        return ""
    for stream in world.of("events"):
        theirs = stream.table.column(key.name) if stream.table.key == (key.name,) else None
        if theirs is None or theirs.type != key.type or stream.table.rows <= subject.table.rows:
            continue
        if contained(world.engine, subject.table, key, stream.table, theirs) == (0, subject.table.rows):
            return stream.name
    return ""


def _with_doubt(subject: Subject, made: Made) -> Made:
    """The metric with what is doubtful of its amounts in its description."""
    if not subject.doubted:
        return made
    doubt = f"Amounts are {AS_UNITS}."
    told = [
        one | {"description": f"{one.get('description', '')} {doubt}".strip()}
        if one.get("unit") == "currency" and one.get("dataset") == subject.name
        else one
        for one in made.mappings
    ]
    return Made(tuple(map(ordered, told)), made.weight)


def dataset(subject: Subject) -> dict[str, Any]:
    """A table as a dataset."""
    table = subject.table
    keys: dict[str, Any] = {"name": subject.name}
    # A table whose name holds blanks or signs cannot stand under `source:`.
    odd = not re.fullmatch(r"[\w.]+", table.source)
    query = table.query or (f"select * from {source_sql(table.source)}" if odd else "")
    keys |= {"query": query} if query else {"source": table.source}
    if table.key:
        keys["primary_key"] = [subject.renamed.get(one, one) for one in table.key]
    if subject.time:
        keys["time"] = subject.time
    if rates := subject.rates():
        keys["rates"] = rates
    keys["fields"] = list(subject.fields.values())
    return keys


def _relate(world: World) -> None:
    """The pointers as relationships; several from one dataset to another go by their roles."""
    twice: dict[tuple[str, str], int] = {}
    for link in world.links:
        twice[link.from_, link.to] = twice.get((link.from_, link.to), 0) + 1
    names = {one.name for one in world.subjects}
    for link in world.links:
        subject = next(one for one in world.subjects if one.name == link.from_)
        column = subject.table.column(link.column)
        role = " ".join(referring(column).split()).replace(" ", "_") if column is not None else ""
        several = twice[link.from_, link.to] > 1
        name = f"{singular(link.from_)}_{role if several and role else singular(link.to)}"
        while name in names:
            name += "_link"
        names.add(name)
        keys = {"name": name, "from": link.from_, "to": link.to,
                "from_columns": [link.column], "to_columns": [link.key]}  # fmt: skip
        if several and role and role not in {one.name for one in world.subjects}:
            keys["role"] = role
        world.group(subject).relationships.append(keys)


def _with_dimensions(world: World, made: Made) -> Made:
    """The metric with the fields that its page breaks it down by."""
    last = made.mappings[-1]
    home = _home(world, made)
    if home is None or last.get("dimensions"):
        return made
    used = " ".join(str(one.get("filter", "")) for one in made.mappings)
    found = [one for one in dimensions(world, home) if not _settled(home, one, used)]
    return made if not found else Made((*made.mappings[:-1], ordered({**last, "dimensions": found})), made.weight)


def _settled(subject: Subject, name: str, filter_: str) -> bool:
    """Whether a condition leaves only one value of a group, so that there is nothing to break down by."""
    column = subject.table.column(name)
    used = filter_ if "is_sale" not in filter_ else f"{filter_} {both(subject.conditions)}"
    if column is None or not re.search(rf"\b{name}\b", used):
        return False
    return is_flag(column) or f"{name} = '" in used


def _home(world: World, made: Made) -> Subject | None:
    """The one dataset behind a metric; None where its parts are of several."""
    known = {
        str(one["name"]): one for group in world.groups.values() for each in group.metrics for one in each.mappings
    }
    known |= {str(one["name"]): one for one in made.mappings}
    homes: set[str] = set()
    waiting, seen = [made.name], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in known:
            continue
        seen.add(name)
        mapping = known[name]
        homes |= {mapping["dataset"]} if "dataset" in mapping else set()
        waiting += [mapping[key] for key in ("numerator", "denominator", "input_metric", "balance") if key in mapping]
        waiting += [one["name"] for one in mapping.get("input_metrics", [])]
    return next((one for one in world.subjects if {one.name} == homes), None)


def dimensions(world: World, subject: Subject) -> list[str]:
    """What to break a dataset's metrics down by: its own groups, then those of what it points to."""
    found = subject.groups[:4]
    for link in _single(world.links, subject.name):
        other = next(one for one in world.subjects if one.name == link.to)
        found += [f"{other.name}.{one}" for one in other.groups[:2]]
    return found[:MOST_DIMENSIONS]


def _single(links: Sequence[Link], name: str) -> list[Link]:
    """The pointers of a dataset that are the only ones to their side."""
    own = [one for one in links if one.from_ == name]
    return [one for one in own if sum(other.to == one.to for other in own) == 1]
