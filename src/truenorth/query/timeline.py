"""The rows of one entity in time, newest first: of any dataset that has an entity and a time."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.table import Value
from truenorth.base.zone import local
from truenorth.define.collected import reads
from truenorth.define.graph import entity_columns
from truenorth.define.model import Metric, Model
from truenorth.query.catalog import Catalog
from truenorth.query.chosen import understood
from truenorth.query.clock import Clock
from truenorth.query.dialect import quote
from truenorth.query.run import clean

# Fields that say what a row is, the first of them that a dataset has.
NAMES = ("event", "name", "title", "kind", "type", "status", "action")


class Moment(Struct, frozen=True):
    """One row: when it was (in the zone of the workspace), what it is, and its fields."""

    at: Value
    name: str
    fields: tuple[tuple[str, Value], ...]


class Timeline(Struct, frozen=True):
    """Rows of one entity, newest first, from `past` on, of `size` in all."""

    dataset: str
    field: str
    entity: str
    size: int
    past: int
    moments: tuple[Moment, ...]


def entities(model: Model) -> tuple[tuple[str, str], ...]:
    """The datasets and the fields of them by which things can be followed in time: what metrics count or follow."""
    found: dict[tuple[str, str], None] = {}
    for metric in model.metrics.values():
        dataset = model.datasets.get(metric.dataset)
        if dataset is None or not dataset.time or dataset.name not in model.defined:
            continue
        for field in fields_of(model, metric):
            found[dataset.name, field] = None
    return tuple(found)


def fields_of(model: Model, metric: Metric) -> tuple[str, ...]:
    """The field that a metric counts the different values of, or follows."""
    told = metric.entity or (metric.expr if metric.agg == "count_distinct" else "")
    if not told.isidentifier():
        return ()
    columns = entity_columns(model, metric.dataset, told) if metric.entity else (told,)
    return columns if len(columns) == 1 else ()


def is_collected(model: Model, dataset: str) -> bool:
    """Whether a dataset is over what is collected, whose people have ids of their own."""
    return dataset in model.datasets and reads(model.datasets[dataset])


def timeline(catalog: Catalog, of: tuple[str, str], entity: str, most: int = 100, past: int = 0) -> Timeline:
    """The rows of a dataset whose field is `entity`; QueryError E_NAME_NOT_FOUND where nothing is followed so."""
    dataset, field = of
    known = entities(catalog.model)
    if of not in known:
        names = [f"{one}:{name}" for one, name in known]
        hint = did_you_mean(f"{dataset}:{field}", names) or (f"there are {', '.join(names[:8])}" if names else "")
        raise QueryError("E_NAME_NOT_FOUND", f'nothing is followed by "{field}" of "{dataset}"', hint=hint)
    own, alias, dialect = catalog.dataset(dataset), quote(dataset), catalog.dialect
    values = understood([entity], catalog.type_of(dataset, field))
    met = f"{catalog.field_sql(dataset, field, alias)} = {dialect.literal(values[0])}" if values else "1 = 0"
    rows = f"FROM {catalog.relation(dataset)} AS {alias}\nWHERE {met}"
    [(size,)] = catalog.rows(f"SELECT count(*)\n{rows}")
    names = [one.name for one in own.fields if one.name not in (own.time, field)]
    told = [catalog.field_sql(dataset, name, alias) for name in names]
    kinds = catalog.types(dataset, dict(zip(names, told, strict=True))) if names else {}
    shown = [
        dialect.cast(sql, dialect.text) if kinds[name] == "other" else sql
        for name, sql in zip(names, told, strict=True)
    ]
    dated = catalog.type_of(dataset, own.time) == "date"
    zone = catalog.model.workspace.timezone
    at = catalog.time_sql(dataset, own.time, alias)
    if not dated:
        around = catalog.stretch(dataset, own.time).days_around
        at = Clock(dialect, catalog.written_in(dataset, own.time), zone, *around).utc(at)
    order = ", ".join(f"{number} DESC NULLS LAST" for number in range(1, len(shown) + 2))
    found = catalog.rows(
        f"SELECT {', '.join([at, *shown])}\n{rows}\nORDER BY {order}\nLIMIT {int(most)} OFFSET {max(int(past), 0)}"
    )
    label = {one.name: one.label or one.name.replace("_", " ").capitalize() for one in own.fields}
    main = next((name for name in NAMES if name in names), "")
    moments = []
    for moment, *cells in found:
        clean_cells = [clean(cell) for cell in cells]
        told_of = dict(zip(names, clean_cells, strict=True))
        when = clean(moment)
        when = local(when.replace(tzinfo=None), zone) if isinstance(when, datetime) and not dated else when
        title = str(told_of[main]) if main and told_of[main] is not None else own.label or dataset.replace("_", " ")
        moments.append(Moment(when, title, tuple((label[name], told_of[name]) for name in names)))
    return Timeline(dataset, field, entity, int(str(size)), max(past, 0), tuple(moments))
