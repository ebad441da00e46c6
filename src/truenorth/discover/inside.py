"""Values inside of values: objects of JSON, structs, and lists of keys with values, laid open as columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from truenorth.discover.facts import Column, named, plain_sql
from truenorth.discover.word import plain_name, words
from truenorth.store.engine import Engine
from truenorth.store.values import literal

MOST = 24  # so many values inside of one column are laid open, the most frequent first
_ROWS = 5000
_OBJECT = re.compile(r"\s*\{.*", re.S)
_ITEMS = re.compile(r"\s*\[\s*(\{.*|\]\s*)", re.S)
_JSON = {"UBIGINT": "integer", "BIGINT": "integer", "DOUBLE": "float", "BOOLEAN": "boolean", "VARCHAR": "text"}
_PLACES = 6  # a number with more decimals is none that is counted exactly
_CASTS = {"integer": "bigint", "float": "double"}
_KINDS = ("string", "int", "double", "float")
_WORDS = {"string": "text", "int": "integer", "double": "float", "float": "float"}
_LEAF = re.compile(r"(?:\"((?:[^\"]|\"\")+)\"|(\w+)) (.*)", re.S)


def struct_columns(nested: Sequence[tuple[str, str]]) -> list[Column]:
    """The single values of structs, two levels deep."""
    found = []
    for column, kind in nested:
        for path, leaf in _leaves(kind, 2):
            word = _word(leaf)
            if word:
                written = f"{column}.{'.'.join(path)}"
                expr = ".".join(named(part) for part in (column, *path))
                found.append(Column(plain_name(written), written, word, expr, inside=column))
    return found


def summed_columns(kinds: Sequence[tuple[str, str]]) -> list[Column]:
    """How many pieces lists of items hold together: what an order of several items has sold."""
    found = []
    for column, kind in kinds:
        inner = dict(members(kind[:-2])) if kind.startswith("STRUCT") and kind.endswith(")[]") else {}
        name = next((name for name in inner if words(name) == ("quantity",) and _word(inner[name]) == "integer"), "")
        if name:
            expr = f"list_sum(list_transform({named(column)}, lambda item: item.{named(name)}))"
            found.append(Column(plain_name(f"{column}_{name}"), f"{column}.{name}", "integer", expr, inside=column))
    return found


def _leaves(kind: str, depth: int) -> list[tuple[tuple[str, ...], str]]:
    """The paths and types of a struct's single values."""
    found: list[tuple[tuple[str, ...], str]] = []
    for name, inner in members(kind):
        if inner.startswith("STRUCT") and not inner.endswith("]"):
            found += [((name, *path), leaf) for path, leaf in (_leaves(inner, depth - 1) if depth > 1 else [])]
        else:
            found.append(((name,), inner))
    return found


def members(kind: str) -> list[tuple[str, str]]:
    """The names and types in a struct.

    >>> members('STRUCT("key" VARCHAR, "value" STRUCT(a INTEGER, b VARCHAR))')
    [('key', 'VARCHAR'), ('value', 'STRUCT(a INTEGER, b VARCHAR)')]
    """
    body = kind[kind.index("(") + 1 : kind.rindex(")")]
    parts, depth, start, quotes = [], 0, 0, False
    for at, sign in enumerate(f"{body},"):
        quotes = quotes != (sign == '"')
        depth += (sign == "(") - (sign == ")") if not quotes else 0
        if sign == "," and depth == 0 and not quotes:
            parts.append(body[start:at].strip())
            start = at + 1
    found = (_LEAF.fullmatch(part) for part in parts)
    return [((match[1] or match[2]).replace('""', '"'), match[3]) for match in found if match]


def _word(kind: str) -> str:
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return ""
    if kind.startswith("DECIMAL"):
        return "decimal"
    if kind.startswith("TIMESTAMP"):
        return "timestamptz" if "ZONE" in kind else "timestamp"
    others = {"DATE": "date", "BOOLEAN": "boolean", "DOUBLE": "float", "FLOAT": "float", "VARCHAR": "text"}
    return others.get(kind, "integer" if kind.endswith(("INT", "INTEGER")) else "")


def listed_columns(engine: Engine, relation: str, kinds: Sequence[tuple[str, str]]) -> list[Column]:
    """The values of lists of keys with values, as web analytics exports have them: a column for each key."""
    found: list[Column] = []
    for column, kind in kinds:
        inner = dict(members(kind[:-2])) if kind.startswith("STRUCT") and kind.endswith("[]") else {}
        if set(inner) >= {"key", "value"} and inner["value"].startswith("STRUCT"):
            found += _keyed(engine, relation, column, dict(members(inner["value"])))
    return found


def _keyed(engine: Engine, relation: str, column: str, values: dict[str, str]) -> list[Column]:
    there = [(kind, name) for kind in _KINDS for name in values if name.partition("_")[0] == kind]
    counts = ", ".join(f"count(pair.value.{named(name)})" for _, name in there)
    rows = engine.rows(
        f"SELECT pair.key, {counts} FROM (SELECT unnest({named(column)}) AS pair FROM {relation} AS rows) AS pairs "
        f"WHERE pair.key IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {MOST}"
    )
    found = []
    for key, *filled in rows:
        count, (kind, name) = max(zip((int(str(one)) for one in filled), there, strict=True), key=lambda pair: pair[0])
        if count:
            picked = f"list_filter({named(column)}, lambda pair: pair.key = {literal(str(key))})[1]"
            expr = f"{picked}.value.{named(name)}"
            found.append(Column(plain_name(str(key)), f"{column}.{key}", _WORDS[kind], expr, inside=column))
    return found


