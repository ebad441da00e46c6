"""Orders and their lines: what sold, to whom, and what came back."""

from __future__ import annotations

from truenorth.discover.book import Book
from truenorth.discover.counting import among, both, said, status_of, there
from truenorth.discover.facts import Column
from truenorth.discover.pick import PERSONS, person, referring
from truenorth.discover.rule.sale import revenue_of, sales_of
from truenorth.discover.subject import Subject
from truenorth.discover.word import plural
from truenorth.discover.world import Variant, World, also, variants

_ORDERS = ("order", "invoice", "receipt", "sale", "purchase", "transaction", "booking", "checkout")
_SIDES = (
    ("discount", "discounts", "Discounts", "down"),
    ("tax", "tax_charged", "Tax charged", "none"),
    ("shipping", "shipping_charged", "Shipping charged", "none"),
)


def orders(world: World, subject: Subject) -> None:
    """The metrics of a table of orders."""
    counted = sales_of(world, subject)
    where = subject.computed("is_sale", both(counted)) if counted else ""
    book = Book(world, subject, "financial")
    text = f"Orders that count as sales{said(counted)}."
    repeated = several_rows(subject)
    if repeated is not None:
        subject.notes.append(f"an order may have several rows: orders are counted by {repeated.written}")
        book.people("order_count", "Orders", subject.called(repeated), where, 9, description=text, unit="orders")
    else:
        book.standard("order_count", {"where": where}, 9, text) or book.count(
            "order_count", "Orders", where, 9, description=text, unit="orders"
        )
    for variant in variants(subject):
        _money(book, where, said(counted), variant)
    _of_tests(world, subject)
    quantity = subject.find("quantity")
    if quantity and not world.of("order lines"):
        units = book.rows("sum", "units_sold", "Units sold", quantity, {"filter": where, "unit": "units"}, 5)
        book.ratio("items_per_order", "Items per order", (units, "order_count"), 2)
    _people(book, where)
    _shares(book)


def _of_tests(world: World, subject: Subject) -> None:
    """Says that orders of customers who are marked as tests count: whether they should, only a person knows."""
    found = world.linked(subject, "customers")
    if found is None:
        return
    marked = [one for one in there(found[1].table) if "tests" in one.words or one.words.startswith("not ")]
    words = [one.words for one in marked if "deleted" not in one.words]
    if words:
        rows = f"{found[1].name} with the condition {marked[0].sql}"
        subject.unsure.append(f"whether orders of all customers count, or only those of {rows}: all do")


def several_rows(subject: Subject) -> Column | None:
    """The column that names the order where an order has several rows, each with an amount of its own."""
    for one in subject.table.columns:
        head = referring(one).split()[-1:] or [""]
        if head[0] in _ORDERS and one.filled == subject.table.rows and subject.table.key != (one.name,):
            return one if one.distinct < 0.98 * subject.table.rows else None
    return None


def _money(book: Book, where: str, words: str, variant: Variant) -> None:
    """Revenue and what is made of it, in one currency."""
    amount, what = revenue_of(book.world, book.subject)
    if not amount:
        return
    where, label = also(where, variant.condition), variant.label
    text = f"Money{label} of orders, {what}{words}."
    revenue = "" if variant.suffix else book.standard("revenue", {"amount": amount, "where": where}, 10, text)
    revenue = revenue or book.money(f"revenue{variant.suffix}", f"Revenue{label}", amount, where, 10, description=text)
    count = "order_count"
    if variant.suffix:
        count = book.count(f"order_count{variant.suffix}", f"Orders{label}", where, 0, unit="orders")
    else:
        book.standard("average_order_value", {"revenue": revenue, "orders": count}, 7)
        book.standard("revenue_growth", {"revenue": revenue}, 6)
    average = f"average_order_value{variant.suffix}"
    book.ratio(average, f"Average order value{label}", (revenue, count), 5, unit="currency")
    total = book.subject.find("total")
    if total and total != amount:
        book.money(f"total_sales{variant.suffix}", f"Total sales, tax included{label}", total, where, 2)
    for purpose, name, title, direction in _SIDES:
        found = book.subject.find(purpose)
        if found:
            book.money(f"{name}{variant.suffix}", f"{title}{label}", found, where, 1, direction=direction)
    _refunds(book, revenue, where, variant)


def _refunds(book: Book, revenue: str, where: str, variant: Variant) -> None:
    """What was paid back, where orders themselves hold it."""
    refund, label = book.subject.find("refund"), variant.label
    text = "What was paid back, in the period of the order."
    back = book.money(f"refunded_amount{variant.suffix}", f"Money paid back{label}", refund, where, 4,
                      direction="down", description=text, fill_nulls_with=0)  # fmt: skip
    text = "Revenue less what was paid back."
    book.formula(f"net_revenue{variant.suffix}", f"Net revenue{label}", f"{revenue} - {back}", (revenue, back), 6,
                 unit="currency", description=text)  # fmt: skip


