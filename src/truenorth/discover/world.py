"""All that was found, side by side, while definitions are being made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec import Struct

from truenorth.discover.facts import named
from truenorth.discover.key import relation
from truenorth.discover.link import Link
from truenorth.discover.made import Made
from truenorth.discover.subject import Subject
from truenorth.store.engine import Engine

_BESIDE = 0.3


class Variant(Struct, frozen=True):
    """One currency of a table with several: what is added to names, labels and conditions."""

    suffix: str = ""
    label: str = ""
    condition: str = ""
    into: str = ""  # the currency to which a balance is converted


@dataclass
class Group:
    """What is written into one file: a dataset with those made from it, and the metrics over them."""

    subject: Subject
    datasets: list[dict[str, Any]] = field(default_factory=list)
    relationships: list[dict[str, Any]] = field(default_factory=list)
    metrics: list[Made] = field(default_factory=list)


@dataclass
class World:
    """The subjects with their links; rules ask here for each other's tables and add their metrics."""

    engine: Engine
    subjects: list[Subject]
    links: list[Link]
    groups: dict[str, Group] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    currency: str = ""  # the workspace's, or that of most rows
    ends: datetime | None = None  # when the data ended, if it does not keep coming

    def of(self, *kinds: str) -> list[Subject]:
        """The subjects of some kinds, those that most speaks for first, then those with most rows."""
        found = [one for one in self.subjects if one.kind in kinds]
        return sorted(found, key=lambda one: (-one.known.score, -one.table.rows))

    def first(self, *kinds: str) -> Subject | None:
        """The likeliest one."""
        return next(iter(self.of(*kinds)), None)

    def linked(self, subject: Subject, *kinds: str) -> tuple[Link, Subject] | None:
        """The first pointer from a subject to one of some kinds."""
        known = {one.name: one for one in self.subjects if one.kind in kinds}
        return next(((one, known[one.to]) for one in self.links if one.from_ == subject.name and one.to in known), None)

    def add(self, subject: Subject, made: Made | None, weight: float = 0.0) -> str:
        """Keep a metric; its name, or "" where there is none or the name is taken by another table's."""
        if made is None or any(str(one["name"]) in self.taken for one in made.mappings):
            return ""
        self.taken |= {str(one["name"]) for one in made.mappings}
        self.group(subject).metrics.append(Made(made.mappings, weight))
        return made.name

    def group(self, subject: Subject) -> Group:
        """The file of a subject."""
        return self.groups.setdefault(subject.name, Group(subject))

    def free(self, name: str, subject: Subject) -> str:
        """A name for a metric that no other table's has: with the table's own name where it is taken."""
        return name if name not in self.taken else f"{subject.name}_{name}"

    def holds(self, subject: Subject, conditions: Iterable[str]) -> list[float]:
        """For each condition over a subject's columns, for which part of the rows that know the answer it holds."""
        asked = list(conditions)
        if not asked:
            return []
        parts = ", ".join(f"avg(CASE WHEN {one} THEN 1.0 WHEN NOT ({one}) THEN 0.0 END)" for one in asked)
        [row] = self.engine.rows(f"SELECT {parts} FROM {relation(subject.table)} AS rows")
        return [0.0 if value is None else float(str(value)) for value in row]

    def count(self, subject: Subject, condition: str) -> int:
        """How many rows meet a condition over a subject's columns."""
        [(found,)] = self.engine.rows(f"SELECT count(*) FROM {relation(subject.table)} AS rows WHERE {condition}")
        return int(str(found))


def variants(subject: Subject) -> Iterator[Variant]:
    """One for the table, or one for each of its most frequent currencies: they are never added up."""
    if not subject.money.mixed:
        yield Variant()
        return
    for code in subject.money.codes[:3]:
        condition = f"{named(subject.money.column)} = '{code}'"
        yield Variant(f"_{code.lower()}", f" in {code}", condition)


def worth(made: Made, subject: Subject) -> float:
    """How much a metric tells on a first page; those in other currencies than the main one stand behind it."""
    others = tuple(f"_{code.lower()}" for code in subject.money.codes[1:])
    return made.weight * (_BESIDE if others and made.name.endswith(others) else 1.0)


def also(*conditions: str) -> str:
    """Conditions of which all must hold as one; empty ones say nothing."""
    held = [one for one in conditions if one]
    return " and ".join(f"({one})" if " or " in one and len(held) > 1 else one for one in held)
