"""What a change of definitions does to history, as text for the terminal, Markdown for a review, or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.locale import MINUS
from truenorth.base.quantity import digits_together, format_change, format_value
from truenorth.base.table import Value
from truenorth.define.difference import Clause
from truenorth.export.cell import NO_GROUP, number_of, period_text
from truenorth.query.diff import ORDER, Compared, Differences, Effect, Moment, Status, less

ENCODER = msgspec.json.Encoder(decimal_format="number")
FORMATS = ("table", "md", "json")
HEADS = ("", "before", "after", "difference")
Lines = list[list[str]]


def written(found: Differences, form: str, locale: str = "en") -> str:
    """The differences in a format; QueryError E_UNKNOWN_FORMAT for any other word."""
    if form not in FORMATS:
        hint = did_you_mean(form, FORMATS) or f"one of {', '.join(FORMATS)}"
        raise QueryError("E_UNKNOWN_FORMAT", f'no format named "{form}"', hint=hint)
    return to_json(found) if form == "json" else to_markdown(found, locale) if form == "md" else to_text(found, locale)


def to_text(found: Differences, locale: str = "en") -> str:
    """The differences for the terminal."""
    lines: list[str] = []
    for one in found.of("changed"):
        lines += [f"{one.metric}  {summed(one, locale)}"]
        lines += [f"  {line}" for line in aligned([[clause, text] for clause, text in steps(one, locale)], 1)]
        lines += ["", *(f"  {line}" for line in aligned(periods(one, found, locale), 3)), ""]
    others = [f"{head}: {text}" for head, text in rest(found)]
    return "\n".join([*lines, *others, *closing(found)[not others :]]) + "\n"


def to_markdown(found: Differences, locale: str = "en") -> str:
    """The differences for a review."""
    lines = [f"## What changes since `{found.revision}`", ""]
    for one in found.of("changed"):
        lines += [f"### {escaped(one.metric)}: {summed(one, locale)}", "", "| clause | effect |", "| --- | ---: |"]
        lines += [f"| {escaped(clause)} | {text} |" for clause, text in steps(one, locale)]
        head, *rows = periods(one, found, locale)
        lines += ["", f"| {' | '.join(head)} |", "| --- | ---: | ---: | ---: |"]
        lines += [f"| {' | '.join(map(escaped, row))} |" for row in rows] + [""]
    lines += [f"- {head}: {escaped(text)}" for head, text in rest(found)]
    return "\n".join([*lines, "", *(f"{line}  " for line in closing(found) if line)]) + "\n"


def to_json(found: Differences) -> str:
    """The differences as data, numbers raw."""
    shape = {
        "revision": found.revision,
        "range": found.range,
        "grain": found.grain,
        "order": ORDER,
        "changes_history": found.changes_history,
        "metrics": [as_dict(one) for one in found.metrics],
    }
    return msgspec.json.format(ENCODER.encode(shape), indent=2).decode() + "\n"


def as_dict(one: Compared) -> dict[str, Any]:
    """One metric as data."""
    plain: dict[str, Any] = {"metric": one.metric, "status": one.status}
    if one.problem:
        plain["problem"] = one.problem
    if one.words:
        plain["words"] = [clause_dict(clause) for clause in one.words]
    if one.status in ("changed", "same"):
        plain |= {"unit": one.column.unit, "before": one.before, "after": one.after, "difference": one.change}
        plain["effects"] = [effect_dict(effect) for effect in one.effects]
        plain["periods"] = [
            {"period": period, "before": old, "after": new} for period, (old, new) in one.periods.items()
        ]
    return plain


def effect_dict(effect: Effect) -> dict[str, Any]:
    """One step as data."""
    moved = [{"period": period, "difference": value} for period, value in effect.periods.items()]
    return {"clauses": [clause_dict(one) for one in effect.clauses], "difference": effect.total, "periods": moved}


def clause_dict(clause: Clause) -> dict[str, str]:
    """One clause as data."""
    return {"place": clause.place, "before": clause.before, "after": clause.after}


def summed(one: Compared, locale: str) -> str:
    """The whole change of a metric in words."""
    digits = exact(one)
    old, new = (amount(value, one, locale, digits) for value in (one.before, one.after))
    before, change = number_of(one.before), number_of(one.change)
    share = f" ({format_change(change / abs(before), locale=locale)})" if before and change else ""
    points = one.column.unit in ("percent", "points")
    return f"{old} → {new}, {signed(one.change, one, locale, digits)}{'' if points else share}"


def steps(one: Compared, locale: str) -> list[tuple[str, str]]:
    """Each step and what it does in total."""
    digits = exact(one)
    return [("; ".join(map(str, effect.clauses)), signed(effect.total, one, locale, digits)) for effect in one.effects]


def periods(one: Compared, found: Differences, locale: str) -> Lines:
    """Every period before and after, below a heading; the total last."""
    digits = exact(one)
    lines: Lines = [list(HEADS)]
    lines[0][0] = found.grain.capitalize()
    for period, (old, new) in one.periods.items():
        lines.append([named(period, found.grain), *(amount(value, one, locale, digits) for value in (old, new))])
        lines[-1].append(signed(less(new, old), one, locale, digits))
    total = [amount(value, one, locale, digits) for value in (one.before, one.after)]
    return [*lines, ["total", *total, signed(one.change, one, locale, digits)]]


def exact(one: Compared) -> int | None:
    """The digits that all amounts of a metric show."""
    every = [value for pair in one.periods.values() for value in pair]
    return digits_together([*every, one.before, one.after], one.column.unit, one.column.currency)


def named(period: Moment, grain: str) -> str:
    """A period as `--range` reads it."""
    return NO_GROUP if period is None else period_text(period, grain)


def amount(value: Value, one: Compared, locale: str, digits: int | None) -> str:
    """A value in the metric's unit."""
    return format_value(value, one.column.unit, one.column.currency, locale, digits=digits)


