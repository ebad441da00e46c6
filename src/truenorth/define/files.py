"""Which files of a workspace hold definitions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

WORKSPACE_FILE = "truenorth.yml"
ENDINGS = (".yml", ".yaml")


def definition_files(root: Path, folders: Iterable[str]) -> list[Path]:
    """The files below the folders that `definitions` names, each once, in order."""
    files: dict[Path, None] = {}
    for folder in folders:
        start = root / folder
        if start.is_file():
            files[start] = None
        elif start.is_dir():
            files.update(dict.fromkeys(_below(start, root)))
    return list(files)


def missing_folders(root: Path, folders: Iterable[str]) -> list[tuple[int, str]]:
    """The folders that are not there, with their numbers in the list."""
    return [(number, folder) for number, folder in enumerate(folders) if not (root / folder).exists()]


def shown_path(path: Path, root: Path) -> str:
    """A file as errors name it: from the workspace folder."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _below(start: Path, root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(start):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if name.endswith(ENDINGS) and not name.startswith(".") and path != root / WORKSPACE_FILE:
                yield path
