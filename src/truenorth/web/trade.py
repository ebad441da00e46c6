"""What price, volume and mix did: from before to now as steps, and the same for every value of a dimension."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from msgspec.structs import replace as replaced

from truenorth.analyze.bridge import EFFECTS
from truenorth.analyze.compare import verdict
from truenorth.base.locale import money_digits
from truenorth.base.quantity import format_value
from truenorth.chart import draw
from truenorth.decide.moved import largest
from truenorth.decide.sold import Trade, trade
from truenorth.decide.words import amount, signed
from truenorth.define.model import Metric
from truenorth.web.board import words
from truenorth.web.question import Asked
from truenorth.web.speak import labelled, svg, unparted
from truenorth.web.view import Cell, Figure, Row, Sheet, Why

WIDE, NARROW_WIDTH = (720.0, 260.0), 340.0
MOST_ROWS = 8


def traded(asked: Asked) -> Why | None:
    """The section of a price's page; None where nothing is compared or no dimension's values make the whole."""
    found = trade(asked.model, asked.metric, asked.total, asked.boards, asked.state.by)
    if found is None or not found.told.effects:
        return None
    money, locale = replaced(found.amount, currency=asked.metric.currency), asked.model.workspace.locale
    label = f"{money.title} by price, volume and mix"
    steps = tuple(_steps(found, money, asked))
    size = float(found.told.now - found.told.before)
    way = f"{'rose' if size > 0 else 'fell'} by {amount(abs(size), money, locale)}" if size else "did not change"
    ends = f"from {amount(found.told.before, money, locale)} to {amount(found.told.now, money, locale)}"
    moved = [(name, float(one)) for name, one in found.told.effects.items()]
    wide, narrow = svg(draw.waterfall(steps, label, WIDE)), svg(draw.cascade(steps, label, NARROW_WIDTH))
    return Why(
        unparted(f"{money.title} {way}, {ends}.{largest(moved, money, locale)}"),
        Figure(label, wide, narrow, _sheet(found, money, asked), tuple(_legend(found))),
    )


def _steps(found: Trade, money: Metric, asked: Asked) -> Iterator[draw.Step]:
    locale, told = asked.model.workspace.locale, found.told
    then = "a year ago" if asked.state.vs == "year" else "before"
    yield draw.Step(then, float(told.before), amount(told.before, money, locale), total=True)
    for name, size in told.effects.items():
        word = verdict(float(size), money.direction)
        better = None if word == "neutral" else word == "better"
        yield draw.Step(name, float(size), signed(float(size), money, locale), better=better)
    yield draw.Step("now", float(told.now), amount(told.now, money, locale), total=True)


def _sheet(found: Trade, money: Metric, asked: Asked) -> Sheet:
    """Every value of the dimension with its effects, those that moved most first; all of them below."""
    told, columns = found.told, tuple(found.told.effects)
    # New and gone stand in one column: no part is both.
    shown = tuple(dict.fromkeys("new, gone" if one in ("new", "gone") else one for one in columns))
    parts = sorted(told.parts, key=lambda pair: -sum(map(abs, pair[1].values()), Decimal(0)))
    rows = [_row(labelled(part.name), own, part.amount, shown, money, asked) for part, own in parts]
    if len(rows) > MOST_ROWS + 1:
        rest = parts[MOST_ROWS:]
        own = {name: sum((one.get(name, Decimal(0)) for _, one in rest), Decimal(0)) for name in EFFECTS}
        before, now = (sum((part.amount[at] for part, _ in rest), Decimal(0)) for at in (0, 1))
        others = _row(f"{len(rest):,} others", own, (before, now), shown, money, asked)
        rows = [*rows[:MOST_ROWS], replace(others, mark="rest")]
    whole = _row("All", told.effects, (told.before, told.now), shown, money, asked)
    head = (words(found.field), "Before", *(one.capitalize() for one in shown), "Now")
    return Sheet(f"{money.title} by {words(found.field).lower()}", head, (*rows, replace(whole, mark="sum")))


def _row(
    head: str,
    own: dict[str, Decimal],
    ends: tuple[Decimal, Decimal],
    shown: tuple[str, ...],
    money: Metric,
    asked: Asked,
) -> Row:
    locale, digits = asked.model.workspace.locale, money_digits(money.currency)

    def written(size: Decimal) -> str:
        return format_value(round(size, digits), money.unit, money.currency, locale, digits=digits)

    def step(name: str) -> Cell:
        size = sum((own.get(one, Decimal(0)) for one in name.split(", ")), Decimal(0))
        word = verdict(float(size), money.direction)
        text = written(size)
        return Cell(
            f"+{text}" if round(size, digits) > 0 else text if round(size, digits) else "–", LOOKS.get(word, "")
        )

    return Row(head, (Cell(written(ends[0])), *map(step, shown), Cell(written(ends[1]))))


LOOKS = {"better": "better", "worse": "worse"}


def _legend(found: Trade) -> Iterator[str]:
    """What each step is."""
    quantity, by, effects = found.quantity.title.lower(), words(found.field).lower(), found.told.effects
    yield f"Volume: more or fewer {quantity}, at what one brought before. Mix: of which {by} they are."
    cost = " Cost: what one costs now that it did not before." if "cost" in effects else ""
    yield f"Price: what one brings now that it did not before.{cost} The steps are the whole change."
    if {"new", "gone"} & set(effects):
        yield f"New, gone: a {by} without any {quantity} in one of both stretches has no price to compare."
