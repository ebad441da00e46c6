"""Times as clients write them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truenorth.collect.receive.instant import instant, is_instant

AT = 1_795_322_483_000_000


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("2026-11-22T04:41:23Z", AT),
        ("2026-11-22T04:41:23.496Z", AT + 496_000),
        ("2026-11-22T04:41:23.496123+00:00", AT + 496_123),
        ("2026-11-22T04:41:23.496123999Z", AT + 496_123),
        ("2026-11-22T07:41:23+03:00", AT),
        ("2026-11-22T07:41:23+03", AT),
        ("2026-11-22T07:41:23+0300", AT),
        ("2026-11-22 04:41:23", AT),
        (" 2026-11-22 04:41:23 ", AT),
        ("2026-11-22", AT - (4 * 3600 + 41 * 60 + 23) * 1_000_000),
        ("20261122", AT - (4 * 3600 + 41 * 60 + 23) * 1_000_000),
        ("Sun, 22 Nov 2026 04:41:23 GMT", AT),
        ("Sun, 22 Nov 2026 05:41:23 +0100", AT),
        (1_795_322_483, AT),
        ("1795322483", AT),
        (1_795_322_483.5, AT + 500_000),
        ("1795322483.5", AT + 500_000),
        (1_795_322_483_000, AT),
        ("1795322483000", AT),
        (AT, AT),
        (AT * 1_000, AT),
        (0, 0),
        (-1, -1_000_000),
        ("1969-12-31T23:59:59Z", -1_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
        ("yesterday", None),
        ("", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-02-30", None),
        (float("nan"), None),
        (float("inf"), None),
        (10**30, None),
        ("9" * 400, None),
        (-(10**20), None),
        (True, None),
        (None, None),
        ([], None),
        ({}, None),
    ],
)
def test_times(said: Any, found: int | None) -> None:
    assert instant(said) == found
    assert is_instant(said) == (found is not None)


@given(st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.datetimes().map(str)))
def test_no_time_is_an_exception(said: Any) -> None:
    found = instant(said)
    assert found is None or -62_135_596_800_000_000 <= found <= 253_402_300_799_999_999
    assert is_instant(said) == (found is not None)
