"""All documents about service level objectives: indicators first, for objectives may point to those of other files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from truenorth.define.foreign.item import Carried
from truenorth.define.foreign.slo import openslo, pyrra, sloth
from truenorth.define.foreign.slo.objective import Objectives
from truenorth.define.foreign.tree import Errors, Tree
from truenorth.define.yaml import Sequence

OPENSLO = ("openslo/", "openslo.com/")
# By these words a file is known to be about objectives, whatever is wrong with it.
SIGNS = (*OPENSLO, "prometheus/v1", "sloth.slok.dev/", "pyrra.dev/")


def spelling_of(tree: Tree) -> str:
    """Which tool a document is for; "" for none of these."""
    found = next(objects(Tree(tree.node, tree.file, [])), None)
    if found is None:
        return ""
    version = found.get("apiVersion")
    of = version.text() if version.is_text else ""
    if of.startswith(OPENSLO):
        return "OpenSLO"
    if of.startswith("pyrra.dev/") and found.text("kind") == pyrra.KIND:
        return "Pyrra"
    if of.startswith("sloth.slok.dev/") or (found.get("version").is_text and found.text("version") == "prometheus/v1"):
        return "Sloth"
    return ""


def objects(tree: Tree) -> Iterator[Tree]:
    """The objects of a document: itself, or those of a list."""
    if isinstance(tree.node, Sequence):
        yield from (one for one in tree.items() if one.is_mapping)
    elif tree.is_mapping and tree.get("kind").is_text and tree.text("kind") == "List":
        yield from (one for one in tree.items("items") if one.is_mapping)
    elif tree.is_mapping:
        yield tree


def carry(documents: Iterable[Tree], carried: Carried, errors: Errors) -> None:
    """Everything carried over."""
    those = [one for document in documents for one in objects(Tree(document.node, document.file, errors))]
    found = Objectives(carried, errors)
    indicators = {
        one.get("metadata").text("name"): one
        for one in those
        if spelling_of(one) == "OpenSLO" and one.text("kind") == "SLI"
    }
    for one in those:
        spelling = spelling_of(one)
        if spelling == "OpenSLO":
            openslo.carry(one, indicators, found)
        elif spelling == "Pyrra":
            pyrra.carry(one, found)
        elif spelling == "Sloth":
            sloth.carry(one, found)
    found.datasets()
