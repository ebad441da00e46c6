"""How objectives stand, as text for the terminal or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from truenorth.base.age import lasting
from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.quantity import format_value, unit_once
from truenorth.base.zone import local
from truenorth.define.slo import Slo
from truenorth.export.cell import NO_GROUP
from truenorth.export.difference import aligned
from truenorth.query.standing import Burning, Standing, Stretch, Window

FORMATS = ("text", "json")
# What a state means, in words.
STATES = {
    "page": "burns so fast that somebody should look now",
    "ticket": "burns so fast that somebody should look soon",
    "spent": "the budget is spent",
    "met": "met",
    "unknown": "nothing is known",
}


def written(found: Sequence[Standing], form: str, timezone: str, locale: str = "en") -> str:
    """Standings in a format: all in a table, one alone with its windows and alerts; QueryError E_UNKNOWN_FORMAT for any
    other word."""
    if form not in FORMATS:
        hint = did_you_mean(form, FORMATS) or f"one of {', '.join(FORMATS)}"
        raise QueryError("E_UNKNOWN_FORMAT", f'no format named "{form}"', hint=hint)
    if form == "json":
        return msgspec.json.encode([as_dict(one) for one in found]).decode() + "\n"
    return (alone(found[0], timezone, locale) if len(found) == 1 else table(found, timezone, locale)) + "\n"


def table(found: Sequence[Standing], timezone: str, locale: str) -> str:
    """A line for each objective, or for each group of one."""
    lines = [["objective", "goal", "over", "attained", "left of budget", "burn, last day", "state"]]
    for one in found:
        first = one.windows[0]
        lines.append(
            [
                " ".join([one.slo.name, *map(word, one.group)]),
                goal(one.slo, locale),
                first.words,
                share(one.slo, first.stretch.attained, locale),
                percent(first.stretch.left, locale),
                rate(one.rate, locale),
                told(one, timezone),
            ]
        )
    return "\n".join(aligned(lines, 6)) if found else "no objectives: define some under slos:"


def alone(one: Standing, timezone: str, locale: str) -> str:
    """One objective with all its windows, and the rows of the alert table."""
    named = " ".join([one.slo.title, *map(word, one.group)])
    text = [f"{named}: {goal(one.slo, locale)} of {one.slo.things or one.slo.events}, {told(one, timezone)}", ""]
    head = ["window", "since", "events", "bad", "allowed", "attained", "95 %", "left of budget", "as time"]
    head += ["as money"] if one.slo.worth else []
    head += ["owed"] if one.slo.credits else []
    text += aligned([head, *(windowed(one.slo, each, timezone, locale) for each in one.windows)], len(head) - 1)
    head = ["alert", "burns at", "long", "", "short", "", "state"]
    text += ["", *aligned([head, *(burning(each, locale) for each in one.burning)], len(head) - 1)]
    return "\n".join(text)


def windowed(slo: Slo, one: Window, timezone: str, locale: str) -> list[str]:
    """A window as the cells of a line."""
    stretch = one.stretch
    counts = (format_value(round(value), "", "", locale) for value in (stretch.total, stretch.bad, stretch.allowed))
    since = f"{local(one.start, timezone):%Y-%m-%d %H:%M}"
    owed = [percent(one.credit / 100, locale)] if slo.credits else []
    told = [share(slo, stretch.attained, locale), between(slo, stretch, locale), percent(stretch.left, locale)]
    priced = [as_money(one, locale)] if slo.worth else []
    return [one.words, since, *counts, *told, as_time(one.left), *priced, *owed]


def between(slo: Slo, stretch: Stretch, locale: str) -> str:
    """The interval of the share of good events."""
    if stretch.interval is None:
        return "–"
    low, high = (share(slo, edge, locale) for edge in stretch.interval)
    return f"{unit_once(low, high)}–{high}"


def as_time(left: timedelta | None) -> str:
    """What is left of a budget as a length of time; of one that is spent nothing.

    >>> as_time(timedelta(minutes=21.6)), as_time(timedelta(minutes=-3)), as_time(None)
    ('22 min', '0 min', '–')
    """
    if left is None:
        return "–"
    return lasting(left.total_seconds()) if left > timedelta() else "0 min"


def as_money(one: Window, locale: str) -> str:
    """What is left of a budget as money, and between which bounds that is thought to lie."""
    worth, money = one.stretch.slo.worth, one.money
    if worth is None or money is None:
        return "–"
    least, told, most = (format_value(round(value, 2), "currency", worth.currency, locale) for value in money)
    return told if least == most else f"{told} ({least} to {most})"


def burning(one: Burning, locale: str) -> list[str]:
    """A row of the alert table as the cells of a line."""
    ends = (lasting(length.total_seconds()) for length in (one.alert.long, one.alert.short))
    long, short = ends
    factor = format_value(one.factor, "", "", locale)
    return [one.alert.severity, factor, long, rate(one.long, locale), short, rate(one.short, locale), one.state]


def told(one: Standing, timezone: str) -> str:
    """The state in words, and when the budget ends if things go on so.

    >>> slo = Slo("pay", 99.0, "all", bad="failed")
    >>> first = Window("30 days", datetime(2026, 3, 1), timedelta(days=30), Stretch(slo, 5, 1000))
    >>> told(Standing(slo, (), datetime(2026, 3, 31), (first,), (), 2.0), "UTC")
    'met, the budget ends on 2026-04-07 at this rate'
    """
    words = STATES[one.state]
    return (
        words if one.ends is None else f"{words}, the budget ends on {local(one.ends, timezone):%Y-%m-%d} at this rate"
    )


def goal(slo: Slo, locale: str) -> str:
    """The objective as it is written."""
    return format_value(slo.objective / 100, "percent", "", locale, digits=places(slo))


def share(slo: Slo, value: float | None, locale: str) -> str:
    """A share of good events with two digits more than the objective has."""
    return format_value(value, "percent", "", locale, digits=places(slo) + 2)


def places(slo: Slo) -> int:
    """The digits of an objective after the point.

    >>> places(Slo("pay", 99.95, "all"))
    2
    """
    return len(f"{slo.objective:.10f}".rstrip("0").partition(".")[2])


def percent(value: float | None, locale: str) -> str:
    """A share of the budget."""
    return format_value(value, "percent", "", locale, digits=1)


def rate(value: float | None, locale: str) -> str:
    """How many times as fast as evenly the budget burns."""
    return "–" if value is None else f"{format_value(value, '', '', locale, digits=2)} ×"


def word(value: object) -> str:
    """A value of a group."""
    return NO_GROUP if value is None else str(value)


def as_dict(one: Standing) -> dict[str, Any]:
    """A standing as JSON has it; times are in UTC."""
    return {
        "slo": one.slo.name,
        "group": list(one.group),
        "objective": one.slo.objective,
        "as_of": moment(one.now),
        "state": one.state,
        "rate": one.rate,
        "ends": moment(one.ends) if one.ends else None,
        "windows": [window_as_dict(each) for each in one.windows],
        "alerts": [
            {
                "severity": each.alert.severity,
                "budget": each.alert.share,
                "long_minutes": each.alert.long / timedelta(minutes=1),
                "short_minutes": each.alert.short / timedelta(minutes=1),
                "factor": each.factor,
                "long": each.long,
                "short": each.short,
                "state": each.state,
            }
            for each in one.burning
        ],
    }


def window_as_dict(one: Window) -> dict[str, Any]:
    """A window as JSON has it."""
    stretch = one.stretch
    return {
        "window": one.words,
        "since": moment(one.start),
        "events": stretch.total,
        "bad": stretch.bad,
        "allowed": stretch.allowed,
        "attained": stretch.attained,
        "low": stretch.interval[0] if stretch.interval else None,
        "high": stretch.interval[1] if stretch.interval else None,
        "left": stretch.left,
        "left_seconds": one.left.total_seconds() if one.left is not None else None,
        "money": list(one.money) if one.money else None,
        "currency": stretch.slo.worth.currency if stretch.slo.worth else "",
        "credit": one.credit,
    }


def moment(value: datetime) -> str:
    """A naive UTC time as text."""
    return f"{value.isoformat()}Z"
