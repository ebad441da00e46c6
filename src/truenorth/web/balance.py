"""A balance on its page: from opening to closing as a picture and a table, and what moved it period by period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from truenorth.analyze.compare import verdict
from truenorth.base.period import Moment, period_label, spoken
from truenorth.base.quantity import format_value
from truenorth.base.table import Value
from truenorth.chart import draw
from truenorth.decide.moved import effects, sentence
from truenorth.decide.words import amount, signed
from truenorth.query.cents import in_cents
from truenorth.query.layout import of_balance
from truenorth.query.rollforward import Rollforward, Walk, effect
from truenorth.web.question import DEFAULTS, Asked
from truenorth.web.speak import number, svg, tidy, unparted
from truenorth.web.view import Cell, Choice, Figure, Movements, Row, Sheet

WIDE, NARROW_WIDTH = (720.0, 270.0), 340.0
HISTORY, HISTORY_NARROW = (1160.0, 380.0), (360.0, 330.0)
AGREES = "✓"
MOST_ROWS = 62


def movements(asked: Asked) -> Movements | None:
    """The section of a balance; None for what is none, or has no rows in the range."""
    told = asked.balance
    if told is None or not told.whole.values or told.whole.values[-1] is None:
        return None
    grain = told.answer.query.grain
    return Movements(
        unparted(sentence(told, asked.metric, asked.model.workspace.locale)),
        walk_figure(asked, told),
        history_figure(asked, told, grain),
        f"What moved it by {spoken(grain)}",
        _notes(asked, told),
        _statement(asked),
    )


def _statement(asked: Asked) -> tuple[Choice, ...]:
    """The same as a statement, and as a file of one."""
    path = f"/statement/{asked.metric.name}"
    state = replace(asked.state, grain="", vs="", by="", tab="")
    kept = replace(state, range="")
    return (
        Choice("By cohort", kept.url(f"/cohorts/{asked.metric.name}")),
        Choice("As a statement", state.url(path)),
        Choice(".xlsx", state.url(f"{path}.xlsx")),
    )


def walk_figure(asked: Asked, told: Rollforward) -> Figure:
    """The steps of the whole range as a waterfall, and as a table whose names lead to the parts' own pages."""
    label = f"{asked.metric.title} from opening to closing"
    steps = tuple(_steps(asked, told))
    wide, narrow = svg(draw.waterfall(steps, label, WIDE)), svg(draw.cascade(steps, label, NARROW_WIDTH))
    return Figure(label, wide, narrow, _walk_sheet(asked, told, label))


def _steps(asked: Asked, told: Rollforward) -> Iterator[draw.Step]:
    metric, locale = asked.metric, asked.model.workspace.locale
    opening, closing = (number(told.whole.values[at]) or 0.0 for at in (0, -1))
    yield draw.Step(told.steps[0].label, opening, amount(opening, metric, locale), total=True)
    for step, size in zip(told.steps[1:-1], effects(told, told.whole), strict=True):
        word = verdict(size, metric.direction)
        better = None if word == "neutral" else word == "better"
        yield draw.Step(step.label, size, signed(size, metric, locale), better=better)
    yield draw.Step(told.steps[-1].label, closing, amount(closing, metric, locale), total=True)


def _walk_sheet(asked: Asked, told: Rollforward, label: str) -> Sheet:
    """Every step with its amount, its share of the opening, and how many it was of."""
    opening = number(told.whole.values[0])
    counts = told.entities
    counted = dict(zip((one.part for one in counts.steps), counts.whole.values, strict=True)) if counts else {}
    places = draw.slots(len(told.steps))
    rows = []
    cents = in_cents(of_balance(told)).lines
    for at, (step, value) in enumerate(zip(told.steps, told.whole.values, strict=True)):
        moved = 0 < at < len(told.steps) - 1
        size = effect(step, value) if moved else None
        cells = [Cell(_moved(asked, cents[at].whole or 0) if moved else _written(asked, cents[at].whole))]
        cells.append(Cell(_share(asked, number(size), opening)))
        if counts:
            cells.append(Cell(_count(asked, counts, step.part, counted.get(step.part))))
        href = _page(asked, step.name) if step.defined and step.name != asked.metric.name else ""
        mark = "sum" if step.part in ("opening", "closing") else ""
        rows.append(Row(step.label, tuple(cells), f"{places[at]:.3f}", mark, href=href))
    head = ("Step", asked.metric.title, "of opening", *((counts.metric.title,) if counts else ()))
    return Sheet(label, head, tuple(rows))


