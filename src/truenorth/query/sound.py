"""Definitions beside the data: what they name and the data does not have, found without running a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from msgspec import structs

from truenorth.base.errors import DefinitionError, Place, TrueNorthError
from truenorth.define.attribution import without_credits
from truenorth.define.expression import hint_at_quotes
from truenorth.define.graph import entity_columns
from truenorth.define.model import Dataset, Metric, Relationship
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import quote
from truenorth.query.key import doubled, mistake, promised
from truenorth.query.plan import plan
from truenorth.query.render import render
from truenorth.query.request import MetricQuery

Step = tuple[Callable[[], object], Place]
NUMBERS = ("integer", "decimal", "float")
# For each aggregation of numbers, what it takes; the others take anything.
TAKES = {"sum": (*NUMBERS, "boolean"), "avg": (*NUMBERS, "boolean"), "median": NUMBERS, "percentile": NUMBERS}
# The catalog places these at the dataset that is read; here it is known which part of it asks.
OF_WHAT_IS_ASKED = ("E_COLUMN_NOT_FOUND", "E_SQL")

# What a warehouse without tables lacks anyway: tables, and series that are collected.
NOT_YET = ("E_TABLE_NOT_FOUND", "E_NAME_NOT_FOUND")


def mistakes(catalog: Catalog, now: datetime) -> tuple[TrueNorthError, ...]:
    """Every table, column and type that the definitions count on in vain; a warehouse without tables says nothing."""
    told: dict[tuple[str, str], TrueNorthError] = {}
    empty = not catalog.engine.tables()
    for error in found(catalog, now):
        if not (empty and error.code in NOT_YET):
            told.setdefault((error.code, error.message), error)
    return tuple(told.values())


def found(catalog: Catalog, now: datetime) -> Iterator[TrueNorthError]:
    """The mistakes of datasets, then of what joins them, then of the metrics over them."""
    model = catalog.model
    for dataset in model.defined.values():
        yield from tried(of_dataset(catalog, dataset))
    for relationship in without_credits(model).relationships.values():
        wrong = list(tried(of_relationship(catalog, relationship)))
        yield from wrong or tried([(partial(keys_of, catalog, relationship), relationship.spot.at("to_columns"))])
    for metric in model.metrics.values():
        if metric.type in ("conversion", "attribution"):
            wrong = list(tried(of_conversion(catalog, metric)))
            yield from wrong or tried([(partial(value_of, catalog, metric, now), metric.spot.at("entity"))])
        elif metric.type == "movement" and not metric.balance:
            wrong = list(tried(of_balance(catalog, metric)))
            yield from wrong or tried([(partial(value_of, catalog, metric, now), metric.spot.at("expr"))])
        elif metric.dataset:
            yield from tried([(partial(value_of, catalog, metric, now), metric.spot.at("expr"))])


def tried(steps: list[Step]) -> Iterator[TrueNorthError]:
    """The errors of what is asked, each at the place of what it is about."""
    for ask, place in steps:
        try:
            ask()
        except TrueNorthError as error:
            if error.where is None or error.code in OF_WHAT_IS_ASKED:
                error.where = place
            yield error


def of_dataset(catalog: Catalog, dataset: Dataset) -> list[Step]:
    """What a dataset names: its rows, fields, key and time."""
    name, spot = dataset.name, dataset.spot
    rows = spot.at("source" if dataset.source else "file" if dataset.file else "query")
    steps: list[Step] = [(partial(catalog.types, name, {"one": "1"}), rows)]
    for field in dataset.fields:
        place = field.spot.at("expr" if field.expr else "name")
        steps.append((partial(catalog.type_of, name, field.name), place))
    for column in dataset.primary_key:
        steps.append((partial(catalog.type_of, name, column), spot.at("primary_key")))
    if dataset.time:
        steps.append((partial(catalog.time_sql, name, dataset.time, quote(name)), spot.at("time")))
    if calendar := dataset.calendar:
        steps.append((partial(catalog.time_sql, name, calendar.column, quote(name)), spot.at("calendar")))
        steps += [
            (partial(catalog.type_of, name, one.column or one.name), spot.at("calendar")) for one in calendar.grains
        ]
    return steps


def of_conversion(catalog: Catalog, metric: Metric) -> list[Step]:
    """The columns by which the two events of a conversion are known to belong together."""
    steps: list[Step] = []
    for side, key in ((metric.base_metric, "base_property"), (metric.conversion_metric, "conversion_property")):
        dataset = catalog.model.metrics[side].dataset
        named = [(metric.entity, "entity")]
        named += [(getattr(one, key), "constant_properties") for one in metric.constant_properties]
        for name, place in named:
            columns = entity_columns(catalog.model, dataset, name) if "." not in name else ()
            steps += [(partial(catalog.type_of, dataset, column), metric.spot.at(place)) for column in columns]
    return steps


def of_balance(catalog: Catalog, metric: Metric) -> list[Step]:
    """The columns that say whose a row of a balance is, and how long it lasts."""
    columns = entity_columns(catalog.model, metric.dataset, metric.entity) if "." not in metric.entity else ()
    steps: list[Step] = [(partial(catalog.type_of, metric.dataset, one), metric.spot.at("entity")) for one in columns]
    end = partial(catalog.time_sql, metric.dataset, metric.end, quote(metric.dataset))
    return [*steps, (end, metric.spot.at("end"))]


def of_relationship(catalog: Catalog, relationship: Relationship) -> list[Step]:
    """The columns that a relationship names on both sides."""
    sides = {"from_columns": relationship.from_, "to_columns": relationship.to, "partition_columns": relationship.to}
    ends: list[Step] = [
        (
            partial(catalog.time_sql, relationship.to, getattr(relationship, end), quote(relationship.to)),
            relationship.spot.at(end),
        )
        for end in ("valid_from", "valid_to")
        if getattr(relationship, end)
    ]
    return ends + [
        (partial(catalog.type_of, dataset, column), relationship.spot.at(side))
        for side, dataset in sides.items()
        for column in getattr(relationship, side)
    ]


def keys_of(catalog: Catalog, relationship: Relationship) -> None:
    """Looks for keys that stand more than once, and for rows of one key that are valid at the same moment."""
    asked = promised(catalog, relationship) and relationship.doubled_keys == "first"
    if asked and doubled(catalog, relationship)[0]:
        raise mistake(catalog, relationship)


def value_of(catalog: Catalog, metric: Metric, now: datetime) -> None:
    """Has the engine prepare what a metric aggregates; DefinitionError E_NOT_A_NUMBER where that is no number."""
    takes = TAKES.get(metric.agg)
    # The greatest of the values has their type, where an average would already have failed or hidden it.
    looked = structs.replace(metric, agg="max", percentile=None) if takes and metric.expr else metric
    model = structs.replace(catalog.model, metrics={**catalog.model.metrics, metric.name: looked})
    beside = Catalog(model, catalog.engine, catalog.policy)
    statement = render(beside, plan(beside, MetricQuery((metric.name,)), now, None))
    try:
        kind = dict(catalog.engine.describe(statement.sql))[metric.name]
    except TrueNorthError as error:
        hint_at_quotes(error, (metric.filter, metric.expr))
        raise
    if takes and metric.expr and kind not in takes:
        number = f"case when {metric.expr} then 1 else 0 end" if kind == "boolean" else f"cast({metric.expr} as double)"
        hint = f'write expr: "{number}"' + (", or import the column as a number" if kind == "text" else "")
        message = f'"{metric.expr}" is {kind}, and {metric.agg} takes numbers'
        raise DefinitionError("E_NOT_A_NUMBER", message, where=metric.spot.at("expr"), hint=hint)
