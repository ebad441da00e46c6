"""A dbt project: its metrics are taken over, its DuckDB file is the warehouse, its seeds are files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from truenorth.base.errors import TrueNorthError
from truenorth.define.foreign.adopt import Adoption, adopted, write
from truenorth.discover.origin import is_duckdb, reason


def warehouse_of(project: Path) -> Path | None:
    """The DuckDB file of a project: the one its profile names, else the only one that lies in it."""
    for output in outputs(project):
        path = project / str(output.get("path", ""))
        if output.get("type") == "duckdb" and path.is_file() and is_duckdb(path):
            return path.resolve()
    lying = [path for pattern in ("*.duckdb", "*.db", "target/*.duckdb") for path in project.glob(pattern)]
    found = [path for path in lying if is_duckdb(path)]
    return found[0].resolve() if len(found) == 1 else None


def outputs(project: Path) -> Iterator[dict[str, Any]]:
    """The targets of the profiles that lie in the project, the default first."""
    import yaml

    path = project / "profiles.yml"
    if not path.is_file():
        return
    try:
        read = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        return
    for profile in read.values() if isinstance(read, dict) else ():
        held = profile.get("outputs") if isinstance(profile, dict) else None
        if isinstance(held, dict):
            first = str(profile.get("target", ""))
            ranked = sorted(held.items(), key=lambda pair: pair[0] != first)
            yield from (output for _, output in ranked if isinstance(output, dict))


def seeds(project: Path) -> list[Path]:
    """The files that the project loads itself."""
    return sorted(path for folder in ("seeds", "data") for path in (project / folder).rglob("*.csv"))


def taken_over(project: Path, folder: Path) -> tuple[Adoption | None, str]:
    """What of the project's own metrics came along, written into the workspace; or why nothing did."""
    try:
        made = adopted(project)
        if not made.items:
            return None, "it defines no metrics"
        write(made, folder)
    except TrueNorthError as error:
        return None, reason(error)
    return made, ""