def history_figure(asked: Asked, told: Rollforward, grain: str) -> Figure:
    """Each period's movements as stacked bars with the closing above, and the whole roll-forward as a table."""
    metric, locale = asked.metric, asked.model.workspace.locale
    label = f"{metric.title}, movements by {grain}"
    moved = [effects(told, one) for one in told.periods]
    parts = [
        draw.Series(step.label, tuple(sizes[at] for sizes in moved))
        for at, step in enumerate(told.steps[1:-1])
        if any(sizes[at] for sizes in moved)
    ]
    chart = draw.Flow(
        label=label,
        periods=tuple(moment for one in told.periods if (moment := one.period) is not None),
        parts=tuple(parts),
        closing=draw.Series(told.steps[-1].label, tuple(number(one.values[-1]) for one in told.periods)),
        incomplete=_filling(told.periods),
        grain=grain,
        unit=metric.unit,
        currency=metric.currency,
        locale=locale,
    )
    wide, narrow = svg(draw.flows(chart, HISTORY)), svg(draw.flows(chart, HISTORY_NARROW))
    legend = ("shaded: still filling",) if chart.incomplete else ()
    return Figure(label, wide, narrow, _history_sheet(asked, told, grain, label), legend)


def _history_sheet(asked: Asked, told: Rollforward, grain: str, label: str) -> Sheet:
    """The roll-forward: a period a row, opening to closing across, and whether it comes out."""
    places = draw.slots(len(told.periods)) if told.periods else ()
    rows = []
    cents = in_cents(of_balance(told)).lines[: len(told.steps)]
    for at, one in enumerate(told.periods):
        sizes = [line.values[at] or 0 for line in cents[1:-1]]
        inner = [Cell(_moved(asked, size), "" if size else "none") for size in sizes]
        ends = [Cell(_written(asked, cents[place].values[at])) for place in (0, -1)]
        check = Cell(*_check(asked, one))
        mark = "filling" if one.filling else "begun" if one.cut else ""
        assert one.period is not None
        rows.append(
            Row(_named(asked, told, one.period, grain), (ends[0], *inner, ends[1], check), f"{places[at]:.3f}", mark)
        )
    head = (grain.capitalize(), *(step.label for step in told.steps), "Comes out")
    return Sheet(label, head, tuple(rows[-MOST_ROWS:]))


def _check(asked: Asked, one: Walk) -> tuple[str, str]:
    """Whether opening and movements come to the closing, or by how much they do not."""
    if one.off is None:
        return "–", ""
    return (AGREES, "") if not one.off else (f"off by {_written(asked, one.off)}", "worse")


def _filling(periods: tuple[Walk, ...]) -> int:
    """How many of the last periods still fill."""
    return next((at for at, one in enumerate(reversed(periods)) if not one.filling), len(periods))


def _notes(asked: Asked, told: Rollforward) -> tuple[str, ...]:
    grain = spoken(told.answer.query.grain)
    netted = f"Movements are netted over the whole range above and over each {grain} below, so that what went up and "
    netted += "down again inside one is in neither; opening and closing agree."
    wrong = "" if told.holds else "Opening and movements do not come to the closing somewhere: see the table."
    return tuple(line for line in (wrong, netted) if line)


def _page(asked: Asked, name: str) -> str:
    return replace(asked.state, tab="").without(DEFAULTS).url(f"/m/{name}")


def _named(asked: Asked, told: Rollforward, period: Moment, grain: str) -> str:
    """A period, with its year where they are of several."""
    words = period_label(period, grain, asked.model.workspace.locale, asked.model.fiscal)
    years = {one.period.year for one in told.periods if one.period is not None}
    return f"{words} {period.year}" if len(years) > 1 and str(period.year) not in words else words


def _written(asked: Asked, value: Value) -> str:
    """A value of the metric in full."""
    metric = asked.metric
    return format_value(tidy(value), metric.unit, metric.currency, asked.model.workspace.locale)


def _moved(asked: Asked, size: Value) -> str:
    """A movement in full, with its sign; nothing is a dash."""
    text = _written(asked, size)
    return f"+{text}" if (number(size) or 0.0) > 0 else text if size else "–"


def _share(asked: Asked, size: float | None, opening: float | None) -> str:
    if size is None or not opening:
        return ""
    text = format_value(size / opening, "percent", "", asked.model.workspace.locale)
    return f"+{text}" if size > 0 else text


def _count(asked: Asked, counts: Rollforward, part: str, value: Value) -> str:
    step = next((one for one in counts.steps if one.part == part), None)
    if step is None or value is None:
        return ""
    text = format_value(value, counts.metric.unit, "", asked.model.workspace.locale)
    if part in ("opening", "closing"):
        return text
    return f"+{text}" if step.sign > 0 and value else f"−{text}" if value else text
