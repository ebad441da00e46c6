"""A metric's arithmetic as a small tree that a page can draw, with the reader's own numbers in its leaves."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from truenorth.base.quantity import format_value, plain
from truenorth.define.attribution import model_words
from truenorth.define.journey import JOURNEYS, described
from truenorth.define.model import InputMetric, Metric, Model
from truenorth.learn.sentence import counted, window_words, within

Shape = Literal["operand", "number", "fraction", "product", "difference", "sum", "call", "sentence"]
OPERATORS: dict[type[ast.operator], tuple[Shape, str]] = {
    ast.Add: ("sum", " + "),
    ast.Sub: ("difference", " − "),
    ast.Mult: ("product", " × "),
    ast.Div: ("fraction", " ÷ "),
}
SIGNS: dict[str, str] = dict(OPERATORS.values())
STRENGTH: dict[str, int] = {"sum": 1, "difference": 1, "product": 2, "fraction": 2}
SILENT_CALLS = ("nullif", "coalesce", "greatest")
# A division that has no value unless something is more than nothing.
GUARDED = re.compile(
    r"case when (?:(?!\b(?:when|then)\b).)+ > 0 then ((?:(?!\b(?:case|when|then|else|end)\b).)+) end", re.I
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as the reader sees it: written, exact, and from how many rows where that is known."""

    text: str
    raw: object = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Operand:
    """A metric that a formula needs a number of. `key` is where that number is looked up among the values.

    Without an offset and a `filter` the key is the metric's name; otherwise it is `metric.alias`
    (`growth.previous`), the input's value so much earlier or under that filter.
    """

    key: str
    metric: str
    offset_window: str = ""
    filter: str = ""
    offset_to_grain: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """One node. An operand has a label, a value and the metric to link to; a number has a value; a call and a sentence
    have their words in the label; fraction, product, difference and sum have parts."""

    shape: Shape
    parts: tuple[Formula, ...] = ()
    label: str = ""
    value: str = ""
    metric: str = ""
    note: str = ""

    @property
    def words(self) -> str:
        """The formula in one line of labels.

        >>> Formula("fraction", (Formula("operand", label="lost"), Formula("operand", label="at start"))).words
        'lost ÷ at start'
        """
        return self._line(values=False)

    @property
    def numbers(self) -> str:
        """The formula in one line of the reader's numbers; empty when one is unknown."""
        known = all(leaf.value for leaf in self.leaves if leaf.shape != "sentence")
        return self._line(values=True) if known and self.shape != "sentence" else ""

    @property
    def leaves(self) -> tuple[Formula, ...]:
        """The operands, numbers and sentences, left to right."""
        if self.shape in ("operand", "number", "sentence"):
            return (self, *(leaf for part in self.parts for leaf in part.leaves))
        return tuple(leaf for part in self.parts for leaf in part.leaves)

    def wraps(self, position: int) -> bool:
        """Whether the part at a position needs brackets when it is written in a line."""
        if self.shape not in STRENGTH:
            return False
        inner = STRENGTH.get(self.parts[position].shape)
        if inner is None:
            return False
        own = STRENGTH[self.shape]
        return inner < own or (inner == own and position > 0 and self.shape in ("difference", "fraction"))

    def _line(self, values: bool) -> str:
        if self.shape == "number":
            return self.value
        if self.shape == "operand":
            note = f" {self.note}" if self.note and not values else ""
            return self.value if values else self.label + note
        if self.shape == "sentence":
            return self.label
        texts = [part._line(values) for part in self.parts]
        if self.shape == "call":
            return f"{self.label}({', '.join(texts)})"
        wrapped = [f"({text})" if self.wraps(at) else text for at, text in enumerate(texts)]
        return SIGNS[self.shape].join(wrapped)


def operands(metric: Metric) -> tuple[Operand, ...]:
    """The metrics whose values the formula of `metric` shows, each once."""
    if metric.type == "ratio":
        return tuple(
            dict.fromkeys(
                (Operand(metric.numerator, metric.numerator), Operand(metric.denominator, metric.denominator))
            )
        )
    if metric.type == "cumulative":
        return (Operand(metric.input_metric, metric.input_metric),)
    if metric.type == "attribution":
        return tuple(Operand(name, name) for name in (metric.base_metric, metric.conversion_metric))
    if metric.type == "conversion":
        sides = (metric.base_metric, metric.conversion_metric)
        return tuple(Operand(name, name) for name in sides[: 1 if metric.calculation == "conversion_rate" else 2])
    return tuple(dict.fromkeys(_operand(metric, given) for given in metric.input_metrics))


def _operand(metric: Metric, given: InputMetric) -> Operand:
    if given.offset_window or given.filter or given.offset_to_grain:
        key = f"{metric.name}.{given.alias or given.name}"
        return Operand(key, given.name, given.offset_window, given.filter, given.offset_to_grain)
    return Operand(given.name, given.name)


