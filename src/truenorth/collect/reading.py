"""How a column is read: its type decided over all rows, and the SQL that turns text into it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from truenorth.collect.kind import MOMENTS, NUMBERS, ROWS, TRUTHS, Profile, fits
from truenorth.collect.moment import moment_sql, moment_type, order_of
from truenorth.collect.number import accepted, number_sql, number_type
from truenorth.collect.report import Options

_TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "float": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
}
_TRUE = "('true', 'yes', 't', 'y', '1', 'ja', 'j', 'oui', 'o', 'si', 'sí', 's', 'sim', 'tak', 'wahr', 'vrai')"
# The letters that languages write yes and no with: true/false, yes/no, ja/nein, oui/non, sí/no, tak/nie.
_PAIRS = ({"f", "t"}, {"n", "y"}, {"j", "n"}, {"n", "o"}, {"n", "s"}, {"n", "t"})


@dataclass(frozen=True, slots=True)
class Type:
    """A type word with, for decimals, its width and scale; `native` is an engine's type that has no word."""

    word: str
    width: int = 0
    scale: int = 0
    native: str = ""

    @property
    def sql(self) -> str:
        if self.native:
            return self.native
        return f"DECIMAL({self.width}, {self.scale})" if self.word == "decimal" else _TYPES[self.word]

    def __str__(self) -> str:
        if self.native:
            return self.native.lower()
        return f"decimal({self.width},{self.scale})" if self.word == "decimal" else self.word


@dataclass(frozen=True, slots=True)
class Reading:
    """The type of a column, its value in SQL (NULL where the text does not fit), and what was decided or noticed.

    `gaps` says whether some of its texts, like "NA", stand for no value.
    """

    name: str
    type: Type
    sql: str
    note: str = ""
    gaps: bool = False


def decided(profile: Profile, options: Options, strings: bool = False) -> Reading:
    """The reading of a column by its values; `strings` are texts by their origin, so only dates are looked for."""
    family = _family(profile, strings)
    if family == "number":
        kinds = accepted(profile, options.decimal)
        if _mostly(profile, *kinds):
            found = Type(*number_type(profile, kinds, options.decimal))
            return read_as(profile, found, options, found.scale)
    if family == "moment":
        return read_as(profile, Type(moment_type(profile)), options)
    if family == "truth":
        return read_as(profile, Type("boolean"), options)
    return replace(read_as(profile, Type("text"), options), note=_mixed(profile, strings))


def _family(profile: Profile, strings: bool) -> str:
    if _mostly(profile, *MOMENTS):
        return "moment"
    if strings:
        return "text"
    if _mostly(profile, *NUMBERS) and not profile.count("zero"):
        return "number"
    if _mostly(profile, *TRUTHS) and (profile.count("truth") or _both_letters(profile)):
        return "truth"
    return "text"


def _mostly(profile: Profile, *kinds: str) -> bool:
    """Whether the kinds make the column: one stray value is tolerated, or one in twenty."""
    good, filled = profile.count(*kinds), profile.filled
    return good > 0 and filled - good <= max(1, filled // 20) and good >= 3 * (filled - good)


def _both_letters(profile: Profile) -> bool:
    [letters] = profile.ask(f"SELECT string_agg(DISTINCT lower({profile.text}), '') FROM {ROWS}")
    return set(str(letters)) in _PAIRS


def _mixed(profile: Profile, strings: bool) -> str:
    if strings:
        return ""
    if profile.count("zero"):
        return "kept as text: zeros in front would be lost"
    numbers, moments, text = profile.count(*NUMBERS), profile.count(*MOMENTS), profile.count("text", *TRUTHS)
    most, what = max((numbers, "numbers"), (moments, "dates"))
    if most * 2 <= profile.filled:
        return ""
    strays = [profile.firsts[kind] for kind in ("text", *TRUTHS) if text and kind in profile.firsts]
    example = f' ("{min(strays)[1][:40]}" in row {min(strays)[0]})' if strays else ""
    return f"kept as text: {most} of {profile.filled} values are {what}, the others are not{example}"


def read_as(profile: Profile, type_: Type, options: Options, fine: int | None = None) -> Reading:
    """The reading of a column as a given type; `fine` is the most digits after the point, where that is known."""
    text, word, note = profile.text, type_.word, ""
    if word == "text":
        return Reading(profile.name, type_, "")
    if word in ("integer", "decimal", "float"):
        sql = _number(profile, type_, options, fine)
    elif word == "boolean":
        kinds = fits(text, *TRUTHS) + f" OR {text} IN ('0', '1')"
        sql = f"CASE WHEN {kinds} THEN lower({text}) IN {_TRUE} END"
    else:
        order, note = order_of(profile, options.dates)
        sql = moment_sql(profile, order, word)
        if word == "timestamp" and not profile.count("isozone"):
            note = "; ".join(filter(None, (note, "no offset is written: taken as UTC")))
        if word == "timestamptz" and profile.count("iso", "isotime"):
            note = "; ".join(filter(None, (note, "where no offset is written: taken as UTC")))
    if profile.count("missing"):
        value = profile.firsts["missing"][1]
        note = "; ".join(filter(None, (note, f'{profile.count("missing")}× no value ("{value}")')))
    return Reading(profile.name, type_, sql, note, profile.count("missing") > 0)


def _number(profile: Profile, type_: Type, options: Options, fine: int | None) -> str:
    kinds = accepted(profile, options.decimal)
    digits = number_sql(profile, kinds, options.decimal, lenient=True)
    if type_.word == "float":
        return f"try_cast({digits} AS DOUBLE)"
    if type_.word == "integer":
        if set(profile.counts) - {"int", "missing"}:
            digits = f"CASE WHEN NOT regexp_matches({digits}, '[.eE]') THEN {digits} END"
        return f"try_cast({digits} AS BIGINT)"
    cast = f"try_cast({digits} AS {type_.sql})"
    if fine is not None and fine <= type_.scale:
        return cast
    # A cast rounds what the scale cannot hold: such a value must not pass.
    too_fine = f"regexp_matches({digits}, '\\.[0-9]{{{type_.scale}}}[0-9]*[1-9]')"
    return f"CASE WHEN NOT {too_fine} THEN {cast} END"


def type_of(native: str) -> Type:
    """The type behind an engine's name for it.

    >>> str(type_of("DECIMAL(18,2)")), str(type_of("BIGINT")), str(type_of("INTEGER[]"))
    ('decimal(18,2)', 'integer', 'integer[]')
    """
    if found := re.fullmatch(r"DECIMAL\((\d+), ?(\d+)\)", native):
        return Type("decimal", int(found[1]), int(found[2]))
    words = {**{sql: word for word, sql in _TYPES.items()}, "TIMESTAMP WITH TIME ZONE": "timestamptz"}
    return Type(words[native]) if native in words else Type("other", native=native)


def joined(old: Type, new: Type) -> Type:
    """The type that holds what a table has and what comes: numbers and times widen, all else stays as it is."""
    if old == new or old.word not in ("integer", "decimal", "date", "float"):
        return old
    if old.word == "date":
        return new if new.word == "timestamp" else old
    if "float" in (old.word, new.word) and new.word in ("integer", "decimal", "float"):
        return Type("float")
    if new.word not in ("integer", "decimal"):
        return old
    whole = max(19 if one.word == "integer" else one.width - one.scale for one in (old, new))
    scale = max(old.scale, new.scale)
    if old.word == "decimal" and new.word == "integer":
        return old
    return Type("decimal", 18 if whole + scale <= 18 else min(38, whole + scale), scale)
