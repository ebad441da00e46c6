"""What amounts are in: the column that holds the currency of each row, or the one code of all of them."""

from __future__ import annotations

import re

from truenorth.base.errors import DefinitionError, TrueNorthError
from truenorth.define.graph import resolve_field
from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import quote
from truenorth.query.rates import Rates

CODE = re.compile(r"[A-Z]{3}")


def denominated(catalog: Catalog, metric: Metric) -> tuple[str, str]:
    """The reference of the column with the currency of what a metric gathers, or the code of all of it; DefinitionError
    E_BAD_CURRENCY where nothing says it."""
    reference, code = denomination(catalog, metric)
    if not reference and not code:
        message = f'"{metric.name}" converts "{metric.expr}", and nothing says which currency that is in'
        hint = "give the field its currency: a code, or the column that holds one"
        raise DefinitionError("E_BAD_CURRENCY", message, hint=hint, where=metric.spot.at("convert"))
    return reference, code


def denomination(catalog: Catalog, metric: Metric) -> tuple[str, str]:
    """The reference of the column with the currency of what a metric gathers, or the code of all of it, or neither."""
    code = ""
    for ref in catalog.expression(metric.expr, metric).refs:
        try:
            path, name = resolve_field(catalog.model, metric.dataset, ref)
        except TrueNorthError:
            continue
        said = said_of(catalog, path.end, name)
        if said and not CODE.fullmatch(said):
            qualifier = ref.rpartition(".")[0] or (path.end if path.steps else "")
            return (f"{qualifier}.{said}" if qualifier else said), ""
        code = code or said
    return "", code


def said_of(catalog: Catalog, dataset: str, name: str, depth: int = 0) -> str:
    """What is said of the currency of a field, a column or a code: by itself, or by a field it is computed from."""
    field = catalog.model.datasets[dataset].field(name)
    if field is None or depth > len(catalog.model.datasets[dataset].fields):
        return ""
    if field.currency or not field.expr or field.expr == name:
        return field.currency
    refs = (ref.rpartition(".")[2] for ref in catalog.expression(field.expr, field).refs)
    inner = [said_of(catalog, dataset, ref, depth + 1) for ref in refs if ref != name]
    columns = (one for one in inner if one and not CODE.fullmatch(one))
    return next(columns, next((one for one in inner if one), ""))


def rates_of(catalog: Catalog, metric: Metric) -> Rates:
    """The rates of the currencies in a metric's rows to its own."""
    return Rates(catalog, metric.currency or catalog.model.workspace.currency, codes(catalog, metric))


def codes(catalog: Catalog, metric: Metric) -> tuple[str, ...]:
    """All currencies that stand in the column of what a metric gathers."""
    reference, code = denominated(catalog, metric)
    if not reference:
        return (code,)
    path, name = resolve_field(catalog.model, metric.dataset, reference)
    key = ("codes", path.end, name, catalog.version(path.end))
    if key not in catalog.facts:
        sql = catalog.field_sql(path.end, name, quote(path.end))
        rows = catalog.rows(
            f"SELECT DISTINCT {sql} AS code FROM {catalog.relation(path.end)} AS {quote(path.end)} "
            f"WHERE {sql} IS NOT NULL ORDER BY 1"
        )
        catalog.facts[key] = tuple(str(row[0]) for row in rows)
    found = catalog.facts[key]
    assert isinstance(found, tuple)
    return found
