"""Amounts of several currencies in one: rates by the row's day, by periods, averaged and fixed; all worked by hand.

2 January 2026 is a Friday: what is sold on the weekend after it is worth Friday's rate. One euro is 1.10 dollars then.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from tests.truth.case import World, day
from truenorth.base.errors import DefinitionError, DefinitionErrors, QueryError
from truenorth.query.verify import verify

EURO = "unit: currency, currency: EUR, dataset: sales, type: simple, agg: sum, expr: amount"
DEFINITIONS = f"""
datasets:
  - {{name: fx, source: fx, rates: {{date: day, from: base, to: quote, rate: rate}}}}
  - name: sales
    source: sales
    time: day
    fields: [{{name: amount, unit: currency, currency: code}}, {{name: code}}, {{name: shop}}, {{name: net, expr: amount - 0}}]
metrics:
  - {{name: plain, type: simple, dataset: sales, agg: sum, expr: amount}}
  - {{name: sales_made, type: simple, dataset: sales, agg: count}}
  - {{name: by_day, {EURO}, convert: transaction}}
  - {{name: by_end, {EURO}, convert: period_end}}
  - {{name: by_mean, {EURO}, convert: period_average}}
  - {{name: by_fixed, {EURO}, convert: fixed, fixed_on: 2026-01-04}}
  - {{name: francs, {EURO}, convert: period_average, filter: code = 'CHF'}}
  - {{name: net, {EURO.replace("amount", "net")}, convert: transaction}}
  - {{name: largest, {EURO.replace("sum", "max")}, convert: transaction}}
  - {{name: mean, {EURO.replace("sum", "avg")}, convert: transaction}}
  - {{name: each, type: ratio, numerator: by_day, denominator: sales_made}}
  - {{name: so_far, type: cumulative, input_metric: by_day, grain_to_date: year}}
  - {{name: before, type: derived, expr: prev, input_metrics: [{{name: by_end, alias: prev, offset_window: 1 month}}]}}
