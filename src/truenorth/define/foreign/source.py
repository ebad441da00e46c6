"""Which files of a folder define metrics for another tool, and in which spelling."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from truenorth.base.errors import DefinitionError, Place
from truenorth.define.foreign import flat, legacy
from truenorth.define.foreign.project import Project
from truenorth.define.foreign.slo import carry as slo
from truenorth.define.foreign.tree import Errors, Tree, trees

ENDINGS = (".yml", ".yaml", ".json")
MANIFEST = "semantic_manifest.json"
LEFT_OUT = {"node_modules", "dbt_packages", "venv", "site-packages", "__pycache__"}
LARGEST = 200_000_000
TOP = {*legacy.TOP, "models"}
SLOS = ("OpenSLO", "Sloth", "Pyrra")


@dataclass(slots=True)
class Sources:
    """What was read: dbt's definitions as one project, the documents of others as they are, and which spellings."""

    project: Project = field(default_factory=Project)
    ossie: list[Tree] = field(default_factory=list)
    slos: list[Tree] = field(default_factory=list)
    spellings: dict[str, int] = field(default_factory=dict)
    errors: Errors = field(default_factory=list)

    def met(self, spelling: str) -> None:
        """Notes that a file is written in a spelling."""
        self.spellings[spelling] = self.spellings.get(spelling, 0) + 1


def read_all(path: Path) -> Sources:
    """Every definition in a file or below a folder; DefinitionError when there is none."""
    if not path.exists():
        raise DefinitionError("E_FILE_NOT_FOUND", f'there is no file or folder "{path}"')
    sources = Sources()
    for one in chosen(path):
        read_file(one, one.relative_to(path).as_posix() if path.is_dir() else path.name, sources)
    if not sources.spellings and not sources.errors:
        hint = "name a dbt project, a semantic_manifest.json, an Ossie document or files of OpenSLO, Sloth or Pyrra"
        message = f'"{path}" holds no definitions of dbt, MetricFlow, Ossie, OpenSLO, Sloth or Pyrra'
        raise DefinitionError("E_FOREIGN_UNKNOWN", message, hint=hint)
    return sources


def chosen(path: Path) -> list[Path]:
    """The files to read: of a dbt project its own YAML, and the manifest only where it has none."""
    if path.is_file():
        return [path]
    found = list(below(path))
    own = [one for one in found if one.name != MANIFEST and "target" not in one.relative_to(path).parts[:-1]]
    return own if any(speaks(one) for one in own) else [one for one in found if one.name == MANIFEST] or own


def below(path: Path) -> Iterator[Path]:
    """The YAML and JSON files below a folder, in order."""
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in LEFT_OUT)
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(ENDINGS))


def speaks(path: Path) -> bool:
    """Whether a file is likely to hold definitions of semantics."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return False
    return "semantic_model" in text or "\nmetric" in f"\n{text}" or any(sign in text for sign in slo.SIGNS)


def read_file(path: Path, shown: str, sources: Sources) -> None:
    """Adds the definitions of one file."""
    text = text_of(path, shown, sources.errors)
    if text is None:
        return
    noted: Errors = []
    known = False
    for tree in trees(text, shown, noted):
        spelling = spelling_of(tree)
        known = known or bool(spelling)
        if spelling:
            sources.met(spelling)
        if spelling == "ossie":
            sources.ossie.append(tree)
        elif spelling in SLOS:
            sources.slos.append(tree)
        elif spelling == "dbt, newest":
            flat.read(tree, sources.project)
        elif spelling:
            legacy.read(tree, sources.project)
    # A file that is not about metrics may be as broken as it likes, unless it is the one that was named.
    if known or path.name == MANIFEST or not sources.spellings or speaks(path):
        sources.errors += noted


def text_of(path: Path, shown: str, errors: Errors) -> str | None:
    """The text of a file; None (and noted) when it cannot be read."""
    try:
        if path.stat().st_size > LARGEST:
            errors.append(DefinitionError("E_FILE_UNREADABLE", "is larger than any definition", where=Place(shown)))
            return None
        data = path.read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        errors.append(DefinitionError("E_FILE_UNREADABLE", f"cannot be read: {reason}", where=Place(shown)))
    except UnicodeDecodeError as error:
        place = Place(shown, data[: error.start].count(b"\n") + 1)
        message = f"is not UTF-8: byte 0x{data[error.start]:02x} cannot be read"
        errors.append(DefinitionError("E_FILE_UNREADABLE", message, where=place, hint="save the file as UTF-8"))
    return None


def spelling_of(tree: Tree) -> str:
    """The spelling of a document: of objectives, Ossie, dbt or its semantic manifest; "" for anything else."""
    of_objectives = slo.spelling_of(tree)
    if of_objectives:
        return of_objectives
    keys = set(tree.keys)
    if "version" in keys and "semantic_model" in keys and is_ossie(tree):
        return "ossie"
    if not keys & TOP or (tree.get("version").is_text and tree.text("version") == "1"):
        # Version 1 is our own format.
        return ""
    if {"semantic_models", "metrics", "project_configuration"} <= keys:
        return "semantic manifest"
    quiet = Tree(tree.node, tree.file, [])
    if flat.speaks(quiet):
        return "dbt, newest"
    if not keys & set(legacy.TOP):
        return ""
    return "dbt, legacy"


def is_ossie(tree: Tree) -> bool:
    """Whether `semantic_model:` holds models of Ossie: mappings with datasets."""
    quiet = Tree(tree.node, tree.file, [])
    return any(one.get("datasets").there for one in quiet.items("semantic_model") if one.is_mapping)
