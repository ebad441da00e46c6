"""What single values may be: zones, currencies, units, owners, locales, lengths of time."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

from truenorth.base.errors import Place, QueryError, did_you_mean
from truenorth.base.locale import check_locale
from truenorth.base.period import GRAINS, parse_window
from truenorth.base.quantity import UNITS
from truenorth.base.zone import zone_of
from truenorth.define.rules.case import Case

CODE = re.compile(r"[A-Z]{3}")
MAIL = re.compile(r"[^@\s<>]+@[^@\s<>.]+(\.[^@\s<>.]+)*")
NOUN = re.compile(r"[^\W\d_]+([ _-][^\W\d_]+){0,3}")
OTHER_UNITS = {
    "currency": ("$", "€", "£", "money", "usd", "eur", "gbp", "chf", "dollars", "euros", "currency_usd"),
    "percent": ("%", "pct", "percentage", "percents", "per cent"),
    "milliseconds": ("ms", "msec", "millis", "millisecond"),
    "seconds": ("s", "sec", "secs", "second"),
    "minutes": ("m", "min", "mins", "minute"),
    "hours": ("h", "hr", "hrs", "hour"),
    "days": ("d", "day"),
    "points": ("pp", "pt", "ppt", "percentage points", "percentage point", "point"),
    "count": ("number", "integer", "int", "numeric", "#"),
    "ratio": ("x", "float", "decimal", "times"),
}
UNIT_OF = {word: ours for ours, words in OTHER_UNITS.items() for word in words}


def zone(case: Case, name: str, where: Place) -> None:
    """A time zone of the IANA list."""
    if not name:
        return
    try:
        zone_of(name)
    except QueryError as error:
        case.fail(error.code, error.message, where, did_you_mean(name, available_timezones()) or error.hint)


def currency_code(case: Case, code: str, where: Place) -> None:
    """Three capital letters."""
    if code and not CODE.fullmatch(code):
        near = code.upper() if CODE.fullmatch(code.upper()) else "EUR"
        message = f'"{code}" is not a currency code: three capital letters'
        case.fail("E_BAD_CURRENCY", message, where, f"write it as currency: {near}")


def is_unit(name: str) -> bool:
    """Whether a word is one of the units, or a noun that is no other spelling of one."""
    return name in UNITS or (name.lower() not in UNIT_OF and NOUN.fullmatch(name) is not None)


def unit(case: Case, name: str, where: Place) -> None:
    """One of the units, or a noun."""
    if not name or is_unit(name):
        return
    ours = UNIT_OF.get(name.lower())
    if ours is None and CODE.fullmatch(name):
        ours = "currency"
    code = f" and currency: {name}" if ours == "currency" and CODE.fullmatch(name) else ""
    hint = f"write unit: {ours}{code}" if ours else f"it is {', '.join(UNITS)} or a noun such as orders"
    case.fail("E_BAD_UNIT", f'"{name}" is not a unit', where, hint)


def owner(case: Case, text: str, where: Place) -> None:
    """A mail address, or the name of a person or team."""
    if not text:
        return
    if "@" in text and not MAIL.fullmatch(text):
        message = f'"{text}" is not a mail address'
        case.fail("E_BAD_OWNER", message, where, "write it as owner: dana@acme.example, or a name without @")
    elif not re.search(r"[^\W\d_]", text):
        case.fail("E_BAD_OWNER", f'"{text}" names nobody', where, "write a mail address, or a person's or team's name")


def locale(case: Case, name: str, where: Place) -> None:
    """A locale that numbers can be written in."""
    try:
        check_locale(name)
    except QueryError as error:
        case.adopt(error, where)


def window(case: Case, text: str, where: Place) -> None:
    """A length such as 28 days."""
    if not text:
        return
    try:
        parse_window(text, case.model.grains)
    except QueryError as error:
        case.adopt(error, where)


def grain(case: Case, key: str, name: str, where: Place) -> None:
    """A grain of ours, or of a calendar."""
    known = (*GRAINS, *case.model.grains)
    if name and name not in known:
        hint = did_you_mean(name, known) or f"it is {', '.join(known)}"
        case.fail("E_BAD_VALUE", f'"{key}" cannot be "{name}"', where, hint)
