"""What must hold in metrics: the keys of their type, what they refer to, and the values they are given."""

from __future__ import annotations

import re
from pathlib import Path

from truenorth.base import period
from truenorth.base.errors import did_you_mean
from truenorth.define import graph
from truenorth.define.attribution import ATTRIBUTING
from truenorth.define.keys import METRIC, Key
from truenorth.define.model import Metric
from truenorth.define.read import one_of
from truenorth.define.rules import (
    attribution,
    conversion,
    currency,
    dataset,
    expression,
    journey,
    movement,
    policy,
    series,
    slices,
    timing,
    value,
)
from truenorth.define.rules.case import Case, stated
from truenorth.define.series import TYPES as SERIES
from truenorth.define.slices import TYPES as SLICED

TEMPLATES = Path(__file__).parent.parent / "template"
WHICH = {
    **dict.fromkeys(("numerator", "denominator", "input_metric", "base_metric", "conversion_metric"), "metric"),
    "dataset": "dataset",
}


def check(case: Case) -> None:
    """All metrics, one by one, and then the circles among them."""
    templates = {path.stem for path in TEMPLATES.glob("*.yml")}
    for metric in case.model.metrics.values():
        keys(case, metric)
        values(case, metric)
        named(case, metric)
        aggregation(case, metric)
        derivation(case, metric)
        conditions(case, metric)
        template(case, metric, templates)
        conversion.check(case, metric)
        movement.check(case, metric)
        policy.compat(case, metric)
        journey.check(case, metric)
        currency.check(case, metric)
        attribution.check(case, metric)
        timing.check(case, metric)
        series.check(case, metric)
        slices.check(case, metric)
    reads = {name: [*graph.inputs_of(one), *looked_up(case, one)] for name, one in case.model.metrics.items()}
    for circle in expression.circles(reads):
        loop = " → ".join((*circle, circle[0]))
        place = case.model.metrics[circle[0]].spot.at("name")
        case.fail("E_CYCLE", f"metrics are computed from each other: {loop}", place, "let one rest on rows")


def looked_up(case: Case, metric: Metric) -> list[str]:
    """The metrics that its conditions look up for each row."""
    texts = [metric.expr, metric.filter, *(one.filter for one in metric.input_metrics)]
    found = [case.expressions[text] for text in texts if text in case.expressions]
    return [one.name for expression in found for one in expression.metrics]


def keys(case: Case, metric: Metric) -> None:
    """The keys of its type, all of them and no others."""
    spot = metric.spot
    for key in METRIC.keys:
        if said(metric, key.name) and key.types and metric.type not in key.types:
            message = f'"{key.name}" does not belong to a metric of type {metric.type}'
            case.fail("E_KEY_NOT_ALLOWED", message, spot.at(key.name), belongs(key))
        elif metric.type in key.required_for and not stated(metric, key.name):
            example = one_of(key.choices) if key.choices else key.example or "…"
            missing(case, metric, key.name, example)


def said(metric: Metric, key: str) -> bool:
    """Whether a metric has a key; what credit rests on was put there for it."""
    return key in metric.spot.keys if metric.type in (*ATTRIBUTING, *SERIES, *SLICED) else stated(metric, key)


def belongs(key: Key) -> str:
    """Which types have a key."""
    return f"it belongs to type: {one_of(key.types)}"


def missing(case: Case, metric: Metric, key: str, example: str) -> None:
    """Notes a key that the metric needs."""
    message = f'the {metric.type} metric "{metric.name}" has no "{key}"'
    case.fail("E_MISSING_KEY", message, metric.spot.at(), f"add {key}: {example}")


def values(case: Case, metric: Metric) -> None:
    """Its name, unit, currency, owner and the length of its windows."""
    spot = metric.spot
    dataset.reserved(case, metric.name, spot.at("name"))
    value.unit(case, metric.unit, spot.at("unit"))
    value.currency_code(case, metric.currency, spot.at("currency"))
    dataset.money(case, metric)
    value.owner(case, metric.owner, spot.at("owner"))
    value.window(case, metric.window, spot.at("window"))
    value.grain(case, "grain_to_date", metric.grain_to_date, spot.at("grain_to_date"))
    if metric.window and metric.grain_to_date:
        message = 'both "window" and "grain_to_date" say how far back it goes'
        case.fail("E_KEY_CONFLICT", message, spot.at("grain_to_date"), "keep one")
    for test in metric.tests:
        if test.tolerance < 0:
            case.fail("E_BAD_VALUE", '"tolerance" is not below 0', test.spot.at("tolerance"), "write tolerance: 0.01")


