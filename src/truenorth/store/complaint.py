"""DuckDB's complaints in the product's words: a code, the name that is wrong, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable

from truenorth.base.errors import EngineError, Place, SourceError, TrueNorthError, did_you_mean

LOCKED = "E_WAREHOUSE_LOCKED"
_OF_A_FILE = ("CSV Error on Line", "Malformed JSON", "No magic bytes", "Error when sniffing file", "not utf-8 encoded")


def explained(text: str, tables: Callable[[], tuple[str, ...]]) -> TrueNorthError:
    """The error for a complaint about a question; `tables` is asked only when a table is missing."""
    if any(sign in text for sign in _OF_A_FILE):
        return _unreadable(text)
    if found := re.search(r"Table with name (.+?) does not exist", text):
        return table_not_found(found[1].strip('"'), tables())
    if found := re.search(r'(?:Referenced column|does not have a column named) "(.+?)"', text):
        known = re.findall(r'"([^"]+)"', text.partition("Candidate bindings:")[2].partition("\n")[0])
        return column_not_found(found[1], tuple(known))
    if found := re.search(r"argument types '(\w+)\([^)]*(VARCHAR|BOOLEAN|DATE|TIMESTAMP)", text):
        return not_a_number(f"{found[1]} takes numbers, and this is {found[2].lower().replace('varchar', 'text')}")
    if found := re.search(r"Could not convert string ['\"](.*)['\"] to (?:DOUBLE|FLOAT|DECIMAL|\w*INT)", text):
        column = re.search(r"source column (\w+)", text)
        return not_a_number(f'"{found[1]}" is not a number' + (f' (column "{column[1]}")' if column else ""))
    if "No files found" in text:
        return SourceError("E_FILE_NOT_FOUND", text.partition(": ")[2].partition("\n")[0])
    return EngineError("E_SQL", text.partition("\n")[0])


def not_a_number(message: str) -> EngineError:
    """Something else stands where a number is needed."""
    return EngineError("E_NOT_A_NUMBER", message, hint="cast it in `expr`, compare it with a number, or name another")


def table_not_found(name: str, known: tuple[str, ...]) -> EngineError:
    """No such table, with the nearest that exist."""
    hint = did_you_mean(name, known) or ("" if known else "the warehouse holds no tables yet")
    return EngineError("E_TABLE_NOT_FOUND", f'no table "{name}" in the warehouse', hint=hint)


def column_not_found(name: str, known: tuple[str, ...]) -> EngineError:
    """No such column, with the nearest that exist."""
    hint = did_you_mean(name, known) or ("columns: " + ", ".join(known) if known else "")
    return EngineError("E_COLUMN_NOT_FOUND", f'no column "{name}" in what is read', hint=hint)


def not_opened(path: str, text: str, writing: bool, taken: bool) -> EngineError:
    """The error for a complaint on opening a file; `taken` when this very process holds it otherwise."""
    if taken or "lock on file" in text:
        holder = re.search(r"PID (\d+)", text)
        who = f"process {holder[1]}" if holder else "another part of this program"
        message = f'the warehouse "{path}" cannot be {"written" if writing else "read"}: {who} holds it'
        hint = "end it, then try again" if writing else "it is most likely loading data: wait until it is done"
        return EngineError(LOCKED, message, hint=hint)
    reason = text.partition(": ")[2].partition("\n")[0]
    hint = "name another file under `warehouse:` in truenorth.yml, or move this one away and import again"
    if any(sign in reason for sign in ("Read-only", "Permission denied", "No space")):
        hint = "see who may write to its folder, and whether its disk is full"
    return EngineError("E_WAREHOUSE_UNREADABLE", f'the warehouse "{path}" cannot be opened: {reason}', hint=hint)


def being_rewritten(path: str) -> EngineError:
    """The error for a write while another process writes the file anew."""
    message = f'the warehouse "{path}" cannot be written: it is being compacted'
    return EngineError(LOCKED, message, hint="wait until that is done; what is collected waits in the spool")


def _unreadable(text: str) -> SourceError:
    path = re.search(r"^\s*file = (.+)$", text, re.MULTILINE) or re.search(r"""file ["'](.+?)["']""", text)
    line = re.search(r"CSV Error on Line: (\d+)|in line (\d+)", text)
    if "sniffing file" in text:
        reason = "its rows do not all have the columns that the first line names, or a quote is never closed"
    else:
        said = [one for one in text.splitlines() if one and "Error on Line" not in one and "Original Line" not in one]
        reason = (said[0] if said else text).removeprefix("Invalid Input Error: ").strip()
    where = Place(path[1], int(line[1] or line[2]) if line else 1) if path else None
    hint = "mend the file, or `truenorth import` it: bad rows are then set aside with their reasons"
    return SourceError("E_FILE_UNREADABLE", reason, where=where, hint=hint)
