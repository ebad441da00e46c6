"""Invented values for the gallery: every chart in every state it can be in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

from truenorth.chart import draw

FIRST = date(2026, 4, 1)


def days(count: int) -> tuple[date, ...]:
    """So many days in a row."""
    return tuple(FIRST + timedelta(days=at) for at in range(count))


def months(count: int) -> tuple[date, ...]:
    """So many months in a row."""
    return tuple(date(2025 + at // 12, at % 12 + 1, 1) for at in range(count))


def wave(count: int, level: float = 100.0, size: float = 12.0, slope: float = 0.2) -> tuple[float, ...]:
    """A season, a trend and a little unrest, the same every time."""
    return tuple(
        level + slope * at + size * math.sin(at * 0.9) + size * 0.5 * math.sin(at * 2.7 + 1) for at in range(count)
    )


def band(count: int, level: float = 100.0, half: float = 22.0, slope: float = 0.2) -> tuple[tuple[float, float], ...]:
    """A normal range around a trend."""
    return tuple((level + slope * at - half, level + slope * at + half) for at in range(count))


def full() -> draw.Lines:
    """Everything at once: comparison, target, normal range, annotations, signals, an end that is still filling."""
    values = list(wave(90))
    values[70], values[71] = 62.0, 58.0
    return draw.Lines(
        label="Orders by day, everything at once",
        periods=days(90),
        series=(draw.Series("Orders", tuple(values)),),
        comparison=draw.Series("last year", wave(90, 84, 9, 0.15)),
        target=draw.Series("target 130", (130.0,) * 90),
        band=band(90),
        annotations=(
            draw.Annotation(FIRST + timedelta(days=20), "price change"),
            draw.Annotation(FIRST + timedelta(days=24), "campaign"),
            draw.Annotation(FIRST + timedelta(days=70), "outage"),
        ),
        signals=frozenset({70, 71}),
        incomplete=2,
    )


def charts() -> Iterator[tuple[str, draw.Lines]]:
    """A line chart for every state."""
    one = draw.Series("Value", wave(60))
    gaps = tuple(None if 20 <= at < 27 or at == 40 or at == 42 else value for at, value in enumerate(wave(60)))
    yield "Everything at once", full()
    yield "Empty", draw.Lines("Empty", (), ())
    yield "All unknown", draw.Lines("All unknown", days(30), (draw.Series("Value", (None,) * 30),))
    yield "A single point", draw.Lines("A single point", days(1), (draw.Series("Value", (42.0,)),))
    yield (
        "Two points, the last still filling",
        draw.Lines("Two points", days(2), (draw.Series("Value", (42.0, 17.0)),), incomplete=1),
    )
    yield "Gaps stay gaps", draw.Lines("Gaps", days(60), (draw.Series("Value", gaps),))
    yield "Below zero", draw.Lines("Below zero", days(60), (draw.Series("Profit", wave(60, -20, 40)),), unit="currency",
                                   currency="EUR")  # fmt: skip
    yield "Constant", draw.Lines("Constant", days(30), (draw.Series("Value", (7.0,) * 30),))
    yield (
        "Huge range",
        draw.Lines(
            "Huge range",
            months(18),
            (draw.Series("Value", tuple(10.0 ** (at / 2) for at in range(18))),),
            grain="month",
        ),
    )
    yield (
        "Three series",
        draw.Lines(
            "Three series",
            days(60),
            (one, draw.Series("Second", wave(60, 70, 8)), draw.Series("Third", wave(60, 62, 8))),
        ),
    )
    yield (
        "Percent by month",
        draw.Lines(
            "Percent by month",
            months(18),
            (draw.Series("Rate", tuple(value / 1000 for value in wave(18, 31, 6))),),
            target=draw.Series("target 4.0 %", (0.04,) * 18),
            grain="month",
            unit="percent",
        ),
    )
    yield (
        "10,000 points, thinned",
        draw.Lines(
            "10,000 points",
            tuple(date(1998, 1, 1) + timedelta(days=at) for at in range(10000)),
            (draw.Series("Value", wave(10000, 100, 30, 0.01)),),
        ),
    )


def sparks() -> Iterator[tuple[str, draw.Spark]]:
    """A spark line for every state."""
    usual = band(26)
    values = wave(26)
    yield "normal", draw.Spark(values, usual, label="normal")
    yield "signal", draw.Spark((*values[:-1], 40.0), usual, signal=True, label="signal")
    yield "still filling", draw.Spark((*values[:-1], 60.0), usual, incomplete=True, label="still filling")
    yield "gaps", draw.Spark(tuple(None if at in (5, 6, 12) else v for at, v in enumerate(values)), label="gaps")
    yield "one point", draw.Spark((3.0,), label="one point")
    yield "constant", draw.Spark((3.0,) * 12, label="constant")
    yield "nothing", draw.Spark((None,) * 12, label="nothing")


def bars() -> Iterator[tuple[str, draw.Bars]]:
    """Bars for every state."""
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun")
    yield (
        "Bars, the last still filling",
        draw.Bars("Bars", names, (draw.Series("Orders", (320.0, 280.0, 410.0, 460.0, 430.0, 190.0)),), incomplete=1),
    )
    yield (
        "Stacked, above and below zero",
        draw.Bars(
            "Stacked",
            names,
            (
                draw.Series("New", (52.0, 48.0, 60.0, 71.0, 66.0, 58.0)),
                draw.Series("Grown", (18.0, 22.0, 19.0, 25.0, 30.0, 21.0)),
                draw.Series("Lost", (-12.0, -20.0, -15.0, -44.0, -18.0, -16.0)),
            ),
            unit="currency",
            currency="EUR",
        ),
    )
    yield "No bars", draw.Bars("No bars", (), ())
    yield "Unknown and zero", draw.Bars("Unknown", names[:3], (draw.Series("Orders", (0.0, None, 5.0)),))


def steps() -> tuple[draw.Step, ...]:
    """A walk from one rate to the next."""
    return (
        draw.Step("before", 3.7, "3.7 %", total=True),
        draw.Step("mobile web", -0.31, "−0.31", better=False),
        draw.Step("new people", -0.16, "−0.16", better=False),
        draw.Step("paid mix", -0.10, "−0.10", better=False),
        draw.Step("desktop", -0.07, "−0.07", better=False),
        draw.Step("returning", 0.04, "+0.04", better=True),
        draw.Step("now", 3.1, "3.1 %", total=True),
    )


def balances() -> Iterator[tuple[str, tuple[draw.Step, ...]]]:
    """A balance from opening to closing: as usual, begun from nothing, and with nothing in between."""

    def walk(opening: float, *parts: tuple[str, float]) -> tuple[draw.Step, ...]:
        moved = (draw.Step(label, size, f"{size:+,.1f}k".replace("-", "−"), better=size > 0) for label, size in parts)
        closing = opening + sum(size for _, size in parts)
        return (
            draw.Step("Opening", opening, f"{opening:,.1f}k", total=True),
            *moved,
            draw.Step("Closing", closing, f"{closing:,.1f}k", total=True),
        )

    kinds = (
        ("New", 9.4),
        ("Reactivation", 1.2),
        ("Expansion", 6.8),
        ("Contraction", -2.9),
        ("Churn", -5.1),
        ("FX", -0.4),
    )
    yield "A balance far from zero", walk(182.0, *kinds)
    yield "Begun from nothing", walk(0.0, ("New", 4.0), ("Churn", -1.0))
    yield "Nothing moved", walk(12.0)


def flows() -> Iterator[tuple[str, draw.Flow]]:
    """The history of a balance in every state."""

    def flow(label: str, count: int, incomplete: int = 0) -> draw.Flow:
        ups = [wave(count, level, level / 4, 0.3) for level in (9.0, 2.0, 6.0)]
        downs = [tuple(-value for value in wave(count, level, level / 3, 0.2)) for level in (3.0, 5.0)]
        names = ("New", "Reactivation", "Expansion", "Contraction", "Churn")
        moved = [sum(one[at] for one in (*ups, *downs)) for at in range(count)]
        closing = tuple(120.0 + sum(moved[: at + 1]) for at in range(count))
        parts = tuple(draw.Series(name, values) for name, values in zip(names, (*ups, *downs), strict=True))
        return draw.Flow(label, months(count), parts, draw.Series("Closing", closing), incomplete)

    yield "Eighteen months, the last still filling", flow("Movements by month", 18, 1)
    yield "A single period", flow("Movements of one month", 1)
    yield "Nothing in this range", draw.Flow("No movements", (), (), draw.Series("Closing", ()))
