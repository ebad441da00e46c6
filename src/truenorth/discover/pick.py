"""The best column of a table for a purpose, and what a column refers to."""

from __future__ import annotations

import re
from collections.abc import Collection

from truenorth.discover.facts import Column, Table
from truenorth.discover.purpose import NO_MONEY, PURPOSES, REFERS
from truenorth.discover.word import texts

# Different words for the same thing, so that `user_id` finds a table of accounts.
PERSONS = (
    "customer",
    "user",
    "account",
    "buyer",
    "client",
    "member",
    "person",
    "contact",
    "profile",
    "visitor",
    "guest",
    "company",
    "organization",
    "subscriber",
    "tenant",
    "workspace",
    "shopper",
    "actor",
    "patient",
    "student",
    "requester",
    "reporter",
    "learner",
    "player",
    "viewer",
    "listener",
    "reader",
    "caller",
    "driver",
    "rider",
)
_MONEY = frozenset(
    [
        "amount",
        "total",
        "price",
        "revenue",
        "net",
        "gross",
        "subtotal",
        "tax",
        "discount",
        "fee",
        "cost",
        "spend",
        "value",
        "paid",
        "refund",
        "mrr",
        "arr",
        "balance",
        "budget",
        "sale",
        "shipping",
        "tip",
        "cents",
        "payment",
        "proceeds",
        "turnover",
        "due",
        "charge",
        "expense",
        "profit",
        "margin",
        "ltv",
        "salary",
        "donation",
        "credit",
        "fare",
    ]
)
# What says of a thing that it works: names of flags, and values of a status.
UP = frozenset(texts("up healthy ok success successful succeeded available reachable alive passed"))
WORKING = frozenset(texts("up ok healthy operational pass passed success succeeded online alive"))
BROKEN = frozenset(
    texts("down unhealthy critical outage fail failed failure error timeout offline degraded dead unreachable unknown")
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_WHOLE = re.compile(r"\s*[{\[].*", re.S)  # an object as it is written: never an id
_CODE = re.compile(r"[A-Za-z]{3}")
_PRIVATE = frozenset(
    [
        "email",
        "phone",
        "address",
        "street",
        "zip",
        "password",
        "hash",
        "token",
        "ip",
        "secret",
        "fax",
        "birth",
        "latitude",
        "longitude",
        "iban",
        "ssn",
        "signature",
        "last4",
        "fingerprint",
        "agent",
        "cookie",
        "salt",
        "avatar",
    ]
)
_LONG = frozenset(
    [
        "note",
        "notes",
        "comment",
        "comments",
        "description",
        "body",
        "text",
        "message",
        "subject",
        "html",
        "raw",
        "payload",
    ]
)
# What is counted, in the singular: a whole number whose name ends in several of them is how many there were.
_COUNTED = frozenset(
    texts(
        "recipient bounce open click visitor visit pageview view session user download install impression delivery "
        "unsubscribe event call order item ticket login signup lead conversion message reply like share follower "
        "subscriber contact hit page request error attempt completion email member player purchase transaction "
        "customer booking guest crash launch uninstall people person complaint response seat"
    )
)
_METHODS = frozenset(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"])
MONEY_CODES = frozenset(
    [
        "AED",
        "ARS",
        "AUD",
        "BGN",
        "BRL",
        "CAD",
        "CHF",
        "CLP",
        "CNY",
        "COP",
        "CZK",
        "DKK",
        "EGP",
        "EUR",
        "GBP",
        "HKD",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "ISK",
        "JPY",
        "KES",
        "KRW",
        "KWD",
        "MXN",
        "MYR",
        "NGN",
        "NOK",
        "NZD",
        "PEN",
        "PHP",
        "PLN",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "SAR",
        "SEK",
        "SGD",
        "THB",
        "TRY",
        "TWD",
        "UAH",
        "USD",
        "UYU",
        "VND",
        "ZAR",
    ]
)


def pick(table: Table, purpose: str, but: Collection[str] = ()) -> Column | None:
    """The column that most speaks for a purpose; None where none does."""
    known = PURPOSES[purpose]
    ranked = [(known.weight(one), one.filled, -at, one) for at, one in enumerate(table.columns) if one.name not in but]
    fitting = [rank for rank in ranked if rank[0] >= known.least and holds(purpose, rank[3])]
    return max(fitting, key=lambda rank: (rank[0], rank[1] > 0, rank[2]))[3] if fitting else None


def holds(purpose: str, column: Column) -> bool:
    """Whether a column's values may be what its name says, where that can be seen."""
    if purpose in ("method", "event") and column.values:
        # A verb is what was asked of a server, or what somebody did.
        spoken = all(one.upper() in _METHODS for one in column.values)
        return spoken if purpose == "method" and "verb" in column.words else not spoken or purpose == "method"
    if purpose != "http":
        return True
    if column.type == "integer":
        return int(str(column.low)) >= 100 and int(str(column.high)) <= 599
    return bool(column.values) and all(re.fullmatch(r"[1-5]\d\d", one) for one in column.values)


def referring(column: Column) -> str:
    """What a column refers to: `customer` of `customer_id` and of `id_customer`; "" for one that refers to nothing.

    >>> referring(Column("customer_id", "customer_id", "integer")), referring(Column("id", "id", "integer"))
    ('customer', '')
    """
    said = [word for word in column.words if word not in ("old", "fk", "local")]
    if len(said) > 1 and said[0] == "id" and said[-1] not in REFERS:
        # id_customer says the same as customer_id.
        said = [*said[1:], "id"]
    if len(said) < 2 or said[-1] not in REFERS - {"email"} or column.type not in ("text", "integer"):
        return ""
    if said[-1] in ("code", "number") and column.timed:
        return ""
    return " ".join(said[:-1])


def person(table: Table) -> Column | None:
    """The column that says who: a customer's or user's id, else a name that stands for one, else the mail address."""
    ranked: list[tuple[float, int, Column]] = []
    for at, one in enumerate(table.columns):
        said, refers = one.words, [word for word in referring(one).split() if word != "unique"]
        if one.type not in ("text", "integer", "uuid") or not one.filled or one.share(_WHOLE) > 0.5 or is_count(one):
            continue
        if refers and refers[-1] in (*PERSONS, "pseudo", "distinct", "anonymous", "device", "amplitude", "profile"):
            worth = {
                "anonymous": 3.0,
                "amplitude": 5.4,
                "device": 1.5,
                "account": 4.0,
                "company": 3.5,
                "organization": 3.5,
                "visitor": 4.5,
                "person": 5.5,
                "workspace": 3.0,
                "tenant": 3.0,
                "contact": 4.0,
            }.get(refers[-1], 5.0)
            worth += 0.5 * ("unique" in said)
            worth -= 0.5 * len({"billing", "shipping", "sales", "parent", "assigned", "owner", "created"} & set(refers))
        elif said and said[-1] in PERSONS and "type" not in said and not _MONEY & set(said):
            worth = 2.0
        elif PURPOSES["email"].weight(one) >= 3:
            worth = 1.8
        else:
            continue
        ranked.append((worth - (1.0 if one.inside else 0.0), -at, one))
    return max(ranked, key=lambda rank: rank[:2])[2] if ranked else None


def currency(table: Table) -> Column | None:
    """The column that holds the currency of a row's amounts: by its name, and by codes that exist."""
    found = pick(table, "currency")
    if found is not None and found.values and all(_CODE.fullmatch(one) for one in found.values):
        return found
    return next((one for one in table.columns if one.values and {*map(str.upper, one.values)} <= MONEY_CODES), None)


def is_money(column: Column) -> bool:
    """Whether a column holds amounts of money, by its name and its type."""
    said = set(column.words)
    if column.type == "integer" and said & _MONEY == {"total"} and column.words[-1:] and column.words[-1] in _COUNTED:
        return False  # total orders are a number of orders
    return bool(
        column.numeric and _MONEY & said and not NO_MONEY & said and not _flagged(column) and not is_count(column)
    )


def is_count(column: Column) -> bool:
    """Whether a column says how many there were: a whole number named by several of what is counted.

    >>> is_count(Column("x", "Total Recipients", "integer")), is_count(Column("x", "order_total", "integer"))
    (True, False)
    """
    several = re.search(r"(s|people)[^A-Za-z]*$", column.written, re.I) is not None
    return column.type == "integer" and several and bool(column.words) and column.words[-1] in _COUNTED


def _flagged(column: Column) -> bool:
    return column.type == "integer" and set(column.values) == {"0", "1"}


def is_flag(column: Column) -> bool:
    """Whether a column says yes or no; as 1 and 0 only where its name says so."""
    if column.type == "boolean":
        return True
    said = {"is", "has", "was", *UP}
    return (
        column.type == "integer"
        and bool(column.values)
        and set(column.values) <= {"0", "1"}
        and (bool(said & set(column.words)) or column.words == ("valid",))
    )


def says_up(column: Column) -> bool:
    """Whether the values of a column say of a thing that it worked, or that it did not."""
    values = {value.lower() for value in column.values}
    return column.type == "text" and bool(values & WORKING) and bool(values & BROKEN) and values <= WORKING | BROKEN


def is_private(column: Column) -> bool:
    """Whether a column holds what belongs to a person, or long texts: nothing to group by."""
    said = set(column.words)
    if said & _PRIVATE or {"first", "name"} <= said or {"last", "name"} <= said or {"full", "name"} <= said:
        return True
    if said & _LONG and column.distinct > 50:
        return True
    return column.type == "text" and bool(column.sample) and column.share(_EMAIL) > 0.5


def is_group(column: Column) -> bool:
    """Whether rows can be grouped by a column: few different values, and no key, amount or private text."""
    if is_private(column) or column.type not in ("text", "boolean", "integer") or not column.filled:
        return False
    if column.type == "integer":
        return (
            bool(column.values)
            and 2 <= len(column.values) <= 12
            and not is_money(column)
            and column.words[-1:] != ("id",)
            and bool({"rating", "priority", "severity", "tier", "level", "score", "status", "code"} & set(column.words))
        )
    if any(len(value) > 60 or value.startswith(("{", "[")) for value in column.values):
        return False
    return 2 <= len(column.values) <= 60 or (column.type == "boolean" and len(column.values) == 2)
