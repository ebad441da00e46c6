"""The manifests of the cases adopted into workspaces over one warehouse with the cases' tables."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from truenorth import workspace
from truenorth.define.foreign.adopt import Adoption, adopted, write
from truenorth.define.foreign.names import Names
from truenorth.define.foreign.project import Project, SemanticModel
from truenorth.define.foreign.source import read_all
from truenorth.workspace import Workspace

SCHEMA = "src"
PLACEHOLDER = "$source_schema"
# After the last period that the cases' calendars know, so that nothing asked lies in the future.
NOW = datetime(2041, 1, 1)


class Model:
    """One manifest: as it was read, as it was adopted, and open to be asked."""

    def __init__(self, manifest: Path, folder: Path, warehouse: Path) -> None:
        given = folder / "manifest"
        for file in sorted((*manifest.rglob("*.yaml"), *manifest.rglob("*.yml"), *manifest.rglob("*.json"))):
            place = given / file.relative_to(manifest)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(file.read_text("utf-8").replace(PLACEHOLDER, SCHEMA), "utf-8")
        self.project: Project = read_all(given).project
        self.names = Names(self.project)
        self.adoption: Adoption = adopted(given)
        self.folder = folder / "workspace"
        self.folder.mkdir()
        (self.folder / "truenorth.yml").write_text(
            f"version: 1\nname: {manifest.name}\nwarehouse: duckdb:{warehouse}\n", "utf-8"
        )
        write(self.adoption, self.folder)

    @cached_property
    def workspace(self) -> Workspace:
        """The adopted definitions, open."""
        return workspace.open(self.folder, now=NOW)

    def homes(self, metrics: list[str]) -> list[SemanticModel]:
        """The semantic models whose rows some metrics rest on, each once."""
        found = {one.name: one for metric in metrics for one in homes(self.project, metric)}
        return list(found.values())


def homes(project: Project, metric: str, seen: frozenset[str] = frozenset()) -> list[SemanticModel]:
    """The semantic models whose rows a metric rests on; a conversion is looked at from its base."""
    defined = project.metric(metric)
    if defined is None or metric in seen:
        made = project.measure(metric)
        return [model for model in project.models if made is not None and model.name == made.model]
    inputs = [one for role, one in defined.inputs if role != "conversion"]
    found: list[SemanticModel] = []
    for given in inputs:
        if given.measure:
            measure = project.measure(given.name)
            found += [model for model in project.models if measure is not None and model.name == measure.model]
        else:
            found += homes(project, given.name, seen | {metric})
    return found


def cases_in(folder: Path) -> list[dict[str, Any]]:
    """The cases of a folder."""
    return [json.loads(line) for line in (folder / "cases.jsonl").read_text("utf-8").splitlines() if line.strip()]


class World:
    """All models of a folder of cases, made when they are first needed."""

    def __init__(self, cases: Path, folder: Path) -> None:
        self.cases = cases
        self.folder = folder
        self.manifests: dict[str, str] = json.loads((cases / "models.json").read_text("utf-8"))
        self.models: dict[str, Model] = {}
        names = Counter(case["name"] for case in cases_in(cases))
        self.ambiguous = frozenset(name for name, count in names.items() if count > 1)
        self.warehouse = folder / "warehouse.duckdb"
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute(f"CREATE SCHEMA {SCHEMA}")
            for table in sorted((cases / "tables").glob("*.parquet")):
                connection.execute(f"CREATE TABLE {SCHEMA}.\"{table.stem}\" AS SELECT * FROM '{table}'")

    def model(self, name: str) -> Model:
        """The model of that name."""
        if name not in self.models:
            folder = self.folder / name
            folder.mkdir()
            manifest = self.cases / "manifests" / self.manifests[name]
            self.models[name] = Model(manifest, folder, self.warehouse)
        return self.models[name]

    def close(self) -> None:
        """Let go of the warehouse."""
        for model in self.models.values():
            if "workspace" in model.__dict__:
                model.workspace.close()
