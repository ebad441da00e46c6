"""A funnel on its page: its steps as bars and as a table."""

from __future__ import annotations

from collections.abc import Iterator

from truenorth.base.age import lasting
from truenorth.base.quantity import format_value
from truenorth.chart import draw
from truenorth.query.stages import Stage, Stages
from truenorth.web.question import DEFAULTS, Asked
from truenorth.web.speak import sentence_case, svg
from truenorth.web.view import Cell, Choice, Figure, Row, Sheet, Why

WIDE, NARROW_WIDTH = (720.0, 270.0), 340.0


def stages(asked: Asked) -> Why | None:
    """The section of a funnel; None for what is none."""
    told = asked.stages
    if told is None:
        return None
    own = [one for one in asked.model.metrics.values() if one.of == asked.metric.name]
    links = tuple(Choice(one.title, asked.state.without(DEFAULTS).url(f"/m/{one.name}")) for one in own)
    return Why(_sentence(asked, told), _figure(asked, told), links)


def _sentence(asked: Asked, told: Stages) -> str:
    """Who entered, who arrived, and where most are lost."""
    first, last = told.stages[0], told.stages[-1]
    if not first.reached:
        return f"Nobody began with “{_name(first)}” in this range."
    share = _percent(asked, last.rate)
    said = f"{first.reached:,} entered and {last.reached:,} of them ({share}) reached “{_name(last)}”."
    needed = [one for one in told.stages[1:] if one.onward is not None and not one.optional]
    if len(needed) > 1:
        worst = min(needed, key=lambda one: one.onward or 0.0)
        said += f" Fewest go on to “{_name(worst)}”: {_percent(asked, worst.onward)} of those one step before."
    return said


def _figure(asked: Asked, told: Stages) -> Figure:
    """The bars, and the same numbers as a table."""
    label = f"{asked.metric.title}, step by step"
    marks = [_mark(asked, one, at) for at, one in enumerate(told.stages)] if told.stages[0].reached else []
    wide, narrow = svg(draw.stairs(marks, label, WIDE)), svg(draw.ladder(marks, label, NARROW_WIDTH))
    head = ("Step", "Reached it", "of all", "of the step before", "Median time")
    rows = tuple(_row(asked, one, at) for at, one in enumerate(told.stages))
    return Figure(label, wide, narrow, Sheet(label, head, rows), tuple(_notes(told)))


def _mark(asked: Asked, one: Stage, at: int) -> draw.Stage:
    words = f"{one.reached:,}" if not at else f"{one.reached:,} · {_percent(asked, one.rate)}"
    return draw.Stage(
        _name(one), one.rate or 0.0, words, _percent(asked, one.onward) if at else "", _took(asked, one) if at else ""
    )


def _row(asked: Asked, one: Stage, at: int) -> Row:
    cells = [Cell(f"{one.reached:,}"), Cell(_percent(asked, one.rate))]
    cells += [Cell(_percent(asked, one.onward) if at else ""), Cell(_took(asked, one) if at else "")]
    return Row(_name(one) + (" (may be left out)" if one.optional else ""), tuple(cells))


def _notes(told: Stages) -> Iterator[str]:
    """What is said below the bars."""
    metric = told.metric
    yield f"All within {metric.window} of the entry. Pale: lost since the step before."
    if metric.exclusions:
        yield f"{told.excluded:,} were ended by an exclusion."
    if told.immature:
        yield f"{told.immature:,} entered so late that their {metric.window} are not over: they may still go on."


def _name(one: Stage) -> str:
    return sentence_case(one.name.replace("_", " "))


def _percent(asked: Asked, value: float | None) -> str:
    return "–" if value is None else format_value(value, "percent", "", asked.model.workspace.locale)


def _took(asked: Asked, one: Stage) -> str:
    if one.median_time is None:
        return ""
    return lasting(one.median_time)
