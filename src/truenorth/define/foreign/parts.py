"""What dbt's two spellings and its manifest have in common: entities, dimensions, inputs, filters, tables."""

from __future__ import annotations

import re

from truenorth.define.foreign.project import Dimension, Entity, Input, NonAdditive, SavedQuery, Spine
from truenorth.define.foreign.tree import Tree

REF = re.compile(r"""^\s*(?:\{\{)?\s*(?:ref|source)\s*\(\s*(.*?)\s*\)\s*(?:\}\})?\s*$""", re.DOTALL)
QUOTED = re.compile(r"""["'`]([^"'`]+)["'`]""")


def named(tree: Tree) -> str:
    """The name of a definition, or "" (and noted)."""
    name = tree.text("name")
    if not name and not (tree.is_mapping and tree.get("name").there):
        tree.wrong("a name: …")
    return name


def entity(tree: Tree) -> Entity:
    """One entity of a semantic model."""
    name = named(tree)
    return Entity(name, tree.text("type").lower() or "foreign", tree.text("expr") or name, tree.place)


def dimension(tree: Tree) -> Dimension:
    """One dimension of a semantic model, as dbt's first spelling and its manifest have it."""
    params = tree.get("type_params")
    validity = params.get("validity_params")
    name = named(tree)
    return Dimension(
        name,
        tree.text("type").lower() or "categorical",
        tree.text("expr") or name,
        (params.text("time_granularity") or tree.text("granularity")).lower(),
        tree.place,
        tree.flag("is_partition"),
        validity.flag("is_start"),
        validity.flag("is_end"),
        tree.text("label"),
        tree.text("description"),
    )


def non_additive(tree: Tree) -> NonAdditive | None:
    """The time along which values may not be summed, if one is named."""
    if not tree.there:
        return None
    choice = tree.text("window_choice", "window_agg").lower() or "min"
    return NonAdditive(tree.text("name"), choice, tree.texts("window_groupings", "group_by"))


def filters(tree: Tree) -> tuple[str, ...]:
    """The conditions of a filter, however it is spelled."""
    if tree.is_mapping:
        inner = tree.get("where_filters")
        if inner.there:
            return tuple(text for one in inner.items() for text in filters(one))
        return tuple(text for text in (tree.text("where_sql_template"),) if text)
    if tree.is_text:
        return (tree.text(),)
    return tuple(text for item in tree.items() for text in filters(item))


def given(tree: Tree, *, measure: bool = False) -> Input | None:
    """An input written as a name or as a mapping with a name."""
    if not tree.there:
        return None
    if tree.is_text:
        return Input(tree.text(), measure)
    return Input(
        named(tree),
        measure,
        tree.text("alias"),
        filters(tree.get("filter")),
        window(tree.get("offset_window")),
        tree.text("offset_to_grain").lower(),
        tree.flag("join_to_timespine"),
        tree.text("fill_nulls_with"),
    )


def window(tree: Tree) -> str:
    """A length: `7 days`, or `{count: 7, granularity: day}`; "" when there is none."""
    if not tree.is_mapping:
        return tree.text()
    text = tree.text("window_string")
    return text or f"{tree.text('count')} {tree.text('granularity')}"


def owner(tree: Tree) -> str:
    """Who is named as owner in `config.meta`."""
    return tree.get("config").get("meta").text("owner")


def table(model: Tree) -> str:
    """The table of a semantic model: `schema.alias`, or what `ref(…)` names."""
    relation = model.get("node_relation")
    if relation.there:
        alias, schema = relation.text("alias"), relation.text("schema_name")
        if not alias:
            return ".".join(QUOTED.findall(relation.text("relation_name"))) or relation.text("relation_name")
        return f"{schema}.{alias}" if schema else alias
    return referred(model.text("model"))


def referred(text: str) -> str:
    """The table that a `ref` or `source` names.

    >>> referred("ref('fct_orders')"), referred("source('raw', 'orders')"), referred("fct_orders")
    ('fct_orders', 'raw.orders', 'fct_orders')
    """
    found = REF.match(text)
    if not found:
        return text
    names = QUOTED.findall(found[1])
    return ".".join(names) if "source" in text else (names[-1] if names else text)


def spine(tree: Tree) -> Spine:
    """One time spine of a project configuration."""
    primary = tree.get("primary_column")
    source = table(tree)
    grains = tuple((named(one), one.text("column_name") or named(one)) for one in tree.items("custom_granularities"))
    name = source.rpartition(".")[2]
    return Spine(name, source, primary.text("name"), primary.text("time_granularity").lower(), grains, tree.place)


def saved_query(tree: Tree) -> SavedQuery:
    """A question that was given a name."""
    asked = tree.get("query_params")
    return SavedQuery(
        named(tree),
        asked.texts("metrics"),
        asked.texts("group_by"),
        filters(asked.get("where")),
        asked.texts("order_by"),
        asked.text("limit"),
        tree.place,
    )


def common(tree: Tree) -> tuple[str, str, str]:
    """The label, description and owner of a definition."""
    return tree.text("label"), " ".join(tree.text("description").split()), owner(tree)


def disabled(tree: Tree) -> bool:
    """Whether a definition is switched off by its `config`."""
    return tree.get("config").text("enabled").lower() == "false"


def constants(tree: Tree) -> tuple[tuple[str, str], ...]:
    """The properties that must be the same at both ends of a conversion."""
    pairs = ((one.text("base_property"), one.text("conversion_property")) for one in tree.items("constant_properties"))
    return tuple(pair for pair in pairs if all(pair))


def roles(*pairs: tuple[str, Input | None]) -> tuple[tuple[str, Input], ...]:
    """Inputs with their roles, those that are there."""
    return tuple((role, one) for role, one in pairs if one is not None)
