"""What must hold between units: only like is added, a share is not summed, and a stated unit is that of its parts."""

from __future__ import annotations

from truenorth.define.rules.case import Case
from truenorth.define.units import Units


def check(case: Case) -> None:
    """All fields and metrics; those with another mistake in them are passed over."""
    units = Units(case.model)
    for dataset in case.model.defined.values():
        for field in dataset.fields:
            units.field(dataset.name, field.name)
    for name in case.model.metrics:
        units.metric(name)
    case.errors += units.wrong
