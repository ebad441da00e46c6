"""Errors written for people, programs and pull requests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePosixPath

from truenorth.base.errors import DefinitionErrors, TrueNorthError

FORMATS = ("text", "json", "github")


def each(error: TrueNorthError) -> tuple[TrueNorthError, ...]:
    """The single errors of an error."""
    return error.errors if isinstance(error, DefinitionErrors) else (error,)


def write(errors: Iterable[TrueNorthError], form: str = "text", folder: str = "") -> str:
    """Errors as text, json or GitHub annotations; `folder` is put before the files, so that paths lead there.

    >>> from truenorth.base.errors import DefinitionError, Place
    >>> wrong = DefinitionError("E_BAD_UNIT", 'no unit "%"', where=Place("metrics/a.yml", 3, 5), hint="write percent")
    >>> print(write([wrong], "github", folder="acme"))
    ::error file=acme/metrics/a.yml,line=3,col=5,title=E_BAD_UNIT::no unit "%25"; write percent
    """
    found = [one for error in errors for one in each(error)]
    if form == "json":
        shape = {"ok": not found, "errors": [as_json(error, folder) for error in found]}
        return json.dumps(shape, indent=2, ensure_ascii=False)
    if form == "github":
        return "\n".join(annotation(error, folder) for error in found)
    return as_text(found, folder)


def as_text(errors: list[TrueNorthError], folder: str) -> str:
    """One error a paragraph: place and code, what is wrong, what to do; then how many there are."""
    lines = []
    for error in errors:
        place = f"{placed(error, folder)}:{error.where.line}:{error.where.column}  " if error.where else ""
        lines.append(f"{place}{error.code}")
        lines.append(f"  {error.message}")
        if error.hint:
            lines.append(f"  → {error.hint}")
    files = {error.where.file for error in errors if error.where}
    if errors:
        among = f" in {len(files)} file{'s' if len(files) != 1 else ''}" if files else ""
        lines.append(f"{len(errors)} mistake{'s' if len(errors) != 1 else ''}{among}")
    return "\n".join(lines)


def as_json(error: TrueNorthError, folder: str) -> dict[str, object]:
    """The one JSON shape of an error, with the folder before the file."""
    shape = error.as_dict()
    if error.where:
        shape["where"]["file"] = placed(error, folder)
    return shape


def annotation(error: TrueNorthError, folder: str) -> str:
    """One line that GitHub shows at the place in a pull request."""
    at = ""
    if error.where:
        at = f"file={escaped(placed(error, folder), True)},line={error.where.line},col={error.where.column},"
    message = f"{error.message}; {error.hint}" if error.hint else error.message
    return f"::error {at}title={escaped(error.code, True)}::{escaped(message, False)}"


def placed(error: TrueNorthError, folder: str) -> str:
    """The file of an error, as seen from where the command runs."""
    file = error.where.file if error.where else ""
    return str(PurePosixPath(folder, file)) if folder not in ("", ".") else file


def escaped(text: str, in_property: bool) -> str:
    """Text as a workflow command wants it."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text
