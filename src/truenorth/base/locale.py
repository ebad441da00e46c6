"""How a locale writes numbers: its marks, its groups, where the percent sign and the currency stand, its short forms.

`en` is the house's own English: a thin space before the percent sign, k and bn for thousands and billions. All others,
en_US and en_GB too, are written as the Unicode CLDR says.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

from truenorth.base.errors import QueryError

MINUS = "−"
THIN = "\u202f"
SPACE = "\xa0"
SHORT = ((1e12, "T"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))


class Marks(Struct, frozen=True):
    """One locale's marks. `groups` are the sizes of the last group and of those before it; `percent` and each short
    form are (what stands before, what stands behind) a number, with their spaces."""

    point: str
    group: str
    groups: tuple[int, int]
    percent: tuple[str, str]
    short: tuple[tuple[float, str, str], ...]

    def grouped(self, digits: str) -> str:
        """Whole digits with their groups marked.

        >>> marks("en").grouped("1234567"), marks("en_IN").grouped("1234567")
        ('1,234,567', '12,34,567')
        """
        last, others = self.groups
        if len(digits) <= last:
            return digits
        head, parts = digits[:-last], [digits[-last:]]
        while head:
            parts.insert(0, head[-others:])
            head = head[:-others]
        return self.group.join(parts)


ENGLISH = Marks(".", ",", (3, 3), ("", f"{THIN}%"), tuple((size, "", letter) for size, letter in SHORT))


@lru_cache(maxsize=64)
def marks(locale: str) -> Marks:
    """The marks of a locale; ValueError or babel's UnknownLocaleError where there is no such locale."""
    if locale == "en":
        return ENGLISH
    from babel import Locale
    from babel.numbers import get_decimal_symbol, get_group_symbol

    known = Locale.parse(locale)
    percent = known.percent_formats[None]
    first, second = known.decimal_formats[None].grouping
    return Marks(
        get_decimal_symbol(known),
        get_group_symbol(known),
        (first, second),
        (percent.prefix[0], percent.suffix[0]),
        tuple(_short_forms(known.compact_decimal_formats["short"]["other"])),
    )


def check_locale(name: str) -> None:
    """QueryError E_BAD_LOCALE where numbers cannot be written in a locale."""
    if name == "en":
        return
    from babel import UnknownLocaleError

    try:
        marks(name)
    except (ValueError, UnknownLocaleError):
        shaped = re.fullmatch(r"([a-zA-Z]{2,3})-([a-zA-Z]{2})", name)
        near = f"{shaped[1].lower()}_{shaped[2].upper()}" if shaped else "en or locale: de_CH"
        raise QueryError("E_BAD_LOCALE", f'no locale named "{name}"', hint=f"write it as locale: {near}") from None


def _short_forms(patterns: object) -> list[tuple[float, str, str]]:
    """The short forms, largest first: the number that stands for one, and what stands before and behind it."""
    assert hasattr(patterns, "items")
    found = []
    for power, pattern in sorted(((int(key), one) for key, one in patterns.items()), reverse=True):
        zeros = pattern.pattern.count("0")
        before, behind = (text.replace("'", "") for text in (pattern.prefix[0], pattern.suffix[0]))
        # A pattern of zeros alone says that this locale has no short form of that size.
        found.append((power / 10 ** (zeros - 1), before, behind) if before or behind else (float(power), "", ""))
    return found


@lru_cache(maxsize=256)
def money_frame(code: str, locale: str, negative: bool) -> tuple[str, str]:
    """What stands before and behind an amount of a currency."""
    from babel.numbers import format_currency

    sample = format_currency(Decimal(-7 if negative else 7), code, "¤0" if locale == "en" else None, locale)
    before, behind = re.split(r"7(?:[.,٫]0+)?", sample, maxsplit=1)
    return _spaced(before.replace("-", MINUS), behind.replace("-", MINUS))


def _spaced(before: str, behind: str) -> tuple[str, str]:
    """A currency's letters never touch the digits: CHF 5, not CHF5."""
    if before[-1:].isalpha():
        before += SPACE
    return before, SPACE + behind if behind[:1].isalpha() else behind


@lru_cache(maxsize=256)
def money_digits(code: str) -> int:
    """How many digits a currency has after the point: yen none, Kuwaiti dinar three.

    >>> money_digits("JPY"), money_digits("EUR"), money_digits("KWD")
    (0, 2, 3)
    """
    from babel.numbers import get_currency_precision

    return int(get_currency_precision(code)) if code else 2
