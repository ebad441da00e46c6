"""One check of one model: what is looked at, what is known, and what was found wrong."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import fields

from truenorth.base.errors import DefinitionError, Place, TrueNorthError, did_you_mean
from truenorth.define.expression import Expression
from truenorth.define.model import Dataset, Field, Metric, Model, Source


class Case:
    """A model under check; `lost` names definitions that exist but could not be read."""

    def __init__(self, model: Model, lost: frozenset[str]) -> None:
        self.model = model
        self.lost = lost
        self.errors: list[DefinitionError] = []
        self.expressions: dict[str, Expression] = {}

    def fail(self, code: str, message: str, where: Place, hint: str = "") -> None:
        """Notes what is wrong at a place."""
        self.errors.append(DefinitionError(code, message, where=where, hint=hint))

    def adopt(self, error: TrueNorthError, where: Place) -> None:
        """Notes an error that came without a place."""
        self.errors.append(DefinitionError(error.code, error.message, where=error.where or where, hint=error.hint))

    def known(self, kind: str, name: str, where: Place) -> bool:
        """Whether a dataset, relationship or metric of that name exists; notes it when not."""
        there: Iterable[str] = getattr(self.model, f"{kind}s")
        if name in there:
            return True
        if name not in self.lost:
            hint = did_you_mean(name, there) or (f"there are {', '.join(list(there)[:8])}" if there else "")
            self.fail("E_NAME_NOT_FOUND", f'no {kind} named "{name}"', where, hint)
        return False


def stated(one: Dataset | Field | Metric | Source, key: str) -> bool:
    """Whether a definition has a key: written in a file (perhaps wrongly), or given in Python."""
    attribute = "from_" if key == "from" else key
    said = getattr(one, attribute) not in ("", None, False, [], {}, default_of(type(one), attribute))
    return key in one.spot.keys or said


@lru_cache(maxsize=1024)
def default_of(kind: type[Struct], key: str) -> object:
    """What a key holds when nobody wrote it."""
    return next((field.default for field in fields(kind) if field.name == key), None)
