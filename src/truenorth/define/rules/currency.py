"""What must hold in tables of exchange rates, and in metrics that bring amounts to one currency by them."""

from __future__ import annotations

from truenorth.define.currencies import CONVERTED
from truenorth.define.model import Metric
from truenorth.define.rules.case import Case


def tables(case: Case) -> None:
    """One dataset holds the rates, and says how old they may be in whole days."""
    found = [one for one in case.model.datasets.values() if one.rates is not None]
    for extra in found[1:]:
        message = f'"{found[0].name}" and "{extra.name}" both hold exchange rates'
        hint = "keep rates: in one of them; a query: can put several tables together"
        case.fail("E_KEY_CONFLICT", message, extra.spot.at("rates"), hint)
    for one in found:
        age = one.rates.max_age if one.rates else 0
        if age < 0 or age != int(age):
            message = f'"max_age" is a number of days, not {age:g}'
            case.fail("E_BAD_VALUE", message, one.spot.at("rates.max_age"), "write max_age: 7")


def check(case: Case, metric: Metric) -> None:
    """A metric that converts has rates, an amount, and a day where the rates are of one."""
    if metric.fixed_on and metric.convert != "fixed":
        message = f'"fixed_on" says the day of the rates, and "{metric.name}" does not say convert: fixed'
        case.fail("E_KEY_CONFLICT", message, metric.spot.at("fixed_on"), "add convert: fixed, or take it out")
    if metric.part == "fx" and (not metric.convert or metric.measure == "entities"):
        message = f'"{metric.name}" asks what exchange rates did to a balance that is not converted'
        case.fail("E_KEY_CONFLICT", message, metric.spot.at("part"), "add currency: and convert: to the balance")
    if not metric.convert or metric.balance:
        return
    place = metric.spot.at("convert")
    if metric.convert == "fixed" and not metric.fixed_on:
        message = f'"{metric.name}" converts at fixed rates, and does not say of which day'
        case.fail("E_MISSING_KEY", message, place, "add fixed_on: 2026-01-01")
    if case.model.rates is None:
        message = f'"{metric.name}" converts amounts, and no dataset holds exchange rates'
        hint = "add rates: {date: day, from: base, to: quote, rate: rate} to the dataset that does"
        case.fail("E_MISSING_KEY", message, place, hint)
    if metric.measure == "amount" and metric.unit not in ("", "currency"):
        message = f'"{metric.name}" converts amounts, and is not said to be one'
        case.fail("E_BAD_CURRENCY", message, place, "add unit: currency and currency: EUR")
    if metric.type == "simple" and metric.agg and metric.agg not in CONVERTED:
        message = f"amounts of several currencies can be converted for {', '.join(CONVERTED)}, not for {metric.agg}"
        case.fail("E_KEY_CONFLICT", message, place, "take convert: out, or aggregate otherwise")
