"""Which orders are sales, and what of an order is revenue."""

from __future__ import annotations

from truenorth.discover.book import Book
from truenorth.discover.counting import (
    Condition,
    Status,
    among,
    flag,
    none_of,
    quoted_list,
    status_of,
    status_words,
    there,
)
from truenorth.discover.facts import Column, named
from truenorth.discover.pick import is_flag
from truenorth.discover.piece import is_share, less_share, of_all, products
from truenorth.discover.subject import Subject
from truenorth.discover.world import Variant, World

# Words of statuses that say money came in; beside these, a new or open order is one that is not paid yet.
_PARTLY = {"deposit", "partial", "partially", "down", "commission", "advance", "pre"}  # not all that is due
_PAID = ("paid", "captur", "settl", "succe", "complet", "bezahlt", "pagad")
_NEARLY = 0.015
_MOSTLY = 0.9
_TELLING = 20  # of smaller amounts, whole cents leave the rate of a tax unclear
_ROUND = 0.1  # in half percents
_SIDES = (
    ("discount", "discounts", "Discounts", "down"),
    ("tax", "tax_charged", "Tax charged", "none"),
    ("shipping", "shipping_charged", "Shipping charged", "none"),
)


def sales_of(world: World, subject: Subject) -> list[Condition]:
    """The conditions under which an order is a sale."""
    table = subject.table
    found = there(table, internal=False)
    paying, general = status_of(table, "payment", "financial"), status_of(table, "order")
    kept_back = refunded_apart(world, subject)
    if paying is not None and {"payment", "financial", "billing"} & set(paying.column.words):
        found += _paid(subject, paying, kept_back)
        if general is not None and general.column.name != paying.column.name:
            found += _not_bad(subject, general)
    elif general is not None:
        found += _paid(subject, general, kept_back)
    by_money = kept_back and paying is not None and bool({"payment", "financial", "billing"} & set(paying.column.words))
    found += _marked(subject, with_status=bool(paying or general), by_money=by_money)
    subject.conditions = found
    return found


def _marked(subject: Subject, with_status: bool, by_money: bool) -> list[Condition]:
    """What flags and times say of an order: cancelled, or paid where no status does."""
    table, found = subject.table, list[Condition]()
    cancelled, paid = subject.column("cancelled"), subject.column("paid")
    if cancelled is not None and by_money and 0 < cancelled.filled < table.rows:
        words = f"orders with {cancelled.written} count where their money came in; what was paid back is known"
        subject.notes.append(words)
    elif cancelled is not None and cancelled.filled < table.rows:
        found.append(Condition(f"{named(cancelled.name)} is null", "not cancelled", (cancelled.name,)))
    for one in table.columns:
        if is_flag(one) and {"cancelled", "void", "fraud"} & set(one.words):
            found.append(Condition(flag(table, one, False), "not cancelled", (one.name,)))
        elif is_flag(one) and one.words in (("valid",), ("is", "valid")):
            found.append(Condition(flag(table, one, True), "valid", (one.name,)))
        elif is_flag(one) and "paid" in one.words and not _PARTLY & set(one.words) and not with_status:
            found.append(Condition(flag(table, one, True), "paid", (one.name,)))
    if not with_status and paid is not None and 0 < paid.filled < table.rows:
        found.append(Condition(f"{named(paid.name)} is not null", "paid", (paid.name,)))
    return found


def refunded_apart(world: World, subject: Subject) -> bool:
    """Whether what was paid back is known as an amount: then refunded orders count, and refunds are taken off."""
    refund = subject.column("refund")
    return (refund is not None and float(str(refund.high)) > 0) or any(
        world.linked(one, "orders") for one in world.of("refunds")
    )


def _paid(subject: Subject, status: Status, kept_back: bool) -> list[Condition]:
    """The statuses of an order that is paid for; what else counts, and what could not be told, is noted."""
    good = [*status.of("good", "part"), *(status.of("back") if kept_back else ())]
    early = status.of("new")
    if early and not any(word in value.lower() for value in good for word in _PAID):
        good = [*good, *early]
    elif early:
        subject.unsure.append(f"{quoted_list(early)} in {status.column.written}: not counted, as not yet paid")
    if unknown := status.of(""):
        subject.unsure.append(f"{quoted_list(unknown)} in {status.column.written}: not known, so not counted")
    if kept_back and (back := status.of("back")):
        subject.notes.append(f"{quoted_list(back)} count as sold; what was paid back is known as an amount of its own")
    if not good or (len(good) == len(status.column.values) and status.column.filled == subject.table.rows):
        words = f"all count as sales, whatever their {status.column.written}: {quoted_list(status.column.values)}"
        subject.notes.append(words)
        return []
    in_order = [value for value in status.column.values if value in good]
    return [Condition(among(status.column, in_order), status_words(status.column, in_order), (status.column.name,))]


