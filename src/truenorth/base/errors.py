"""Errors as part of the product: a code, what was wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct


class Place(Struct, frozen=True):
    """A position in a file a person can open: line and column start at 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class TrueNorthError(Exception):
    """What went wrong, said so that the reader can mend it.

    `code` is stable and has its section in docs/reference/errors.md; `hint` says what to do.

    >>> print(QueryError("E_NAME_NOT_FOUND", 'no metric named "revenu"', hint='did you mean "revenue"?'))
    E_NAME_NOT_FOUND: no metric named "revenu"; did you mean "revenue"?
    """

    def __init__(self, code: str, message: str, *, where: Place | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}{self.code}: {self.message}{hint}"

    def as_dict(self) -> dict[str, Any]:
        """The one JSON shape of an error, the same in every face."""
        place = {"file": self.where.file, "line": self.where.line, "column": self.where.column} if self.where else None
        return {"code": self.code, "message": self.message, "hint": self.hint, "where": place}


class DefinitionError(TrueNorthError):
    """A definition in YAML is wrong."""


class DefinitionErrors(DefinitionError):
    """All errors of a set of definitions at once, in the order of their places."""

    def __init__(self, errors: Iterable[TrueNorthError]) -> None:
        self.errors: tuple[TrueNorthError, ...] = tuple(errors)
        count = len(self.errors)
        super().__init__("E_DEFINITIONS", f"{count} error{'s' if count != 1 else ''} in the definitions")

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


class QueryError(TrueNorthError):
    """A question cannot be answered as asked."""


class SourceError(TrueNorthError):
    """Data from outside cannot be read as it is."""


class EngineError(TrueNorthError):
    """The engine refused or failed."""


class AccessError(TrueNorthError):
    """Something is not allowed, with the reason."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known words, or "" when nothing is near.

    >>> did_you_mean("revenu", ["revenue", "orders"])
    'did you mean "revenue"?'
    """
    import difflib

    near = difflib.get_close_matches(word, list(known), n=2, cutoff=0.6)
    if not near:
        return ""
    return "did you mean " + " or ".join(f'"{name}"' for name in near) + "?"
