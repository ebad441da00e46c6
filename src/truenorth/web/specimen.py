"""Specimens of the larger parts of a metric page, for the gallery."""

from __future__ import annotations

from dataclasses import replace

from truenorth.analyze.drivers import Part, drivers, rates
from truenorth.chart import draw
from truenorth.define.model import Metric, Model, Workspace
from truenorth.learn.formula import Formula
from truenorth.learn.lesson import Lesson
from truenorth.learn.lesson import lesson as teach
from truenorth.web.speak import svg
from truenorth.web.view import Cell, Choice, Figure, Row, Sheet, Snippet, Why

LABEL = "Conversion rate, from before to now by channel"
PARTS = (
    Part("direct", 47, 46, 1000, 990),
    Part("organic", 38, 30, 1000, 1010),
    Part("paid search", 21, 26, 1000, 1600),
    Part(None, 4, 4, 200, 180),
)


def explained() -> Why:
    """A change taken apart."""
    effects = rates(PARTS)
    before, now = 110 / 3200, 106 / 3780
    found = drivers(before, now, effects)

    def step(label: str, size: float) -> draw.Step:
        return draw.Step(label, size * 100, f"{size * 100:+.2f} pt".replace("-", "−"), better=size > 0)

    steps = (
        draw.Step("before", before * 100, f"{before:.2%}", total=True),
        *(step(effect.name or "(none)", effect.own) for effect in found.leading),
        step("mix", found.mix),
        draw.Step("now", now * 100, f"{now:.2%}", total=True),
    )
    rows = tuple(
        Row(
            part.name or "(none)",
            tuple(Cell(f"{value:.1%}") for value in _ends(part)),
            mark="" if part.name else "rest",
        )
        for part in PARTS
    )
    sheet = Sheet(LABEL, ("Channel", "Before", "Now"), (*rows, Row("All", (Cell("3.4%"), Cell("2.8%")), mark="sum")))
    wide, narrow = svg(draw.waterfall(steps, LABEL, (720, 250))), svg(draw.cascade(steps, LABEL))
    told = "Conversion rate fell by 0.63 pt. By channel, organic (−0.24 pt) and paid search (−0.17 pt) pulled it down."
    return Why(told, Figure(LABEL, wide, narrow, sheet, ("The steps add up to the whole change.",)))


def _ends(part: Part) -> tuple[float, float]:
    return part.before / part.below_before, part.now / part.below_now


def refused() -> Why:
    """A change that cannot be taken apart."""
    told = "It is worked out from other metrics and changed because they did; their pages take their changes apart."
    return Why(told, links=(Choice("Revenue", "/_gallery"), Choice("Cost of delivery", "/_gallery")))


def lesson() -> Lesson:
    """A standard metric's lesson with made-up numbers."""
    metric = Metric("conversion_rate", "ratio", template="conversion_rate", unit="percent", domain="customer")
    told = teach(Model(Workspace("Gallery"), metrics={metric.name: metric}), metric, {})
    above, below = Formula("operand", label="Buyers", value="106"), Formula("operand", label="Visitors", value="3,780")
    return replace(told, formula=Formula("fraction", (above, below)), result="2.8 %")


def twins() -> tuple[tuple[Choice, ...], tuple[Snippet, ...]]:
    """What the export menu holds."""
    forms = tuple(Choice(f".{form}", "/_gallery") for form in ("csv", "json", "md", "svg", "png"))
    return forms, (Snippet("In the terminal", "truenorth query revenue --grain day --range 90d"),)
