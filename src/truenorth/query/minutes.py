"""The rows of a dataset of series: how much each series grew and where it stood in each minute, its labels as columns.

A label is called as Prometheus calls it: with underscores for what no name may hold. Several that are called alike then
are told together, and one that is called like a column of ours is `exported_`, as where Prometheus scrapes it.
"""

from __future__ import annotations

from collections.abc import Iterable

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.define.label import OWN, column_of
from truenorth.query.dialect import quote
from truenorth.store.engine import Engine
from truenorth.store.tables import is_held
from truenorth.store.values import literal

MANY = 8


def rows_of(engine: Engine, name: str, fields: Iterable[str] = ()) -> str:
    """The FROM item of all minutes of the series of a name; QueryError E_NAME_NOT_FOUND where there are none of it.

    `fields` are columns whether any series has such a label or not.
    """
    found = with_fields(columns_of(labels_of(engine, name)), (one for one in fields if one.lower() not in OWN))
    columns = ", ".join(f"{sql} AS {quote(column)}" for column, sql in found.items())
    more = f", {columns}" if columns else ""
    held = {column for column, _ in engine.describe("SELECT * FROM minutes")}
    own = ", ".join(f"minutes.{one}" if one in held else f"NULL::DOUBLE AS {one}" for one in OWN[:7])
    those = f"SELECT series_id, source, labels{more} FROM series WHERE name = {literal(name)}"
    return f"(SELECT {own}, series.* FROM minutes JOIN ({those}) AS series ON series.series_id = minutes.series_id)"


def labels_of(engine: Engine, name: str) -> list[str]:
    """The names of the labels that series of a name have."""
    where = f"FROM series WHERE name = {literal(name)}"
    come = is_held(engine, "series")
    if not come or not engine.rows(f"SELECT 1 {where} LIMIT 1"):
        known = [str(row[0]) for row in engine.rows("SELECT DISTINCT name FROM series ORDER BY 1")] if come else []
        hint = did_you_mean(name, known) or (
            f"there are {', '.join(known[:MANY])}" if known else "send metrics first: Prometheus, OTLP or StatsD"
        )
        raise QueryError("E_NAME_NOT_FOUND", f'no series called "{name}" has come in', hint=hint)
    found = engine.rows(f"SELECT DISTINCT unnest(json_keys(labels::JSON)) AS label {where} ORDER BY 1")
    return [str(row[0]) for row in found]


def columns_of(labels: Iterable[str]) -> dict[str, str]:
    """What the labels are called as columns, and the SQL of each.

    >>> list(columns_of(["code", "http.route", "source"]))
    ['code', 'http_route', 'exported_source']
    """
    alike: dict[str, list[str]] = {}
    for label in labels:
        alike.setdefault(column_of(label), []).append(f"CAST(labels[{literal(label)}] AS VARCHAR)")
    return {
        name: values[0] if len(values) == 1 else f"concat_ws(';', {', '.join(values)})"
        for name, values in alike.items()
    }


def with_fields(columns: dict[str, str], fields: Iterable[str]) -> dict[str, str]:
    """Columns with those that are asked for and that no series has: nothing is known of them.

    >>> with_fields({"code": "a"}, ["Code", "route"])
    {'code': 'a', 'route': 'CAST(NULL AS VARCHAR)'}
    """
    held = {column.lower() for column in columns}
    return columns | {name: "CAST(NULL AS VARCHAR)" for name in fields if name.lower() not in held}
