"""Semantic models become datasets, their entities relationships, time spines calendars."""

from __future__ import annotations

import re
from typing import Any

from truenorth.define.foreign.item import Carried, Item
from truenorth.define.foreign.names import SUB_SECOND
from truenorth.define.foreign.project import Dimension, Entity, Project, SemanticModel, Spine
from truenorth.define.keys import KEYS

COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SHARED = "shared"


def carry_rows(project: Project, carried: Carried) -> None:
    """All datasets, relationships and calendars of a project."""
    for model in project.models:
        carried.items.append(Item("dataset", dataset(model, carried), model.name, model.place))
        if "$" in model.source or "{" in model.source:
            carried.lose("PLACEHOLDER", model.source, "write the schema that it stands for", model.place)
    for spine in project.spines:
        calendar(spine, project, carried)
    carry_relationships(project, carried)


def dataset(model: SemanticModel, carried: Carried) -> dict[str, Any]:
    """A semantic model as a dataset."""
    keys: dict[str, Any] = {"name": model.name, "source": model.source}
    words(keys, model.label, model.description)
    primary = primary_key(model)
    if primary:
        keys["primary_key"] = primary
    unique = [[column(one), *partition_columns(model)] for one in model.entities if one.type == "unique"]
    if unique:
        keys["unique_keys"] = unique
    if model.time:
        keys["time"] = model.time
    keys["fields"] = fields(model, carried)
    return keys


def words(keys: dict[str, Any], label: str, description: str) -> None:
    """Label and description, where they say more than the name."""
    name = str(keys["name"])
    if label and label != name:
        keys["label"] = label
    if description and plain(description) != plain(name):
        keys["description"] = " ".join(description.split())


def plain(text: str) -> str:
    """A text without what only decorates it."""
    return re.sub(r"[\W_]+", "", text.lower()).removesuffix("metric")


def primary_key(model: SemanticModel) -> list[str]:
    """The columns that tell rows apart: the primary entity and the partition; of a row that changes also its start."""
    primary = next((one for one in model.entities if one.type == "primary"), None)
    if primary is not None:
        return [column(primary), *partition_columns(model)]
    natural = next((one for one in model.entities if one.type == "natural"), None)
    starts = next((one.expr for one in model.dimensions if one.starts), "")
    return [column(natural), starts] if natural is not None and COLUMN.fullmatch(starts) else []


def partition_columns(model: SemanticModel) -> list[str]:
    """The columns a table is partitioned by."""
    return [one.expr if COLUMN.fullmatch(one.expr) else one.name for one in model.partitions]


def column(entity: Entity) -> str:
    """The column of an entity; the field that computes it where it is an expression."""
    return entity.expr if COLUMN.fullmatch(entity.expr) else entity.name


def fields(model: SemanticModel, carried: Carried) -> list[dict[str, Any]]:
    """Entities and dimensions as fields."""
    found: dict[str, dict[str, Any]] = {}
    for entity in model.entities:
        found.setdefault(entity.name.lower(), expressed(entity.name, entity.expr))
    for one in model.dimensions:
        keys = expressed(one.name, one.expr)
        words(keys, one.label, one.description)
        if one.type == "time" and one.granularity not in ("", "day"):
            granularity(keys, one, carried)
        known = found.setdefault(one.name.lower(), keys)
        if known.get("expr", known["name"]) != keys.get("expr", keys["name"]):
            why = "an entity of this name is computed from something else, and a dataset has one field of a name"
            carried.lose("NAME_COLLISION", f"dimension {one.name} of {model.name}", why, one.place)
    return list(found.values())


def expressed(name: str, expr: str) -> dict[str, Any]:
    """A field with its expression, where it is not the column of its name."""
    return {"name": name} if expr == name else {"name": name, "expr": expr}


def granularity(keys: dict[str, Any], one: Dimension, carried: Carried) -> None:
    """How fine a time is: finer grains than ours are left out, for its values say it themselves."""
    if one.granularity in KEYS["field"]["granularity"].choices:
        keys["granularity"] = one.granularity
    elif one.granularity not in SUB_SECOND:
        carried.lose("GRANULARITY_DROPPED", one.name, f"a field cannot say that it is by {one.granularity}", one.place)


def calendar(spine: Spine, project: Project, carried: Carried) -> None:
    """A time spine as a calendar dataset."""
    if spine.grain in SUB_SECOND:
        why = f"questions have no grain {spine.grain}; times as fine are asked for as they are"
        carried.lose("TIME_SPINE_DROPPED", spine.name, why, spine.place)
        return
    name = spine.name if project.model(spine.name) is None else f"{spine.name}_calendar"
    held: dict[str, Any] = {"grain": spine.grain, "column": spine.column}
    if spine.grains:
        held["grains"] = [one if one == name_ else {"name": one, "column": name_} for one, name_ in spine.grains]
    keys = {"name": name, "source": spine.source, "calendar": held}
    if all(one.name != name for one in carried.items):
        carried.items.append(Item("dataset", keys, "calendar", spine.place))


def carry_relationships(project: Project, carried: Carried) -> None:
    """Wherever an entity of one model is a key of another, the first points to the second."""
    taken: set[str] = set()
    for model in project.models:
        for entity in model.entities:
            targets = [other for other in project.models if other is not model and joins(entity, other)]
            for other in targets:
                name = f"{model.name}_{entity.name}"
                if len(targets) > 1 or name in taken or project.model(name):
                    name = f"{name}_{other.name}"
                taken.add(name)
                keys = relationship(name, model, entity, other)
                carried.items.append(Item("relationship", keys, model.name, entity.place))
                if "doubled_keys" in keys:
                    carried.state("doubled_keys: each: where a key stands twice, a row counts once for each")


def joins(entity: Entity, other: SemanticModel) -> bool:
    """Whether rows with an entity may point to rows of another model by it."""
    key = other.entity(entity.name)
    return key is not None and key.keyed and not (entity.type == "natural" and key.type == "natural")


def relationship(name: str, model: SemanticModel, entity: Entity, other: SemanticModel) -> dict[str, Any]:
    """One model pointing to another: by the entity, on the same partition, and while the other row is valid."""
    key = other.entity(entity.name)
    assert key is not None
    keys: dict[str, Any] = {"name": name, "from": model.name, "to": other.name, "role": entity.name}
    keys["from_columns"], keys["to_columns"] = [column(entity)], [column(key)]
    if other.partitions:
        keys["partition_columns"] = partition_columns(other)
    starts = next((one for one in other.dimensions if one.starts), None)
    ends = next((one for one in other.dimensions if one.ends), None)
    if key.type == "natural" and starts and ends:
        keys["valid_from"], keys["valid_to"] = partition(starts), partition(ends)
    else:
        keys["doubled_keys"] = "each"
    return keys


def partition(one: Dimension) -> str:
    """The column of a dimension; its field where it is an expression."""
    return one.expr if COLUMN.fullmatch(one.expr) else one.name
