"""An objective of another tool, whichever it was, on its way to datasets, metrics and an objective of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any
from unicodedata import normalize

from truenorth.base.errors import DefinitionError, Place
from truenorth.define.foreign.item import Carried, Item
from truenorth.define.foreign.slo.amount import ONE, Amount, Atom, Refused, Share, written
from truenorth.define.foreign.slo.duration import window
from truenorth.define.foreign.slo.matcher import field_of
from truenorth.define.foreign.slo.promql import Broken, Reader
from truenorth.define.foreign.slo.value import value_of
from truenorth.define.foreign.tree import Errors, Tree
from truenorth.define.label import column_of
from truenorth.define.rules.value import MAIL

COLLECTED = "collected"
OWNERS = ("owner", "team", "squad")
LETTER = re.compile(r"[^\W\d_]")


@dataclass(slots=True)
class Stated:
    """What another tool says of an objective, beside what it counts."""

    name: str
    place: Place
    objective: Decimal
    windows: list[str]
    topic: str
    label: str = ""
    description: str = ""
    owner: str = ""
    slice: str = ""
    slice_objective: Decimal | None = None
    dimensions: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Objectives:
    """Carries objectives; the series that they read become datasets with all the labels that any of them names."""

    carried: Carried
    errors: Errors
    labels: dict[tuple[bool, str], dict[str, None]] = field(default_factory=dict)
    places: dict[tuple[bool, str], Place] = field(default_factory=dict)
    names: dict[str, Place] = field(default_factory=dict)

    def named(self, *words: str) -> str:
        """A name of ours out of words, a repeated one left out.

        >>> Objectives(Carried(), []).named("my-service", "Requests 99%")
        'my_service_requests_99'
        """
        parts = [plain(word) for word in words if plain(word)]
        found = "_".join(part for at, part in enumerate(parts) if part not in parts[:at]) or "objective"
        return f"_{found}" if found[0].isdigit() else found

    def events(
        self, stated: Stated, good: bool, counted: Tree, total: Tree | None = None, counter: bool | None = None
    ) -> None:
        """An objective over events: a query for the good or the bad ones, and one for all, or their share at once."""
        reader = Reader(counter)
        share = self.asked(stated, reader, counted)
        whole = self.asked(stated, reader, total) if share is not None and total is not None else Share(ONE)
        if share is None or whole is None:
            return
        try:
            self.counts(stated, share.over(whole).mean(), good, reader)
        except Refused as refused:
            self.lose(stated, refused, counted.place)

    def asked(self, stated: Stated, reader: Reader, query: Tree) -> Share | None:
        """What a query tells; None (and noted) where it is broken or cannot be carried."""
        text = query.text()
        try:
            if not text:
                raise Refused("SLI_DROPPED", "there is no query that says what is counted")
            return reader.share(text)
        except Broken as broken:
            self.errors.append(broken_query(query, str(broken)))
        except Refused as refused:
            self.lose(stated, refused, query.place)
        return None

    def series(self, stated: Stated, reader: Reader, query: Tree) -> Atom | None:
        """The series that a query picks; None (and noted) where it is something else."""
        share = self.asked(stated, reader, query)
        atom = share.above.only if share is not None and share.below == ONE else None
        if share is not None and atom is None:
            self.lose(stated, Refused("QUERY_DROPPED", "it is no series by its name"), query.place)
        return atom

    def counts(self, stated: Stated, share: Share, good: bool, reader: Reader) -> None:
        """The metrics of a share, and the objective over them."""
        share = share.scaled()
        other = share.below.plus(share.above.times(Fraction(-1)))
        # What is counted by one plain metric is easier read than what is left of all.
        if share.above.only is None and other.only is not None:
            share, good = Share(other, share.below), not good
        if not share.above.terms or not share.below.terms or share.above.number or share.below.number:
            raise Refused("QUERY_DROPPED", "it is no share of events: nothing is divided by how many there are")
        word = "good" if good else "bad"
        found = {word: self.metric(stated, word, share.above), "total": self.metric(stated, "total", share.below)}
        self.objective(stated, {"total": found["total"], word: found[word]}, reader)

    def level(self, stated: Stated, query: Tree, bounds: dict[str, float]) -> None:
        """An objective over the value that a query has in slices of time."""
        reader = Reader(level=True)
        text = query.text()
        try:
            name = f"{stated.name}_value"
            self.value(stated, name, value_of(reader, text))
            self.objective(stated, {"value": name, **bounds}, reader)
        except Broken as broken:
            self.errors.append(broken_query(query, str(broken)))
        except Refused as refused:
            self.lose(stated, refused, query.place)

    def value(self, stated: Stated, name: str, found: dict[str, Any]) -> None:
        """The metric of a value: a kind with its keys, or a share of two amounts."""
        share: Share | None = found.pop("share", None)
        if share is None:
            atom: Atom = found.pop("atom")
            dataset = self.dataset(atom, stated.place)
            condition = {"filter": atom.filter} if atom.filter else {}
            self.add("metric", {"name": name, **found, "dataset": dataset, **condition}, stated)
            return
        sides = {"above": self.metric(stated, "above", share.above), "below": self.metric(stated, "below", share.below)}
        inputs = [{"name": one, "alias": alias} for alias, one in sides.items()]
        self.add("metric", {"name": name, "type": "derived", "expr": "above / below", "input_metrics": inputs}, stated)

    def metric(self, stated: Stated, word: str, amount: Amount) -> str:
        """The name of the metric that tells an amount."""
        name = f"{stated.name}_{word}"
        if amount.only is not None:
            self.add("metric", self.plain(name, amount.only, stated), stated)
            return name
        parts = [f"part_{number}" for number in range(1, len(amount.terms) + 1)]
        inputs = []
        for alias, (atom, _) in zip(parts, amount.terms, strict=True):
            self.add("metric", self.plain(f"{name}_{alias}", atom, stated), stated)
            inputs.append({"name": f"{name}_{alias}", "alias": alias})
        expr = written(amount, parts)
        self.add("metric", {"name": name, "type": "derived", "expr": expr, "input_metrics": inputs}, stated)
        return name

    def plain(self, name: str, atom: Atom, stated: Stated) -> dict[str, Any]:
        """The keys of a metric that is one aggregation."""
        dataset = self.dataset(atom, stated.place)
        condition = {"filter": atom.filter} if atom.filter else {}
        if (atom.agg, atom.expr) == ("sum", "increase"):
            return {"name": name, "type": "increase", "dataset": dataset, **condition}
        expr = {"expr": atom.expr} if atom.expr else {}
        return {"name": name, "type": "simple", "dataset": dataset, "agg": atom.agg, **expr, **condition}

    def dataset(self, atom: Atom, place: Place) -> str:
        """The name of the dataset that an aggregation reads."""
        key = (atom.histogram, atom.series)
        self.places.setdefault(key, place)
        held = self.labels.setdefault(key, {})
        held.update(dict.fromkeys(atom.labels))
        name = re.sub(r"_+", "_", column_of(atom.series))
        return f"{name}_buckets" if atom.histogram else name

    def objective(self, stated: Stated, counted: dict[str, Any], reader: Reader) -> None:
        """The objective itself, its labels as dimensions."""
        for code, why in reader.notes:
            self.carried.lose(code, stated.name, why, stated.place)
        by = list(dict.fromkeys((*stated.dimensions, *reader.by)))
        for key in self.read_by(stated):
            self.labels[key].update(dict.fromkeys(by))
        keys: dict[str, Any] = {"name": stated.name, "objective": plain_number(stated.objective), **counted}
        if stated.slice:
            keys["slice"] = stated.slice
        if stated.slice_objective is not None:
            keys["slice_objective"] = plain_number(stated.slice_objective)
        keys["windows"] = stated.windows
        more = {"label": stated.label, "description": stated.description, "owner": stated.owner}
        keys |= {key: text for key, text in more.items() if text}
        if by:
            keys["dimensions"] = [field_of(one) for one in by]
        self.add("slo", keys, stated)

    def read_by(self, stated: Stated) -> Iterable[tuple[bool, str]]:
        """The datasets that an objective's metrics read."""
        those = {one.keys.get("dataset") for one in self.carried.items if one.origin == stated.place}
        return [key for key in self.labels if self.dataset(Atom(key[1], "", histogram=key[0]), stated.place) in those]

    def add(self, kind: str, keys: dict[str, Any], stated: Stated) -> None:
        """Notes a definition, once."""
        self.carried.items.append(Item(kind, keys, stated.topic, stated.place))

    def datasets(self) -> None:
        """The datasets of all series that were read, before what reads them."""
        found = []
        for (histogram, series), labels in self.labels.items():
            name = self.dataset(Atom(series, "", histogram=histogram), Place(""))
            keys: dict[str, Any] = {"name": name, "histogram" if histogram else "series": series, "time": "minute"}
            # The bounds of buckets are a column of their own there.
            fields = [one for one in labels if not histogram or one != "le"]
            if fields:
                keys["fields"] = [column(one) for one in fields]
            found.append(Item("dataset", keys, COLLECTED, self.places[histogram, series]))
        self.carried.items[:0] = found

    def lose(self, stated: Stated, refused: Refused, place: Place) -> None:
        """Notes that an objective cannot be carried."""
        self.carried.lose(refused.code, stated.name, refused.why, place)


