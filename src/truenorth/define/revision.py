"""Definitions as they were: of a revision in git, or of another folder, laid out so that they can be loaded."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truenorth.base.errors import DefinitionErrors, QueryError
from truenorth.define.files import WORKSPACE_FILE
from truenorth.define.load import load
from truenorth.define.model import Model

YAML = (".yml", ".yaml")


def model_at(folder: Path, revision: str) -> Model:
    """The checked model of a workspace as it was at a revision of git, or as it is in another folder."""
    with definitions_at(folder, revision) as place:
        try:
            return load(place)
        except DefinitionErrors as wrong:
            first = wrong.errors[0]
            count = len(wrong.errors)
            message = f'the definitions of "{revision}" have {count} mistake{"" if count == 1 else "s"}: {first}'
            hint = "compare with a revision whose definitions are right"
            raise QueryError("E_REVISION_BROKEN", message, hint=hint) from None


@contextmanager
def definitions_at(folder: Path, revision: str) -> Iterator[Path]:
    """A folder with the workspace file and the definitions of a revision; a folder given as one stands for itself."""
    if (Path(revision) / WORKSPACE_FILE).is_file():
        yield Path(revision)
        return
    top = Path(git(folder, "rev-parse", "--show-toplevel", told=not_a_repository(folder)).decode().strip())
    commit = commit_of(folder, revision)
    inside = folder.resolve().relative_to(top.resolve())
    with tempfile.TemporaryDirectory(prefix="truenorth-") as temporary:
        for path in listed(top, commit):
            if path.endswith(YAML):
                target = Path(temporary, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(git(top, "show", f"{commit}:{path}"))
        place = Path(temporary) / inside
        if not (place / WORKSPACE_FILE).is_file():
            message = f'"{revision}" has no {WORKSPACE_FILE} in "{inside}"'
            raise QueryError("E_UNKNOWN_REVISION", message, hint="name a revision in which the workspace was there")
        yield place


def commit_of(folder: Path, revision: str) -> str:
    """The commit that a revision means; QueryError E_UNKNOWN_REVISION when there is none."""
    hint = "write a commit, a branch, a tag or HEAD~1, or the folder of another workspace"
    unknown = QueryError("E_UNKNOWN_REVISION", f'no revision or workspace "{revision}"', hint=hint)
    if not revision.strip() or revision.startswith("-"):
        raise unknown
    return git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", told=unknown).decode().strip()


def listed(top: Path, commit: str) -> list[str]:
    """The paths of all files of a commit; links and submodules are left out."""
    lines = git(top, "ls-tree", "-r", "-z", commit).decode().split("\0")
    entries = [line.partition("\t") for line in lines if line]
    return [path for kind, _, path in entries if kind.startswith("100") and ".." not in path.split("/")]


def not_a_repository(folder: Path) -> QueryError:
    """The error of a folder that git knows nothing of."""
    hint = "run `git init` and commit the definitions, or compare with the folder of another workspace"
    return QueryError("E_NO_REPOSITORY", f'"{folder}" is not in a git repository', hint=hint)


def git(folder: Path, *words: str, told: QueryError | None = None) -> bytes:
    """What git says in a folder; `told` is raised when it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, check=False, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        hint = "install git, or compare with the folder of another workspace"
        raise QueryError("E_NO_REPOSITORY", "git is not installed", hint=hint) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise told or QueryError("E_NO_REPOSITORY", f"git {words[0]} failed: {said[-1] if said else ''}")
    return done.stdout
