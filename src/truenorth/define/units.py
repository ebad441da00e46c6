"""Units that follow from others, so that nobody writes them twice: a sum of money is money, so is money per order."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import reduce

from msgspec.structs import replace

from truenorth.base.errors import DefinitionError, Place, TrueNorthError
from truenorth.base.unit import SECONDS, SHARES, singular, unit_words
from truenorth.define.algebra import (
    ANY,
    EACH_ROW,
    Quantity,
    added,
    contradiction,
    divided,
    multiplied,
    named,
    quantity_of,
)
from truenorth.define.expression import Outline, outline
from truenorth.define.graph import resolve_field
from truenorth.define.journey import JOURNEYS, KINDS
from truenorth.define.model import Field, Metric, Model
from truenorth.define.rules.value import is_unit
from truenorth.define.series import TYPES as SERIES_TYPES

CODE = re.compile(r"[A-Z]{3}")
COUNTING = ("count", "count_distinct", "sum_boolean")
ONE_OF_THE_ROWS = ("avg", "min", "max", "median", "percentile", "first", "last")
# Where the unit of a name in an expression is looked up.
Lookup = Callable[[str], Quantity]


def with_units(model: Model) -> Model:
    """The model with the unit, currency and `per` of every metric that states none and whose parts tell."""
    units = Units(model)
    return replace(model, metrics={name: units.told(metric) for name, metric in model.metrics.items()})


class Units:
    """The units of one model's fields and metrics; what makes no sense is noted in `wrong`."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.wrong: list[DefinitionError] = []
        self.metrics: dict[str, Quantity] = {}
        self.fields: dict[tuple[str, str], Quantity] = {}

    def told(self, metric: Metric) -> Metric:
        """A metric with the unit that its parts tell; its own words go first."""
        found = self.metric(metric.name)
        unit = metric.unit or _word(found)
        money = found.currency if unit == "currency" else ""
        per = found.per if unit and found.per != EACH_ROW and unit not in SHARES else ""
        return replace(metric, unit=unit, currency=metric.currency or money, per=metric.per or per)

    def metric(self, name: str) -> Quantity:
        """The unit of a metric, stated or told by its parts."""
        if name not in self.metrics:
            metric = self.model.metrics.get(name)
            self.metrics[name] = ANY
            if metric is not None:
                self.metrics[name] = self.settled(metric)
        return self.metrics[name]

    def settled(self, metric: Metric) -> Quantity:
        """The unit of a metric from its parts, held against the one it states."""
        stated = bool(metric.unit) and metric.unit in (*SHARES, *SECONDS, "currency", "points")
        found = named(ANY) if metric.unit and not stated and self.counts(metric) else self.of_parts(metric)
        said = quantity_of(metric.unit, metric.currency, singular(metric.per))
        known = self.held(said, found, f'the metric "{metric.name}"', metric)
        if known.kind == "currency" and not known.currency:
            return replace(known, currency=self.model.workspace.currency)
        return known

    def counts(self, metric: Metric) -> bool:
        """Whether a metric adds up counts of different things under a noun of its own: signups + orders are events."""
        if metric.type != "derived":
            return False
        return {self.metric(one.name).kind for one in metric.input_metrics} == {"count"}

    def held(self, said: Quantity, found: Quantity, what: str, one: Metric | Field) -> Quantity:
        """The stated unit with what its parts add to it; noted where the two contradict each other."""
        if said.kind == "" or not is_unit(one.unit):
            return named(found)
        hint = contradiction(said, found)
        if hint:
            message = f"{what} is said to be in {said}, but it is {found}"
            if said.kind == found.kind == "share":
                message = f"{what} is said to be a percent, but it is 100 times one"
            self.wrong.append(DefinitionError("E_UNIT_CONTRADICTED", message, where=one.spot.at("unit"), hint=hint))
            return said
        if found.kind == said.kind or found.kind == "count" == said.kind:
            return replace(
                said,
                currency=said.currency or found.currency,
                per=said.per or found.per,
                each=found.each,
                whole=found.whole,
            )
        return replace(said, whole=found.whole)

    def of_parts(self, metric: Metric) -> Quantity:
        """What the parts of a metric tell of its unit."""
        if metric.type in ("simple", "snapshot"):
            return self.of_rows(metric)
        if metric.type == "movement":
            if metric.measure == "entities":
                return Quantity("count", each=singular(metric.entity.removesuffix("_id").replace("_", " ")))
            found = self.of(metric.expr, self.of_dataset(metric.dataset), metric.spot.at("expr"))
            return replace(found, currency="") if metric.convert else found
        if metric.type in JOURNEYS:
            unit = KINDS[metric.type].units.get(metric.part, "")
            if unit == "value":
                return self.of(metric.value, self.of_dataset(metric.dataset), metric.spot.at("value"))
            if unit:
                return Quantity("share" if unit == "percent" else "duration" if unit in SECONDS else "count", unit)
            return Quantity("count", each=singular(metric.entity.removesuffix("_id").replace("_", " ")))
        if metric.type in SERIES_TYPES:
            return Quantity("share", "ratio") if metric.type == "apdex" else ANY
        if metric.type == "cumulative":
            return self.metric(metric.input_metric)
        if metric.calculates_rate:
            return Quantity("share", "percent", whole=metric.base_metric)
        if metric.type == "attribution":
            return self.metric(metric.conversion_metric)
        if metric.type == "conversion":
            return self.metric(metric.base_metric if metric.count_by == "base" else metric.conversion_metric)
        if metric.type == "ratio":
            above, below = self.metric(metric.numerator), self.metric(metric.denominator)
            found = self.tried(lambda: divided(above, below), metric.spot.at("denominator"))
            return replace(found, whole=metric.denominator) if found.kind == "share" else found
        if metric.type == "derived":
            inputs = {one.alias or one.name: one for one in metric.input_metrics}
            return self.of(metric.expr, lambda name: self.input(inputs.get(name)), metric.spot.at("expr"))
        return ANY

    def input(self, one: object) -> Quantity:
        """An input of a formula; shares of another time are shares of another whole."""
        name, offset = getattr(one, "name", ""), getattr(one, "offset_window", "")
        found = self.metric(name) if name else ANY
        return replace(found, whole="") if offset or getattr(one, "filter", "") else found

    def of_rows(self, metric: Metric) -> Quantity:
        """The unit of a metric over rows: how they are aggregated, and what of them."""
        place = metric.spot.at("expr")
        found = self.of(metric.expr, self.of_dataset(metric.dataset), place)
        if metric.convert:
            found = replace(found, currency="")
        if metric.agg in COUNTING:
            return Quantity("count", each=singular(metric.dataset.replace("_", " ")))
        if metric.agg == "sum" and found.kind in ("share", "points") and found.stated:
            hint = "a share of a whole has no sum: write agg: avg, or define its parts and a metric of type: ratio"
            message = f'"{metric.name}" adds up {found}, row by row'
            self.wrong.append(DefinitionError("E_SUM_OF_SHARES", message, where=metric.spot.at("agg"), hint=hint))
            return ANY
        if metric.agg in ONE_OF_THE_ROWS and not found.per and found.kind:
            return replace(found, per=EACH_ROW)
        return found

    def of_dataset(self, dataset: str) -> Lookup:
        """Where the names of an expression over rows of a dataset are looked up."""

        def lookup(reference: str) -> Quantity:
            if dataset not in self.model.datasets:
                return ANY
            try:
                path, name = resolve_field(self.model, dataset, reference)
            except TrueNorthError:
                return ANY
            return self.field(path.end, name)

        return lookup

    def field(self, dataset: str, name: str) -> Quantity:
        """The unit of a field, stated or told by its expression; a currency may be the name of a column."""
        key = (dataset, name)
        if key not in self.fields:
            one = self.model.datasets[dataset].field(name)
            code = one.currency if one and CODE.fullmatch(one.currency) else ""
            said = quantity_of(one.unit, code) if one else ANY
            # While its expression is read, a field that names itself means the column of that name.
            self.fields[key] = said
            if one is not None and one.expr and one.expr != name:
                found = self.of(one.expr, self.of_own(dataset, name), one.spot.at("expr"))
                self.fields[key] = self.held(said, found, f'the field "{name}"', one)
        return self.fields[key]

    def of_own(self, dataset: str, name: str) -> Lookup:
        """Where the names of a field's expression are looked up: among its own dataset's fields."""

        def lookup(reference: str) -> Quantity:
            own = reference.rpartition(".")[2]
            return ANY if own == name else self.field(dataset, own)

        return lookup

    def of(self, text: str, lookup: Lookup, place: Place) -> Quantity:
        """The unit of an expression; not known (and noted) where it makes no sense."""
        if not text:
            return ANY
        try:
            tree = outline(text)
        except TrueNorthError:
            return ANY
        return self.tried(lambda: read(tree, lookup), place)

    def tried(self, work: Callable[[], Quantity], place: Place) -> Quantity:
        """The result of some algebra; what is wrong with it is noted at a place."""
        try:
            return work()
        except DefinitionError as error:
            error.where = error.where or place
            self.wrong.append(error)
            return ANY