def _not_bad(subject: Subject, status: Status) -> list[Condition]:
    """Beside a status of payment, another one only says what does not count."""
    bad = status.of("bad", "test")
    if not bad:
        return []
    sql = none_of(status.column, bad, whole=status.column.filled == subject.table.rows)
    return [Condition(sql, f"not {' or '.join(bad)}", (status.column.name,))]


def revenue_of(world: World, subject: Subject) -> tuple[str, str]:
    """The amount of an order that is revenue, and in words what is in it; tax is taken out where it is known."""
    total, tax = subject.column("total") or subject.column("subtotal"), subject.column("tax")
    if total is None:
        return priced(world, subject)
    if (net := _without_tax(subject, total)) is not None:
        return subject.called(net), "without tax"
    if tax is None or "net" in total.words:
        return subject.called(total), "without tax" if tax is not None or "net" in total.words else "as they stand"
    if _holds_tax(world, subject, total, tax):
        return _less(subject, total, tax), "without tax"
    return subject.called(total), "as they stand" if "revenue" in total.words else "without tax, which is added to them"


def _without_tax(subject: Subject, total: Column) -> Column | None:
    """The same amount without tax, where it stands beside the one with tax."""
    words = set(total.words) - {"gross"}
    twins = (one for one in subject.table.columns if "net" in one.words and one.numeric and one.type == total.type)
    return next((one for one in twins if "gross" in total.words and set(one.words) - {"net"} == words), None)


def priced(world: World, subject: Subject) -> tuple[str, str]:
    """What a row without a total brings, with the words for it: its price, times its quantity, less its discount."""
    price, quantity = subject.column("price"), subject.column("quantity")
    if price is None:
        return "", ""
    amount, said = subject.called(price), "as priced"
    if quantity is not None and of_all(world, subject, price, quantity, products(subject)):
        subject.notes.append(f"{price.written} is that of all pieces of a row: it grows with {quantity.written}")
    elif quantity is not None:
        amount, said = f"{amount} * {subject.called(quantity)}", "price times quantity"
    discount = subject.column("discount")
    if discount is not None and is_share(discount):
        amount, said = less_share(subject, amount, discount), f"{said}, less the discount"
        subject.notes.append(f"{discount.written} is a part of the price, from 0 to {discount.high}")
    return amount if amount == subject.called(price) else subject.amount("sales_amount", amount), said


def _holds_tax(world: World, subject: Subject, total: Column, tax: Column) -> bool:
    """Whether the total includes the tax, by how the amounts of rows with a tax add up; yes where they do not say."""
    sub = subject.column("subtotal")
    if sub is not None and sub.name != total.name:
        sums = dict(_ways(subject, total, sub, tax))
        taxed = f"{tax.sql} <> 0"
        [taxed_rows, *held] = world.holds(subject, [taxed, *(f"{taxed} AND {one}" for one in sums)])
        share, best = max(zip(held, sums, strict=True), key=lambda pair: pair[0])
        if taxed_rows and share / taxed_rows >= _MOSTLY:
            return sums[best] or _inside(world, subject, total, tax)
    if "revenue" in total.words:
        subject.unsure.append(
            f"whether {total.written} includes {tax.written}: taken as it stands, being called revenue"
        )
        return False
    subject.unsure.append(f"whether {total.written} includes {tax.written}: taken as included, as totals mostly do")
    return True


