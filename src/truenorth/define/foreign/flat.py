"""dbt's newest spelling (1.12, Fusion): semantics on the columns of `models:`, metrics without measures."""

from __future__ import annotations

from dataclasses import replace

from truenorth.define.foreign.parts import (
    common,
    constants,
    dimension,
    disabled,
    entity,
    filters,
    given,
    named,
    non_additive,
    roles,
    saved_query,
    window,
)
from truenorth.define.foreign.project import (
    Dimension,
    Entity,
    ForeignMetric,
    Input,
    Measure,
    Project,
    SemanticModel,
    Spine,
)
from truenorth.define.foreign.tree import Tree


def speaks(tree: Tree) -> bool:
    """Whether a document is written in this spelling."""
    models = any(
        one.is_mapping and (one.get("semantic_model").there or one.get("time_spine").there)
        for one in tree.items("models")
    )
    return models or any(one.is_mapping and speaks_metric(one) for one in tree.items("metrics"))


def speaks_metric(tree: Tree) -> bool:
    """Whether a metric has its words at the top instead of in `type_params`."""
    return tree.get("type").there and not tree.get("type_params").there


def read(tree: Tree, project: Project) -> None:
    """Adds one document to a project."""
    for one in tree.items("models"):
        if one.get("time_spine").there:
            project.spines.append(spine(one))
        if switched_on(one):
            model = semantic_model(one)
            project.models.append(model)
            for item in one.items("metrics"):
                add_metric(item, project, model)
    for one in tree.items("metrics"):
        if speaks_metric(one):
            add_metric(one, project, None)
    project.saved_queries += [saved_query(one) for one in tree.items("saved_queries")]


def switched_on(tree: Tree) -> bool:
    """Whether a model is a semantic model too: `semantic_model: true`, or a mapping that is not switched off."""
    said = tree.get("semantic_model")
    if said.is_mapping:
        return said.text("enabled").lower() != "false" and not disabled(said)
    return said.there and tree.flag("semantic_model")


def semantic_model(tree: Tree) -> SemanticModel:
    """A model with the semantics of its columns."""
    said = tree.get("semantic_model")
    table = named(tree)
    derived = tree.get("derived_semantics")
    columns = list(tree.items("columns"))
    label, description, _ = common(tree)
    return SemanticModel(
        (said.text("name") if said.is_mapping else "") or table,
        tree.text("alias") or table,
        tree.place,
        tree.text("agg_time_dimension"),
        tree.text("primary_entity"),
        (
            *(key for one in columns if (key := column_entity(one))),
            *(entity(one) for one in derived.items("entities")),
        ),
        (
            *(found for one in columns if (found := column_dimension(one))),
            *(dimension_beside(one) for one in derived.items("dimensions")),
        ),
        (),
        label,
        description,
    )


def column_entity(column: Tree) -> Entity | None:
    """The entity that a column is, if it is one."""
    said = column.get("entity")
    if not said.there:
        return None
    if said.is_text:
        return Entity(named(column), said.text().lower(), named(column), said.place)
    return Entity(said.text("name") or named(column), said.text("type").lower() or "foreign", named(column), said.place)


def column_dimension(column: Tree) -> Dimension | None:
    """The dimension that a column is, if it is one."""
    said = column.get("dimension")
    if not said.there:
        return None
    grain = column.text("granularity").lower()
    if said.is_text:
        return Dimension(named(column), said.text().lower(), named(column), grain, said.place)
    validity = said.get("validity_params")
    return Dimension(
        said.text("name") or named(column),
        said.text("type").lower() or "categorical",
        named(column),
        grain or said.text("granularity").lower(),
        said.place,
        said.flag("is_partition"),
        validity.flag("is_start"),
        validity.flag("is_end"),
        said.text("label"),
        said.text("description") or column.text("description"),
    )


def dimension_beside(tree: Tree) -> Dimension:
    """A dimension of `derived_semantics`, whose validity stands at its top."""
    validity = tree.get("validity_params")
    return replace(dimension(tree), starts=validity.flag("is_start"), ends=validity.flag("is_end"))


def spine(tree: Tree) -> Spine:
    """A model that is a time spine."""
    said = tree.get("time_spine")
    column = said.text("standard_granularity_column")
    grain = next((one.text("granularity") for one in tree.items("columns") if one.text("name") == column), "")
    grains = tuple((named(one), one.text("column_name") or named(one)) for one in said.items("custom_granularities"))
    return Spine(named(tree), tree.text("alias") or named(tree), column, grain.lower() or "day", grains, said.place)


def add_metric(tree: Tree, project: Project, model: SemanticModel | None) -> None:
    """Adds a metric; a simple one is kept as a measure of its model and the metric over it."""
    if disabled(tree):
        return
    found = metric(tree)
    if found.type == "simple" and model is not None:
        at = next(at for at, one in enumerate(project.models) if one.name == model.name)
        known = project.models[at]
        project.models[at] = replace(known, measures=(*known.measures, measure(tree, model.name)))
    project.metrics.append(found)


def measure(tree: Tree, model: str) -> Measure:
    """The aggregation of a simple metric."""
    name = named(tree)
    return Measure(
        name,
        model,
        tree.text("agg").lower(),
        tree.text("expr") or name,
        tree.place,
        tree.text("agg_time_dimension"),
        tree.number("percentile"),
        tree.text("percentile_type").lower() == "discrete",
        tree.flag("use_approximate_percentile"),
        non_additive(tree.get("non_additive_dimension")),
    )


def metric(tree: Tree) -> ForeignMetric:
    """One metric with its words at the top."""
    kind = tree.text("type").lower()
    label, description, owner = common(tree)
    return ForeignMetric(
        name=named(tree),
        type=kind,
        place=tree.place,
        inputs=inputs(tree, kind),
        filters=filters(tree.get("filter")),
        expr=tree.text("expr") if kind == "derived" else "",
        window=window(tree.get("window")),
        grain_to_date=tree.text("grain_to_date").lower(),
        period_agg=tree.text("period_agg").lower(),
        entity=tree.text("entity"),
        calculation=tree.text("calculation").lower(),
        constant_properties=constants(tree),
        time_granularity=tree.text("time_granularity").lower(),
        label=label,
        description=description,
        owner=owner,
        private=tree.flag("is_private") or tree.flag("hidden"),
    )


def inputs(tree: Tree, kind: str) -> tuple[tuple[str, Input], ...]:
    """What a metric is computed from, by role."""
    if kind == "conversion":
        return roles(("base", given(tree.get("base_metric"))), ("conversion", given(tree.get("conversion_metric"))))
    if kind == "ratio":
        return roles(("numerator", given(tree.get("numerator"))), ("denominator", given(tree.get("denominator"))))
    if kind == "derived":
        return roles(*(("metric", given(one)) for one in tree.items("input_metrics")))
    if kind == "cumulative":
        return roles(("metric", given(tree.get("input_metric"))))
    own = Input(named(tree), True, "", (), "", "", tree.flag("join_to_timespine"), tree.text("fill_nulls_with"))
    return roles(("measure", own))