"""
RATES = """
day date   | base text | quote text | rate decimal
2026-01-02 | EUR       | USD        | 1.10
2026-01-05 | EUR       | USD        | 1.20
2026-01-30 | EUR       | USD        | 1.25
2026-02-02 | EUR       | USD        | 1.28
2026-02-27 | EUR       | USD        | 1.60
2026-01-02 | GBP       | USD        | 1.32
2026-01-30 | GBP       | USD        | 1.40
2026-01-02 | CHF       | EUR        | 1.05
2026-01-30 | CHF       | EUR        | 1.10
"""
SALES = """
day date   | amount decimal | code text | shop text
2026-01-03 | 110            | USD       | north
2026-01-04 | 100            | EUR       | north
2026-01-05 | 120            | USD       | south
2026-01-06 | 55             | GBP       | south
2026-01-06 | 20             | CHF       | south
2026-01-07 | 7              |           | south
2026-02-02 | 64             | USD       | north
2026-02-03 | -32            | USD       | south
"""
WORLD = World(DEFINITIONS, workspace="currency: USD\n", now=datetime(2026, 4, 1), fx=RATES, sales=SALES)
JANUARY, FEBRUARY = day("2026-01"), day("2026-02")


def in_world(engine: str, sales: str, metric: str, fx: str = RATES, **asked: object) -> object:
    """One number of a world with other rows."""
    return World(DEFINITIONS, workspace="currency: USD\n", now=datetime(2026, 4, 1), fx=fx, sales=sales).value(
        engine, metric, **asked
    )


def test_each_row_at_the_rate_of_its_own_day(engine: str) -> None:
    # 110/1.10 + 100 + 120/1.20 + 55 x 1.32/1.20 + 20 x 1.05 = 381.50; 64/1.28 - 32/1.28 = 25.
    answer = WORLD.ask(engine, "by_day", grain="month", totals=True)
    assert answer.table.rows == ((JANUARY, Decimal("381.50")), (FEBRUARY, Decimal("25.00")))
    assert answer.totals == {"by_day": Decimal("406.50")}
    assert [column.currency for column in answer.table.columns][1:] == ["EUR"]
    assert WORLD.value(engine, "net") == Decimal("406.50")
    assert WORLD.value(engine, "largest") == 100
    assert WORLD.value(engine, "mean") == Decimal("58.071428571429")
    assert WORLD.value(engine, "each") == Decimal("50.8125")


def test_a_weekend_has_fridays_rate(engine: str) -> None:
    assert WORLD.rows(engine, "by_day", grain="day", range="2026-01-03..2026-01-05") == [
        (day("2026-01-03"), 100),
        (day("2026-01-04"), 100),
        (day("2026-01-05"), 100),
    ]


def test_all_rows_at_the_rate_of_the_periods_last_day(engine: str) -> None:
    # January: (110 + 120)/1.25 + 100 + 55 x 1.40/1.25 + 20 x 1.10 = 367.60; February: (64 - 32)/1.60 = 20.
    assert WORLD.rows(engine, "by_end", grain="month") == [(JANUARY, Decimal("367.6")), (FEBRUARY, 20)]
    # All there is ends on 3 February: 262/1.28 + 100 + 55 x 1.40/1.28 + 22.
    assert WORLD.value(engine, "by_end") == Decimal("386.84375")
    assert WORLD.rows(engine, "before", grain="month", range="2026-02") == [(FEBRUARY, Decimal("367.6"))]


def test_a_running_period_ends_with_its_data(engine: str) -> None:
    # On 10 February the last sale is of the 3rd: 32/1.28, and not at a rate of days to come.
    now = datetime(2026, 2, 10)
    assert WORLD.rows(engine, "by_end", grain="month", range="2026-02", now=now) == [(FEBRUARY, 25)]


def test_the_average_of_the_periods_rates(engine: str) -> None:
    # 20 x (1.05 + 1.10) / 2 in January.
    assert WORLD.rows(engine, "francs", grain="month") == [(JANUARY, Decimal("21.50"))]
    # (1/1.10 + 1/1.20 + 1/1.25) / 3 = 0.847474747474747; each row to 12 places.
    found = WORLD.rows(engine, "by_mean", grain="month", where="code = 'USD'", range="2026-01")
    assert found == [(JANUARY, Decimal("93.222222222222") + Decimal("101.69696969697"))]
    # On a day without a rate of its own, the last one before.
    assert WORLD.rows(engine, "by_mean", grain="day", range="2026-01-03") == [(day("2026-01-03"), 100)]


def test_the_rates_of_a_fixed_day(engine: str) -> None:
    # Sunday the 4th has Friday's: 110/1.1, 120/1.1, 64/1.1, -32/1.1, each to 12 places.
    assert WORLD.value(engine, "by_fixed", where="code = 'USD'") == Decimal("238.181818181818")
    # 55 x 1.32 / 1.10 and 20 x 1.05.
    assert WORLD.rows(engine, "by_fixed", by="code", where="code in ('GBP', 'CHF')") == [("CHF", 21), ("GBP", 66)]


def test_it_is_told_how_amounts_were_converted(engine: str) -> None:
    notes = WORLD.ask(engine, "by_day").notes
    assert (
        'By day: CHF, GBP and USD to EUR at the rate of each row\'s day in "fx"; GBP over USD (the inverse of EUR to '
        in (notes[0])
    )
    assert "USD by the inverse of EUR to USD" in notes[0]
    assert notes[1] == "By day: 1 row has no currency and is set aside, worth nothing known in EUR"


def test_rows_without_a_currency_have_a_place_of_their_own(engine: str) -> None:
    assert WORLD.rows(engine, "by_day", by="code") == [
        ("CHF", 21),
        ("EUR", 100),
        ("GBP", Decimal("60.5")),
        ("USD", 225),
        (None, None),
    ]
    assert WORLD.rows(engine, "plain", by="code")[-1] == (None, 7)


def test_without_convert_each_currency_stays_what_it_is(engine: str) -> None:
    assert WORLD.rows(engine, "plain", by="code", where="code = 'USD'") == [("USD", 262)]
    with pytest.raises(QueryError) as raised:
        WORLD.value(engine, "plain")
    assert raised.value.code == "E_MIXED_CURRENCIES"


def test_rates_never_multiply_rows(engine: str) -> None:
    assert WORLD.rows(engine, "by_day", "sales_made", by="shop") == [
        ("north", 250, 3),
        ("south", Decimal("156.5"), 5),
    ]


def test_windows_and_comparisons_add_up_converted_amounts(engine: str) -> None:
    assert WORLD.rows(engine, "so_far", grain="month") == [(JANUARY, Decimal("381.5")), (FEBRUARY, Decimal("406.5"))]
    [row] = WORLD.rows(engine, "by_end", grain="month", range="2026-02", vs="prev")
    assert row[:3] == (FEBRUARY, 20, Decimal("367.6"))


def test_a_missing_rate_is_named_with_its_first_day(engine: str) -> None:
    # The pound is quoted on 2 January and counts for seven days: until the 9th.
    sold = SALES.replace("2026-01-06 | 55 ", "2026-01-{} | 55 ")
    assert in_world(engine, sold.format("09"), "by_day", where="code = 'GBP'") == Decimal("60.5")
    for metric in ("by_day", "largest"):
        with pytest.raises(QueryError) as raised:
            in_world(engine, sold.format("10"), metric)
        assert raised.value.code == "E_NO_RATE"
        assert raised.value.message == f'"fx" has no rate of GBP to EUR for 2026-01-10, which "{metric}" needs'
    with pytest.raises(QueryError) as raised:
        in_world(engine, SALES.replace("GBP", "SEK"), "by_end")
    assert raised.value.message == '"fx" has no rate of SEK to EUR for 2026-02-03, which "by_end" needs'


def test_an_unknown_currency_is_told_with_its_rows(engine: str) -> None:
    with pytest.raises(QueryError) as raised:
        in_world(engine, SALES.replace("USD", "usd"), "by_day")
    assert raised.value.code == "E_UNKNOWN_CURRENCY"
    assert raised.value.message == '4 rows of "sales" are in "usd", which is no currency'
    assert "filter: code <> 'usd'" in raised.value.hint and "USD" in raised.value.hint


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ("2026-01-05 | EUR | USD | 1.21", "two rates of EUR to USD on 2026-01-05: 1.2 and 1.21"),
        ("2026-01-06 | EUR | USD | 0", "0 as the rate of EUR to USD on 2026-01-06"),
    ],
)
def test_a_rate_is_one_number_above_zero(engine: str, more: str, what: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        in_world(engine, SALES, "by_day", fx=RATES + more)
    assert raised.value.code == "E_BAD_RATE"
    assert raised.value.message == f'"fx" has {what}'


def test_the_same_rate_twice_counts_once(engine: str) -> None:
    assert in_world(engine, SALES, "by_day", fx=RATES + "2026-01-05 | EUR | USD | 1.20") == Decimal("406.5")


def test_the_day_of_a_row_is_the_local_one(engine: str) -> None:
    sold = "day timestamp | amount decimal | code text | shop text\n2026-01-05T02:00:00 | 132 | USD | north"
    world = World(
        DEFINITIONS,
        workspace="currency: USD\ntimezone: America/New_York\n",
        now=datetime(2026, 4, 1),
        fx=RATES,
        sales=sold,
    )
    # It is still Sunday in New York: 132/1.10, and not 132/1.20.
    assert world.value(engine, "by_day") == 120
    assert world.value(engine, "by_day", timezone="UTC") == 110


def test_a_question_may_ask_for_another_currency(engine: str) -> None:
    # 110 + 100 x 1.10 + 120 + 55 x 1.32 + 64 - 32 dollars; francs lead to euros only.
    asked: dict[str, str] = {"currency": "USD", "where": "code <> 'CHF'"}
    answer = WORLD.ask(engine, "by_day", "each", "sales_made", **asked)
    assert answer.table.rows == ((Decimal("444.60"), Decimal("74.1"), 6),)
    assert [column.currency for column in answer.table.columns] == ["USD", "USD", ""]
    assert WORLD.value(engine, "by_day", where="code <> 'CHF'") == Decimal("385.50")
    with pytest.raises(QueryError) as raised:
        WORLD.value(engine, "by_day", currency="USD")
    assert raised.value.message == '"fx" has no rate of CHF to USD for 2026-01-06, which "by_day" needs'
    for metric, code in (("by_day", "usd"), ("plain", "EUR")):
        with pytest.raises(QueryError) as raised:
            WORLD.value(engine, metric, currency=code)
        assert raised.value.code == "E_BAD_CURRENCY"


def test_a_tenth_of_a_cent_is_never_lost(engine: str) -> None:
    sold = "day date | amount decimal | code text | shop text\n" + "2026-01-02 | 0.01 | USD | north\n" * 110
    # 0.01/1.10 to 12 places, 110 times.
    assert in_world(engine, sold, "by_day") == Decimal("0.009090909091") * 110


def test_both_roads_meet(engine: str) -> None:
    lasting = DEFINITIONS.replace("rate: rate}", "rate: rate, max_age: 60}")
    world = World(lasting, workspace="currency: USD\n", now=WORLD.now, fx=RATES, sales=SALES)
    runner = world.on(engine)
    names = ["by_day", "by_end", "by_mean", "by_fixed"]
    report = verify(runner.catalog, lambda query: runner.ask(query, world.now), world.now, names, 2)
    assert report.passed, str(report.smallest)
    assert report.compared > 50


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("convert: fixed, fixed_on: 2026-01-04", "convert: fixed", "E_MISSING_KEY"),
        ("convert: fixed, fixed_on", "convert: transaction, fixed_on", "E_KEY_CONFLICT"),
        (", rates: {date: day, from: base, to: quote, rate: rate}", "", "E_MISSING_KEY"),
        ("to: quote, rate: rate", "to: quote, rate: rate, max_age: 1.5", "E_BAD_VALUE"),
        ("agg: max", "agg: median", "E_KEY_CONFLICT"),
        ("source: sales", "source: sales, rates: {date: day, from: a, to: b, rate: c}", "E_KEY_CONFLICT"),
    ],
)
def test_definitions_that_cannot_be_meant(old: str, new: str, code: str) -> None:
    flat = DEFINITIONS.replace(
        "- name: sales\n    source: sales\n    time: day\n    fields:",
        "- {name: sales, source: sales, time: day, fields:",
    )
    flat = flat.replace("{name: net, expr: amount - 0}]", "{name: net, expr: amount - 0}]}")
    assert old in flat
    with pytest.raises(DefinitionErrors) as raised:
        World(flat.replace(old, new), sales=SALES, fx=RATES).on("duckdb")
    assert code in {error.code for error in raised.value.errors}


def test_amounts_need_a_currency(engine: str) -> None:
    world = World(DEFINITIONS.replace(", currency: code", ""), workspace="currency: USD\n", fx=RATES, sales=SALES)
    with pytest.raises(DefinitionError) as raised:
        world.value(engine, "by_day")
    assert raised.value.code == "E_BAD_CURRENCY"
    one = World(
        DEFINITIONS.replace("currency: code}", "currency: USD}"), workspace="currency: USD\n", fx=RATES, sales=SALES
    )
    # All of it in dollars: 110/1.1 + 100/1.1 for the first two.
    assert one.value(engine, "by_day", range="2026-01-03..2026-01-04") == Decimal("190.909090909091")
