"""The rows of a dataset of a histogram: how many values fell into each bucket of each series in each minute.

A bucket reaches from `above`, which is outside, to `le`, which is inside. Counts that run are told by what they grew,
as in the minutes of series. Histograms that come as series of their own, one for each bound and each counting all below
it as Prometheus writes them, are taken apart; a source that sends the same histogram whole is read from that alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.query.dialect import quote
from truenorth.query.minutes import MANY, columns_of, with_fields
from truenorth.store.engine import Engine
from truenorth.store.tables import is_held
from truenorth.store.values import literal

# A start further back than this many seconds says little about the first minute of a series.
YOUNG = 3600
COLUMNS = "minute, bucket_count, le, above, series_id, source, labels"
TAIL = "_bucket"
# The lower bound of a bucket: that of the first is zero where its upper one is positive.
LOWEST = (
    "CASE WHEN nth > 1 THEN bounds[nth - 1] WHEN len(bounds) > 0 AND bounds[1] > 0 THEN 0 ELSE '-infinity'::DOUBLE END"
)


def rows_of(engine: Engine, name: str, fields: Iterable[str] = ()) -> str:
    """The FROM item of all buckets of the histogram of a name; QueryError E_NAME_NOT_FOUND where there is none.

    `fields` are columns whether any series has such a label or not.
    """
    if not is_held(engine, "series"):
        raise absent(name, ())
    of_it = f"(SELECT series_id FROM series WHERE name = {literal(name)})"
    points = f"SELECT 1 FROM histograms WHERE series_id IN {of_it} LIMIT 1"
    whole = bool(is_held(engine, "histograms") and engine.rows(points))
    apart = engine.rows(f"SELECT 1 FROM series WHERE name = {literal(name + TAIL)} LIMIT 1")
    if not whole and not apart:
        known = [str(row[0]) for row in engine.rows(HISTOGRAMS)]
        raise absent(name, known)
    names = labels_of(engine, [*([name] if whole else []), *([name + TAIL] if apart else [])])
    columns = columns_of(one for one in names if one != "le")
    held = COLUMNS.split(", ")
    columns = with_fields(columns, (one for one in fields if one.lower() not in held))
    listed = "".join(f", {sql} AS {quote(column)}" for column, sql in columns.items())
    parts = [f"SELECT {COLUMNS}{listed} FROM ({told_whole(name)})"] if whole else []
    parts += [told_apart(name, list(columns), listed, whole)] if apart else []
    return f"({' UNION ALL BY NAME '.join(parts)})"


HISTOGRAMS = (
    "SELECT DISTINCT name FROM series WHERE kind = 'histogram' AND NOT ends_with(name, '_count') "
    "AND NOT ends_with(name, '_sum') ORDER BY 1"
)


def absent(name: str, known: Iterable[str]) -> QueryError:
    """The error for a histogram that has not come in."""
    names = [one.removesuffix(TAIL) for one in known]
    hint = did_you_mean(name, names) or (
        f"there are {', '.join(names[:MANY])}" if names else "send histograms first: Prometheus or OTLP"
    )
    return QueryError("E_NAME_NOT_FOUND", f'no histogram called "{name}" has come in', hint=hint)


def labels_of(engine: Engine, names: Iterable[str]) -> list[str]:
    """The names of the labels that series of some names have."""
    listed = ", ".join(literal(name) for name in names)
    found = engine.rows(
        f"SELECT DISTINCT unnest(json_keys(labels::JSON)) AS label FROM series WHERE name IN ({listed}) ORDER BY 1"
    )
    return [str(row[0]) for row in found]


def told_whole(name: str) -> str:
    """The buckets of histograms that come whole: what each count grew since the point before."""
    points = (
        "SELECT points.*, source, labels, temporality, bounds, lag(counts) OVER near AS before, lag(count) OVER near "
        "AS less, lag(bounds_id) OVER near AS other, lag(time) OVER near AS earlier FROM histograms AS points "
        f"JOIN (FROM series WHERE name = {literal(name)}) AS series USING (series_id) JOIN bounds USING (bounds_id) "
        "WHERE count IS NOT NULL WINDOW near AS (PARTITION BY points.series_id ORDER BY time, start NULLS FIRST)"
    )
    grew = (
        "CASE WHEN temporality = 'delta' THEN counts "
        f"WHEN before IS NULL THEN CASE WHEN start < time AND time - start <= INTERVAL {YOUNG} SECOND THEN counts END "
        "WHEN start > earlier THEN CASE WHEN start < time THEN counts END "
        "WHEN count < less OR other <> bounds_id THEN counts "
        "ELSE [counts[i]::BIGINT - before[i]::BIGINT FOR i IN range(1, len(counts) + 1)] END"
    )
    each = f"SELECT *, {grew} AS grown, unnest(range(1, len(counts) + 1)) AS nth FROM ({points})"
    upper = "CASE WHEN nth > len(bounds) THEN 'infinity'::DOUBLE ELSE bounds[nth] END"
    return (
        f"SELECT date_trunc('minute', time) AS minute, grown[nth]::DOUBLE AS bucket_count, {upper} AS le, "
        f"{LOWEST} AS above, series_id, source, labels FROM ({each}) WHERE grown IS NOT NULL"
    )


def told_apart(name: str, columns: list[str], listed: str, whole: bool) -> str:
    """The buckets of histograms that come as a series for each bound: what each counts more than the one below it."""
    sending = f"(SELECT source FROM series WHERE name = {literal(name)})"
    series = (
        f"SELECT series_id, source, labels, TRY_CAST(labels['le']::VARCHAR AS DOUBLE) AS le{listed} "
        f"FROM series WHERE name = {literal(name + TAIL)}{f' AND source NOT IN {sending}' if whole else ''}"
    )
    same = ", ".join(["source", *map(quote, columns), "minute"])
    grown = (
        f"SELECT minute, increase, series.*, lag(increase) OVER near AS below, lag(le) OVER near AS bound FROM minutes "
        f"JOIN ({series}) AS series USING (series_id) WHERE increase IS NOT NULL AND le IS NOT NULL "
        f"WINDOW near AS (PARTITION BY {same} ORDER BY le)"
    )
    first = "CASE WHEN le > 0 THEN 0 ELSE '-infinity'::DOUBLE END"
    shown = "".join(f", {quote(column)}" for column in columns)
    return (
        "SELECT minute, greatest(increase - coalesce(below, 0), 0) AS bucket_count, le, "
        f"coalesce(bound, {first}) AS above, series_id, source, labels{shown} FROM ({grown})"
    )
