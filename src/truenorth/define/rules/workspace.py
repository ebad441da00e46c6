"""What must hold in truenorth.yml."""

from __future__ import annotations

from truenorth.define.rules import value
from truenorth.define.rules.case import Case


def check(case: Case) -> None:
    """The zone, currency, locale and home page of the workspace."""
    workspace = case.model.workspace
    spot = workspace.spot
    value.zone(case, workspace.timezone, spot.at("timezone"))
    value.currency_code(case, workspace.currency, spot.at("currency"))
    value.locale(case, workspace.locale, spot.at("locale"))
    for number, name in enumerate(workspace.home):
        place = spot.at(f"home.{number}")
        if name in workspace.home[:number]:
            case.fail("E_DUPLICATE_NAME", f'"{name}" is on the home page twice', place, "keep one")
        else:
            case.known("metric", name, place)
