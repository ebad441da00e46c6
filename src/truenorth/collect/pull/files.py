"""Files that appear and change in a folder: each content comes in once, a changed file replaces what it was before.

With a primary key, what a file says of something also takes the place of what files that came earlier said of it: so an
export of everything may come again under another name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from truenorth.base.errors import SourceError
from truenorth.collect import source as outside
from truenorth.collect.ledger import Load, stands
from truenorth.collect.pull.connector import Delivery, Offer, Passed, Place, Wanted
from truenorth.collect.record import is_utf8
from truenorth.collect.report import Options
from truenorth.collect.room import Room
from truenorth.collect.source import check_there, source_of
from truenorth.store.file import matches


class Files:
    """The files of a path, a folder or a pattern, as one table."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def offers(self) -> tuple[Offer, ...]:
        """The one table."""
        return (Offer(self._place.source.into or self._place.source.name),)

    def wanted(self) -> tuple[Wanted, ...]:
        """The one table."""
        source = self._place.source
        files, key = ", ".join(source.files), tuple(source.primary_key)
        return (Wanted(source.name, files, source.into or source.name, key),)

    def fetch(self, wanted: Wanted, known: tuple[Load, ...], folder: Path, full: bool) -> Iterator[Delivery | Passed]:
        """New and changed files, in the order of their names; what lies there in two places counts once."""
        paths = files_of(self._place.folder, self._place.source.files)
        if not paths:
            yield Passed(wanted.there, "no file matches")
        seen, options = Seen(known, self._place.folder), options_of(self._place)
        keyed = Room(keys=wanted.primary_key, together=True)
        paths = seen.in_order(paths) if keyed.keys else paths
        yield from _changed(seen, paths, (options, keyed), full)

    def close(self) -> None:
        """Nothing is held."""


def options_of(place: Place) -> Options:
    """How the source says that its files are to be read."""
    source = place.source
    return Options(
        source.dates,
        source.decimal,
        source.delimiter,
        source.header,
        types=source.column_types,
        sheet=source.sheet,
        encoding=source.encoding,
    )


ENDINGS = tuple(end + zipped for end in outside.KINDS for zipped in ("", ".gz"))


def files_of(folder: Path, files: Sequence[str], endings: tuple[str, ...] = ENDINGS) -> list[Path]:
    """The files meant: of a folder those with the endings; a pattern may match none yet, a path has to be there.

    Of several paths one that is not there is passed over, as long as there is another file.
    """
    found: list[Path] = []
    missing: SourceError | None = None
    for one in files:
        try:
            found += _meant(folder, one, endings)
        except SourceError as error:
            missing = missing or error
    if missing is not None and not found:
        raise missing
    return sorted(set(found)) if len(files) > 1 else found


def _meant(folder: Path, files: str, endings: tuple[str, ...]) -> list[Path]:
    path = folder / files
    if path.is_dir():
        found = (one for one in path.iterdir() if one.is_file() and one.name.lower().endswith(endings))
        return sorted(one for one in found if not one.name.startswith("."))
    if any(sign in files for sign in "*?[") and not path.exists():
        try:
            return [one for one in matches(folder, files) if not one.name.startswith(".")]
        except SourceError:
            return []
    if not path.name.lower().endswith(endings) or not path.is_file():
        check_there(path)
    return [path]


def _counted(name: str) -> tuple[tuple[str, int], ...]:
    """What to sort names by, so that part-10 comes after part-9."""
    parts = re.split(r"(\d+)", name)
    return tuple((text, int(number)) for text, number in zip(parts[::2], (*parts[1::2], "0"), strict=True))


def _as_written(path: Path, options: Options) -> Options:
    """The options for one file: an encoding is that of files which are not UTF-8."""
    return replace(options, encoding="") if options.encoding and is_utf8(path) else options


def mark_of(path: Path) -> str:
    """A word that changes when a file is written."""
    state = path.stat()
    return f"{state.st_mtime_ns}.{state.st_size}"


class Seen:
    """What the ledger knows of files: which contents stand in the table, and what lay at each path last."""

    def __init__(self, known: tuple[Load, ...], folder: Path) -> None:
        self._folder = folder
        self.standing = {load.sha256: load for load in reversed(known) if stands(load) and load.sha256}
        self.last = {load.file: load for load in reversed(known) if load.kind in ("file", "same") and load.sha256}

    def name(self, path: Path) -> str:
        """A file as the ledger calls it: from the workspace's folder."""
        inside = path.is_relative_to(self._folder)
        return (path.relative_to(self._folder) if inside else path.absolute()).as_posix()

    def in_order(self, paths: Sequence[Path]) -> list[Path]:
        """Files in the order in which they came, new ones last and by their names, with 10 after 9."""
        came = {load.file: load.load_id for load in self.standing.values()}
        last = max(came.values(), default=0) + 1
        return sorted(paths, key=lambda path: (came.get(self.name(path), last), _counted(self.name(path))))

    def sha256(self, path: Path) -> str:
        """The mark of a file's content; a file that was not written since it was last seen is not read again."""
        before = self.last.get(self.name(path))
        return before.sha256 if before and before.mark == mark_of(path) else source_of(path).sha256

    def superseded(self, piece: str, now: Iterable[str]) -> tuple[int, ...]:
        """The loads of what lay at a path before, unless the same content lies somewhere still."""
        before = self.last.get(piece)
        if before is None or before.sha256 in now or before.sha256 not in self.standing:
            return ()
        return (self.standing[before.sha256].load_id,)


def _changed(seen: Seen, paths: list[Path], how: tuple[Options, Room], full: bool) -> Iterator[Delivery | Passed]:
    options, keyed = how
    marks = {path: mark_of(path) for path in paths}
    contents: dict[Path, str] = {}
    for path in paths:
        try:
            contents[path] = seen.sha256(path)
        except SourceError as error:
            yield Passed(seen.name(path), str(error), refused=True)
    done: set[str] = set()
    for path, content in contents.items():
        piece = seen.name(path)
        there = seen.standing.get(content)
        gone = seen.superseded(piece, contents.values())
        if content in done or (there is not None and not full):
            before = seen.last.get(piece)
            new_here = before is None or before.sha256 != content
            where = f" (as {there.file})" if there is not None and there.file != piece else ""
            yield Passed(piece, f"unchanged{where}", False, new_here, gone, content, marks[path])
            continue
        done.add(content)
        replaced = (*gone, *((there.load_id,) if there is not None else ()))
        room = replace(keyed, superseded=replaced)
        yield Delivery(
            path, "file", piece, options=_as_written(path, options), room=room, sha256=content, mark=marks[path]
        )
