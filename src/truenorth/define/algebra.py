"""How units add, multiply and divide: money by orders is money per order, and money plus orders is nothing."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from truenorth.base.errors import DefinitionError
from truenorth.base.unit import SECONDS, SHARES, singular, unit_words

Kind = Literal["", "number", "count", "currency", "share", "points", "duration"]
EACH_ROW = "*"
HUNDRED = Fraction(100)
# What a stock over a flow may be said in: cash over what a month burns lasts so many months.
PERIODS = ("weeks", "months", "quarters", "years")
THOUSANDS = tuple(Fraction(10) ** power for power in range(3, 10))


class Quantity(Struct, frozen=True):
    """What a number is a number of. Kind "" is not known; a "number" is a bare constant.

    `unit` is the noun of a count, percent or ratio, or the word of a duration; `each` is one of what is counted when
    nobody named it; `per` is what it was divided by ("*": each row of its own); `whole` is what a percent is a share
    of; `factor` the constants it was multiplied by; `stated` whether a definition names a unit that it rests on.
    """

    kind: Kind = ""
    unit: str = ""
    currency: str = ""
    per: str = ""
    each: str = ""
    whole: str = ""
    factor: Fraction = Fraction(1)
    stated: bool = False

    def __str__(self) -> str:
        if self.kind in ("", "number"):
            return "a plain number"
        unit = self.kind if self.kind in ("currency", "points") else self.unit
        return unit_words(unit, self.currency, self.per.replace(EACH_ROW, "")) or "a count"


ANY = Quantity()
NUMBER = Quantity("number")


def quantity_of(unit: str, currency: str = "", per: str = "") -> Quantity:
    """What a unit in a definition says; not known without one.

    >>> quantity_of("orders").kind, quantity_of("percent").kind, quantity_of("").kind
    ('count', 'share', '')
    """
    if not unit:
        return ANY
    if unit in ("currency", "points"):
        return Quantity("currency" if unit == "currency" else "points", currency=currency, per=per, stated=True)
    kind: Kind = "share" if unit in SHARES else "duration" if unit in SECONDS else "count"
    return Quantity(kind, "" if unit == "count" else unit, per=per, stated=True)


def added(left: Quantity, right: Quantity, sign: str = "+") -> Quantity:
    """The unit of a sum or difference (or of two values one of which is chosen); DefinitionError when there is none."""
    if left.kind == right.kind == "number":
        return replace(left, factor=left.factor - right.factor if sign == "-" else left.factor + right.factor)
    if left.kind in ("", "number") or right.kind in ("", "number"):
        return right if left.kind in ("", "number") and right.kind != "" else left
    stated = left.stated or right.stated
    kinds = {left.kind, right.kind}
    if kinds == {"share", "points"}:
        return Quantity("share", "percent", stated=stated)
    if len(kinds) > 1 or not _same(left, right):
        if stated:
            raise _differ(left, right, sign)
        return ANY
    per = left.per if left.per not in ("", EACH_ROW) else right.per
    result = replace(left, per=per, stated=stated, currency=left.currency or right.currency)
    if left.kind == "count":
        return replace(result, unit=left.unit if left.unit == right.unit else "", each="")
    if left.kind == "share":
        return _shares(left, right, sign, stated)
    return result


def _same(left: Quantity, right: Quantity) -> bool:
    """Whether two quantities of one kind are in the same unit."""
    pers = {left.per, right.per} - {EACH_ROW}
    if len(pers) > 1 and EACH_ROW not in (left.per, right.per):
        return False
    if left.kind == "currency":
        return left.currency == right.currency or "" in (left.currency, right.currency)
    if left.kind == "count":
        return left.unit == right.unit or "" in (left.unit, right.unit)
    return left.kind != "duration" or size(left) == size(right)


def _shares(left: Quantity, right: Quantity, sign: str, stated: bool) -> Quantity:
    """Percent and percent: the difference is in points, unless both are shares of one whole and someone says so."""
    percent = left.unit == right.unit == "percent"
    whole = left.whole if left.whole == right.whole else ""
    if sign == "-" and percent:
        return Quantity("points", whole=whole, stated=stated)
    return Quantity("share", "percent" if percent else "ratio", whole=whole, factor=left.factor, stated=stated)


def _differ(left: Quantity, right: Quantity, sign: str) -> DefinitionError:
    said = {"+": f"{left} + {right}", "-": f"{left} − {right}", "/": f"{left} / {right}"}.get(
        sign, f"{left} beside {right}"
    )
    if {left.kind, right.kind} == {"duration"}:
        hint = f"bring both to one unit first: {left.unit} {_conversion(left.unit, right.unit)} are {right.unit}"
    elif {left.kind, right.kind} == {"currency"} and left.currency != right.currency:
        hint = f"convert one first, in a field with its own currency: {left.currency} is not {right.currency}"
    elif {left.kind, right.kind} == {"count"}:
        hint = "if counting both together is meant, say what of: unit: events (or another noun)"
    else:
        hint = "only like can be added: divide one by the other (type: ratio), or take out what does not belong"
    return DefinitionError("E_UNITS_DIFFER", f"{said} has no unit", hint=hint)


def _conversion(given: str, wanted: str) -> str:
    """How numbers of one duration become numbers of another.

    >>> _conversion("milliseconds", "seconds"), _conversion("hours", "minutes")
    ('/ 1000', '* 60')
    """
    many = SECONDS[wanted] / SECONDS[given]
    return f"/ {many}" if many > 1 else f"* {1 / many}"


def scaled(one: Quantity, by: Fraction) -> Quantity:
    """A quantity times a constant: its unit stays, and what it was multiplied by is remembered."""
    if one.per and one.kind in ("currency", "count") and by in THOUSANDS and one.per != EACH_ROW:
        many = f"{int(by):,} {_plural(one)}"
        return replace(one, per=many)
    return replace(one, factor=one.factor * by)


def _plural(one: Quantity) -> str:
    """The noun below the line as it was written there."""
    return one.each or f"{one.per}s"


def multiplied(left: Quantity, right: Quantity) -> Quantity:
    """The unit of a product."""
    if "" in (left.kind, right.kind):
        return ANY
    for one, other in ((left, right), (right, left)):
        if one.kind == "number":
            return scaled(other, one.factor)
    for one, other in ((left, right), (right, left)):
        if one.kind in ("share", "points"):
            return replace(other, stated=left.stated or right.stated, whole="", factor=left.factor * right.factor)
        if one.kind == "count" and other.kind in ("count", "currency", "duration"):
            unit = "" if other.kind == "count" else other.unit
            return replace(other, unit=unit, per="", each="", stated=left.stated or right.stated)
    if left.kind == right.kind and (left.stated or right.stated):
        hint = "multiply by a plain number or a count; a field without a unit is a plain number"
        raise DefinitionError("E_UNIT_PRODUCT", f"{left} × {right} is no unit", hint=hint)
    return ANY


def divided(left: Quantity, right: Quantity) -> Quantity:
    """The unit of a quotient."""
    stated = left.stated or right.stated
    if "" in (left.kind, right.kind) or left.kind == "number" or right.kind == "points":
        return ANY
    if right.kind == "number":
        return scaled(left, 1 / right.factor) if right.factor else left
    if right.kind == "share" and left.kind not in ("share", "points"):
        return replace(left, stated=stated)
    if left.kind == right.kind and left.kind != "count":
        return _of_one_kind(left, right, stated)
    if left.kind == "count" and right.kind == "count" and _alike(left, right):
        return Quantity("share", "ratio", factor=left.factor / (right.factor or 1), stated=stated)
    if right.per or left.kind in ("share", "points") or (left.kind, right.kind) == ("duration", "currency"):
        return ANY
    if left.per not in ("", EACH_ROW):
        return ANY
    below = right.currency or "unit of money" if right.kind == "currency" else singular(right.unit) or right.each
    made = replace(left, per=below, each=right.unit, whole="", stated=stated, factor=Fraction(1))
    return scaled(made, left.factor / (right.factor or 1))


def _alike(left: Quantity, right: Quantity) -> bool:
    """Whether two counts count the same things."""
    if left.per != right.per:
        return False
    return left.unit == right.unit if left.unit or right.unit else left.each == right.each


def _of_one_kind(left: Quantity, right: Quantity, stated: bool) -> Quantity:
    pers = {left.per, right.per} - {EACH_ROW}
    if left.kind == "currency" and left.currency != right.currency and left.currency and right.currency:
        raise _differ(left, right, "/")
    if left.kind == "duration" and size(left) != size(right) and stated:
        raise _differ(left, right, "/")
    if len(pers) > 1:
        return Quantity("count", singular(right.per), stated=stated) if not left.per else ANY
    return Quantity("share", "ratio", factor=left.factor / (right.factor or 1), stated=stated)


def size(one: Quantity) -> Fraction:
    """How many seconds one of a duration's numbers stands for: milliseconds / 1000 stand for a second each."""
    return SECONDS[one.unit] / one.factor if one.unit in SECONDS and one.factor else Fraction(0)


