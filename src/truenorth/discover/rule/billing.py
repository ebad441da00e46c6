"""Invoices, payments and refunds: what was asked for, what came in, what went back."""

from __future__ import annotations

from msgspec import Struct

from truenorth.discover.book import Book
from truenorth.discover.counting import (
    Condition,
    Status,
    among,
    both,
    flag,
    quoted_list,
    said,
    status_of,
    status_words,
    there,
)
from truenorth.discover.facts import Column, named
from truenorth.discover.movement import movements_of
from truenorth.discover.pick import is_flag, is_money, person, pick
from truenorth.discover.subject import Subject
from truenorth.discover.world import Variant, World, also, variants
from truenorth.store.values import literal

# What refunds are taken off, the likeliest first, and the name of what is left.
_NET_OF = {"total_sales": "net_sales", "revenue": "net_revenue", "collected_revenue": "net_collected"}


class Invoiced(Struct, frozen=True):
    """What rules need of invoices: the amounts asked for and paid, when paid, and which invoices count as what."""

    amount: str
    came: str
    paid_at: str
    issued: list[Condition]
    paid: list[Condition]


def invoices(world: World, subject: Subject) -> None:
    """What was asked for, what of it came in, and how long that took."""
    book = Book(world, subject, "financial")
    issued, paid = _issued(subject), _settled(subject)
    text = f"Invoices{said(issued)}."
    count = book.count("invoice_count", "Invoices", both(issued), 4, description=text, unit="invoices")
    total, when = _asked_for(subject), subject.column("paid")
    if total is not None:
        came = next(
            (one for one in subject.table.columns if one.numeric and {"amount", "paid"} <= set(one.words)), total
        )
        paid_at = subject.called(when) if when is not None else ""
        known = Invoiced(subject.called(total), subject.called(came), paid_at, issued, paid)
        for variant in variants(subject):
            _invoiced(book, known, variant)
            if paid and not world.of("payments"):
                _collected(book, known, variant)
    if paid and both(paid) != both(issued):
        text = "Paid invoices by the time of the invoice."
        settled = book.count("paid_invoices", "Paid invoices", both(paid), 2, description=text, unit="invoices")
        book.ratio("share_of_invoices_paid", "Share of invoices paid", (settled, count), 3, unit="percent")
    who = person(subject.table)
    if who is not None:
        label, field = "Customers invoiced", subject.called(who)
        book.people("invoiced_customers", label, field, both(issued), 4, domain="customer", unit="customers")
    if total is not None and not subject.money.mixed:
        _per_account(book, subject.called(total), who, issued)
        _unpaid(book, subject.called(total), issued, paid)


def _per_account(book: Book, amount: str, who: Column | None, issued: list[Condition]) -> None:
    """What an account brings in a period, of the invoices that name theirs."""
    if who is None:
        return
    account = book.subject.called(who)
    whole = who.filled == book.subject.table.rows
    where = both(issued) if whole else also(both(issued), f"{account} is not null")
    slots = {"amount": amount, "account": account, "where": where}
    text = f"Money of invoices by the different customers who got one{said(issued)}."
    book.standard("average_revenue_per_account", slots, 5, text)


def _unpaid(book: Book, amount: str, issued: list[Condition], paid: list[Condition]) -> None:
    """How much of what was invoiced is not paid."""
    left = [one for one in paid if one.sql not in {other.sql for other in issued}]
    if left:
        slots = {"amount": amount, "unpaid": f"({both(left)}) is not true", "where": both(issued)}
        text = f"Money of invoices that are not paid, out of what was invoiced{said(issued)}."
        book.standard("unpaid_invoice_rate", slots, 5, text)


def _asked_for(subject: Subject) -> Column | None:
    """The amount of an invoice: what was asked for, whatever of it was paid or is still due."""
    # A sub total is no total: its "sub" is read as that of subscriptions.
    parts = {"paid", "remaining", "due", "outstanding", "subscription", "subtotal", "net"}
    rest = [one.name for one in subject.table.columns if parts & set(one.words)]
    table = subject.table
    return pick(table, "total", rest) or pick(table, "subtotal", rest) or pick(table, "total")


