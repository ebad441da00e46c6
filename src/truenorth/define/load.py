"""A folder of definitions becomes a model; all that is wrong is told at once."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from truenorth.base.errors import DefinitionError, Place
from truenorth.define.attribution import with_credits
from truenorth.define.check import examine, raise_all
from truenorth.define.cohort import with_cohorts
from truenorth.define.files import WORKSPACE_FILE, definition_files, missing_folders, shown_path
from truenorth.define.keys import FILE, WORKSPACE
from truenorth.define.model import (
    Check,
    Cohort,
    Dataset,
    Metric,
    Model,
    Relationship,
    Slo,
    Source,
    Statement,
    Workspace,
)
from truenorth.define.probed import with_checks
from truenorth.define.read import FAILED, Reading
from truenorth.define.settled import settle
from truenorth.define.slos import priced, with_slos
from truenorth.define.units import with_units
from truenorth.define.yaml import Mapping, read_document


class Definitions(Struct):
    """What was read so far; `lost` are names whose definitions could not be read."""

    workspace: Workspace
    datasets: dict[str, Dataset]
    relationships: dict[str, Relationship]
    metrics: dict[str, Metric]
    sources: dict[str, Source]
    statements: dict[str, Statement]
    cohorts: dict[str, Cohort]
    slos: dict[str, Slo]
    checks: dict[str, Check]
    lost: set[str]


def load(folder: str | Path) -> Model:
    """The checked model of a workspace folder; DefinitionErrors when anything in it is wrong."""
    root = Path(folder)
    errors: list[DefinitionError] = []
    digest = hashlib.sha256()
    workspace = _workspace(root, errors, digest)
    found = Definitions(workspace or Workspace(root.name), {}, {}, {}, {}, {}, {}, {}, {}, set())
    errors += _missing(root, found.workspace)
    for path in definition_files(root, found.workspace.definitions):
        _read_file(path, shown_path(path, root), found, errors, digest)
    settled = settle(*with_checks(found.datasets, with_slos(found.metrics, found.slos), found.checks))
    things = with_credits(settled.datasets, found.relationships, settled.metrics)
    version, statements = digest.hexdigest()[:12], found.statements
    model = Model(found.workspace, *things, found.sources, {}, settled.written, version, statements)
    listed = {name: _listed(root, one, errors, digest) for name, one in found.cohorts.items()}
    slos, version = priced(found.slos, found.workspace.currency), digest.hexdigest()[:12]
    model = with_cohorts(replace(model, cohorts=listed, version=version, slos=slos, checks=found.checks))
    checked, wrong = examine(model, frozenset(found.lost))
    raise_all([*errors, *wrong])
    return with_units(checked)


def load_workspace(folder: str | Path) -> Workspace:
    """What truenorth.yml says, whatever the definitions say; DefinitionErrors when it is wrong itself."""
    errors: list[DefinitionError] = []
    workspace = _workspace(Path(folder), errors, hashlib.sha256())
    raise_all(errors)
    return workspace or Workspace(Path(folder).name)


def _missing(root: Path, workspace: Workspace) -> list[DefinitionError]:
    """The folders that truenorth.yml names and that are not there; the usual one may be absent."""
    if "definitions" not in workspace.spot.keys:
        return []
    return [
        DefinitionError(
            "E_FILE_NOT_FOUND",
            f'"definitions" names "{folder}", but there is no such folder or file',
            where=workspace.spot.at(f"definitions.{number}"),
            hint="make it, or take it out",
        )
        for number, folder in missing_folders(root, workspace.definitions)
    ]


def _text(path: Path, shown: str, errors: list[DefinitionError]) -> str | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        errors.append(DefinitionError("E_FILE_UNREADABLE", f"cannot be read: {reason}", where=Place(shown)))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = Place(shown, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        message = f"is not UTF-8: byte 0x{data[error.start]:02x} cannot be read"
        errors.append(DefinitionError("E_FILE_UNREADABLE", message, where=place, hint="save the file as UTF-8"))
        return None


def _workspace(root: Path, errors: list[DefinitionError], digest: Any) -> Workspace | None:
    path = root / WORKSPACE_FILE
    if not path.is_file():
        raise _no_workspace(root)
    text = _text(path, WORKSPACE_FILE, errors)
    if text is None:
        return None
    digest.update(text.encode())
    document = read_document(text, WORKSPACE_FILE)
    errors += document.errors
    if document.root is None:
        if not document.errors:
            errors.append(DefinitionError("E_VERSION", "the file is empty", where=Place(WORKSPACE_FILE), hint=EMPTY))
        return None
    made = Reading(WORKSPACE_FILE, errors, bool(document.errors)).thing(document.root, WORKSPACE)
    return made if isinstance(made, Workspace) else None


def _listed(root: Path, one: Cohort, errors: list[DefinitionError], digest: Any) -> Cohort:
    """A cohort with those whom its file names, one a line."""
    if not one.file:
        return one
    if not (root / one.file).is_file():
        place = one.spot.at("file")
        message, hint = f'there is no file "{one.file}"', "name a file with one name a line, below the workspace"
        errors.append(DefinitionError("E_FILE_NOT_FOUND", message, where=place, hint=hint))
        return one
    text = _text(root / one.file, one.file, errors) or ""
    digest.update(f"\0{one.file}\0{text}".encode())
    named = (line.strip() for line in text.splitlines())
    return replace(one, members=[*one.members, *(name for name in named if name)])


EMPTY = "begin it with version: 1"


def _no_workspace(root: Path) -> DefinitionError:
    if not root.is_dir():
        message, hint = f'there is no folder "{root}"', ""
    elif (root / "truenorth.yaml").is_file():
        message, hint = f'"{root}" is not a workspace yet', "rename truenorth.yaml to truenorth.yml"
    else:
        message = f'"{root}" is not a workspace: it holds no {WORKSPACE_FILE}'
        hint = "begin one from your data with truenorth init, or see one with truenorth demo"
    return DefinitionError("E_WORKSPACE_NOT_FOUND", message, hint=hint)


def _read_file(path: Path, shown: str, found: Definitions, errors: list[DefinitionError], digest: Any) -> None:
    text = _text(path, shown, errors)
    if text is None:
        return
    digest.update(f"\0{shown}\0{text}".encode())
    document = read_document(text, shown)
    errors += document.errors
    found.lost.update(document.lost)
    if document.root is None:
        if not document.errors:
            errors.append(DefinitionError("E_VERSION", "the file is empty", where=Place(shown), hint=EMPTY))
        return
    reading = Reading(shown, errors, bool(document.errors))
    values = reading.thing(document.root, FILE)
    found.lost.update(reading.lost)
    if values is FAILED or not isinstance(document.root, Mapping):
        return
    for kind in ("datasets", "relationships", "metrics", "sources", "statements", "cohorts", "slos", "checks"):
        _keep(values.get(kind, []), getattr(found, kind), kind[:-1], errors)


def _keep(made: list[Any], known: dict[str, Any], kind: str, errors: list[DefinitionError]) -> None:
    for one in made:
        first = known.setdefault(one.name, one)
        if first is not one:
            message = f'there is another {kind} "{one.name}", defined first in {first.spot.at("name")}'
            hint = "rename one, or take it out"
            errors.append(DefinitionError("E_DUPLICATE_NAME", message, where=one.spot.at("name"), hint=hint))
