"""How a scorecard speaks: values, changes, comparisons and targets in short sentences."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from truenorth.analyze.compare import Change, shown
from truenorth.base.locale import MINUS, THIN
from truenorth.base.period import Grain, spoken
from truenorth.base.quantity import DURATIONS, format_change, format_parts, format_value, unit_once
from truenorth.base.table import Value
from truenorth.decide.target import Goal, Stretch
from truenorth.define.model import Metric

FINE_UNITS = ("currency", "percent", "points", "ratio", *DURATIONS)
ROUNDED = 1e-9
ADVERBS: dict[str, str] = {
    "hour": "hourly",
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "quarter": "quarterly",
    "year": "yearly",
}


def than(grain: Grain, vs: str) -> str:
    """What a card is compared with.

    >>> than("week", "prev"), than("month", "year")
    ('the week before', 'the same month last year')
    """
    if vs == "year":
        return "the year before" if grain == "year" else f"the same {spoken(grain)} last year"
    return f"the {spoken(grain)} before"


def amount_parts(value: Value, metric: Metric, locale: str) -> tuple[str, str]:
    """A value of a metric, short, its unit apart; a count of ten or more has no digits behind the point."""
    return format_parts(_whole(value, metric.unit), metric.unit, metric.currency, locale, compact=True)


def amount(value: Value, metric: Metric, locale: str) -> str:
    """A value of a metric, short.

    >>> amount(79.33, Metric("signups", "simple"), "en"), amount(2.0, Metric("incidents", "simple"), "en")
    ('79', '2')
    """
    return format_value(_whole(value, metric.unit), metric.unit, metric.currency, locale, compact=True)


def _whole(value: Value, unit: str) -> Value:
    if isinstance(value, Decimal):
        value = float(value) if unit not in FINE_UNITS else value
    if isinstance(value, float) and unit not in FINE_UNITS:
        return round(value) if abs(value) >= 10 or abs(value - round(value)) < ROUNDED else value
    return value


def change_words(step: Change, unit: str, currency: str, locale: str) -> str:
    """A change as it is shown: points, a share, or an amount with its sign."""
    size, kind = shown(step, unit)
    if kind in ("points", "relative"):
        return format_change(size, kind if kind == "points" else "", locale)
    text = format_value(_whole(size, unit), unit, currency, locale, compact=True)
    return text if size is None or size == 0 or text.startswith(MINUS) else f"+{text}"


def signed(size: float, metric: Metric, locale: str) -> str:
    """A difference in the metric's unit, with its sign.

    >>> signed(12.0, Metric("signups", "simple"), "en"), signed(-3.0, Metric("signups", "simple"), "en")
    ('+12', '−3')
    """
    text = amount(size, metric, locale)
    return text if not size or text.startswith(MINUS) else f"+{text}"


def range_words(low: float, high: float, metric: Metric, locale: str) -> str:
    """A range of values, its unit said once where it comes last.

    >>> range_words(0.031, 0.042, Metric("m", "simple", unit="percent"), "en").replace(THIN, " ")
    '3.1–4.2 %'
    """
    left, right = amount(low, metric, locale), amount(high, metric, locale)
    if left == right:
        return right
    return f"{unit_once(left, right)}–{right}"


def goal_words(goal: Goal, metric: Metric, locale: str) -> str:
    """Where a metric stands towards its target, in one clause."""
    if goal.value is None:
        return goal.note
    aim = amount(goal.value, metric, locale)
    if goal.state == "unknown":
        return f"target {aim}"
    if goal.way == "to date":
        return _to_date_words(goal, metric, aim, locale)
    target = f"target of {aim}" if goal.way == "as is" else f"share of the {ADVERBS[goal.every]} target, {aim}"
    if metric.direction == "down":
        return f"within its {target}" if goal.state == "ahead" else f"above its {target}"
    words = {"ahead": "has reached its", "on pace": "just below its"}
    return f"{words.get(goal.state, 'below its')} {target}"


def _to_date_words(goal: Goal, metric: Metric, aim: str, locale: str) -> str:
    """How much of a longer period's target is reached (or used up), and how much of its time has gone."""
    reached = amount(goal.reached, metric, locale) if goal.share is None else _percent(goal.share, locale)
    due = f"with {_percent(goal.expected, locale)} of the {goal.every} gone"
    if goal.expected >= 1:
        due = f"over the whole {goal.every}"
    if metric.direction == "down":
        return f"{reached} of the {ADVERBS[goal.every]} limit of {aim} used, {due}"
    return f"{reached} of the {ADVERBS[goal.every]} target of {aim}, {due}"


def _percent(share: float, locale: str) -> str:
    return f"{format_value(round(share * 100), '', '', locale)}{THIN}%"


def initials(owner: str) -> str:
    """Two letters for an owner.

    >>> initials("dana.miller@acme.example"), initials("Mo Rahman"), initials("finance")
    ('DM', 'MR', 'FI')
    """
    words = [word for word in re.split(r"[\s._\-]+", owner.split("@")[0]) if word]
    if not words:
        return ""
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()


def stretch_words(stretch: Stretch, locale: str) -> str:
    """The days of a period.

    >>> stretch_words(Stretch(date(2026, 6, 22), "week"), "en").replace("\\u2009", "")
    '22 – 28 June 2026'
    """
    first, last = stretch.start, stretch.end - timedelta(days=1)
    if stretch.grain == "quarter":
        return f"Q{(first.month + 2) // 3} {first.year}"
    if stretch.grain == "year":
        return str(first.year)
    return _days(first, last, stretch.grain, locale)


def _days(first: date, last: date, grain: Grain, locale: str) -> str:
    from babel.dates import format_date, format_skeleton

    if grain == "month":
        return str(format_skeleton("yMMMM", first, locale=locale))
    long = "d MMMM y" if locale.startswith("en") else "long"
    if first == last:
        return str(format_date(first, long, locale=locale))
    if not locale.startswith("en"):
        return f"{format_date(first, 'long', locale=locale)} – {format_date(last, 'long', locale=locale)}"
    if first.year != last.year:
        return f"{format_date(first, long, locale=locale)} – {format_date(last, long, locale=locale)}"
    short = "d" if first.month == last.month else "d MMMM"
    return f"{format_date(first, short, locale=locale)} – {format_date(last, long, locale=locale)}"
