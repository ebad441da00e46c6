"""Many small files of one table at once: they are staged and typed together, and each is written down by itself."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from truenorth.collect.dialect import dialect_of
from truenorth.collect.record import Dialect, JsonRecord, Record, array_records, delimited_records, json_records
from truenorth.collect.reject import Reject
from truenorth.collect.report import Options
from truenorth.collect.source import Source, kind_of
from truenorth.collect.staging import Staged, distinct_names, json_texts, read_clean
from truenorth.store.engine import Engine

_FEWEST = 6  # so many files are worth it
_SMALL = 4 << 20  # bytes of a file, on average: larger ones are read faster by the engine itself
_MOST_FILES = 400
_MOST_BYTES = 256 << 20
_TEXTS = ("csv", "json", "jsonl")


class Part(Struct, frozen=True):
    """One file of a bundle: how it is written, where its rows begin and end, and what was set aside."""

    source: Source
    dialect: Dialect | None
    first: int
    end: int
    rejects: tuple[Reject, ...] = ()


def bundled(paths: Sequence[Path]) -> list[list[Path]]:
    """The files in the bundles that they are read in; a large file, or one of few, is one of its own."""
    kinds = {kind_of(path) for path in paths}
    size = sum(path.stat().st_size for path in paths)
    if len(paths) < _FEWEST or len(kinds) > 1 or not kinds <= {*_TEXTS} or size > _SMALL * len(paths):
        return [[path] for path in paths]
    found: list[list[Path]] = []
    filled = _MOST_BYTES
    for path in paths:
        filled += path.stat().st_size
        if filled > _MOST_BYTES or len(found[-1]) >= _MOST_FILES:
            found.append([])
            filled = path.stat().st_size
        found[-1].append(path)
    return found


def stage_together(
    engine: Engine, sources: Sequence[Source], clean: Path, options: Options
) -> tuple[Staged, list[Part]] | None:
    """The rows of all files in one temporary table, and which are whose; None where their columns are not the same."""
    names: dict[str, int] = {}
    others: set[str] = set()
    parts: list[Part] = []
    at = 0
    with clean.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        for source in sources:
            dialect = dialect_of(source.path, options) if source.kind == "csv" else None
            if dialect is not None and parts and tuple(names) != dialect.names:
                return None
            names |= {} if dialect is None or parts else {name: n for n, name in enumerate(dialect.names)}
            first, rejects = at, []
            for record in _records(source, dialect):
                if record.reason:
                    rejects.append(Reject(record.line, "", record.reason, record.raw))
                    continue
                writer.writerow(_fields(record, names, others))
                at += 1
            parts.append(Part(source, dialect, first, at, tuple(rejects)))
    if not at:
        return None
    spelled = distinct_names(list(names))
    read_clean(engine, clean, spelled)
    texts = [new for new, old in zip(spelled, names, strict=True) if old not in others]
    strings = frozenset(texts if parts[0].dialect is None else ())
    return Staged(spelled, [], strings), parts


def _records(source: Source, dialect: Dialect | None) -> Iterator[Record | JsonRecord]:
    if dialect is not None:
        yield from delimited_records(source.path, dialect)
    else:
        yield from array_records(source.path) if source.kind == "json" else json_records(source.path)


def _fields(record: Record | JsonRecord, names: dict[str, int], others: set[str]) -> list[str]:
    if isinstance(record, Record):
        return record.fields or []
    for name, value in (record.values or {}).items():
        names.setdefault(name, len(names))
        if value is not None and type(value) is not str:
            others.add(name)
    return json_texts(record, names)
