"""Orders and their lines: what sold, to whom, and what came back."""

from __future__ import annotations

import re
from typing import Any

from truenorth.discover.book import Book
from truenorth.discover.counting import among, both, said, status_of, there
from truenorth.discover.facts import Column
from truenorth.discover.pick import PERSONS, person, referring
from truenorth.discover.rule.first import first_orders
from truenorth.discover.rule.sale import beside, full_price, revenue_of, sales_of
from truenorth.discover.subject import Subject
from truenorth.discover.word import plural
from truenorth.discover.world import Variant, World, also, variants

_ORDERS = ("order", "invoice", "receipt", "sale", "purchase", "transaction", "booking", "checkout")
_TEST_MAIL = re.compile(r"^(test|tester|testing|qa|dummy)([+._-][^@]*|[0-9]*)@|@(test|example)[.]")


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
    amount, what = revenue_of(world, subject)
    for variant in variants(subject):
        _money(book, amount, where, f"{what}{said(counted)}", variant)
    _of_tests(world, subject)
    quantity = subject.find("quantity")
    if quantity and not world.of("order lines"):
        units = book.rows("sum", "units_sold", "Units sold", quantity, {"filter": where, "unit": "units"}, 5)
        book.ratio("items_per_order", "Items per order", (units, "order_count"), 2)
    _people(book, where)
    _shares(book)
    if customer := buyer(subject)[0]:
        first_orders(world, subject, customer, repeated)


def _of_tests(world: World, subject: Subject) -> None:
    """Says that orders of customers who are marked as tests count: whether they should, only a person knows."""
    mail = subject.column("email")
    if mail is not None and any(_TEST_MAIL.search(one) for one in mail.sample):
        tests = world.count(subject, f"regexp_matches(lower({mail.sql}), '{_TEST_MAIL.pattern}')")
        if tests < 0.05 * subject.table.rows:
            subject.unsure.append(f"whether {tests:,} orders of addresses such as test@… are tests: they count")
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
    own = next((one for one in subject.table.columns if subject.table.key == (one.name,)), None)
    if own is not None and (own.words == ("id",) or referring(own).split()[-1:] == ["order"]):
        return None
    for one in subject.table.columns:
        head = referring(one).split()[-1:] or [""]
        if head[0] in _ORDERS and one.filled == subject.table.rows and subject.table.key != (one.name,):
            return one if one.distinct < 0.98 * subject.table.rows else None
    return None


def _money(book: Book, amount: str, where: str, words: str, variant: Variant) -> None:
    """Revenue and what is made of it, in one currency."""
    where, label = also(where, variant.condition), variant.label
    beside(book, where, variant)
    if not amount:
        return
    text = f"Money{label} of orders, {words}."
    revenue = "" if variant.suffix else book.standard("revenue", {"amount": amount, "where": where}, 10, text)
    revenue = revenue or book.money(f"revenue{variant.suffix}", f"Revenue{label}", amount, where, 10, description=text)
    count = "order_count"
    if variant.suffix:
        count = _counted(book, where, variant)
    else:
        book.standard("average_order_value", {"revenue": revenue, "orders": count}, 7)
        book.standard("revenue_growth", {"revenue": revenue}, 6)
        text = "The order in the middle, when orders are put in the order of their amounts."
        keys: dict[str, Any] = {"filter": where, "unit": "currency", "description": text}
        if several_rows(book.subject) is None:
            book.rows("median", "median_order_value", "Median order value", amount, keys, 2)
        book.running("revenue_so_far", "Revenue so far", revenue, 1, unit="currency")
    average = f"average_order_value{variant.suffix}"
    book.ratio(average, f"Average order value{label}", (revenue, count), 5, unit="currency")
    total = book.subject.find("gross") or book.subject.find("total")
    if total and total != amount:
        book.money(f"total_sales{variant.suffix}", f"Total sales, tax included{label}", total, where, 2)
    full = full_price(book.world, book.subject, amount) if not variant.suffix else ""
    if full:
        slots = {"discount": book.subject.find("discount"), "gross": full, "where": where}
        book.standard("discount_rate", slots, 3)
    _refunds(book, (revenue, amount), where, variant)


def _counted(book: Book, where: str, variant: Variant) -> str:
    """How many orders there are in one currency, each once however many rows it has."""
    name, label, repeated = f"order_count{variant.suffix}", f"Orders{variant.label}", several_rows(book.subject)
    if repeated is None:
        return book.count(name, label, where, 0, unit="orders")
    return book.people(name, label, book.subject.called(repeated), where, 0, unit="orders")


def _refunds(book: Book, sold: tuple[str, str], where: str, variant: Variant) -> None:
    """What was paid back, where orders themselves hold it."""
    (revenue, amount), refund, label = sold, book.subject.find("refund"), variant.label
    text = "What was paid back, in the period of the order."
    back = book.money(f"refunded_amount{variant.suffix}", f"Money paid back{label}", refund, where, 4,
                      direction="down", description=text, fill_nulls_with=0)  # fmt: skip
    text = "Revenue less what was paid back."
    total, tax = book.subject.find("total"), book.subject.find("tax")
    if back and tax and total and amount != total:
        # What is paid back holds the tax that revenue is without.
        text = "Revenue less what was paid back, both without tax."
        expr = f"cast({refund} * ({amount} / nullif({total}, 0)) as decimal(18, 2))"
        own = book.subject.amount("refund_without_tax", expr)
        name, title = f"refunded_without_tax{variant.suffix}", f"Money paid back, without tax{label}"
        back = book.money(name, title, own, where, 0, direction="down", fill_nulls_with=0)
    book.formula(f"net_revenue{variant.suffix}", f"Net revenue{label}", f"{revenue} - {back}", (revenue, back), 6,
                 unit="currency", description=text)  # fmt: skip
    if not variant.suffix and not book.world.of("refunds"):
        text = "What was paid back of the orders of a period, out of their revenue."
        keys = {"unit": "percent", "direction": "down", "description": text}
        book.ratio("refund_rate", "Refund rate", (back, revenue), 4, **keys)


