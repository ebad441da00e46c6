"""Values as SQL: each stays what it is."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from truenorth.query.dialect import DIALECTS


def selected(sql: str) -> object:
    """What an expression is."""
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT {sql}").fetchall()[0][0]


@pytest.mark.parametrize("value", [9.0, 0.6868694295523546, 1e300, 5e-324, -0.1, Decimal("9.00"), 12])
def test_a_number_stays_of_its_kind(value: float | Decimal) -> None:
    found = selected(DIALECTS["duckdb"].literal(value))
    assert (found, type(found)) == (value, type(value))


def test_many_digits_of_floating_numbers_multiply() -> None:
    told = [DIALECTS["duckdb"].literal(value) for value in (9.0, 0.6868694295523546, 0.0123456789012345)]
    assert selected(" * ".join(told)) == pytest.approx(0.07631882481894733)
