"""`truenorth import`: files into tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from truenorth import workspace
from truenorth.base.errors import SourceError
from truenorth.cli import say
from truenorth.cli.place import workspace_folder
from truenorth.collect.report import FileReport, Options

__all__ = ["Options", "import_files", "types_of"]


def types_of(words: Iterable[str]) -> dict[str, str]:
    """`column=type` words as a mapping.

    >>> types_of(["zip=text"])
    {'zip': 'text'}
    """
    types = {}
    for word in words:
        column, equals, kind = word.partition("=")
        if not equals:
            raise SourceError("E_BAD_OPTION", f'--type "{word}" is not column=type', hint="write --type zip=text")
        types[column.strip()] = kind.strip()
    return types


def import_files(table: str, files: Sequence[str], options: Options, folder: str) -> int:
    """Load the files; 1 when rows were rejected."""
    with workspace.open(workspace_folder(folder), read_only=False) as opened:
        report = opened.data.import_files(table, files, options)
    for file in report.files:
        say.out(told(file))
    say.out(f"{table}: {report.loaded:,} of {report.read:,} rows loaded")
    return say.FAILED if report.rejected else say.OK


def told(file: FileReport) -> str:
    """What became of one file: its columns with their types, and where rejected rows are."""
    lines = [f"{file.file}: {file.state}, {file.loaded:,} of {file.read:,} rows"]
    width = max((len(column.name) for column in file.columns), default=0)
    lines += [f"  {column.name:<{width}}  {column.type}  {column.note}".rstrip() for column in file.columns]
    lines += [f"  {note}" for note in file.notes]
    if file.rejected:
        what = "1 row rejected; it is" if file.rejected == 1 else f"{file.rejected:,} rows rejected; they are"
        lines.append(f"  {what} kept with the reasons in {file.rejects}")
    return "\n".join(lines)
