"""Files as sources: how they are to be read is found out by reading them, and stays written down for the next ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct, structs

from truenorth.base.errors import TrueNorthError
from truenorth.collect.dialect import dialect_of
from truenorth.collect.pull.report import TableReport
from truenorth.collect.pull.run import Pull
from truenorth.collect.record import is_utf8
from truenorth.collect.report import Options
from truenorth.collect.source import kind_of
from truenorth.define.model import Model, Source, Workspace
from truenorth.discover.settings import Wishes
from truenorth.store.engine import Engine
from truenorth.store.file import delimiter_of

_DOTTED = re.compile(r'holds "\d{1,2}\.\d{1,2}\.')
_ORDER = re.compile(r"\((dmy|mdy)\), as")
_TEXTS = ("csv", "jsonl", "json", "excel")
Told = Callable[[str], None]


class Well(Struct, frozen=True):
    """The warehouse that sources are pulled into, its workspace's folder and zone, the time, and who is told."""

    engine: Engine
    folder: Path
    now: datetime
    told: Told
    timezone: str = "UTC"

    def pull(self, source: Source, full: bool = False) -> tuple[TableReport, ...]:
        """What is new of one source."""
        model = Model(Workspace("new", timezone=self.timezone), sources={source.name: source})
        return Pull(self.engine, self.folder, model, lambda: self.now, self.told).sources((source.name,), full).tables


class Read(Struct, frozen=True):
    """A source as it is to be written down, what came of it, and how texts with two readings were taken."""

    source: Source
    tables: tuple[TableReport, ...]
    assumed: tuple[str, ...] = ()


def read(well: Well, source: Source, files: Sequence[Path]) -> Read:
    """The files of a source; where a text has two readings and its style speaks for one, that one is taken and said."""
    said: list[str] = []
    if odd := [file for file in files if kind_of(file) == "csv" and not is_utf8(file)]:
        source = structs.replace(source, encoding="windows-1252")
        said.append(f"{odd[0].name}: it is not UTF-8, so it is read as windows-1252")
    tables = well.pull(source)
    for _ in range(2):
        found = _likely(well, source, tables)
        if found is None:
            break
        source, words = found
        said.append(words)
        # What came in by another reading is read again by this one.
        tables = well.pull(source, full=any(table.loaded for table in tables))
    return Read(_in_order(source, tables), tables, tuple(said))


def hinted(source: Source, files: Sequence[Path], wishes: Wishes) -> Source:
    """A source of files that are texts, read as the person said beforehand."""
    if any(kind_of(file) in _TEXTS for file in files):
        return structs.replace(source, dates=wishes.dates, decimal=wishes.decimal)
    return source


def _likely(well: Well, source: Source, tables: Sequence[TableReport]) -> tuple[Source, str] | None:
    """The source with the reading that a refused file's own style speaks for."""
    for piece in (piece for table in tables for piece in table.pieces if piece.cause is not None):
        path = well.folder / piece.piece
        found = likely_reading(piece.cause, path, source) if piece.cause is not None else None
        if found is not None:
            return found[0], f"{path.name}: {found[1]}"
    return None


def likely_reading(error: TrueNorthError, path: Path, source: Source) -> tuple[Source, str] | None:
    """How a file's own style speaks for one of two readings, with the words that say so; None where it does not.

    Columns parted by semicolons are written where the comma is the decimal sign; dates with dots begin with the day.
    """
    if error.code == "E_DECIMAL_COMMA" and not source.decimal:
        comma = _delimiter(path) == ";"
        sign, other = ("comma", "point") if comma else ("point", "comma")
        why = "its columns are parted by semicolons" if comma else "its columns are not parted by semicolons"
        said = f"the {sign} is its decimal sign, as {why} ({error.message}; --decimal {other} to change)"
        return structs.replace(source, decimal=sign), said
    if error.code == "E_AMBIGUOUS_DATE" and not source.dates and _DOTTED.search(error.message):
        return structs.replace(source, dates="dmy"), "dates with dots begin with the day (--dates mdy to change)"
    return None


def _delimiter(path: Path) -> str:
    """The sign between the columns of a file, below its titles if it has any."""
    return dialect_of(path, Options()).delimiter if kind_of(path) == "csv" else delimiter_of(path)


def _in_order(source: Source, tables: Sequence[TableReport]) -> Source:
    """The source with the order of dates that its values prove: the next file's may prove nothing by themselves."""
    notes = [column.note for table in tables for piece in table.pieces for column in piece.columns]
    orders = {found[1] for note in notes if (found := _ORDER.search(note))}
    if source.dates or len(orders) != 1:
        return source
    return structs.replace(source, dates=orders.pop())