def _inside(world: World, subject: Subject, total: Column, tax: Column) -> bool:
    """Whether a total to which no tax is added holds it already, by the rates: those that laws set are round.

    19 of 119 are 19 % of 100, and no round part of 119; where neither is round, a total is what was asked for.
    """
    rates = (f"{tax.sql} / nullif({base}, 0) * 200" for base in (f"({total.sql} - {tax.sql})", total.sql))
    large = f"{tax.sql} > 0 and {total.sql} > {_TELLING}"
    near = [f"CASE WHEN {large} THEN abs(({rate}) - round({rate})) < {_ROUND} END" for rate in rates]
    inside, added = world.holds(subject, near)
    if max(inside, added) < 0.5:
        subject.unsure.append(f"whether {total.written} includes {tax.written}: taken as included, as nothing is added")
    return inside >= added or max(inside, added) < 0.5


def full_price(world: World, subject: Subject, amount: str) -> str:
    """What orders would have brought without their discounts, as a field; "" where there are none."""
    discount, total, sub = (subject.column(one) for one in ("discount", "total", "subtotal"))
    if discount is None or not amount or is_share(discount):
        return ""
    if not float(str(discount.high)) > 0 or float(str(discount.low)) < 0:
        return ""
    off, tax = subject.or_zero(discount), subject.column("tax")
    before = False
    if sub is not None and total is not None and sub.name != total.name:
        more = _sides(subject) if tax is None else [
            f"{side}{add}" for side in _sides(subject) for add in ("", f" + coalesce({tax.sql}, 0)")
        ]  # fmt: skip
        there = f"{discount.sql} > 0 AND abs({total.sql} - ({sub.sql}"
        less = f" - {discount.sql}"
        [given, *held] = world.holds(subject, [f"{discount.sql} > 0", *(
            f"{there}{side}{minus})) < {_NEARLY}" for side in more for minus in (less, "")
        )])  # fmt: skip
        before = max(held[::2]) > max(held[1::2]) and max(held[::2]) >= _MOSTLY * given
        if max(held) >= _MOSTLY * given:
            base = subject.called(sub)
            return base if before else subject.amount("full_price", f"{base} + {off}")
    subject.unsure.append(f"whether {discount.written} is taken off already: taken as such")
    return subject.amount("full_price", f"{amount} + {off}")


def _sides(subject: Subject) -> list[str]:
    """The ways in which shipping may be part of a total."""
    shipping = subject.column("shipping")
    return ["", *([f" + coalesce({shipping.sql}, 0)"] if shipping else [])]


def _ways(subject: Subject, total: Column, sub: Column, tax: Column) -> list[tuple[str, bool]]:
    """The ways in which a total may be made of its parts, each with whether tax is in it."""
    discount = subject.column("discount")
    takes = ["", *([f" - abs(coalesce({discount.sql}, 0))"] if discount else [])]
    found = []
    for more in (f"{ship}{less}" for ship in _sides(subject) for less in takes):
        found.append((f"abs({total.sql} - ({sub.sql} + {tax.sql}{more})) < {_NEARLY}", True))
        found.append((f"abs({total.sql} - ({sub.sql}{more})) < {_NEARLY}", False))
    return found


def _less(subject: Subject, total: Column, tax: Column) -> str:
    return subject.amount("net_amount", f"{subject.called(total)} - {subject.or_zero(tax)}")


def beside(book: Book, where: str, variant: Variant) -> None:
    """What sales say of discounts, tax and shipping beside what they bring."""
    for purpose, name, title, direction in _SIDES:
        if side := _side_of(book.subject, purpose):
            keys = {"direction": direction}
            book.money(f"{name}{variant.suffix}", f"{title}{variant.label}", side, where, 1, **keys)


def _side_of(subject: Subject, purpose: str) -> str:
    """The field of an amount beside the price; a discount that is a share of it is worked out."""
    column, price, quantity = subject.column(purpose), subject.column("price"), subject.find("quantity")
    if column is None:
        return ""
    if purpose != "discount" or not is_share(column):
        if purpose == "discount" and float(str(column.low)) < 0 < float(str(column.high)):
            _both_signs(subject, column)
        return subject.called(column)
    parts = [subject.called(price) if price else "", quantity, subject.called(column)]
    return subject.amount("discount_amount", " * ".join(filter(None, parts))) if price else ""


def _both_signs(subject: Subject, discount: Column) -> None:
    """Says, once, that what a discount means does not show in its signs."""
    text = (
        f"whether {discount.written} is taken off or added, as it is below zero and above it: "
        "added up as it stands, and no discount rate is made of it"
    )
    subject.unsure += [text] if text not in subject.unsure else []
