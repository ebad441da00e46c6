"""How to read a metric: sentences from its own history and from its definition, the same for the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from truenorth.analyze.normal import LEAST_HISTORY, Normal, normal, steps
from truenorth.base.locale import MINUS
from truenorth.base.period import spoken
from truenorth.base.quantity import DURATIONS, format_change, format_value, plain, unit_once
from truenorth.define.attribution import model_words
from truenorth.define.model import Metric, Model

WEEKDAYS = 7
LEAST_WEEKS = 3
# A move this many times the mean move is more than chance (the upper limit of Wheeler's chart of moving ranges).
UNUSUAL = 3.268
DIRECTIONS = {
    "up": "Up is good.",
    "down": "Down is good.",
    "none": "Neither way is good by itself; what counts is whether it stays where you expect it.",
}
ADDED = "Its parts add up to the total, and its days to the month."
NOT_AVERAGED = "It cannot be added or averaged: every total goes back to the rows themselves."
AGGREGATIONS = {
    "sum": ADDED,
    "count": ADDED,
    "count_distinct": "One in two groups or periods counts in both, so parts can add up to more than the total.",
}
EXACT = ("percent", "points", "currency", "ratio", *DURATIONS)
STOCKS = {"last": "its last day", "first": "its first day", "avg": "the average of its days"}


@dataclass(frozen=True, slots=True)
class Past:
    """A metric's complete periods by `grain`, oldest first; `usual` is their normal range where it is known already."""

    values: Sequence[float | None] = ()
    grain: str = ""
    usual: Normal | None = None


def own_sentences(metric: Metric, past: Past, locale: str, currency: str) -> tuple[str, ...]:
    """What the reader's own history says: the normal range, and which changes are no news."""
    known = [float(value) for value in past.values if value is not None]
    if not known or not past.grain:
        return ()
    said = (_range(metric, past, known, locale, currency), _moves(metric, past, known, locale, currency))
    return tuple(sentence for sentence in said if sentence)


def _range(metric: Metric, past: Past, known: list[float], locale: str, currency: str) -> str:
    level = metric.is_stock or metric.type == "cumulative"
    usual = past.usual or _usual(metric, past, known, level)
    if usual.state == "unknown" and usual.reason and not usual.reason.startswith("not enough history"):
        return f"{usual.reason[:1].upper()}{usual.reason[1:]}."
    if usual.state == "unknown":
        have = f"{len(known)} complete {spoken(past.grain)}{'' if len(known) == 1 else 's'}"
        return f"There is not enough history yet to say what is normal: {have}, and {LEAST_HISTORY} are needed."
    judged = [at for at, value in enumerate(past.values) if value is not None and usual.low[at] is not None]
    if not judged:
        return ""
    low, high = usual.low[judged[-1]], usual.high[judged[-1]]
    band = _between(low, high, metric, locale, currency)
    if level:
        return f"Judging by its usual steps, the latest {past.grain} was to lie between {band}."
    slope = _slope(usual) if usual.trending else ""
    return f"By {past.grain}, yours is usually between {band}{slope}."


def _usual(metric: Metric, past: Past, known: list[float], level: bool) -> Normal:
    judge = steps if level else normal
    return judge(
        past.values,
        unit=metric.unit,
        baseline=len(known) - 1 if len(known) > LEAST_HISTORY else None,
        spread="screened",
        season=WEEKDAYS if past.grain == "day" else 1,
    )


def _slope(usual: Normal) -> str:
    centres = [centre for centre in usual.centre if centre is not None]
    return f", around a line that {'rises' if centres[-1] > centres[0] else 'falls'}"


def _moves(metric: Metric, past: Past, known: list[float], locale: str, currency: str) -> str:
    """The usual step and the smallest one that means something; days are compared with their own weekday."""
    weekly = past.grain == "day" and len(known) >= WEEKDAYS * LEAST_WEEKS
    pairs = zip(past.values, past.values[WEEKDAYS:], strict=False) if weekly else pairwise(past.values)
    moves = [
        abs(float(later) - float(earlier)) for earlier, later in pairs if earlier is not None and later is not None
    ]
    if len(moves) < LEAST_HISTORY - 1:
        return ""
    usual, unusual = median(moves), UNUSUAL * fmean(moves)
    span = "From one day to the same weekday a week later" if weekly else f"From one {past.grain} to the next"
    if unusual == 0:
        return f"{span} it has not moved at all."
    small, large = (_amount(size, metric, locale, currency) for size in (usual, unusual))
    return f"{span} it usually moves by {small}; take less than {large} as chance until it lasts."


