"""What must hold in expressions and conditions: they can be read, and the names in them lead somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from truenorth.base.errors import Place, TrueNorthError
from truenorth.define import graph
from truenorth.define.expression import TIME_NAME, Expression, parse
from truenorth.define.model import Metric
from truenorth.define.rules.case import Case
from truenorth.define.when import UNITS, is_shared


def parsed(case: Case, text: str, where: Place) -> Expression | None:
    """The expression, kept with the model; None (and noted) when it cannot be read."""
    if not text:
        return None
    if text not in case.expressions:
        try:
            case.expressions[text] = parse(text, where)
        except TrueNorthError as error:
            case.adopt(error, where)
            return None
    return case.expressions[text]


def owned(case: Case, text: str, metric: Metric, where: Place) -> None:
    """An expression of a metric over rows: of their own dataset, or of one they each point to once at most.

    A name without a dot that is no field is a column, which only the engine knows.
    """
    found = parsed(case, text, where)
    looked_up(case, found, metric.dataset, where)
    for reference in found.refs if found and metric.dataset in case.model.datasets else ():
        if is_shared(reference):
            hint = "name the field that holds the time, or put the condition into the question"
            case.fail("E_BAD_TIME_CONDITION", f'"{text}" reads {TIME_NAME}, which a definition cannot', where, hint)
        elif "." in reference:
            way = lead(case, metric.dataset, reference, where)
            if way is not None and way.repeats:
                message = f'"{metric.name}" reads "{reference}", of which a row of "{metric.dataset}" may have several'
                filtered = text != metric.expr
                instead = "put the condition into the question, which counts each row once; or " if filtered else ""
                case.fail("E_FAN_OUT", message, where, f"{instead}define the metric on {way.end}")
            elif way is not None:
                timeless(case, metric, way, reference, where)


def timeless(case: Case, metric: Metric, way: graph.Path, reference: str, where: Place) -> None:
    """Notes what is read from a row that is valid for a time only, by a metric that has no time."""
    moving = [step for step in way.steps if case.model.relationships[step.relationship].valid_from]
    if moving and not (metric.time or case.model.datasets[metric.dataset].time):
        message = f'"{metric.name}" reads "{reference}", and which row of "{moving[0].end}" that is depends on a time'
        case.fail("E_NO_TIME", message, where, f"state `time:` for {metric.dataset}")


def looked_up(case: Case, found: Expression | None, home: str, where: Place) -> None:
    """The metrics that a condition on a dataset looks up exist, and both sides have the fields they meet by."""
    for one in found.metrics if found else ():
        if not case.known("metric", one.name, where):
            continue
        sides = {leaf.dataset: f'"{one.name}"' for leaf in graph.leaves(case.model, one.name)}
        for dataset, who in {**sides, home: f'"{home}"'}.items():
            for reference in one.by if dataset in case.model.datasets else ():
                try:
                    way, _ = graph.resolve_field(case.model, dataset, field_of(reference, case.model.grains))
                except TrueNorthError as error:
                    hint = error.hint or "name a field that both sides can be grouped by"
                    message = f"{one.text}: {who} has no {reference} to go by: {error.message}"
                    case.fail("E_NOT_GROUPABLE", message, where, hint)
                    continue
                if dataset == home and way.repeats:
                    message = f'{one.text}: a row of "{home}" may have several {reference}'
                    case.fail("E_FAN_OUT", message, where, f"define the metric on {way.end}")


def field_of(reference: str, own: Iterable[str] = ()) -> str:
    """The field of a reference: `signed_up_at__month` is of signed_up_at; `own` are the grains of calendars."""
    head, _, tail = reference.rpartition("__")
    return head if head and (tail in UNITS or tail in own) else reference


def plain(case: Case, found: Expression | None, where: Place) -> None:
    """An expression that looks up no metric: of a field, or of metrics themselves."""
    for one in found.metrics if found else ():
        hint = "put it into the filter of a metric, or into the question"
        case.fail("E_BAD_EXPRESSION", f"{one.text} is for the conditions of metrics", where, hint)


def lead(case: Case, dataset: str, reference: str, where: Place) -> graph.Path | None:
    """Where a reference leads; None (and noted) when nowhere."""
    if is_shared(reference) or set(reference.split(".")) & case.lost:
        return None
    try:
        return graph.resolve_field(case.model, dataset, reference)[0]
    except TrueNorthError as error:
        if field_of(reference, case.model.grains) != reference:
            return lead(case, dataset, field_of(reference, case.model.grains), where)
        case.adopt(error, where)
        return None


def circles(reads: Mapping[str, list[str]]) -> list[tuple[str, ...]]:
    """The circles among names that read names, each once, in the order of definition.

    >>> circles({"a": ["b"], "b": ["a"], "c": ["a"]})
    [('a', 'b')]
    """
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in reads:
        trail: list[str] = [start]
        branches = [iter(reads[start])] if start not in done else []
        while branches:
            name = next(branches[-1], None)
            if name is None:
                branches.pop()
                done.add(trail.pop())
            elif name in trail:
                found.append(tuple(trail[trail.index(name) :]))
            elif name not in done and name in reads:
                trail.append(name)
                branches.append(iter(reads[name]))
    return found
