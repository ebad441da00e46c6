"""What must hold in cohorts: they say whose they are and who is in them, and none is made from itself."""

from __future__ import annotations

from truenorth.base.errors import TrueNorthError
from truenorth.base.period import CLOCK, parse_window
from truenorth.define import graph
from truenorth.define.cohort import named_in
from truenorth.define.lookup import SIGN
from truenorth.define.model import Cohort, Metric
from truenorth.define.rules import expression
from truenorth.define.rules.case import Case

LENGTHS = ("within", "stopped")


def check(case: Case) -> None:
    """All cohorts."""
    cohorts = case.model.cohorts
    for one in cohorts.values():
        named(case, one)
        home(case, one)
        rule(case, one)
        for other in named_in(one):
            if case.known("cohort", other, one.spot.at()) and cohorts[other].entity != one.entity:
                message = f'"{one.name}" is of {one.entity}, and "{other}" of {cohorts[other].entity}'
                case.fail("E_COHORT_ENTITY", message, one.spot.at(), "put together cohorts of one entity only")
    reads = {one.name: [*named_in(one), *within(case, one)] for one in cohorts.values()}
    for circle in expression.circles({name: [one for one in some if one in cohorts] for name, some in reads.items()}):
        loop = " → ".join((*circle, circle[0]))
        message = f"cohorts are made from each other: {loop}"
        if len(circle) == 1:
            message = f'the cohort "{circle[0]}" is made from itself'
        hint = "let one say by rows who is in it"
        case.fail("E_COHORT_CYCLE", message, cohorts[circle[0]].spot.at(), hint)


def named(case: Case, one: Cohort) -> None:
    """No field is called the same, and no metric: which of the two would be meant?"""
    for dataset in case.model.defined.values():
        if dataset.cohort(one.name) and any(field.name == one.name for field in dataset.fields):
            message = f'"{dataset.name}" has a field "{one.name}", and there is a cohort of that name'
            case.fail("E_DUPLICATE_NAME", message, one.spot.at("name"), "rename the cohort")
    if one.name in case.model.metrics:
        message = f'there is a metric "{one.name}", and a cohort of that name'
        case.fail("E_DUPLICATE_NAME", message, one.spot.at("name"), "rename the cohort")


def home(case: Case, one: Cohort) -> None:
    """The dataset and the entity, which is one for each row."""
    spot = one.spot
    for key in ("dataset", "entity"):
        if not getattr(one, key):
            hint = f"add {key}: {'events' if key == 'dataset' else 'person'}, or any_of: [another cohort]"
            case.fail("E_MISSING_KEY", f'the cohort "{one.name}" has no "{key}"', spot.at(), hint)
    if not one.dataset or not one.entity or not case.known("dataset", one.dataset, spot.at("dataset")):
        return
    try:
        way, _ = graph.resolve_field(case.model, one.dataset, one.entity)
    except TrueNorthError as error:
        case.adopt(error, spot.at("entity"))
        return
    if way.repeats:
        message = f'a row of "{one.dataset}" may have several "{one.entity}"'
        case.fail("E_FAN_OUT", message, spot.at("entity"), f"define the cohort on {way.end}")


def rule(case: Case, one: Cohort) -> None:
    """Which rows count, how many, and when."""
    spot = one.spot
    if one.dataset in case.model.datasets:
        own = Metric(one.name, "simple", dataset=one.dataset, agg="count", filter=one.where, spot=spot)
        expression.owned(case, one.where, own, spot.at("where"))
        timed = [key for key in (*LENGTHS, "state") if getattr(one, key)]
        if timed and not case.model.datasets[one.dataset].time:
            hint = f"state `time:` for {one.dataset}, or leave out {timed[0]}"
            case.fail("E_NO_TIME", f'"{one.dataset}" has no time to count {timed[0]} by', spot.at(timed[0]), hint)
    if one.at_least < 1 or one.at_least != int(one.at_least):
        message = f'"at_least" is a whole number of rows from 1, not {one.at_least:g}'
        case.fail("E_BAD_VALUE", message, spot.at("at_least"), "write at_least: 3")
    for key in LENGTHS:
        length(case, one, key)
    times = [key for key in (*LENGTHS, "state") if getattr(one, key)]
    if len(times) > 1 or (one.state and one.at_least > 1):
        message = f'"{one.name}" says in two ways when its rows must be'
        case.fail("E_BAD_VALUE", message, spot.at(), "keep one of within, stopped and state, and combine two cohorts")
    listed = [key for key in ("where", "within", "stopped", "state") if getattr(one, key)]
    if (one.members or one.file) and listed:
        message = f'"{one.name}" names who is in it, and cannot choose them by {listed[0]} as well'
        case.fail("E_BAD_VALUE", message, spot.at(listed[0]), "make two cohorts, and a third with all_of: [both]")


def length(case: Case, one: Cohort, key: str) -> None:
    """A length of time in whole days or more."""
    text = getattr(one, key)
    if not text:
        return
    hint = f'write {key}: "30 days"'
    try:
        count, unit = parse_window(text)
    except (TrueNorthError, ValueError):
        case.fail("E_BAD_WINDOW", f'"{text}" is not a length of time', one.spot.at(key), hint)
        return
    if unit in CLOCK or count < 1:
        message = f'"{text}" is no length of whole days, and a cohort is told as of a day'
        case.fail("E_BAD_WINDOW", message, one.spot.at(key), hint)


def within(case: Case, one: Cohort) -> list[str]:
    """The names that its condition reads, some of which may be cohorts; those of metrics it looks up as well."""
    found = case.expressions.get(one.where)
    names = [reference.rpartition(".")[2] for reference in found.refs] if found else []
    looked = found.metrics if found and SIGN.search(one.where) else []
    for metric in (case.model.metrics[name] for name in (ref.name for ref in looked) if name in case.model.metrics):
        for leaf in graph.leaves(case.model, metric.name):
            inner = case.expressions.get(leaf.filter)
            names += [reference.rpartition(".")[2] for reference in inner.refs] if inner else []
    return names