def _amount(size: float, metric: Metric, locale: str, currency: str) -> str:
    """A size of change without its sign, in points for percent metrics."""
    if metric.unit in ("percent", "points"):
        return format_change(size, "points", locale).lstrip("+" + MINUS)
    return _value(size, metric, locale, currency)


def _between(low: float | None, high: float | None, metric: Metric, locale: str, currency: str) -> str:
    left, right = (_value(edge, metric, locale, currency) for edge in (low, high))
    return f"{unit_once(left, right)} and {right}"


def _value(value: float | None, metric: Metric, locale: str, currency: str) -> str:
    """An edge or a size; things that are counted get one digit after the point at most."""
    if value is not None and metric.unit not in EXACT:
        rounded = round(value, 0 if abs(value) >= 10 else 1)
        return plain(rounded, 0 if rounded.is_integer() else 1, locale)
    return format_value(value, metric.unit, metric.currency or currency, locale, compact=True)


def plain_sentences(model: Model, metric: Metric) -> tuple[str, ...]:
    """How to read a metric that follows no template: from its direction and its definition."""
    return (DIRECTIONS[metric.direction], *_by_definition(model, metric))


def _by_definition(model: Model, metric: Metric) -> tuple[str, ...]:
    if metric.type == "ratio":
        above, below = (_title(model, name) for name in (metric.numerator, metric.denominator))
        return (
            f"When it moves, look which of the two moved: {above}, or {below}.",
            "A total is all that is above the line divided by all that is below, never the average of the parts.",
        )
    if metric.type == "derived":
        names = dict.fromkeys(_title(model, given.name) for given in metric.input_metrics)
        return (f"It is computed from {_listed(list(names))}; when it moves, one of them did.",)
    if metric.type == "conversion":
        return _followed(model, metric)
    if metric.type == "attribution":
        return _credited(model, metric)
    if metric.type == "cumulative":
        return (_looking_back(metric),)
    if metric.type == "snapshot" and metric.non_additive_dimension:
        day = STOCKS[metric.non_additive_dimension.window_agg]
        return (f"It is a level, not a flow: days cannot be added up, and a month shows {day}.",)
    if metric.type == "movement":
        return _moving(model, metric)
    return (AGGREGATIONS.get(metric.agg, NOT_AVERAGED),)


def _followed(model: Model, metric: Metric) -> tuple[str, ...]:
    base, conversion = (_title(model, name) for name in (metric.base_metric, metric.conversion_metric))
    placed = f"It is placed in the period of its {base}, whenever the {conversion} came."
    if metric.window:
        placed += f" The latest {metric.window} may still rise: not everyone has had that long yet."
    if metric.count_by == "conversion":
        return (placed, f"Every one of the {conversion} counts, so there can be more of them than of the {base}.")
    return (placed, f"One of the {base} counts once, however many {conversion} came of it.")


def _moving(model: Model, metric: Metric) -> tuple[str, ...]:
    if metric.is_stock:
        day = "its end" if metric.part == "closing" else "its beginning"
        return (f"It is a level, not a flow: days cannot be added up, and a month shows what there was at {day}.",)
    whole = _title(model, metric.balance)
    return (
        f"It is one part of what changed {whole}: the balance at the end is that at the beginning, and all parts.",
        "Each of whose balance it is counts once a period, with what changed in all from its beginning to its end: "
        "the parts of months do not add up to those of a quarter.",
    )


def _credited(model: Model, metric: Metric) -> tuple[str, ...]:
    base, conversion = (_title(model, name) for name in (metric.base_metric, metric.conversion_metric))
    return (
        f"Split by a field of {base}, it tells which of them led to {conversion} by one model ({model_words(metric)}); "
        "another model splits the same total in another way.",
        f"It is placed in the period of the {conversion}, and what no touch led to is in (none): parts make the whole.",
    )


def _looking_back(metric: Metric) -> str:
    if metric.window:
        return (
            f"Every value looks back over {metric.window}. Neighbours share most of their rows, "
            "so it moves smoothly and late."
        )
    if metric.grain_to_date:
        return (
            f"It begins anew with every {spoken(metric.grain_to_date)}; compare it with the same day of the one before."
        )
    return "It adds up everything so far and can only show its pace by its slope."


def _title(model: Model, name: str) -> str:
    known = model.metrics.get(name)
    title = known.title if known else name
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
