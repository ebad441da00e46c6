"""Numbers as people read them: units, signs, digits, locales."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from truenorth.base.quantity import format_change, format_parts, format_value, is_number

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
        ("de", "18,5k\u00a0€", ("18,5k\u00a0€", "")),
        ("fr", "18,5k\u00a0€", ("18,5k\u00a0€", "")),
        ("nl", "€\u00a018,5k", ("€\u00a018,5", "k")),
    ],
)
def test_a_letter_stays_with_its_number_where_the_currency_stands_behind(
    locale: str, text: str, parts: tuple[str, str]
) -> None:
    assert format_value(18470.76, "currency", "EUR", locale, compact=True) == text
    assert format_parts(18470.76, "currency", "EUR", locale, compact=True) == parts
    assert format_value(-18470.76, "currency", "EUR", locale, compact=True) == "−" + text
