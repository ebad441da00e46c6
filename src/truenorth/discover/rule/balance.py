"""Recurring revenue as a balance: whose it is, what moved it from one period to the next, and the rates of that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from truenorth.discover.book import Book
from truenorth.discover.counting import status_of, status_words
from truenorth.discover.exchange import Missing, missing
from truenorth.discover.facts import Column, moment, unquoted
from truenorth.discover.made import plain
from truenorth.discover.subject import Subject
from truenorth.discover.word import words
from truenorth.discover.world import Variant, World

# The parts of the balance: name, label, part, direction, in words.
PARTS = (
    ("opening", "Recurring revenue at the start", "opening", "up", "What ran when the period began."),
    ("from_new", "Recurring revenue from new customers", "new", "up", "From customers who never paid before."),
    ("expansion", "Expansion of recurring revenue", "expansion", "up", "What customers who stayed pay more."),
    ("contraction", "Contraction of recurring revenue", "contraction", "down", "What customers who stayed pay less."),
    ("churn", "Recurring revenue lost with customers", "churn", "down", "From customers who have left altogether."),
    ("from_returning", "Recurring revenue from returning customers", "reactivation", "up",
     "From customers who had left and came back."),
)  # fmt: skip
# What is made of the parts: name, label, expression with them in braces, unit, direction, weight, in words.
RATES = (
    ("gross_churn", "Gross churn of recurring revenue", "({churn} + {contraction}) / {opening}", "percent", "down", 7,
     "Of the recurring revenue at the start of the period, how much was lost."),
    ("net_churn", "Net churn of recurring revenue",
     "({churn} + {contraction} - {expansion} - {from_returning}) / {opening}", "percent", "down", 4,
     "The same less what customers pay more and what came back; below zero where that is more."),
    ("quick_ratio", "Quick ratio", "case when {churn} + {contraction} > 0 then ({from_new} + {expansion} + "
     "{from_returning}) / ({churn} + {contraction}) end", "ratio", "up", 5,
     "For each unit of recurring revenue lost, how many were won."),
)  # fmt: skip
# What a year did to what its first day had: name, label, part, direction, in words.
OF_A_YEAR = (
    ("moved", "Net new recurring revenue of a year", "net", "up", "Recurring revenue less that of twelve months ago."),
    ("gained", "Expansion of recurring revenue in a year", "expansion", "up", "What customers of a year ago pay more."),
    ("reduced", "Contraction of recurring revenue in a year", "contraction", "down",
     "What customers of a year ago pay less."),
    ("gone", "Recurring revenue lost in a year", "churn", "down", "From customers of a year ago who pay no more."),
)  # fmt: skip
# Words of amounts that tools count differently beside a price, and of states in which some count nothing.
BESIDE = frozenset(["discount", "coupon", "rebate", "tax", "vat", "fee"])
WAITING = frozenset(["paused", "pause", "suspended", "due", "overdue", "unpaid", "delinquent", "dunning"])
_A_YEAR = timedelta(days=396)  # more than 13 months


def recurring_balance(book: Book, amount: str, who: str, span: tuple[str, str], where: str, variant: Variant) -> str:
    """What all subscriptions that run bring a month, its parts and their rates; the balance's name.

    `span` are the fields of a row's start ("" for its dataset's own time) and end.
    """
    start, end = map(unquoted, span)
    suffix, label = variant.suffix, variant.label
    head = {"domain": "financial", "direction": "up", "type": "movement"}
    text = "What all subscriptions that run bring a month, at a period's end: a balance, and what moved it."
    named = {"name": f"mrr{suffix}", "label": f"Monthly recurring revenue{label}", "description": text}
    rows = {"dataset": book.subject.name, "expr": amount, "entity": unquoted(who), "time": start, "end": end}
    money = {"unit": "currency"} | ({"currency": variant.into, "convert": "transaction"} if variant.into else {})
    mrr = book.add(plain(named | head | rows | money | {"filter": where}), 10)
    if not mrr or suffix:
        return mrr
    _as_it_stands(book.subject)
    part = {"type": "movement", "balance": mrr, "domain": "financial"}
    parts = {}
    for name, title, kind, direction, told in PARTS:
        keys = {"name": f"{mrr}_{name}", "label": title, "part": kind, "direction": direction, "description": told}
        parts[name] = book.add(plain(part | keys))
    _rates(book, mrr, parts)
    if _lasts_a_year(book, start):
        _kept(book, mrr, parts)
    _customers(book, mrr, part)
    text = "Exactly twelve times the monthly recurring revenue."
    keys = {"domain": "financial", "unit": "currency", "description": text}
    book.formula("arr", "Annual recurring revenue", f"12 * {mrr}", (mrr,), 5, **keys)
    return mrr


def _as_it_stands(subject: Subject) -> None:
    """Say what tools disagree on and the data holds: amounts beside the price, and subscriptions that wait."""
    columns = subject.table.columns
    beside = [one.written for one in columns if one.numeric and BESIDE & set(one.words) and one.low != one.high]
    status = status_of(subject.table)
    waiting = [one for one in (status.column.values if status else ()) if WAITING & set(words(one))]
    told = [f"{', '.join(beside)}: neither added nor taken off"] if beside else []
    told += [f"{status_words(status.column, waiting)}: counted like the others"] if status and waiting else []
    if told:
        subject.notes.append(f"recurring revenue is of prices as they stand ({'; '.join(told)}; `roles:` settle it)")


def converted_to(world: World, subject: Subject, begun: Column, where: str) -> str:
    """The currency to which a balance of several is brought; "" without rates for all of its currencies and days."""
    rates = next((one for one in world.subjects if one.quoted is not None), None)
    code, until = subject.money.written, world.ends or known_until(world)
    if rates is None or rates.quoted is None or not subject.money.mixed or code is None or until is None:
        return ""
    asked = (subject.table, code, begun, where)
    lacking = missing(world.engine, (rates.table, rates.quoted), asked, world.currency, until.date())
    if not lacking:
        return world.currency
    told = "; ".join(f"{_days(one)} lack a rate from {one.code}" for one in lacking)
    subject.unsure.append(
        f"recurring revenue in {world.currency}: in {rates.table.origin or rates.name} {told}, so each currency has a "
        "balance of its own. A balance needs the rates of all days from the first to the last of the data: add them "
        "and run init in a new folder; or, where an older rate will do, let one hold longer than "
        f"{rates.quoted.lasts} days (`max_age:` in metrics/{rates.name}.yml) and write `currency: {world.currency}` "
        "and `convert: transaction` instead of the condition on the currency"
    )
    return ""


def known_until(world: World) -> datetime | None:
    """The last time at which anything is known to have happened; exchange rates may go on after it."""
    days = (one.table.column(one.time) for one in world.subjects if one.quoted is None)
    return max((one.last for one in days if one is not None and one.last is not None), default=None)


def _days(one: Missing) -> str:
    """How many days, and which."""
    return f"1 day ({one.first})" if one.days == 1 else f"{one.days} days ({one.first} to {one.last})"


def _rates(book: Book, mrr: str, parts: dict[str, str]) -> None:
    """What was lost and won, as shares of what there was."""
    for name, title, expr, unit, direction, weight, text in RATES:
        used = tuple(made for part, made in parts.items() if "{" + part + "}" in expr)
        keys = {"domain": "financial", "unit": unit, "direction": direction, "description": text}
        book.formula(f"{mrr}_{name}", title, expr.format(**parts), used, weight, **keys)


def _lasts_a_year(book: Book, start: str) -> bool:
    """Whether the data spans more than 13 months, so that there is a month that can be held against a year before."""
    column = book.subject.table.column(start or book.subject.time)
    first = moment(column.low) if column is not None else None
    last = known_until(book.world)
    return first is not None and last is not None and last - first > _A_YEAR


def _kept(book: Book, mrr: str, parts: dict[str, str]) -> None:
    """Of the recurring revenue of a year ago, how much is left: with what its customers pay more now, and without."""
    text = "Recurring revenue at the end of the period less that at its start."
    net = {"name": f"{mrr}_net", "label": "Net new recurring revenue", "domain": "financial", "direction": "up"}
    net |= {"type": "movement", "balance": mrr, "part": "net", "description": text}
    of = parts | {"net": book.add(plain(net))}
    year = {}
    for name, title, part, direction, told in OF_A_YEAR:
        keys = {"name": f"{mrr}_{name}", "label": title, "type": "cumulative", "input_metric": of[part]}
        keys |= {"window": "12 months", "unit": "currency", "direction": direction, "description": told}
        year[name] = book.add(plain(keys)) if of[part] else ""
    text, keys = "Recurring revenue twelve months before.", {"domain": "financial", "unit": "currency"}
    label = "Recurring revenue a year ago"
    before = book.formula(f"{mrr}_before", label, f"{mrr} - coalesce({year['moved']}, 0)", (mrr, year["moved"]), 0,
                          **keys, description=text)  # fmt: skip
    left = f"{before} - coalesce({year['reduced']}, 0) - coalesce({year['gone']}, 0)"
    lost, keys = (before, year["reduced"], year["gone"]), {"domain": "financial", "unit": "percent"}
    text = "What the customers of a year ago pay now, as a share of what they paid then."
    more = f"case when {before} > 0 then ({left} + coalesce({year['gained']}, 0)) / {before} end"
    book.formula(f"{mrr}_nrr", "Net revenue retention", more, (*lost, year["gained"]), 7, **keys, description=text)
    text = "The same without what the customers of a year ago pay more; never above 100 %."
    book.formula(f"{mrr}_grr", "Gross revenue retention", f"case when {before} > 0 then ({left}) / {before} end",
                 lost, 6, **keys, description=text)  # fmt: skip


def _customers(book: Book, mrr: str, part: dict[str, Any]) -> None:
    """Whose balance it is: how many there are, how many left, and what one brings."""
    counts = part | {"measure": "entities", "unit": "customers", "domain": "customer"}
    text = "Customers with a subscription that runs and costs something, at a period's end."
    keys = {"name": "paying_customers", "label": "Paying customers", "direction": "up", "description": text}
    paying = book.add(plain(counts | keys), 8)
    keys = {"name": "customers_at_start", "label": "Paying customers at the start", "part": "opening"}
    before = book.add(plain(counts | keys | {"direction": "up"}))
    text = "Customers who paid when the period began and do not when it ends."
    keys = {"name": "customers_lost", "label": "Customers lost", "part": "churn", "description": text}
    lost = book.add(plain(counts | keys | {"direction": "down"}), 5)
    text = "Of the customers who paid when the period began, how many have left at its end."
    told = {"unit": "percent", "direction": "down", "description": text}
    book.ratio("customer_churn", "Customer churn", (lost, before), 6, **told)
    title = "Recurring revenue per customer"
    book.ratio("mrr_per_customer", title, (mrr, paying), 4, domain="financial", unit="currency")
