"""Tables of plain values, and errors as values."""

from __future__ import annotations

import pytest

from truenorth.base.errors import DefinitionError, DefinitionErrors, Place, QueryError, did_you_mean
from truenorth.base.table import Column, table_of

PLANS = table_of([Column("plan"), Column("revenue", "metric")], [["pro", 3], [None, 4], ["pro", 5]])


def test_columns_by_name() -> None:
    assert PLANS.names == ("plan", "revenue")
    assert PLANS.column("revenue") == (3, 4, 5)
    assert len(PLANS) == 3
    assert list(PLANS)[1] == (None, 4)
    assert PLANS.dicts()[0] == {"plan": "pro", "revenue": 3}
    with pytest.raises(KeyError):
        PLANS.column("revenu")


def test_rows_by_value() -> None:
    assert PLANS.where(plan="pro").column("revenue") == (3, 5)
    assert PLANS.where(plan=None).rows == ((None, 4),)
    assert PLANS.where(plan="pro", revenue=5).rows == (("pro", 5),)
    assert PLANS.where(plan="free").rows == ()


def test_an_error_says_where_and_what_to_do() -> None:
    error = DefinitionError("E_X", "wrong", where=Place("a.yml", 3, 7), hint="mend it")
    assert str(error) == "a.yml:3:7: E_X: wrong; mend it"
    assert error.as_dict() == {
        "code": "E_X",
        "message": "wrong",
        "hint": "mend it",
        "where": {"file": "a.yml", "line": 3, "column": 7},
    }
    assert str(QueryError("E_Y", "wrong")) == "E_Y: wrong"
    assert QueryError("E_Y", "wrong").as_dict()["where"] is None


def test_several_errors_are_told_at_once() -> None:
    both = DefinitionErrors([DefinitionError("E_X", "one"), DefinitionError("E_Y", "two")])
    assert (str(both), both.message) == ("E_X: one\nE_Y: two", "2 errors in the definitions")
    assert DefinitionErrors([DefinitionError("E_X", "one")]).message == "1 error in the definitions"


def test_the_nearest_words() -> None:
    assert did_you_mean("revenu", ["revenue", "orders"]) == 'did you mean "revenue"?'
    assert did_you_mean("order", ["orders", "order_s"]) == 'did you mean "orders" or "order_s"?'
    assert did_you_mean("xyz", ["orders"]) == ""
