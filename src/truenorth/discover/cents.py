"""Whether whole amounts count cents: what is said for it, and what is only possible."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from truenorth.discover.facts import Column, Endings, Table
from truenorth.discover.pick import MONEY_CODES
from truenorth.discover.word import texts

# Programs whose exports count the smallest unit, by columns that together only theirs have.
PROGRAMS = tuple(
    (name, frozenset(texts(columns)))
    for name, columns in (
        ("Lemon Squeezy", "subtotal discount_total tax total currency_rate"),
        ("Chargebee", "plan_unit_price billing_period billing_period_unit"),
        ("Chargebee", "amount_paid amount_due amount_adjusted write_off_amount credits_applied"),
        ("Square", "amount_money.amount amount_money.currency"),
        ("Razorpay", "amount amount_refunded refund_status captured fee error_code"),
        ("Paystack", "amount gateway_response fees paid_at"),
        ("GoCardless", "amount amount_refunded charge_date reference"),
        ("Vendure", "subtotal subtotalwithtax shipping shippingwithtax currencycode"),
    )
)
# Currencies in which a tax or fee is written to the cent; in others whole amounts are usual.
TO_THE_CENT = frozenset(
    texts("AUD BGN BRL CAD CHF EUR GBP ILS MXN MYR NZD PLN RON SAR SGD TRY USD ZAR AED QAR PEN HKD")
)
# Kinds of rows whose amounts are prices; deals, budgets and costs are often estimated in whole units.
SOLD = frozenset(["orders", "order lines", "payments", "invoices", "refunds", "subscriptions", "subscription months"])
_CUT = frozenset(["tax", "vat", "fee", "commission"])  # amounts that are computed of others, and so seldom round
_TELLING = 20  # of fewer amounts nothing is concluded
_MOST = 0.98
_PRICES = 0.8
_HIGH = 1000  # amounts that all stay below are nobody's cents


class Verdict(Struct, frozen=True):
    """The columns that count cents with the evidence for it, or those of which that could not be told."""

    cents: tuple[str, ...] = ()
    evidence: str = ""
    doubtful: tuple[str, ...] = ()


def weighed(table: Table, amounts: Sequence[Column], codes: Sequence[str]) -> Verdict:
    """What speaks for cents in whole amounts whose names do not say so; nothing is taken for them on a mere look."""
    telling = [one for one in amounts if one.filled and float(str(one.high)) != 0]
    whole = [one for one in telling if one.endings is not None]
    if twins := [one for one in whole if one.endings and one.endings.twin]:
        said = ", ".join(one.endings.twin for one in twins if one.endings)
        alike = [one for one in whole if one in twins or (one.endings and one.endings.counted == one.endings.large)]
        return Verdict(tuple(one.name for one in alike), f"{said} beside them says the same in units")
    if not whole or len(whole) < len(telling):
        return Verdict()
    names = tuple(one.name for one in whole)
    if program := _program(table):
        return Verdict(names, f"whole numbers in the columns of {program}, which counts in the smallest unit")
    if _computed_to_the_cent(whole, codes):
        why = "all are whole, prices end as prices do, and a tax or fee would never be whole in units"
        return Verdict(names, why)
    return Verdict(doubtful=names) if _possible(whole) else Verdict()


def _program(table: Table) -> str:
    """The program that such columns are of; amounts in a currency of their own count as those beside them."""
    held = {_bare(one.written) for one in table.columns}
    return next((name for name, columns in PROGRAMS if columns <= held), "")


def _bare(written: str) -> str:
    """A column's name without the currency at its end.

    >>> _bare("Total_USD"), _bare("tax")
    ('total', 'tax')
    """
    name, _, end = written.lower().rpartition("_")
    return name if name and end.upper() in MONEY_CODES else written.lower()


def _computed_to_the_cent(whole: Sequence[Column], codes: Sequence[str]) -> bool:
    """Whether amounts that are computed of prices are whole as well, in a currency where they would not be."""
    if not codes or not TO_THE_CENT.issuperset(codes):
        return False
    cut, prices = _cut(whole), [one.endings for one in whole if not _CUT & set(one.words) and one.endings]
    odd = any(one.counted >= _TELLING and one.priced <= 0.5 * one.counted for one in cut)
    return odd and any(_large(one) and one.priced >= _PRICES * one.counted for one in prices)


def _possible(whole: Sequence[Column]) -> bool:
    """Whether whole amounts may be cents: none is below one unit, and there are enough of them."""
    prices = [one for one in whole if not _CUT & set(one.words)]
    return any(one.endings and _large(one.endings) and float(str(one.high)) >= _HIGH for one in prices)


def _cut(whole: Sequence[Column]) -> list[Endings]:
    return [one.endings for one in whole if _CUT & set(one.words) and one.endings]


def _large(one: Endings) -> bool:
    return one.counted >= _TELLING and one.large >= _MOST * one.counted
