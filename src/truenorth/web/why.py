"""Why it changed: one sentence, the steps from before to now as a picture, and the same as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import fsum

from truenorth.analyze.compare import verdict
from truenorth.analyze.drivers import Drivers, Effect, Part
from truenorth.base.locale import THIN
from truenorth.base.quantity import plain
from truenorth.chart import draw
from truenorth.decide.cause import Cause, Refusal, cause
from truenorth.decide.words import amount, signed
from truenorth.define.graph import inputs_of
from truenorth.web.board import words
from truenorth.web.question import DEFAULTS, Asked
from truenorth.web.speak import labelled, listed, svg
from truenorth.web.view import Cell, Choice, Figure, Row, Sheet, Why

WIDE, NARROW_WIDTH = (720.0, 250.0), 340.0
MOST_ROWS = 8
WORTH_NAMING, WORTH_DRAWING = 0.1, 0.01
REFUSALS: dict[Refusal, str] = {
    "overlap": "The same one can be counted under several values, so what the parts changed by overlaps and does not "
    "add up to the whole. The tables above show how each part itself changed.",
    "order": "The value in the middle or at the edge of all rows is not made from those of the parts, so the parts do "
    "not add up to the whole. The tables above show how each part itself changed.",
    "average": "An average alone does not tell how much each part weighs, so the parts do not add up to the whole. "
    "Defined as a ratio of two sums it could be taken apart. The tables above show how each part itself changed.",
    "inputs": "It is worked out from other metrics and changed because they did; their pages take their changes apart.",
}


def why(asked: Asked) -> Why | None:
    """The section, or None where nothing is compared or there is nothing to break the change down by."""
    found = cause(asked.model, asked.metric, asked.total, asked.boards, asked.state.by)
    if found is None:
        return None
    if found.refusal is not None:
        return Why(REFUSALS[found.refusal], links=tuple(_inputs(asked)) if found.refusal == "inputs" else ())
    assert found.drivers is not None
    label = f"{asked.metric.title}, from before to now by {by(found)}"
    steps = tuple(_steps(asked, found, found.drivers))
    return Why(
        _sentence(asked, found, found.drivers),
        Figure(
            label,
            svg(draw.waterfall(steps, label, WIDE)),
            svg(draw.cascade(steps, label, NARROW_WIDTH)),
            _sheet(asked, found),
            _legend(found),
        ),
    )


def by(found: Cause) -> str:
    """The dimension in running text."""
    return words(found.field).lower()


def named(effect: Effect | Part) -> str:
    """A value of a dimension."""
    return labelled(effect.name)


def change_of(asked: Asked, size: float) -> str:
    """A difference with its sign, in the metric's own unit."""
    metric, locale = asked.metric, asked.model.workspace.locale
    return points(size, locale) if metric.unit in ("percent", "points") else signed(size, metric, locale)


def points(size: float, locale: str) -> str:
    """A difference of rates in points, with the digits that small parts need.

    >>> points(0.0024, "en"), points(-0.000031, "en")
    ('+0.24\u202fpt', '−0.003\u202fpt')
    """
    share = abs(size) * 100
    digits = 1 if share >= 1 else next((digits for digits in (2, 3) if round(share, digits)), 0)
    text = plain(size * 100, digits, locale)
    return f"{'+' if size > 0 and digits else ''}{text}{THIN}pt"


def _inputs(asked: Asked) -> Iterator[Choice]:
    state = replace(asked.state, by="", tab="").without(DEFAULTS)
    for name in dict.fromkeys(inputs_of(asked.metric)):
        if name in asked.model.metrics:
            yield Choice(asked.model.metrics[name].title, state.url(f"/m/{name}"))


def _steps(asked: Asked, found: Cause, why: Drivers) -> Iterator[draw.Step]:
    metric, locale = asked.metric, asked.model.workspace.locale

    def step(label: str, size: float) -> draw.Step:
        word = verdict(size, metric.direction)
        return draw.Step(label, size, change_of(asked, size), better=None if word == "neutral" else word == "better")

    then = "a year ago" if asked.state.vs == "year" else "before"
    yield draw.Step(then, why.before, amount(why.before, metric, locale), total=True)
    for effect in why.leading:
        yield step(named(effect), effect.own)
    if why.others is not None:
        yield step(f"{why.count:,} others", why.others.own)
    if found.rate and abs(why.mix) >= WORTH_DRAWING * max((abs(effect.own) for effect in why.leading), default=0.0):
        yield step("mix", why.mix)
    yield draw.Step("now", why.now, amount(why.now, metric, locale), total=True)


