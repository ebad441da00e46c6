"""Documents of Apache Ossie (0.1.0, 0.1.1, 0.2 in the making) become definitions of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from truenorth.base.errors import DefinitionError, TrueNorthError
from truenorth.define.expression import Aggregate, taken_apart, without_home
from truenorth.define.foreign.item import Carried, Item
from truenorth.define.foreign.parts import named
from truenorth.define.foreign.rows import SHARED, words
from truenorth.define.foreign.tree import Tree

VERSIONS = ("0.1.0", "0.1.1", "0.2.0.dev0")
OURS = "truenorth"
STANDARD = ("ANSI_SQL", "OSSIE_SQL_2026")
TIMES = ("date", "datetime", "datetimetz")


@dataclass(slots=True)
class Reader:
    """One semantic model being read: what was carried so far, and which datasets and metrics it has."""

    carried: Carried
    datasets: dict[str, set[str]]
    metrics: set[str]
    arrows: set[tuple[str, str]]


def carry(document: Tree, carried: Carried) -> None:
    """All semantic models of a document."""
    version = document.text("version")
    if version not in VERSIONS:
        why = f"versions {', '.join(VERSIONS)} are known; what is the same is read"
        carried.lose("UNKNOWN_VERSION", f"version {version}", why, document.get("version").place)
    for model in document.items("semantic_model"):
        carry_model(model, carried)


def carry_model(model: Tree, carried: Carried) -> None:
    """The datasets, relationships and metrics of one semantic model."""
    fields = {named(one): {named(field) for field in one.items("fields")} for one in model.items("datasets")}
    arrows = {(one.text("from"), one.text("to")) for one in model.items("relationships")}
    reader = Reader(carried, fields, {named(one) for one in model.items("metrics")}, arrows)
    for one in model.items("datasets"):
        carried.items.append(Item("dataset", ours(one) or dataset(one, carried), named(one), one.place))
    for one in model.items("relationships"):
        carried.items.append(Item("relationship", ours(one) or relationship(one), one.text("from"), one.place))
    for one in model.items("metrics"):
        carry_metric(one, reader)
    for keys in extensions(model):
        for kept in keys.get("metrics", []):
            carried.items.append(Item("metric", kept, str(kept.get("dataset") or SHARED), model.place))
        workspace = keys.get("workspace", {})
        if isinstance(workspace, dict):
            carried.workspace.update(workspace)


def extensions(tree: Tree) -> Iterator[dict[str, Any]]:
    """Our own words that travelled along."""
    for one in tree.items("custom_extensions"):
        try:
            data = json.loads(one.text("data"))
        except (json.JSONDecodeError, RecursionError):
            continue
        if isinstance(data, dict) and isinstance(data.get(OURS), dict):
            yield {**data[OURS], "": data.get("expression", "")}


def ours(tree: Tree, expression: str = "") -> dict[str, Any]:
    """Our own definition of a thing, if it travelled along and Ossie's was not changed since."""
    for keys in extensions(tree):
        said = keys.pop("")
        if keys.get("name") == tree.text("name") and said == expression:
            return keys
    return {}


def spoken(tree: Tree, carried: Carried, what: str) -> str:
    """The expression of a field or metric: in standard SQL, or as it is written in the first dialect."""
    said = tree.get("expression")
    if said.is_text:
        return said.text()
    dialects = {one.text("dialect").upper(): one.text("expression") for one in said.items("dialects")}
    for standard in STANDARD:
        if standard in dialects:
            return dialects[standard]
    if dialects:
        first = next(iter(dialects))
        carried.lose("DIALECT", what, f"its expression is in {first}; see whether it means the same", said.place)
        return dialects[first]
    return ""


def dataset(tree: Tree, carried: Carried) -> dict[str, Any]:
    """A dataset; Ossie does not say which time its rows are counted by, so that is the first time there is."""
    name, source = named(tree), tree.text("source")
    keys: dict[str, Any] = {"name": name}
    keys["query" if re.match(r"(?i)\s*(select|with)\b", source) else "source"] = source
    words(keys, "", tree.text("description"))
    primary = tree.texts("primary_key")
    if primary:
        keys["primary_key"] = list(primary)
    unique = [[text for text in (part.text() for part in one.items()) if text] for one in tree.items("unique_keys")]
    if any(unique):
        keys["unique_keys"] = [one for one in unique if one]
    times = [named(one) for one in tree.items("fields") if is_time(one)]
    if times:
        keys["time"] = times[0]
        if len(times) > 1:
            carried.state(f"time: {times[0]} of {name}, the first of its times")
    keys["fields"] = [field(one, name, carried) for one in tree.items("fields")]
    return keys


