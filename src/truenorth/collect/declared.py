"""Columns whose types are told by where they come from: the first type that holds all values, exactly."""

from __future__ import annotations

from truenorth.collect.kind import ROWS
from truenorth.collect.number import digits_of
from truenorth.collect.reading import Reading, Type, type_of
from truenorth.store.engine import Engine


class OutgrownTable(Exception):
    """Values came that a column of the table, as it was decided before, cannot hold: the table has to be read anew."""


def told_type(
    engine: Engine, position: int, name: str, words: tuple[str, ...], held: tuple[str, Type] | None
) -> Reading:
    """The reading of a text column by the first of the words that all its values fit, else by the last of them.

    A bare "decimal" is as wide as its values need. OutgrownTable when the table's type no longer holds the values.
    """
    column = f"c{position}"
    called = held[0] if held else name
    if held is not None and len(words) == 1 and words[0] != "decimal":
        return Reading(called, held[1], _cast(column, held[1]))
    chosen = held[1] if held else _first_fitting(engine, column, words)
    if held is not None and not _all_fit(engine, column, chosen) and chosen != _type_of_word(words[-1]):
        raise OutgrownTable(name)
    return Reading(called, chosen, _cast(column, chosen))


def _first_fitting(engine: Engine, column: str, words: tuple[str, ...]) -> Type:
    for word in words[:-1]:
        digits = digits_of(engine, column) if word == "decimal" else None
        type_ = Type("decimal", *digits) if digits else None if word == "decimal" else _type_of_word(word)
        if type_ is not None and _all_fit(engine, column, type_):
            return type_
    return _type_of_word(words[-1])


def _all_fit(engine: Engine, column: str, type_: Type) -> bool:
    cast = _cast(column, type_)
    return not cast or not engine.rows(f"SELECT 1 FROM {ROWS} WHERE {column} IS NOT NULL AND {cast} IS NULL LIMIT 1")


def _type_of_word(word: str) -> Type:
    return type_of(word.upper()) if word.upper() == word or "(" in word else Type(word)


def _cast(column: str, type_: Type) -> str:
    if type_.word == "text":
        return ""
    cast = f"try_cast({column} AS {type_.sql})"
    if type_.word == "decimal":
        # A cast rounds what the scale cannot hold: such a value must not pass.
        return f"CASE WHEN NOT regexp_matches({column}, '\\.[0-9]{{{type_.scale}}}[0-9]*[1-9]') THEN {cast} END"
    return cast
