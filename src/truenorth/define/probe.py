"""A check: what is asked again and again to know that it is up, what it must answer, and how that is counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct, field

from truenorth.base.period import parse_window, shift
from truenorth.define.key import Key, Thing
from truenorth.define.spot import Spot

EVERY, TIMEOUT, BEAT = "1 minute", "10 seconds", "1 minute"
# What a check may look at; the first that is said is what it is.
KINDS = ("url", "tcp", "dns", "tls", "heartbeat")
# Where the process that `truenorth serve` starts asks from.
HERE = "here"
Records = Literal["A", "AAAA", "CNAME", "MX", "NS", "TXT"]
Counting = Literal["exclude", "count_up", "count_down"]
Methods = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Maintenance(Struct, frozen=True, rename={"from_": "from"}):
    """A stretch announced before: once from `start` to `end`, or on `days` of every week, in local time."""

    start: str = ""
    end: str = ""
    days: list[str] = []
    from_: str = ""
    to: str = ""
    timezone: str = ""


class Check(Struct, frozen=True):
    """One thing that is asked `every` so often: an address of the web, a port, a name, a certificate; or that must
    itself be heard of (`heartbeat`).

    It is down once `retries` further tries in a row have failed, since the first of them, where at least `quorum`
    locations say so.
    """

    name: str
    url: str = ""
    tcp: str = ""
    dns: str = ""
    tls: str = ""
    heartbeat: str = ""
    every: str = EVERY
    timeout: str = ""
    method: Methods = "GET"
    headers: dict[str, str] = {}
    body: str = ""
    follow_redirects: bool = True
    record: Records = "A"
    resolver: str = ""
    conditions: list[str] = []
    degraded: list[str] = []
    retries: float = 0
    locations: list[str] = []
    quorum: float = 1
    maintenance: list[Maintenance] = []
    during_maintenance: Counting = "exclude"
    unknown: Counting = "exclude"
    service: str = ""
    public: bool = False
    allow_private: bool = False
    label: str = ""
    description: str = ""
    owner: str = ""
    spot: Spot = field(default_factory=Spot)

    @property
    def title(self) -> str:
        """The label, or the name in words."""
        return self.label or self.name.replace("_", " ").capitalize()

    @property
    def kind(self) -> str:
        """What it looks at.

        >>> Check("shop", url="https://shop.example").kind
        'url'
        """
        return next((one for one in KINDS if getattr(self, one)), "")

    @property
    def period(self) -> timedelta:
        """How long it is from one try to the next."""
        return length(self.every)

    @property
    def patience(self) -> timedelta:
        """How long a try may take: as said, else ten seconds, and never longer than to the next."""
        return min(length(self.timeout or TIMEOUT), self.period)


def length(text: str) -> timedelta:
    """A length of time that is no month or year; QueryError E_BAD_WINDOW.

    >>> length("90 seconds")
    datetime.timedelta(seconds=90)
    """
    count, grain = parse_window(text)
    began = datetime(2001, 1, 1)
    after = shift(began, count, grain)
    assert isinstance(after, datetime)
    return after - began


CHECK = Thing(
    "check",
    "Something that must be up: it is asked again and again. Exactly one of `url`, `tcp`, `dns`, `tls` and "
    "`heartbeat` says what.",
    (
        Key("name", "name", "The name used in commands, in tables and on pages.", required=True, example="shop"),
        Key("url", "text", "An address that is asked by HTTP.", example="https://shop.example/health"),
        Key("tcp", "text", "A port that takes connections.", example="mail.example:25"),
        Key("dns", "text", "A name that must be found.", example="shop.example"),
        Key("tls", "text", "A port with a certificate.", example="shop.example:443"),
        Key("heartbeat", "text", "How often it reports itself, at the latest.", example="25 hours"),
        Key("every", "text", "How often it is asked.", default=EVERY, example="30 seconds"),
        Key("timeout", "text", "How long a try may take.", default=f"{TIMEOUT}, at most `every`", example="5 seconds"),
        Key(
            "method",
            "choice",
            "How the address is asked.",
            choices=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
            default="GET",
        ),
        Key("headers", "texts", "What is sent along; `${NAME}` is from the environment or .truenorth/secrets."),
        Key("body", "text", "What is sent.", example='{"ping": true}'),
        Key("follow_redirects", "flag", "Whether to go where the answer points.", default="true", example="false"),
        Key(
            "record",
            "choice",
            "Which records of the name.",
            choices=("A", "AAAA", "CNAME", "MX", "NS", "TXT"),
            default="A",
        ),
        Key("resolver", "text", "The server that is asked for the name.", default="the machine's", example="9.9.9.9"),
        Key(
            "conditions",
            "names",
            "What must hold for it to be up.",
            default="[status < 400] for an address",
            example="[status == 200, body.ok == true]",
        ),
        Key("degraded", "names", "What must hold for it to be well, and not only up.", example="[duration < 500 ms]"),
        Key("retries", "number", "How many further tries must fail before it is down.", default="0", example="2"),
        Key("locations", "names", "From where it is asked.", default="[here]", example="[here, frankfurt]"),
        Key("quorum", "number", "How many locations must say so before it is down.", default="1", example="2"),
        Key("maintenance", "things", "Stretches announced before.", thing="maintenance"),
        Key(
            "during_maintenance",
            "choice",
            "What maintenance counts as.",
            choices=("exclude", "count_up", "count_down"),
            default="exclude",
        ),
        Key(
            "unknown",
            "choice",
            "What time counts as in which nobody looked.",
            choices=("exclude", "count_up", "count_down"),
            default="exclude",
        ),
        Key("service", "text", "What it belongs to.", example="checkout"),
        Key("public", "flag", "Whether it is on the status page.", default="false", example="true"),
        Key("allow_private", "flag", "Whether it may be inside: private addresses.", default="false", example="true"),
        Key("label", "text", "The name people read.", default="the name in words", example="The shop"),
        Key("description", "text", "What it is, in a sentence.", example="The shop's front page."),
        Key("owner", "text", "Who answers for it: an address, a person or a team.", example="sre@acme.example"),
    ),
    Check,
)

MAINTENANCE = Thing(
    "maintenance",
    "A stretch announced before: once from `start` to `end`, or every week on `days` from `from` to `to`.",
    (
        Key("start", "text", "When it begins, in local time.", example="2026-03-01 22:00"),
        Key("end", "text", "When it is over, in local time.", example="2026-03-02 01:00"),
        Key("days", "names", "On which days of every week it begins.", example="[sunday]"),
        Key("from", "text", "When it begins on these days.", example="02:00"),
        Key("to", "text", "When it is over; on the day after where that is earlier.", example="04:00"),
        Key("timezone", "text", "The zone of these times.", default="the workspace's", example="Europe/Berlin"),
    ),
    Maintenance,
)
