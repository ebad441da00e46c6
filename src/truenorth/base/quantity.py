"""Quantities: how numbers with a unit are written, by locale."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from truenorth.base.table import Value

NONE = "–"
MINUS = "−"
THIN = "\u202f"
DURATIONS: dict[str, tuple[str, int]] = {
    "milliseconds": ("ms", 0),
    "seconds": ("s", 1),
    "minutes": ("min", 1),
    "hours": ("h", 1),
    "days": ("d", 1),
}
UNITS = ("count", "currency", "percent", "points", "ratio", *DURATIONS)
STEPS = ((1_000_000_000_000, "T"), (1_000_000_000, "bn"), (1_000_000, "M"), (1_000, "k"))
LETTERS = frozenset(letter for _, letter in STEPS)


def size_of(value: Decimal | float | int) -> float:
    """How large a number is, whatever its sign."""
    return abs(float(value))


def is_number(value: object) -> bool:
    """Whether a value counts as a number here (True and False do not)."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


@lru_cache(maxsize=32)
def marks(locale: str) -> tuple[str, str]:
    """(decimal mark, grouping mark) of a locale."""
    if locale == "en":
        return ".", ","
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return get_decimal_symbol(locale), get_group_symbol(locale)


@lru_cache(maxsize=256)
def currency_text(number: str, code: str, locale: str) -> str:
    """A written number with its currency where the locale puts it."""
    from babel.numbers import format_currency

    sample = format_currency(
        Decimal(0), code, format="¤0" if locale == "en" else None, locale=locale, decimal_quantization=True
    )
    digits = "".join(mark for mark in sample if mark.isdigit() or mark in marks(locale)[0])
    return sample.replace(digits, number, 1)


def plain(value: Decimal | float | int, digits: int, locale: str) -> str:
    """A number with fixed digits, grouped, with a real minus sign."""
    text = f"{abs(value):,.{digits}f}"
    point, group = marks(locale)
    text = text.replace(",", "\0").replace(".", point).replace("\0", group)
    negative = value < 0 and any(mark in "123456789" for mark in text)
    return MINUS + text if negative else text


def shortened(value: Decimal | float | int) -> tuple[float, str]:
    """(mantissa, letter) of a large number: 284600 is 284.6 k."""
    for size, letter in STEPS:
        if size_of(value) >= size:
            return float(value) / size, letter
    return float(value), ""


def digits_for(value: Decimal | float | int) -> int:
    """Digits after the point that keep about three significant ones."""
    size = size_of(value)
    if size == 0 or size >= 100:
        return 0
    return 1 if size >= 10 else 2 if size >= 0.1 else 3


def percent_digits(value: float) -> int:
    """More digits where they matter: near 0 % and near 100 %."""
    size = abs(value)
    if size >= 100 or size == 0:
        return 1
    return 2 if size < 1 or size > 99 else 1


def format_parts(
    value: Value, unit: str = "", currency: str = "", locale: str = "en", compact: bool = False
) -> tuple[str, str]:
    """The number and its unit apart, for faces that set the unit smaller.

    >>> format_parts(0.0314, "percent")
    ('3.1', '%')
    """
    if value is None:
        return NONE, ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M"), ""
    if isinstance(value, date):
        return value.isoformat(), ""
    if isinstance(value, bool | str):
        return str(value), ""
    return number_parts(value, unit, currency, locale, compact)


def number_parts(value: Decimal | float | int, unit: str, currency: str, locale: str, compact: bool) -> tuple[str, str]:
    """The number and its unit apart, for numbers alone."""
    if isinstance(value, float) and value != value:
        return NONE, ""
    if unit == "percent":
        share = float(value) * 100
        return plain(share, percent_digits(share), locale), "%"
    if unit == "points":
        return plain(float(value) * 100, 1 if size_of(value) >= 0.001 or not value else 2, locale), "pt"
    if unit in DURATIONS:
        letter, least = DURATIONS[unit]
        return plain(
            value, max(least, digits_for(value)) if size_of(value) < 100 and least else digits_for(value), locale
        ), letter
    letter = ""
    if compact and size_of(value) >= 10_000:
        mantissa, letter = shortened(value)
        text = plain(mantissa, 1 if abs(mantissa) < 1000 else 0, locale)
    elif unit == "currency":
        text = plain(value, 0 if compact and size_of(value) >= 100 else 2, locale)
    elif (
        unit == "ratio"
        or isinstance(value, float)
        or (isinstance(value, Decimal) and value != value.to_integral_value())
    ):
        text = plain(value, digits_for(value), locale)
    else:
        text = plain(value, 0, locale)
    if unit != "currency":
        return text, letter
    written = money(text, currency, locale)
    if letter and not written.endswith(text.removeprefix(MINUS)):
        # The currency stands behind the number, and the letter belongs to the number: 18,5k €.
        return money(text + letter, currency, locale), ""
    return written, letter


def money(text: str, currency: str, locale: str) -> str:
    """A written number as money, the minus sign first."""
    if not currency:
        return text
    negative = text.startswith(MINUS)
    written = currency_text(text.removeprefix(MINUS), currency, locale)
    return MINUS + written if negative else written


def format_value(value: Value, unit: str = "", currency: str = "", locale: str = "en", compact: bool = False) -> str:
    """A value as a person reads it; None is a dash.

    >>> format_value(Decimal("1234.5"), "currency", "EUR")
    '€1,234.50'
    >>> format_value(0.0314, "percent")
    '3.1\u202f%'
    """
    text, letter = format_parts(value, unit, currency, locale, compact)
    if not letter:
        return text
    return text + letter if letter in LETTERS else text + THIN + letter


def format_change(change: float | Decimal | None, unit: str = "", currency: str = "", locale: str = "en") -> str:
    """A change with its sign: in points for a difference of percentages, else a share of the old value.

    >>> format_change(-0.006, "points")
    '−0.6\u202fpt'
    >>> format_change(0.041)
    '+4.1\u202f%'
    """
    if change is None or (isinstance(change, float) and change != change):
        return NONE
    size = float(change) * 100
    digits = 2 if 0 < abs(size) < 0.1 else 0 if abs(size) >= 1000 else 1
    text = plain(size, digits, locale)
    sign = "+" if size > 0 and any(mark in "123456789" for mark in text) else ""
    return f"{sign}{text}{THIN}{'pt' if unit in ('percent', 'points') else '%'}"
