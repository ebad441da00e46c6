"""Metrics of dbt and MetricFlow become ours; what the other tool takes for granted is written out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from truenorth.define.foreign import condition
from truenorth.define.foreign.item import Carried, Item
from truenorth.define.foreign.names import Names, quoted
from truenorth.define.foreign.project import ForeignMetric, Input, Measure, Project, SemanticModel
from truenorth.define.foreign.rows import SHARED, words

AGGREGATIONS = {
    "sum": "sum",
    "min": "min",
    "max": "max",
    "average": "avg",
    "avg": "avg",
    "median": "median",
    "count_distinct": "count_distinct",
    "percentile": "percentile",
}
WINDOW_AGG = {"min": "first", "max": "last", "first": "first", "last": "last"}


class Uncarried(Exception):
    """One metric cannot be carried; the message says why."""


class MetricCarrier:
    """Carries the metrics of one project, and the parts some of them rest on."""

    def __init__(self, project: Project, carried: Carried) -> None:
        self.project = project
        self.carried = carried
        self.names = Names(project)
        self.taken = {one.name for one in project.metrics}
        self.parts: dict[tuple[str, Input], str] = {}

    def carry(self) -> None:
        """All metrics, then those that measures make by themselves."""
        for metric in self.project.metrics:
            self.one(metric)
        for model in self.project.models:
            for measure in model.measures:
                if measure.create_metric and measure.name not in self.taken:
                    self.taken.add(measure.name)
                    self.one(made_from(measure))

    def one(self, metric: ForeignMetric) -> None:
        """One metric, or the reason why not."""
        write = WRITERS.get(metric.type)
        try:
            if write is None:
                raise Uncarried(f'there is no metric type "{metric.type}"')
            keys = write(self, metric)
        except (Uncarried, condition.Unreadable) as error:
            self.carried.lose(dropped(metric), metric.name, str(error), metric.place)
            return
        if metric.time_granularity:
            keys["time_granularity"] = metric.time_granularity
        topics = [model.name for model in self.homes(metric.name)]
        self.carried.items.append(Item("metric", keys, topics[0] if len(topics) == 1 else SHARED, metric.place))

    def begun(self, metric: ForeignMetric, kind: str) -> dict[str, Any]:
        """The keys that all metrics have."""
        keys: dict[str, Any] = {"name": metric.name, "type": kind}
        words(keys, metric.label, metric.description)
        if metric.owner:
            keys["owner"] = metric.owner
        return keys

    def homes(self, name: str, seen: frozenset[str] = frozenset()) -> list[SemanticModel]:
        """The models whose rows a metric rests on."""
        metric = self.project.metric(name)
        if metric is None:
            made = self.project.measure(name)
            return self.models_of([made.model]) if made else []
        found: dict[str, None] = {}
        for _, given in metric.inputs:
            if given.measure:
                measure = self.project.measure(given.name)
                found.update({measure.model: None} if measure else {})
            elif given.name not in seen:
                found.update({one.name: None for one in self.homes(given.name, seen | {name})})
        return self.models_of(found)

    def models_of(self, names: Iterable[str]) -> list[SemanticModel]:
        """Models by their names."""
        return [model for name in names if (model := self.project.model(name))]

    def condition(self, texts: Iterable[str], homes: list[SemanticModel]) -> str:
        """Conditions joined, as plain SQL over our fields."""

        def field(name: str, grain: str, part: str) -> str:
            return quoted(self.place_in_time(name, homes, grain, part))

        said = [condition.native(text, field) for text in dict.fromkeys(texts)]
        return said[0] if len(said) == 1 else " and ".join(f"({one})" for one in said)

    def place_in_time(self, name: str, homes: list[SemanticModel], grain: str, part: str) -> str:
        """A name of theirs; the shared time is the home's own time, for a definition has no other."""
        if self.names.taken_apart(name)[:2] == ((), "metric_time"):
            if len(homes) != 1 or not homes[0].time:
                raise Uncarried("a condition on metric_time needs one dataset with a time")
            grain = grain or self.names.taken_apart(name)[2]
            home = homes[0]
            name = f"{(home.own_entities or ('',))[0]}__{home.time}"
        return self.names.reference(name, homes, grain, part)

    def measured(self, given: Input) -> Measure:
        """The measure an input names."""
        found = self.project.measure(given.name)
        if found is None:
            raise Uncarried(f'there is no measure "{given.name}"')
        if self.project.model(found.model) is None:
            raise Uncarried(f'there is no semantic model "{found.model}"')
        return found

    def metric_for(self, given: Input, user: ForeignMetric) -> str:
        """The metric that is an input: the one named, or one over the measure; a part where there is none."""
        if not given.measure:
            if self.project.metric(given.name) is None and self.made(given.name) is None:
                raise Uncarried(f'there is no metric "{given.name}"')
            return given.name if given.bare else self.filtered(given, user)
        self.measured(given)
        for metric in self.project.metrics:
            if metric.type == "simple" and not metric.filters:
                own = metric.of("measure")
                if own and replace(own[0], alias="") == replace(given, alias=""):
                    return metric.name
        return self.part(given, user)

    def made(self, name: str) -> Measure | None:
        """The measure of that name that makes a metric by itself."""
        found = self.project.measure(name)
        return found if found is not None and found.create_metric else None

    def filtered(self, given: Input, user: ForeignMetric) -> str:
        """A part for a metric that is taken under a condition."""
        known = self.project.metric(given.name)
        if known is None or known.type != "simple":
            raise Uncarried(f'"{given.name}" is taken under a condition, and is no simple metric')
        own = known.of("measure")[0]
        return self.part(replace(own, filters=(*own.filters, *known.filters, *given.filters)), user)

    def part(self, given: Input, user: ForeignMetric) -> str:
        """A metric of our own over a measure that no metric shows by itself."""
        given = replace(given, alias="")
        key = (given.name, given)
        if key not in self.parts:
            name = given.name if given.bare and given.name not in self.taken else f"{given.name}_of_{user.name}"
            while name in self.taken:
                name += "_input"
            self.taken.add(name)
            self.parts[key] = name
            measure = self.measured(given)
            said = f"What {user.name} is computed from." if not measure.description else measure.description
            own = replace(made_from(replace(measure, description=said)), name=name, inputs=(("measure", given),))
            keys = simple(self, own)
            self.carried.items.append(Item("metric", keys, measure.model, measure.place))
        return self.parts[key]


