"""The rows an import could not take: kept in a file with line, column, reason and raw text."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from truenorth.base.errors import SourceError

HEADER = ("line", "column", "reason", "raw")


class Reject(Struct, frozen=True):
    """One row that was not loaded, and why; bytes that are no UTF-8 stand as \\xNN in its raw text."""

    line: int
    column: str
    reason: str
    raw: str


def rejects_path(folder: Path, table: str, sha256: str) -> Path:
    """Where the rejects of a file's content are kept."""
    return folder / ".truenorth" / "rejects" / f"{table}-{sha256[:8]}.csv"


def keep(path: Path, rejects: Iterable[Reject]) -> None:
    """Write the rejects in the order of their lines, all or nothing; SourceError when that is impossible."""
    unfinished = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(HEADER)
            for one in sorted(rejects, key=lambda reject: reject.line):
                writer.writerow((one.line, one.column, one.reason, shown(one.raw)))
        unfinished.replace(path)
    except OSError as error:
        message = f'bad rows cannot be kept in "{path}": {error.strerror}; nothing was loaded'
        hint = "make the folder writable, then import again"
        raise SourceError("E_REJECTS_NOT_KEPT", message, hint=hint) from error


def shown(raw: str) -> str:
    """A raw text without its line end, with what is no text as escapes.

    >>> shown("Gr\\udcfcn,1\\r\\n")
    'Gr\\\\xfcn,1'
    """
    text = raw.removesuffix("\n").removesuffix("\r")
    escaped = "".join(f"\\x{ord(sign) - 0xDC00:02x}" if "\udc80" <= sign <= "\udcff" else sign for sign in text)
    return escaped.replace("\0", "\\x00")
