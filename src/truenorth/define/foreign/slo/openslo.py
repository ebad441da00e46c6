"""OpenSLO's documents: objectives, the indicators they point to, and what else lies beside them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from truenorth.base.errors import did_you_mean
from truenorth.define.foreign.slo.amount import Refused
from truenorth.define.foreign.slo.duration import UNITS, calendar, slice_of, window
from truenorth.define.foreign.slo.objective import Objectives, Stated, number_of, owner_of
from truenorth.define.foreign.slo.promql import Broken, parsed
from truenorth.define.foreign.tree import Tree

WINDOW = "4 weeks"
MINUTE = "1 minute"
BOUNDS = {"lt": "below", "lte": "at_most", "gt": "above", "gte": "at_least"}
# What else a folder may hold, and what has its place here.
BESIDE = {
    "AlertPolicy": ("ALERTING_DROPPED", "our alert table is built in"),
    "AlertCondition": ("ALERTING_DROPPED", "our alert table is built in"),
    "AlertNotificationTarget": ("ALERTING_DROPPED", "our alert table is built in"),
    "DataSource": ("DATA_SOURCE_DROPPED", "what is collected lies in the workspace's own store"),
    "Service": ("SERVICE_DROPPED", "a service is the first word of its objectives' names"),
}
# Kinds of sources whose queries are PromQL.
PROMETHEUS = ("prometheus", "promql", "thanos", "mimir", "cortex", "victoriametrics", "grafanacloud", "amp")
OURS = ("keymetrics", "truenorth")


def carry(tree: Tree, indicators: dict[str, Tree], objectives: Objectives) -> None:
    """One document."""
    kind, name = tree.text("kind"), tree.get("metadata").text("name")
    if kind == "SLO":
        several(tree, indicators, objectives)
    elif kind in BESIDE:
        code, why = BESIDE[kind]
        objectives.carried.lose(code, f"{kind} {name}", why, tree.place)
    elif kind != "SLI":
        tree.get("kind").wrong("a kind of OpenSLO such as SLO")


def several(tree: Tree, indicators: dict[str, Tree], objectives: Objectives) -> None:
    """An objective of ours for each of its objectives."""
    meta, spec = tree.get("metadata"), tree.get("spec")
    goals = list(spec.items("objectives"))
    if not meta.text("name") or not goals:
        (spec if meta.text("name") else meta).wrong(f"keys such as {'objectives' if meta.text('name') else 'name'}")
        return
    for number, goal in enumerate(goals, 1):
        words = [spec.text("service"), meta.text("name")]
        title = goal.text("displayName")
        name = objectives.named(*words, *([title or str(number)] if len(goals) > 1 else []))
        label = ": ".join(one for one in (meta.text("displayName"), title if len(goals) > 1 else "") if one)
        stated = Stated(
            name,
            goal.place,
            Decimal(0),
            [],
            objectives.named(spec.text("service") or "objectives"),
            label,
            spec.text("description"),
            owner_of(meta.get("labels"), meta.get("annotations")),
        )
        try:
            objective(stated, spec, goal, indicators, objectives)
        except Refused as refused:
            objectives.lose(stated, refused, goal.place)
    policies = spec.get("alertPolicies")
    if policies.there:
        why = "our alert table is built in"
        objectives.carried.lose("ALERTING_DROPPED", meta.text("name"), why, policies.place)


def objective(stated: Stated, spec: Tree, goal: Tree, indicators: dict[str, Tree], objectives: Objectives) -> None:
    """One of its objectives: how much must be good, over which window, of what."""
    percent, share = number_of(goal, "targetPercent"), number_of(goal, "target")
    if percent is None and share is None:
        goal.wrong("keys such as target")
        return
    stated.objective = percent if percent is not None else (share or Decimal(0)) * 100
    stated.windows = [window_of(stated, spec, objectives)]
    method = spec.text("budgetingMethod").lower() or "occurrences"
    if method == "ratiotimeslices":
        why = "it is the mean of the shares of all slices, which lets one without traffic weigh as much as the busiest"
        raise Refused("RATIO_TIMESLICES_DROPPED", why)
    if goal.get("compositeWeight").there:
        objectives.carried.lose("WEIGHT_DROPPED", stated.name, "each objective stands by itself", goal.place)
    body = indicator_of(spec, goal, indicators)
    if method == "timeslices":
        stated.slice = slice_word(stated, goal, objectives)
    threshold = body.get("thresholdMetric")
    if threshold.there:
        level(stated, goal, threshold, objectives)
        return
    ratio = body.get("ratioMetric", "ratioMetrics")
    if not ratio.there:
        raise Refused("SLI_DROPPED", "its indicator does not say what is counted")
    if method == "timeslices":
        within = number_of(goal, "timeSliceTarget")
        if within is None:
            goal.wrong("keys such as timeSliceTarget")
            return
        stated.slice_objective = within * 100
    events(stated, ratio, objectives)


def window_of(stated: Stated, spec: Tree, objectives: Objectives) -> str:
    """The window that its shares are told over."""
    found = next(spec.items("timeWindow", "timeWindows"), None)
    if found is None:
        return WINDOW
    text = found.text("duration")
    if not text and found.get("unit").there:
        unit = found.text("unit").lower().removesuffix("s")
        text = f"{found.text('count') or 1}{UNITS.get(unit, '?')}"
    rolling = found.flag("isRolling") or not (found.get("isRolling").there or found.get("calendar").there)
    starts = found.get("calendar")
    if not rolling and calendar(text):
        if starts.there:
            why = "a period begins as the workspace's calendar and clock say"
            objectives.carried.lose("CALENDAR_DROPPED", stated.name, why, starts.place)
        return calendar(text)
    length = window(text)
    if not length:
        found.get("duration", "count").wrong("a length of time such as 28d")
        return WINDOW
    if not rolling:
        why = f"no grain of the calendar is {length} long: it is told over the last {length}"
        objectives.carried.lose("CALENDAR_DROPPED", stated.name, why, found.place)
    return length


def slice_word(stated: Stated, goal: Tree, objectives: Objectives) -> str:
    """How long its slices are: as long as it says, or the longest of ours that is no longer."""
    text = goal.text("timeSliceWindow")
    if not text:
        why = f"it does not say how long a slice is: it is {MINUTE}"
        objectives.carried.lose("SLICE_STATED", stated.name, why, goal.place)
        return MINUTE
    found, same = slice_of(text)
    if not found:
        raise Refused("SLICE_DROPPED", f"a slice of {text} is shorter than the minutes that are kept")
    if not same:
        why = f"there are no slices of {text}: they are {found} long"
        objectives.carried.lose("SLICE_SHORTENED", stated.name, why, goal.get("timeSliceWindow").place)
    return found


def indicator_of(spec: Tree, goal: Tree, indicators: dict[str, Tree]) -> Tree:
    """What an objective is about: said in it or beside it, or by the name of an indicator."""
    for place in (goal, spec):
        inline = place.get("indicator", "sli")
        if inline.there:
            return inline.get("spec") if inline.get("spec").there else inline
        name = place.text("indicatorRef", "sliRef")
        if name and name in indicators:
            return indicators[name].get("spec")
        if name:
            hint = did_you_mean(name, indicators)
            raise Refused("SLI_DROPPED", f'there is no indicator "{name}"{f"; {hint}" if hint else ""}')
    return goal


def events(stated: Stated, ratio: Tree, objectives: Objectives) -> None:
    """An objective over events: good or bad ones of all, or their share as it comes."""
    flag = ratio.get("counter", "incremental")
    counter = ratio.flag("counter") or ratio.flag("incremental") if flag.there else None
    raw, total = ratio.get("raw"), ratio.get("total")
    if raw.there:
        good = ratio.text("rawType").lower() != "failure"
        objectives.events(stated, good, query_of(raw), counter=counter)
        return
    word = "good" if ratio.get("good").there else "bad"
    found = query_of(ratio.get(word)), query_of(total)
    objectives.events(stated, word == "good", *found, counter)


def level(stated: Stated, goal: Tree, threshold: Tree, objectives: Objectives) -> None:
    """An objective over a value: in how many slices it is within its bound."""
    limit, op = number_of(goal, "value"), goal.text("op").lower()
    if limit is None or op not in BOUNDS:
        raise Refused("THRESHOLD_DROPPED", "it does not say which values are good: op and value")
    if not stated.slice:
        stated.slice = MINUTE
        why = "its value is judged minute by minute, and not each time that it is measured"
        objectives.carried.lose("SLICE_STATED", stated.name, why, goal.place)
    elif goal.get("timeSliceTarget").there:
        why = "a slice is good by its one value: there is no share of it to ask for"
        objectives.carried.lose("SLICE_TARGET_DROPPED", stated.name, why, goal.get("timeSliceTarget").place)
    bounds: dict[str, Any] = {BOUNDS[op]: int(limit) if limit == int(limit) else float(limit)}
    objectives.level(stated, query_of(threshold), bounds)


def kind_of(side: Tree) -> str:
    """What kind of source a query is for, in small letters."""
    source = side.get("metricSource")
    named = source.text("type", "metricSourceRef") if source.there else side.text("source", "dataSourceRef")
    return "".join(letter for letter in named.lower() if letter.isalpha())


def query_of(side: Tree) -> Tree:
    """The query of a side; Refused where it is for another kind of source and no PromQL."""
    source = side.get("metricSource")
    spec = (source if source.there else side).get("spec")
    found = (spec if spec.there or source.there else side).get("query", "promql", "queryString", "expr")
    kind = kind_of(side)
    if kind in OURS:
        why = "it names metrics of a workspace: state the objective beside them, under slos:"
        raise Refused("SOURCE_DROPPED", why)
    if kind in PROMETHEUS or not side.there:
        return found
    if not found.is_text:
        raise Refused("SOURCE_DROPPED", f'a source of the kind "{kind}" has no query in PromQL')
    try:
        parsed(found.text())
    except Broken:
        raise Refused("SOURCE_DROPPED", f'the query is for "{kind}", and no PromQL') from None
    return found
