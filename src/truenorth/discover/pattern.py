"""Files as the paths that mean the next ones too: what varies in their names, a date or a number, is left open."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from truenorth.base.errors import SourceError
from truenorth.collect.pull.files import ENDINGS, files_of
from truenorth.discover.origin import DATE, ENDS

_OPEN = "\0"
_ANY = "[0-9]*"
_FARTHEST = 3  # files that lie farther from the workspace than so many folders up are named by their whole path


def paths_of(files: Sequence[Path], folder: Path, roots: Sequence[Path]) -> list[str]:
    """The paths and patterns that mean exactly these files now, and the next of their kind when they come.

    Files of a folder or pattern that was named (`roots`) may come again with a number or a date behind their name;
    those that were named one by one only where they have one already. Where a pattern would mean other files too, the
    files are named as they are.
    """
    widest = list(dict.fromkeys(path for file in files for path in _opened(file, folder, roots, True)))
    narrow = list(dict.fromkeys(path for file in files for path in _opened(file, folder, roots, False)))
    for paths in (widest, narrow):
        if mean_only(paths, files, folder):
            return paths
    return [written(file, folder) for file in files]


def mean_only(paths: Sequence[str], files: Sequence[Path], folder: Path, endings: tuple[str, ...] = ENDINGS) -> bool:
    """Whether paths mean these files and no others."""
    try:
        return {one.resolve() for one in files_of(folder, paths, endings)} == {one.resolve() for one in files}
    except SourceError:
        return False


def written(path: Path, folder: Path) -> str:
    """A path as the workspace names it: from its own folder, where that is not far away."""
    near = os.path.relpath(path.resolve(), folder.resolve())
    return near if near.split(os.sep).count("..") <= _FARTHEST else str(path.resolve())


def _opened(file: Path, folder: Path, roots: Sequence[Path], wide: bool) -> list[str]:
    """A file's name with what varies in it left open, and the same name with a number behind it."""
    above = [one for one in roots if one in file.parents]
    root = max(above, key=lambda one: len(one.parts), default=file.parent)
    folders = [_vary(part) for part in file.parent.relative_to(root).parts]
    stem = file.name
    while Path(stem).suffix.lower() in (*ENDS, ".gz"):
        stem = Path(stem).stem
    end = file.name[len(stem) :]
    names = [_vary(stem) + end]
    if wide and above and _OPEN not in names[0]:
        names.append(f"{stem}*{_OPEN}{end}")
    return [_pattern(written(root, folder), [*folders, name]) for name in names]


def _vary(name: str) -> str:
    """A name with its dates and numbers left open."""
    if "=" in name:
        return name.partition("=")[0] + f"={_OPEN}"

    def blank(found: str) -> str:
        digits = [at for at, sign in enumerate(found) if sign.isdigit()]
        return found[: digits[0]] + _OPEN + found[digits[-1] + 1 :]

    return DATE.sub(lambda found: blank(found[0]), name)


def _pattern(root: str, parts: Sequence[str]) -> str:
    """The path of a file below a root, as a pattern only where something is left open.

    >>> _pattern("../exports", ["orders_\\0.csv"]), _pattern(".", ["day=\\0", "a[1].csv"])
    ('../exports/orders_[0-9]*.csv', 'day=*/a[[]1].csv')
    """
    path = "/".join((root, *parts)) if root != "." else "/".join(parts)
    if _OPEN not in path:
        return path
    plain = [glob.escape(piece).replace("[*]", "*") for piece in path.split(_OPEN)]
    text = plain[0]
    for piece in plain[1:]:
        text += ("*" if text.endswith("=") else _ANY) + piece
    return text