def named(case: Case, metric: Metric) -> None:
    """The dataset and metrics it names exist."""
    for key, kind in WHICH.items():
        name = getattr(metric, key)
        if name and metric.type in (METRIC_KEYS[key].types):
            case.known(kind, name, metric.spot.at(key))
    if metric.type == "cumulative":
        accumulated(case, metric)


def accumulated(case: Case, metric: Metric) -> None:
    """What is gathered over a window: rows, or what is computed from rows; no levels, and no window over a window."""
    given = case.model.metrics.get(metric.input_metric)
    place = metric.spot.at("input_metric")
    inside = graph.computed_from(case.model, metric.input_metric)
    level = next((one for one in inside if one.is_stock or one.type == "cumulative"), None)
    if level is not None:
        via = "" if level is given else f' through "{metric.input_metric}"'
        message = f'"{metric.name}" accumulates "{level.name}"{via}, a {level.type} metric'
        hint = (
            "a window needs no other inside it" if level.type == "cumulative" else "a level of days cannot be added up"
        )
        case.fail("E_UNSAFE_REAGGREGATION", message, place, f"{hint}: accumulate what comes and goes")
    elif given is not None and given.type != "simple" and metric.period_agg != "last":
        message = f'"period_agg: {metric.period_agg}" of "{given.name}", a {given.type} metric'
        hint = "the first or average day is told for simple metrics; leave period_agg out"
        case.fail("E_UNSAFE_REAGGREGATION", message, metric.spot.at("period_agg"), hint)


METRIC_KEYS = {key.name: key for key in METRIC.keys}


def units(case: Case) -> tuple[str, ...]:
    """What may stand behind a time: grains, parts of a date, and the grains of calendars."""
    return (*period.GRAINS, *period.PARTS, period.FINEST, *case.model.grains)


def aggregation(case: Case, metric: Metric) -> None:
    """What is aggregated, and which percentile."""
    share(case, metric)
    if metric.type not in ("simple", "snapshot"):
        return
    spot = metric.spot
    if metric.agg and metric.agg != "count" and not stated(metric, "expr"):
        missing(case, metric, "expr", "amount")
    if metric.agg == "percentile" and not stated(metric, "percentile"):
        missing(case, metric, "percentile", "0.95")
    if metric.agg and metric.agg != "percentile" and stated(metric, "percentile"):
        message = f'"percentile" does not belong to agg: {metric.agg}'
        case.fail("E_KEY_NOT_ALLOWED", message, spot.at("percentile"), "write agg: percentile, or leave it out")
    for key in ("percentile_type", "approximate"):
        if metric.agg and metric.agg not in ("percentile", "median") and stated(metric, key):
            message = f'"{key}" does not belong to agg: {metric.agg}'
            case.fail("E_KEY_NOT_ALLOWED", message, spot.at(key), "write agg: percentile, or leave it out")
    if metric.type == "snapshot" and (metric.agg in ("first", "last") or metric.approximate):
        key = "approximate" if metric.approximate else "agg"
        hint = "say which day stands for a period with window_agg, and add up its rows with agg: sum"
        case.fail("E_KEY_NOT_ALLOWED", f'a snapshot has no "{key}" of this kind', spot.at(key), hint)


def share(case: Case, metric: Metric) -> None:
    """A percentile is a share of all."""
    if metric.percentile is not None and not 0 <= metric.percentile <= 1:
        part = metric.percentile / 100
        hint = f"write percentile: {part:g}" if 0 <= part <= 1 else "write percentile: 0.95"
        message = f"a percentile is from 0 to 1, not {metric.percentile:g}"
        case.fail("E_BAD_PERCENTILE", message, metric.spot.at("percentile"), hint)