def column(label: str) -> dict[str, Any]:
    """The field of a label: the column of its name, or the label itself where names have no such column."""
    name = field_of(label)
    return {"name": name} if name == column_of(label) else {"name": name, "expr": f"labels['{label}']"}


def broken_query(query: Tree, said: str) -> DefinitionError:
    """The error for a text that is no PromQL."""
    text = " ".join(query.text().split())
    shown = text if len(text) <= 120 else text[:119] + "…"
    return DefinitionError("E_PROMQL", f'"{shown}" is no PromQL: {said}', where=query.place)


def plain(word: str) -> str:
    """A word of a name.

    >>> plain("Requests: 99.9%")
    'requests_99_9'
    """
    ascii_only = normalize("NFKD", word).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[\W_]+", "_", ascii_only).strip("_")


def plain_number(value: Decimal) -> int | float:
    """A number as it is written in YAML."""
    return int(value) if value == value.to_integral_value() else float(value)


def number_of(tree: Tree, *names: str) -> Decimal | None:
    """The exact number of a key; None (and noted) where it is none."""
    text = tree.text(*names)
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if value.is_finite():
        return value
    tree.get(*names).wrong("a number")
    return None


def window_of(tree: Tree, *names: str) -> str:
    """The window that a length of time is; "" (and noted) where it is none."""
    text = tree.text(*names)
    found = window(text)
    if text and not found:
        tree.get(*names).wrong("a length of time such as 28d")
    return found


def owner_of(*trees: Tree) -> str:
    """Who answers for an objective, by its labels and annotations: the first name there is."""
    said = (text for tree in trees for key in OWNERS if key in tree.keys for text in tree.texts(key)[:1])
    return next((one for one in said if MAIL.fullmatch(one) or (LETTER.search(one) and "@" not in one)), "")
