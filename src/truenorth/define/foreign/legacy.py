"""dbt and MetricFlow as they were until dbt 1.11, and `semantic_manifest.json`: semantic models with measures."""

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
    spine,
    table,
    window,
)
from truenorth.define.foreign.project import ForeignMetric, Input, Measure, Project, SemanticModel
from truenorth.define.foreign.tree import Tree

TOP = (
    "semantic_model",
    "semantic_models",
    "metric",
    "metrics",
    "saved_query",
    "saved_queries",
    "project_configuration",
)


def read(tree: Tree, project: Project) -> None:
    """Adds one document to a project."""
    for one in (*tree.items("semantic_model"), *tree.items("semantic_models")):
        if not disabled(one):
            project.models.append(semantic_model(one))
    for one in (*tree.items("metric"), *tree.items("metrics")):
        if not disabled(one) and one.get("type_params").there:
            project.metrics.append(metric(one, project))
    for one in (*tree.items("saved_query"), *tree.items("saved_queries")):
        project.saved_queries.append(saved_query(one))
    project.spines += [spine(one) for one in tree.get("project_configuration").items("time_spines")]


def semantic_model(tree: Tree) -> SemanticModel:
    """One semantic model."""
    name = named(tree)
    time = tree.get("defaults").text("agg_time_dimension")
    label, description, _ = common(tree)
    return SemanticModel(
        name,
        table(tree),
        tree.place,
        time,
        tree.text("primary_entity"),
        tuple(entity(one) for one in tree.items("entities")),
        tuple(dimension(one) for one in tree.items("dimensions")),
        tuple(measure(one, name) for one in tree.items("measures")),
        label,
        description,
    )


def measure(tree: Tree, model: str) -> Measure:
    """One measure of a semantic model."""
    name = named(tree)
    params = tree.get("agg_params")
    label, description, _ = common(tree)
    return Measure(
        name,
        model,
        tree.text("agg").lower(),
        tree.text("expr") or name,
        tree.place,
        tree.text("agg_time_dimension"),
        params.number("percentile"),
        params.flag("use_discrete_percentile"),
        params.flag("use_approximate_percentile"),
        non_additive(tree.get("non_additive_dimension")),
        tree.flag("create_metric"),
        label,
        description,
    )


def metric(tree: Tree, project: Project) -> ForeignMetric:
    """One metric with its `type_params`."""
    params = tree.get("type_params")
    kind = tree.text("type").lower()
    label, description, owner = common(tree)
    cumulative, conversion = params.get("cumulative_type_params"), params.get("conversion_type_params")
    private = params.flag("is_private")
    return ForeignMetric(
        name=named(tree),
        type=kind,
        place=tree.place,
        inputs=inputs(tree, params, kind, project),
        filters=filters(tree.get("filter")),
        expr=params.text("expr"),
        window=window(cumulative.get("window")) or window(conversion.get("window")) or window(params.get("window")),
        grain_to_date=(cumulative.text("grain_to_date") or params.text("grain_to_date")).lower(),
        period_agg=cumulative.text("period_agg").lower(),
        entity=conversion.text("entity"),
        calculation=conversion.text("calculation").lower(),
        constant_properties=constants(conversion),
        time_granularity=tree.text("time_granularity").lower(),
        label=label,
        description=description,
        owner=owner,
        private=private,
    )


def inputs(tree: Tree, params: Tree, kind: str, project: Project) -> tuple[tuple[str, Input], ...]:
    """What a metric is computed from, by role."""
    if kind == "conversion":
        conversion = params.get("conversion_type_params")
        return roles(
            ("base", given(conversion.get("base_measure"), measure=True) or given(conversion.get("base_metric"))),
            (
                "conversion",
                given(conversion.get("conversion_measure"), measure=True) or given(conversion.get("conversion_metric")),
            ),
        )
    if kind == "ratio":
        return roles(("numerator", given(params.get("numerator"))), ("denominator", given(params.get("denominator"))))
    if kind == "derived":
        return roles(*(("metric", given(one)) for one in params.items("metrics")))
    found = given(params.get("measure"), measure=True)
    if found is None and kind == "cumulative":
        return roles(("metric", given(params.get("cumulative_type_params").get("metric"))))
    if found is None and params.get("metric_aggregation_params").there:
        found = aggregated(tree, params, project)
    return roles(("measure", found))


def aggregated(tree: Tree, params: Tree, project: Project) -> Input:
    """A simple metric of the newer manifests, which aggregates by itself: kept as a measure of its own."""
    spoken = params.get("metric_aggregation_params")
    made = replace(measure(spoken_as(spoken, tree), spoken.text("semantic_model")), expr=params.text("expr"))
    made = replace(made, name=named(tree), expr=made.expr or named(tree))
    add_measure(project, made)
    return Input(
        made.name,
        True,
        join_to_timespine=params.flag("join_to_timespine"),
        fill_nulls_with=params.text("fill_nulls_with"),
    )


def spoken_as(spoken: Tree, tree: Tree) -> Tree:
    """Aggregation parameters seen as a measure: they have no name of their own."""
    from truenorth.define.yaml import Mapping

    if not isinstance(spoken.node, Mapping) or not isinstance(tree.node, Mapping):
        return spoken
    entries = {**spoken.node.entries, "name": tree.node.entries["name"]} if "name" in tree.node.entries else {}
    return Tree(Mapping(entries, spoken.node.line, spoken.node.column), spoken.file, spoken.errors)


def add_measure(project: Project, made: Measure) -> None:
    """Gives a measure to its semantic model."""
    for at, model in enumerate(project.models):
        if model.name == made.model:
            project.models[at] = replace(model, measures=(*model.measures, made))
            return
