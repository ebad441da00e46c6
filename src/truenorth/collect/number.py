"""Numbers written as text: decimal point or comma, and the type that holds them exactly."""

from __future__ import annotations

from truenorth.base.errors import SourceError
from truenorth.collect.kind import ROWS, Profile, fits, missing
from truenorth.store.engine import Engine

_MOST_DIGITS_OF_MONEY = 6


def accepted(profile: Profile, decimal: str) -> tuple[str, ...]:
    """The kinds of text that are numbers here: by the option, else by what the column itself proves.

    SourceError E_DECIMAL_COMMA when it proves nothing (1.234 and 1,234 are about one, or more than a thousand), or
    that commas are meant.
    """
    if decimal == "comma":
        return ("int", "comma", "comma3", "point3")
    by_point = ("int", "point", "point3", "comma3", "exp")
    if decimal == "point":
        return by_point
    if profile.count("comma"):
        raise _comma(profile, *profile.firsts["comma"])
    for kind, proof in (("comma3", ("point",)), ("point3", ("point", "exp"))):
        if profile.count(kind) and not profile.count(*proof):
            raise _comma(profile, *profile.firsts[kind])
    return by_point


def _comma(profile: Profile, record: int, value: str) -> SourceError:
    comma = value.translate(str.maketrans("", "", ".  ’'")).replace(",", ".")
    point = value.replace(",", "")
    readings = f"--decimal comma reads {comma}"
    sign = "point" if "," not in value else "comma"
    if len(value.replace(".", ",").partition(",")[2]) == 3:
        readings += f", --decimal point reads {point}"
    message = f'column "{profile.name}" holds "{value}" (row {record}): is the {sign} its decimal sign?'
    return SourceError("E_DECIMAL_COMMA", message, hint=f"say which: {readings}")


def number_sql(profile: Profile, kinds: tuple[str, ...], decimal: str, lenient: bool) -> str:
    """The digits as an engine reads them, NULL where the text is no number; lenient takes 007 as 7."""
    kinds = (*kinds, "zero") if lenient else kinds
    if decimal == "comma":
        plain = f"replace(translate({profile.text}, '. \u202f\u00a0’''', ''), ',', '.')"
    elif not profile.only("int", "point3", "exp"):
        plain = f"replace({profile.text}, ',', '')"
    else:
        plain = profile.text
    if profile.only(*kinds):
        return f"CASE WHEN {missing(profile.text)} THEN NULL ELSE {plain} END" if profile.count("missing") else plain
    return f"CASE WHEN {fits(profile.text, *kinds)} THEN {plain} END"


def number_type(profile: Profile, kinds: tuple[str, ...], decimal: str) -> tuple[str, int, int]:
    """(word, width, scale) of the narrowest type that holds every number of the column exactly."""
    if profile.count("exp"):
        return "float", 0, 0
    if not set(profile.counts) & {"point", "point3", "comma", "comma3"}:
        return "integer", 0, 0
    digits = number_sql(profile, kinds, decimal, lenient=False)
    sql = (
        f"SELECT max(CASE WHEN contains(v, '.') THEN length(v) - instr(v, '.') ELSE 0 END), "
        f"max(length(split_part(ltrim(v, '-'), '.', 1))) FROM (SELECT {digits} AS v FROM {ROWS}) AS numbers"
    )
    scale, whole = (int(str(value or 0)) for value in profile.ask(sql))
    if scale == 0 and whole <= 18:
        return "integer", 0, 0
    if scale > _MOST_DIGITS_OF_MONEY or whole + scale > 38:
        return "float", 0, 0
    scale = max(scale, 2)
    return "decimal", 18 if whole + scale <= 18 else 38, scale


def digits_of(engine: Engine, column: str) -> tuple[int, int] | None:
    """(width, scale) that hold every number of a text column exactly; None when nothing does."""
    sql = (
        f"SELECT max(length(regexp_extract({column}, '\\.([0-9]*[1-9])', 1))), "
        f"max(length(ltrim(split_part({column}, '.', 1), '-0'))), count({column}) "
        f"FROM {ROWS} WHERE {column} IS NOT NULL"
    )
    [(scale, whole, _)] = engine.rows(sql)
    fine, wide = max(int(str(scale or 0)), 2), int(str(whole or 0))
    if fine + wide > 38:
        return None
    return (18 if fine + wide <= 18 else 38), fine