def _issued(subject: Subject) -> list[Condition]:
    """The conditions of an invoice that was really sent."""
    conditions, status = there(subject.table), status_of(subject.table, "invoice")
    if status is None or not status.of("bad", "test"):
        return conditions
    # What is not known to be void was sent all the same.
    good = {*status.of("good", "open", "new", "part", "back", "trial", "")}
    good |= {value for value in status.of("bad") if "uncollect" in value.lower()}
    return [*conditions, *_kept(status, good)]


def _settled(subject: Subject) -> list[Condition]:
    """The conditions of an invoice that is paid; none where the data does not say."""
    table, status, when = subject.table, status_of(subject.table, "invoice"), subject.column("paid")
    good = {value for value in status.of("good") if "part" not in value.lower()} if status is not None else set()
    if status is not None and good:
        return [*there(table), *_kept(status, good)]
    marked = next((one for one in table.columns if is_flag(one) and "paid" in one.words), None)
    if marked is not None:
        return [*there(table), Condition(flag(table, marked, True), "paid", (marked.name,))]
    if when is not None and when.filled < table.rows:
        return [*there(table), Condition(f"{named(when.name)} is not null", "paid", (when.name,))]
    return []


def _kept(status: Status, good: set[str]) -> list[Condition]:
    kept = [value for value in status.column.values if value in good]
    if not kept:
        return []
    return [Condition(among(status.column, kept), status_words(status.column, kept), (status.column.name,))]


def _invoiced(book: Book, known: Invoiced, variant: Variant) -> None:
    where, name = also(both(known.issued), variant.condition), f"invoiced_revenue{variant.suffix}"
    text = f"What was invoiced{variant.label}, by the time of the invoice{said(known.issued)}."
    slots = {"amount": known.amount, "where": where}
    made = "" if variant.suffix else book.standard("invoiced_revenue", slots, 9, text)
    made = made or book.money(name, f"Invoiced revenue{variant.label}", known.amount, where, 9, description=text)
    if not variant.suffix:
        book.ratio("average_invoice", "Average invoice", (made, "invoice_count"), 3, unit="currency")
        book.standard("revenue_growth", {"revenue": made}, 4)


def _collected(book: Book, known: Invoiced, variant: Variant) -> None:
    """The money of paid invoices by the time they were paid, where payments themselves are not known."""
    where, name = also(both(known.paid), variant.condition), f"collected_revenue{variant.suffix}"
    time = known.paid_at if known.paid_at != book.subject.time else ""
    text = f"Money of paid invoices{variant.label}{', by the time they were paid' if known.paid_at else ''}."
    made = ""
    if not variant.suffix:
        slots = {"amount": known.came, "where": where, "time": time}
        made = book.standard("collected_revenue", slots, 9, text)
    label = f"Collected revenue{variant.label}"
    made = made or book.money(name, label, known.came, where, 9, time=time, description=text)
    if time and book.subject.time and not variant.suffix:
        start = book.subject.time
        field = book.subject.computed("days_to_pay", f"date_diff('day', {named(start)}, {time})", unit="days")
        text = "Days from the invoice to its payment, the middle one."
        keys = {"filter": both(known.paid), "time": time, "unit": "days", "direction": "down", "description": text}
        book.rows("median", "time_to_pay", "Time to pay", field, keys, 4)


def payments(world: World, subject: Subject) -> None:
    """What came in."""
    book, conditions = Book(world, subject, "financial"), _succeeded(world, subject)
    where, text = both(conditions), f"Payments{said(conditions)}."
    book.count("payment_count", "Payments", where, 4, description=text, unit="payments")
    # What is left when the fee is taken off is not what customers paid.
    after = [one.name for one in subject.table.columns if "net" in one.words] if subject.column("fee") else []
    total = pick(subject.table, "total", after)
    for variant in variants(subject) if total is not None else ():
        _paid_in(book, subject.called(total) if total else "", conditions, variant)
    if (back := _sent_back(world, subject)) and total is not None:
        for variant in variants(subject):
            _went_back(book, subject.called(total), back, conditions, variant)
    _failed(book)
    who = person(subject.table)
    if who is not None:
        slots = {"customer": subject.called(who), "where": where}
        payers = book.standard("paying_customers", slots, 8) or book.people(
            "paying_customers", "Paying customers", subject.called(who), where, 8, domain="customer", unit="customers"
        )
        came = "collected_revenue" if "collected_revenue" in world.taken else ""
        book.ratio("collected_per_customer", "Collected per paying customer", (came, payers), 3, unit="currency")


