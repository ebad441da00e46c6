"""Exchange rates and conversion: which keys say that rows are rates, and how amounts come to be of one currency."""

from __future__ import annotations

from typing import get_args

from truenorth.define import model
from truenorth.define.key import Key, Thing

RATES = Thing(
    "rates",
    "What makes a dataset a table of exchange rates: how many units of `to` one unit of `from` was worth on a day.",
    (
        Key("date", "text", "The column that holds the day.", required=True, example="day"),
        Key(
            "from", "text", "The column with the code of the currency that is exchanged.", required=True, example="base"
        ),
        Key("to", "text", "The column with the code of the currency it is told in.", required=True, example="quote"),
        Key("rate", "text", "The column that holds the rate.", required=True, example="rate"),
        Key("max_age", "number", "How many days old a rate may be.", default="7", example="4"),
    ),
    model.RateTable,
)

# Currencies of which payment providers count whole units, as there is no smaller money.
UNDIVIDED = ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
             "XPF")  # fmt: skip
CONVERTED = ("sum", "avg", "min", "max")
BY_ROW = ("transaction", "fixed")
BY_PERIOD = ("period_end", "period_average")


def conversion(types: tuple[str, ...]) -> tuple[Key, ...]:
    """The keys of a metric that brings amounts to its currency."""
    return (
        Key(
            "convert",
            "choice",
            "Which rate brings amounts to `currency`: of the row's day, of the period's last day, the average of the "
            "period's rates, or of the day `fixed_on`.",
            types=types,
            choices=get_args(model.Conversion),
        ),
        Key("fixed_on", "date", "The day of the rates, for convert: fixed.", types=types, example="2026-01-01"),
    )