def json_columns(engine: Engine, relation: str, columns: Sequence[Column]) -> list[Column]:
    """The values of objects written as JSON: a column for each name, the most frequent first."""
    found: list[Column] = []
    for one in columns:
        if one.sample and one.share(_OBJECT) >= 0.95:
            found += _named(engine, relation, one)
    return found


def counted_columns(engine: Engine, relation: str, columns: Sequence[Column]) -> list[Column]:
    """How many pieces lists of items written as JSON hold together, where every item says it as a whole number."""
    found: list[Column] = []
    for one in columns:
        if not one.sample or one.share(_ITEMS) < 0.9:
            continue
        held = plain_sql(one)
        rows = engine.rows(
            f"SELECT DISTINCT unnest(json_keys(json_extract({held}, '$[0]'))) FROM {relation} AS rows "
            f"WHERE json_valid({held}::VARCHAR)"
        )
        for name in (str(key) for (key,) in sorted(rows) if words(str(key)) == ("quantity",)):
            path = literal(f'$[*]."{name}"')
            expr = f"list_sum(try_cast(json_extract_string({held}, {path}) as bigint[]))"
            whole = f"json_array_length({held}) = len(json_extract_string({held}, {path})) AND {expr} IS NOT NULL"
            asked = f"SELECT count(*) FILTER (WHERE {whole}), count(*) FROM {relation} AS rows"
            [(told, every)] = engine.rows(f"{asked} WHERE json_array_length({held}) > 0")
            if told == every:
                written = f"{one.name}.{name}"
                found.append(Column(plain_name(written), written, "integer", expr, inside=one.name))
                break
    return found


def _named(engine: Engine, relation: str, column: Column) -> list[Column]:
    rows = engine.rows(
        f"SELECT name, mode(json_type(held, '$.' || to_json(name))), count(*) FROM "
        f"(SELECT held, unnest(json_keys(held)) AS name FROM (SELECT {column.sql}::VARCHAR AS held FROM {relation} "
        f"AS rows WHERE {column.sql} IS NOT NULL AND json_valid({column.sql}::VARCHAR) LIMIT {_ROWS}) AS few) AS named "
        f"WHERE json_type(held, '$.' || to_json(name)) NOT IN ('NULL', 'ARRAY', 'OBJECT') "
        f"GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT {MOST}"
    )
    names = [str(name) for name, _, _ in rows]
    paths = [
        "$." + (one if re.fullmatch(r"[A-Za-z_]\w*", one) else f'"{one.replace(chr(34), chr(92) + chr(34))}"')
        for one in names
    ]
    words = _types(engine, relation, column, paths, [str(kind) for _, kind, _ in rows])
    found = []
    for name, path, word in zip(names, paths, words, strict=True):
        text = f"json_extract_string({plain_sql(column)}, {literal(path)})"
        type_ = word.partition("(")[0]
        expr = f"try_cast({text} as {_CASTS.get(type_, word)})" if type_ in (*_CASTS, "decimal") else text
        if word == "boolean":
            expr = f"{text} = 'true'"
        found.append(Column(plain_name(name), f"{column.name}.{name}", type_, expr, inside=column.name))
    return found


def _types(engine: Engine, relation: str, column: Column, paths: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """The type of each value by all rows, not the first ones: numbers keep their decimals, what is none stays text.

    Amounts that are written as texts are numbers as well.
    """
    if not paths:
        return []
    picked = f"json_extract_string({column.sql}::VARCHAR, [{', '.join(map(literal, paths))}])"
    asked = []
    for at in range(1, len(paths) + 1):
        plain = f"regexp_full_match(v[{at}], '-?[0-9]{{1,15}}([.][0-9]+)?')"
        asked += [
            f"count(v[{at}])", f"count(v[{at}]) FILTER ({plain})", f"count(try_cast(v[{at}] AS DOUBLE))",
            f"coalesce(max(length(regexp_extract(v[{at}], '[.]([0-9]+)$', 1))) FILTER ({plain}), 0)",
            f"count(v[{at}]) FILTER (regexp_full_match(v[{at}], '-?0[0-9]+'))",
        ]  # fmt: skip
    rows = f"SELECT {picked} AS v FROM {relation} AS rows WHERE json_valid({column.sql}::VARCHAR)"
    [counts] = engine.rows(f"SELECT {', '.join(asked)} FROM ({rows}) AS values_inside")
    each = [tuple(int(str(one)) for one in counts[at : at + 5]) for at in range(0, len(counts), 5)]
    return [_typed(_JSON.get(kind, "text"), *one) for kind, one in zip(kinds, each, strict=True)]


def _typed(word: str, filled: int, plain: int, numbers: int, places: int, coded: int) -> str:
    """The type that values have, of how many there are, and how many of them are numbers with how many decimals."""
    if word == "boolean" or not filled:
        return word
    if coded or numbers < filled or (word == "text" and not places):
        return "text" if word == "text" or coded or numbers < 0.99 * filled else "float"
    if plain < filled or places > _PLACES:
        return "float"
    return f"decimal(18, {max(2, places)})" if places else "integer"
