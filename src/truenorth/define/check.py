"""What definitions mean together: every reference, type and value is checked, and all errors are told at once."""

from __future__ import annotations

from msgspec.structs import replace

from truenorth.base.errors import DefinitionError, DefinitionErrors, Place
from truenorth.define.model import Model
from truenorth.define.rules import cohort, dataset, metric, probe, slo, source, statement, unit, workspace
from truenorth.define.rules.case import Case


def check(model: Model) -> Model:
    """The model with its expressions parsed; DefinitionErrors with all that is wrong."""
    checked, errors = examine(model)
    raise_all(errors)
    return checked


def examine(model: Model, lost: frozenset[str] = frozenset()) -> tuple[Model, list[DefinitionError]]:
    """The model with its expressions, and all that is wrong; `lost` names what could not be read."""
    case = Case(model, lost)
    workspace.check(case)
    dataset.check(case)
    metric.check(case)
    unit.check(case)
    source.check(case)
    statement.check(case)
    cohort.check(case)
    slo.check(case)
    probe.check(case)
    return replace(model, expressions=case.expressions), case.errors


def raise_all(errors: list[DefinitionError]) -> None:
    """Raises all errors there are, each once, in the order of their places; a line that is no YAML is told as that."""
    broken = {place_of(error)[:2] for error in errors if error.code == "E_YAML"}
    told = [error for error in errors if error.code == "E_YAML" or place_of(error)[:2] not in broken]
    if told:
        raise DefinitionErrors({str(error): error for error in sorted(told, key=place_of)}.values())


def place_of(error: DefinitionError) -> tuple[str, int, int]:
    """What errors are sorted by."""
    place = error.where or Place("")
    return place.file, place.line, place.column
