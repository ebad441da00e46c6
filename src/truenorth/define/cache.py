"""The checked model kept beside the data, so that a cold start neither reads YAML nor parses SQL."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import msgspec
from msgspec.structs import replace

from truenorth.define.expression import Expression
from truenorth.define.files import WORKSPACE_FILE, definition_files
from truenorth.define.model import Model

CACHE_FILE = Path(".truenorth", "cache", "model.msgpack")
# A file changed within a tick of the clock may change again and keep its time and size.
TICK = 20_000_000
HERE = Path(__file__).parent
Stamp = tuple[str, int, int]


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A model, and what it was made from: our own code, the folders, and every file's time and size."""

    code: list[Stamp]
    folders: list[str]
    files: list[Stamp]
    model: Model
    expressions: dict[str, Expression]


def load_cached(folder: str | Path) -> Model:
    """The checked model of a workspace folder, from the cache when nothing has changed since."""
    root = Path(folder)
    kept = _kept(root)
    if kept is not None:
        return kept
    from truenorth.define.load import load

    draft = _draft(root)
    try:
        model = load(root)
        if draft is not None:
            _keep(root, draft, model)
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)
    return model


def _kept(root: Path) -> Model | None:
    try:
        kept = msgspec.msgpack.decode((root / CACHE_FILE).read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None
    if kept.code != _code() or kept.files != _files(root, kept.folders, kept.model):
        return None
    return replace(kept.model, expressions=kept.expressions)


def _draft(root: Path) -> Path | None:
    """An empty file begun before the definitions are read; its time tells which of them changed meanwhile."""
    draft = (root / CACHE_FILE).with_name(f".model-{os.getpid()}-{threading.get_ident()}")
    try:
        if not (root / WORKSPACE_FILE).is_file():
            return None
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(b"")
    except OSError:
        return None
    return draft


def _keep(root: Path, draft: Path, model: Model) -> None:
    """Writes the cache whole or not at all; a folder that cannot be written only costs time."""
    folders = model.workspace.definitions
    try:
        begun = draft.stat().st_mtime_ns
        files = _files(root, folders, model)
        if any(changed > begun - TICK for _, changed, _ in files):
            return
        kept = Kept(_code(), folders, files, replace(model, expressions={}), model.expressions)
        draft.write_bytes(msgspec.msgpack.encode(kept))
        draft.replace(root / CACHE_FILE)
    except OSError:
        return


def _files(root: Path, folders: Iterable[str], model: Model) -> list[Stamp]:
    """The stamps of truenorth.yml, of all definitions, and of the files that they take lists from."""
    stamps = []
    listed = (root / one.file for one in model.cohorts.values() if one.file)
    for path in (root / WORKSPACE_FILE, *definition_files(root, folders), *listed):
        try:
            stat = path.stat()
        except OSError:
            continue
        stamps.append((os.path.relpath(path, root), stat.st_mtime_ns, stat.st_size))
    return stamps


def _code() -> list[Stamp]:
    """The newest file of each folder that takes part: another version, or an edit of it, reads anew."""
    stamps: list[Stamp] = []
    parser = find_spec("sqlglot")
    for folder in (
        HERE.parent,
        HERE,
        HERE / "rules",
        HERE / "template",
        HERE / "policy",
        Path(parser.origin or "").parent if parser else HERE,
    ):
        if folder.is_dir():
            files = [entry.stat() for entry in os.scandir(folder) if entry.name.endswith((".py", ".yml"))]
            stamps.append((folder.name, max((file.st_mtime_ns for file in files), default=0), len(files)))
    return stamps