def signed(value: Value, one: Compared, locale: str, digits: int | None) -> str:
    """A difference in the metric's unit, with its sign; percentages differ by points."""
    if one.column.unit in ("percent", "points"):
        return format_change(number_of(value), "points", locale=locale)
    text = amount(value, one, locale, digits)
    return text if text.startswith(MINUS) or not number_of(value) else f"+{text}"


def rest(found: Differences) -> list[tuple[str, str]]:
    """The metrics whose numbers do not change, and those that are new, gone or broken."""
    heads: dict[Status, str] = {
        "same": "computed another way, the same numbers",
        "words": "only words changed",
        "added": "added",
        "removed": "removed",
    }
    lines = [(head, ", ".join(one.metric for one in found.of(status))) for status, head in heads.items()]
    lines += [(one.metric, one.problem) for one in found.of("broken")]
    count = len(found.of("unchanged"))
    return [(head, text) for head, text in lines if text] + ([("unchanged", f"{count:,}")] if count else [])


def closing(found: Differences) -> list[str]:
    """What the reader must know: over which time, and in which order the steps were taken."""
    over = f"{found.range} by {found.grain}" if found.grain else found.range
    told = [f"Compared with {found.revision} over {over}, on the data of today."]
    if any(len(one.effects) > 1 for one in found.of("changed")):
        told.append(f"Clauses are applied one after the other: {ORDER}.")
    return ["", *told]


def aligned(lines: Sequence[Sequence[str]], numbers: int) -> list[str]:
    """Lines with their last columns to the right."""
    if not lines:
        return []
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    first = len(widths) - numbers
    return [
        "  ".join(
            word.rjust(width) if at >= first else word.ljust(width)
            for at, (word, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def escaped(text: str) -> str:
    """Text that stays text in a table of Markdown."""
    for mark in "\\|*_`<[":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