def derivation(case: Case, metric: Metric) -> None:
    """The inputs of a derived metric: each has its own name, and the formula reads these names only."""
    if metric.type != "derived":
        return
    spot = metric.spot
    names: dict[str, int] = {}
    for number, one in enumerate(metric.input_metrics):
        path = f"input_metrics.{number}"
        case.known("metric", one.name, spot.at(f"{path}.name"))
        value.window(case, one.offset_window, spot.at(f"{path}.offset_window"))
        value.grain(case, "offset_to_grain", one.offset_to_grain, spot.at(f"{path}.offset_to_grain"))
        alias = one.alias or one.name
        place = spot.at(f"{path}.{'alias' if one.alias else 'name'}")
        if alias in names:
            case.fail(
                "E_DUPLICATE_NAME", f'two inputs are called "{alias}"', place, f"add alias: {alias}_before to one"
            )
        names.setdefault(alias, number)
    found = expression.parsed(case, metric.expr, spot.at("expr"))
    expression.plain(case, found, spot.at("expr"))
    if found is None or not names:
        return
    for reference in found.refs:
        if reference not in names:
            hint = did_you_mean(reference, names) or f"the inputs are {', '.join(names)}"
            message = f'the formula reads "{reference}", which is not an input'
            case.fail("E_UNKNOWN_INPUT", message, spot.at("expr"), hint)
    for alias, number in names.items():
        if alias not in found.refs and not any(reference not in names for reference in found.refs):
            message = f'the formula does not read the input "{alias}"'
            case.fail("E_UNUSED_INPUT", message, spot.at(f"input_metrics.{number}"), "use it, or take it out")


def conditions(case: Case, metric: Metric) -> None:
    """The expressions over rows: they can be read, and the names in them lead to a field."""
    spot = metric.spot
    if metric.type in ("simple", "snapshot", "movement", *SERIES):
        expression.owned(case, metric.expr, metric, spot.at("expr"))
    expression.owned(case, metric.frustrated, metric, spot.at("frustrated"))
    homes = graph.grouped(case.model, metric.name)
    for leaf in homes:
        expression.owned(case, metric.filter, leaf, spot.at("filter"))
    if not homes:
        expression.parsed(case, metric.filter, spot.at("filter"))
    for number, one in enumerate(metric.input_metrics):
        place = spot.at(f"input_metrics.{number}.filter")
        expression.parsed(case, one.filter, place)
        for leaf in graph.grouped(case.model, one.name):
            expression.owned(case, one.filter, leaf, place)
    for test in metric.tests:
        expression.parsed(case, test.where, test.spot.at("where"))
    for home in dict.fromkeys(leaf.dataset for leaf in homes if leaf.dataset in case.model.datasets):
        asked(case, metric, home)


def asked(case: Case, metric: Metric, home: str) -> None:
    """What a question will ask: the conditions of its tests and the dimensions of its page, from one dataset."""
    for test in metric.tests:
        found = case.expressions.get(test.where)
        expression.looked_up(case, found, home, test.spot.at("where"))
        for reference in found.refs if found else ():
            expression.lead(case, home, reference, test.spot.at("where"))
    for number, reference in enumerate(metric.dimensions):
        head, _, tail = reference.rpartition("__")
        expression.lead(case, home, head if tail in units(case) else reference, metric.spot.at(f"dimensions.{number}"))


def template(case: Case, metric: Metric, templates: set[str]) -> None:
    """The standard metric it follows exists."""
    spot = metric.spot
    if metric.template and metric.template not in templates:
        plain = re.sub(r"\W+", "_", metric.template.lower())
        hint = did_you_mean(plain, templates) or f"there are {', '.join(sorted(templates))}"
        case.fail("E_NAME_NOT_FOUND", f'no template named "{metric.template}"', spot.at("template"), hint)
    if stated(metric, "slots") and not stated(metric, "template"):
        message = '"slots" says what the slots of a template are bound to, but there is no "template"'
        case.fail("E_MISSING_KEY", message, spot.at("slots"), "add template: churn_rate, or take it out")