def _people(book: Book, where: str) -> None:
    """Who bought; rows that say nobody count neither above nor below a line."""
    subject = book.subject
    customer, missing = buyer(subject)
    if not customer:
        return
    buyers = book.standard("buyers", {"customer": customer, "where": where}, 8)
    buyers = buyers or book.people("buyers", "Buyers", customer, where, 8, domain="customer", unit="customers")
    orders, revenue = "order_count", "revenue" if "revenue" in book.world.taken else ""
    if missing:
        known = also(where, f"{customer} is not null")
        subject.notes.append(
            f"{missing:,} of {subject.table.rows:,} rows do not say who bought: buyers, orders_per_buyer and "
            "revenue_per_customer leave them out"
        )
        orders = _of_known(book, "order_count", "orders_of_known_buyers", "Orders of known buyers", known)
        revenue = revenue and _of_known(book, "revenue", "revenue_of_known_buyers", "Revenue of known buyers", known)
    book.ratio("orders_per_buyer", "Orders per buyer", (orders, buyers), 2, domain="customer")
    if buyers and revenue:
        slots = {"revenue": revenue, "customers": buyers}
        book.standard("revenue_per_customer", slots, 4) or book.ratio(
            "revenue_per_customer", "Revenue per customer", (revenue, buyers), 4, unit="currency"
        )


def buyer(subject: Subject) -> tuple[str, int]:
    """The field that says who bought, and how many rows leave it empty: of an id and an address the fuller one."""
    who, mail = person(subject.table), subject.column("email")
    if who is None or subject.table.key == (who.name,):
        return "", 0
    if (mail is not None and mail.filled > who.filled * 1.005) or who is mail:
        who = mail
        held = subject.called(who)
        note = f"buyers are told apart by {who.written}, in small letters"
        subject.notes += [note] if note not in subject.notes else []
        name = subject.computed("buyer", f"lower({held})")
        return name, subject.table.rows - who.filled
    return subject.called(who), subject.table.rows - who.filled


def _of_known(book: Book, like: str, name: str, label: str, where: str) -> str:
    """A metric of orders once more, of those rows alone that say who bought."""
    made = next((one for one in book.world.group(book.subject).metrics if one.name == like), None)
    if made is None or made.mappings[-1].get("type") != "simple":
        return ""
    last = made.mappings[-1]
    unit = str(last.get("unit", ""))
    return book.rows(str(last["agg"]), name, label, str(last.get("expr", "")), {"filter": where, "unit": unit}, 0)


def _shares(book: Book) -> None:
    """How many orders were cancelled, and how many came back."""
    status, when = status_of(book.subject.table, "order", "status"), book.subject.column("cancelled")
    if when is not None and 0 < when.filled < book.subject.table.rows:
        kept = both([one for one in there(book.subject.table, internal=False) if when.name not in one.columns])
        slots = {"cancelled": f"{book.subject.called(when)} is not null", "where": kept}
        book.standard("cancelled_order_rate", slots, 3)
    if status is None:
        return
    others = [one for one in book.subject.conditions if status.column.name not in one.columns]
    base = both([one for one in others if "cancelled" not in one.words])
    cancelled = [value for value in status.of("bad") if "cancel" in value.lower() or "storn" in value.lower()]
    if several_rows(book.subject) is not None:
        # A share of rows would be none of orders.
        return
    if cancelled:
        slots = {"cancelled": among(status.column, cancelled), "where": base}
        book.standard("cancelled_order_rate", slots, 3)
    failed = [value for value in status.of("bad") if re.search(r"fail|declin|fehlgeschl|abgelehnt", value, re.I)]
    if failed:
        text = "Orders whose payment failed, out of all orders."
        book.standard("payment_failure_rate", {"failed": among(status.column, failed), "where": base}, 3, text)
    came_back, sold = status.of("back", "part"), status.of("good", "part", "back")
    if came_back and len(came_back) < len(sold):
        where = also(base, among(status.column, [value for value in status.column.values if value in sold]))
        book.standard("return_rate", {"returned": among(status.column, came_back), "where": where}, 3)


def customers(world: World, subject: Subject) -> None:
    """The metrics of a table of people or firms: how many came, and how many there are."""
    conditions, book = there(subject.table), Book(world, subject, "customer")
    where = both(conditions)
    noun = _noun(subject)
    if not subject.time:
        book.count(world.free(f"{noun}_known", subject), noun.capitalize(), where, 3, unit=noun)
        return
    time = subject.table.column(subject.time)
    if time is not None and time.filled < subject.table.rows:
        # Who has no such time, as a first order that never was, did not come in any period.
        where = also(where, f"{subject.called(time)} is not null")
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
