"""How a delimited file is written: found by its first records, said so that it can be corrected."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from truenorth.base.errors import Place, SourceError
from truenorth.collect.around import begin, titles, totals
from truenorth.collect.kind import looks_typed
from truenorth.collect.record import Dialect, Record, lines_of, raw_records
from truenorth.collect.report import Options

_DELIMITERS = (",", ";", "\t", "|")
_LOOKED_AT = 200


def dialect_of(path: Path, options: Options) -> Dialect:
    """The dialect of a file; SourceError when it holds no header that can be read, or no rows."""
    lines = list(itertools.islice(lines_of(path, options.encoding), _LOOKED_AT))
    if not any(line.strip() for line in lines):
        raise SourceError("E_FILE_EMPTY", f'"{path}" is empty', where=Place(str(path)), hint="export it again")
    known = options.delimiter or _said_by_name(path)
    titled = titles(lines, (known,) if known else _DELIMITERS) if options.header != "no" else None
    delimiter = titled.delimiter if titled else known or _delimiter(lines)
    spaced = any(f'{delimiter} "' in line for line in lines)
    every = list(raw_records(iter(lines), delimiter, spaced))
    records = every[titled.at :] if titled else every
    first = records[0]
    if first.fields is None:
        hint = "say how it is written (--encoding windows-1252), or save it as UTF-8"
        if first.reason != "not UTF-8":
            hint = "mend the first line: it names the columns"
        message = f"the first line cannot be read: {first.reason}"
        raise SourceError("E_FILE_UNREADABLE", message, where=Place(str(path), first.line), hint=hint)
    rest = [record.fields for record in records[1:] if record.fields]
    header = bool(titled) or options.header == "yes" or (options.header != "no" and _is_header(first.fields, rest))
    names = _names(first.fields) if header else tuple(f"column_{n}" for n in range(1, len(first.fields) + 1))
    below = totals(path, delimiter, options.encoding, titled is not None) if header and len(names) > 1 else ()
    above = tuple((one.line, begin(one)) for one in every[: titled.at]) if titled else ()
    return Dialect(delimiter, names, header, spaced, options.encoding, above, below)


def _said_by_name(path: Path) -> str:
    return "\t" if path.name.lower().removesuffix(".gz").endswith(".tsv") else ""


def _delimiter(lines: Sequence[str]) -> str:
    return max(_DELIMITERS, key=lambda delimiter: _fit(raw_records(iter(lines), delimiter)))


def _fit(records: Iterator[Record]) -> tuple[bool, float, int]:
    """How well a delimiter explains the records: it splits the first, and the others into as many fields."""
    widths = [len(record.fields) if record.fields else 0 for record in records]
    alike = sum(width == widths[0] for width in widths) / len(widths) if widths else 0.0
    return (bool(widths) and widths[0] > 1, alike, widths[0] if widths else 0)


def _is_header(first: list[str], rest: list[list[str]]) -> bool:
    """Whether the first record names the columns: it does unless its values are of the kind of those below."""
    filled = [value for value in first if value.strip()]
    if not filled:
        return False
    if not rest:
        return not all(looks_typed(value) for value in filled)
    for_it = against_it = 0
    for position, name in enumerate(first):
        below = [row[position] for row in rest if len(row) > position and row[position].strip()]
        if below and all(looks_typed(value) for value in below):
            for_it += not looks_typed(name)
            against_it += looks_typed(name)
    return for_it > 0 or against_it == 0


def _names(fields: Sequence[str]) -> tuple[str, ...]:
    """Names without blanks and doubles; engines take "ID" and "id" for the same name."""
    given = {field.strip().casefold() for field in fields if field.strip()}
    names: list[str] = []
    taken: set[str] = set()
    for position, field in enumerate(fields, start=1):
        name = field.strip() or f"column_{position}"
        number = 2
        while name.casefold() in taken or (name != field.strip() and name.casefold() in given):
            name = f"{field.strip() or 'column'}_{number if field.strip() else position + number - 1}"
            number += 1
        taken.add(name.casefold())
        names.append(name)
    return tuple(names)
