"""Columns arrive in the warehouse as they were meant, to the cent and the second."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import numpy as np

from truenorth.demo.columns import dates, moments, money, numbers, texts, words


def test_money_is_exact_and_may_be_negative() -> None:
    cents = np.array([0, 1, -1, 100, -250, 9_007_199_254_740_993])
    expected = ["0.00", "0.01", "-0.01", "1.00", "-2.50", "90071992547409.93"]
    assert money(cents).to_pylist() == [Decimal(text) for text in expected]


def test_words_are_null_below_zero() -> None:
    assert words(np.array([1, -1, 0]), ("a", "b")).to_pylist() == ["b", None, "a"]
    assert words(np.array([True, False]), ("no", "yes")).to_pylist() == ["yes", "no"]


def test_times_are_utc_and_may_be_unknown() -> None:
    known = np.array([True, False])
    assert moments(np.array([1_767_225_600, 0]), known).to_pylist() == [datetime(2026, 1, 1), None]
    assert dates(np.array([20_454, 0]), known).to_pylist() == [date(2026, 1, 1), None]
    assert numbers(np.array([5, 6]), known).to_pylist() == [5, None]
    assert texts(["x", None]).to_pylist() == ["x", None]