def formula(model: Model, metric: Metric, values: Mapping[str, Shown]) -> Formula:
    """The formula of any metric, filled with what is known of its operands."""
    if metric.type == "ratio":
        above, below = (_leaf(model, Operand(name, name), values) for name in (metric.numerator, metric.denominator))
        return Formula("fraction", (above, below), note=within(metric.filter))
    if metric.type == "derived":
        return _derived(model, metric, values)
    if metric.type == "cumulative":
        part = _leaf(model, Operand(metric.input_metric, metric.input_metric), values)
        return Formula("sentence", (part,), label=f"{part.label} {window_words(metric)}", note=within(metric.filter))
    if metric.type == "conversion":
        return _conversion(model, metric, values)
    if metric.type == "attribution":
        return _credit(model, metric, values)
    if metric.type in JOURNEYS:
        label = f"{metric.part.replace('_', ' ')}: {described(metric)}"
        return Formula("sentence", label=label, note=within(metric.filter))
    shown = values.get(metric.name)
    rows = format_value(shown.rows, "", "", model.workspace.locale) if shown and shown.rows is not None else ""
    return Formula("sentence", label=counted(model, metric, rows))


def _conversion(model: Model, metric: Metric, values: Mapping[str, Shown]) -> Formula:
    """What converted over what might have; the number above follows from the rate."""
    base, followed = (
        _leaf(model, Operand(name, name), values) for name in (metric.base_metric, metric.conversion_metric)
    )
    within_window = f" within {metric.window}" if metric.window else ""
    words = f"{base.label} followed by {followed.label}{within_window}"
    if metric.count_by == "conversion":
        words = f"{followed.label}{within_window} after {base.label}"
    if metric.calculation == "conversions":
        return Formula("sentence", (base, followed), label=words, note=within(metric.filter))
    above = Formula("operand", label=words, value=_converted(model, metric, values), metric=metric.conversion_metric)
    return Formula("fraction", (above, base), note=within(metric.filter))


def _credit(model: Model, metric: Metric, values: Mapping[str, Shown]) -> Formula:
    """What is shared out, among which touches, and how."""
    sides = [_leaf(model, Operand(name, name), values) for name in (metric.base_metric, metric.conversion_metric)]
    before = f" in the {metric.window} before" if metric.window else " before"
    words = f"{sides[1].label} credited to {sides[0].label}{before}: {model_words(metric)}"
    return Formula("sentence", tuple(sides), label=words, note=within(metric.filter))


def _converted(model: Model, metric: Metric, values: Mapping[str, Shown]) -> str:
    """How many converted: the rate times the base, where both are known."""
    rate, base = values.get(metric.name), values.get(metric.base_metric)
    known = [float(one.raw) for one in (rate, base) if one is not None and isinstance(one.raw, int | float | Decimal)]
    if len(known) < 2 or metric.filter:
        return ""
    count = known[0] * known[1]
    return format_value(round(count) if abs(count - round(count)) < 1e-6 else count, "", "", model.workspace.locale)


def _leaf(model: Model, operand: Operand, values: Mapping[str, Shown]) -> Formula:
    known = model.metrics.get(operand.metric)
    label = known.title if known else operand.metric
    shown = values.get(operand.key)
    earlier = f"{operand.offset_window} earlier" if operand.offset_window else ""
    start = f"at the start of the {operand.offset_to_grain.replace('_', ' ')}" if operand.offset_to_grain else ""
    note = ", ".join(words for words in (earlier, start, within(operand.filter)) if words)
    return Formula("operand", label=label, value=shown.text if shown else "", metric=operand.metric, note=note)


def _derived(model: Model, metric: Metric, values: Mapping[str, Shown]) -> Formula:
    leaves = {
        given.alias or given.name: _leaf(model, _operand(metric, given), values) for given in metric.input_metrics
    }
    text = " ".join(metric.expr.split())
    guarded = GUARDED.fullmatch(text)
    try:
        return _tree(
            ast.parse(guarded[1] if guarded and "/" in guarded[1] else text, mode="eval").body,
            leaves,
            model.workspace.locale,
        )
    except (SyntaxError, ValueError, RecursionError):
        # Arithmetic reads the same in SQL and here; what does not (case when …) is shown as it is written.
        return Formula("sentence", tuple(leaves.values()), label=metric.expr)


def _tree(node: ast.expr, leaves: Mapping[str, Formula], locale: str) -> Formula:
    match node:
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
            shape = OPERATORS[type(operator)][0]
            return _joined(shape, _tree(left, leaves, locale), _tree(right, leaves, locale))
        case ast.Name(id=name) if name in leaves:
            return leaves[name]
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return Formula("number", value=_number(number, locale))
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _joined("product", Formula("number", value=_number(-1, locale)), _tree(inner, leaves, locale))
        case ast.Call(func=ast.Name(id=name), args=[first, *rest], keywords=[]):
            if name.lower() in SILENT_CALLS and all(isinstance(part, ast.Constant) for part in rest):
                return _tree(first, leaves, locale)
            parts = tuple(_tree(part, leaves, locale) for part in (first, *rest))
            return Formula("call", parts, label=name.lower())
    raise ValueError(ast.dump(node))


def _joined(shape: Shape, left: Formula, right: Formula) -> Formula:
    """Chains of plus and times are one node."""
    parts = left.parts if left.shape == shape and shape in ("sum", "product") else (left,)
    return Formula(shape, (*parts, right))


def _number(number: int | float, locale: str) -> str:
    text = repr(number)
    digits = len(text.partition(".")[2]) if "e" not in text and not text.endswith(".0") else 0
    return plain(number, digits, locale)
