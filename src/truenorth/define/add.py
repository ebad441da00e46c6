"""Adding a standard metric to a workspace: bound, written as YAML, and taken back if it does not hold."""

from __future__ import annotations

from pathlib import Path

from truenorth.base.errors import DefinitionError, TrueNorthError
from truenorth.define.load import load
from truenorth.define.model import Model
from truenorth.define.templates import bind, render_yaml, template

Binding = tuple[str, str, dict[str, str]]


def add(folder: Path, model: Model, binding: Binding, name: str = "", owner: str = "") -> Path:
    """The file written for (template, dataset, slots); DefinitionErrors if the bound metric is wrong."""
    wanted, dataset, slots = binding
    mappings = bind(template(wanted), dataset, slots, name, owner)
    chosen = str(mappings[-1]["name"])
    for mapping in mappings:
        if mapping["name"] in model.metrics:
            place = model.metrics[mapping["name"]].spot.at("name")
            hint = "give the new one a name of its own with --name"
            raise DefinitionError(
                "E_NAME_COLLISION", f'there is a metric "{mapping["name"]}" already', where=place, hint=hint
            )
    path = folder / place_for(model) / f"{chosen}.yml"
    if path.exists():
        raise DefinitionError(
            "E_FILE_EXISTS", f'"{path.relative_to(folder)}" exists already', hint="choose another --name"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_yaml(mappings), encoding="utf-8")
    try:
        load(folder)
    except TrueNorthError:
        path.unlink()
        raise
    return path


def place_for(model: Model) -> str:
    """The first folder that holds definitions."""
    folders = [folder for folder in model.workspace.definitions if not folder.endswith((".yml", ".yaml"))]
    return folders[0] if folders else "metrics"
