"""Why an amount changed by price, volume and mix: told by a ratio of it to a quantity, by one of its dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from truenorth.analyze.bridge import Bridged, Sold, bridged
from truenorth.base.table import Value
from truenorth.decide.cause import columns_of
from truenorth.define.graph import grouped
from truenorth.define.model import Metric, Model
from truenorth.define.total import addends
from truenorth.query.answer import Answer
from truenorth.query.chosen import written

SUMMED = ("sum", "count")
HAIR = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Trade:
    """The change of a ratio's numerator by the values of `field`, by what they bring, how much of them and which."""

    amount: Metric
    quantity: Metric
    field: str
    told: Bridged


def price_of(model: Model, name: str) -> Metric | None:
    """The first ratio that tells what one of a quantity brings of an amount."""
    found = (one for one in model.metrics.values() if one.numerator == name and is_price(model, one))
    return next(found, None)


def is_price(model: Model, metric: Metric) -> bool:
    """Whether a metric is an amount of money for each of a quantity, both of them sums over rows or of balances."""
    if metric.type != "ratio" or metric.filter or {metric.numerator, metric.denominator} - set(model.metrics):
        return False
    amount, quantity = model.metrics[metric.numerator], model.metrics[metric.denominator]
    money = amount.unit == "currency" and quantity.unit != "currency"
    return money and all(is_sum(model, name) for name in (amount.name, quantity.name))


def is_sum(model: Model, name: str) -> bool:
    """Whether what a metric has by any dimension may come to the whole: it is summed, and nothing is divided."""
    metric = model.metrics.get(name)
    if metric is None:
        return False
    if metric.type == "derived":
        return all(is_sum(model, one) for one in addends(metric) or ("",))
    if metric.type == "movement":
        return True
    return metric.type in ("simple", "snapshot") and all(one.agg in SUMMED for one in grouped(model, name))


def names_of(model: Model, metric: Metric) -> tuple[str, ...]:
    """What must be asked beside a price: the revenue and cost that its numerator is made of, if it is a difference."""
    if not is_price(model, metric):
        return ()
    added = addends(model.metrics[metric.numerator])
    return tuple(added) if added and -1 in added.values() else ()


def trade(
    model: Model, metric: Metric, whole: Answer, boards: Sequence[tuple[str, Answer]], chosen: str = ""
) -> Trade | None:
    """The change behind a price by one of the `boards`: the `chosen` one if it can be, else the one in which price and
    mix did most. None where it is none, nothing is compared, or no dimension's values make the whole."""
    rows = columns_of(whole, whole.table.dicts()[:1])
    if not rows or not is_price(model, metric) or whole.query.vs not in ("prev", "year"):
        return None
    amount, quantity = model.metrics[metric.numerator], model.metrics[metric.denominator]
    if any(row.get(one.name) is None for row in rows[0] for one in (amount, quantity)):
        return None
    found = []
    for field, answer in boards:
        parts = parts_of(model, metric, answer)
        if len(parts) > 1 and makes(parts, metric, rows[0]):
            found.append(Trade(amount, quantity, field, bridged(parts)))

    def moved(one: Trade) -> Decimal:
        return sum((abs(size) for _, own in one.told.parts for name, size in own.items() if name != "volume"), HAIR)

    return max(found, key=lambda one: (one.field == chosen, moved(one)), default=None)


def parts_of(model: Model, metric: Metric, answer: Answer) -> list[Sold]:
    """The rows of a breakdown as parts; what is not there is nothing. Empty where one is not a number."""
    rows = answer.table.dicts()
    name = next(column.name for column in answer.table.columns if column.role == "dimension")
    signs = (addends(model.metrics[metric.numerator]) if names_of(model, metric) else None) or {metric.numerator: 1}
    found = []
    for row, (now, before) in zip(rows, columns_of(answer, rows), strict=True):
        pairs = {one: (size(before, one), size(now, one)) for one in (*signs, metric.numerator)}
        brought = [pairs[one] for one, sign in signs.items() if sign > 0]
        costs = [pairs[one] for one, sign in signs.items() if sign < 0]
        label = None if row[name] is None else written(row[name])
        quantity = size(before, metric.denominator), size(now, metric.denominator)
        one = Sold(label, quantity, both(brought), both(costs))
        if any(abs(mine - theirs) > HAIR for mine, theirs in zip(one.amount, pairs[metric.numerator], strict=True)):
            return []
        if any((*quantity, *one.amount)):
            found.append(one)
    return found


def both(pairs: Sequence[tuple[Decimal, Decimal]]) -> tuple[Decimal, Decimal]:
    """Several pairs as one."""
    return sum((one for one, _ in pairs), Decimal(0)), sum((other for _, other in pairs), Decimal(0))


def makes(parts: Sequence[Sold], metric: Metric, ends: tuple[Mapping[str, Value], Mapping[str, Value]]) -> bool:
    """Whether the parts make the whole amount and the whole quantity, before and now."""
    now, before = ends
    for name, pairs in (
        (metric.numerator, [one.amount for one in parts]),
        (metric.denominator, [one.quantity for one in parts]),
    ):
        whole = size(before, name), size(now, name)
        if any(abs(mine - theirs) > HAIR for mine, theirs in zip(both(pairs), whole, strict=True)):
            return False
    return True


def size(row: Mapping[str, Value], name: str) -> Decimal:
    """A number as a decimal; nothing for what is none."""
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return Decimal(0)
    exact = Decimal(str(value))
    return exact if exact.is_finite() else Decimal(0)
