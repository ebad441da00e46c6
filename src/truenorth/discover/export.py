"""Exports of products that a source type of their own reads best: Salesforce's tables, Google Analytics' days."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from truenorth.base.errors import TrueNorthError
from truenorth.collect.pull import ga4, salesforce
from truenorth.collect.source import opened
from truenorth.define.model import Source
from truenorth.discover.origin import FileSet, head
from truenorth.discover.pattern import mean_only, written
from truenorth.store.engine import Engine
from truenorth.store.values import literal

_CORE = {"Opportunity", "OpportunityHistory", "Account", "Lead", "Campaign", "Contact"}
_MARKS = {"IsDeleted", "SystemModstamp", "OwnerId", "CreatedById", "LastModifiedDate", "StageName", "IsConverted"}
_ANALYTICS = {"event_date", "event_timestamp", "event_name", "event_params", "user_pseudo_id"}
_CSV = (".csv", ".csv.gz", ".zip")
Known = tuple[Source, tuple[FileSet, ...]]


def exports(engine: Engine, sets: Sequence[FileSet], folder: Path) -> list[Known]:
    """The sources of such exports, each with the files that are its own; one for each folder."""
    found: list[Known] = []
    kinds: tuple[tuple[Callable[[FileSet], bool], Callable[[Sequence[FileSet], Path], Source | None]], ...] = (
        (_is_salesforce, _salesforce),
        (lambda one: _is_analytics(engine, one), _analytics),
    )
    for is_one, source_of in kinds:
        for group in _by_folder([one for one in sets if is_one(one)]):
            source = source_of(group, folder)
            if source is not None:
                found.append((source, group))
    return found


def _by_folder(sets: Sequence[FileSet]) -> list[tuple[FileSet, ...]]:
    grouped: dict[Path, list[FileSet]] = {}
    for one in sets:
        grouped.setdefault(one.files[0].parent, []).append(one)
    return [tuple(group) for group in grouped.values()]


def _is_salesforce(one: FileSet) -> bool:
    if len({file.parent for file in one.files}) > 1:
        return False
    for file in one.files:
        names = set(next(csv.reader([head(file)]), []))
        known = salesforce.object_of(file.name) in salesforce.OBJECTS
        if not (known and file.name.lower().endswith(_CSV) and "Id" in names and names & _MARKS):
            return False
    return True


def _salesforce(group: Sequence[FileSet], folder: Path) -> Source | None:
    """The folder, where nothing else lies there; else the files by their objects."""
    files = [file for one in group for file in one.files]
    if not {salesforce.object_of(file.name) for file in files} & _CORE:
        return None
    home = written(files[0].parent, folder)
    objects = dict.fromkeys(file.name[: len(salesforce.object_of(file.name))] for file in files)
    by_object = [f"{home}/{name}*.csv*" for name in objects]
    whole = [path for path in ([home], by_object) if mean_only(path, files, folder, _CSV)]
    paths = whole[0] if whole else [written(file, folder) for file in files]
    return Source("salesforce", "salesforce", files=paths)


def _is_analytics(engine: Engine, one: FileSet) -> bool:
    if len({file.parent for file in one.files}) > 1:
        return False
    if not all(ga4.NAME.search(file.name) and file.name.lower().endswith(ga4.ENDINGS) for file in one.files):
        return False
    try:
        return _columns(engine, one.files[0]) >= _ANALYTICS
    except (TrueNorthError, ValueError):
        return False


def _columns(engine: Engine, file: Path) -> set[str]:
    """The names of the columns of a Parquet file, or of the first line of a file of JSON lines."""
    if file.name.lower().endswith(".parquet"):
        return {name for name, _ in engine.describe(f"SELECT * FROM read_parquet({literal(str(file))})")}
    with opened(file) as stream:
        held = json.loads(stream.readline(1 << 24))
    return set(held) if isinstance(held, dict) else set()


def _analytics(group: Sequence[FileSet], folder: Path) -> Source:
    """One table of all days, final or in the making."""
    files = [file for one in group for file in one.files]
    home = written(files[0].parent, folder)
    found = [(file.name, ga4.NAME.search(file.name)) for file in files]
    begins = dict.fromkeys(name[: match.start()] for name, match in found if match is not None)
    ends = dict.fromkeys("".join(file.suffixes[-2:] if file.suffix == ".gz" else file.suffixes[-1:]) for file in files)
    paths = [f"{home}/{begin}events_*{end}" for begin in begins for end in ends]
    if not mean_only(paths, files, folder, ga4.ENDINGS):
        paths = [written(file, folder) for file in files]
    return Source("ga4", "ga4", files=paths, into="ga4_events")