def is_time(tree: Tree) -> bool:
    """Whether a field is a time."""
    said = tree.get("dimension").text("is_time").lower()
    return said == "true" or (said != "false" and tree.text("datatype").lower() in TIMES)


def field(tree: Tree, home: str, carried: Carried) -> dict[str, Any]:
    """A field with its expression."""
    name = named(tree)
    keys: dict[str, Any] = {"name": name}
    expression = spoken(tree, carried, f"{home}.{name}")
    if expression and expression.strip('"') != name:
        keys["expr"] = at_home(expression, home)
    words(keys, "", tree.text("description"))
    return keys


def at_home(expression: str, home: str) -> str:
    """A row's expression without the name of its own dataset; as it is where it cannot be read."""
    try:
        return without_home(expression, home)
    except TrueNorthError:
        return expression


def relationship(tree: Tree) -> dict[str, Any]:
    """A relationship: its words are ours."""
    return {
        "name": named(tree),
        "from": tree.text("from"),
        "to": tree.text("to"),
        "from_columns": list(tree.texts("from_columns")),
        "to_columns": list(tree.texts("to_columns")),
    }


def carry_metric(tree: Tree, reader: Reader) -> None:
    """A metric: our own words where they travelled along, else its expression taken apart."""
    name = named(tree)
    expression = spoken(tree, reader.carried, name)
    kept = ours(tree, expression)
    if kept:
        reader.carried.items.append(Item("metric", kept, str(kept.get("dataset") or SHARED), tree.place))
        return
    if next(extensions(tree), None) is not None:
        why = "its expression was changed since; what its own words said besides is gone"
        reader.carried.lose("EDITED_ELSEWHERE", name, why, tree.place)
    try:
        taken(tree, name, expression, reader)
    except TrueNorthError as error:
        reader.carried.lose("METRIC_DROPPED", name, f"{error.message} ({error.code})", tree.place)


def taken(tree: Tree, name: str, expression: str, reader: Reader) -> None:
    """One aggregation is a simple metric; a formula over several is derived from one metric for each."""
    formula, aggregates, refs = taken_apart(expression)
    others = [ref for ref in refs if ref in reader.metrics and ref != name]
    unknown = [ref for ref in refs if ref not in others]
    if unknown or not (aggregates or others):
        what = f'"{unknown[0]}" is neither aggregated nor a metric' if unknown else "it aggregates nothing"
        raise DefinitionError("E_BAD_EXPRESSION", what)
    if formula == "input_1" and not others:
        add(simple(tree, name, aggregates["input_1"], reader), tree, reader)
        return
    inputs: list[dict[str, str]] = [{"name": ref} for ref in others]
    for alias, one in aggregates.items():
        part = f"{name}_{alias}"
        add(simple(tree, part, one, reader, f"A part of {name}."), tree, reader)
        inputs.append({"name": part, "alias": alias})
    keys: dict[str, Any] = {"name": name, "type": "derived"}
    words(keys, "", tree.text("description"))
    add({**keys, "expr": formula, "input_metrics": inputs}, tree, reader)


def add(keys: dict[str, Any], tree: Tree, reader: Reader) -> None:
    """A metric carried."""
    reader.carried.items.append(Item("metric", keys, str(keys.get("dataset") or SHARED), tree.place))


def simple(tree: Tree, name: str, one: Aggregate, reader: Reader, description: str = "") -> dict[str, Any]:
    """One aggregation over its dataset."""
    home = home_of(one, reader)
    keys: dict[str, Any] = {"name": name, "type": "simple"}
    words(keys, "", description or tree.text("description"))
    keys |= {"dataset": home, "agg": one.agg}
    if one.expr:
        keys["expr"] = without_home(one.expr, home)
    if one.percentile is not None:
        keys["percentile"] = one.percentile
    if one.discrete:
        keys["percentile_type"] = "discrete"
    if one.filter:
        keys["filter"] = without_home(one.filter, home)
    return keys


def home_of(one: Aggregate, reader: Reader) -> str:
    """The dataset whose rows are aggregated: the one named, of several the one that points to the others."""
    text = re.sub(r"'(?:[^']|'')*'", "", f"{one.expr} {one.filter}")
    said = [name for name in re.findall(r'"?(\w+)"?\s*\.', text) if name in reader.datasets]
    names = list(dict.fromkeys(said))
    if not names:
        holders = [name for name, fields in reader.datasets.items() if fields & set(re.findall(r"\w+", text))]
        names = holders if holders else list(reader.datasets)
        if len(names) != 1:
            raise DefinitionError("E_AMBIGUOUS_FIELD", "its expression names no dataset, and several could be meant")
    above = [name for name in names if not any((other, name) in reader.arrows for other in names if other != name)]
    return (above or names)[0]