def named(one: Quantity) -> Quantity:
    """The quantity with the unit that its constants make of it: seconds / 60 are minutes."""
    if one.kind == "duration":
        meant = next((unit for unit, seconds in SECONDS.items() if seconds == size(one)), one.unit)
        return replace(one, unit=meant, factor=Fraction(1))
    if one.kind == "share" and one.factor == HUNDRED:
        return Quantity("number", stated=one.stated)
    return one


def contradiction(said: Quantity, found: Quantity) -> str:
    """What to write instead where a stated unit cannot be that of its parts; "" where it can."""
    if "" in (said.kind, found.kind) or found.kind == "number":
        return ""
    if said.kind == found.kind:
        return _of_kind(said, found)
    if said.kind == "count" and found.kind == "points":
        return "write unit: points"
    if said.kind == "count" and said.unit in PERIODS and found.unit == "ratio":
        return ""
    if found.kind == "count":
        # A row may stand for a minute or a day, and orders per visit may be called a percentage.
        fits = not found.unit if said.kind == "duration" else said.kind == "share" and bool(found.per)
        return "" if fits else f"write unit: {found.unit or 'count'}, or leave it out"
    if (said.kind, found.kind) == ("share", "points"):
        return "" if found.whole else "differences of percentages are in points: write unit: points"
    if found.kind == "share" and said.kind == "points":
        return "points are differences of percentages; write unit: percent"
    return f"write unit: {found.kind if found.kind in ('currency', 'points') else found.unit}, or leave it out"


def _of_kind(said: Quantity, found: Quantity) -> str:
    if said.kind == "currency" and said.currency and found.currency and said.currency != found.currency:
        return f"write currency: {found.currency}, or convert it in a field"
    if said.per and not found.per and found.stated:
        return "nothing is divided here: leave out `per`"
    if said.kind == "duration" and said.unit != found.unit and SECONDS[said.unit] != size(found):
        return f"{found.unit} {_conversion(found.unit, said.unit)} are {said.unit}; or write unit: {found.unit}"
    if said.kind == "share" and said.unit == "percent" and found.factor == HUNDRED:
        return "a percent holds the share itself (0.031 is shown as 3.1 %): leave out the 100"
    return ""
