"""A table asked about itself, in a few passes: types, counts, extents, frequent values, values inside of values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import structs

from truenorth.collect.ledger import MARK
from truenorth.discover.ending import with_endings
from truenorth.discover.facts import NUMBERS, Column, Table, from_item, named, plain_sql
from truenorth.discover.inside import counted_columns, json_columns, listed_columns, struct_columns, summed_columns
from truenorth.discover.word import plain_name
from truenorth.store.engine import Engine

FEW = 60  # up to so many different values are listed
SAMPLE = 2000
_BATCH = 40
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?")
_MONTH = re.compile(r"(19|20)\d\d[-/](0[1-9]|1[0-2])")
_CLOCK = re.compile(r"\d{1,5}:[0-5]\d:[0-5]\d")
_LASTING = frozenset(
    ["duration", "response", "resolution", "reply", "elapsed", "handling", "wait", "waiting", "length"]
)
_OFFSET = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S* ?(Z|UTC|[+-]\d\d(:?\d\d)?)")
_TIME_WORDS = frozenset(
    [
        "at",
        "time",
        "date",
        "created",
        "updated",
        "started",
        "ended",
        "closed",
        "opened",
        "paid",
        "cancelled",
        "timestamp",
        "period",
        "expires",
        "login",
        "seen",
        "received",
        "sent",
        "trial",
        "due",
    ]
)
_SINCE = re.compile(r"\d{10}|\d{13}|\d{16}")
# What a count of seconds since 1970 may be counted in: the factor to microseconds.
_EPOCHS = ((1, 1_000_000), (1_000, 1_000), (1_000_000, 1))
_EARLIEST, _LATEST = 631_152_000, 2_524_608_000  # 1990 to 2050


def surveyed(engine: Engine, source: str, name: str, origin: str = "") -> Table:
    """What a table of the warehouse is found to hold; nested values are laid open by a select of their own."""
    relation = from_item(source)
    described = engine.rows(f"DESCRIBE SELECT * FROM {relation}")
    kinds = [(str(row[0]), str(row[1])) for row in described if row[0] != MARK]
    [(rows,)] = engine.rows(f"SELECT count(*) FROM {relation}")
    query, columns = "", _plain(kinds)
    if nested := [(column, kind) for column, kind in kinds if kind.startswith("STRUCT") and not kind.endswith("]")]:
        columns += struct_columns(nested)
    columns += listed_columns(engine, relation, kinds)
    columns += summed_columns(kinds)
    found = _measured(engine, relation, columns, int(str(rows)))
    lists = counted_columns(engine, relation, [one for one in found if one.type in ("text", "json")])
    found += _measured(engine, relation, lists, int(str(rows)))
    if laid := [one for one in found if one.expr and one.inside and one.filled]:
        own = [one for one in found if not one.inside]
        query = _select(source, own, laid)
        relation = f"({query})"
        found = _measured(engine, relation, [structs.replace(one, expr="") for one in (*own, *laid)], int(str(rows)))
    elif any("." in one.written for one in found):
        # In an expression what stands before a dot would be another table.
        query = _select(source, found, [])
        relation, found = f"({query})", [structs.replace(one, expr="") for one in found]
    inner = json_columns(engine, relation, [one for one in found if one.type in ("text", "json")])
    found += _measured(engine, relation, _distinct(inner, found), int(str(rows)))
    told = with_endings(engine, relation, [_timed(one) for one in found])
    return Table(name, "" if query else source, int(str(rows)), tuple(told), query, (), origin)


def _plain(kinds: Sequence[tuple[str, str]]) -> list[Column]:
    """The columns of one value each, under names that definitions may have."""
    taken: set[str] = set()
    columns = []
    for written, kind in kinds:
        type_ = type_word(kind)
        if not type_:
            continue
        good = written if re.fullmatch(r"[A-Za-z](?:[A-Za-z0-9]|_(?!_))*", written) else plain_name(written)
        name = good if good != "metric_time" else "metric_time_given"
        while name.lower() in taken:
            name += "_2"
        taken.add(name.lower())
        columns.append(Column(name, written, type_, "" if name == written else named(written)))
    return columns


def type_word(kind: str) -> str:
    """The word for a type of the engine; "" for what is no single value.

    >>> type_word("DECIMAL(18,2)"), type_word("TIMESTAMP WITH TIME ZONE"), type_word("INTEGER[]")
    ('decimal', 'timestamptz', '')
    """
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION", "BLOB", "VARIANT")):
        return ""
    name = kind.partition("(")[0]
    if name == "TIMESTAMP WITH TIME ZONE":
        return "timestamptz"
    if name.startswith("TIMESTAMP"):
        return "timestamp"
    known = {"DECIMAL": "decimal", "FLOAT": "float", "DOUBLE": "float", "DATE": "date", "BOOLEAN": "boolean"}
    if name in known or name == "JSON":
        return known.get(name, "json")
    return "integer" if name.endswith(("INT", "INTEGER")) else "text"


def _distinct(inner: Sequence[Column], outer: Sequence[Column]) -> list[Column]:
    """Values inside of others under names that are still free."""
    taken = {one.name.lower() for one in outer}
    found = []
    for one in inner:
        name = one.name if one.name.lower() not in taken else f"{plain_name(one.inside)}_{one.name}"
        # The usual parameters of web analytics stand beside all of them, as columns.
        if name.lower() not in taken and (one.inside != "event_params" or name == one.name):
            taken.add(name.lower())
            found.append(structs.replace(one, name=name))
    return found


def _select(source: str, own: Sequence[Column], laid: Sequence[Column]) -> str:
    """A select that lays nested values open under names of their own."""
    parts = [f"{one.expr} as {one.name}" if one.expr else named(one.name) for one in (*own, *laid)]
    plain = re.fullmatch(r"[a-z_][a-z0-9_.]*", source)
    return f"select {', '.join(parts)} from {source if plain else from_item(source)}"


def _measured(engine: Engine, relation: str, columns: Sequence[Column], rows: int) -> list[Column]:
    """The columns with their counts, extents and values."""
    found: list[Column] = []
    for start in range(0, len(columns), _BATCH):
        found += _counted(engine, relation, columns[start : start + _BATCH])
    listed = [structs.replace(one, top=_top(engine, relation, one)) if _few(one, rows) else one for one in found]
    return _sampled(engine, relation, listed)


def _counted(engine: Engine, relation: str, columns: Sequence[Column]) -> list[Column]:
    asked = []
    for one in columns:
        extent = one.type not in ("json", "boolean")
        low, high = (f"min({one.sql})", f"max({one.sql})") if extent else ("NULL", "NULL")
        if one.type == "text":
            low, high = f"left({low}::VARCHAR, 200)", f"left({high}::VARCHAR, 200)"
        asked += [f"count({one.sql})", f"approx_count_distinct({one.sql})", low, high]
    [values] = engine.rows(f"SELECT {', '.join(asked)} FROM {relation} AS rows")
    return [
        structs.replace(
            one,
            filled=int(str(values[4 * at])),
            distinct=int(str(values[4 * at + 1])),
            low=values[4 * at + 2],
            high=values[4 * at + 3],
        )
        for at, one in enumerate(columns)
    ]


def _few(column: Column, rows: int) -> bool:
    """Whether the values may be few enough to be listed; times and fractions are no names of groups."""
    if column.type not in ("text", "boolean", "integer") or not column.filled:
        return False
    return column.distinct <= FEW * 1.1 and (column.distinct * 2 <= rows or column.distinct <= 8)


def _top(engine: Engine, relation: str, column: Column) -> tuple[tuple[str, int], ...]:
    sql = (
        f"SELECT value, count(*) AS n FROM (SELECT left(CAST({column.sql} AS VARCHAR), 200) AS value FROM {relation} "
        f"AS rows) AS texts WHERE value IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {FEW + 1}"
    )
    found = tuple((str(value), int(str(count))) for value, count in engine.rows(sql))
    return found if len(found) <= FEW else ()


def _sampled(engine: Engine, relation: str, columns: list[Column]) -> list[Column]:
    """Texts of the first rows, for what only their look tells: addresses, links, dates that came as text."""
    texts = [one for one in columns if one.type in ("text", "json") and one.filled]
    if not texts:
        return columns
    asked = ", ".join(f"left({one.sql}::VARCHAR, 300) AS c{at}" for at, one in enumerate(texts))
    rows = engine.rows(f"SELECT {asked} FROM {relation} AS rows LIMIT {SAMPLE}")
    seen = {one.name: tuple(str(row[at]) for row in rows if row[at] is not None) for at, one in enumerate(texts)}
    for one in texts:
        if not seen[one.name]:
            sql = f"SELECT left({one.sql}::VARCHAR, 300) FROM {relation} AS rows WHERE {one.sql} IS NOT NULL LIMIT 200"
            seen[one.name] = tuple(str(value) for (value,) in engine.rows(sql))
    return [structs.replace(one, sample=seen[one.name][:SAMPLE]) if one.name in seen else one for one in columns]


def _timed(column: Column) -> Column:
    """A column that counts seconds since 1970, or holds times as text, as the times that it means."""
    if column.type in NUMBERS and column.filled and _TIME_WORDS & set(column.words):
        low, high = (float(str(value)) for value in (column.low, column.high))
        for size, factor in _EPOCHS:
            if low / size >= _EARLIEST and high / size <= _LATEST:
                count = f"cast({plain_sql(column)} as bigint)" if column.type != "integer" else ""
                count = count or plain_sql(column)
                expr = f"make_timestamp({count}{f' * {factor}' if factor > 1 else ''})"
                since = datetime(1970, 1, 1)
                ends = (since + timedelta(microseconds=value * factor) for value in (low, high))
                return structs.replace(column, type="timestamp", expr=expr, low=next(ends), high=next(ends), top=())
    if column.type == "text" and column.sample and _TIME_WORDS & set(column.words) and column.share(_SINCE) == 1:
        cast = f"try_cast({plain_sql(column)} as bigint)"
        timed = _timed(structs.replace(column, type="integer", expr=cast))
        return timed if timed.timed else column
    if column.type == "text" and column.sample and column.share(_MONTH) >= 0.99:
        expr = f"try_cast(replace({plain_sql(column)}, '/', '-') || '-01' as date)"
        read = [_read(f"{str(value).replace('/', '-')}-01") for value in (column.low, column.high)]
        return structs.replace(column, type="date", expr=expr, low=read[0], high=read[1], top=())
    if column.type == "text" and _LASTING & set(column.words) and column.sample and column.share(_CLOCK) >= 0.99:
        return _lasting(column)
    if column.type == "text" and column.sample and column.share(_ISO) >= 0.99:
        zoned = column.share(_OFFSET) > 0.5
        word = "timestamptz" if zoned else "timestamp" if any(len(one) > 10 for one in column.sample) else "date"
        read = [_read(str(value)) for value in (column.low, column.high)]
        expr = f"try_cast({plain_sql(column)} as {word})"
        return structs.replace(column, type=word, expr=expr, low=read[0], high=read[1], top=())
    return column


def _lasting(column: Column) -> Column:
    """A length of time that is written in hours, minutes and seconds, as the hours that it means."""
    name = plain_sql(column)
    parts = (f"try_cast(split_part({name}, ':', {at}) as double)" for at in (1, 2, 3))
    expr = "{} + {} / 60 + coalesce({}, 0) / 3600".format(*parts)
    told = column.written if "hours" in column.words else f"{column.written} hours"
    return structs.replace(column, written=told, type="float", expr=expr, low=0.0, high=0.0, top=(), sample=())


def _read(text: str) -> datetime | None:
    found = re.match(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?", text)
    return datetime.fromisoformat(" ".join(filter(None, found.groups()))) if found else None
