"""The words for units: what is counted, one of it, and what it is counted per."""

from __future__ import annotations

from fractions import Fraction

SECONDS: dict[str, Fraction] = {
    "milliseconds": Fraction(1, 1000),
    "seconds": Fraction(1),
    "minutes": Fraction(60),
    "hours": Fraction(3600),
    "days": Fraction(86400),
}
SHARES = ("percent", "ratio")
ONE = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "mice": "mouse",
    "feet": "foot",
    "movies": "movie",
    "cookies": "cookie",
    "statuses": "status",
    "series": "series",
    "news": "news",
}
HISSING = ("ses", "xes", "zes", "ches", "shes")
# Words that end in -se, -ze or -che when there is one of them, and so only add an s.
SILENT_E = ("ases", "auses", "enses", "onses", "ouses", "urses", "eases", "oses", "caches", "izes", "yses")


def singular(noun: str) -> str:
    """One of what a noun counts; a word that is one already stays.

    >>> singular("orders"), singular("people"), singular("companies"), singular("boxes"), singular("purchases")
    ('order', 'person', 'company', 'box', 'purchase')
    """
    head, space, word = noun.rpartition(" ")
    return f"{head}{space}{_one(word)}"


def _one(word: str) -> str:
    if word in ONE:
        return ONE[word]
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(HISSING) and not word.endswith(SILENT_E):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def unit_words(unit: str, currency: str = "", per: str = "") -> str:
    """A unit as people say it; "" for a plain number.

    >>> unit_words("currency", "USD", "order"), unit_words("points"), unit_words("orders", per="customer")
    ('USD per order', 'percentage points', 'orders per customer')
    """
    text = {"currency": currency or "money", "points": "percentage points", "count": ""}.get(unit, unit)
    return f"{text or 'a count'} per {per}" if per else text
