"""What must hold in expressions and conditions: they can be read, and the names in them lead somewhere."""

from __future__ import annotations

from collections.abc import Mapping

from truenorth.base.errors import Place, TrueNorthError
from truenorth.define import graph
from truenorth.define.expression import TIME_NAME, Expression, parse
from truenorth.define.rules.case import Case


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


def references(case: Case, text: str, dataset: str, where: Place) -> None:
    """Parses an expression over a dataset; a name with a dot must lead to a field."""
    found = parsed(case, text, where)
    for reference in found.refs if found and dataset in case.model.datasets else ():
        if "." in reference:
            lead(case, dataset, reference, where)


def lead(case: Case, dataset: str, reference: str, where: Place) -> graph.Path | None:
    """Where a reference leads; None (and noted) when nowhere."""
    if reference == TIME_NAME or set(reference.split(".")) & case.lost:
        return None
    try:
        return graph.resolve_field(case.model, dataset, reference)[0]
    except TrueNorthError as error:
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
