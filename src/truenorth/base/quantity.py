"""Quantities: how numbers with a unit are written, by locale."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from truenorth.base.locale import MINUS, SPACE, THIN, marks, money_digits, money_frame
from truenorth.base.table import Value

NONE = "–"
DURATIONS: dict[str, tuple[str, int]] = {
    "milliseconds": ("ms", 0),
    "seconds": ("s", 1),
    "minutes": ("min", 1),
    "hours": ("h", 1),
    "days": ("d", 1),
}
UNITS = ("count", "currency", "percent", "points", "ratio", *DURATIONS)
MOST_DIGITS = 6
SPACES = f" {SPACE}{THIN}"
UNIT_AT_END = re.compile(rf"(?:[{SPACES}]\D+|%)$")


def size_of(value: Decimal | float | int) -> float:
    """How large a number is, whatever its sign."""
    return abs(float(value))


def is_number(value: object) -> bool:
    """Whether a value counts as a number here (True and False do not)."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def plain(value: Decimal | float | int, digits: int, locale: str) -> str:
    """A number with fixed digits, grouped, with a real minus sign."""
    whole, _, rest = f"{abs(value):.{digits}f}".partition(".")
    known = marks(locale)
    text = known.grouped(whole) + (known.point + rest if rest else "")
    negative = value < 0 and any(mark in "123456789" for mark in text)
    return MINUS + text if negative else text


def shortened(value: Decimal | float | int, locale: str = "en") -> tuple[float, str, str]:
    """(mantissa, what stands before it, what behind) of a large number: 284600 is 284.6 k."""
    for size, before, behind in marks(locale).short:
        if size_of(value) >= size:
            return (float(value) / size, before, behind) if before or behind else (float(value), "", "")
    return float(value), "", ""


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


def digits_of(value: Decimal | float | int, unit: str = "", currency: str = "") -> int:
    """Digits after the point of a value in full."""
    if unit == "percent":
        return percent_digits(float(value) * 100)
    if unit == "points":
        return 1 if size_of(value) >= 0.001 or not value else 2
    if unit in DURATIONS:
        least = DURATIONS[unit][1]
        return max(least, digits_for(value)) if size_of(value) < 100 else digits_for(value)
    if unit == "currency":
        least = money_digits(currency)
        # Money far below its smallest coin (a click, a request) shows what it is.
        return least if size_of(value) >= 0.5 * 10**-least or not value else min(4, least + 2)
    broken = isinstance(value, float) or (isinstance(value, Decimal) and value != value.to_integral_value())
    return digits_for(value) if unit == "ratio" or broken else 0


def digits_together(values: Iterable[Value], unit: str = "", currency: str = "") -> int | None:
    """The digits that a column of values shows, the same in every row; None without numbers.

    >>> digits_together([12.345, 0.5, 3]), digits_together([1, 20, None]), digits_together([0.031, 0.995], "percent")
    (2, 0, 2)
    """
    numbers = [value for value in values if isinstance(value, int | float | Decimal) and value == value]
    finite = [value for value in numbers if not isinstance(value, bool) and size_of(value) != float("inf")]
    if not finite:
        return None
    if unit not in ("ratio", "percent", "points", "currency", *DURATIONS) and all(
        value == int(value) for value in finite
    ):
        return 0
    most = max(digits_of(value, unit, currency) for value in finite)
    if unit in ("currency", "percent", "points"):
        return most
    whole = len(str(int(max(map(size_of, finite)))))
    return max(0, min(most, MOST_DIGITS - whole))


def format_parts(
    value: Value,
    unit: str = "",
    currency: str = "",
    locale: str = "en",
    compact: bool = False,
    digits: int | None = None,
) -> tuple[str, str]:
    """The number and its unit apart, for faces that set the unit smaller.

    >>> format_parts(0.0314, "percent")
    ('3.1', '%')
    """
    text, letter = written_parts(value, unit, currency, locale, compact, digits)
    return text, letter.strip(SPACES)


