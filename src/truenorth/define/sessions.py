"""Sessions: when a visit ends, which rows may open one, and when it is engaged; its numbers are metrics too."""

from __future__ import annotations

from typing import Literal

from truenorth.define.key import Key
from truenorth.define.model import Metric

TYPES = ("sessions",)
PARTS = (
    "sessions",
    "people",
    "duration",
    "median_duration",
    "p90_duration",
    "events_per_session",
    "views_per_session",
    "engaged",
    "engagement_rate",
    "bounces",
    "bounce_rate",
)
RATES = {"engagement_rate": "engaged", "bounce_rate": "bounces"}
UNITS = {
    **dict.fromkeys(("duration", "median_duration", "p90_duration"), "seconds"),
    **dict.fromkeys(RATES, "percent"),
    **dict.fromkeys(("sessions", "engaged", "bounces"), "sessions"),
    "events_per_session": "events",
    "views_per_session": "views",
}
# What only the sessions metric says.
OWN = ("idle", "cap", "session", "opens", "view", "key", "engaged_after", "bounce")
NEEDED: dict[str, str] = {}
IDLE, CAP, ENGAGED_AFTER = "30 minutes", "24 hours", "10 seconds"
Bounce = Literal["not_engaged", "one_view", "one_view_no_key"]
SESSIONS = (
    Key(
        "idle",
        "text",
        "How long nothing may happen before the next row begins a new session (or path); just as long is none yet. For "
        "a churn by inactivity, in days or weeks, how long somebody did nothing who is gone.",
        types=(*TYPES, "paths", "churn"),
        default=IDLE,
        example="30 minutes",
    ),
    Key(
        "cap",
        "text",
        "How long after its beginning a row may still belong to a session.",
        types=TYPES,
        default=CAP,
        example="24 hours",
    ),
    Key(
        "session",
        "text",
        "The name that a client gave a row's session, believed where a row has one.",
        types=TYPES,
        example="session_id",
    ),
    Key(
        "opens",
        "sql",
        "The rows that may open a session or make it longer; others join one that is open.",
        types=TYPES,
        default="all",
        example="source <> 'server'",
    ),
    Key("view", "sql", "The rows that are views.", types=TYPES, default="those that open", example="event = 'page'"),
    Key("key", "sql", "The rows that make a session engaged.", types=TYPES, default="none", example="event = 'pay'"),
    Key(
        "engaged_after",
        "text",
        "The length from which a session is engaged.",
        types=TYPES,
        default=ENGAGED_AFTER,
        example="10 seconds",
    ),
    Key(
        "bounce",
        "choice",
        "Which sessions bounce: those not engaged (no key row, under 2 views, and shorter than `engaged_after`), those "
        "of at most one view, or of these the ones without a key row.",
        types=TYPES,
        choices=("not_engaged", "one_view", "one_view_no_key"),
        default="not_engaged",
    ),
    Key(
        "by_row",
        "choice",
        "Whose values groups and conditions look at: the session's first row, or its last.",
        types=TYPES,
        choices=("entry", "exit"),
        default="entry",
    ),
)


def words(metric: Metric) -> str:
    """Sessions in words.

    >>> words(Metric("visits", "sessions", session="session_id"))
    'sessions end after 30 minutes without a row or 24 hours, those named by session_id as they are named'
    """
    named = f", those named by {metric.session} as they are named" if metric.session else ""
    opened = f", opened where {metric.opens}" if metric.opens else ""
    last = ", grouped by their last row" if metric.by_row == "exit" else ""
    ends = f"sessions end after {metric.idle or IDLE} without a row or {metric.cap or CAP}"
    return f"{ends}{named}{opened}{last}"
