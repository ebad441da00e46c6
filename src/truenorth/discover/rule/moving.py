"""Movements of recurring revenue: what came new, grew, shrank, left and came back, and what stands after them."""

from __future__ import annotations

from truenorth.discover.book import Book
from truenorth.discover.counting import among, both, there
from truenorth.discover.movement import MOVES, Moves, moves_of
from truenorth.discover.pick import person
from truenorth.discover.subject import Subject
from truenorth.discover.world import Variant, World, also, variants


def recurring_movements(world: World, subject: Subject) -> None:
    """The metrics of a table with a row for each change of what a customer brings a month."""
    moves, book = moves_of(subject.table), Book(world, subject, "financial")
    if moves is None:
        return
    where = both(there(subject.table))
    for variant in variants(subject):
        _moved(book, moves, also(where, variant.condition), variant)
    who = person(subject.table)
    if who is not None:
        for name, label, sign in (("new_mrr", "New customers", "up"), ("churned_mrr", "Customers who left", "down")):
            held = also(where, among(moves.column, moves.values[name]))
            called = "new_paying_customers" if sign == "up" else "churned_customers"
            keys = {"domain": "customer", "unit": "customers", "direction": sign}
            book.people(called, label, subject.called(who), held, 5, **keys)


def _moved(book: Book, moves: Moves, where: str, variant: Variant) -> None:
    """The movements in one currency, each above nothing, and what stands after all of them."""
    amount, suffix, label = book.subject.called(moves.amount), variant.suffix, variant.label
    signed = moves.amount.low is not None and float(str(moves.amount.low)) < 0
    away = [value for _, name, _, takes in MOVES if takes for value in moves.values.get(name, ())]
    for _, name, title, takes in MOVES:
        if name not in moves.values:
            continue
        expr = book.subject.amount("amount_gone", f"-{amount}") if takes and signed else amount
        keys = {"direction": "down" if takes else "up", "fill_nulls_with": 0}
        held = also(among(moves.column, moves.values[name]), where)
        book.money(f"{name}{suffix}", f"{title}{label}", expr, held, 6, **keys)
    if not signed:
        less = f"case when {among(moves.column, away)} then -{amount} else {amount} end"
        amount = book.subject.amount("change", less)
    known = [value for values in moves.values.values() for value in values]
    held = also(among(moves.column, known) if len(known) < len(moves.column.values) else "", where)
    text = f"All movements of recurring revenue{label} together."
    name, title = f"net_new_mrr{suffix}", f"Net new recurring revenue{label}"
    net = book.money(name, title, amount, held, 7, description=text, fill_nulls_with=0)
    text = "All movements so far: what runs at a period's end, as far back as movements are known."
    name, title = f"mrr{suffix}", f"Monthly recurring revenue{label}"
    book.running(name, title, net, 10, unit="currency", description=text)
