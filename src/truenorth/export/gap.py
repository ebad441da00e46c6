"""The gap ledger as text for the terminal, or as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import msgspec

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.locale import MINUS
from truenorth.base.quantity import format_value
from truenorth.base.table import Column, Table, Value
from truenorth.export.cell import NO_GROUP, period_text
from truenorth.export.difference import aligned
from truenorth.query.answer import Answer
from truenorth.query.gap import Ledger, Share

ENCODER = msgspec.json.Encoder(decimal_format="number")
FORMATS = ("text", "json")
MOST_ROWS = 5
Told = Callable[[Decimal], str]


def written(found: Ledger, form: str, locale: str = "en") -> str:
    """The ledger in a format; QueryError E_UNKNOWN_FORMAT for any other word."""
    if form not in FORMATS:
        hint = did_you_mean(form, FORMATS) or f"one of {', '.join(FORMATS)}"
        raise QueryError("E_UNKNOWN_FORMAT", f'no format named "{form}"', hint=hint)
    return to_json(found) if form == "json" else to_text(found, locale)


def to_text(found: Ledger, locale: str = "en") -> str:
    """A line for each policy and a column for each period, and below who is behind each policy."""

    def told(value: Decimal) -> str:
        return format_value(value, found.unit, found.currency, locale)

    periods = list(found.reported)
    lines = [[found.metric, *(period_text(one, found.grain) for one in periods)]]
    lines.append(["ours", *(told(found.ours[one]) for one in periods)])
    for share in effective(found):
        lines.append([named(share), *(signed(share.amounts[one], told) for one in periods)])
    lines.append(["unexplained", *(signed(found.unexplained[one], told) for one in periods)])
    lines.append(["reported", *(told(found.reported[one]) for one in periods)])
    text = aligned(lines, len(periods))
    for share in effective(found) if found.entity else ():
        text += ["", f"{share.policy}, by {found.entity}"]
        text += aligned([[f"  {who}", *amounts] for who, amounts in behind(share, periods, told)], len(periods))
    if found.guessed and found.shares:
        text += ["", "nobody said how it is reported: these choices explain most of it (--compat or --policy say it)"]
    return "\n".join(text) + "\n"


def effective(found: Ledger) -> list[Share]:
    """The policies that change a number."""
    return [one for one in found.shares if any(one.amounts.values())]


def named(share: Share) -> str:
    """A policy with our choice and theirs."""
    return f"{share.policy}: {share.ours} → {share.theirs}"


def behind(share: Share, periods: list[date], told: Told, most: int = MOST_ROWS) -> list[tuple[str, list[str]]]:
    """Whose rows are behind a policy, those of most weight first; the rest together."""
    by: dict[Value, dict[date, Decimal]] = {}
    for period in periods:
        for who, amount in share.rows.get(period, {}).items():
            by.setdefault(who, {})[period] = amount
    ranked = sorted(by.items(), key=lambda one: (-sum(map(abs, one[1].values())), str(one[0])))
    lines = [(NO_GROUP if who is None else str(who), amounts) for who, amounts in ranked[:most]]
    rest = ranked[most:]
    if rest:
        summed = {one: sum((amounts.get(one, Decimal(0)) for _, amounts in rest), Decimal(0)) for one in periods}
        lines.append((f"{len(rest):,} more", summed))
    return [(who, [signed(amounts.get(one, Decimal(0)), told) for one in periods]) for who, amounts in lines]


def signed(value: Decimal, told: Told) -> str:
    """A difference with its sign; nothing, or less than is written, is 0.

    >>> signed(Decimal(2), str), signed(Decimal(-2), str), signed(Decimal(0), str)
    ('+2', '−2', '0')
    """
    if told(abs(value)) == told(Decimal(0)):
        return "0"
    return f"{'+' if value > 0 else MINUS}{told(abs(value))}"


def to_answer(found: Ledger) -> Answer:
    """The ledger as rows, for files: in each period the rows of `amount` up to "reported" add up to it.

    A policy has a row for each entity where entities are told apart.
    """
    rows: list[tuple[Value, ...]] = []
    for period, reported in found.reported.items():
        rows.append((period, "ours", None, None, None, None, found.ours[period]))
        for one in found.shares:
            for who, amount in (one.rows.get(period, {}) if found.entity else {None: one.amounts[period]}).items():
                rows.append((period, "policy", one.policy, one.ours, one.theirs, who, amount))
        rows.append((period, "unexplained", None, None, None, None, found.unexplained[period]))
        rows.append((period, "reported", None, None, None, None, reported))
    named = ("part", "policy", "our_choice", "their_choice", found.entity or "entity")
    columns = (
        Column("period", "time"),
        *(Column(name) for name in named),
        Column("amount", "metric", unit=found.unit, currency=found.currency),
    )
    return replace(found.answer, table=Table(columns, tuple(rows)), totals={}, incomplete=(), cut=())


def to_json(found: Ledger) -> str:
    """The ledger as data, numbers raw."""
    shape = {
        "metric": found.metric,
        "unit": found.unit,
        "currency": found.currency,
        "grain": found.grain,
        "entity": found.entity,
        "guessed": found.guessed,
        "periods": [
            {
                "period": period,
                "reported": found.reported[period],
                "ours": found.ours[period],
                "policies": [
                    {
                        "policy": one.policy,
                        "ours": one.ours,
                        "theirs": one.theirs,
                        "amount": one.amounts[period],
                        "rows": [{"entity": who, "amount": amount} for who, amount in one.rows.get(period, {}).items()],
                    }
                    for one in found.shares
                ],
                "unexplained": found.unexplained[period],
            }
            for period in found.reported
        ],
    }
    return msgspec.json.format(ENCODER.encode(shape), indent=2).decode() + "\n"
