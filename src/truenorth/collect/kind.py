"""Kinds of text: which shapes of numbers, dates and truth values there are, for Python and for SQL alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from truenorth.store.values import literal

ROWS = "truenorth_import_rows"  # the temporary table of an import, with its rows as text
MISSING = ("", "null", "\\n", "na", "n/a", "#n/a", "none", "nan", "-", "--", "–", "—")
TIME = r"(,? |T)[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?( ?[AaPp][Mm])?"
# How the names of months begin, in English, German, French, Spanish, Italian, Portuguese, Polish and Dutch.
MONTHS = (
    *("jan|ene|gen|sty", "feb|fév|fev|lut", "mar|mär|mrz|mrt|maa", "apr|abr|avr|kwi", "may|mai|maj|mag|mei"),
    *("jun|juin|giu|cze", "jul|juil|lug|lip", "aug|ago|aoû|aou|sier", "sep|set|wrz", "oct|okt|ott|out|paź"),
    *("nov|lis", "dec|dez|dic|déc|gru"),
)
MONTH = rf"(?i:(?:{'|'.join(MONTHS)})[a-zà-ÿąęłńśźż]{{0,8}}\.?)"
SPACES = " \u00a0\u202f"  # what stands between thousands, beside marks

# In this order: the first that fits names the kind. "zero" is a number of digits with a zero in front, which is a name.
KINDS: dict[str, str] = {
    "int": r"-?(0|[1-9][0-9]{0,17})",
    "zero": r"-?0[0-9]+",
    "point3": r"-?[1-9][0-9]{0,2}\.[0-9]{3}",
    "point": r"-?((0|[1-9][0-9]*)?\.[0-9]+|[1-9][0-9]{0,2}(,[0-9]{3})+\.[0-9]+|[1-9][0-9]{0,2}(,[0-9]{3}){2,})",
    "comma3": r"-?[1-9][0-9]{0,2},[0-9]{3}",
    "comma": rf"-?((0|[1-9][0-9]*),[0-9]+|[1-9][0-9]{{0,2}}([.{SPACES}’'][0-9]{{3}})+(,[0-9]+)?)",
    "exp": r"-?[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]{1,3}",
    "iso": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "isotime": r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?",
    "isozone": r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r" ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)",
    "ymd": rf"[0-9]{{4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,2}}({TIME})?",
    "three": rf"[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{4}}({TIME})?",
    "short": rf"([0-9]{{1,2}}[-/][0-9]{{1,2}}[-/][0-9]{{2}}|[0-9]{{2}}\.[0-9]{{2}}\.[0-9]{{2}})({TIME})?",
    "named": rf"([0-9]{{1,2}}\.?[ /-]{MONTH}[ /-]([0-9]{{2}}|[0-9]{{4}})|{MONTH} [0-9]{{1,2}},? [0-9]{{4}})({TIME})?",
    "truth": r"(?i:true|false|yes|no|ja|nein|oui|non|s[ií]|sim|n[ãa]o|tak|nie|vrai|faux|wahr|falsch)",
    "letter": r"[TtFfYyNnJjOoSs]",
}
NUMBERS = ("int", "point3", "point", "comma3", "comma", "exp")
MOMENTS = ("iso", "isotime", "isozone", "ymd", "three", "short", "named")
TRUTHS = ("truth", "letter")
_PATTERNS = {name: re.compile(pattern) for name, pattern in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Profile:
    """What the values of a column look like: how many of each kind, with the first of each.

    `text` is the SQL of the text without spaces around it; `ask` runs an aggregate over the rows.
    """

    name: str
    text: str
    counts: dict[str, int]
    firsts: dict[str, tuple[int, str]]
    ask: Callable[[str], tuple[object, ...]]

    def count(self, *kinds: str) -> int:
        """How many values are of the kinds."""
        return sum(self.counts.get(kind, 0) for kind in kinds)

    def only(self, *kinds: str) -> bool:
        """Whether every value is of the kinds, so that none needs to be looked at again."""
        return self.filled == self.count(*kinds)

    @property
    def filled(self) -> int:
        return sum(count for kind, count in self.counts.items() if kind != "missing")


def kind_of(value: str) -> str:
    """The kind of one text.

    >>> kind_of("1.234,56"), kind_of("007"), kind_of("01/02/2025"), kind_of("Ada")
    ('comma', 'zero', 'three', 'text')
    """
    trimmed = value.strip()
    if trimmed.lower() in MISSING:
        return "missing"
    return next((name for name, pattern in _PATTERNS.items() if pattern.fullmatch(trimmed)), "text")


def looks_typed(value: str) -> bool:
    """Whether a text is a number, a date or a time, so hardly a name of a column."""
    return kind_of(value) in (*NUMBERS, *MOMENTS)


def kind_sql(text: str) -> str:
    """The kind of a text in SQL, by the same patterns."""
    cases = [f"WHEN {missing(text)} THEN 'missing'"]
    cases += [f"WHEN {fits(text, name)} THEN '{name}'" for name in KINDS]
    return f"CASE {' '.join(cases)} ELSE 'text' END"


def missing(text: str) -> str:
    """The SQL condition that a text stands for no value."""
    longest = max(len(word) for word in MISSING)
    return f"(length({text}) <= {longest} AND lower({text}) IN ({', '.join(literal(word) for word in MISSING)}))"


def fits(text: str, *kinds: str) -> str:
    """The SQL condition that a text is of one of the kinds."""
    pattern = "|".join(KINDS[kind] for kind in kinds)
    return f"regexp_full_match({text}, {literal(pattern)})"


def trimmed(raw: str) -> str:
    """The SQL of a text without the spaces around it."""
    return f"trim({raw}, ' \t\u00a0')"


_SIGNS = "$€£¥₹₽₺₩₴₫฿₱₦₪"
_PRICED = re.compile(
    rf"[-(]?([A-Z]{{0,3}}[{_SIGNS}]\s?-?[0-9][0-9.,’'\s]*|[0-9][0-9.,’'\s]*\s?([{_SIGNS}]|zł|kr|Kč|Ft|lei))\)?"
)


def is_priced(value: str) -> bool:
    """Whether a text is an amount with the sign of its currency, in brackets where it is negative.

    >>> is_priced("$1,234.50"), is_priced("1.234,50 €"), is_priced("(US$5)"), is_priced("$HOME")
    (True, True, True, False)
    """
    return _PRICED.fullmatch(value.strip()) is not None


def without_sign(raw: str) -> str:
    """The SQL of an amount without the sign of its currency; brackets around it are a minus."""
    signs = rf"[A-Z]{{0,3}}[{_SIGNS}]|zł|kr|Kč|Ft|lei"
    plain = f"regexp_replace({raw}, {literal(signs)}, '')"
    return trimmed(f"regexp_replace({trimmed(plain)}, '^\\(\\s*(.*?)\\s*\\)$', '-\\1')")