def made_from(measure: Measure) -> ForeignMetric:
    """The metric that a measure is by itself."""
    return ForeignMetric(
        measure.name,
        "simple",
        measure.place,
        (("measure", Input(measure.name, True)),),
        label=measure.label,
        description=measure.description,
    )


def dropped(metric: ForeignMetric) -> str:
    """The name of the loss of a metric."""
    if metric.type == "conversion":
        return "CONVERSION_METRIC_DROPPED"
    return "PRIVATE_METRIC_DROPPED" if metric.private else "METRIC_DROPPED"


def simple(carrier: MetricCarrier, metric: ForeignMetric) -> dict[str, Any]:
    """One aggregation; with a non-additive dimension it is a snapshot."""
    given = next(iter(metric.of("measure")), None)
    if given is None:
        raise Uncarried("it names no measure")
    measure = carrier.measured(given)
    model = carrier.project.model(measure.model)
    assert model is not None
    keys = carrier.begun(metric, "snapshot" if measure.non_additive else "simple")
    keys["dataset"] = model.name
    aggregated(carrier, keys, measure, metric)
    if measure.time and measure.time != model.time:
        keys["time"] = measure.time
    if measure.non_additive:
        held = measure.non_additive
        along: dict[str, Any] = {"name": held.name, "window_agg": WINDOW_AGG.get(held.window_agg, held.window_agg)}
        if held.group_by:
            along["group_by"] = list(held.group_by)
        along["among"] = "filtered"
        carrier.carried.state("among: filtered: the day is chosen from the rows that meet the conditions")
        keys["non_additive_dimension"] = along
    keys |= filtered(carrier, (*given.filters, *metric.filters), [model])
    filled(carrier, keys, given, metric)
    if keys["agg"] == "count_distinct" and "fill_nulls_with" not in keys:
        keys["fill_nulls_with"] = None
        carrier.carried.state("fill_nulls_with: null: a count over no rows is nothing, not 0")
    return keys


def aggregated(carrier: MetricCarrier, keys: dict[str, Any], measure: Measure, metric: ForeignMetric) -> None:
    """How rows become a number. Counts and true-counts are sums, for over nothing they are nothing, not 0."""
    expr = quoted(measure.expr) if measure.expr.isidentifier() else measure.expr
    if measure.agg == "sum_boolean":
        keys |= {"agg": "sum", "expr": f"case when {expr} then 1 else 0 end"}
        return
    if measure.agg == "count":
        counted = "1" if expr in ("1", "*") else f"case when {expr} is not null then 1 else 0 end"
        keys |= {"agg": "sum", "expr": counted}
        carrier.carried.state("agg: sum of ones instead of count: over no rows nothing, not 0")
        return
    agg = AGGREGATIONS.get(measure.agg)
    if agg is None:
        raise Uncarried(f'there is no aggregation "{measure.agg}"')
    keys |= {"agg": agg, "expr": expr}
    if agg == "percentile":
        share = measure.percentile if measure.percentile is not None else 0.5
        keys["percentile"] = share / 100 if share > 1 else share
        if measure.discrete:
            keys["percentile_type"] = "discrete"
        if measure.approximate:
            keys["approximate"] = True


def filtered(carrier: MetricCarrier, texts: Iterable[str], homes: list[SemanticModel]) -> dict[str, Any]:
    """The condition of a metric, if it has one."""
    texts = tuple(texts)
    return {"filter": carrier.condition(texts, homes)} if texts else {}


