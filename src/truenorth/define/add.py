"""Adding a standard metric to a workspace: bound, written as YAML, and taken back if it does not hold."""

from __future__ import annotations

from pathlib import Path

from truenorth.base.errors import DefinitionError, TrueNorthError, did_you_mean
from truenorth.define.foreign.written import listed
from truenorth.define.load import load
from truenorth.define.model import Model
from truenorth.define.tables import CanonicalTable, dataset_of
from truenorth.define.templates import bind, render_yaml, template

Binding = tuple[str, str, dict[str, str]]
# A dataset, the columns of its rows with the words of their types, and what is said of some of the table's columns.
Over = tuple[str, dict[str, str], dict[str, str]]


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
    return _kept(folder, folder / place_for(model) / f"{chosen}.yml", render_yaml(mappings))


def add_table(folder: Path, model: Model, table: CanonicalTable, over: Over, name: str = "") -> Path:
    """The file written for a canonical table over the rows of a dataset; DefinitionErrors if it is wrong."""
    called, text = table_text(model, table, over, name)
    return _kept(folder, folder / place_for(model) / f"{called}.yml", text)


def table_text(model: Model, table: CanonicalTable, over: Over, name: str = "") -> tuple[str, str]:
    """What a canonical table over a dataset is called, and its definitions; DefinitionError where that is taken."""
    dataset, columns, given = over
    if dataset not in model.datasets:
        hint = did_you_mean(dataset, model.datasets) or "name it by --dataset"
        raise DefinitionError("E_NAME_NOT_FOUND", f'no dataset is called "{dataset}"', hint=hint)
    mapping = dataset_of(table, model.datasets[dataset], columns, given, name)
    if mapping["name"] in model.datasets:
        place = model.datasets[mapping["name"]].spot.at("name")
        message = f'there is a dataset "{mapping["name"]}" already'
        raise DefinitionError("E_NAME_COLLISION", message, where=place, hint="give the new one a name with --name")
    text = "\n".join(["version: 1", "", f"# {table.label}: {table.rows}.", "datasets:", *listed(mapping, 1)])
    return str(mapping["name"]), text + "\n"


def _kept(folder: Path, path: Path, text: str) -> Path:
    """The file, written and taken back if it does not hold."""
    if path.exists():
        message = f'"{path.relative_to(folder)}" exists already'
        raise DefinitionError("E_FILE_EXISTS", message, hint="choose another --name")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
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
