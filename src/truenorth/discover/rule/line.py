"""Lines of orders: what was sold in pieces, and what it brought where orders themselves hold no amount."""

from __future__ import annotations

from truenorth.discover.book import Book
from truenorth.discover.counting import both, there
from truenorth.discover.facts import Column
from truenorth.discover.link import Link
from truenorth.discover.pick import is_flag, is_money, referring
from truenorth.discover.rule.sale import beside, priced
from truenorth.discover.subject import Subject
from truenorth.discover.word import texts
from truenorth.discover.world import Variant, World, also, variants

_NO_PRODUCT = frozenset(texts("quantity count status fulfillment price discount total amount shipping type position"))


def order_lines(world: World, subject: Subject) -> None:
    """The metrics of the lines of orders: what was sold, in pieces."""
    found, book = world.linked(subject, "orders"), Book(world, subject, "financial")
    sale = f"{found[1].name}.is_sale" if found is not None and "is_sale" in found[1].fields else ""
    where = also(both(there(subject.table)), sale)
    _pieces(book, where, found)
    _line_money(book, where, found[1] if found is not None else None)
    product = max((one for one in subject.table.columns if _names_product(one, subject)), key=_telling, default=None)
    if product is not None:
        field = subject.called(product)
        book.people("products_sold", "Different products sold", field, where, 1, unit="products")


def _pieces(book: Book, where: str, found: tuple[Link, Subject] | None) -> None:
    """How many pieces were sold, and how many in an order; a line without a quantity is one piece."""
    subject, quantity = book.subject, book.subject.find("quantity")
    slots = {"quantity": quantity, "where": where}
    keys = {"filter": where, "unit": "units", "fill_nulls_with": 0}
    if quantity:
        units = book.standard("units_sold", slots, 5)
        units = units or book.rows("sum", "units_sold", "Units sold", quantity, keys, 5)
    else:
        subject.notes.append("a line says no quantity, so it counts as one piece")
        units = book.count("units_sold", "Units sold", where, 5, unit="units")
    if units and found is not None:
        order = subject.table.column(found[0].column)
        slots |= {"units": units, "order": subject.called(order) if order else ""}
        book.standard("items_per_order", slots, 2)


def _names_product(column: Column, subject: Subject) -> bool:
    said = set(column.words)
    named_so = {"product", "sku", "item", "article"} & said and column.type in ("text", "integer")
    counted = column.name in (subject.find("quantity"), *subject.money.cents) or is_money(column) or is_flag(column)
    alone = subject.table.key == (column.name,)
    # order_item_id counts the lines of an order.
    of_lines = {"order", "line"} & said and column.words[-1:] == ("id",)
    if not named_so or counted or alone or of_lines or _NO_PRODUCT & said:
        return False
    return column.distinct > 1 and (column.type == "text" or bool(referring(column)) or "sku" in said)


def _telling(column: Column) -> tuple[int, int]:
    """How well a column tells products apart: a number of articles before an id, an id before a name."""
    said = column.words
    return (3 if "sku" in said else 2 if referring(column) else 1 if "name" in said else 0, -len(said))


def _line_money(book: Book, where: str, orders: Subject | None) -> None:
    """What lines bring: revenue itself where orders hold no amount, else revenue before what concerns whole orders."""
    subject, world = book.subject, book.world
    if orders is not None and orders.money.mixed and subject.money.written is None:
        subject.unsure.append(f"in which currency amounts are, as {orders.name} has several: they are not added up")
        return
    alone = orders is not None and not any(name.startswith("revenue") for name in world.taken)
    total, price = subject.column("total"), subject.column("price")
    if total is not None and total != price:
        amount, what = subject.called(total), "totals of lines"
    else:
        amount, what = priced(world, subject)
    for variant in variants(subject) if amount else ():
        held = also(where, variant.condition)
        if alone:
            _revenue(book, (amount, what), held, variant)
            continue
        text = f"Money{variant.label} of lines of sales, {what}, before anything that concerns the whole order."
        name, label = f"item_revenue{variant.suffix}", f"Revenue by item{variant.label}"
        book.money(name, label, amount, held, 3, description=text)


def _revenue(book: Book, amount: tuple[str, str], where: str, variant: Variant) -> None:
    """Revenue by its lines, with what is made of it."""
    text = f"Money{variant.label} of the lines of orders, {amount[1]}, as orders themselves hold no amount."
    made = "" if variant.suffix else book.standard("revenue", {"amount": amount[0], "where": where}, 10, text)
    label = f"Revenue{variant.label}"
    made = made or book.money(f"revenue{variant.suffix}", label, amount[0], where, 10, description=text)
    if not variant.suffix:
        _made_of(book, made)
    beside(book, where, variant)


def _made_of(book: Book, revenue: str) -> None:
    book.standard("average_order_value", {"revenue": revenue, "orders": "order_count"}, 7)
    book.standard("revenue_growth", {"revenue": revenue}, 6)
    book.running("revenue_so_far", "Revenue so far", revenue, 1, unit="currency")
    buyers = "buyers" if "buyers" in book.world.taken else ""
    if buyers and "orders_of_known_buyers" not in book.world.taken:
        label = "Revenue per customer"
        book.ratio("revenue_per_customer", label, (revenue, buyers), 4, unit="currency")