def _sentence(asked: Asked, found: Cause, why: Drivers) -> str:
    """What moved it most, up and down, and how much of a rate's change is mix."""
    size = why.now - why.before
    title = asked.metric.title
    told = f"{title} {'rose' if size > 0 else 'fell'} by {_bare(asked, size)}." if size else f"{title} did not change."
    least = WORTH_NAMING * max((abs(effect.own) for effect in why.leading), default=0.0)
    naming = [effect for effect in why.leading if abs(effect.own) >= least]
    ups = [f"{named(one)} ({change_of(asked, one.own)})" for one in naming if one.own > 0][:3]
    downs = [f"{named(one)} ({change_of(asked, one.own)})" for one in naming if one.own < 0][:3]
    pushed = [f"{listed(ups)} pushed it up"] if ups else []
    pulled = [f"{listed(downs)} pulled it down"] if downs else []
    sides = [*pulled, *pushed] if size < 0 else [*pushed, *pulled]
    moved = f" By {by(found)}, {', '.join(sides)}." if sides else ""
    return told + moved + _mixed(asked, found, why)


def _mixed(asked: Asked, found: Cause, why: Drivers) -> str:
    if not found.rate or abs(why.mix) < WORTH_NAMING * max((abs(one.own) for one in why.leading), default=0.0):
        return ""
    return (
        f" More weight now lies where it is {'higher' if why.mix > 0 else 'lower'} (mix, {change_of(asked, why.mix)})."
    )


def _bare(asked: Asked, size: float) -> str:
    return change_of(asked, abs(size)).removeprefix("+")


def _legend(found: Cause) -> tuple[str, ...]:
    if not found.rate:
        return ("The steps add up to the whole change.",)
    own = f"Own: what each {by(found)} did to the whole by its own rate, at the mean of its two weights."
    return (own, "Mix: what the change of its weight did. All of both is the whole change.")


def _sheet(asked: Asked, found: Cause) -> Sheet:
    """Every part with what it was, what it is and what it did; the sum below."""
    assert found.drivers is not None
    pairs = sorted(zip(found.parts, found.effects, strict=True), key=lambda pair: -abs(pair[1].own + pair[1].mix))
    shown = pairs if len(pairs) <= MOST_ROWS + 1 else pairs[:MOST_ROWS]
    rows = [_row(asked, found, named(part), [(part, effect)]) for part, effect in shown]
    if len(shown) < len(pairs):
        rest = pairs[len(shown) :]
        rows.append(replace(_row(asked, found, f"{len(rest):,} others", rest), mark="rest"))
    rows.append(replace(_row(asked, found, "All", pairs), mark="sum"))
    tail = ("Own", "Mix", "Both") if found.rate else ("Change",)
    head = (words(found.field), "Before", "Now", *tail)
    return Sheet(f"{asked.metric.title} by {by(found)}, before and now", head, tuple(rows))


def _row(asked: Asked, found: Cause, head: str, pairs: list[tuple[Part, Effect]]) -> Row:
    metric, locale = asked.metric, asked.model.workspace.locale
    own, mix = fsum(effect.own for _, effect in pairs), fsum(effect.mix for _, effect in pairs)
    before, now = fsum(part.before for part, _ in pairs), fsum(part.now for part, _ in pairs)
    ends: list[float | None]
    if found.rate:
        below = fsum(part.below_before for part, _ in pairs), fsum(part.below_now for part, _ in pairs)
        ends = [before / below[0] if below[0] else None, now / below[1] if below[1] else None]
        sizes = [own, mix, own + mix]
    else:
        ends, sizes = [before, now], [own]
    cells = [Cell(amount(end, metric, locale)) for end in ends]
    return Row(head, (*cells, *(Cell(change_of(asked, size), _look(asked, size)) for size in sizes)))


def _look(asked: Asked, size: float) -> str:
    word = verdict(size, asked.metric.direction)
    return "" if word == "neutral" else word
