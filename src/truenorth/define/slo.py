"""A service level objective: what share of events must be good over a window, and what its budget is."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

from truenorth.define.key import Key, Thing
from truenorth.define.slices import WORDS, bounds
from truenorth.define.spot import Spot

WINDOW = "30 days"
CALENDAR = ("day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year")


class Credit(Struct, frozen=True):
    """What is owed for a window in which less than `below` percent was good: `credit` percent of what was paid."""

    below: float
    credit: float


class Worth(Struct, frozen=True):
    """What one bad event costs: `value`, and between which bounds that is thought to lie."""

    value: float
    low: float | None = None
    high: float | None = None
    currency: str = ""


class Slo(Struct, frozen=True):
    """`objective` percent of all that `total` counts must be `good`, or not `bad`, in each of its windows.

    With a `slice` it is slices of time that must be good: those in which `slice_objective` percent of the events are,
    or in which the `value` of a metric is within its bound.

    A window is a length that ends now (`30 days`), or a grain of the calendar that begins anew (`month`). Over no
    events at all nothing is known, unless `empty` says that nothing is as `good` or `bad` as all. A stretch with fewer
    than `min_events` calls for nobody.
    """

    name: str
    objective: float
    total: str = ""
    good: str = ""
    bad: str = ""
    value: str = ""
    below: float | None = None
    at_most: float | None = None
    above: float | None = None
    at_least: float | None = None
    slice: str = ""
    slice_objective: float | None = None
    windows: list[str] = field(default_factory=lambda: [WINDOW])
    empty: Literal["unknown", "good", "bad"] = "unknown"
    min_events: float = 0
    credits: list[Credit] = []
    worth: Worth | None = None
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
    def events(self) -> str:
        """The metric that counts what must be good."""
        return f"{self.name}__slices" if self.slice else self.total

    @property
    def things(self) -> str:
        """What is counted, in words, where it is no metric that somebody defined.

        >>> Slo("quick", 99.0, value="p95", slice="5 minutes").things
        'slices of 5 minutes'
        """
        return f"slices of {self.slice}" if self.slice else ""

    @property
    def counts_good(self) -> bool:
        """Whether it is the good ones that are counted, and the bad ones what is left; else the other way round."""
        return self.empty != "good" if self.slice else bool(self.good)

    @property
    def counted(self) -> str:
        """The metric that counts the good ones, or the bad ones."""
        if self.slice:
            return f"{self.name}__{'good' if self.counts_good else 'bad'}_slices"
        return self.good or self.bad

    @property
    def budget(self) -> Decimal:
        """The share of events that may be bad, exactly as it is written.

        >>> Slo("checkout", 99.9, "requests").budget
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
        Key(
            "objective",
            "number",
            "What percent of the events, or of the slices of time, must be good.",
            required=True,
            example="99.9",
        ),
        Key("total", "name", "The metric that counts all events; or say `value`.", example="requests"),
        Key("good", "name", "The metric that counts the good ones; or say `bad`.", example="good_requests"),
        Key("bad", "name", "The metric that counts the bad ones; or say `good`.", example="failed_requests"),
        Key(
            "value",
            "name",
            "Instead of events, the metric whose value is looked at in each slice of time.",
            example="p95_latency",
        ),
        *bounds("a good slice"),
        Key("at_least", "number", "The value of a good slice must be at least this.", example="0.95"),
        Key("slice", "text", f"How long a slice of time is: {WORDS}.", example="5 minutes"),
        Key(
            "slice_objective",
            "number",
            "What percent of the events of a slice must be good for the slice to be good.",
            example="95",
        ),
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
        Key("worth", "thing", "What a bad event costs, so that the budget is told as money too.", thing="worth"),
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

WORTH = Thing(
    "worth",
    "What one bad event costs, and between which bounds that is thought to lie.",
    (
        Key("value", "number", "What it costs.", required=True, example="12.50"),
        Key("low", "number", "What it costs at least.", default="the value", example="8"),
        Key("high", "number", "What it costs at most.", default="the value", example="20"),
        Key("currency", "text", "The currency it is told in.", default="the workspace's", example="EUR"),
    ),
    Worth,
)