def read(tree: Outline, lookup: Lookup) -> Quantity:
    """The unit of an outlined expression."""
    if tree.op == "name":
        return lookup(tree.value)
    if tree.op == "number":
        return Quantity("number", factor=Fraction(tree.value))
    if tree.op == "elapsed":
        plural = f"{tree.value}s"
        return Quantity("duration", plural, stated=True) if plural in SECONDS else ANY
    parts = [read(part, lookup) for part in tree.parts if part.op != "test"]
    for part in tree.parts:
        if part.op == "test":
            read(part, lookup)
    if tree.op in ("+", "-"):
        return added(parts[0], parts[1], tree.op)
    if tree.op == "*":
        return multiplied(parts[0], parts[1])
    if tree.op == "/":
        return divided(parts[0], parts[1])
    if tree.op == "keep":
        return parts[0]
    if tree.op in ("alike", "compare") and parts:
        found = reduce(lambda one, other: added(one, other, "or"), parts)
        return found if tree.op == "alike" else ANY
    return ANY


def _word(found: Quantity) -> str:
    """The word for a quantity in `unit:`; "" for what is not known to be anything but a number."""
    if found.kind in ("currency", "points"):
        return found.kind
    if found.kind == "share":
        return found.unit if found.stated or found.unit == "percent" else ""
    if found.kind == "count":
        return found.unit or "count" if found.stated or found.per else ""
    return found.unit


def words_of(metric: Metric) -> str:
    """A metric's unit as people say it."""
    return unit_words(metric.unit, metric.currency, metric.per)
