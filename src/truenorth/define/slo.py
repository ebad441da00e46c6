"""A service level objective: what share of events must be good over a window, and what its budget is."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

from truenorth.define.key import Key, Thing
from truenorth.define.spot import Spot

WINDOW = "30 days"
CALENDAR = ("day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year")


class Credit(Struct, frozen=True):
    """What is owed for a window in which less than `below` percent was good: `credit` percent of what was paid."""

    below: float
    credit: float


class Slo(Struct, frozen=True):
    """`objective` percent of all that `total` counts must be `good`, or not `bad`, in each of its windows.

    A window is a length that ends now (`30 days`), or a grain of the calendar that begins anew (`month`). Over no
    events at all nothing is known, unless `empty` says that nothing is as `good` or `bad` as all. A stretch with fewer
    than `min_events` calls for nobody.
    """

    name: str
    total: str
    objective: float
    good: str = ""
    bad: str = ""
    windows: list[str] = field(default_factory=lambda: [WINDOW])
    empty: Literal["unknown", "good", "bad"] = "unknown"
    min_events: float = 0
    credits: list[Credit] = []
    label: str = ""
    description: str = ""
    owner: str = ""
    dimensions: list[str] = []
    spot: Spot = Spot()

    @property
    def title(self) -> str:
        """The label, or the name in words."""
        return self.label or self.name.replace("_", " ").capitalize()

    @property
    def budget(self) -> Decimal:
        """The share of events that may be bad, exactly as it is written.

        >>> Slo("checkout", "requests", 99.9).budget
        Decimal('0.001')
        """
        return (100 - Decimal(repr(self.objective))) / 100


def is_calendar(window: str) -> bool:
    """Whether a window begins anew with each period of the calendar.

    >>> is_calendar("month"), is_calendar("30 days")
    (True, False)
    """
    return window in CALENDAR


SLO = Thing(
    "slo",
    "A service level objective: the share of events that must be good, over windows. Its numbers are metrics.",
    (
        Key("name", "name", "The name of its share of good events as a metric.", required=True, example="checkout"),
        Key("total", "name", "The metric that counts all events.", required=True, example="requests"),
        Key("objective", "number", "What percent of the events must be good.", required=True, example="99.9"),
        Key("good", "name", "The metric that counts the good ones; or say `bad`.", example="good_requests"),
        Key("bad", "name", "The metric that counts the bad ones; or say `good`.", example="failed_requests"),
        Key(
            "windows",
            "names",
            "Over which windows: lengths that end now, or grains of the calendar that begin anew.",
            default=f"[{WINDOW}]",
            example="[30 days, month]",
        ),
        Key(
            "empty",
            "choice",
            "What no events at all are worth: nothing is known, all were good, or all were bad.",
            choices=("unknown", "good", "bad"),
            default="unknown",
        ),
        Key(
            "min_events",
            "number",
            "How many events the long stretch of an alert must have to speak up.",
            default="0",
            example="100",
        ),
        Key("credits", "things", "What is owed where a window attained less.", thing="credit"),
        Key("label", "text", "The name people read.", default="the name in words", example="Checkout works"),
        Key("description", "text", "What it is, in a sentence.", example="Payments that went through."),
        Key("owner", "text", "Who answers for it: an address, a person or a team.", example="sre@acme.example"),
        Key("dimensions", "names", "The fields its page breaks it down by.", example="[route]"),
    ),
    Slo,
)

CREDIT = Thing(
    "credit",
    "A tier of a service level agreement: what is owed for a window that attained less.",
    (
        Key("below", "number", "Less than so many percent were good.", required=True, example="99.9"),
        Key("credit", "number", "So many percent of what was paid are owed.", required=True, example="10"),
    ),
    Credit,
)
