"""The facts of acme's eighteen months, as data: everything that the numbers will show is written down here first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

SEED = 20260630
TIMEZONE = "Europe/Berlin"
FIRST_DAY = date(2025, 1, 1)
LAST_DAY = date(2026, 6, 30)

# What a day at scale 1.0 starts with, before seasons and growth.
SITE_VISITS_A_DAY = 268.0
CUSTOMERS_AT_START = 1600
USERS_AT_START = 900
MONTHLY_GROWTH = 0.02
SIGNUP_SHARE = 0.044
BUYING_RATE = 0.0305
NEW_CUSTOMER_SHARE = 0.31


@dataclass(frozen=True, slots=True)
class Plan:
    """A subscription: its price a month, its share of new customers, and how many leave in an ordinary month."""

    name: str
    price: float
    share: float
    leaving: float
    segment: str


PLANS = (
    Plan("starter", 29.0, 0.44, 0.027, "small"),
    Plan("pro", 75.0, 0.39, 0.017, "small"),
    Plan("team", 199.0, 0.155, 0.013, "medium"),
    Plan("enterprise", 1150.0, 0.015, 0.007, "large"),
)


@dataclass(frozen=True, slots=True)
class Channel:
    """A way in: its share of visits, how readily it buys, how soon it leaves, what a day of it costs."""

    name: str
    share: float
    buying: float
    leaving: float
    daily_spend: float
    campaign: str = ""


CHANNELS = (
    Channel("organic", 0.31, 1.12, 0.90, 0.0),
    Channel("direct", 0.20, 1.35, 0.85, 0.0),
    Channel("paid search", 0.21, 1.00, 1.00, 142.0, "search brand and category"),
    Channel("paid social", 0.13, 0.48, 1.75, 82.0, "social always-on"),
    Channel("partners", 0.08, 1.15, 0.65, 27.0, "partner programme"),
    Channel("email", 0.05, 0.95, 0.95, 9.0, "newsletter"),
)
UNKNOWN_CHANNEL_SHARE = 0.02

COUNTRIES = {
    "Germany": 0.38,
    "France": 0.12,
    "Netherlands": 0.10,
    "Austria": 0.09,
    "United States": 0.09,
    "United Kingdom": 0.08,
    "Switzerland": 0.08,
    "Poland": 0.05,
}
DEVICES = {"desktop": 0.58, "mobile": 0.36, "tablet": 0.06}
DEVICE_BUYING = {"desktop": 1.22, "mobile": 0.68, "tablet": 0.85}
DEVICE_SLOWNESS = {"desktop": 0.92, "mobile": 1.14, "tablet": 1.05}


@dataclass(frozen=True, slots=True)
class Bucket:
    """A band of page load time up to `seconds`, and what it does to the readiness to buy."""

    name: str
    seconds: float
    buying: float


BUCKETS = (
    Bucket("fast", 1.2, 1.22),
    Bucket("ok", 2.5, 0.98),
    Bucket("slow", 4.0, 0.60),
    Bucket("very slow", float("inf"), 0.28),
)


@dataclass(frozen=True, slots=True)
class Incident:
    """Something broke: `failing` is the share of checks that fail, `slowness` multiplies load times."""

    started: datetime
    minutes: int
    service: str
    severity: str
    title: str
    failing: float = 0.06
    slowness: float = 1.0
    errors: float = 4.0
    buying: float = 1.0

    @property
    def resolved(self) -> datetime:
        return self.started + timedelta(minutes=self.minutes)


# All moments are UTC.
OUTAGE = Incident(
    datetime(2026, 6, 23, 9, 10), 270, "checkout", "sev1", "Checkout down: payment provider certificate expired",
    failing=1.0, errors=160.0, buying=0.0,
)  # fmt: skip
WEAK_RELEASE = Incident(
    datetime(2026, 3, 17, 9, 20), 8_700, "api", "sev2", "Release 4.18 leaks connections: errors and slow pages",
    failing=0.012, slowness=1.42, errors=3.2, buying=0.82,
)  # fmt: skip
INCIDENTS = (
    Incident(datetime(2025, 1, 14, 13, 5), 35, "api", "sev3", "Report export queue stuck"),
    Incident(datetime(2025, 1, 19, 9, 30), 280, "checkout", "sev2", "Payments time out", 0.25, 1.0, 10.0, 0.3),
    Incident(datetime(2025, 1, 29, 7, 40), 50, "web", "sev3", "Old pictures served from the cache"),
    Incident(datetime(2025, 2, 13, 9, 20), 215, "checkout", "sev2", "Card payments declined", 0.3, 1.0, 12.0, 0.3),
    Incident(datetime(2025, 3, 4, 15, 0), 25, "search", "sev3", "Search index behind"),
    Incident(datetime(2025, 3, 8, 8, 40), 310, "api", "sev2", "Storage slow after maintenance", 0.2, 1.6, 7.0, 0.4),
    Incident(datetime(2025, 3, 27, 8, 15), 70, "api", "sev3", "Slow database after a migration", 0.05, 1.2),
    Incident(datetime(2025, 4, 16, 12, 30), 150, "web", "sev2", "Pages slow in the west", 0.25, 1.7, 6.0, 0.6),
    Incident(datetime(2025, 4, 27, 10, 15), 255, "checkout", "sev2", "Vouchers block the checkout", 0.2, 1.0, 9.0, 0.3),
    Incident(datetime(2025, 5, 8, 9, 45), 30, "search", "sev3", "Search index behind"),
    Incident(datetime(2025, 5, 17, 9, 5), 265, "web", "sev2", "Content network unreachable", 0.3, 1.8, 6.0, 0.35),
    Incident(datetime(2025, 6, 3, 17, 10), 45, "api", "sev3", "Mail delivery delayed"),
    Incident(datetime(2025, 6, 23, 8, 50), 190, "api", "sev2", "Database failover took too long", 0.3, 1.5, 9.0, 0.45),
    Incident(datetime(2025, 7, 22, 11, 0), 40, "web", "sev3", "Fonts blocked by a policy change"),
    Incident(datetime(2025, 8, 19, 14, 25), 60, "search", "sev3", "Search returns partial results"),
    Incident(datetime(2025, 9, 11, 10, 5), 235, "checkout", "sev2", "Payments time out", 0.2, 1.0, 10.0, 0.35),
    Incident(datetime(2025, 9, 30, 16, 40), 20, "api", "sev3", "Webhooks delayed"),
    Incident(datetime(2025, 10, 21, 12, 15), 55, "web", "sev3", "Sign-in by partner broken", 0.1),
    Incident(datetime(2025, 11, 28, 8, 30), 75, "web", "sev3", "Black Friday load: pages slow", 0.1, 1.6, 5.0, 0.9),
    Incident(datetime(2025, 12, 16, 10, 55), 30, "api", "sev3", "Report export queue stuck"),
    Incident(datetime(2026, 1, 13, 9, 35), 65, "search", "sev3", "Search index behind"),
    Incident(datetime(2026, 2, 3, 13, 20), 40, "checkout", "sev3", "Old prices shown for an hour", 0.02),
    Incident(datetime(2026, 2, 26, 9, 10), 185, "api", "sev2", "Database disk full", 0.3, 1.4, 9.0, 0.45),
    WEAK_RELEASE,
    Incident(datetime(2026, 4, 21, 15, 45), 35, "web", "sev3", "Pictures missing on the pricing page"),
    Incident(datetime(2026, 5, 27, 11, 30), 50, "api", "sev3", "Webhooks delayed"),
    Incident(datetime(2026, 6, 9, 8, 20), 45, "search", "sev3", "Search index behind"),
    OUTAGE,
    Incident(datetime(2026, 6, 25, 13, 15), 55, "web", "sev3", "Sign-up mails delayed"),
)

PRICE_CHANGE_DAY = date(2026, 2, 1)
PRICE_CHANGE_PLAN = "pro"
PRICE_CHANGE_FACTOR = 1.2

LOST_ACCOUNT = "Borealis Retail Group"
LOST_ACCOUNT_DAY = date(2026, 4, 1)
LOST_ACCOUNT_AMOUNT = 15_900.0  # about 6 % of the recurring revenue of that March

CAMPAIGN_CHANNEL = "paid social"
CAMPAIGN_FIRST_DAY = date(2026, 6, 15)
CAMPAIGN_LAST_DAY = date(2026, 6, 28)
CAMPAIGN_VISITS = 2.8
CAMPAIGN_SPEND = 3.4
CAMPAIGN_BUYING = 0.6

BLACK_FRIDAY_FIRST_DAY = date(2025, 11, 24)
BLACK_FRIDAY_LAST_DAY = date(2025, 12, 1)


@dataclass(frozen=True, slots=True)
class Annotation:
    """A dated remark for the charts; `metric` names the metric it belongs to, empty means all."""

    happened_on: date
    label: str
    kind: str
    metric: str


ANNOTATIONS = (
    Annotation(date(2025, 7, 21), "Summer holidays begin", "season", "daily_active_users"),
    Annotation(date(2025, 9, 11), "Payments time out for four hours", "incident", "error_rate"),
    Annotation(BLACK_FRIDAY_FIRST_DAY, "Black Friday week", "campaign", ""),
    Annotation(date(2025, 12, 22), "Christmas break", "season", "daily_active_users"),
    Annotation(PRICE_CHANGE_DAY, "Pro plan +20 %", "price", ""),
    Annotation(WEAK_RELEASE.started.date(), "Release 4.18: errors and slow pages", "release", ""),
    Annotation(WEAK_RELEASE.resolved.date(), "Release 4.18 rolled back", "release", "error_rate"),
    Annotation(LOST_ACCOUNT_DAY, f"{LOST_ACCOUNT} leaves", "customer", ""),
    Annotation(CAMPAIGN_FIRST_DAY, "Summer campaign on paid social", "campaign", ""),
    Annotation(OUTAGE.started.date(), "Checkout down for 4 h 30 min", "incident", ""),
    Annotation(CAMPAIGN_LAST_DAY, "Summer campaign ends", "campaign", "cost_per_acquisition"),
)