def _succeeded(world: World, subject: Subject) -> list[Condition]:
    """The conditions of a payment that came in."""
    conditions, status = there(subject.table), status_of(subject.table, "payment")
    if status is not None:
        # What was paid back came in before.
        good = set(status.of("good", "part", "back"))
        if good and len(good) < len(status.column.values):
            conditions += _kept(status, good)
        if unknown := status.of(""):
            subject.unsure.append(f"{quoted_list(unknown)} in {status.column.written}: not known, so not counted")
    moved = movements_of(subject.table)
    if moved is not None:
        words = status_words(moved.column, moved.paid)
        conditions.append(Condition(among(moved.column, moved.paid), words, (moved.column.name,)))
    for one in subject.table.columns:
        if is_flag(one) and {"paid", "captured", "succeeded"} & set(one.words) and "refund" not in one.words:
            conditions.append(Condition(flag(subject.table, one, True), " ".join(one.words), (one.name,)))
    return conditions


def _sent_back(world: World, subject: Subject) -> str:
    """The condition of a payment that was paid back as a whole, where neither an amount nor a table tells of it."""
    refund, status = subject.column("refund"), status_of(subject.table, "payment")
    if (refund is not None and not is_flag(refund)) or world.of("refunds"):
        return ""
    if status is not None and (part := status.of("part")):
        subject.unsure.append(f"how much of those that are {quoted_list(part)} went back: nothing is taken off")
    if status is not None and (back := status.of("back")):
        return among(status.column, back)
    marked = next((one for one in subject.table.columns if is_flag(one) and "refund" in one.words), None)
    return flag(subject.table, marked, True) if marked is not None else ""


def _went_back(book: Book, amount: str, back: str, conditions: list[Condition], variant: Variant) -> None:
    """What was paid back of what had come in, by the time it had."""
    came, label = f"collected_revenue{variant.suffix}", variant.label
    if came not in book.world.taken:
        return
    where = also(back, both(conditions), variant.condition)
    name, text = f"refunded_amount{variant.suffix}", "Payments that were paid back, in the period of the payment."
    lost = book.money(name, f"Money paid back{label}", amount, where, 5, direction="down", fill_nulls_with=0,
                      description=text)  # fmt: skip
    net = (f"net_collected{variant.suffix}", f"Collected less refunds{label}", f"{came} - coalesce({lost}, 0)")
    book.formula(*net, (came, lost), 5, unit="currency")
    if not variant.suffix:
        book.count("refund_count", "Payments paid back", where, 2, unit="payments", direction="down")
        book.ratio("refund_rate", "Refund rate", (lost, came), 4, unit="percent", direction="down")


def _paid_in(book: Book, amount: str, conditions: list[Condition], variant: Variant) -> None:
    subject, label, suffix = book.subject, variant.label, variant.suffix
    where = also(both(conditions), variant.condition)
    text = f"Money received{label}, before refunds and fees{said(conditions)}."
    slots = {"amount": amount, "where": where}
    came = "" if suffix else book.standard("collected_revenue", slots, 9, text)
    name = f"collected_revenue{suffix}"
    came = came or book.money(name, f"Collected revenue{label}", amount, where, 9, description=text)
    if not suffix:
        book.ratio("average_payment", "Average payment", (came, "payment_count"), 3, unit="currency")
        book.standard("revenue_growth", {"revenue": came}, 4)
    refund, fee = subject.column("refund"), subject.column("fee")
    moved = movements_of(subject.table)
    if moved is not None and moved.back:
        # Each movement back is a row of its own, often below nothing.
        others = [one for one in conditions if moved.column.name not in one.columns]
        held = also(both(others), among(moved.column, moved.back), variant.condition)
        text = f"What was paid back{label}, by the time it was."
        keys = {"direction": "down", "fill_nulls_with": 0, "description": text}
        gone = subject.amount("amount_back", f"-{amount}") if moved.signed else amount
        back = book.money(f"refunded_amount{suffix}", f"Money paid back{label}", gone, held, 5, **keys)
        net = (f"net_collected{suffix}", f"Collected less refunds{label}", f"{came} - {back}")
        book.formula(*net, (came, back), 5, unit="currency")
        if not suffix:
            book.count("refund_count", "Payments paid back", held, 2, unit="payments", direction="down")
            book.ratio("refund_rate", "Refund rate", (back, came), 4, unit="percent", direction="down")
    elif refund is not None and not is_flag(refund):
        text = "What was paid back, in the period of the payment."
        keys = {"direction": "down", "fill_nulls_with": 0, "description": text}
        back = book.money(
            f"refunded_amount{suffix}", f"Money paid back{label}", subject.called(refund), where, 5, **keys
        )
        net = (f"net_collected{suffix}", f"Collected less refunds{label}", f"{came} - {back}")
        book.formula(*net, (came, back), 5, unit="currency")
        if not suffix:
            book.ratio("refund_rate", "Refund rate", (back, came), 4, unit="percent", direction="down")
    if fee is not None:
        taken = subject.called(fee)
        if _taken_off(book.world, subject, fee):
            taken = subject.amount("fee_taken", f"-{taken}")
        book.money(f"payment_fees{suffix}", f"Payment fees{label}", taken, where, 2, direction="down")


