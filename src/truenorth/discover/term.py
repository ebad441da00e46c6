"""What a subscription is paid for at a time: the words of billing systems for a term, as an interval and how many."""

from __future__ import annotations

import re

from truenorth.discover.facts import Column, Table

# Beginnings of words for a term: the interval that policies know, and how many of them one is.
_TERMS = (
    ("biennial|bi-annual|two[ -]year", "year", 2), ("half|semi[ -]?annual|halb", "half_year", 1),
    ("quarter|quartal|trimest|viertelj", "quarter", 1), ("fortnight|bi-?weekly", "week", 2),
    ("bi-?monthly", "month", 2), ("year|annual|yr|jahr|jähr|jaehr|ann[eé]|año|rocz", "year", 1),
    ("month|mo$|mon|mens|mth", "month", 1), ("week|wk|woche|wöch|woech|seman|semain", "week", 1),
    ("da(y|ily)|tag|tägl", "day", 1),
)  # fmt: skip
_ISO = {"Y": "year", "M": "month", "W": "week", "D": "day"}
# Words of a whole number that says how many intervals a term has; all of one group stand in its name.
_COUNTS = ({"interval", "count"}, {"interval", "length"}, {"billing", "period"}, {"period", "count"},
           {"term", "length"}, {"billing", "frequency"}, {"interval", "number"}, {"period", "number"})  # fmt: skip


def term_of(text: str) -> tuple[str, int] | None:
    """The interval of a term, as policies call it, and how many it has; None where nothing says so.

    >>> term_of("Annually"), term_of("every 3 months"), term_of("P1M"), term_of("pro-yearly"), term_of("lifetime")
    (('year', 1), ('month', 3), ('month', 1), ('year', 1), None)
    """
    said = text.strip().lower()
    if iso := re.fullmatch(r"p(\d+)([ymwd])", said):
        return _ISO[iso[2].upper()], int(iso[1])
    number = re.search(r"(?<!\d)(\d{1,3})[ _-]*(?=[a-z])", said)
    for pattern, interval, count in _TERMS:
        if re.search(rf"(?<![a-zäöüß])({pattern})", said):
            return interval, count * (int(number[1]) if number and int(number[1]) else 1)
    return None


def counted(table: Table) -> Column | None:
    """The column that says how many intervals a term has."""
    whole = [one for one in table.columns if one.type == "integer" and one.filled]
    return next((one for one in whole if any(words <= set(one.words) for words in _COUNTS)), None)
