"""Whether all amounts of a question can be brought to the currency they are asked in, and what is said of it.

An amount without a rate is never left out: it is an error that names the pair and the first day that lacks one. Rows
without a currency cannot be worth anything in another: they are set aside, and counted. So are those of a balance whose
code is no currency; elsewhere that is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from msgspec.structs import replace

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.period import day_of, day_past
from truenorth.define.graph import grouped
from truenorth.define.graph import metric as metric_of
from truenorth.define.model import Metric, Model
from truenorth.query.catalog import Catalog
from truenorth.query.denomination import denominated, rates_of
from truenorth.query.dialect import indented, quote
from truenorth.query.leg import Pass
from truenorth.query.movement import rows_meant
from truenorth.query.rates import Way, currencies, is_currency, is_strange, quoted
from truenorth.query.revaluation import Exchanging, written
from truenorth.query.shape import Leaf, Leg, Plan
from truenorth.query.ways import converted, spine_days_and_rates

DAY = timedelta(days=1)
AT = {
    "transaction": " at the rate of each row's day",
    "period_end": " at the rate of the last day of each period",
    "period_average": " at the average of each period's rates",
    "fixed": " at the rate of {day}",
}
# Of balances, what there is has rates of its own.
THERE = ", what there is at the rate of its day, what moves at "
OF_BALANCES = {
    "transaction": f"{THERE}that of the day it moves",
    "period_end": f"{THERE}that of the last day of each period",
    "period_average": f"{THERE}the average of each period's rates",
    "fixed": AT["fixed"],
}
# The currency of some rows, how many there are, how many have no rate, and the first day that lacks it.
Lacking = tuple[str | None, int, int, date | None]


def exchanged(catalog: Catalog, plan: Plan) -> tuple[str, ...]:
    """What is to be said of amounts that were converted; QueryError E_NO_RATE or E_UNKNOWN_CURRENCY where some cannot
    be."""
    notes = [note for one in plan.lookups for note in exchanged(catalog, one.plan)]
    for leg in plan.legs:
        if leg.way == "movement" and leg.leaves[0].metric.convert:
            notes += revalued(catalog, plan, leg)
        for leaf in leg.leaves:
            if leaf.metric.convert and leaf.metric.type == "simple" and leaf.metric.expr:
                found = lacking(catalog, plan, leg, leaf)
                refuse(catalog, leaf.metric, found)
                notes += said(catalog, leaf.metric, found)
    return tuple(dict.fromkeys(notes))


def revalued(catalog: Catalog, plan: Plan, leg: Leg) -> list[str]:
    """What is to be said of a balance that was converted; QueryError where it cannot be."""
    if all(leaf.metric.measure == "entities" and leaf.metric.part == "net" for leaf in leg.leaves):
        return []
    writing = written(catalog, plan, leg)
    assert isinstance(writing, Exchanging)
    select = "" if not writing.codes[1:] or is_covered(catalog, writing) else writing.lacking()
    days = asked_once(catalog, lambda: select, (select,))[0] if select else (None,) * len(writing.codes[1:])
    first = dict(zip(writing.codes[1:], days, strict=True))
    found: tuple[Lacking, ...] = tuple(
        (None, int(str(size)), 0, None)
        if code is None
        else (str(code), int(str(size)), int(first.get(str(code)) is not None), day_or_none(first.get(str(code))))
        for code, size in sized(catalog, plan, leg, writing)
    )
    refuse(catalog, writing.metric, found)
    return [
        note for leaf in leg.leaves if leaf.metric.measure == "amount" for note in said(catalog, leaf.metric, found)
    ]


def is_covered(catalog: Catalog, writing: Exchanging) -> bool:
    """Whether every day on which there may be anything, up to the end of the last window, has a rate of each currency:
    then no rate can be missing, and none need be looked for."""
    since, (_, end) = catalog.stretch(writing.leg.dataset, writing.leg.time).first, writing.reach()
    if since is None or end is None or writing.unquoted() or writing.metric.convert == "fixed":
        return False
    counted = "SELECT min(day) AS since, max(day) AS upto, count(DISTINCT day) AS size\nFROM"
    key = ("covered", writing.rates.target, *writing.rates.codes)
    known = asked_once(
        catalog, lambda: f"{counted} (\n{indented(writing.rates.dated())}\n) AS dated\nGROUP BY code", key
    )
    first, last = day_of(since) - 2 * DAY, day_past(end)
    return len(known) == len(writing.rates.ways) and all(
        isinstance(one, date) and isinstance(other, date) and one <= first and last <= other
        and int(str(size)) == (other - one).days + 1
        for one, other, size in known
    )  # fmt: skip


def sized(catalog: Catalog, plan: Plan, leg: Leg, writing: Exchanging) -> list[tuple[object, ...]]:
    """How many rows of a balance there are in each currency."""
    if plan.lookups:
        return catalog.rows(writing.sizes())
    return asked_once(catalog, writing.sizes, ("sizes", *rows_meant(plan, leg)))


def asked_once(catalog: Catalog, write: Callable[[], str], told: tuple[object, ...]) -> list[tuple[object, ...]]:
    """The rows of a select, kept until any data changes; it is written where what tells it from others is new."""
    key = ("asked", *told, *catalog.state())
    if key not in catalog.facts:
        catalog.facts[key] = catalog.rows(write())
    found = catalog.facts[key]
    assert isinstance(found, list)
    return found


def day_or_none(value: object) -> date | None:
    """A day of the data."""
    return value if isinstance(value, date) else None


def lacking(catalog: Catalog, plan: Plan, leg: Leg, leaf: Leaf) -> tuple[Lacking, ...]:
    """The currencies of the rows that count for one aggregation, and since when each has no rate."""
    writing = Pass(catalog, plan, replace(leg, leaves=(leaf,)))
    if writing.revalues:
        days, _ = converted(writing)
        first = catalog.dialect.as_date("spine.past - 1")
        rows = f"{spine_days_and_rates(writing, days)}\nWHERE days.{quote(leaf.name)} IS NOT NULL"
        worth = rates_of(catalog, leaf.metric).converted(f"days.{quote(leaf.name)}", "days.code", "rates.rate")
        select = lacks("days.code", worth, first, rows)
    else:
        metric = replace(leaf.metric, convert="")
        amount = writing.measured(metric)
        worth, code = writing.measured(leaf.metric), writing.code(leaf.metric)
        reach = writing.reach() if leg.windows else (plan.asked.start, plan.asked.end)
        where = writing.where([f"{amount} IS NOT NULL", *(writing.between(*reach) if leg.time else [])])
        fixed = catalog.dialect.literal(date.fromisoformat(leaf.metric.fixed_on or "2000-01-01"))
        day = fixed if leaf.metric.convert == "fixed" else writing.day()
        select = lacks(code, worth, day, f"{writing.source.sql()}{where}")
    return tuple(
        (None if code is None else str(code), int(str(size)), int(str(without)), day_or_none(day))
        for code, size, without, day in asked_once(catalog, lambda: select, (select,))
    )


def lacks(code: str, worth: str, day: str, rows: str) -> str:
    """How many of some rows there are in each currency, how many of them are worth nothing known, and since when."""
    missing = f"CASE WHEN {worth} IS NULL THEN"
    return (
        f"SELECT {code} AS code, count(*) AS size, count({missing} 1 END) AS missing, "
        f"min({missing} {day} END) AS first_day\n{rows}\nGROUP BY 1\nORDER BY 1"
    )


def refuse(catalog: Catalog, metric: Metric, found: tuple[Lacking, ...]) -> None:
    """QueryError for amounts that cannot be converted: their currency is none, or has no rate."""
    target = rates_of(catalog, metric).target
    place = metric.spot.at("convert")
    for code, size, missing, day in found:
        if code is None or not missing:
            continue
        reference, _ = denominated(catalog, metric)
        if not is_currency(code):
            are = "is" if size == 1 else "are"
            message = f'{counted(size)} of "{metric.dataset}" {are} in "{code}", which is no currency'
            near = did_you_mean(code.strip().upper(), currencies())
            without = f"leave {'it' if size == 1 else 'them'} out (filter: {reference} <> '{code}')"
            hint = " ".join(part for part in (near, f"mend the {'row' if size == 1 else 'rows'}, or {without}") if part)
            raise QueryError("E_UNKNOWN_CURRENCY", message, hint=hint, where=place)
        dataset, table = quoted(catalog)
        if day is None:
            message = (
                f'"{metric.name}" cannot convert {counted(missing)} in {code} without a time: no day tells the rate'
            )
            time = catalog.time_of(metric)
            hint = f"leave them out (filter: {time} is not null), or convert: fixed"
            raise QueryError("E_NO_RATE", message, hint=hint, where=place)
        message = f'"{dataset.name}" has no rate of {code} to {target} for {day}, which "{metric.name}" needs'
        hint = f"add it; a rate counts for {table.max_age:.0f} days after its own (max_age)"
        raise QueryError("E_NO_RATE", message, hint=hint, where=place)


def must_convert(model: Model, names: Iterable[str], code: str) -> None:
    """QueryError E_BAD_CURRENCY where a metric that is asked in another currency rests on amounts as they stand."""
    for name in names:
        for leaf in grouped(model, name):
            money = metric_of(model, leaf.name).unit == "currency" and not leaf.convert and leaf.currency != code
            if money:
                what = f'"{name}" is' if leaf.name == name else f'"{name}" rests on "{leaf.name}", which is'
                message = f"{what} not converted, and cannot be told in {code}"
                hint = "say convert: transaction in its definition"
                raise QueryError("E_BAD_CURRENCY", message, hint=hint, where=leaf.spot.at())


def counted(size: int) -> str:
    """So many rows.

    >>> counted(1), counted(1200)
    ('1 row', '1,200 rows')
    """
    return "1 row" if size == 1 else f"{size:,} rows"


def said(catalog: Catalog, metric: Metric, found: tuple[Lacking, ...]) -> list[str]:
    """How a metric's amounts were converted, and how many could not be for want of a currency."""
    title = catalog.model.metrics[metric.balance].title if metric.balance else metric.title
    rates = rates_of(catalog, metric)
    strange = [code for code, _, _, _ in found if code is not None and is_strange(rates, code)]
    others = [code for code, _, _, _ in found if code is not None and code not in (rates.target, *strange)]
    notes = []
    if others:
        at = (AT if metric.type == "simple" else OF_BALANCES)[metric.convert].format(day=metric.fixed_on)
        # What has no way lies where nothing needs one: those that do were refused.
        turned = [words for code in others if code in rates.ways and (words := told(rates.ways[code], code))]
        dataset, _ = quoted(catalog)
        also = f"; {', '.join(turned)}" if turned else ""
        notes.append(f'{title}: {listed(others)} to {rates.target}{at} in "{dataset.name}"{also}')
    for code, size, _, _ in found:
        if code is None or code in strange:
            has, are = ("has", "is") if size == 1 else ("have", "are")
            what = f"{has} no currency" if code is None else f'{are} in "{code}", which is no currency,'
            notes.append(f"{title}: {counted(size)} {what} and {are} set aside, worth nothing known in {rates.target}")
    return notes


def told(way: Way, code: str) -> str:
    """A way that is not quoted as it is, in words."""
    if len(way) == 2:
        inside = " and ".join(str(one) for one in way if one.inverse)
        return f"{code} over {way[0].end}{f' ({inside})' if inside else ''}"
    return f"{code} by {way[0]}" if way[0].inverse else ""


def listed(words: list[str]) -> str:
    """Words in a row.

    >>> listed(["CHF", "GBP", "USD"])
    'CHF, GBP and USD'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
