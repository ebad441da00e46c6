"""What comes again: the sources that `truenorth pull` reads, as a file of definitions, and what is read only once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from truenorth.define.foreign.written import listed
from truenorth.define.model import Source, SourceTable
from truenorth.discover.facts import Column, Table
from truenorth.discover.key import keyness
from truenorth.discover.link import Link
from truenorth.discover.word import texts, words
from truenorth.discover.written import FOLDER

OFTEN = "1 hour"  # how often sources are read while the pages are served
SELDOM = "1 day"  # databases with a large table that has to be read whole each time
LARGE = 1_000_000
_PLACES = frozenset(texts("line number position index sequence item"))
_HEAD = (
    "# Where the tables of the warehouse come from: `truenorth pull` takes what is new, and `truenorth serve` does so",
    "# as often as `every` says. Passwords are in .truenorth/secrets or in the environment, never here.",
    "version: 1",
    "",
    "sources:",
)
_PLAIN = ("type", "url", "password_env", "into", "every", "full", "encoding", "dates", "decimal", "sheet")


class SourcePage(Struct, frozen=True):
    """A file of sources: its path, its text, and the line of each source."""

    path: str
    text: str
    lines: dict[str, int]


def source_page(folder: Path, sources: Sequence[Source]) -> SourcePage:
    """The file that says where tables come from; a file that is there already stays as it is."""
    number, path = 1, f"{FOLDER}/sources.yml"
    while (folder / path).exists():
        number, path = number + 1, f"{FOLDER}/sources_{number + 1}.yml"
    lines, places = [*_HEAD], dict[str, int]()
    for one in sources:
        places[one.name] = len(lines) + 1
        lines += listed(_keys(one), 1)
    return SourcePage(path, "\n".join(lines) + "\n", places)


def _keys(source: Source) -> dict[str, Any]:
    """A source as a person writes it: what goes without saying is left out."""
    keys: dict[str, Any] = {"name": source.name, "type": source.type}
    if source.files:
        keys["files"] = source.files[0] if len(source.files) == 1 else source.files
    keys |= {name: getattr(source, name) for name in _PLAIN if getattr(source, name)}
    if source.primary_key:
        keys["primary_key"] = source.primary_key
    if source.tables:
        keys["tables"] = [_table(each) for each in source.tables]
    return keys


def _table(table: SourceTable) -> dict[str, Any]:
    keys: dict[str, Any] = {"name": table.name}
    keys |= {"from": table.from_} if table.from_ != table.name else {}
    keys |= {"into": table.into} if table.into else {}
    return keys | ({"cursor": table.cursor} if table.cursor else {})


def keyed(source: Source, table: Table | None, kind: str, links: Sequence[Link]) -> Source:
    """A source of files with the columns that tell what its rows are about, where their names say so too.

    A key that only happens to be one so far would take rows away when the next file comes.
    """
    if source.type != "files" or table is None or not table.key:
        return source
    columns = [one for one in map(table.column, table.key) if one is not None]
    if any(one.inside for one in columns) or not _lasts(table, columns, kind, links):
        return source
    return structs.replace(source, primary_key=[one.written for one in columns])


def _lasts(table: Table, columns: Sequence[Column], kind: str, links: Sequence[Link]) -> bool:
    """Whether columns will tell rows apart in the next file too."""
    if len(columns) > 1:
        return any(one.timed or _PLACES & set(one.words) for one in columns)
    [one] = columns
    if table.kind and table.query:
        return True  # orders that were taken out of their lines
    known = keyness(one, table)
    if known >= 4:
        return True
    points = any((link.from_, link.column) == (table.name, one.name) for link in links)
    own = one.words[:1] == words(kind)[:1] or one.name == table.columns[0].name
    return known >= 1.5 and own and not points


def came(source: Source) -> str:
    """Where a source takes its rows from, in words."""
    often = f", every {source.every.removeprefix('1 ')}" if source.every else ""
    if source.url:
        held = len(source.tables)
        return f"{source.name}: {held} table{'s' if held != 1 else ''} of the database{often}"
    key = " and ".join(source.primary_key)
    again = f"; of each {key} the newest file's rows count" if key else ""
    return f"{source.into or source.name}: {', '.join(source.files)}{often}{again}"
