"""Numbers as people read them: units, signs, digits, locales."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from truenorth.base.quantity import digits_together, format_change, format_parts, format_value, is_number

NARROW = "\u202f"


@pytest.mark.parametrize(
    ("value", "asked", "text"),
    [
        (None, {}, "–"),
        (float("nan"), {}, "–"),
        (0, {}, "0"),
        (1234567, {}, "1,234,567"),
        (-1234, {}, "−1,234"),
        (12.345, {}, "12.3"),
        (0.12345, {}, "0.12"),
        (Decimal("3.00"), {}, "3"),
        (1234567, {"compact": True}, "1.2M"),
        (284_600, {"compact": True}, "284.6k"),
        (9_999, {"compact": True}, "9,999"),
        (Decimal("1234.5"), {"unit": "currency", "currency": "EUR"}, "€1,234.50"),
        (Decimal("-0.5"), {"unit": "currency", "currency": "USD"}, "−$0.50"),
        (Decimal("1234.5"), {"unit": "currency"}, "1,234.50"),
        (Decimal("1234567"), {"unit": "currency", "currency": "EUR", "compact": True}, "€1.2M"),
        (Decimal("1234.5"), {"unit": "currency", "currency": "EUR", "locale": "de"}, "1.234,50\xa0€"),
        (0.0314, {"unit": "percent"}, f"3.1{NARROW}%"),
        (0.99953, {"unit": "percent"}, f"99.95{NARROW}%"),
        (0.0005, {"unit": "percent"}, f"0.05{NARROW}%"),
        (0, {"unit": "percent"}, f"0.0{NARROW}%"),
        (1, {"unit": "percent"}, f"100.0{NARROW}%"),
        (2.345, {"unit": "seconds"}, f"2.35{NARROW}s"),
        (234, {"unit": "milliseconds"}, f"234{NARROW}ms"),
        (1.5, {"unit": "ratio"}, "1.50"),
        (1234, {"unit": "orders"}, "1,234"),
        (-0.0001, {}, "0.000"),
        (date(2026, 5, 1), {}, "2026-05-01"),
        (datetime(2026, 5, 1, 9, 30), {}, "2026-05-01 09:30"),
        ("text", {}, "text"),
        (True, {}, "True"),
        (1234567.5, {"locale": "de_CH"}, "1’234’568"),
    ],
)
def test_a_value_as_a_person_reads_it(value: Any, asked: dict[str, Any], text: str) -> None:
    assert format_value(value, **asked) == text


@pytest.mark.parametrize(
    ("change", "unit", "text"),
    [
        (None, "", "–"),
        (0.041, "", f"+4.1{NARROW}%"),
        (-0.041, "currency", f"−4.1{NARROW}%"),
        (0, "", f"0.0{NARROW}%"),
        (-0.006, "percent", f"−0.6{NARROW}pt"),
        (0.0004, "percent", f"+0.04{NARROW}pt"),
        (0.00000004, "percent", f"0.00{NARROW}pt"),
        (-0.00000004, "percent", f"0.00{NARROW}pt"),
        (12.5, "", f"+1,250{NARROW}%"),
        (float("nan"), "", "–"),
        (Decimal("0.5"), "", f"+50.0{NARROW}%"),
    ],
)
def test_a_change_with_its_sign(change: Any, unit: str, text: str) -> None:
    assert format_change(change, unit) == text


def test_the_unit_apart_from_the_number() -> None:
    assert format_parts(0.0314, "percent") == ("3.1", "%")
    assert format_parts(None, "percent") == ("–", "")
    assert format_parts(12_345_678, compact=True) == ("12.3", "M")


def test_what_counts_as_a_number() -> None:
    assert all(map(is_number, (1, 1.5, Decimal(1))))
    assert not any(map(is_number, (True, None, "1", date(2026, 1, 1))))


@pytest.mark.parametrize(
    ("locale", "text", "parts"),
    [
        ("en", "€18.5k", ("€18.5", "k")),
        ("fr", "18,5\u00a0k\u00a0€", ("18,5\u00a0k\u00a0€", "")),
        ("en_IN", "€18.5K", ("€18.5", "K")),
    ],
)
def test_a_letter_stays_with_its_number_where_the_currency_stands_behind(
    locale: str, text: str, parts: tuple[str, str]
) -> None:
    assert format_value(18470.76, "currency", "EUR", locale, compact=True) == text
    assert format_parts(18470.76, "currency", "EUR", locale, compact=True) == parts
    assert format_value(-18470.76, "currency", "EUR", locale, compact=True) == "−" + text


# Written by hand from the charts of the Unicode CLDR: number, money (and below zero), percent, short, short money.
LOCALES = [
    ("de_CH", "1’234’567", "CHF\xa01’234.50", "CHF−1’234.50", "3.1%", "1.2\xa0Mio.", "CHF\xa01.2\xa0Mio."),
    ("de", "1.234.567", "1.234,50\xa0CHF", "−1.234,50\xa0CHF", "3,1\xa0%", "1,2\xa0Mio.", "1,2\xa0Mio.\xa0CHF"),
    ("fr", "1\u202f234\u202f567", "1\u202f234,50\xa0CHF", "−1\u202f234,50\xa0CHF", "3,1\xa0%", "1,2\xa0M", "1,2\xa0M\xa0CHF"),
    ("ja", "1,234,567", "CHF\xa01,234.50", "−CHF\xa01,234.50", "3.1%", "123.5万", "CHF\xa0123.5万"),
    ("en_IN", "12,34,567", "CHF\xa01,234.50", "−CHF\xa01,234.50", "3.1%", "12.3L", "CHF\xa012.3L"),
    ("en_US", "1,234,567", "CHF\xa01,234.50", "−CHF\xa01,234.50", "3.1%", "1.2M", "CHF\xa01.2M"),
    ("en", "1,234,567", "CHF\xa01,234.50", "−CHF\xa01,234.50", "3.1\u202f%", "1.2M", "CHF\xa01.2M"),
    ("tr", "1.234.567", "CHF\xa01.234,50", "−CHF\xa01.234,50", "%3,1", "1,2\xa0Mn", "CHF\xa01,2\xa0Mn"),
    ("sv", "1\xa0234\xa0567", "1\xa0234,50\xa0CHF", "−1\xa0234,50\xa0CHF", "3,1\xa0%", "1,2\xa0mn", "1,2\xa0mn\xa0CHF"),
    ("pt_BR", "1.234.567", "CHF\xa01.234,50", "−CHF\xa01.234,50", "3,1%", "1,2\xa0mi", "CHF\xa01,2\xa0mi"),
]  # fmt: skip


@pytest.mark.parametrize("locale, number, money, owed, share, short, dear", LOCALES, ids=[row[0] for row in LOCALES])
def test_a_locale_writes_numbers_its_own_way(
    locale: str, number: str, money: str, owed: str, share: str, short: str, dear: str
) -> None:
    assert format_value(1234567, locale=locale) == number
    assert format_value(Decimal("1234.5"), "currency", "CHF", locale) == money
    assert format_value(Decimal("-1234.5"), "currency", "CHF", locale) == owed
    assert format_value(0.0314, "percent", locale=locale) == share
    assert format_value(1234567, locale=locale, compact=True) == short
    assert format_value(1234567, "currency", "CHF", locale, compact=True) == dear
    assert format_change(0.0314, locale=locale) == f"+{share}"


def test_the_percent_sign_and_the_letter_can_be_set_apart_in_every_locale() -> None:
    assert [format_parts(0.0314, "percent", locale=one) for one in ("de", "en_US", "tr")] == [
        ("3,1", "%"), ("3.1", "%"), ("%3,1", "")
    ]  # fmt: skip
    assert format_parts(1234567, locale="de", compact=True) == ("1,2", "Mio.")


def test_where_a_locale_has_no_short_form_the_number_stays_whole() -> None:
    assert format_value(284_600, locale="de", compact=True) == "284.600"
    assert format_value(284_600, locale="ja", compact=True) == "28.5万"
    assert format_value(284_600, locale="en_IN", compact=True) == "2.8L"
    assert format_value(-284_600.4, "currency", "EUR", "de", compact=True) == "−284.600\xa0€"


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [(1234, "JPY", "¥1,234"), (1234.5, "KWD", "KWD\xa01,234.500"), (-5, "JPY", "−¥5"), (0.0042, "USD", "$0.0042"), (0, "USD", "$0.00")],
)  # fmt: skip
def test_a_currency_has_its_own_smallest_coin(value: Any, code: str, text: str) -> None:
    assert format_value(value, "currency", code) == text


@pytest.mark.parametrize(
    ("values", "unit", "currency", "digits"),
    [
        ([12.345, 0.5, 3], "", "", 2), ([1, 20, None], "", "", 0), ([1.0, 2.0], "", "", 0), ([2.0, 3.0], "ratio", "", 2),
        ([1234567.891, 0.001], "ratio", "", 0), ([0.5, 0.9995], "percent", "", 2), ([None, "x"], "", "", None),
        ([float("nan"), float("inf")], "", "", None), ([5, 0.0042], "currency", "USD", 4), ([5], "currency", "JPY", 0),
        ([2.345, 120.0], "seconds", "", 2), ([True], "", "", None), ([Decimal("1.50"), Decimal(2)], "orders", "", 2),
    ],
)  # fmt: skip
def test_a_column_shows_as_many_digits_in_every_row(values: list[Any], unit: str, currency: str, digits: int) -> None:
    assert digits_together(values, unit, currency) == digits