def _people(book: Book, where: str) -> None:
    """Who bought."""
    who = person(book.subject.table)
    if who is None or book.subject.table.key == (who.name,):
        return
    customer = book.subject.called(who)
    buyers = book.standard("buyers", {"customer": customer, "where": where}, 8)
    buyers = buyers or book.people("buyers", "Buyers", customer, where, 8, domain="customer", unit="customers")
    book.ratio("orders_per_buyer", "Orders per buyer", ("order_count", buyers), 2, domain="customer")
    if buyers and "revenue" in book.world.taken:
        slots = {"revenue": "revenue", "customers": buyers}
        book.standard("revenue_per_customer", slots, 4) or book.ratio(
            "revenue_per_customer", "Revenue per customer", ("revenue", buyers), 4, unit="currency"
        )


def _shares(book: Book) -> None:
    """How many orders were cancelled, and how many came back."""
    status = status_of(book.subject.table, "order", "status")
    if status is None:
        return
    others = [one for one in book.subject.conditions if status.column.name not in one.columns]
    base = both([one for one in others if "cancelled" not in one.words])
    cancelled = [value for value in status.of("bad") if "cancel" in value.lower() or "storn" in value.lower()]
    if cancelled:
        slots = {"cancelled": among(status.column, cancelled), "where": base}
        book.standard("cancelled_order_rate", slots, 3)
    came_back, sold = status.of("back", "part"), status.of("good", "part", "back")
    if came_back and len(came_back) < len(sold):
        where = also(base, among(status.column, [value for value in status.column.values if value in sold]))
        book.standard("return_rate", {"returned": among(status.column, came_back), "where": where}, 3)


def order_lines(world: World, subject: Subject) -> None:
    """The metrics of the lines of orders: what was sold, in pieces."""
    found, book = world.linked(subject, "orders"), Book(world, subject, "financial")
    sale = f"{found[1].name}.is_sale" if found is not None and "is_sale" in found[1].fields else ""
    where = also(both(there(subject.table)), sale)
    quantity = subject.find("quantity")
    if quantity:
        slots = {"quantity": quantity, "where": where}
        units = book.standard("units_sold", slots, 5) or book.rows(
            "sum", "units_sold", "Units sold", quantity, {"filter": where, "unit": "units", "fill_nulls_with": 0}, 5
        )
        if units and found is not None:
            order = subject.table.column(found[0].column)
            slots |= {"units": units, "order": subject.called(order) if order else ""}
            book.standard("items_per_order", slots, 2)
    _line_money(book, where, quantity)
    product = next((one for one in subject.table.columns if _names_product(one, subject)), None)
    if product is not None:
        field = subject.called(product)
        book.people("products_sold", "Different products sold", field, where, 1, unit="products")


def _names_product(column: Column, subject: Subject) -> bool:
    named_so = {"product", "sku", "item", "article"} & set(column.words) and column.type in ("text", "integer")
    return bool(named_so) and column.distinct > 1 and column.name not in subject.table.key


def _line_money(book: Book, where: str, quantity: str) -> None:
    """What lines bring, before anything that concerns the whole order."""
    subject = book.subject
    total, price = subject.column("total"), subject.column("price")
    for variant in variants(subject):
        if total is not None and total != price:
            amount = subject.called(total)
        elif price is not None and quantity:
            amount = subject.amount("line_amount", f"{subject.called(price)} * {quantity}")
        else:
            return
        text = f"Money{variant.label} of lines of sales, before anything that concerns the whole order."
        name, label = f"item_revenue{variant.suffix}", f"Revenue by item{variant.label}"
        book.money(name, label, amount, also(where, variant.condition), 3, description=text)


def customers(world: World, subject: Subject) -> None:
    """The metrics of a table of people or firms: how many came, and how many there are."""
    conditions, book = there(subject.table), Book(world, subject, "customer")
    where = both(conditions)
    noun = _noun(subject)
    if not subject.time:
        book.count(world.free(f"{noun}_known", subject), noun.capitalize(), where, 3, unit=noun)
        return
    name = world.free(f"new_{noun}", subject)
    text = f"{noun.capitalize()} by the time they came{said(conditions)}."
    known = name in ("new_customers", "new_users")
    new = book.standard(name, {"where": where}, 8, text) if known else ""
    new = new or book.count(name, f"New {noun}", where, 8, description=text, unit=noun)
    book.running(world.free(f"{noun}_so_far", subject), f"{noun.capitalize()} so far", new, 3, unit=noun)


def _noun(subject: Subject) -> str:
    """What the rows are called."""
    words = subject.table.words
    if {"customer", "buyer", "client", "shopper"} & set(words):
        return "customers"
    if {"user", "signup", "member", "profile"} & set(words):
        return "users"
    own = [word for word in words if word in PERSONS or word in ("team", "firm")]
    return plural(own[-1]) if own and own[-1] != "person" else "people" if own else "accounts"