def _taken_off(world: World, subject: Subject, fee: Column) -> bool:
    """Whether fees are written as what leaves, below nothing: by the rows of payments, as others give them back."""
    moved = movements_of(subject.table)
    paid = f"{moved.column.sql} in ({', '.join(map(literal, moved.paid))}) and " if moved is not None else ""
    below, above = (world.count(subject, f"{paid}{fee.sql} {sign} 0") for sign in ("<", ">"))
    return below > above


def _failed(book: Book) -> None:
    """How many attempts failed."""
    status = status_of(book.subject.table, "payment")
    failed = status.of("bad") if status is not None else ()
    if status is None or not failed:
        return
    moved = movements_of(book.subject.table)
    base = also(both(there(book.subject.table)), among(moved.column, moved.paid) if moved is not None else "")
    keys = {"unit": "payments", "direction": "down"}
    lost = book.count("failed_payments", "Failed payments", also(base, among(status.column, failed)), 3, **keys)
    tries = book.count("payment_attempts", "Payment attempts", base, 0, unit="payments")
    book.ratio("payment_failure_rate", "Payment failure rate", (lost, tries), 4, unit="percent", direction="down")


def refunds(world: World, subject: Subject) -> None:
    """What went back, by the time it did."""
    conditions, status = there(subject.table), status_of(subject.table, "refund")
    if status is not None and (bad := status.of("bad", "open", "test")):
        conditions += _kept(status, set(status.column.values) - set(bad))
    where, book = both(conditions), Book(world, subject, "financial")
    book.count("refund_count", "Refunds", where, 2, unit="refunds", direction="down")
    total = subject.column("total") or subject.column("refund")
    total = total or next((one for one in subject.table.columns if is_money(one) and not is_flag(one)), None)
    if total is None:
        return
    amount = subject.called(total)
    if total.below_zero:
        amount = subject.amount("amount_back", f"-{amount}")
    for variant in variants(subject):
        _paid_back(book, amount, also(where, variant.condition), variant)


def _paid_back(book: Book, amount: str, where: str, variant: Variant) -> None:
    label, suffix, world = variant.label, variant.suffix, book.world
    name = world.free(f"refunded_amount{suffix}", book.subject)
    text = "What was paid back, by the time of the refund."
    keys = {"direction": "down", "fill_nulls_with": 0, "description": text}
    # Orders may tell what was paid back as well, by their own time.
    title = "Money paid back" if name == f"refunded_amount{suffix}" else "Money paid back, by the refund"
    back = book.money(name, f"{title}{label}", amount, where, 5, **keys)
    # What is paid back holds tax; so must what it is taken off.
    sides = (f"{one}{suffix}" for one in _NET_OF)
    came = next((one for one in sides if one in world.taken), "")
    net = next((called for one, called in _NET_OF.items() if came.startswith(one)), "")
    expr = f"coalesce({came}, 0) - coalesce({back}, 0)"
    book.formula(f"{net}{suffix}", f"Net of refunds{label}", expr, (came, back), 6, unit="currency")
    if not suffix:
        book.ratio("refund_rate", "Refund rate", (back, came), 4, unit="percent", direction="down")