def written_parts(
    value: Value, unit: str, currency: str, locale: str, compact: bool, digits: int | None
) -> tuple[str, str]:
    """The number, and its unit with the space that stands between them."""
    if value is None:
        return NONE, ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M"), ""
    if isinstance(value, date):
        return value.isoformat(), ""
    if isinstance(value, bool | str):
        return str(value), ""
    return number_parts(value, unit, currency, locale, compact, digits)


def number_parts(
    value: Decimal | float | int, unit: str, currency: str, locale: str, compact: bool, digits: int | None
) -> tuple[str, str]:
    """The number and its unit apart, for numbers alone."""
    if isinstance(value, float) and value != value:
        return NONE, ""
    if unit in ("percent", "points") or unit in DURATIONS:
        return measured(value, unit, locale, digits)
    before = behind = ""
    if compact and size_of(value) >= 10_000:
        mantissa, before, behind = shortened(value, locale)
        text = plain(mantissa, 1 if (before or behind) and abs(mantissa) < 1000 else 0, locale)
    elif digits is None and compact and unit == "currency" and size_of(value) >= 100:
        text = plain(value, 0, locale)
    else:
        text = plain(value, digits_of(value, unit, currency) if digits is None else digits, locale)
    if before:
        text, behind = (MINUS if text.startswith(MINUS) else "") + before + text.removeprefix(MINUS) + behind, ""
    if unit != "currency":
        return text, behind
    written = money(text, currency, locale)
    if behind and not written.endswith(text.removeprefix(MINUS)):
        # The currency stands behind the number, and the letter belongs to the number: 18,5k €.
        return money(text + behind, currency, locale), ""
    return written, behind


def measured(value: Decimal | float | int, unit: str, locale: str, digits: int | None) -> tuple[str, str]:
    """A share, a difference of shares, or a length of time, and its sign."""
    shown = digits_of(value, unit) if digits is None else digits
    if unit == "percent":
        before, behind = marks(locale).percent
        text = plain(float(value) * 100, shown, locale)
        return (MINUS if text.startswith(MINUS) else "") + before + text.removeprefix(MINUS), behind
    if unit == "points":
        return plain(float(value) * 100, shown, locale), f"{THIN}pt"
    return plain(value, shown, locale), THIN + DURATIONS[unit][0]


def money(text: str, currency: str, locale: str) -> str:
    """A written number as money, the minus sign where the locale puts it."""
    if not currency:
        return text
    before, behind = money_frame(currency, locale, text.startswith(MINUS))
    return before + text.removeprefix(MINUS) + behind


def format_value(
    value: Value,
    unit: str = "",
    currency: str = "",
    locale: str = "en",
    compact: bool = False,
    digits: int | None = None,
) -> str:
    """A value as a person reads it; None is a dash. `digits` after the point are chosen by the value where not given.

    >>> format_value(Decimal("1234.5"), "currency", "EUR")
    '€1,234.50'
    >>> format_value(0.0314, "percent"), format_value(1234567, locale="en_IN")
    ('3.1\u202f%', '12,34,567')
    """
    return "".join(written_parts(value, unit, currency, locale, compact, digits))


def unit_once(left: str, right: str) -> str:
    """The first of two values without the unit that both end in; a letter that belongs to the number stays.

    >>> unit_once("3.1 %", "4.2 %"), unit_once("3,1%", "4,2%"), unit_once("1.2M", "3.4M"), unit_once("90 s", "2 min")
    ('3.1', '3,1', '1.2M', '90 s')
    """
    found = UNIT_AT_END.search(left)
    return left[: found.start()] if found and found.start() and right.endswith(found[0]) else left


def format_change(change: float | Decimal | None, unit: str = "", locale: str = "en") -> str:
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
    text = "".join(measured(float(change), "points" if unit in ("percent", "points") else "percent", locale, digits))
    return text if text.startswith(MINUS) or not any(mark in "123456789" for mark in text) else f"+{text}"
