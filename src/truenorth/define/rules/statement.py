"""What must hold in financial statements: their lines are metrics, each once, and known by what they are split."""

from __future__ import annotations

from truenorth.define import graph
from truenorth.define.part import asked_of
from truenorth.define.rules import expression
from truenorth.define.rules.case import Case


def check(case: Case) -> None:
    """All statements."""
    for one in case.model.statements.values():
        place = one.spot.at("lines")
        if not one.lines and "lines" in one.spot.keys:
            hint = "name metrics in order: lines: [revenue, costs, profit]"
            case.fail("E_BAD_VALUE", f'the statement "{one.name}" has no lines', place, hint)
        seen: set[str] = set()
        for name in one.lines:
            if case.known("metric", asked_of(case.model, name), place) and name in seen:
                case.fail("E_BAD_VALUE", f'the statement "{one.name}" has "{name}" twice', place, "take one out")
            seen.add(name)
            if one.by and name in case.model.metrics:
                homes = dict.fromkeys(leaf.dataset for leaf in graph.grouped(case.model, name))
                for home in homes:
                    if home in case.model.datasets:
                        expression.lead(case, home, one.by, one.spot.at("by"))