def filled(carrier: MetricCarrier, keys: dict[str, Any], given: Input, metric: ForeignMetric) -> None:
    """What a period without rows is worth."""
    if given.join_to_timespine:
        keys["join_to_timespine"] = "once"
        carrier.carried.state("join_to_timespine: once: a period without rows comes once, not for each group")
    if given.fill_nulls_with:
        try:
            number = float(given.fill_nulls_with)
        except ValueError:
            raise Uncarried(f'"fill_nulls_with" is a number, not "{given.fill_nulls_with}"') from None
        keys["fill_nulls_with"] = int(number) if number == int(number) else number


def ratio(carrier: MetricCarrier, metric: ForeignMetric) -> dict[str, Any]:
    """One metric over another; under conditions of their own it is a formula over both."""
    above, below = next(iter(metric.of("numerator")), None), next(iter(metric.of("denominator")), None)
    if above is None or below is None:
        raise Uncarried("it has no numerator or no denominator")
    plain = all(one.bare and not one.offset_window and not one.offset_to_grain for one in (above, below))
    if plain:
        keys = carrier.begun(metric, "ratio")
        keys["numerator"], keys["denominator"] = carrier.metric_for(above, metric), carrier.metric_for(below, metric)
    else:
        aliases = [one.alias or one.name for one in (above, below)]
        if aliases[0] == aliases[1]:
            aliases = ["numerator", "denominator"]
        keys = carrier.begun(metric, "derived")
        keys["expr"] = " / ".join(quoted(one) for one in aliases)
        pairs = zip((above, below), aliases, strict=True)
        keys["input_metrics"] = [one_input(carrier, replace(one, alias=alias), metric) for one, alias in pairs]
    keys |= filtered(carrier, metric.filters, carrier.homes(metric.name))
    return keys


def derived(carrier: MetricCarrier, metric: ForeignMetric) -> dict[str, Any]:
    """A formula over other metrics."""
    keys = carrier.begun(metric, "derived")
    if not metric.expr or not metric.of("metric"):
        raise Uncarried("it has no formula or no inputs")
    keys["expr"] = metric.expr
    keys["input_metrics"] = [one_input(carrier, one, metric) for one in metric.of("metric")]
    keys |= filtered(carrier, metric.filters, carrier.homes(metric.name))
    return keys


def one_input(carrier: MetricCarrier, given: Input, metric: ForeignMetric) -> dict[str, Any]:
    """One input of a formula."""
    bare = replace(given, filters=(), alias="")
    found: dict[str, Any] = {"name": carrier.metric_for(bare, metric)}
    if given.alias and given.alias != given.name:
        found["alias"] = given.alias
    if given.offset_window:
        found["offset_window"] = given.offset_window
    if given.offset_to_grain:
        found["offset_to_grain"] = given.offset_to_grain
    if given.filters:
        found["filter"] = carrier.condition(given.filters, carrier.homes(given.name))
    return found


def cumulative(carrier: MetricCarrier, metric: ForeignMetric) -> dict[str, Any]:
    """A metric gathered over a window; MetricFlow takes the first day of a period unless told otherwise."""
    given = next((one for _, one in metric.inputs), None)
    if given is None:
        raise Uncarried("it accumulates nothing")
    keys = carrier.begun(metric, "cumulative")
    bare = replace(given, filters=(), join_to_timespine=False, fill_nulls_with="")
    keys["input_metric"] = carrier.metric_for(bare, metric)
    if metric.window:
        keys["window"] = metric.window
    elif metric.grain_to_date:
        keys["grain_to_date"] = metric.grain_to_date
    keys["period_agg"] = metric.period_agg or "first"
    if not metric.period_agg:
        carrier.carried.state("period_agg: first")
    keys |= filtered(carrier, (*given.filters, *metric.filters), carrier.homes(metric.name))
    filled(carrier, keys, given, metric)
    return keys


def conversion(carrier: MetricCarrier, metric: ForeignMetric) -> dict[str, Any]:
    """From one event to another; MetricFlow counts each conversion, ours each base event that led to one."""
    base, goal = next(iter(metric.of("base")), None), next(iter(metric.of("conversion")), None)
    if base is None or goal is None or not metric.entity:
        raise Uncarried("it names no entity, no base or no conversion")
    keys = carrier.begun(metric, "conversion")
    keys["entity"] = metric.entity
    keys["base_metric"] = carrier.metric_for(base, metric)
    keys["conversion_metric"] = carrier.metric_for(goal, metric)
    if metric.window:
        keys["window"] = metric.window
    keys["calculation"] = metric.calculation or "conversion_rate"
    if metric.constant_properties:
        pairs = [{"base_property": one, "conversion_property": other} for one, other in metric.constant_properties]
        keys["constant_properties"] = pairs
    keys["count_by"] = "conversion"
    carrier.carried.state("count_by: conversion")
    homes = carrier.homes(metric.name)[:1]
    keys |= filtered(carrier, metric.filters, homes)
    return keys


WRITERS = {
    "simple": simple,
    "ratio": ratio,
    "derived": derived,
    "cumulative": cumulative,
    "conversion": conversion,
}
